"""What two tables share that no training is needed for: the bases that trained critics start from.

Design notes. A base is made of *derived columns*, one of each side a pair:

- **canonical pairs** (Hotelling 1936), those that Bartlett's sequential test calls significant: all
  of them over-fit from some 25 columns on. They are weighted sums of features: of the normal scores
  themselves; of these times polynomials of the squared radius, which undo a rotation that depends
  on the radius; or of these beside polynomials of the leading linear pairs, which unmix what was
  mixed before it was bent;
- **columns themselves**, each with the one of the other table that it goes with best;
- **the two radii**, where laws with heavy or common tails keep what they share.

A pair of derived columns is scored as jointly normal, which is exact where the copula is Gaussian,
or by the pretrained grid critic, which knows any shape. Which combination is used is a choice among
a dozen, made on validation rows by the score that is reported (`choose`): Donsker-Varadhan would be
fooled by a critic that is wild where few rows are.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy import linalg, optimize, stats
from torch import Tensor

from skmine.core.bounds import infonce, infonce_on_grid, projection_on_grid, variance_on_grid
from skmine.core.critics import Side, load_grid_critic, plugged_in
from skmine.core.critics.pair import base_scores
from skmine.core.critics.partition import node_base
from skmine.encoding import node_edges
from skmine.features import Part
from skmine.tables import padded

Array = NDArray[np.float32]

#: From a table's numbers to derived columns, (n, p) -> (n, k).
Derive = Callable[[Array], NDArray[np.float64]]

#: Level of Bartlett's tests and of matches, canonical pairs that are kept, and those scored by a grid.
BARTLETT, MOST_PAIRS, MOST_GRIDS = 0.01, 64, 6
#: Polynomials of the squared radius, the constant included.
N_POLYNOMIALS = 4
#: Largest degree of the products of canonical variates.
MOST_DEGREE = 5
#: Rows a derived feature needs to be worth a canonical direction.
ROWS_OF_FEATURE = 10
#: Nodes on which columns are matched, and the most pairs of them that are tried.
COARSE, MOST_MATCHED = 32, 700
#: Columns of a table that are tried against the nodes of another, each by itself.
MOST_COLUMNS = 32
#: Validation rows that a base is chosen on.
ROWS_OF_CHOICE = 800
LARGEST_CORRELATION = 1 - 1e-10


def grid_nodes(n_rows: int, *, one_pair: bool = False) -> int:
    """Nodes of a derived column; more where it is the only one."""
    return 32 if n_rows < 300 else 64 if n_rows < 1_500 else 192 if one_pair else 96


@dataclass(frozen=True)
class Columns:
    """The columns themselves."""

    def __call__(self, z: Array) -> NDArray[np.float64]:
        return z.astype(np.float64)


@dataclass(frozen=True)
class RadialPolynomials:
    """The columns times Legendre polynomials of the squared radius, which end at `reach`."""

    reach: float

    def __call__(self, z: Array) -> NDArray[np.float64]:
        place = np.clip(radius(z)[:, 0] / self.reach * 2 - 1, -1, 1)
        waves = legendre.legvander(place, N_POLYNOMIALS - 1)  # (n, K)
        return (z[:, :, None] * waves[:, None, :]).reshape(len(z), -1)


@dataclass(frozen=True)
class VariatePolynomials:
    """The columns beside products of the two leading canonical variates, up to a degree."""

    direction: "Direction"

    def __call__(self, z: Array) -> NDArray[np.float64]:
        # Beyond three standard deviations a power says where a row lies, not what it shares.
        leading = np.clip(self.direction(z)[:, :2], -3, 3)
        powers = [
            np.prod(leading ** np.array(degrees), axis=1)
            for degrees in itertools.product(range(MOST_DEGREE + 1), repeat=leading.shape[1])
            if 2 <= sum(degrees) <= MOST_DEGREE
        ]
        return np.column_stack([z.astype(np.float64), *powers])


Dictionary = Columns | RadialPolynomials | VariatePolynomials


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
    x: NDArray[np.float64], y: NDArray[np.float64], ridge: float = 1e-10
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

    of_x: Derive
    of_y: Derive | None
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

    def of_nodes(self, z: Array, nodes: NDArray[np.int64], n_nodes: int) -> tuple[Tensor, Tensor]:
        """For a coded column: vectors of its nodes (H, k), and tables (m, G, H).

        A node is where the rows that it holds are on average.
        """
        sizes = np.maximum(np.bincount(nodes, minlength=n_nodes), 1)
        middle = np.stack([np.bincount(nodes, column, minlength=n_nodes) / sizes for column in z.T], axis=1)
        numbers: Array = middle.astype(np.float32)
        side = replace(self, grids=()).side_y(numbers, numbers)
        return side.vectors, self.tables if self.grids else torch.zeros(0, 1, n_nodes)

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
        vectors, codes = (
            np.empty((len(z), 0)),
            [_codes(g.of_y(z)[:, g.column], g.edges_y) for g in self.grids if g.of_y],
        )
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
        torch.from_numpy(vectors),
        torch.from_numpy(stacked),
    )


def _edges(values: NDArray[np.float64], n_nodes: int) -> NDArray[np.float64]:
    """Inner edges of a derived column's nodes; a value of many rows is a node."""
    return np.unique(np.quantile(values, node_edges(n_nodes)))


def _codes(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.searchsorted(edges, values, side="right")


def _count(code_x: NDArray[np.int64], code_y: NDArray[np.int64], shape: tuple[int, int]) -> Tensor:
    counts = np.bincount(code_x * shape[1] + code_y, minlength=shape[0] * shape[1])
    return torch.from_numpy(counts.reshape(1, *shape).astype(np.float32))


def _read(code_x: NDArray[np.int64], code_y: NDArray[np.int64], shape: tuple[int, int]) -> Tensor:
    """The grid critic of two coded columns of the rows to be fitted on; 0 beyond the nodes in use."""
    used = padded(int(code_x.max()) + 1), padded(int(code_y.max()) + 1)
    counts = _count(code_x, code_y, used)
    table = torch.zeros(shape)
    with torch.inference_mode():
        table[: used[0], : used[1]] = plugged_in(load_grid_critic(torch.device("cpu"))(counts), counts)[0]
    return table.clone()


@dataclass(frozen=True)
class _Rows:
    """Numbers of rows to fit on and to validate on, of both sides."""

    x: Array
    y: Array
    new_x: Array
    new_y: Array

    def grid(self, of_x: Derive, of_y: Derive, column: int, side: int) -> Grid:
        """The grid of a pair of derived columns."""
        a, b = of_x(self.x)[:, column], of_y(self.y)[:, column]
        ex, ey = _edges(a, side), _edges(b, side)
        table = _read(_codes(a, ex), _codes(b, ey), (side + 16, side + 16))
        return Grid(of_x, of_y, column, ex, ey, table)

    def matched(self, parts_x: Sequence[Part], parts_y: Sequence[Part], side: int) -> list[Grid]:
        """Grids of columns of one table with columns of the other, each at most once, best first.

        Which belong together is decided on coarse grids by what they score on the validation rows.
        """
        if len(parts_x) * len(parts_y) > MOST_MATCHED:
            return []
        coarse = []
        for parts, old, new in ((parts_x, self.x, self.new_x), (parts_y, self.y, self.new_y)):
            values = [(part(old)[:, 0], part(new)[:, 0]) for part in parts]
            edges = [_edges(v, COARSE) for v, _ in values]
            coarse.append([(_codes(v, e), _codes(w, e)) for (v, w), e in zip(values, edges, strict=True)])
        shape = (COARSE + 16, COARSE + 16)
        critic = load_grid_critic(torch.device("cpu"))
        score, error = np.zeros((2, len(parts_x), len(parts_y)))
        with torch.inference_mode():
            for i, (old_x, new_x) in enumerate(coarse[0]):
                counts = torch.cat([_count(old_x, old_y, shape) for old_y, _ in coarse[1]])
                tested = torch.cat([_count(new_x, new_y, shape) for _, new_y in coarse[1]])
                for first in range(0, len(counts), 32):
                    part = slice(first, first + 32)
                    scores = critic(counts[part])
                    score[i, part] = infonce_on_grid(scores, tested[part]).numpy()
                    error[i, part] = variance_on_grid(projection_on_grid(scores, tested[part]), tested[part]).sqrt()
        pairs = np.stack(optimize.linear_sum_assignment(score, maximize=True), axis=1).tolist()
        # The best of many pairs looks good by chance: Bonferroni.
        least = stats.norm.isf(BARTLETT / score.size) * error / math.sqrt(len(self.new_x))
        chosen = [(i, j) for i, j in pairs if score[i, j] > least[i, j]]
        chosen.sort(key=lambda pair: -score[pair])
        return [self.grid(parts_x[i], parts_y[j], 0, side) for i, j in chosen[:MOST_GRIDS]]


Directions = dict[str, tuple[Direction, Direction, NDArray[np.float64]]]


def _directions(x: Array, y: Array, *, of_one_column: bool = False) -> Directions:
    """Canonical directions of the dictionaries that the rows can pay for, with their correlations."""
    out: Directions = {}
    _add(out, "linear", Columns(), Columns(), x, y)
    if max(x.shape[1], y.shape[1]) > 1:
        of_y = Columns() if of_one_column or y.shape[1] == 1 else RadialPolynomials(_reach(y))
        _add(out, "radial", Columns() if x.shape[1] == 1 else RadialPolynomials(_reach(x)), of_y, x, y)
    if "linear" in out:
        linear_x, linear_y, _ = out["linear"]
        curved_y = Columns() if of_one_column else VariatePolynomials(linear_y)
        _add(out, "curved", VariatePolynomials(linear_x), curved_y, x, y)
    return out


def _add(out: Directions, name: str, dictionary_x: Dictionary, dictionary_y: Dictionary, x: Array, y: Array) -> None:
    """The significant canonical directions of two dictionaries, if there are any."""
    n = len(x)
    features = dictionary_x(x), dictionary_y(y)
    if name != "linear" and max(f.shape[1] for f in features) * ROWS_OF_FEATURE > n:
        return
    centres = [f.mean(0) for f in features]
    (fx, back_x), (fy, back_y) = (_leading(f - c, n // ROWS_OF_FEATURE) for f, c in zip(features, centres, strict=True))
    a, b, r = canonical_pairs(fx, fy)
    if len(r):
        out[name] = Direction(dictionary_x, centres[0], back_x @ a), Direction(dictionary_y, centres[1], back_y @ b), r


def _first(of_x: Direction, of_y: Direction, k: int) -> tuple[Direction, Direction]:
    """The first k directions."""
    return replace(of_x, weights=of_x.weights[:, :k]), replace(of_y, weights=of_y.weights[:, :k])


def _reach(z: Array) -> float:
    return max(float(np.quantile(radius(z), 0.995)), 1e-9)


def _leading(centred: NDArray[np.float64], most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A matrix in its leading principal directions, if it has more columns than `most`, and the way there."""
    p = centred.shape[1]
    if p <= max(most, 1):
        return centred, np.eye(p)
    _, _, vt = linalg.svd(centred, full_matrices=False)
    back = vt[: max(most, 1)].T
    return centred @ back, back


def choose_for_pairs(
    x: Array,
    y: Array,
    fit: NDArray[np.int64],
    validation: NDArray[np.int64],
    parts: tuple[Sequence[Part], Sequence[Part]],
) -> tuple[Base, Directions]:
    """The base of two tables' numbers that scores best on validation rows, and the canonical directions.

    Parameters
    ----------
    x, y : ndarray of shape (n, p) and (n, q)
    fit, validation : ndarray of row numbers
    parts : (sequence of Part, sequence of Part)
        The columns within either table's numbers.
    """
    side = grid_nodes(len(fit), one_pair=x.shape[1] == y.shape[1] == 1)
    checked = validation[:ROWS_OF_CHOICE]
    rows = _Rows(x[fit], y[fit], x[validation], y[validation])
    directions = _directions(rows.x, rows.y)
    candidates = [Base()]
    most = min(len(directions["linear"][2]) + 2, MOST_GRIDS) if "linear" in directions else MOST_GRIDS
    for name, (of_x, of_y, r) in directions.items():
        grids = [rows.grid(of_x, of_y, k, side) for k in range(min(len(r), most))]
        # Bent variates beyond the first ones repeat those; linear ones are uncorrelated.
        lengths = [len(r)] if name == "linear" else range(1, len(grids) + 1)
        for k in lengths:
            candidates.append(Base(f"{name} {k}", gaussian=(*_first(of_x, of_y, k), r[:k])))
            candidates.append(Base(f"{name} grid {k}", grids=tuple(grids[:k])))
    matched = rows.matched(*parts, side)
    candidates += [Base(f"columns {k}", grids=tuple(matched[:k])) for k in range(1, len(matched) + 1)]
    radii = rows.grid(radius, radius, 0, side)

    def value(base: Base) -> float:
        sides = base.side_x(x[checked], x[checked]), base.side_y(y[checked], y[checked])
        return float(infonce(base_scores(*sides, base.tables)))

    found = [value(base) for base in candidates]
    for base in (candidates[0], candidates[int(np.argmax(found))]):
        candidates.append(base.plus(radii))
        found.append(value(candidates[-1]))
    return candidates[int(np.argmax(found))], directions


def choose_for_nodes(
    x: Array,
    y: Array,
    nodes: NDArray[np.int64],
    n_nodes: int,
    fit: NDArray[np.int64],
    validation: NDArray[np.int64],
    parts: Sequence[Part],
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
    fit, validation : ndarray of row numbers
    parts : sequence of Part
        The columns within the table's numbers.
    """
    shape = (grid_nodes(len(fit)) + 16, padded(n_nodes))
    z = y[fit].astype(np.float64)
    directions = _directions(x[fit], y[fit], of_one_column=True)
    candidates = [Base()]
    candidates += [
        Base(name, gaussian=(*_first(of_x, of_y, most := min(len(r), MOST_GRIDS)), r[:most]))
        for name, (of_x, of_y, r) in directions.items()
    ]
    if y.shape[1] == 1:
        # Powers, so that a variate may follow any curve of the column.
        powers = np.concatenate([z, z**2, z**3], axis=1).astype(np.float32)
        directions = _directions(x[fit], powers, of_one_column=True)
    derived: list[tuple[str, Derive, int]] = [("radius", radius, 0)]
    derived += [
        (f"{name} {k + 1}", of_x, k)
        for name, (of_x, _, r) in directions.items()
        for k in range(min(len(r), MOST_GRIDS))
    ]
    derived += [(f"column {j + 1}", part, 0) for j, part in enumerate(parts[:MOST_COLUMNS])]
    single = {}
    for name, of_x, k in derived:
        values = of_x(x[fit])[:, k]
        edges = _edges(values, shape[0] - 16)
        table = _read(_codes(values, edges), nodes[fit], shape)[:, :n_nodes]
        single[name] = Grid(of_x, None, k, edges, np.empty(0), table)
    candidates += [Base(name, grids=(grid,)) for name, grid in single.items() if name.startswith(("radius", "column"))]
    for name in directions:
        grids = [grid for key, grid in single.items() if key.startswith(name + " ")]
        candidates += [Base(f"{name} grid {k}", grids=tuple(grids[:k])) for k in range(1, len(grids) + 1)]
    rows = validation[:ROWS_OF_CHOICE]
    margin = np.bincount(nodes[rows], minlength=n_nodes) / len(rows)
    log_margin = torch.from_numpy(np.log(np.maximum(margin, 1e-30))).float()

    def value(base: Base) -> float:
        scores = node_base(base.side_x(x[rows], x[rows]), *base.of_nodes(y[fit], nodes[fit], n_nodes))
        own = torch.from_numpy(nodes[rows])[:, None]
        # Both directions, as reported.
        given_row = torch.logsumexp(scores + log_margin, 1)
        given_node = torch.logsumexp(scores, 0)[own[:, 0]] - math.log(len(rows))
        return float((scores.gather(1, own)[:, 0] - 0.5 * (given_row + given_node)).mean())

    found = [value(base) for base in candidates]
    best = candidates[int(np.argmax(found))]
    if best.name != "radius":
        candidates.append(best.plus(single["radius"]))
        found.append(value(candidates[-1]))
    return candidates[int(np.argmax(found))], directions
