"""Which rows a critic sees, and which ones it is scored on.

Design notes. A fold has three parts. `train` and `test` are the usual ones; `before` holds the
training rows that no later fold is scored on. A critic that saw `before` only knows nothing of the
folds to come, so the z-scores of such *one-way* critics are a martingale and may be added up as if
they were independent, which those of the usual, two-way critics may not.
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


@dataclass(frozen=True)
class Fold:
    """Row numbers: the critic's, those it is scored on, and those a one-way critic may see."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    before: NDArray[np.int64]


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
    if isinstance(cv, (int, np.integer)):
        if groups is not None:
            n_groups = len(np.unique(np.asarray(groups)))
            if n_groups < cv:
                raise ValueError(f"cv={cv} folds need at least {cv} groups, got {n_groups}; pass a smaller cv.")
            # GroupKFold takes a seed, not a generator shared with others.
            seed = check_random_state(random_state).randint(2**31 - 1)
            cv = GroupKFold(cv, shuffle=True, random_state=seed)
        else:
            if n_rows < cv:
                raise ValueError(
                    f"cv={cv} folds need at least {cv} rows, got n_samples={n_rows}; pass more rows or a smaller cv."
                )
            cv = KFold(cv, shuffle=True, random_state=check_random_state(random_state))
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
    return [Fold(train, test, train[last_tested[train] < number]) for number, (train, test) in enumerate(splits)]


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
