"""Pairs of columns with levels: what they share, from the counts of their levels.

Design notes. A grid pools or blurs many levels, and blurs a rare class. So where a side has many levels, or a
class is rare, the pair is scored once more by critics of levels, on the same folds: tilts where the other side has an
order, a tree otherwise or where it scores higher. What scores higher, grid or levels, is kept
(`column_scores`). Where values share the coarse grid's nodes, levels have
a say in the p-value, too, and with labels, which that grid has to pool, the only one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.devices import one_thread, resolve_device
from skmine.core.networks.full_counts import SMALL_SIDE
from skmine.data.coding import CategoryCoding, Coding
from skmine.data.ladder import AT_LEVELS, Ladder
from skmine.estimation import fitting_cost
from skmine.estimation.count_scores import score_counts
from skmine.estimation.counting import Chunk, Counter
from skmine.estimation.evidence import Evidence
from skmine.estimation.levels import LevelFit, fit_tree
from skmine.estimation.plan import Plan
from skmine.estimation.sparse import count_rare_rows, is_rare
from skmine.estimation.tilts import fit_tilts

LevelCritic = Literal["tilts", "tree"]

#: Most cells of the counts of two columns with levels, both at full size; with more, the side of fewer levels is
#: pooled as on the grid `FINE`. Counts of so many cells take 16 megabytes for each part of the rows.
MOST_CELLS = 2**22

#: What the p-value of levels counts for beside that of a grid where numbers have both an order and levels. Most such
#: numbers are amounts, whose order says it all, and pay a ninth of their p-value for codes.
LEVELS_WEIGHT = 0.1

#: What the exact p-value of rare classes against all others counts for beside that of all classes: half each.
RARE_WEIGHT = 0.5

#: Place of the finest grid that levels meet: finer ones are for strong links of two orders.
FINE = 2


@dataclass(frozen=True)
class Reading:
    """How the critic of a pair is read from counts.

    Attributes
    ----------
    x_at, y_at : int
        Index of the grid of either side's ladder, or `AT_LEVELS`.
    critic : "network", "tilts" or "tree"
    turned : bool
        Whether the levels stand on y's side.
    last_is_missing : bool
        Whether the other side's last node is that of missing values.
    """

    x_at: int
    y_at: int
    critic: str = "network"
    turned: bool = False
    last_is_missing: bool = False

    def fit(self, counts: NDArray[np.float64]) -> LevelFit:
        """Fit levels to counts (G, H) of x and y."""
        levels = counts.T if self.turned else counts
        found = fit_tilts(levels, last_is_missing=self.last_is_missing) if self.critic == "tilts" else fit_tree(levels)
        return replace(found, values=found.values.T) if self.turned else found

    def read(self, counts: Tensor) -> Tensor:
        """Critic values of counts (d, G, H)."""
        values = np.stack([self.fit(of_pair).values for of_pair in counts.double().cpu().numpy()])
        return torch.from_numpy(values).to(counts)

    def finish(self, values: Tensor, counts: Tensor) -> Tensor:
        """The critic that is scored: the one that was read."""
        return values


@dataclass(frozen=True)
class LevelPair:
    """A column and the target as they are scored by their levels.

    Attributes
    ----------
    column : int
    readings : list of Reading
        The critics that are tried; the first one gives the p-value.
    rare : bool
        Whether a node of one side is rare, and the other side has an order.
    merged : ndarray of shape (H,) or None
        Of a target with rare and with common classes: the rare ones' numbers, and the last one for all others.
    pvalue_weight : float
        What the p-value of the levels counts beside that of the coarse grid: 0, `LEVELS_WEIGHT`, `RARE_WEIGHT` or,
        where that grid has to pool labels, 1.
    """

    column: int
    readings: list[Reading]
    rare: bool
    pvalue_weight: float = 0.0
    merged: NDArray[np.int64] | None = None

    @property
    def leaves_common_classes(self) -> bool:
        """Whether there are classes beside the rare ones, which may be told apart as well."""
        return self.merged is not None and int((self.merged == self.merged.max()).sum()) > 1

    def combine_pvalues(self, on_grid: float, of_levels: float) -> float:
        """The p-value of the pair: the smaller one, of which each was given its share of the level (Bonferroni)."""
        parts = [(on_grid, 1 - self.pvalue_weight), (of_levels, self.pvalue_weight)]
        return min(1.0, *(pvalue / weight for pvalue, weight in parts if weight))


@dataclass(frozen=True)
class LevelScores:
    """What the levels of a pair say: evidence of one pair, an estimate in nats, and the critic, if it is one alone."""

    evidence: Evidence
    mi: float
    reading: Reading | None


def find_level_pairs(
    ladder: Ladder, target: Ladder, places: Sequence[int], wanted: NDArray[np.bool_], counter: Counter
) -> list[LevelPair]:
    """The columns, of some of them, that have to be scored by levels.

    Parameters
    ----------
    ladder, target : Ladder
    places : sequence of int
        Columns that vary.
    wanted : ndarray of shape (d,)
        Columns whose p-value on the coarse grid leaves a doubt; others are scored where the levels are to give it.
    counter : Counter
    """
    merged = _merge_common_classes(counter.count_nodes(None)) if len(places) else None
    pairs = (_plan_pair(ladder, target, j, merged, counter) for j in places)
    return [pair for pair in pairs if pair is not None and (pair.pvalue_weight or pair.rare or wanted[pair.column])]


def _plan_pair(
    ladder: Ladder, target: Ladder, j: int, merged: NDArray[np.int64] | None, counter: Counter
) -> LevelPair | None:
    """How a column and the target, with rare classes apart, are scored by levels; None if a grid holds all there is."""
    sides = [(ladder, j), (target, 0)]
    coarse = [side.grids[0].codings[i] for side, i in sides]
    ordered = [not isinstance(coding, CategoryCoding) and coding.n_nodes > SMALL_SIDE for coding in coarse]
    if ordered[1] and coarse[0].n_nodes == 2 and is_rare(counter.count_nodes(j)):
        return LevelPair(j, [_turn(0, 0, "tilts", 0, coarse[1])], rare=True)
    if ordered[0] and merged is not None:
        # Two classes are tested exactly on the coarse grid; of more, the rare ones need a test of their own.
        weight = RARE_WEIGHT if len(merged) > merged.max() + 1 else 0.0
        return LevelPair(j, [_turn(0, 0, "tilts", 1, coarse[0])], rare=True, pvalue_weight=weight, merged=merged)
    n_levels = [int(side.levels.n_nodes[i]) if side.has_levels[i] else 0 for side, i in sides]
    if max(n_levels) <= SMALL_SIDE:
        return None
    a = int(np.argmax(n_levels))
    b, other = 1 - a, sides[1 - a][0]
    shared = [side.has_levels[i] and not side.grids[0].complete[i] for side, i in sides]
    if ordered[b] or not shared[b]:
        at = 0
    else:
        at = AT_LEVELS if max(n_levels) * n_levels[b] <= MOST_CELLS else find_fine(other)
    critics: tuple[LevelCritic, ...] = ("tilts", "tree") if ordered[b] else ("tree",)
    readings = [_turn(AT_LEVELS, at, critic, a, coarse[b]) for critic in critics]
    pools_labels = any(s and isinstance(coding, CategoryCoding) for s, coding in zip(shared, coarse, strict=True))
    weight = 1.0 if pools_labels else LEVELS_WEIGHT if any(shared) else 0.0
    return LevelPair(j, readings, rare=False, pvalue_weight=weight)


def _merge_common_classes(counts: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Numbers of a target's classes with these rows, those that are not rare in one; None where none is rare."""
    rare = counts < count_rare_rows(counts)
    if len(counts) > SMALL_SIDE or not rare.any():
        return None
    return np.where(rare, np.cumsum(rare) - 1, rare.sum())


def _turn(level_at: int, other_at: int, critic: str, side: int, other: Coding) -> Reading:
    """A reading with the levels on side 0 (x) or 1 (y)."""
    x_at, y_at = (level_at, other_at) if side == 0 else (other_at, level_at)
    return Reading(x_at, y_at, critic, bool(side), other.missing == other.n_nodes - 1)


def find_fine(ladder: Ladder) -> int:
    """Place of the finest grid that levels meet."""
    return min(FINE, len(ladder.grids) - 1)


@dataclass(frozen=True)
class LevelWork:
    """A pair, its chunk at the places of its first reading, and that of the estimate of a rare pair, on the finest."""

    pair: LevelPair
    chunk: Chunk
    finest: Chunk | None


def prepare_level_pairs(
    pairs: Sequence[LevelPair], ladder: Ladder, target: Ladder, counter: Counter, *, alone: bool
) -> list[LevelWork]:
    """What workers need to score pairs; `alone`: whether rows are independent."""
    finest = find_fine(ladder), find_fine(target)
    wanted = [(pair, _place(pair.readings[0])) for pair in pairs]
    wanted += [(pair, finest) for pair in pairs if pair.rare and alone]
    for x_at, y_at in dict.fromkeys(places for _, places in wanted):
        counter.prepare([pair.column for pair, places in wanted if places == (x_at, y_at)], x_at, y_at)

    def take(pair: LevelPair, places: tuple[int, int]) -> Chunk:
        n_nodes = target.at(places[1]).codings[0].n_nodes if pair.merged is None else int(pair.merged.max()) + 1
        shape = ladder.at(places[0]).codings[pair.column].n_nodes, n_nodes
        return counter.take([pair.column], places, shape, pair.merged)

    return [
        LevelWork(pair, take(pair, _place(pair.readings[0])), take(pair, finest) if pair.rare and alone else None)
        for pair in pairs
    ]


def _place(reading: Reading) -> tuple[int, int]:
    return reading.x_at, reading.y_at


def score_level_pair(work: LevelWork, plan: Plan) -> LevelScores:
    """Count and score one pair by its levels; runs in a worker."""
    pair, device = work.pair, resolve_device(plan.device)
    first = pair.readings[0]
    with one_thread():
        counts = work.chunk.count(device, with_steps=pair.pvalue_weight > 0)
        found = [
            score_counts(counts if reading is first else replace(counts, steps=()), reading, device).at(0)
            for reading in pair.readings
        ]
    best = int(np.argmax([evidence.held_out for evidence in found]))
    evidence = replace(found[best], pvalue=found[0].pvalue)
    mi = _estimate(work, evidence, counts.whole[0], plan)
    return LevelScores(evidence=evidence, mi=mi, reading=pair.readings[best])


def _estimate(work: LevelWork, evidence: Evidence, whole: NDArray[np.float64], plan: Plan) -> float:
    """The estimate of a pair, in nats: what the counts of all rows say, where rows are independent."""
    if plan.groups is not None:  # rows of a group say the same twice, and only held-out groups show it
        weights = fitting_cost.TRAINED_WEIGHTS
        return float(fitting_cost.correct_bias(evidence.held_out, evidence.training, weights=weights))
    critic = work.pair.readings[0].critic
    if work.finest is not None:  # the critic is scored on few nodes, whose margins are sure
        critic, whole = "tilts", work.finest.count(torch.device("cpu"), with_steps=False).whole[0]
    elif critic == "tilts":
        critic = "tree"
    return replace(work.pair.readings[0], critic=critic).fit(whole).information
