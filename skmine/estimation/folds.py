"""Which rows a critic sees, and which ones it is scored on.

Design notes. A fold's `train` and `test` rows are the usual ones. Beside them it has *one-way*
steps: some of the test rows, and the training rows that are scored in no later step. A critic that
saw those only knows nothing of the steps to come, so the z-scores of one-way critics are a
martingale and may be added up as if they were independent, which those of the usual, two-way
critics may not. Test rows are cut into pieces for it, drawn at random: in k equal steps a share
1 - 1 / k of all pairs of rows meets as critic's row and scored row, and power grows with that share.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, check_cv
from sklearn.utils import check_random_state

#: From so many rows on, folds of one row each are refused: among n rows a score is at most log n.
ENOUGH_ROWS = 6

#: One-way steps to cut the folds into, and the rows that a step needs to be worth a critic.
STEPS, ROWS_OF_STEP = 6, 10


@dataclass(frozen=True)
class Step:
    """Row numbers: those scored, and those of a critic that saw nothing of this or later steps."""

    before: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Row numbers: the critic's, and those it is scored on; the test rows again, in one-way steps."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    steps: tuple[Step, ...]


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
        if groups is not None:
            n_groups = len(np.unique(np.asarray(groups)))
            if n_groups < cv:
                raise ValueError(f"cv={cv} folds need at least {cv} groups, got {n_groups}; pass a smaller cv.")
            # GroupKFold takes a seed, not a generator shared with others.
            seed = random_state.randint(2**31 - 1)
            cv = GroupKFold(cv, shuffle=True, random_state=seed)
        else:
            if n_rows < cv:
                raise ValueError(
                    f"cv={cv} folds need at least {cv} rows, got n_samples={n_rows}; pass more rows or a smaller cv."
                )
            cv = KFold(cv, shuffle=True, random_state=random_state)
    splits = _splits(cv, n_rows, y, groups)
    if n_rows >= ENOUGH_ROWS and max(len(test) for _, test in splits) == 1:
        raise ValueError(
            "cv tests one row a fold, and a row alone cannot be told from others; pass fewer folds, such as cv=3."
        )
    last_tested = np.full(n_rows, -1)
    for number, (train, test) in enumerate(splits):
        if not len(train) or not len(test):
            raise ValueError(f"cv gives split {number} without training or test rows; both need some.")
        if (last_tested[test] >= 0).any():
            raise ValueError("cv tests rows more than once (overlapping test folds); pass folds that do not overlap.")
        last_tested[test] = number
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
    folds = []
    for number, (train, test) in enumerate(splits):
        # Pieces of a fold would part its groups, or leave too few of them to tell errors from.
        n_pieces = 1 if groups is not None else _pieces(len(test), len(splits))
        before, steps = train[last_tested[train] < number], []
        for piece in _shuffled(test, n_pieces, random_state):
            steps.append(Step(before, piece))
            before = np.r_[before, piece]
        folds.append(Fold(train, test, tuple(steps)))
    return folds


def untested(train: NDArray[np.int64], test: NDArray[np.int64]) -> Fold:
    """A fold whose scores are wanted and no p-value: nothing goes before its step."""
    return Fold(train, test, (Step(np.empty(0, np.int64), test),))


def seed_sequence(random_state: np.random.RandomState) -> np.random.SeedSequence:
    """Seeds for whatever is trained, drawn from a random state."""
    return np.random.SeedSequence(random_state.randint(0, 2**32, size=4, dtype=np.uint32).tolist())


def _pieces(n_test: int, n_folds: int) -> int:
    """How many one-way steps a fold makes."""
    return max(1, min(-(-STEPS // max(n_folds, 2)), n_test // ROWS_OF_STEP))


def _shuffled(rows: NDArray[np.int64], n_pieces: int, rng: np.random.RandomState) -> list[NDArray[np.int64]]:
    """Rows in random pieces, each in order (so that counting walks through memory)."""
    return [np.sort(piece) for piece in np.array_split(rng.permutation(rows), n_pieces)] if n_pieces > 1 else [rows]


def _splits(cv: Any, n_rows: int, y: Any, groups: Any) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
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
        pairs.append((_row_numbers(pair[0], n_rows), _row_numbers(pair[1], n_rows)))
    return pairs


def _row_numbers(part: Any, n_rows: int) -> NDArray[np.int64]:
    part = np.asarray(part)
    if part.dtype == bool and part.shape == (n_rows,):
        part = np.flatnonzero(part)
    if part.ndim != 1 or (part.size and part.dtype.kind not in "iu"):
        raise ValueError(f"cv must give pairs (train, test) of row numbers, got {part!r} for a part.")
    outside = part[(part < 0) | (part >= n_rows)]
    if outside.size:
        raise ValueError(f"cv gives row {outside[0]}, but there are {n_rows} rows, 0 to {n_rows - 1}.")
    return part.astype(np.int64)


def group_numbers(groups: Any, n_rows: int) -> NDArray[np.int64]:
    """Group labels as numbers 0, 1, ..., (n_rows,).

    Raises
    ------
    ValueError
        If there is not one label a row, or if labels are missing.
    """
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise ValueError(f"groups must hold one label a row, {n_rows} of them, got shape {labels.shape}.")
    numbers, _ = pd.factorize(labels)
    if (numbers < 0).any():
        raise ValueError(f"groups has {(numbers < 0).sum()} missing labels; every row needs one.")
    return numbers.astype(np.int64)
