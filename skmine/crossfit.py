"""Folds -> critics -> held-out and training scores.

Design notes. Every reported number comes from rows that the critic never saw. For a grid of nodes
the critic is read off the training counts in one forward pass, so three things come cheap:

- the *held-out* score of a fold under the critic of its training rows: a lower bound on MI;
- the *training* score of that critic on its own rows. It sits above MI by about as much as the
  held-out score sits below (the two halves of one optimism, as in Akaike's argument), so their
  midpoint is free of the bias to first order;
- z-scores of *one-way* critics, from the rows of earlier folds only, for the p-value.

**Screen, then refine.** All columns are scored on a coarse grid, which also gives every p-value;
those that the coarse grid does not call clearly null are scored again on a fine one. The p-value
is thus one rule for all columns and no column gets two tries.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, check_cv
from sklearn.utils import check_random_state
from torch import Tensor

from skmine import inference, tables
from skmine.core.bounds import (
    double_centred_on_grid,
    infonce_on_grid,
    permutation_moments_on_grid,
    projection_on_grid,
    variance_on_grid,
)
from skmine.core.critics import load_grid_critic
from skmine.core.devices import one_thread, resolve_device
from skmine.encoding import Coding, Column, fit_codings

#: Columns whose coarse p-value is above this are called null and not refined.
CLEARLY_NULL = 0.1


def node_budgets(n_rows: int) -> list[int]:
    """Node counts for a sample: the coarse grid, and a finer one where the rows can fill it."""
    if n_rows < 150:
        return [32]
    if n_rows < 600:
        return [64]
    return [48, 128]


# Folds ----------------------------------------------------------------------------------------------


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


# Scores of many columns with one target -------------------------------------------------------------


@dataclass(frozen=True)
class Scores:
    """What is known of d columns and a target; arrays of shape (d,), nats.

    Attributes
    ----------
    kind : what each column was taken for
    held_out, training : mean scores on rows the critics did not see, and on those they did
    se : standard error of the held-out score
    pvalue : of independence, one-sided
    """

    kind: NDArray[np.object_]
    held_out: NDArray[np.float64]
    training: NDArray[np.float64]
    se: NDArray[np.float64]
    pvalue: NDArray[np.float64]

    @property
    def mi(self) -> NDArray[np.float64]:
        """The estimate: midpoint of held-out and training scores."""
        return (self.held_out + self.training) / 2


@dataclass(frozen=True)
class Coded:
    """Columns on one grid: codings and codes."""

    codings: list[Coding]
    codes: list[NDArray[np.uint8]]


def encode_columns(columns: Iterable[Column], flags: Sequence[bool | None], budgets: Sequence[int]) -> list[Coded]:
    """Code columns at every node count, reading each once."""
    out = [Coded([], []) for _ in budgets]
    for column, discrete in zip(columns, flags, strict=True):
        for coded, coding in zip(out, fit_codings(column, budgets, discrete=discrete), strict=True):
            coded.codings.append(coding)
            coded.codes.append(coding.encode(column).astype(np.uint8))
    return out


def score_columns(
    coded: Sequence[Coded],
    target: Sequence[Coded],
    folds: Sequence[Fold],
    *,
    groups: NDArray[np.int64] | None = None,
    device: str = "auto",
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Score every column against one target, coarse grid first.

    Parameters
    ----------
    coded, target : a `Coded` for each node count, coarse first; the target's has one column
    folds : list of Fold
    groups : ndarray of shape (n,), optional
        Group number of each row; errors and p-values then go by whole groups.
    device, n_jobs : as everywhere
    progress : callable(done, total), optional
        Called with the columns done so far, as blocks come back.
    """
    kinds = np.array([c.kind for c in coded[-1].codings], dtype=object)
    held, train, se = (np.zeros(len(kinds)) for _ in range(3))
    pvalue = np.ones(len(kinds))
    caps = _entropy_caps(coded[-1], target[-1])
    todo = np.flatnonzero(kinds != "constant")
    for level, (grid, goal) in enumerate(zip(coded, target, strict=True)):
        if level:
            finer = [
                grid.codings[j].n_nodes > coded[level - 1].codings[j].n_nodes
                or goal.codings[0].n_nodes > target[level - 1].codings[0].n_nodes
                for j in todo
            ]
            todo = todo[(pvalue[todo] <= CLEARLY_NULL) & np.array(finer, bool)]
        if not len(todo):
            break
        found = _score_grid(grid, goal, todo, folds, groups, device, n_jobs, with_pvalue=level == 0, progress=progress)
        held[todo], train[todo], se[todo] = found[:3]
        if level == 0:
            pvalue[todo] = found[3]
    return Scores(kinds, np.minimum(held, caps), np.minimum(train, caps), se, pvalue)


def _score_grid(
    grid: Coded,
    goal: Coded,
    todo: NDArray[np.int64],
    folds: Sequence[Fold],
    groups: NDArray[np.int64] | None,
    device: str,
    n_jobs: int | None,
    *,
    with_pvalue: bool,
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.float64]:
    """Held-out, training, standard error (and p-value) of the columns `todo`, (3 or 4, len(todo))."""
    other = tables.padded(goal.codings[0].n_nodes)
    sides = [tables.padded(grid.codings[j].n_nodes) for j in todo]
    members = tables.blocks(sides, other)
    out = np.empty((3 + with_pvalue, len(todo)))
    resolve_device(device)
    # With a progress report blocks go out in waves; without, all at once.
    wave = len(members) if progress is None else 4 * effective_n_jobs(n_jobs)
    with one_thread(), Parallel(n_jobs=n_jobs) as parallel:
        for first in range(0, len(members), wave):
            sent = members[first : first + wave]
            results = parallel(
                delayed(_score_block)(
                    [grid.codes[j] for j in todo[block]],
                    goal.codes[0],
                    (sides[block[0]], other),
                    folds,
                    groups,
                    device,
                    with_pvalue,
                )
                for block in sent
            )
            for block, values in zip(sent, results, strict=True):
                out[:, block] = values
            if progress is not None:
                progress(sum(map(len, members[: first + wave])), len(todo))
    return out


def _score_block(
    codes: list[NDArray[np.uint8]],
    target: NDArray[np.uint8],
    shape: tuple[int, int],
    folds: Sequence[Fold],
    groups: NDArray[np.int64] | None,
    device: str,
    with_pvalue: bool,
) -> NDArray[np.float64]:
    """One block of columns of one shape; runs in a worker."""
    k = len(folds)
    count = functools.partial(tables.count_tables, codes, target, shape=shape)
    where = resolve_device(device)
    with one_thread(), torch.inference_mode():
        critic = load_grid_critic(where)
        train = torch.from_numpy(count([f.train for f in folds])).to(where)
        test = torch.from_numpy(count([f.test for f in folds])).to(where)
        scores = torch.stack([critic(t) for t in train])  # (K, d, G, H): the critics of the folds
        held, trained = infonce_on_grid(scores, test), infonce_on_grid(scores, train)  # (K, d)
        rows = np.array([len(f.test) for f in folds], float)
        projection = projection_on_grid(scores, test)
        if groups is None:
            spread = variance_on_grid(projection, test).double().cpu().numpy() * rows[:, None]
        else:
            spread = _group_spread(projection, codes, target, folds, groups)
        weights = rows[:, None] / rows.sum()
        out = [
            (weights * held.double().cpu().numpy()).sum(0),
            trained.double().cpu().numpy().mean(0),
            np.sqrt(spread.sum(0)) / rows.sum(),
        ]
        if with_pvalue:
            informed = [i for i in range(k) if len(folds[i].before)]
            one_way = []
            for i in informed:
                same = len(folds[i].before) == len(folds[i].train)
                one_way.append(scores[i] if same else critic(torch.from_numpy(count([folds[i].before])[0]).to(where)))
            out.append(_one_way_pvalues(one_way, test, informed, codes, target, folds, groups))
    return np.stack(out)


def _one_way_pvalues(
    one_way: list[Tensor],
    test: Tensor,
    informed: list[int],
    codes: list[NDArray[np.uint8]],
    target: NDArray[np.uint8],
    folds: Sequence[Fold],
    groups: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    """P-values of the columns of a block from the critics of the folds `informed`."""
    if not informed:
        return np.ones(len(codes))
    critics, held = torch.stack(one_way), test[informed]  # (k, d, G, H)
    weights = np.sqrt([len(folds[i].before) for i in informed])
    statistic, variance, third = (m.double().cpu().numpy() for m in permutation_moments_on_grid(critics, held))
    if groups is not None:
        chosen = [folds[i] for i in informed]
        variance = _group_spread(double_centred_on_grid(critics, held), codes, target, chosen, groups, centre=False)
        third = np.zeros_like(variance)
    rows = np.array([len(folds[i].test) for i in informed])[:, None]
    varies = variance > rows * inference.SILENT**2
    scale = np.sqrt(np.where(varies, variance, 1))
    z = np.where(varies, statistic / scale, np.nan)
    return inference.combine_one_way(z, np.where(varies, third / scale**3, np.nan), weights)


def _group_spread(
    values: Tensor,
    codes: list[NDArray[np.uint8]],
    target: NDArray[np.uint8],
    folds: Sequence[Fold],
    groups: NDArray[np.int64],
    *,
    centre: bool = True,
) -> NDArray[np.float64]:
    """Variance of a fold's sum over rows of a value a cell, rows of a group moving together: (K, d)."""
    cells = values.double().cpu().numpy()  # (K, d, G, H)
    out = np.empty(cells.shape[:2])
    for i, fold in enumerate(folds):
        for j, column in enumerate(codes):
            row = cells[i, j, column[fold.test], target[fold.test]]
            row = row - row.mean() if centre else row
            out[i, j] = (np.bincount(groups[fold.test], row) ** 2).sum()
    return out


def _entropy_caps(coded: Coded, target: Coded) -> NDArray[np.float64]:
    """Plug-in entropies that bound MI: a discrete column's own, and a discrete target's."""

    def cap(coding: Coding, codes: NDArray[np.uint8]) -> float:
        if coding.kind == "continuous":
            return np.inf
        return inference.plugin_entropy(np.bincount(codes))

    bound = cap(target.codings[0], target.codes[0])
    return np.array([min(bound, cap(c, v)) for c, v in zip(coded.codings, coded.codes, strict=True)])
