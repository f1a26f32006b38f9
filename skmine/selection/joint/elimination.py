"""Dropping candidates one by one, cheapest first, until the shadows are gone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skmine.estimation import inference
from skmine.estimation.critics.masked import MaskedCritic, MaskedTable
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Rows

#: Fraction of what is left that one step of an elimination drops: a few dozen candidates take a few dozen forward
#: passes. Arbitrary.
DROPPED_PER_STEP = 0.1


@dataclass(frozen=True)
class Drop:
    """A candidate that was dropped, and what was left before.

    Attributes
    ----------
    candidate : int
    n_left, n_shadows : int
        Candidates and shadows before it was dropped.
    mi, se : float
        Held-out nats of all that was left then, and their standard error.
    """

    candidate: int
    n_left: int
    n_shadows: int
    mi: float
    se: float


@dataclass(frozen=True)
class Judges:
    """Masked critics of the same candidates, each with rows that it did not see.

    Attributes
    ----------
    critics : sequence of (MaskedCritic, Rows)
    table : MaskedTable
    nodes : Nodes
        The target.
    groups : ndarray of shape (n,) or None
    """

    critics: Sequence[tuple[MaskedCritic, Rows]]
    table: MaskedTable
    nodes: Nodes
    groups: NDArray[np.int64] | None

    @property
    def rows(self) -> Rows:
        """The rows of all."""
        return np.concatenate([rows for _, rows in self.critics])

    def score(self, known: Sequence[int]) -> NDArray[np.float64]:
        """What each of the rows says when some candidates are known, in nats."""
        if not known:  # nothing known, nothing said
            return np.zeros(len(self.rows))
        scores = [critic.score(self.table, self.nodes, rows, known) for critic, rows in self.critics]
        return np.concatenate([one.pointwise.double().numpy() for one in scores])

    def measure(self, values: NDArray[np.float64]) -> tuple[float, float]:
        """Mean of a value per row, and its standard error."""
        return compute_mean_and_error(values, self.groups, self.rows)

    def measure_gain(self, known: Sequence[int], candidate: int) -> tuple[float, float]:
        """What a candidate adds to those that are known, in nats, and its standard error."""
        return self.measure(self.score([*known, candidate]) - self.score(known))


def eliminate(
    judges: Judges,
    *,
    n_real: int,
    protected: Sequence[int] = (),
    least: int | None = None,
    while_better: bool = False,
) -> tuple[list[int], list[Drop]]:
    """Drop candidates, cheapest first.

    Parameters
    ----------
    judges : Judges
        Of a table whose last candidates, from `n_real` on, are shadows.
    n_real : int
    protected : sequence of int
        Candidates that are never dropped.
    least : int or None
        Go on until this many are left; None stops when the last shadow falls.
    while_better : bool
        Stop where what is left would say less than the best set so far.

    Returns
    -------
    left, drops
        Real candidates only.
    """
    left = list(range(len(judges.table)))
    drops: list[Drop] = []
    best = -np.inf
    while True:
        real, shadows = [j for j in left if j < n_real], [j for j in left if j >= n_real]
        may_drop = len(real) - (0 if least is None else least)
        free = [j for j in real if j not in protected] * (may_drop > 0) + shadows
        if not free or (least is None and not shadows):
            return real, drops
        mi, se = judges.measure(judges.score(left))
        best = max(best, mi)
        cheapest = _find_cheapest(judges, left, free)
        if while_better and judges.score([j for j in left if j not in cheapest]).mean() < best:
            return real, drops
        n_left = len(real) + 1
        for j in cheapest:
            if j < n_real:
                if may_drop == 0:
                    continue
                may_drop -= 1
                n_left -= 1
                drops.append(Drop(j, n_left, len(shadows), mi, se))
            left.remove(j)
            if least is None and all(k < n_real for k in left):
                break


def _find_cheapest(judges: Judges, left: list[int], free: list[int]) -> list[int]:
    """Those of the free candidates whose removal costs least, a step's worth of them."""
    without = {j: float(judges.score([k for k in left if k != j]).mean()) for j in free}
    return sorted(free, key=lambda j: -without[j])[: max(int(DROPPED_PER_STEP * len(left)), 1)]


def compute_mean_and_error(
    values: NDArray[np.float64], groups: NDArray[np.int64] | None, rows: Rows
) -> tuple[float, float]:
    """Mean of a value per row, and its standard error."""
    variance = inference.compute_sum_variance(values, None if groups is None else groups[rows])
    return float(values.mean()), float(np.sqrt(variance)) / len(values)
