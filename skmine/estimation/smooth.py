"""P-values of tables of counts by their low-degree coefficients: what is smooth is seen with nearly the power of a test
that knows its shape.

Design notes. Each side becomes functions of its own ranks, orthonormal over the rows: Legendre polynomials, indicators
of labels and of what is missing. The sums over the rows of products of two such functions are, under permutations of
the rows, uncorrelated and of the same variance, whatever the margins and ties; where no few rows carry both functions,
they are close to independent standard normal variables (Neyman's smooth tests). Weighted sums of their squares see what
is spread over many of them, the single coefficients what one alone says. What none of them sees, such as fast waves
and thin curves, the one-way p-value does. Cauchy's rule puts them together: the least of them decides, and pays for the
others by its weight.

Squares are uncorrelated only nearly: where a third of the rows are not tied on either side (columns of many zeros), the
same rows carry all high degrees, and 132 squares vary by 1.4 times what independent ones do. Under permutations the
covariance of two squares is, but for terms of 1 / n^2, the product of the fourth cumulants of both sides over n; a sum
is brought to the variance that its law has, and loses high degrees until the two are close.

The sum over equal degrees was found by learning. A mixture of normal laws of the coefficients, fitted to 40,000 random
laws of `pretraining.laws`, has one component that is this sum, and others like the two of falling weights. It raises
the rejections at .001 on ten kinds of `benchmarks.ranking.power_kinds.NEW_KINDS` from .51 to .57 at 1,000 rows (they
were looked at when its weight was chosen), and no area falls. The ratio of the mixture's densities itself, and a
network that reads all coefficients, see less there (areas .960, .58 of .973).

Neyman (1937), "Smooth test for goodness of fit", Skandinavisk Aktuarietidskrift 20. Liu and Xie (2020), "Cauchy
combination test", J. Am. Stat. Assoc. 115.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.estimation.counting import Counts, RowCells
from skmine.estimation.inference import combine_by_cauchy, correct_for_few_groups
from skmine.estimation.merging import NodeOrder
from skmine.estimation.quadratic_form import compute_tail
from skmine.estimation.side_functions import LEAST_NORM, SideFunctions

Array = NDArray[np.float64]

#: Exponents of one over the product of two degrees, the weights of squares; 1 sees few low degrees, 1/2 many.
STEEP = 1.0
FLAT = 0.5
#: The same of the weights of single coefficients.
SINGLE = 3.0

#: Weights of the parts that Cauchy's rule puts together: the one-way p-value, three sums of squares, and all single
#: coefficients. Chosen among a dozen on kinds of `benchmarks.ranking.power` with seeds of their own.
WEIGHTS = {"one way": 2.0, "steep": 4.0, "flat": 1.0, "equal": 1.0, "single": 8.0}

#: Excess kurtosis of a coefficient beyond which few rows decide, and it is left out: by the product of both functions'
#: kurtoses over the rows.
MOST_KURTOSIS = 0.1

#: Variance of a sum of squares, as a multiple of that of independent ones, beyond which it keeps fewer terms.
MOST_VARIANCE = 1.1

#: Products of degrees that groups of rows have a coefficient of, and groups for each: their variances are estimated.
MOST_DEGREES_OF_GROUPS = 4
GROUPS_PER_TERM = 10


def find_carried(first: Array, second: Array, n: float, most: float = MOST_KURTOSIS) -> NDArray[np.bool_]:
    """Which products of functions with these kurtoses, (k,) and (l,), more than few of n rows carry, (k, l)."""
    return np.asarray(np.outer(first, second) <= most * n)


def standardise_sums(sums: Array, n: float) -> Array:
    """Sums over n rows of products of two functions, of variance 1 under permutations of the rows."""
    return np.asarray(sums * np.sqrt(max(n - 1, 1)) / n)


def match_variance(total: Array, mean: float, variance: Array | float) -> Array:
    """Sums of this mean, and of so many times the variance that their law has, brought to that variance."""
    return np.asarray(mean + (total - mean) / np.sqrt(variance))


@dataclass(frozen=True)
class Terms:
    """Which products of two functions a pair of sides is judged by.

    Attributes
    ----------
    kept : ndarray of shape (k, l)
        Which of all products of functions these are.
    products : ndarray of shape (m,)
        Product of the degrees of each term.
    sums : dict of str to ndarray of shape (m,)
        Weights of the terms' squares in each sum, 0 for those left out.
    variances : ndarray of shape (3,)
        Those of the sums under permutations of the rows, as multiples of those of independent normal variables.
    blocks : ndarray of shape (m,)
        Number of the pair of blocks of each term, ascending from 0.
    """

    kept: NDArray[np.bool_]
    products: Array
    sums: dict[str, Array]
    variances: Array
    blocks: NDArray[np.int64]

    @classmethod
    def choose(cls, x: SideFunctions, y: SideFunctions, n: float) -> "Terms":
        """Those that no few rows decide."""
        kept = find_carried(x.kurtosis, y.kurtosis, n)
        degrees = np.outer(x.degrees, y.degrees).astype(np.float64)
        of_all = {
            "steep": degrees**-STEEP,
            "flat": degrees**-FLAT,
            "equal": (x.degrees[:, None] == y.degrees).astype(np.float64),
        }
        weighed = [_leave_few_out(weights, x, y, n) for weights in of_all.values()]
        sums = {name: weights[kept] for name, (weights, _) in zip(of_all, weighed, strict=True)}
        variances = np.array([variance for _, variance in weighed])
        pairs = np.stack([part[kept] for part in np.meshgrid(x.blocks, y.blocks, indexing="ij")], axis=1)
        _, blocks = np.unique(pairs, axis=0, return_inverse=True)
        return cls(kept, degrees[kept], sums, variances, blocks.ravel())

    def only(self, some: NDArray[np.int64]) -> "Terms":
        """These of them, as terms of their own; `kept` stays."""
        _, blocks = np.unique(self.blocks[some], return_inverse=True)
        sums = {name: weights[some] for name, weights in self.sums.items()}
        return Terms(self.kept, self.products[some], sums, self.variances, blocks)

    def get_signature(self) -> bytes:
        """The same for terms that have the same law."""
        return b"".join(part.tobytes() for part in (self.products, *self.sums.values(), self.blocks))


def _leave_few_out(weights: Array, x: SideFunctions, y: SideFunctions, n: float) -> tuple[Array, float]:
    """Weights (k, l) of squares, 0 for those that few of n rows carry, and their sum's variance; see `Terms`."""
    most = MOST_KURTOSIS
    while True:
        kept = np.where(find_carried(x.kurtosis, y.kurtosis, n, most), weights, 0.0)
        independent = 2 * float(np.square(kept).sum())
        if independent == 0:
            return kept, 1.0
        variance = 1 + float((x.cumulants @ kept @ y.cumulants * kept).sum()) / n / independent
        if variance <= MOST_VARIANCE:
            return kept, max(variance, 1.0)
        most /= 2


def combine_with_smooth(one_way: Array, counts: Counts) -> Array:
    """P-values of pairs by their low-degree coefficients and the one-way p-values together.

    Parameters
    ----------
    one_way : ndarray of shape (d,)
    counts : Counts

    Returns
    -------
    ndarray of shape (d,)
    """
    tested = counts.tested
    n = float(tested[0].sum())
    y = SideFunctions.make(tested[0].sum(0), counts.target_order)  # the same for all pairs
    made: dict[tuple[bytes, NodeOrder], tuple[SideFunctions, Terms]] = {}
    out = one_way.copy()
    of_rows = None if counts.cells is None else _GroupedCells.read(counts.cells)
    alike: dict[bytes, tuple[Terms, list[int], list[_Coefficients]]] = {}
    for j, order in enumerate(counts.orders):
        margin = tested[j].sum(1)
        key = margin.tobytes(), order
        if key not in made:  # columns without ties have the same margin
            x = SideFunctions.make(margin, order)
            made[key] = x, Terms.choose(x, y, n)
        x, terms = made[key]
        if of_rows is None:
            z = standardise_sums(x.values.T @ tested[j] @ y.values, n)[terms.kept]
            found = _Coefficients(terms, z, terms.variances)
        else:
            found = _sum_over_groups(of_rows, j, x, y, terms)
        if len(found.terms.products):
            _, places, coefficients = alike.setdefault(found.terms.get_signature(), (found.terms, [], []))
            places.append(j)
            coefficients.append(found)
    for terms, places, coefficients in alike.values():
        out[places] = _combine(one_way[places], terms, coefficients)
    return out


@dataclass(frozen=True)
class _Coefficients:
    """Standardised coefficients of a pair, (m,).

    Attributes
    ----------
    terms : Terms
    z : ndarray of shape (m,)
    variances : ndarray of shape (3,)
        Those of the sums: see `Terms`.
    correlation : ndarray of shape (m, m) or None
        Of the coefficients; None where they are independent.
    """

    terms: Terms
    z: Array
    variances: Array
    correlation: Array | None = None


def _combine(one_way: Array, terms: Terms, found: list[_Coefficients]) -> Array:
    """P-values (d,) of one-way ones and of coefficients of the same terms, all correlated or none."""
    squares = np.square(np.stack([one.z for one in found]))
    variances = np.stack([one.variances for one in found])
    parts, weights = [one_way], [WEIGHTS["one way"]]
    for (name, of_terms), variance in zip(terms.sums.items(), variances.T, strict=True):
        if not of_terms.any():
            continue
        law = of_terms[of_terms > 0]
        if found[0].correlation is not None:
            law = _find_law_of_correlated(of_terms, np.stack([np.asarray(one.correlation) for one in found]))
        parts.append(compute_tail(match_variance(squares @ of_terms, float(of_terms.sum()), variance), law))
        weights.append(WEIGHTS[name])
    order = np.argsort(terms.blocks, kind="stable")
    sizes = np.bincount(terms.blocks)
    starts = np.cumsum(sizes) - sizes
    of_blocks = terms.products[order][starts] ** -SINGLE
    of_single = np.add.reduceat(squares[:, order], starts, axis=1)
    parts += list(stats.chi2.sf(of_single, sizes).T)
    weights += (WEIGHTS["single"] * of_blocks / of_blocks.sum()).tolist()
    return combine_by_cauchy(parts, weights)


def _find_law_of_correlated(weights: Array, correlation: Array) -> Array:
    """Weights (d, m) of independent squares whose sum has the law of weighted squares with correlations (d, m, m)."""
    root = np.sqrt(weights)
    law = np.linalg.eigvalsh(root[:, None] * correlation * root)
    return np.asarray(np.where(law > LEAST_NORM * law.max(1, keepdims=True), law, 0.0))


@dataclass(frozen=True)
class _GroupedCells:
    """The cells of the rows that are tested, and their groups from 0 on."""

    cells: RowCells
    rows: NDArray[np.int64]
    group: NDArray[np.int64]
    n_groups: int

    @classmethod
    def read(cls, cells: RowCells) -> "_GroupedCells":
        _, group = np.unique(cells.groups[cells.all_tested], return_inverse=True)
        return cls(cells, cells.all_tested, group, int(group.max()) + 1)


def _sum_over_groups(of_rows: _GroupedCells, j: int, x: SideFunctions, y: SideFunctions, terms: Terms) -> _Coefficients:
    """Coefficients where groups of rows move whole: few, whose variances are those of sums over groups."""
    n_groups = of_rows.n_groups
    lowest: NDArray[np.int64] = np.argsort(terms.products, kind="stable")[: n_groups // GROUPS_PER_TERM]
    few = np.sort(lowest[terms.products[lowest] <= MOST_DEGREES_OF_GROUPS])
    of_x, of_y = (places[few] for places in np.nonzero(terms.kept))
    codes, target = of_rows.cells.codes[j][of_rows.rows], of_rows.cells.target[of_rows.rows]
    products = (x.values.T[places][codes] * y.values.T[other][target] for places, other in zip(of_x, of_y, strict=True))
    sums: Array = np.array([np.bincount(of_rows.group, of_term, n_groups) for of_term in products]).reshape(
        -1, n_groups
    )
    size = np.sqrt(np.square(sums).sum(1, keepdims=True))
    sums = sums / np.where(size > 0, size, 1.0)
    ones = np.ones(len(terms.sums))  # variances are estimated
    return _Coefficients(terms.only(few), correct_for_few_groups(sums.sum(1), n_groups), ones, sums @ sums.T)
