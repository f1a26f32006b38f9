"""P-values of tables by low-degree functions of their columns, of pairs of columns, and of whole rows.

Design notes. A trained critic's p-value spends half of the rows on the search for a link. What these see needs no
search: functions of single columns against each other, as in `smooth`, one by one and summed; products of two columns
against functions of the other side; and whole rows by a kernel, which sees what many columns say together. Sums over
correlated functions are quadratic forms, whose weights are the products of both sides' eigenvalues (Gretton et al.
2008, "A kernel statistical test of independence", theorem 4; the sums of distance covariance are of the same kind,
Sejdinovic et al. 2013, Ann. Stat. 41). The trained p-value and all of these are put together by Cauchy's rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.data.coding import fit_coding
from skmine.data.column import Column
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation.inference import combine_by_cauchy
from skmine.estimation.merging import NodeOrder
from skmine.estimation.quadratic_form import compute_tail
from skmine.estimation.recipe import Rows
from skmine.estimation.side_functions import SideFunctions
from skmine.estimation.smooth import SINGLE, find_carried, match_variance, standardise_sums

Array = NDArray[np.float64]

#: Rows below which only the trained p-value counts, and beyond which every second, third, ... row is looked at.
FEWEST_ROWS = 60
MOST_ROWS = 20_000

#: Nodes that a column's functions are read from, their largest degree, and functions of a side beyond which that is
#: less: time grows with their cube.
NODES = 32
DEGREE = 4
MOST_FUNCTIONS = 400

#: Columns of a side up to which products of two are looked at.
MOST_MULTIPLIED = 32

#: Rows that stand for all in a kernel.
LANDMARKS = 300

#: Eigenvalues, as a share of the largest one, below which they are counted by their mean alone.
SMALL = 0.002

#: Weights of the parts that Cauchy's rule puts together.
WEIGHTS = {"trained": 2.0, "additive": 1.0, "single": 2.0, "rows": 2.0, "products": 1.0, "single product": 1.0}


@dataclass(frozen=True)
class Functions:
    """Functions of rows, of mean 0 and mean square 1.

    Attributes
    ----------
    values : ndarray of shape (n, k)
    degrees : ndarray of shape (k,)
    kurtosis : ndarray of shape (k,)
    """

    values: Array
    degrees: NDArray[np.int64]
    kurtosis: Array

    @classmethod
    def of_columns(cls, group: ColumnGroup, rows: Rows, z: Array | None = None) -> "Functions":
        """Those of each column of a group, and, of several, of the squared radii of z, its rows, where it is passed."""
        most = max(min(DEGREE, MOST_FUNCTIONS // len(group)), 1)
        columns = list(zip(group.columns, group.flags, strict=True))
        if len(columns) > 1 and z is not None:
            columns.append((Column("radius", np.square(z).sum(1)), None))
        values, degrees, kurtosis = [], [], []
        for column, flag in columns:
            coding = fit_coding(column, NODES, discrete=flag)
            codes = coding.encode(column)[rows]
            margin = np.bincount(codes, minlength=coding.n_nodes).astype(np.float64)
            made = SideFunctions.make(margin, NodeOrder.read(coding, complete=False))
            low = made.degrees <= most
            values.append(made.values[codes][:, low])
            degrees.append(made.degrees[low])
            kurtosis.append(made.kurtosis[low])
        return cls(np.concatenate(values, axis=1), np.concatenate(degrees), np.concatenate(kurtosis))

    def multiply(self) -> "Functions | None":
        """Products of two functions of degree 1, less their means; None where there are none, or too many."""
        linear = self.values[:, self.degrees == 1]
        if not 2 <= linear.shape[1] <= MOST_MULTIPLIED:
            return None
        first, second = np.triu_indices(linear.shape[1], 1)
        products = linear[:, first] * linear[:, second]
        products = products - products.mean(0)
        size = products.std(0)
        products = products[:, size > 0] / size[size > 0]
        return Functions(products, np.ones(products.shape[1], int), np.mean(products**4, axis=0))


def standardise(values: Array) -> Array:
    """Columns of mean 0 and mean square 1, constant ones 0."""
    values = values - values.mean(0)
    return np.asarray(values / np.maximum(values.std(0), 1e-12))


def combine_with_smooth_tables(trained: float, x: ColumnGroup, y: ColumnGroup, tested: Rows) -> float:
    """One p-value of independence of a trained critic's and of what low-degree functions say.

    Parameters
    ----------
    trained : float
    x, y : ColumnGroup
        Whose rows are independent of each other.
    tested : ndarray of row index
        The rows that are looked at: columns may have been chosen on others.
    """
    n = len(tested)
    if n < FEWEST_ROWS:
        return trained
    rows = tested[:: -(-n // MOST_ROWS)]
    parts = [(WEIGHTS["trained"], trained), *_list_parts(x, y, rows)]
    weights, pvalues = zip(*parts, strict=True)
    return float(combine_by_cauchy([np.array([p]) for p in pvalues], weights)[0])


def _list_parts(x: ColumnGroup, y: ColumnGroup, rows: Rows) -> Iterator[tuple[float, float]]:
    """Weights and p-values of all parts."""
    u, v = (fit_features(side).transform(side.columns).astype(np.float64) for side in (x, y))
    f, g = Functions.of_columns(x, rows, u), Functions.of_columns(y, rows, v)
    yield WEIGHTS["additive"], _test_sum(_weigh(f), _weigh(g))
    yield from _test_singles(f, g, WEIGHTS["single"])
    yield WEIGHTS["rows"], _test_sum(_read_kernel(u[rows]), _read_kernel(v[rows]))
    pairs = [(f.multiply(), g), (f, g.multiply())]
    n_kinds = sum(a is not None and b is not None for a, b in pairs)
    for a, b in pairs:
        if a is not None and b is not None:
            yield WEIGHTS["products"] / n_kinds, _test_sum(_weigh(a), _weigh(b))
            yield from _test_singles(a, b, WEIGHTS["single product"] / n_kinds)


def _weigh(functions: Functions) -> Array:
    """Functions less the higher their degree: of the square of a product of two, one over both degrees."""
    return functions.values / np.sqrt(functions.degrees)


def _test_singles(f: Functions, g: Functions, weight: float) -> Iterator[tuple[float, float]]:
    """P-value of all products of a function of either side, one by one; none where few rows decide all of them."""
    n = len(f.values)
    kept = find_carried(f.kurtosis, g.kurtosis, n)
    if not kept.any():
        return
    z = standardise_sums(f.values.T @ g.values, n)[kept]
    weights = (np.outer(f.degrees, g.degrees)[kept]).astype(np.float64) ** -SINGLE
    yield weight, float(combine_by_cauchy(list(2 * stats.norm.sf(np.abs(z))[:, None]), weights, paid=False)[0])


def _test_sum(a: Array, b: Array) -> float:
    """P-value of the sum of squares of all products of the functions of either side, (n, k) and (n, l)."""
    n = len(a)
    total = float(np.square(a.T @ b).sum()) * (n - 1) / n**2
    of_a, of_b = _compute_eigenvalues(a), _compute_eigenvalues(b)
    weights = np.outer(of_a, of_b).ravel()
    top = float(weights.max(initial=0.0))
    if top <= 0:
        return 1.0
    excess = _sum_cumulants(a, of_a) * _sum_cumulants(b, of_b) / n
    variance = 1 + max(excess, 0.0) / (2 * float(np.square(weights).sum()))
    total = float(match_variance(np.array(total), float(weights.sum()), variance))
    large = weights > SMALL * top
    rest = float(weights[~large].sum())
    # Weights that agree to three digits are one weight.
    return float(compute_tail([(total - rest) / top], np.round(weights[large] / top, 3))[0])


def _compute_eigenvalues(a: Array) -> Array:
    """Those of the covariance of functions, (k,)."""
    found = np.linalg.eigvalsh(a.T @ a / len(a))
    return np.asarray(found[found > 0], float)


def _sum_cumulants(a: Array, eigenvalues: Array) -> float:
    """Fourth cumulants over the rows of functions (n, k), twice each, over all pairs."""
    return float(np.mean(np.square(a).sum(1) ** 2) - eigenvalues.sum() ** 2 - 2 * np.square(eigenvalues).sum())


def _read_kernel(z: Array) -> Array:
    """Functions whose products are a Gaussian kernel of whole rows (n, p), by its values at some rows (Nystroem)."""
    landmarks = slice(None, None, -(-len(z) // LANDMARKS))
    distances = _compute_distances(z, z[landmarks])
    kernel = np.exp(-distances / distances.mean())
    values, vectors = np.linalg.eigh(kernel[landmarks])
    kept = values > SMALL**2 * values.max()
    out = kernel @ (vectors[:, kept] / np.sqrt(values[kept]))
    return np.asarray(out - out.mean(0))


def _compute_distances(z: Array, others: Array) -> Array:
    """Squared distances, (n, m)."""
    squares = np.square(z).sum(1)[:, None] + np.square(others).sum(1) - 2 * z @ others.T
    return np.asarray(np.maximum(squares, 0.0))
