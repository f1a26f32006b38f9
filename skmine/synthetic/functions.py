"""A function of several columns, seen with noise or as a label: I is an entropy of one column less the noise's."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import signal, stats

from skmine.synthetic.mixed import binary_entropy
from skmine.synthetic.sampler import Array, Rows, Sampler, entropy

#: Rows that a function's law is read from, drawn once: shares have standard errors of .0005 at most.
ROWS_OF_LAW = 1_000_000

#: Points per standard deviation of the noise where a density is written down.
POINTS = 8

#: Share of the rows at either end whose density is not written down.
END = 1e-5

#: Columns: `draw(rng, n)` returns independent rows (n, d).
DrawColumns = Callable[[np.random.Generator, int], Array]


def draw_columns(dim: int, law: Any = None) -> DrawColumns:
    """Independent columns of one law.

    Parameters
    ----------
    dim : int
        Number of columns.
    law : frozen distribution of scipy.stats, default=None
        None is the standard normal law.

    Returns
    -------
    callable(rng, n) -> ndarray of shape (n, dim)

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import draw_columns
    >>> draw_columns(3)(np.random.default_rng(0), 5).shape
    (5, 3)
    """
    chosen = stats.norm() if law is None else law
    return lambda rng, n: np.asarray(chosen.rvs((n, dim), random_state=rng), float)


def noisy_target(name: str, columns: DrawColumns, function: Callable[[Array], Array], noise: float = 1.0) -> Sampler:
    """Y = f(X) + s E with standard normal E: I = h(Y) - h(s E).

    The density of Y is that of f(X), counted in 1,000,000 rows, smoothed with the noise's.

    Parameters
    ----------
    name : str
        Name of the law.
    columns : callable(rng, n) -> ndarray of shape (n, d)
        Draws X.
    function : callable(ndarray of shape (n, d)) -> ndarray of shape (n,)
        f.
    noise : float, default=1.0
        s.

    Returns
    -------
    Sampler
        X of shape (n, d), Y of shape (n, 1).

    Examples
    --------
    >>> from skmine.synthetic import draw_columns, noisy_target
    >>> law = noisy_target("sum", draw_columns(2), lambda x: x.sum(1))
    >>> round(law.mi, 2)  # 1/2 log 3
    0.55
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        x = columns(rng, n)
        return x, (function(x) + noise * rng.normal(size=n))[:, None]

    values = function(columns(np.random.default_rng(0), ROWS_OF_LAW))
    low, high = np.quantile(values, [END, 1 - END])
    step = noise / POINTS
    edges = np.arange(low - 8 * noise, high + 8 * noise + step, step)
    share = np.histogram(values, edges)[0] / len(values)
    kernel = stats.norm.pdf(np.arange(-8 * POINTS, 8 * POINTS + 1) / POINTS) / noise
    density = np.maximum(signal.fftconvolve(share, kernel, mode="same"), 0.0)
    of_noise = 0.5 * np.log(2 * np.pi * np.e * noise**2)
    return Sampler(name, draw, float(entropy((edges[1:] + edges[:-1]) / 2, density) - of_noise))


def labels(name: str, columns: DrawColumns, rule: Callable[[Array], Array], flip: float = 0.0) -> Sampler:
    """Y the label f(X), replaced by another one with probability `flip`: I = H(Y) - H(Y | X).

    Given X, Y is its label with probability 1 - flip, and each of the other k - 1 with flip / (k - 1). The labels'
    shares are counted in 1,000,000 rows.

    Parameters
    ----------
    name : str
        Name of the law.
    columns : callable(rng, n) -> ndarray of shape (n, d)
        Draws X.
    rule : callable(ndarray of shape (n, d)) -> ndarray of int of shape (n,)
        f, with labels 0 to k - 1.
    flip : float, default=0.0
        Probability of another label.

    Returns
    -------
    Sampler
        X of shape (n, d), Y of shape (n, 1).

    Examples
    --------
    >>> from skmine.synthetic import draw_columns, labels
    >>> law = labels("same sign", draw_columns(2), lambda x: (x[:, 0] * x[:, 1] > 0).astype(int))
    >>> round(law.mi, 3)  # log 2
    0.693
    """
    share = np.bincount(rule(columns(np.random.default_rng(0), ROWS_OF_LAW))) / ROWS_OF_LAW
    others = len(share) - 1

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        x = columns(rng, n)
        y = rule(x)
        moved = np.where(rng.random(n) < flip, rng.integers(1, len(share), n) if others else 0, 0)
        return x, ((y + moved) % len(share))[:, None]

    seen = share * (1 - flip) + (1 - share) * flip / max(others, 1)
    given_x = binary_entropy(flip) + flip * np.log(max(others, 1))
    return Sampler(name, draw, float(stats.entropy(seen) - given_x))
