"""Functions of the nodes of one side of a table of counts, orthonormal over its rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.merging import NodeOrder

Array = NDArray[np.float64]

#: Largest degree of a polynomial, and most labels that have a function of their own.
DEGREE = 12
MOST_LABELS = 12

#: Norm, as a share, below which a function is a combination of those before it.
LEAST_NORM = 1e-6


@dataclass(frozen=True)
class SideFunctions:
    """Functions of a side's nodes, of mean 0 and mean square 1 over the rows.

    Attributes
    ----------
    values : ndarray of shape (G, k)
    degrees : ndarray of shape (k,)
        1 for indicators.
    blocks : ndarray of shape (k,)
        Number of the block that a function belongs to: labels are one, every other function is one by itself.
    cumulants : ndarray of shape (k, k)
        Fourth cumulants over the rows of two functions, twice each.
    """

    values: Array
    degrees: NDArray[np.int64]
    blocks: NDArray[np.int64]
    cumulants: Array

    @property
    def kurtosis(self) -> Array:
        """Mean fourth power of each function, (k,)."""
        return np.asarray(np.diag(self.cumulants) + 3)

    @classmethod
    def make(cls, margin: Array, order: NodeOrder) -> "SideFunctions":
        """Those of nodes with these rows, (G,)."""
        used = np.flatnonzero(margin > 0)
        has_missing = order.has_missing and len(used) > 1
        free = used[: len(used) - has_missing]
        columns, degrees, blocks = [], [], []
        if has_missing:
            columns.append(_indicate(used[-1], len(margin)))
            degrees.append(1)
            blocks.append(-1)
        if order.ordered:
            found = _make_polynomials(margin, free)
            degrees += range(1, len(found) + 1)
            blocks += range(len(found))
        else:
            frequent = free[np.argsort(-margin[free], kind="stable")]
            found = [_indicate(node, len(margin)) for node in frequent[: min(len(free) - 1, MOST_LABELS)]]
            degrees += [1] * len(found)
            blocks += [0] * len(found)
        raw = np.stack([np.ones(len(margin)), *columns, *found], axis=1)
        share = margin / margin.sum()
        q, r = np.linalg.qr(raw * np.sqrt(share)[:, None])
        kept = np.abs(np.diag(r))[1:] > LEAST_NORM
        values = np.divide(q[:, 1:], np.sqrt(share)[:, None], out=np.zeros_like(q[:, 1:]), where=share[:, None] > 0)
        values = values[:, kept]
        squares = np.square(values)
        cumulants = squares.T @ (share[:, None] * squares) - 1 - 2 * np.eye(values.shape[1])
        return cls(values, np.array(degrees, int)[kept], np.array(blocks, int)[kept], cumulants)


def _indicate(node: np.int64, n_nodes: int) -> Array:
    """1 at a node, 0 at all others, (n_nodes,)."""
    out = np.zeros(n_nodes)
    out[node] = 1
    return out


def _make_polynomials(margin: Array, nodes: NDArray[np.int64]) -> list[Array]:
    """Legendre polynomials of the nodes' mid-ranks, (G,) each; 0 elsewhere."""
    rows = margin[nodes]
    place = (2 * np.cumsum(rows) - rows) / rows.sum() - 1
    out = []
    for values in np.polynomial.legendre.legvander(place, min(DEGREE, len(nodes) - 1)).T[1:]:
        of_all = np.zeros(len(margin))
        of_all[nodes] = values
        out.append(of_all)
    return out
