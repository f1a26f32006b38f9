"""A variate of one side as a line in a variate of the other plus noise of Student's law, whatever the margins.

Design notes. Where y = f(x) + noise and f is a canonical variate, log p(y | x) is a function of the difference alone,
and nothing is lost to a grid's nodes, in the tails least of all. The margin of y is the mean of p(y | x) over rows.
Several pairs of variates are taken as independent.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special, stats
from sklearn.model_selection import KFold

from skmine.estimation.bases.canonical import Direction, take_directions
from skmine.estimation.bases.densities import measure_student_likelihood
from skmine.estimation.bases.views import Array, has_long_tails

#: Degrees of freedom that are tried for the noise.
FREEDOMS = (1.0, 2.0, 4.0, 8.0, 30.0)

#: Steps of reweighted least squares.
STEPS = 8

#: Features of a side up to which few of them are looked for: time.
MOST_FEATURES = 48

#: Degrees of freedom with which they are found: light tails and heavy ones cost it little.
SOME_FREEDOM = 4.0

#: Parts of the rows, each of which shows the noise about lines of the others.
FOLDS = 4

#: Rows over which the margin of a variate is a mean.
ROWS_OF_MARGIN = 512

#: Share of the margin that is a Cauchy law: beyond the rows that the mean is of, it would end as the noise does, and
#: whatever lies there would seem to belong to any row near it.
FAR = 0.05

#: Smallest scale of the noise, as a share of the variate's median deviation.
LEAST_SCALE = 1e-3


@dataclass(frozen=True)
class Residuals:
    """Pairs of canonical variates a and b with (b - shift - slope a) / scale of Student's law.

    Attributes
    ----------
    of_x, of_y : Direction
    shift, slope, scale : ndarray of shape (k,)
    freedom : float
    margin : ndarray of shape (m, k)
        slope a + shift of some rows.
    """

    of_x: Direction
    of_y: Direction
    shift: NDArray[np.float64]
    slope: NDArray[np.float64]
    scale: NDArray[np.float64]
    freedom: float
    margin: NDArray[np.float64]

    @property
    def power(self) -> float:
        """Exponent of 1 + a quadratic form in the density."""
        return (self.freedom + 1) / 2

    def describe_x(self, z: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Vectors of rows of the first side, (n, k, 3), and what they add to every pair, (n,)."""
        a = self._place(self.shift + self.slope * self.of_x(z))
        return np.stack([-2 * a, a * a, np.ones_like(a)], axis=2), np.zeros(len(a))

    def describe_y(self, z: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Vectors of rows of the second side, (n, k, 3), and what they add to every pair, (n,)."""
        b = self._place(self.of_y(z))
        parts = np.stack([b, np.ones_like(b), b * b], axis=2)
        forms = (b[:, None, :] - self._place(self.margin)[None]) ** 2  # (n, m, k)
        near = special.logsumexp(-self.power * np.log1p(forms), axis=1) - np.log(len(self.margin))
        margins = np.logaddexp(np.log1p(-FAR) + near, np.log(FAR) + self._measure_far(self.of_y(z)))
        return parts, -margins.sum(1)

    def _measure_far(self, b: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density of a Cauchy law as wide as the margin, in units of the noise's density at its mode, (n, k)."""
        middle = np.median(self.margin, axis=0)
        width = np.median(np.abs(self.margin - middle), axis=0) + self.scale
        mode = special.gammaln(self.power) - special.gammaln(self.freedom / 2) - np.log(self.freedom * np.pi) / 2
        of_b = -np.log(np.pi * width) - np.log1p(((b - middle) / width) ** 2)
        return np.asarray(of_b - (mode - np.log(self.scale)))

    def _place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(values / (self.scale * np.sqrt(self.freedom)))


def fit_lines(x: Array, y: Array, of_x: Direction, of_y: Direction, most: int) -> list[Residuals]:
    """Lines of the first pair of canonical variates, of the first two, and so on up to `most`."""
    of_x, of_y = take_directions(of_x, of_y, most)
    return _fit_noise(of_x, of_y, of_x(x), of_y(y))


def fit_sparse_lines(x: Array, y: Array, of_x: Direction, of_y: Direction, most: int) -> list[Residuals]:
    """The same of single features of y in few features of x, where a side has long tails.

    Canonical weights follow the rows farthest out, where tails are heavy, and put the tails of other features among the
    noise. What the noise is say rows that the weights were not found on.
    """
    of_x, of_y = take_directions(of_x, of_y, most)
    features_x, features_y = of_x.dictionary(x) - of_x.centre, of_y.dictionary(y) - of_y.centre
    too_many = max(features_x.shape[1], features_y.shape[1]) > MOST_FEATURES
    if too_many or not (has_long_tails(x) or has_long_tails(y)):
        return []
    k = of_y.weights.shape[1]
    ranked = stats.rankdata(np.column_stack([features_y @ of_y.weights, features_y]), axis=0)
    single = np.abs(np.nan_to_num(np.corrcoef(ranked.T)[:k, k:])).argmax(1)
    b = features_y[:, single]
    a, weights = np.empty_like(b), _regress_each(features_x, b)
    for rest, tested in KFold(FOLDS).split(x):
        a[tested] = features_x[tested] @ _regress_each(features_x[rest], b[rest])
    of_x, of_y = replace(of_x, weights=weights), replace(of_y, weights=np.eye(features_y.shape[1])[:, single])
    return _fit_noise(of_x, of_y, a, b)


def tabulate_line(
    a: NDArray[np.float64], b: NDArray[np.float64], at_a: NDArray[np.float64], at_b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Tabulate log p(b | a) / p(b) at places (m,) and (h,), with b (n,) a line in a (n,) with noise: (m, h)."""
    lines = {v: _regress(a[:, None], b, v) for v in FREEDOMS}
    freedom = max(FREEDOMS, key=lambda v: lines[v].likelihood)
    line = lines[freedom]
    noise = stats.t(freedom, scale=line.scale)
    fitted = line.shift + line.weights[0] * a[:ROWS_OF_MARGIN]
    log_margin = special.logsumexp(noise.logpdf(at_b - fitted[:, None]), axis=0) - math.log(len(fitted))
    return np.asarray(noise.logpdf(at_b - (line.shift + line.weights[0] * at_a)[:, None]) - log_margin)


def _fit_noise(of_x: Direction, of_y: Direction, a: NDArray[np.float64], b: NDArray[np.float64]) -> list[Residuals]:
    """Lines of the first variates, of the first two, and so on, with the freedom that is most likely in all."""
    fits = {v: [_regress(a[:, [j]], b[:, j], v) for j in range(a.shape[1])] for v in FREEDOMS}
    out = []
    for k in range(1, a.shape[1] + 1):
        freedom = max(FREEDOMS, key=lambda v: sum(line.likelihood for line in fits[v][:k]))
        lines = fits[freedom][:k]
        shift, slope = np.array([line.shift for line in lines]), np.array([line.weights[0] for line in lines])
        scale = np.array([line.scale for line in lines])
        margin = (shift + slope * a[:, :k])[:ROWS_OF_MARGIN]
        out.append(Residuals(*take_directions(of_x, of_y, k), shift, slope, scale, freedom, margin))
    return out


def _regress_each(features: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (p, k) of few features for each target."""
    return np.stack([_regress_on_few(features, target, SOME_FREEDOM) for target in targets.T], axis=1)


def _regress_on_few(features: NDArray[np.float64], target: NDArray[np.float64], freedom: float) -> NDArray[np.float64]:
    """Weights (p,) of those features that pay for themselves, added one by one (Schwarz 1978).

    Others would only add their own tails to the noise.
    """
    n, p = features.shape
    best = _regress(features[:, :0], target, freedom)
    chosen: list[int] = []
    while len(chosen) < p:
        residual = target - best.shift - features[:, chosen] @ best.weights
        weight = (freedom + 1) / (freedom + (residual / best.scale) ** 2)
        sure = np.abs(features.T @ (weight * residual)) / np.sqrt(np.maximum((features**2).T @ weight, 1e-300))
        sure[chosen] = -1.0
        more = [*chosen, int(sure.argmax())]
        found = _regress(features[:, more], target, freedom)
        if n * (found.likelihood - best.likelihood) <= math.log(n) / 2:
            break
        chosen, best = more, found
    out = np.zeros(p)
    out[chosen] = best.weights
    return out


@dataclass(frozen=True)
class _Regression:
    """A weighted sum of features and a shift, the scale of Student's noise about it, and the mean log likelihood."""

    weights: NDArray[np.float64]
    shift: float
    scale: float
    likelihood: float


def _regress(features: NDArray[np.float64], target: NDArray[np.float64], freedom: float) -> _Regression:
    """Regress a target (n,) on features (n, p) with noise of Student's law, by reweighted least squares."""
    n, p = features.shape
    spread = np.append(np.maximum(features.std(0), 1e-12), 1.0)
    design = np.column_stack([features, np.ones(n)]) / spread
    least = LEAST_SCALE * max(float(np.median(np.abs(target - np.median(target)))), 1e-12)
    weight = np.ones(n)
    for _ in range(STEPS):
        weighted = design * weight[:, None]
        gram = weighted.T @ design
        gram.flat[:: p + 2] += 1e-9 * np.trace(gram) / (p + 1)
        found = linalg.solve(gram, weighted.T @ target, assume_a="pos")
        residual = target - design @ found
        scale = max(float(np.sqrt(weight @ residual**2 / n)), least)
        weight = (freedom + 1) / (freedom + (residual / scale) ** 2)
    likelihood = measure_student_likelihood(residual[:, None], np.array([[scale**2]]), freedom)
    found = found / spread
    return _Regression(found[:-1], float(found[-1]), scale, likelihood)
