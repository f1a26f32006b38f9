"""Tests of many columns given others at once: products of what Z leaves of low-degree functions.

Design notes. If X and Y are independent given Z, f(X) less its mean given Z and g(Y) less its own are uncorrelated,
weighted by any function of Z, too, whatever their variances do. Their sums over the rows are close to normal (few
groups of rows: Student's), and an error of either mean matters only in product with that of the other. So work goes
into the means of Y's few functions: ridge regression first, boosted trees where they see more. Of the many functions of
all X one ridge regression predicts all, on features of Z and on what these predict of Y's functions: what is left
cannot share that. No network is trained, and a hundred columns take seconds. Where Z says nearly all of X and of Y,
errors of both means are alike, and far too many columns seem related: then this says which columns are worth a trained
estimate, not that they are related. A p-value to be reported allows for means that hold as much again as was found of
them; it is small only where Z says little of X or of Y, and there it needs fewer rows than a trained critic's.

Shah and Peters (2020), "The hardness of conditional independence testing and the generalised covariance measure", Ann.
Stat. 48, theorem 6. Scheidegger, Hoerrmann and Buhlmann (2022), "The weighted generalised covariance measure", JMLR 23.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from sklearn.preprocessing import SplineTransformer
from threadpoolctl import threadpool_limits

from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation.evidence import Evidence
from skmine.estimation.inference import combine_by_cauchy
from skmine.estimation.recipe import Rows
from skmine.estimation.smooth import SINGLE
from skmine.estimation.smooth_tables import MOST_ROWS, Functions, standardise

Array = NDArray[np.float64]

#: Rows below which nothing is tested, and groups of rows; rows, or groups, for each feature of Z; and most features.
FEWEST_ROWS = 100
FEWEST_GROUPS = 40
ROWS_PER_FEATURE = 25
MOST_FEATURES = 64

#: Features of Z up to which products of two are weights, too.
MOST_MULTIPLIED = 8

#: Folds of the rows, each of which models of the others predict.
FOLDS = 5

#: Knots of the splines of a feature of Z, and of all of them together, at most.
MOST_KNOTS = 24
ALL_KNOTS = 200

#: Rows that stand for all in a kernel of Z, and its widths: squared distances are multiplied by these, over the number
#: of Z's features.
LANDMARKS = 100
WIDTHS = (0.5, 4.0)

#: Standard errors, by which errors of the means may move a sum, from which on no p-value allows for them. Arbitrary.
MOST_ERROR = 2.0

#: Penalties, in numbers of rows of standardised features.
PENALTIES = np.logspace(-2, 4, 13)


@dataclass(frozen=True)
class SmoothTest:
    """What products of low-degree functions say of X and Y given Z.

    Attributes
    ----------
    mi : float
        Half the sum of squared partial correlations of X's and Y's functions less their bias, in nats: I(X; Y | Z)
        where that is small and they see it.
    evidence : Evidence
        The same as a score; its p-value takes the means for known.
    sure_pvalue : float or None
        The p-value that allows for errors of both means; None where these may be too large for one.
    """

    mi: float
    evidence: Evidence
    sure_pvalue: float | None


@dataclass(frozen=True)
class SmoothCondition:
    """What is the same for every X that is tested given Z.

    Attributes
    ----------
    rows : ndarray of row index
        The rows that are looked at.
    groups : ndarray of shape (n,) or None
        Numbers of their groups.
    left : ndarray of shape (n, l)
        Functions of Y less what Z predicts of them.
    degrees : ndarray of shape (l,)
    design : ndarray of shape (n, p)
        Features of Z, and what they predict of Y's functions.
    weights : ndarray of shape (n, k)
        Functions of Z; the first one is 1.
    """

    rows: Rows
    groups: NDArray[np.int64] | None
    left: Array
    degrees: NDArray[np.int64]
    design: Array
    weights: Array

    @classmethod
    def prepare(cls, y: ColumnGroup, z: ColumnGroup, groups: NDArray[np.int64] | None) -> "SmoothCondition | None":
        """Predict Y's functions; None where rows are too few for Z, or Y or Z cannot vary."""
        z = z.only(z.find_varying())
        if not len(z) or not y.find_varying().any():
            return None
        rows = np.arange(y.n_rows)[:: -(-y.n_rows // MOST_ROWS)]
        of_rows = None if groups is None else np.unique(groups[rows], return_inverse=True)[1]
        known = standardise(fit_features(z).transform(z.columns)[rows].astype(np.float64))
        n, p = len(rows) if of_rows is None else int(of_rows.max()) + 1, known.shape[1]
        if len(rows) < FEWEST_ROWS or n < max(FEWEST_GROUPS, ROWS_PER_FEATURE * p) or p > MOST_FEATURES:
            return None
        functions = Functions.of_columns(y, rows)
        products = _multiply(known)
        with threadpool_limits(1):
            features = standardise(np.hstack([known, products, *_read_curves(known)]))
            predicted = _predict(RidgeCV(PENALTIES, alpha_per_target=True), features, functions.values, of_rows)
            for k, left in enumerate((functions.values - predicted).T):
                more = _predict(HistGradientBoostingRegressor(random_state=0), known, left, of_rows)
                if np.var(left - more) < np.var(left):
                    predicted[:, k] += more
        weights = np.hstack([np.ones((len(rows), 1)), known, standardise(products)])
        design = np.hstack([features, standardise(predicted)])
        return cls(rows, of_rows, functions.values - predicted, functions.degrees, design, weights)

    def test(self, sides: Sequence[ColumnGroup]) -> list[SmoothTest]:
        """Test several X, each by itself."""
        functions = [Functions.of_columns(side, self.rows) for side in sides]
        values = np.hstack([one.values for one in functions])
        with threadpool_limits(1):
            left = values - _predict(RidgeCV(PENALTIES, alpha_per_target=True), self.design, values, self.groups)
        ends = np.cumsum([one.values.shape[1] for one in functions])[:-1]
        return [
            self._test(values, one.degrees) for values, one in zip(np.split(left, ends, axis=1), functions, strict=True)
        ]

    def combine(self, trained: float, x: ColumnGroup) -> float:
        """One p-value of a trained critic's and of what these products say, by Bonferroni.

        Where errors of the means may be large the trained one stands alone, and pays for nothing.
        """
        if not x.find_varying().any():
            return trained
        (test,) = self.test([x])
        return trained if test.sure_pvalue is None else min(1.0, 2 * min(trained, test.sure_pvalue))

    def _test(self, left: Array, degrees: NDArray[np.int64]) -> SmoothTest:
        """Test one X, by what Z leaves of its functions, (n, l)."""
        z = np.stack([self._standardise_sums(left * weight[:, None]) for weight in self.weights.T])
        # As much again as was found of either mean, in both alike, moves a sum by this at most.
        error = np.sqrt(len(left) * _compute_found(left) * _compute_found(self.left))
        pvalue = self._combine_sums(z, degrees)
        sure = self._combine_sums(np.maximum(np.abs(z) - error, 0.0), degrees) if error < MOST_ERROR else None
        n, excess = len(left), np.square(z[0]) - 1
        variance = np.maximum(excess, 0.0).sum() + excess.size / 2
        mi, se = float(excess.sum()) / (2 * n), float(np.sqrt(variance)) / n
        return SmoothTest(mi, Evidence(held_out=mi, training=mi, se=se, pvalue=pvalue), sure)

    def _combine_sums(self, z: Array, degrees: NDArray[np.int64]) -> float:
        """One p-value of standardised sums, (k, l, l')."""
        shares = np.outer(degrees, self.degrees) ** -SINGLE / np.r_[1.0, np.full(len(z) - 1, len(z) - 1)][:, None, None]
        n = len(self.left) if self.groups is None else int(self.groups.max()) + 1
        return float(combine_by_cauchy(2 * stats.t.sf(np.abs(z), n - 1).reshape(-1, 1), shares.ravel())[0])

    def _standardise_sums(self, left: Array) -> Array:
        """Sums over the rows of products with what is left of Y's functions, of variance 1 by chance, (l, l')."""
        if self.groups is None:
            sums, variances = left.T @ self.left, np.square(left).T @ np.square(self.left)
        else:
            n_groups = int(self.groups.max()) + 1
            products = np.zeros((n_groups, left.shape[1], self.left.shape[1]))
            np.add.at(products, self.groups, left[:, :, None] * self.left[:, None])
            sums, variances = products.sum(0), np.square(products).sum(0)
        # Few rows weigh no more than their number.
        least = len(left) * np.outer(np.square(left).mean(0), np.square(self.left).mean(0))
        return np.asarray(sums / np.sqrt(np.maximum(np.maximum(variances, least), 1e-300)))


def _compute_found(left: Array) -> float:
    """The most that was found of the mean of a function of variance 1, (n, l) less it, as a share of what is left."""
    least = float(np.square(left).mean(0).min())
    return max(1 / max(least, 1e-12) - 1, 0.0)


def _multiply(known: Array) -> Array:
    """Products of two features, and squares; none of many."""
    if known.shape[1] > MOST_MULTIPLIED:
        return np.empty((len(known), 0))
    first, second = np.triu_indices(known.shape[1])
    return known[:, first] * known[:, second]


def _read_curves(known: Array) -> list[Array]:
    """Splines of each feature, and landmarks of kernels of all."""
    knots = max(min(MOST_KNOTS, ALL_KNOTS // known.shape[1]), 2)
    curves = [SplineTransformer(knots, knots="quantile").fit_transform(known)]
    for width in WIDTHS:
        kernel = Nystroem(gamma=width / known.shape[1], n_components=min(LANDMARKS, len(known)), random_state=0)
        curves.append(kernel.fit_transform(known))
    return curves


def _predict(model: Any, features: Array, values: Array, groups: NDArray[np.int64] | None) -> Array:
    """Values, (n,) or (n, k), as models predict them of rows that they did not see."""
    splitter = KFold(FOLDS, shuffle=True, random_state=0) if groups is None else GroupKFold(FOLDS)
    return np.reshape(cross_val_predict(model, features, values, cv=splitter, groups=groups), values.shape)
