"""Pairs of series with known transfer entropy."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from skmine.synthetic.sampler import Array

#: Rows that are drawn before those that are handed out, so that these are from the stationary law.
BURN_IN = 500


@dataclass(frozen=True)
class SeriesSampler:
    """A law of two series with known transfer entropy.

    Parameters
    ----------
    name : str
        Names the family and its parameters.
    draw : callable(rng, n) -> x, y
        Draws n consecutive rows: x and y of shape (n,).
    transfer_entropy : float
        From x to y, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import SeriesSampler
    >>> noise = SeriesSampler("noise", lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), 0.0)
    >>> x, y = noise.draw(np.random.default_rng(0), 4)
    >>> x.shape
    (4,)
    """

    name: str
    draw: Callable[[np.random.Generator, int], tuple[Array, Array]]
    transfer_entropy: float


def linear_series(
    name: str, coefficients: ArrayLike, noise: ArrayLike = ((1.0, 0.0), (0.0, 1.0)), *, lags: int | None = None
) -> SeriesSampler:
    """Two series that are jointly normal, each a linear function of the rows before and of noise.

    z of t is the sum over k of A_k z of t - k, plus noise, with z = (x, y). The covariance of p rows solves Lyapunov's
    equation S = A S A' + Q of the companion matrix A; transfer entropy is 1/2 log of the ratio of the variances of y
    that its own past leaves, and its own past and that of x (Barnett, Barrett and Seth 2009).

    Parameters
    ----------
    name : str
        Name of the law.
    coefficients : array-like of shape (p, 2, 2)
        A_1, ..., A_p; the law must be stationary.
    noise : array-like of shape (2, 2), default=identity
        Covariance of the noise.
    lags : int or None, default=None
        Rows before that are the past; None: p.

    Returns
    -------
    SeriesSampler

    Raises
    ------
    ValueError
        If the law is not stationary.

    Examples
    --------
    >>> from skmine.synthetic import linear_series
    >>> round(linear_series("one way", [[[0.0, 0.0], [1.0, 0.0]]]).transfer_entropy, 4)  # y is x before, plus noise
    0.3466
    """
    steps, noise = np.asarray(coefficients, float), np.asarray(noise, float)
    order = len(steps)
    companion = np.eye(2 * order, k=-2)
    companion[:2] = np.concatenate(steps, axis=1)
    largest = float(np.abs(np.linalg.eigvals(companion)).max())
    if largest >= 1:
        raise ValueError(f"coefficients make no stationary law: their largest root is {largest:.3g}; scale them down.")
    past = order if lags is None else lags
    root = np.linalg.cholesky(noise)

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        rows = rng.normal(size=(n + BURN_IN, 2)) @ root.T
        for t in range(order, len(rows)):
            rows[t] += sum(step @ rows[t - k] for k, step in enumerate(steps, 1))
        return rows[BURN_IN:, 0], rows[BURN_IN:, 1]

    return SeriesSampler(name, draw, _compute_transfer(companion, noise, past))


def _compute_transfer(companion: Array, noise: Array, lags: int) -> float:
    """Transfer entropy from the first series to the second by so many lags, in nats."""
    of_noise = np.zeros_like(companion)
    of_noise[:2, :2] = noise
    now = linalg.solve_discrete_lyapunov(companion, of_noise)
    later = [now[:2, :2]]  # covariances of z of t with z of t - k
    for _ in range(lags):
        now = companion @ now
        later.append(now[:2, :2])
    size = range(lags + 1)
    covariance = np.block([[later[j - i] if j >= i else later[i - j].T for j in size] for i in size])
    own = [1, *range(3, 2 * lags + 2, 2)]
    every = [1, *range(2, 2 * lags + 2)]
    return float(np.log(_leave_variance(covariance, own) / _leave_variance(covariance, every)) / 2)


def _leave_variance(covariance: Array, places: list[int]) -> float:
    """Variance of the first of some variables that the others leave."""
    return float(1 / np.linalg.inv(covariance[np.ix_(places, places)])[0, 0])
