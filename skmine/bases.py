"""What two tables share that no training is needed for: the bases that trained critics start from.

Design notes. A base is made of *derived columns*, one of each side a pair:

- **canonical pairs** (Hotelling 1936), those that Bartlett's sequential test calls significant: all
  of them over-fit from some 25 columns on. Their columns are the normal scores themselves, or these
  times polynomials of the squared radius, which also undo a rotation that depends on the radius;
- **the two radii**, where laws with heavy or common tails keep what they share.

A pair of derived columns is scored as jointly normal, which is exact where the copula is Gaussian,
or by the pretrained grid critic, which knows any shape. Which combination is used is a choice among
a dozen, made on validation rows by the score that is reported (`choose`): Donsker-Varadhan would be
fooled by a critic that is wild where few rows are.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy import linalg, stats
from torch import Tensor

from skmine.core.bounds import infonce
from skmine.core.critics import Side, load_grid_critic
from skmine.core.critics.pair import base_scores
from skmine.core.critics.partition import node_base
from skmine.encoding import node_edges
from skmine.tables import padded

Array = NDArray[np.float32]

#: Level of Bartlett's tests, canonical pairs that are kept, and those scored by a grid.
BARTLETT, MOST_PAIRS, MOST_GRIDS = 0.01, 64, 6
#: Polynomials of the squared radius, the constant included.
N_POLYNOMIALS = 4
#: Rows a derived feature needs to be worth a canonical direction.
ROWS_OF_FEATURE = 10
#: Validation rows that a base is chosen on.
ROWS_OF_CHOICE = 800
LARGEST_CORRELATION = 0.999999


def grid_nodes(n_rows: int) -> int:
    """Nodes of a derived column."""
    return 32 if n_rows < 300 else 64 if n_rows < 2_000 else 96


@dataclass(frozen=True)
class Dictionary:
    """Features of which a canonical variate is a weighted sum.

    Attributes
    ----------
    reach : float or None
        Squared radius at which the polynomials end; None for the columns alone.
    """

    reach: float | None

    def __call__(self, z: Array) -> NDArray[np.float64]:
        if self.reach is None:
            return z.astype(np.float64)
        place = np.clip((z.astype(np.float64) ** 2).sum(1) / self.reach * 2 - 1, -1, 1)
        waves = legendre.legvander(place, N_POLYNOMIALS - 1)  # (n, K)
        return (z[:, :, None] * waves[:, None, :]).reshape(len(z), -1)


@dataclass(frozen=True)
class Direction:
    """A map from a table's numbers to derived columns: a dictionary, its centre, directions."""

    dictionary: Dictionary
    centre: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __call__(self, z: Array) -> NDArray[np.float64]:
        """Derived columns (n, k)."""
        return (self.dictionary(z) - self.centre) @ self.weights


def radius(z: Array) -> NDArray[np.float64]:
    """Squared radii as a derived column, (n, 1)."""
    return (z.astype(np.float64) ** 2).sum(1, keepdims=True)


def canonical_pairs(
    x: NDArray[np.float64], y: NDArray[np.float64], ridge: float = 1e-6
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Significant canonical pairs of two centred matrices.

    Parameters
    ----------
    x, y : ndarray of shape (n, p) and (n, q)
    ridge : float
        Added to the covariances' diagonals, in shares of their mean: columns may be collinear.

    Returns
    -------
    a, b : ndarray of shape (p, k) and (q, k)
        Directions; the variates x @ a have variance 1.
    r : ndarray of shape (k,)
        Canonical correlations, those that Bartlett's (1941) sequential test calls significant.
    """
    n, p, q = len(x), x.shape[1], y.shape[1]

    def root(v: NDArray[np.float64]) -> NDArray[np.float64]:
        covariance = v.T @ v / n
        covariance.flat[:: len(covariance) + 1] += ridge * max(np.trace(covariance) / len(covariance), 1e-12)
        return linalg.cholesky(covariance, lower=True)

    lx, ly = root(x), root(y)
    cross = linalg.solve_triangular(ly, linalg.solve_triangular(lx, x.T @ y / n, lower=True).T, lower=True).T
    u, r, vt = linalg.svd(cross, full_matrices=False)
    r = np.clip(r, 0, LARGEST_CORRELATION)
    k, most = 0, min(p, q)
    while k < min(most, MOST_PAIRS):
        statistic = -(n - 1 - (p + q + 1) / 2) * np.log1p(-(r[k:most] ** 2)).sum()
        if stats.chi2.sf(statistic, (p - k) * (q - k)) >= BARTLETT:
            break
        k += 1
    return linalg.solve_triangular(lx.T, u[:, :k]), linalg.solve_triangular(ly.T, vt.T[:, :k]), r[:k]


@dataclass(frozen=True)
class Grid:
    """A pair of derived columns on a grid, or one against a coded column: a table T and the edges."""

    of_x: Callable[[Array], NDArray[np.float64]]
    of_y: Callable[[Array], NDArray[np.float64]] | None
    column: int
    edges_x: NDArray[np.float64]
    edges_y: NDArray[np.float64]
    table: Tensor


@dataclass(frozen=True)
class Base:
    """A sum of Gaussian canonical pairs and of grids.

    Attributes
    ----------
    name : str
    gaussian : (Direction, Direction, correlations) or None
    grids : tuple of Grid
    """

    name: str = "none"
    gaussian: tuple[Direction, Direction, NDArray[np.float64]] | None = None
    grids: tuple[Grid, ...] = ()

    def plus(self, grid: Grid) -> "Base":
        name = "radius" if self.name == "none" else f"{self.name} + radius"
        return replace(self, name=name, grids=(*self.grids, grid))

    @property
    def tables(self) -> Tensor:
        """The grids' tables, (m, G, H)."""
        return torch.stack([g.table for g in self.grids]) if self.grids else torch.zeros(0, 1, 1)

    def side_x(self, z: Array, inputs: Array) -> Side:
        """What the critic reads of rows of the first table."""
        vectors, codes = np.empty((len(z), 0)), [_codes(g.of_x(z)[:, g.column], g.edges_x) for g in self.grids]
        if self.gaussian is not None:
            direction, _, r = self.gaussian
            a = direction(z)
            factor = r / (1 - r * r)
            own = (factor * r * a * a).sum(1, keepdims=True) / 2
            constant = -0.5 * np.log1p(-r * r).sum()
            vectors = np.concatenate([a * factor, constant - own, np.ones_like(own)], axis=1)
        return _side(inputs, vectors, codes)

    def side_y(self, z: Array, inputs: Array) -> Side:
        """What the critic reads of rows of the second table."""
        vectors, codes = np.empty((len(z), 0)), [_codes(g.of_y(z)[:, g.column], g.edges_y) for g in self.grids if g.of_y]
        if self.gaussian is not None:
            _, direction, r = self.gaussian
            b = direction(z)
            own = (r * r / (1 - r * r) * b * b).sum(1, keepdims=True) / 2
            vectors = np.concatenate([b, np.ones_like(own), -own], axis=1)
        return _side(inputs, vectors, codes)


def _side(inputs: Array, vectors: NDArray[np.float64], codes: Sequence[NDArray[np.int64]]) -> Side:
    stacked = np.stack(codes, axis=1) if codes else np.empty((len(inputs), 0), np.int64)
    return Side(
        torch.from_numpy(np.ascontiguousarray(inputs, np.float32)),
        torch.from_numpy(vectors.astype(np.float32)),
        torch.from_numpy(stacked),
    )


def _edges(values: NDArray[np.float64], n_nodes: int) -> NDArray[np.float64]:
    return np.quantile(values, node_edges(n_nodes))


def _codes(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.searchsorted(edges, values, side="right")


def _read(code_x: NDArray[np.int64], code_y: NDArray[np.int64], shape: tuple[int, int]) -> Tensor:
    """The grid critic of two coded columns of the rows to be fitted on."""
    counts = np.bincount(code_x * shape[1] + code_y, minlength=shape[0] * shape[1])
    table = torch.from_numpy(counts.reshape(1, *shape).astype(np.float32))
    with torch.inference_mode():
        return load_grid_critic(torch.device("cpu"))(table)[0].clone()


Directions = dict[str, tuple[Direction, Direction, NDArray[np.float64]]]


def _directions(x: Array, y: Array, *, of_one_column: bool = False) -> Directions:
    """Canonical directions of the dictionaries that the rows can pay for, with their correlations."""
    out: Directions = {}
    n = len(x)
    for name in ("linear", "polynomial"):
        wanted = [name == "polynomial" and z.shape[1] > 1 for z in (x, y)]
        wanted[1] &= not of_one_column
        sides = [Dictionary(_reach(z) if extend else None) for z, extend in zip((x, y), wanted, strict=True)]
        features = [side(z) for side, z in zip(sides, (x, y), strict=True)]
        if name == "polynomial" and (
            not any(wanted) or max(f.shape[1] for f in features) * ROWS_OF_FEATURE > n
        ):
            continue
        centres = [f.mean(0) for f in features]
        (fx, back_x), (fy, back_y) = (
            _leading(f - c, n // ROWS_OF_FEATURE) for f, c in zip(features, centres, strict=True)
        )
        a, b, r = canonical_pairs(fx, fy)
        if len(r):
            out[name] = Direction(sides[0], centres[0], back_x @ a), Direction(sides[1], centres[1], back_y @ b), r
    return out


def _reach(z: Array) -> float:
    return max(float(np.quantile(radius(z), 0.995)), 1e-9)


def _leading(
    centred: NDArray[np.float64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A matrix in its leading principal directions, if it has more columns than `most`, and the way there."""
    p = centred.shape[1]
    if p <= max(most, 1):
        return centred, np.eye(p)
    _, _, vt = linalg.svd(centred, full_matrices=False)
    back = vt[: max(most, 1)].T
    return centred @ back, back


def choose_for_pairs(
    x: Array, y: Array, fit: NDArray[np.int64], validation: NDArray[np.int64]
) -> tuple[Base, Directions]:
    """The base of two tables' numbers that scores best on validation rows, and the canonical directions.

    Parameters
    ----------
    x, y : ndarray of shape (n, p) and (n, q)
    fit, validation : ndarray of row numbers
    """
    side = grid_nodes(len(fit))
    shape = (side, side)
    directions = _directions(x[fit], y[fit])
    candidates = [Base()]
    for name, (of_x, of_y, r) in directions.items():
        a, b = of_x(x[fit]), of_y(y[fit])
        grids = []
        for k in range(min(len(r), MOST_GRIDS)):
            ex, ey = _edges(a[:, k], side), _edges(b[:, k], side)
            grids.append(Grid(of_x, of_y, k, ex, ey, _read(_codes(a[:, k], ex), _codes(b[:, k], ey), shape)))
        # Polynomial variates beyond the first ones repeat those; linear ones are uncorrelated.
        lengths = [len(r)] if name == "linear" else range(1, min(len(r), MOST_GRIDS) + 1)
        for k in lengths:
            first = replace(of_x, weights=of_x.weights[:, :k]), replace(of_y, weights=of_y.weights[:, :k])
            candidates.append(Base(f"{name} {k}", gaussian=(*first, r[:k])))
            candidates.append(Base(f"{name} grid {k}", grids=tuple(grids[:k])))
    both = radius(x[fit]), radius(y[fit])
    ex, ey = (_edges(v[:, 0], side) for v in both)
    radii = Grid(radius, radius, 0, ex, ey, _read(_codes(both[0][:, 0], ex), _codes(both[1][:, 0], ey), shape))
    rows = validation[:ROWS_OF_CHOICE]

    def value(base: Base) -> float:
        return float(infonce(base_scores(base.side_x(x[rows], x[rows]), base.side_y(y[rows], y[rows]), base.tables)))

    found = [value(base) for base in candidates]
    for base in (candidates[0], candidates[int(np.argmax(found))]):
        candidates.append(base.plus(radii))
        found.append(value(candidates[-1]))
    return candidates[int(np.argmax(found))], directions


def choose_for_nodes(
    x: Array, y: Array, nodes: NDArray[np.int64], n_nodes: int, fit: NDArray[np.int64], validation: NDArray[np.int64]
) -> tuple[Base, Directions]:
    """The same for a table and one coded column: derived columns of the table against its nodes.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    y : ndarray of shape (n, q)
        Numbers of the column, for canonical directions.
    nodes : ndarray of shape (n,)
        Its codes.
    n_nodes : int
    """
    shape = (grid_nodes(len(fit)), padded(n_nodes))
    z = y[fit].astype(np.float64)
    # Powers, so that a variate may follow any curve of the column.
    powers = np.concatenate([z, z**2, z**3], axis=1) if y.shape[1] == 1 else z
    directions = _directions(x[fit], powers.astype(np.float32), of_one_column=True)
    candidates = [Base()]
    derived: list[tuple[str, Callable[[Array], NDArray[np.float64]], int]] = [("radius", radius, 0)]
    derived += [
        (f"{name} {k + 1}", of_x, k)
        for name, (of_x, _, r) in directions.items()
        for k in range(min(len(r), MOST_GRIDS))
    ]
    single = {}
    for name, of_x, k in derived:
        values = of_x(x[fit])[:, k]
        edges = _edges(values, shape[0])
        table = _read(_codes(values, edges), nodes[fit], shape)[:, :n_nodes]
        single[name] = Grid(of_x, None, k, edges, np.empty(0), table)
    candidates.append(Base("radius", grids=(single["radius"],)))
    for name in directions:
        grids = [grid for key, grid in single.items() if key.startswith(name + " ")]
        candidates += [Base(f"{name} grid {k}", grids=tuple(grids[:k])) for k in range(1, len(grids) + 1)]
    rows = validation[:ROWS_OF_CHOICE]
    margin = np.bincount(nodes[rows], minlength=n_nodes) / len(rows)
    log_margin = torch.from_numpy(np.log(np.maximum(margin, 1e-30))).float()

    def value(base: Base) -> float:
        scores = node_base(base.side_x(x[rows], x[rows]), base.tables if base.grids else torch.zeros(0, 1, n_nodes))
        own = torch.from_numpy(nodes[rows])[:, None]
        # Both directions, as reported.
        given_row = torch.logsumexp(scores + log_margin, 1)
        given_node = torch.logsumexp(scores, 0)[own[:, 0]] - math.log(len(rows))
        return float((scores.gather(1, own)[:, 0] - 0.5 * (given_row + given_node)).mean())

    found = [value(base) for base in candidates]
    best = candidates[int(np.argmax(found))]
    candidates.append(best.plus(single["radius"]))
    found.append(value(candidates[-1]))
    return candidates[int(np.argmax(found))], directions
