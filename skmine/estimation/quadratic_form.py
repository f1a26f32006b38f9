"""The upper tail of a sum of weighted squares of independent standard normal variables.

Design notes. P(sum_k w_k Z_k^2 > t) is an integral of exp(K(z) - z t) / z along any path to the right of 0 and left of
the first branch point 1 / (2 max w), with K(z) = -1/2 sum_k log(1 - 2 w_k z). Along the path of steepest descent
through the saddlepoint nothing cancels, so that a few dozen points give all digits at any depth (Rice 1980,
"Distribution of quadratic forms in normal random variables: evaluation by numerical integration", SIAM J. Sci. Stat.
Comput. 1). Four moments (Liu, Tang and Zhang 2009) give a twentieth of 1e-6 here, the saddlepoint's formula .93 of .05.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]

#: Points of the path above the real axis, and their distance in standard deviations.
POINTS = 20
STEP = 0.4

#: Steps of bisection to the saddlepoint.
BISECTIONS = 60

#: The path stays left of this share of the way to the branch point where the saddlepoint is near 0, whose pole it must
#: not come close to.
NEAR_POLE = 0.5


def compute_tail(values: ArrayLike, weights: ArrayLike) -> Array:
    """P(sum_k w_k Z_k^2 > t) for each value t: three digits at any depth, and .02 where it is near 1.

    Parameters
    ----------
    values : array-like of shape (d,)
    weights : array-like of shape (m,), or (d, m) of each value
        Positive; of each value, 0 for none.

    Returns
    -------
    ndarray of shape (d,)
    """
    t = np.maximum(np.asarray(values, float), 0.0)
    w = np.asarray(weights, float)
    if w.ndim == 1:
        w, times = np.unique(np.round(w, 12), return_counts=True)
    else:
        times = np.ones(w.shape[1], np.int64)
    if w.shape[-1] == 1:
        return np.asarray(stats.chi2.sf(t / w[..., 0], times[0]))
    saddle = _find_saddlepoints(t, w, times)
    share = w / (1 - 2 * w * saddle[:, None])
    second, third = 2 * (share**2 @ times), 8 * (share**3 @ times)
    # The path bends to the right, as the third derivative says, and so does its direction.
    up = (np.arange(POINTS) + 0.5) * STEP / np.sqrt(second)[:, None]
    bend = (third / (6 * second))[:, None]
    z = saddle[:, None] + bend * up**2 + 1j * up
    direction = (2 * bend * up + 1j) * STEP / np.sqrt(second)[:, None]
    exponent = -z * t[:, None]
    for one, n in zip(w.T[..., None], times, strict=True):
        exponent -= n / 2 * np.log(1 - 2 * one * z)
    return np.clip((np.exp(exponent) / z * direction).imag.sum(1) / np.pi, 0.0, 1.0)


def _find_saddlepoints(t: Array, w: Array, times: NDArray[np.int64]) -> Array:
    """Where K' = t, or further right where that is near the pole at 0 or left of it, (d,)."""
    branch = 0.5 / w.max(-1)
    low, high = np.zeros_like(t), np.broadcast_to(branch * (1 - 1e-14), t.shape)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        beyond = w / (1 - 2 * w * middle[:, None]) @ times > t
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return np.maximum((low + high) / 2, np.minimum(1 / np.sqrt(2 * (w**2 @ times)), NEAR_POLE * branch))
