"""One column each: X = f(Y) + s(Y) * E with Y standard normal, whose MI is an integral over two dimensions.

The integral is computed once, by quadrature.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from skmine.synthetic.sampler import Array, Sampler, entropy

#: Standard normal noise, the default of `noisy_function`.
NORMAL = stats.norm()


def noisy_function_mi(f: Callable[[Array], Array], s: Callable[[Array], Array], noise: Any = NORMAL) -> float:
    """I(X; Y) of X = f(Y) + s(Y) E with Y standard normal and independent noise E.

    I = h(X) - E h(X | Y). The second term is h(E) + E log s(Y). The first is the entropy of a continuous
    mixture, by quadrature: with 4,001 points of Y, 8 points of X per unit of the narrowest noise (at most
    20,000) and, if the noise has long tails, geometric steps out to where a billionth of it is left.

    Parameters
    ----------
    f, s : callable(array) -> array
        Mean and scale of X given Y; the scale is positive.
    noise : frozen distribution of scipy.stats, default=NORMAL
        The law of E.

    Returns
    -------
    float
        Nats.

    Examples
    --------
    >>> from skmine.synthetic import constant, noisy_function_mi
    >>> round(noisy_function_mi(lambda v: v, constant(1.0)), 4)  # 1/2 log 2
    0.3466
    """
    y = np.linspace(-6, 6, 4001)
    weight = np.exp(-y * y / 2)
    weight /= weight.sum()
    mean, scale = f(y), s(y)
    low, high = (mean - 8 * scale).min(), (mean + 8 * scale).max()
    x = np.linspace(low, high, int(np.clip(8 * (high - low) / scale.min(), 1_000, 20_000)))
    reach = float(noise.isf(1e-9)) * scale.max()
    if reach > 8 * scale.max():
        steps = np.geomspace((high - low) / len(x), reach, 2_000)
        x = np.concatenate([low - steps[::-1], x, high + steps])
    pdf = _normal_pdf if noise is NORMAL else noise.pdf  # SciPy's takes three times as long
    density = np.empty_like(x)
    for part in np.array_split(np.arange(len(x)), len(x) // 250):  # 8 MB at a time
        density[part] = pdf((x[part, None] - mean) / scale) @ (weight / scale)
    return float(entropy(x, density) - noise.entropy() - weight @ np.log(scale))


def _normal_pdf(z: Array) -> Array:
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def noisy_function(name: str, f: Callable[[Array], Array], s: Callable[[Array], Array], noise: Any = NORMAL) -> Sampler:
    """X = f(Y) + s(Y) E with Y standard normal and independent noise E; I by `noisy_function_mi`.

    Parameters
    ----------
    name : str
        Name of the law.
    f, s : callable(array) -> array
        Mean and scale of X given Y; the scale is positive.
    noise : frozen distribution of scipy.stats, default=NORMAL
        The law of E.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import constant, noisy_function
    >>> x, y = noisy_function("wave", np.sin, constant(0.1)).draw(np.random.default_rng(0), 100)
    >>> bool(np.abs(x - np.sin(y)).max() < 0.5)
    True
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.normal(size=n)
        return f(y) + s(y) * noise.rvs(n, random_state=rng), y

    return Sampler(name, draw, noisy_function_mi(f, s, noise))


def constant(value: float) -> Callable[[Array], Array]:
    """The function that has the same value everywhere.

    Parameters
    ----------
    value : float
        The value.

    Returns
    -------
    callable(array) -> array
        Takes an array, returns one of the same shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import constant
    >>> constant(0.3)(np.zeros(2))
    array([0.3, 0.3])
    """
    return lambda v: np.full_like(v, value)
