"""Dropping candidates one by one, cheapest first, and what is left on the way.

Design notes. Of many candidates the one that looks cheapest on some rows looks cheaper than it is there. What a set is
worth on a part of the rows is therefore asked of the set that the other parts' judges leave, as many candidates
(Guyon et al. 2002 nest elimination in cross-validation so).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skmine.estimation import inference
from skmine.estimation.critics.masked import MaskedCritic, MaskedTable
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Rows
from skmine.selection.joint.linear import LinearJudge

Array = NDArray[np.float64]

#: Gain in nats and standard error, by candidate.
Gains = dict[int, tuple[float, float]]

#: Fraction of what is left that one step of an elimination drops: a few dozen candidates take a few dozen forward
#: passes. Arbitrary.
DROPPED_PER_STEP = 0.15

#: Rows, of all parts, that say which candidate is cheapest: that is decided again at every step. Arbitrary.
ROWS_OF_STEP = 1_000


@dataclass(frozen=True)
class Judges:
    """Networks and linear judges of the same candidates, each with rows that it did not see.

    Attributes
    ----------
    candidates : list of int
        What they know, in the order of the table.
    networks : sequence of MaskedCritic
        One for each part of the rows.
    linear : sequence of LinearJudge
        The same.
    parts : sequence of ndarray of row index
    table : MaskedTable
    nodes : Nodes
        The target.
    groups : ndarray of shape (n,) or None
    """

    candidates: list[int]
    networks: Sequence[MaskedCritic]
    linear: Sequence[LinearJudge]
    parts: Sequence[Rows]
    table: MaskedTable
    nodes: Nodes
    groups: NDArray[np.int64] | None

    @property
    def rows(self) -> Rows:
        """The rows of all."""
        return np.concatenate(self.parts)

    def score(self, known: Collection[int]) -> Array:
        """What each of the rows says when some candidates are known, in nats, by the networks."""
        return self.score_parts([known] * len(self.parts))

    def score_parts(self, known: Sequence[Collection[int]]) -> Array:
        """The same when other candidates are known in each part of the rows."""
        return np.concatenate([self._score_part(part, some) for part, some in enumerate(known)])

    def _score_part(self, part: int, known: Collection[int]) -> Array:
        if not known:  # nothing known, nothing said
            return np.zeros(len(self.parts[part]))
        found = self.networks[part].score(self.table, self.nodes, self.parts[part], self._find_places(known))
        return found.pointwise.double().numpy()

    def find_cheapest(self, known: Sequence[int], free: Sequence[int]) -> list[int]:
        """The free candidates, as many as a step drops, whose removal costs least, the cheapest first.

        A candidate costs what the networks or the linear judges say, whichever is more.
        """
        places, dropped = self._find_places(known), self._find_places(free)
        costs = np.zeros((2, len(free)))
        for network, linear, rows in zip(self.networks, self.linear, self.parts, strict=True):
            weight, some = len(rows) / len(self.rows), rows[: ROWS_OF_STEP // len(self.parts)]
            whole = float(network.score(self.table, self.nodes, some, places).pointwise.double().mean())
            costs[0] += weight * (whole - network.score_without(self.table, self.nodes, some, places, dropped))
            whole, without = linear.score_without(places, dropped)
            costs[1] += weight * (whole - without)
        order = np.argsort(costs.max(0), kind="stable")[: max(int(DROPPED_PER_STEP * len(known)), 1)]
        return [free[k] for k in order]

    def measure(self, values: Array) -> tuple[float, float]:
        """Mean of a value per row, and its standard error."""
        return compute_mean_and_error(values, self.groups, self.rows)

    def measure_gains(self, candidates: Sequence[int], kept: Sequence[int]) -> Gains:
        """What each candidate adds to the kept ones that are known, or to the others of them."""
        kept = [j for j in kept if j in self.candidates]
        whole = self.score(kept)
        gains: Gains = {}
        for j in candidates:
            with_it = whole if j in kept else self.score([*kept, j])
            without = self.score([k for k in kept if k != j]) if j in kept else whole
            gains[j] = self.measure(with_it - without)
        return gains

    def leave_out(self, part: int) -> "Judges":
        """Without those of one part of the rows."""
        stay = [k for k in range(len(self.parts)) if k != part]
        return replace(
            self,
            networks=[self.networks[k] for k in stay],
            linear=[self.linear[k] for k in stay],
            parts=[self.parts[k] for k in stay],
        )

    def _find_places(self, known: Collection[int]) -> list[int]:
        return [self.candidates.index(j) for j in known]


@dataclass(frozen=True)
class Step:
    """A set on the way down to nothing.

    Attributes
    ----------
    left : list of int
        Candidates.
    n_shadows : int
        Shadows beside them.
    lefts : list of list of int
        As many candidates for each part of the rows, as the judges of the others leave them.
    dropped : list of int
        Those that the next step lacks, cheapest first.
    judges : Judges
        What said so.
    """

    left: list[int]
    n_shadows: int
    lefts: list[list[int]]
    dropped: list[int]
    judges: Judges

    def score(self) -> Array:
        """What each of the judges' rows says of these sets, in nats, by the networks."""
        return self.judges.score_parts(self.lefts)


def drop_shadows(
    judges: Judges, known: Sequence[int], shadows: Sequence[int], protected: Collection[int] = ()
) -> tuple[list[int], list[Step]]:
    """Drop candidates, cheapest first, until the last shadow falls.

    Parameters
    ----------
    judges : Judges
    known : sequence of int
        Real candidates.
    shadows : sequence of int
        What they compete with.
    protected : collection of int
        Candidates that are never dropped.

    Returns
    -------
    left, steps
        Real candidates only.
    """
    left, beside = list(known), list(shadows)
    lefts, numbers = [left], []
    while beside:
        free = [j for j in left if j not in protected]
        n_shadows, dropped = len(beside), []
        for j in judges.find_cheapest([*left, *beside], [*free, *beside]):
            if j not in beside:
                dropped.append(j)
                continue
            beside.remove(j)
            if not beside:
                break
        if dropped:
            left = [j for j in left if j not in dropped]
            lefts.append(left)
            numbers.append(n_shadows)
    return left, _make_steps(judges, lefts, numbers, protected)[:-1]


def follow_down(judges: Judges, candidates: Sequence[int], stop_at: int | None = None) -> list[Step]:
    """Drop candidates, cheapest first, down to nothing.

    Parameters
    ----------
    judges : Judges
    candidates : sequence of int
    stop_at : int or None
        A number of candidates that one step must have.
    """
    sizes = [len(candidates)]
    while sizes[-1]:
        size = sizes[-1] - max(int(DROPPED_PER_STEP * sizes[-1]), 1)
        sizes.append(stop_at if stop_at is not None and size < stop_at < sizes[-1] else size)
    lefts = _eliminate(judges, candidates, sizes)
    return _make_steps(judges, lefts, [0] * len(lefts))


def _eliminate(
    judges: Judges, candidates: Sequence[int], sizes: Sequence[int], protected: Collection[int] = ()
) -> list[list[int]]:
    """What is left at each of some falling sizes."""
    lefts = [list(candidates)]
    for size in sizes[1:]:
        left = lefts[-1]
        dropped = judges.find_cheapest(left, [j for j in left if j not in protected])[: len(left) - size]
        lefts.append([j for j in left if j not in dropped])
    return lefts


def _make_steps(
    judges: Judges, lefts: list[list[int]], n_shadows: Sequence[int], protected: Collection[int] = ()
) -> list[Step]:
    """Steps of nested sets, beside those of the same sizes that each part of the rows has no say in."""
    sizes = [len(left) for left in lefts]
    parts = range(len(judges.parts))
    others = [_eliminate(judges.leave_out(part), lefts[0], sizes, protected) for part in parts]
    steps = []
    for k, left in enumerate(lefts):
        after = lefts[k + 1] if k + 1 < len(lefts) else left
        dropped = [j for j in left if j not in after]
        steps.append(Step(left, n_shadows[min(k, len(n_shadows) - 1)] if n_shadows else 0,
                          [other[k] for other in others], dropped, judges))  # fmt: skip
    return steps


def compute_mean_and_error(values: Array, groups: NDArray[np.int64] | None, rows: Rows) -> tuple[float, float]:
    """Mean of a value per row, and its standard error."""
    variance = inference.compute_sum_variance(values, None if groups is None else groups[rows])
    return float(values.mean()), float(np.sqrt(variance)) / len(values)
