"""The classical reference: relevance less redundancy, a column at a time.

Design notes. Peng, Long and Ding (2005, IEEE TPAMI 27, eq. 6): at each step the column goes in whose
MI with the target exceeds its mean MI with the columns already in by most. All MI are held-out scores
of the pretrained grid critic, so that noise does not pass for redundancy. Pairs beside the target are
all that it sees: what columns say only together, it misses.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.critics.grid import Coded, score_columns
from skmine.estimation.plan import Plan


def relevance_less_redundancy(
    coded: Coded, relevance: NDArray[np.float64], plan: Plan, *, wanted: int | None, always: Sequence[int] = ()
) -> list[tuple[int, float]]:
    """Columns in the order of their coming, with what made them come.

    Parameters
    ----------
    coded : Coded
        Candidate columns on one grid.
    relevance : ndarray of shape (d,)
        Held-out MI of each with the target, nats.
    plan : Plan
    wanted : int or None
        How many; None stops where redundancy exceeds relevance.
    always : sequence of int
        Columns that come first, in any case.

    Returns
    -------
    list of (column, relevance less redundancy)
    """
    d = len(relevance)
    redundancy = np.zeros(d)
    chosen: list[tuple[int, float]] = []
    left = np.ones(d, bool)
    queue = list(always)
    while left.any() and (wanted is None or len(chosen) < wanted or queue):
        surplus = np.where(left, relevance - redundancy / max(len(chosen), 1), -np.inf)
        best = queue.pop(0) if queue else int(surplus.argmax())
        if wanted is None and best not in always and surplus[best] <= 0:
            break
        chosen.append((best, float(surplus[best])))
        left[best] = False
        others = np.flatnonzero(left)
        if len(others):
            redundancy[others] += np.maximum(_with(coded, others, best, plan), 0.0)
    return chosen


def _with(coded: Coded, columns: NDArray[np.int64], other: int, plan: Plan) -> NDArray[np.float64]:
    """Held-out MI of some columns with another one."""
    return score_columns([coded.only(columns.tolist())], [coded.only([other])], plan).held_out
