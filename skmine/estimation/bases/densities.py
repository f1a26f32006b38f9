"""Laws of both sides together whose pointwise information is known: Student's law, mixtures of normal laws.

Design notes. log p(x, y) / p(x) p(y) needs every row of x with every row of y. A quadratic form of both is an inner
product of one vector each, so all pairs cost a matrix product per component, as canonical pairs do; what depends on
one side alone is worked out once a row. Student's law is where a few wild rows, or a scale that both sides share,
carry the information; mixtures are where rows come in clusters, or a share of them is another law's.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skmine.estimation.bases.views import FARTHEST_OF_SUMS, Array, View, take_view

#: Degrees of freedom that are tried: from tails heavier than Cauchy's to all but normal ones.
FREEDOMS = (0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 15.0, 40.0)

#: Steps of expectation-maximisation for each of them, from where the last one stopped.
STEPS_OF_STUDENT = 6

#: Rows for each parameter of a covariance, and most columns of both sides together.
ROWS_PER_PARAMETER = 1.0
MOST_COLUMNS = 120

#: The same for a mixture, whose components take their time: columns, and components.
MOST_COLUMNS_OF_MIXTURE = 24
COMPONENTS = (2, 4, 8, 16, 32)

#: Rows that each component of a mixture needs for each of its columns.
ROWS_PER_COLUMN = 10

#: Steps of expectation-maximisation of a mixture, and what is added to its variances.
STEPS_OF_MIXTURE = 60
RIDGE = 1e-3


@dataclass(frozen=True)
class Density:
    """A law of the columns of both sides together.

    Attributes
    ----------
    view : {"ranks", "scaled"}
    log_weights : ndarray of shape (k,)
    means : ndarray of shape (k, d)
    covariances : ndarray of shape (k, d, d)
    dim_x : int
        Columns of the first side.
    freedom : float
        Of Student's law; infinite for a mixture of normal laws.
    """

    view: View
    log_weights: NDArray[np.float64]
    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    dim_x: int
    freedom: float = np.inf

    @property
    def power(self) -> float:
        """Exponent of 1 + a quadratic form in Student's density; 0 for normal laws."""
        return (self.freedom + self.means.shape[1]) / 2 if np.isfinite(self.freedom) else 0.0

    def describe_x(self, z: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Vectors of rows of the first side, (n, k, dy + 2), and what they add to every pair, (n,)."""
        rows = self._read(z)
        parts = []
        for log_weight, mean, covariance in zip(self.log_weights, self.means, self.covariances, strict=True):
            precision = linalg.inv(covariance)
            a = rows - mean[: self.dim_x]
            cross = a @ precision[: self.dim_x, self.dim_x :]
            own = ((a @ precision[: self.dim_x, : self.dim_x]) * a).sum(1)
            if self.power:
                parts.append(np.column_stack([2 * cross / self.freedom, own / self.freedom, np.ones(len(a))]))
            else:
                constant = log_weight - np.linalg.slogdet(covariance)[1] / 2
                parts.append(np.column_stack([-cross, constant - own / 2, np.ones(len(a))]))
        return np.stack(parts, axis=1), -self._log_margin(rows, np.arange(self.dim_x))

    def describe_y(self, z: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Vectors of rows of the second side, (n, k, dy + 2), and what they add to every pair, (n,)."""
        rows = self._read(z)
        of_y = np.arange(self.dim_x, self.means.shape[1])
        parts = []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            precision = linalg.inv(covariance)[np.ix_(of_y, of_y)]
            b = rows - mean[of_y]
            own = ((b @ precision) * b).sum(1)
            own = own / self.freedom if self.power else -own / 2
            parts.append(np.column_stack([b, np.ones(len(b)), own]))
        return np.stack(parts, axis=1), -self._log_margin(rows, of_y)

    def _log_margin(self, rows: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Log density of one side up to a constant, (n,)."""
        parts = []
        for log_weight, mean, covariance in zip(self.log_weights, self.means, self.covariances, strict=True):
            own = covariance[np.ix_(columns, columns)]
            form = _measure_forms(rows - mean[columns], own)
            if self.power:
                return -(self.freedom + len(columns)) / 2 * np.log1p(form / self.freedom)
            parts.append(log_weight - np.linalg.slogdet(own)[1] / 2 - form / 2)
        return np.asarray(special.logsumexp(np.stack(parts), axis=0))

    def _read(self, z: Array) -> NDArray[np.float64]:
        return take_view(z, self.view).astype(np.float64)


def _measure_forms(centred: NDArray[np.float64], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quadratic forms of rows in the inverse of a covariance, (n,)."""
    root = linalg.cholesky(covariance, lower=True)
    return np.asarray((linalg.solve_triangular(root, centred.T, lower=True) ** 2).sum(0))


def fit_student(x: Array, y: Array) -> Density | None:
    """Student's law of both sides on their own scale, of the most likely degrees of freedom; None if too wide."""
    rows = np.concatenate([take_view(x, "scaled"), take_view(y, "scaled")], axis=1).astype(np.float64)
    n, d = rows.shape
    if d > MOST_COLUMNS or n < ROWS_PER_PARAMETER * d * (d + 1) / 2:
        return None
    mean, covariance = np.median(rows, axis=0), np.diag(np.square(rows.clip(-3, 3)).mean(0) + RIDGE)
    best, found = -np.inf, None
    for freedom in FREEDOMS:
        for _ in range(STEPS_OF_STUDENT):
            weight = (freedom + d) / (freedom + _measure_forms(rows - mean, covariance))
            mean = weight @ rows / weight.sum()
            centred = rows - mean
            covariance = (centred * weight[:, None]).T @ centred / n
            covariance.flat[:: d + 1] += 1e-6 * np.trace(covariance) / d + 1e-9
        likelihood = measure_student_likelihood(rows - mean, covariance, freedom)
        if likelihood > best:
            best, found = likelihood, Density("scaled", np.zeros(1), mean[None], covariance[None],
                                              take_view(x, "scaled").shape[1], freedom)  # fmt: skip
        else:
            break  # it has one maximum
    return found


def measure_student_likelihood(centred: NDArray[np.float64], covariance: NDArray[np.float64], freedom: float) -> float:
    """Mean log density of Student's law, up to a constant that does not depend on the degrees of freedom."""
    d = centred.shape[1]
    form = _measure_forms(centred, covariance)
    constant = special.gammaln((freedom + d) / 2) - special.gammaln(freedom / 2) - d / 2 * np.log(freedom)
    return float(constant - np.linalg.slogdet(covariance)[1] / 2 - (freedom + d) / 2 * np.log1p(form / freedom).mean())


def fit_mixtures(x: Array, y: Array, view: View, seed: int) -> Iterator[Density]:
    """Mixtures of more and more normal laws, as long as there are rows for them."""
    rows = np.concatenate([take_view(x, view), take_view(y, view)], axis=1).astype(np.float64)
    rows = rows.clip(-FARTHEST_OF_SUMS, FARTHEST_OF_SUMS)
    n, d = rows.shape
    if d > MOST_COLUMNS_OF_MIXTURE:
        return
    for k in COMPONENTS:
        if n < k * d * ROWS_PER_COLUMN:
            return
        mixture = GaussianMixture(k, reg_covar=RIDGE, max_iter=STEPS_OF_MIXTURE, tol=1e-3, random_state=seed,
                                  init_params="k-means++")  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is one base among others, whatever it is
            mixture.fit(rows)
        log_weights = np.log(np.maximum(mixture.weights_, 1e-12))
        yield Density(view, log_weights, mixture.means_, mixture.covariances_, take_view(x, view).shape[1])
