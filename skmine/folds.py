"""Which rows a critic sees, and which ones it is scored on.

Design notes. A fold has three parts. `train` and `test` are the usual ones; `before` holds the
training rows that no later fold is scored on. A critic that saw `before` only knows nothing of the
folds to come, so the z-scores of such *one-way* critics are a martingale and may be added up as if
they were independent, which those of the usual, two-way critics may not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, check_cv
from sklearn.utils import check_random_state


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
        If there are fewer rows (or groups) than folds, if a part is empty, if a row is in two
        test parts, or in the training and the test part of one fold.
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
    splits = [
        (_row_numbers(train, n_rows), _row_numbers(test, n_rows))
        for train, test in check_cv(cv).split(np.zeros(n_rows), y, groups)
    ]
    if not splits:
        raise ValueError("cv gives no split; pass at least one (train, test) pair.")
    times_tested = np.zeros(n_rows, int)
    for number, (train, test) in enumerate(splits):
        if not len(train) or not len(test):
            raise ValueError(f"cv gives split {number} without training or test rows; both need some.")
        times_tested[test] += 1
        if np.isin(train, test).any():
            raise ValueError(f"cv puts rows of split {number} both into training and test; keep them apart.")
    if times_tested.max() > 1:
        raise ValueError("cv tests rows more than once (overlapping test folds); pass folds that do not overlap.")
    folds, last_tested = [], np.full(n_rows, -1)
    for number, (_, test) in enumerate(splits):
        last_tested[test] = number
    for number, (train, test) in enumerate(splits):
        folds.append(Fold(train, test, train[last_tested[train] < number]))
    return folds


def _row_numbers(part: Any, n_rows: int) -> NDArray[np.int64]:
    part = np.asarray(part)
    if part.dtype == bool:
        part = np.flatnonzero(part)
    if part.size and (part.min() < 0 or part.max() >= n_rows):
        raise ValueError(f"cv gives row {part.max()}, but there are {n_rows} rows.")
    return part.astype(np.int64)
