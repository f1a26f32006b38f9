"""Dropping entries one by one, those first that cost least, until the shadows are gone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skmine.estimation import inference
from skmine.estimation.critics.masked import Entries, MaskedCritic
from skmine.estimation.scoring import Nodes, Rows

#: Share of the entries left that one step of an elimination drops.
SHARE_A_STEP = 0.1


@dataclass(frozen=True)
class Drop:
    """An entry that was dropped, and what stood before: entries, shadows, and held-out nats of all that was left."""

    entry: int
    n_left: int
    n_shadows: int
    mi: float
    se: float


@dataclass(frozen=True)
class Judges:
    """Masked critics of the same entries, each with rows that it did not see."""

    critics: Sequence[tuple[MaskedCritic, Rows]]

    @property
    def rows(self) -> Rows:
        """The rows of all."""
        return np.concatenate([rows for _, rows in self.critics])

    def pointwise(self, entries: Entries, nodes: Nodes, subset: Sequence[int]) -> NDArray[np.float64]:
        """What each of the rows says when a subset of the entries is known, in nats."""
        if not subset:  # nothing known, nothing said
            return np.zeros(len(self.rows))
        said = [critic.pointwise(entries, nodes, rows, subset).double().numpy() for critic, rows in self.critics]
        return np.concatenate(said)

    def gain(self, entries: Entries, nodes: Nodes, known: Sequence[int], entry: int) -> NDArray[np.float64]:
        """What an entry adds to those that are known, for each of the rows, in nats."""
        return self.pointwise(entries, nodes, [*known, entry]) - self.pointwise(entries, nodes, known)


def eliminate(
    judges: Judges,
    entries: Entries,
    nodes: Nodes,
    groups: NDArray[np.int64] | None,
    *,
    n_real: int,
    fixed: Sequence[int] = (),
    least: int | None = None,
    while_better: bool = False,
) -> tuple[list[int], list[Drop]]:
    """Drop entries, those first whose removal costs least.

    Parameters
    ----------
    judges : Judges
    entries : Entries
        The last ones, from `n_real` on, are shadows.
    nodes : Nodes
    groups : ndarray of shape (n,) or None
    n_real : int
    fixed : sequence of int
        Entries that are never dropped.
    least : int or None
        Go on until so many are left; None stops when the last shadow falls.
    while_better : bool
        Stop where what is left would tell less than the best set so far.

    Returns
    -------
    left, dropped
        Real entries only.
    """
    left = list(range(len(entries)))
    dropped: list[Drop] = []
    best = -np.inf
    while True:
        real, shadows = [j for j in left if j < n_real], [j for j in left if j >= n_real]
        may_drop = len(real) - (0 if least is None else least)
        free = [j for j in real if j not in fixed] * (may_drop > 0) + shadows
        if not free or (least is None and not shadows):
            return real, dropped
        n_left = len(real) + 1
        mi, se = mean_and_error(judges.pointwise(entries, nodes, left), groups, judges.rows)
        best = max(best, mi)
        without = {j: float(judges.pointwise(entries, nodes, [k for k in left if k != j]).mean()) for j in free}
        cheapest = sorted(free, key=lambda j: -without[j])[: max(int(SHARE_A_STEP * len(left)), 1)]
        if while_better:
            rest = judges.pointwise(entries, nodes, [j for j in left if j not in cheapest])
            if rest.mean() < best:
                return real, dropped
        for j in cheapest:
            if j < n_real:
                if may_drop == 0:
                    continue
                may_drop -= 1
                n_left -= 1
                dropped.append(Drop(j, n_left, len(shadows), mi, se))
            left.remove(j)
            if least is None and all(k < n_real for k in left):
                break


def mean_and_error(values: NDArray[np.float64], groups: NDArray[np.int64] | None, rows: Rows) -> tuple[float, float]:
    """Mean of a value a row, and its standard error."""
    variance = inference.variance_of_sum(values, None if groups is None else groups[rows])
    return float(values.mean()), float(np.sqrt(variance)) / len(values)
