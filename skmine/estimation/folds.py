"""Which rows a critic sees, and which ones it is scored on.

Design notes. A fold's `train` and `test` rows are the usual ones. Beside them it has *one-way* steps: a piece of
the test rows, and all rows that are scored in earlier steps or in none. A critic that saw only those knows
nothing of the steps to come, so the z-scores of one-way critics are a martingale and may be added up as if they
were independent, which those of the usual, two-way critics may not. Pieces are drawn at random. With k equal
steps, in a share 1 - 1 / k of all pairs of rows one row trains the critic that scores the other, and power grows
with that share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, check_cv
from sklearn.utils import check_random_state

from skmine.estimation.hash_folds import HashKFold

#: With fewer rows, folds of one row each are let pass: scikit-learn's checks make such tables. A score is at most
#: the log of the rows tested, 0 for a single one.
FEWEST_TO_REFUSE_SINGLES = 6

#: One-way steps that the folds are cut into: of six, five sixths of all pairs of rows serve the p-value, of three
#: two thirds. Each costs a forward pass of the grid network.
STEPS = 6

#: Rows that a step needs to be worth a critic: fewer tell it nothing.
ROWS_PER_STEP = 10


@dataclass(frozen=True)
class Step:
    """Row index of those scored, and of a critic that saw nothing of this or later steps."""

    before: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Row index of the critic's rows, and of those it is scored on; the latter again, in one-way steps."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    steps: tuple[Step, ...]


def keep_rows(folds: Sequence[Fold], kept: NDArray[np.bool_]) -> list[Fold]:
    """The folds of some of the rows."""

    def take(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows[kept[rows]]

    return [
        Fold(take(f.train), take(f.test), tuple(Step(take(s.before), take(s.test)) for s in f.steps)) for f in folds
    ]


def make_folds(cv: Any, n_rows: int, *, y: Any = None, groups: Any = None, random_state: Any = None) -> list[Fold]:
    """Folds of an int, of any scikit-learn splitter or of an iterable of (train, test).

    Parameters
    ----------
    cv : int, splitter or iterable
        An int means that many random folds; with `groups`, of whole groups.
    n_rows : int
    y : array-like of shape (n_rows,), optional
        For splitters that stratify.
    groups : array-like of shape (n_rows,), optional
    random_state : int, RandomState instance or None

    Raises
    ------
    ValueError
        If there are too few rows (or groups) for the folds, if a part is empty or every test part is
        one row, if a row is tested twice, stands twice in a part or in both parts of a fold, or if
        a group stands in both.
    """
    random_state = check_random_state(random_state)
    if isinstance(cv, (int, np.integer)):
        cv = _make_splitter(cv, n_rows, groups, random_state)
    splits = _split(cv, n_rows, y, groups)
    if n_rows >= FEWEST_TO_REFUSE_SINGLES and max(len(test) for _, test in splits) == 1:
        raise ValueError(
            "cv tests one row per fold, and a single row cannot be told from others; pass fewer folds, such as cv=3."
        )
    last_tested = np.full(n_rows, -1)
    for number, (train, test) in enumerate(splits):
        _check_split(number, train, test, groups)
        if (last_tested[test] >= 0).any():
            raise ValueError("cv tests rows more than once (overlapping test folds); pass folds that do not overlap.")
        last_tested[test] = number
    folds = []
    for number, (train, test) in enumerate(splits):
        if groups is not None:  # pieces would split groups, or leave too few of them to tell errors from
            pieces = [test]
        elif isinstance(cv, HashKFold):
            pieces = _cut_by_hash(cv, test, count_pieces(n_rows // cv.n_splits, cv.n_splits))
        else:
            pieces = _shuffle_into_pieces(test, count_pieces(len(test), len(splits)), random_state)
        folds.append(Fold(train, test, _make_steps(train[last_tested[train] < number], pieces)))
    return folds


def _make_splitter(cv: Any, n_rows: int, groups: Any, random_state: np.random.RandomState) -> Any:
    """The splitter of a number of folds."""
    if groups is None:
        if n_rows < cv:
            raise ValueError(
                f"cv={cv} folds need at least {cv} rows, got n_samples={n_rows}; pass more rows or a smaller cv."
            )
        return KFold(cv, shuffle=True, random_state=random_state)
    n_groups = len(np.unique(np.asarray(groups)))
    if n_groups < cv:
        raise ValueError(f"cv={cv} folds need at least {cv} groups, got {n_groups}; pass a smaller cv.")
    # GroupKFold takes a seed, not a generator shared with others.
    return GroupKFold(cv, shuffle=True, random_state=random_state.randint(2**31 - 1))


def _check_split(number: int, train: NDArray[np.int64], test: NDArray[np.int64], groups: Any) -> None:
    """Refuse a split whose parts are empty, repeat rows or share rows or groups."""
    if not len(train) or not len(test):
        raise ValueError(f"cv gives split {number} without training or test rows; both need some.")
    for name, part in (("training", train), ("test", test)):
        if len(np.unique(part)) < len(part):
            raise ValueError(f"cv repeats rows in the {name} part of split {number}; give each row once.")
    if np.isin(train, test).any():
        raise ValueError(f"cv puts rows of split {number} both into training and test; keep them apart.")
    if groups is not None and np.isin(groups[train], groups[test]).any():
        raise ValueError(
            f"cv puts a group of split {number} both into training and test; pass an int or a splitter that "
            f"keeps groups whole, such as GroupKFold."
        )


def _make_steps(before: NDArray[np.int64], pieces: Sequence[NDArray[np.int64]]) -> tuple[Step, ...]:
    """The one-way steps of a fold: pieces of its test rows, each with all rows that go before."""
    steps = []
    for piece in pieces:
        steps.append(Step(before, piece))
        before = np.r_[before, piece]
    return tuple(steps)


def make_fold_without_pvalue(train: NDArray[np.int64], test: NDArray[np.int64]) -> Fold:
    """A fold whose scores are wanted and no p-value: nothing goes before its step."""
    return Fold(train, test, (Step(np.empty(0, np.int64), test),))


def count_pieces(n_test: int, n_folds: int) -> int:
    """How many one-way steps a fold makes."""
    return max(1, min(-(-STEPS // max(n_folds, 2)), n_test // ROWS_PER_STEP))


def _shuffle_into_pieces(rows: NDArray[np.int64], n_pieces: int, rng: np.random.RandomState) -> list[NDArray[np.int64]]:
    """Rows in random pieces, each in order (so that counting walks through memory)."""
    return [np.sort(piece) for piece in np.array_split(rng.permutation(rows), n_pieces)] if n_pieces > 1 else [rows]


def _cut_by_hash(cv: HashKFold, rows: NDArray[np.int64], n_pieces: int) -> list[NDArray[np.int64]]:
    """Rows of a fold in the pieces that their hashes say, which may be empty where rows are few."""
    numbers = cv.number_pieces(rows.astype(np.uint64), n_pieces, cv.part) % n_pieces
    return [rows[numbers == piece] for piece in range(n_pieces)]


def _split(cv: Any, n_rows: int, y: Any, groups: Any) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    try:
        given = list(check_cv(cv).split(np.zeros(n_rows), y, groups))
    except TypeError as error:
        raise ValueError(f"cv must give pairs (train, test) of row numbers: {error}.") from error
    except ValueError as error:  # a splitter's own complaint
        raise ValueError(f"cv={cv!r} cannot split these rows: {error}") from error
    if not given:
        raise ValueError("cv gives no split; pass at least one (train, test) pair.")
    pairs = []
    for pair in given:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"cv must give pairs (train, test) of row numbers, got {pair!r}.")
        pairs.append((_read_rows(pair[0], n_rows), _read_rows(pair[1], n_rows)))
    return pairs


def _read_rows(part: Any, n_rows: int) -> NDArray[np.int64]:
    part = np.asarray(part)
    if part.dtype == bool and part.shape == (n_rows,):
        part = np.flatnonzero(part)
    if part.ndim != 1 or (part.size and part.dtype.kind not in "iu"):
        raise ValueError(f"cv must give pairs (train, test) of row numbers, got {part!r} for a part.")
    outside = part[(part < 0) | (part >= n_rows)]
    if outside.size:
        raise ValueError(f"cv gives row {outside[0]}, but there are {n_rows} rows, 0 to {n_rows - 1}.")
    return part.astype(np.int64)


def number_groups(groups: Any, n_rows: int) -> NDArray[np.int64]:
    """Number group labels 0, 1, ..., (n_rows,).

    Raises
    ------
    ValueError
        If there is not one label per row, or if labels are missing.
    """
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise ValueError(
            f"groups must hold one label per row, {n_rows} of them, got shape {labels.shape}; pass a flat list."
        )
    numbers, _ = pd.factorize(labels)
    if (numbers < 0).any():
        raise ValueError(f"groups has {(numbers < 0).sum()} missing labels; give every row one.")
    return numbers.astype(np.int64)
