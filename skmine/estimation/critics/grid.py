"""Folds -> grid critics -> held-out and training scores, many pairs of columns at once.

Design notes. Every reported number comes from rows that the critic never saw. For a grid of nodes
the critic is read off the training counts in one forward pass, so three things come cheap:

- the *held-out* score of a fold under the critic of its training rows: a lower bound on MI;
- the *training* score of that critic on its own rows. It sits above MI as the held-out score sits
  below it, so the gap between them shows what fitting cost (`inference.debiased`);
- z-scores of *one-way* critics, from the rows of earlier steps only, for the p-value.

**Screen, then refine.** All columns are scored on a coarse grid, which also gives every p-value;
those that it does not call clearly null are scored again on a fine one, and those that turn out
strongly dependent on the finest, whose nodes resolve sharp edges. The p-value is thus one rule for
all columns and no column gets two tries. Two grids also show what the finer one still loses
(`inference.coding_loss`), which the estimate adds; held-out scores stay as they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.devices import one_thread, resolve_device
from skmine.core.networks import GridNetwork, apply_plug_in, load_grid_network
from skmine.core.scores import (
    double_centre_on_grid,
    infonce_on_grid,
    permutation_moments_on_grid,
    projection_on_grid,
    variance_on_grid,
)
from skmine.data import counts as tables
from skmine.data.coding import Coding, Column, fit_codings
from skmine.estimation import inference
from skmine.estimation.folds import Fold, Step
from skmine.estimation.plan import Plan

#: Columns whose coarse p-value is above this are called null and not refined.
CLEARLY_NULL = 0.1

#: Columns with a held-out score above this (nats) go on to the finest grid.
SHARP = 0.6


def node_budgets(n_rows: int) -> list[int]:
    """Node counts for a sample, coarse to fine, as far as the rows can fill them.

    On a few thousand rows 32 nodes see weak links as often as 48 or 64 do, and cost half; waves
    that turn faster than they resolve need more rows to be seen at all.
    """
    if n_rows < 150:
        return [32]
    screen = 32 if n_rows < 3_000 else 48
    return [screen, 96] if n_rows < 1_000 else [screen, 96, 192]


@dataclass(frozen=True)
class Scores:
    """What is known of d columns and a target; arrays of shape (d,), nats.

    Attributes
    ----------
    kind : what each column was taken for
    mi : estimates, from the other scores (`inference.debiased`)
    held_out, training : mean scores on rows the critics did not see, and on those they did
    coding_loss : what the finest grid that was used still loses
    se : standard error of the held-out score
    pvalue : of independence, one-sided; it pays for the choice of a target
    level : number of the finest grid that was used
    n_chosen_from : targets that each column chose its best one from
    """

    kind: NDArray[np.object_]
    mi: NDArray[np.float64]
    held_out: NDArray[np.float64]
    training: NDArray[np.float64]
    coding_loss: NDArray[np.float64]
    se: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    level: NDArray[np.int64]
    n_chosen_from: int = 1

    def lower_bound(self, level: float = 0.95) -> NDArray[np.float64]:
        """One-sided lower confidence bounds, each column by itself."""
        return inference.lower_bound(self.held_out, self.se, self.pvalue, level, n_chosen_from=self.n_chosen_from)


def best_target(results: Sequence[Scores]) -> Scores:
    """Each column's scores with the target that it has its best held-out score with.

    The p-value is the smallest over the targets, times their number.
    """
    best = np.argmax([r.held_out for r in results], axis=0)[None]

    def of_best(attribute: str) -> NDArray[Any]:
        return np.take_along_axis(np.array([getattr(r, attribute) for r in results]), best, axis=0)[0]

    return Scores(
        kind=results[0].kind,
        mi=of_best("mi"),
        held_out=of_best("held_out"),
        training=of_best("training"),
        coding_loss=of_best("coding_loss"),
        se=of_best("se"),
        level=of_best("level"),
        pvalue=np.minimum(np.min([r.pvalue for r in results], axis=0) * len(results), 1.0),
        n_chosen_from=len(results),
    )


@dataclass(frozen=True)
class Coded:
    """Columns on one grid of at most `budget` nodes: codings and codes."""

    budget: int
    codings: list[Coding]
    codes: list[NDArray[np.uint8]]

    def only(self, chosen: Iterable[int]) -> "Coded":
        """Some of the columns, in the order given."""
        places = list(chosen)
        return Coded(self.budget, [self.codings[j] for j in places], [self.codes[j] for j in places])

    @property
    def entropies(self) -> NDArray[np.float64]:
        """Plug-in entropies of the columns in nats, which bound what they share; infinite for continuous ones."""
        return np.array(
            [
                np.inf if coding.kind == "continuous" else inference.plugin_entropy(np.bincount(codes))
                for coding, codes in zip(self.codings, self.codes, strict=True)
            ]
        )

    @property
    def n_nodes(self) -> NDArray[np.int64]:
        """Nodes in use, a number a column."""
        return np.array([c.n_nodes for c in self.codings])


def encode_columns(columns: Iterable[Column], flags: Sequence[bool | None], budgets: Sequence[int]) -> list[Coded]:
    """Code columns at every node count, reading each once."""
    out = [Coded(budget, [], []) for budget in budgets]
    for column, discrete in zip(columns, flags, strict=True):
        for coded, coding in zip(out, fit_codings(column, budgets, discrete=discrete), strict=True):
            coded.codings.append(coding)
            coded.codes.append(coding.encode(column).astype(np.uint8))
    return out


def score_columns(coded: Sequence[Coded], target: Sequence[Coded], plan: Plan) -> Scores:
    """Score every column against one target, coarse grid first.

    Parameters
    ----------
    coded, target : a `Coded` for each node count, coarse first; the target's has one column
    plan : Plan
    """
    kinds = np.array([c.kind for c in coded[-1].codings], dtype=object)
    held, train, se, lost = (np.zeros(len(kinds)) for _ in range(4))
    pvalue, used = np.ones(len(kinds)), np.zeros(len(kinds), np.int64)
    todo = np.flatnonzero((kinds != "constant") & (target[-1].codings[0].kind != "constant"))
    for level, (grid, goal) in enumerate(zip(coded, target, strict=True)):
        if level:
            coarse = coded[level - 1], target[level - 1]
            more_nodes = (grid.n_nodes > coarse[0].n_nodes) | (goal.n_nodes > coarse[1].n_nodes)
            worth_it = pvalue <= CLEARLY_NULL if level == 1 else held > SHARP
            todo = todo[(worth_it & more_nodes)[todo]]
        if not len(todo):
            break
        found = _score_grid(
            grid,
            goal,
            todo,
            _at_level(plan, level, len(coded), len(kinds) - len(todo), len(kinds)),
            with_pvalue=level == 0,
        )
        if level:
            lost[todo] = inference.coding_loss(held[todo], found[0], coarse[0].budget, grid.budget)
        held[todo], train[todo], se[todo] = found[:3]
        used[todo] = level
        if level == 0:
            pvalue[todo] = found[3]
    if plan.progress is not None:
        plan.progress(len(kinds), len(kinds))
    caps = np.minimum(coded[-1].entropies, target[-1].entropies[0])
    held, train = np.minimum(held, caps), np.minimum(train, caps)
    mi = np.minimum(inference.debiased(held, train, lost), caps)
    return Scores(kinds, mi, held, train, lost, se, pvalue, used)


def _at_level(plan: Plan, level: int, n_levels: int, n_skipped: int, d: int) -> Plan:
    """The plan with a report in which each grid is one share of every column's work."""
    report = plan.progress
    if report is None:
        return plan
    return replace(plan, progress=lambda done, _: report((level * d + n_skipped + done) // n_levels, d))


def _score_grid(
    grid: Coded, goal: Coded, todo: NDArray[np.int64], plan: Plan, *, with_pvalue: bool
) -> NDArray[np.float64]:
    """Held-out, training, standard error (and p-value) of the columns `todo`, (3 or 4, len(todo))."""
    other = tables.padded(int(goal.n_nodes[0]))
    sides = [tables.padded(int(n)) for n in grid.n_nodes[todo]]
    members = tables.blocks(sides, other)
    out = np.empty((3 + with_pvalue, len(todo)))
    # With a progress report blocks go out in waves; without, all at once.
    n_workers = effective_n_jobs(plan.n_jobs)
    wave = len(members) if plan.progress is None else 2 * n_workers if n_workers > 1 else 1
    sent_plan = replace(plan, progress=None)  # which may not be picklable
    with one_thread(), Parallel(n_jobs=plan.n_jobs) as parallel:
        for first in range(0, len(members), wave):
            sent = members[first : first + wave]
            results = parallel(
                delayed(_score_block)(
                    _Block([grid.codes[j] for j in todo[block]], goal.codes[0], (sides[block[0]], other)),
                    sent_plan,
                    with_pvalue,
                )
                for block in sent
            )
            for block, values in zip(sent, results, strict=True):
                out[:, block] = values
            if plan.progress is not None:
                plan.progress(sum(map(len, members[: first + wave])), len(todo))
    return out


def fold_critics(column: NDArray[np.uint8], target: NDArray[np.uint8], shape: tuple[int, int], plan: Plan) -> Tensor:
    """The critics T of one coded column and a target that score the folds, (K, G, H)."""
    block, device = (
        _Block([column], target, (tables.padded(shape[0]), tables.padded(shape[1]))),
        resolve_device(plan.device),
    )
    with one_thread(), torch.inference_mode():
        train = block.count([fold.train for fold in plan.folds], device)
        critic = load_grid_network(device)
        return torch.cat([apply_plug_in(critic(t), t) for t in train]).cpu()


@dataclass(frozen=True)
class _Block:
    """Columns of one padded shape and their target, as codes."""

    codes: list[NDArray[np.uint8]]
    target: NDArray[np.uint8]
    shape: tuple[int, int]

    def count(self, parts: Sequence[NDArray[np.int64]], device: torch.device) -> Tensor:
        """Tables of the parts of the rows, (parts, d, G, H)."""
        return torch.from_numpy(tables.count_tables(self.codes, self.target, parts, self.shape)).to(device)


def _score_block(block: _Block, plan: Plan, with_pvalue: bool) -> NDArray[np.float64]:
    """One block of columns; runs in a worker."""
    device, folds = resolve_device(plan.device), plan.folds
    with one_thread(), torch.inference_mode():
        critic = load_grid_network(device)
        train, test = block.count([f.train for f in folds], device), block.count([f.test for f in folds], device)
        networks = [critic(t) for t in train]  # the critics of the folds, (d, G, H) each
        scores = torch.stack([apply_plug_in(score, t) for score, t in zip(networks, train, strict=True)])
        rows = np.array([[len(f.test)] for f in folds], float)
        held, trained = _numpy(infonce_on_grid(scores, test)), _numpy(infonce_on_grid(scores, train))  # (K, d)
        projection = projection_on_grid(scores, test)
        if plan.groups is None:
            spread = _numpy(variance_on_grid(projection, test)) * rows
        else:
            spread = _group_spread(projection, block, folds, plan.groups)
        out = [(rows * held).sum(0) / rows.sum(), trained.mean(0), np.sqrt(spread.sum(0)) / rows.sum()]
        if with_pvalue:
            out.append(_one_way_pvalues(critic, networks, block, plan, device))
    return np.stack(out)


def _one_way_pvalues(
    critic: GridNetwork, two_way: list[Tensor], block: _Block, plan: Plan, device: torch.device
) -> NDArray[np.float64]:
    """P-values of the columns of a block, from critics of the rows before each one-way step.

    The network's critics throughout, of small tables too, so that p-values follow one rule.
    """
    informed = [(i, step) for i, fold in enumerate(plan.folds) for step in fold.steps if len(step.before)]
    if not informed:
        return np.ones(len(block.codes))
    steps = [step for _, step in informed]
    test = block.count([step.test for step in steps], device)
    scores = torch.stack(
        [
            two_way[i]
            if len(step.before) == len(plan.folds[i].train)
            else critic(block.count([step.before], test.device)[0])
            for i, step in informed
        ]
    )  # (k, d, G, H)
    statistic, variance, third = map(_numpy, permutation_moments_on_grid(scores, test))
    if plan.groups is not None:
        centred = double_centre_on_grid(scores, test)
        variance, third = _group_spread(centred, block, steps, plan.groups, around_mean=False), np.zeros_like(third)
    return inference.one_way_pvalues(
        statistic,
        variance,
        third,
        [len(step.before) for step in steps],
        [len(step.test) for step in steps],
        None if plan.groups is None else [len(np.unique(plan.groups[step.test])) for step in steps],
    )


def _group_spread(
    values: Tensor, block: _Block, parts: Sequence[Fold | Step], groups: NDArray[np.int64], *, around_mean: bool = True
) -> NDArray[np.float64]:
    """Variance of a part's sum over its test rows of a value a cell, rows of a group moving together: (K, d)."""
    cells = _numpy(values)  # (K, d, G, H)
    out = np.empty(cells.shape[:2])
    for i, part in enumerate(parts):
        for j, column in enumerate(block.codes):
            of_rows = cells[i, j, column[part.test], block.target[part.test]]
            out[i, j] = inference.variance_of_sum(of_rows, groups[part.test], around_mean=around_mean)
    return out


def _numpy(values: Tensor) -> NDArray[np.float64]:
    return values.double().cpu().numpy()
