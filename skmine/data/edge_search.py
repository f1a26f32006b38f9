"""Between which edges values lie: `numpy.searchsorted` for many values and few edges, five to ten times as fast.

Design notes. The upper bits of a float, sign, exponent and first digits, order floats coarsely. A look-up table says
for each pattern of them which edges lie below all its values; the few edges within a pattern are compared one by one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Entries of the table, which stays in a core's cache; more of them leave fewer edges to compare.
MOST_PATTERNS = 2**18

#: Values from which on the table is worth its making, and edges of one pattern up to which it is.
FEWEST_VALUES = 10_000
MOST_COMPARED = 16

#: Bits of a float.
BITS = 64


class EdgeSearch:
    """Sorted edges, and where to look for the place of a value among them.

    Parameters
    ----------
    edges : ndarray of shape (k,)
        Ascending numbers.
    """

    def __init__(self, edges: NDArray[Any]) -> None:
        self._edges = edges
        self._table: _Table | None = None

    def find(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Number of edges below each value: the first place where it could be inserted; NaN anywhere."""
        if not len(self._edges):
            return np.zeros(len(values), np.int64)
        if values.dtype == np.float64 and self._edges.dtype != np.float64:  # exact integers, as floats in these rows
            self._edges = self._edges.astype(np.float64)
        if values.dtype == np.float64 and self._edges.dtype == np.float64 and len(values) >= FEWEST_VALUES:
            self._table = self._table or _Table.make(self._edges)
            if self._table.n_compared <= MOST_COMPARED:
                return self._table.find(values)
        return np.searchsorted(self._edges, values)


@dataclass(frozen=True)
class _Table:
    """Edges below all values of each pattern.

    Attributes
    ----------
    first : ndarray of shape (patterns,)
    lowest : int
        The first pattern.
    shift : int
        Bits of a float that are left out of its pattern.
    n_compared : int
        Most edges within a pattern.
    edges : ndarray of shape (k + 1,)
        With one above all values.
    """

    first: NDArray[np.int32]
    lowest: int
    shift: int
    n_compared: int
    edges: NDArray[np.float64]

    @classmethod
    def make(cls, edges: NDArray[np.float64]) -> "_Table":
        edges = np.ascontiguousarray(edges) + 0.0  # no negative zero, which is another pattern
        ordered = _order_bits(edges)
        shift = next(k for k in range(BITS) if (int(ordered[-1]) >> k) - (int(ordered[0]) >> k) < MOST_PATTERNS)
        patterns = ordered >> shift
        first = np.searchsorted(patterns, np.arange(patterns[0], patterns[-1] + 2)).astype(np.int32)
        n_compared = int(np.bincount(patterns - patterns[0]).max())
        return cls(first, int(patterns[0]), shift, n_compared, np.append(edges, np.inf))

    def find(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        patterns = _order_bits(values) >> self.shift
        np.clip(patterns, self.lowest, self.lowest + len(self.first) - 1, out=patterns)
        out = self.first[patterns - self.lowest]
        for _ in range(self.n_compared):
            out += values > self.edges[out]
        return out.astype(np.int64)


def _order_bits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Integers in the order of floats: negative floats count down, so all their bits but the sign are turned over."""
    bits = values.view(np.int64)
    return bits ^ ((bits >> (BITS - 1)).view(np.uint64) >> np.uint64(1)).view(np.int64)
