"""A variate of one side as a line in a variate of the other plus noise of Student's law, whatever the margins.

Design notes. Where y = f(x) + noise and f is a canonical variate, log p(y | x) is a function of the difference alone,
and nothing is lost to a grid's nodes, in the tails least of all. The margin of y is the mean of p(y | x) over rows.
Several pairs of variates are taken as independent.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skmine.estimation.bases.canonical import Direction, take_directions
from skmine.estimation.bases.densities import measure_student_likelihood
from skmine.estimation.bases.views import Array

#: Degrees of freedom that are tried for the noise.
FREEDOMS = (1.0, 2.0, 4.0, 8.0, 30.0)

#: Steps of reweighted least squares.
STEPS = 12

#: Rows over which the margin of a variate is a mean.
ROWS_OF_MARGIN = 512

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
        margins = special.logsumexp(-self.power * np.log1p(forms), axis=1) - np.log(len(self.margin))
        return parts, -margins.sum(1)

    def _place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(values / (self.scale * np.sqrt(self.freedom)))


def fit_residuals(x: Array, y: Array, of_x: Direction, of_y: Direction, k: int) -> Residuals:
    """Lines of the first k pairs of canonical variates, with the degrees of freedom that are most likely in all."""
    of_x, of_y = take_directions(of_x, of_y, k)
    a, b = of_x(x), of_y(y)
    fits = [(freedom, [_fit_line(a[:, j], b[:, j], freedom) for j in range(k)]) for freedom in FREEDOMS]
    freedom, lines = max(fits, key=lambda fit: sum(line[3] for line in fit[1]))
    shift, slope, scale = (np.array([line[i] for line in lines]) for i in range(3))
    return Residuals(of_x, of_y, shift, slope, scale, freedom, (shift + slope * a)[:ROWS_OF_MARGIN])


def _fit_line(a: NDArray[np.float64], b: NDArray[np.float64], freedom: float) -> tuple[float, float, float, float]:
    """Shift, slope, scale and mean log likelihood of a line with noise of Student's law, by reweighting."""
    weight = np.ones_like(a)
    least = LEAST_SCALE * max(float(np.median(np.abs(b - np.median(b)))), 1e-12)
    shift = slope = 0.0
    scale = 1.0
    for _ in range(STEPS):
        total = weight.sum()
        mean_a, mean_b = weight @ a / total, weight @ b / total
        slope = float(weight @ ((a - mean_a) * (b - mean_b)) / max(float(weight @ (a - mean_a) ** 2), 1e-300))
        shift = float(mean_b - slope * mean_a)
        residual = b - shift - slope * a
        scale = max(float(np.sqrt(weight @ residual**2 / len(a))), least)
        weight = (freedom + 1) / (freedom + (residual / scale) ** 2)
    residual = b - shift - slope * a
    return shift, slope, scale, measure_student_likelihood(residual[:, None], np.array([[scale**2]]), freedom)
