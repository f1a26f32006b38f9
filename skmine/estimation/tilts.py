"""Critics and estimates of levels whose laws are smooth: exponential tilts of the common law.

Design notes. A tilt multiplies the common law by the exponential of a line and a parabola in normal scores. It only
holds a shift and a spread, but learns these from few rows: of the levels of a smooth law, and of a rare class. How far
tilts go is learned from all levels together (empirical Bayes, by moments).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from skmine.estimation.levels import Array, LevelFit

#: Degrees of a tilt: a shift and a spread. A third one, measured on normal levels of 25 and 100 rows, added nothing,
#: and made the tails of few rows wild.
DEGREES = 2

#: Levels from which on the spread of the tilts is learned from them; of fewer, it is taken as `WIDE_TILT`.
FEWEST_TO_LEARN = 20

#: Standard deviation of a tilt's coefficients where it cannot be learned: a shift by two standard deviations is common.
WIDE_TILT = 2.0

#: Share of the variance between levels that a tilt's first guess is held to: above 0, so that weak links still have an
#: order, and below 1.
BETWEEN_LIMITS = (1e-3, 0.9)

#: Factor of the tilts' variance by moments: levels are rarely normal. Measured on ten laws of 50 to 3,000 levels, twice
#: that variance is ahead by .001 to .009 nats held out (and behind by .0004 once), four times on the whole not.
WIDER = 2.0

#: Newton steps at most. Three to eight are taken.
NEWTON_STEPS = 20

#: Change of the coefficients at which Newton's method stops.
CONVERGED = 1e-3

#: Keeps divisions and quantiles finite.
TINY = 1e-12


def fit_tilts(counts: Array, *, last_is_missing: bool = False) -> LevelFit:
    """A critic of levels by exponential tilts of the common law, and the information of the levels.

    Parameters
    ----------
    counts : ndarray of shape (K, G)
        Rows of each level in each node of an ordered column.
    last_is_missing : bool
        Whether the last node is that of missing values, which has no place in the order.
    """
    common = counts.sum(0) / counts.sum()
    basis = _make_basis(common, last_is_missing)  # (G, J)
    problem = _TiltProblem(counts.sum(1), counts @ basis, common, basis)
    variance = np.full(basis.shape[1], WIDE_TILT**2)
    if len(counts) >= FEWEST_TO_LEARN:
        variance = problem.estimate_variance()
    coefficients, freedom = problem.solve(variance)
    values = coefficients @ basis.T - problem.log_size(coefficients)[:, None]
    n = counts.sum()
    # Rows that the tilts were fitted on say too much, by half a nat for each coefficient that the prior leaves free.
    optimism = (freedom * (1 - counts.sum(1) / n)).sum() / 2
    return LevelFit(values, float(((counts * values).sum() - optimism) / n))


def _make_basis(common: Array, last_is_missing: bool) -> Array:
    """Powers of the nodes' normal scores, orthonormal under the common law; and an indicator of missing values."""
    present = common.copy()
    if last_is_missing:
        present[-1] = 0.0
    middle = (np.cumsum(present) - present / 2) / max(present.sum(), TINY)
    score = special.ndtri(np.clip(middle, TINY, 1 - TINY))
    score[present == 0] = 0.0
    columns = [score**power for power in range(1, DEGREES + 1)]
    if last_is_missing:
        columns = [np.where(present > 0, c, 0.0) for c in columns]
        columns.append((present == 0).astype(float))
    kept: list[Array] = []
    for column in columns:
        for other in [np.ones_like(common), *kept]:
            column = column - (common * column * other).sum() * other
        size = np.sqrt((common * column**2).sum())
        if size > np.sqrt(TINY):
            kept.append(column / size)
    return np.stack(kept, axis=1) if kept else np.empty((len(common), 0))


@dataclass(frozen=True)
class _TiltProblem:
    """K penalised likelihoods: rows (K,), sums of the basis over each level's rows (K, J), the law that is tilted."""

    rows: Array
    sums: Array
    common: Array
    basis: Array

    def log_size(self, coefficients: Array) -> Array:
        """Log of the mean of exp(tilt) under the common law, (K,)."""
        return self._tilt(coefficients)[0]

    def estimate_variance(self) -> Array:
        """Variances of the coefficients over the levels, (J,), by moments.

        Under the common law, a level's sum of a basis function has the variance of its rows; what it has beyond is the
        share of the variance that lies between levels, rho. Normal levels have tilts of variance rho / (1 - rho)**2.
        """
        excess = (self.sums**2 / np.maximum(self.rows, 1)[:, None] - 1).sum(0)
        between = np.clip(excess / self.rows.sum(), *BETWEEN_LIMITS)
        return np.asarray(WIDER * between / (1 - between) ** 2)

    def solve(self, variance: Array) -> tuple[Array, Array]:
        """Coefficients (K, J) and degrees of freedom (K,), by Newton's method."""
        a, precision = np.zeros_like(self.sums), 1 / variance
        value = self._evaluate(a, precision)
        for _ in range(NEWTON_STEPS):
            information, slope = self._curve(a)
            move = np.linalg.solve(information + np.diag(precision), (slope - precision * a)[:, :, None])[:, :, 0]
            # Halved where it would go down, at most ten times.
            length = np.ones(len(a))
            for _ in range(10):
                after = self._evaluate(a + length[:, None] * move, precision)
                worse = after < value
                if not worse.any():
                    break
                length[worse] /= 2
            length[after < value] = 0.0
            a = a + length[:, None] * move
            value = np.maximum(after, value)
            if np.abs(length[:, None] * move).max(initial=0.0) < CONVERGED:
                break
        information, _ = self._curve(a)
        free = np.linalg.solve(information + np.diag(precision), information)
        return a, np.asarray(np.trace(free, axis1=1, axis2=2))

    def _tilt(self, a: Array) -> tuple[Array, Array]:
        """Log sizes (K,) and the tilted laws (K, G)."""
        exponent = np.where(self.common > 0, a @ self.basis.T, -np.inf)
        most = exponent.max(1, keepdims=True)
        weight = np.exp(exponent - most) * self.common
        size = weight.sum(1, keepdims=True)
        return (np.log(size) + most)[:, 0], weight / size

    def _evaluate(self, a: Array, precision: Array) -> Array:
        """Penalised log likelihoods, (K,)."""
        penalty = 0.5 * (precision * a**2).sum(1)
        value: Array = (a * self.sums).sum(1) - self.rows * self.log_size(a) - penalty
        return value

    def _curve(self, a: Array) -> tuple[Array, Array]:
        """Fisher informations (K, J, J) and slopes (K, J) of the likelihoods without the penalty."""
        _, law = self._tilt(a)
        mean = law @ self.basis
        products = (self.basis[:, :, None] * self.basis[:, None, :]).reshape(len(self.common), -1)
        second = (law @ products).reshape(len(a), *[self.basis.shape[1]] * 2)
        spread = second - mean[:, :, None] * mean[:, None, :]
        return self.rows[:, None, None] * spread, self.sums - self.rows[:, None] * mean
