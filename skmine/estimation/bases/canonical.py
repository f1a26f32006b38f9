"""Canonical pairs: weighted sums of features of two tables that are most correlated.

Dictionaries of features: the columns themselves, as normal scores or on their own scale; those few that go with a
column of the other side; all beside products of pairs of them that go with the other side (`products`); normal scores
times polynomials of the squared radius, which undo a rotation that depends on the radius; these beside products of the
leading linear pairs, which undo a linear mixing that was followed by a nonlinear transform.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy import linalg, stats

from skmine.estimation.bases.products import Products, screen_products
from skmine.estimation.bases.views import FARTHEST_OF_SUMS, VIEWS, Array, View, measure_rank_radius, take_view

#: Level of Bartlett's tests. All pairs over-fit from 25 columns on; at .01 one null pair in a hundred goes in.
BARTLETT = 0.01

#: Most canonical pairs that are kept: arbitrary.
MOST_PAIRS = 64

#: Polynomials of the squared radius, the constant included: with four, spirals of 5 columns read .02 below the
#: truth before any training, with linear pairs .17.
N_POLYNOMIALS = 4

#: Largest degree of the products of the two leading variates: with 5, spirals through 25 columns read -.09
#: before training, with linear pairs -.12 (1.02 nats, 10,000 rows).
MOST_DEGREE = 5

#: Standard deviations at which a leading variate is clipped: beyond, a power says where a row lies, not what
#: it shares.
CLIPPED_AT = 3.0

#: Rows that a derived feature needs, as for a regression coefficient.
ROWS_PER_FEATURE = 10

#: The same where there are few rows, and features up to which it holds.
ROWS_PER_FEATURE_OF_FEW = 3
FEATURES_OF_FEW = 4

#: Canonical correlations end here, so that logs stay finite.
LARGEST_CORRELATION = 1 - 1e-10

#: Quantile of the squared radius at which its polynomials end, so that outliers do not stretch them.
REACH_QUANTILE = 0.995


@dataclass(frozen=True)
class Columns:
    """The columns themselves, or some of them; on their own scale, without what is far out."""

    view: View = "ranks"
    places: tuple[int, ...] | None = None

    def __call__(self, z: Array) -> NDArray[np.float64]:
        columns = take_view(z, self.view).astype(np.float64)
        if self.places is not None:
            columns = columns[:, self.places]
        return columns if self.view == "ranks" else columns.clip(-FARTHEST_OF_SUMS, FARTHEST_OF_SUMS)


@dataclass(frozen=True)
class RadialPolynomials:
    """The columns times Legendre polynomials of the squared radius, which end at `reach`."""

    reach: float

    def __call__(self, z: Array) -> NDArray[np.float64]:
        place = np.clip(measure_rank_radius(z)[:, 0] / self.reach * 2 - 1, -1, 1)
        waves = legendre.legvander(place, N_POLYNOMIALS - 1)  # (n, K)
        return (take_view(z, "ranks")[:, :, None] * waves[:, None, :]).reshape(len(z), -1)


@dataclass(frozen=True)
class VariatePolynomials:
    """The columns beside products of the two leading canonical variates, up to a degree."""

    direction: "Direction"

    def __call__(self, z: Array) -> NDArray[np.float64]:
        leading = np.clip(self.direction(z)[:, :2], -CLIPPED_AT, CLIPPED_AT)
        powers = [
            np.prod(leading ** np.array(degrees), axis=1)
            for degrees in itertools.product(range(MOST_DEGREE + 1), repeat=leading.shape[1])
            if 2 <= sum(degrees) <= MOST_DEGREE
        ]
        return np.column_stack([take_view(z, "ranks").astype(np.float64), *powers])


Dictionary = Columns | Products | RadialPolynomials | VariatePolynomials


@dataclass(frozen=True)
class Direction:
    """A map from a table's numbers to derived columns: a dictionary, its centre, directions."""

    dictionary: Dictionary
    centre: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __call__(self, z: Array) -> NDArray[np.float64]:
        """Derived columns (n, k)."""
        return (self.dictionary(z) - self.centre) @ self.weights


def find_canonical_pairs(
    x: NDArray[np.float64], y: NDArray[np.float64], ridge: float = 1e-10
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Significant canonical pairs of two centred matrices.

    Parameters
    ----------
    x, y : ndarray of shape (n, p) and (n, q)
    ridge : float
        Added to the covariances' diagonals, relative to their mean: columns may be collinear.

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


#: By dictionary: directions of either table, and their correlations.
Directions = dict[str, tuple[Direction, Direction, NDArray[np.float64]]]


def find_linear_directions(x: Array, y: Array) -> Directions:
    """Canonical directions of the normal scores alone, if there are any."""
    out: Directions = {}
    _add_directions(out, "linear", Columns(), Columns(), x, y)
    return out


def find_directions(x: Array, y: Array, *, of_one_column: bool = False) -> Directions:
    """Canonical directions of the dictionaries that have rows enough, with their correlations.

    Parameters
    ----------
    x, y : ndarray of shape (n, 2p) and (n, 2q)
        Both views of either side.
    of_one_column : bool, default=False
        Whether y is what one column became, so that no products or radii of it are of use.
    """
    out: Directions = {}
    wide_x, wide_y = x.shape[1] > 2, y.shape[1] > 2 and not of_one_column
    _add_few(out, x, y, of_one_column)
    for name, view in zip(("linear", "scaled"), VIEWS, strict=True):
        _add_directions(out, name, Columns(view), Columns(view), x, y)
    _add_products(out, x, y, wide_x, wide_y)
    if wide_x or y.shape[1] > 2:
        of_x = RadialPolynomials(_find_reach(x)) if wide_x else Columns()
        _add_directions(out, "radial", of_x, RadialPolynomials(_find_reach(y)) if wide_y else Columns(), x, y)
    if "linear" in out:
        linear_x, linear_y, _ = out["linear"]
        curved_y = Columns() if of_one_column else VariatePolynomials(linear_y)
        _add_directions(out, "curved", VariatePolynomials(linear_x), curved_y, x, y)
    return out


def _add_few(out: Directions, x: Array, y: Array, of_one_column: bool) -> None:
    """Directions of those columns alone that go with a column of the other side, where others do not."""
    ranks_x, ranks_y = take_view(x, "ranks").astype(np.float64), take_view(y, "ranks").astype(np.float64)
    centred_x, centred_y = ranks_x - ranks_x.mean(0), ranks_y - ranks_y.mean(0)
    spread = np.outer(centred_x.std(0), centred_y.std(0)) * np.sqrt(len(x))
    z = np.abs(centred_x.T @ centred_y) / np.maximum(spread, 1e-9)
    sure = z > stats.norm.isf(BARTLETT / 2 / z.size)
    of_x, of_y = (np.flatnonzero(sure.any(axis)) for axis in (1, 0))
    if of_one_column:
        of_y = np.arange(ranks_y.shape[1])
    if len(of_x) and len(of_x) + len(of_y) < sum(z.shape):
        few_x, few_y = (Columns(places=tuple(places.tolist())) for places in (of_x, of_y))
        _add_directions(out, "few", few_x, few_y, x, y)


def _add_products(out: Directions, x: Array, y: Array, wide_x: bool, wide_y: bool) -> None:
    """Directions of columns beside products of columns, in both views, where products go with the other side."""
    ranks_x, ranks_y = take_view(x, "ranks"), take_view(y, "ranks")
    none = np.empty((0, 2), np.int64)
    pairs_x = screen_products(ranks_x, ranks_y) if wide_x else none
    pairs_y = screen_products(ranks_y, ranks_x) if wide_y else none
    if not len(pairs_x) and not len(pairs_y):
        return
    for name, view in zip(("products", "scaled products"), VIEWS, strict=True):
        _add_directions(out, name, Products.fit(x, view, pairs_x), Products.fit(y, view, pairs_y), x, y)


def _add_directions(
    out: Directions, name: str, dictionary_x: Dictionary, dictionary_y: Dictionary, x: Array, y: Array
) -> None:
    """The significant canonical directions of two dictionaries, if there are any."""
    n = len(x)
    features = dictionary_x(x), dictionary_y(y)
    if name in ("radial", "curved") and max(f.shape[1] for f in features) * ROWS_PER_FEATURE > n:
        return
    centres = [f.mean(0) for f in features]
    most = max(n // ROWS_PER_FEATURE, min(n // ROWS_PER_FEATURE_OF_FEW, FEATURES_OF_FEW))
    (fx, back_x), (fy, back_y) = (_reduce(f - c, most) for f, c in zip(features, centres, strict=True))
    a, b, r = find_canonical_pairs(fx, fy)
    if len(r):
        out[name] = Direction(dictionary_x, centres[0], back_x @ a), Direction(dictionary_y, centres[1], back_y @ b), r


def take_directions(of_x: Direction, of_y: Direction, k: int) -> tuple[Direction, Direction]:
    """The first k directions."""
    return replace(of_x, weights=of_x.weights[:, :k]), replace(of_y, weights=of_y.weights[:, :k])


def _find_reach(z: Array) -> float:
    return max(float(np.quantile(measure_rank_radius(z), REACH_QUANTILE)), 1e-9)


def _reduce(centred: NDArray[np.float64], most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A matrix in its leading principal directions, if it has more columns than `most`, and the way there."""
    p = centred.shape[1]
    if p <= max(most, 1):
        return centred, np.eye(p)
    _, _, vt = linalg.svd(centred, full_matrices=False)
    back = vt[: max(most, 1)].T
    return centred @ back, back
