"""Named samplers of a pair (X, Y) with known mutual information, and how it is known.

`shapes` reads as a table: X = f(Y) + s(Y) * E with Y and E standard normal, whose MI is a
two-dimensional integral, computed once by quadrature. The other samplers have closed forms.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import trapezoid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sampler:
    """A law with known MI.

    Attributes
    ----------
    name : str
    draw : callable(rng, n) -> x, y
        Two arrays of shape (n,).
    mi : float
        I(X; Y) in nats.
    """

    name: str
    draw: Callable[[np.random.Generator, int], tuple[Array, Array]]
    mi: float


def noisy_function_mi(f: Callable[[Array], Array], s: Callable[[Array], Array]) -> float:
    """I(X; Y) in nats of X = f(Y) + s(Y) E with Y, E independent standard normal.

    I = h(X) - E h(X | Y): the second term is 1/2 log(2 pi e) + E log s(Y); the first is the entropy
    of a continuous mixture of normals, by quadrature: 4,001 points of Y, 8 points of X in each
    standard deviation of the narrowest noise (at most 20,000).
    """
    y = np.linspace(-6, 6, 4001)
    weight = np.exp(-y * y / 2)
    weight /= weight.sum()
    mean, scale = f(y), s(y)
    low, high = (mean - 8 * scale).min(), (mean + 8 * scale).max()
    x = np.linspace(low, high, int(np.clip(8 * (high - low) / scale.min(), 1_000, 20_000)))
    density = np.empty_like(x)
    for part in np.array_split(np.arange(len(x)), len(x) // 250):  # 8 MB at a time
        z = (x[part, None] - mean) / scale
        density[part] = np.exp(-z * z / 2) / (scale * np.sqrt(2 * np.pi)) @ weight
    inside = density > 0
    entropy = -trapezoid(np.where(inside, density * np.log(np.where(inside, density, 1)), 0), x)
    return float(entropy - 0.5 * np.log(2 * np.pi * np.e) - weight @ np.log(scale))


def noisy_function(name: str, f: Callable[[Array], Array], s: Callable[[Array], Array]) -> Sampler:
    """X = f(Y) + s(Y) E with Y, E independent standard normal."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.normal(size=n)
        return f(y) + s(y) * rng.normal(size=n), y

    return Sampler(name, draw, noisy_function_mi(f, s))


def constant(value: float) -> Callable[[Array], Array]:
    """The function that is `value` everywhere."""
    return lambda v: np.full_like(v, value)


def normal_pair(correlation: float) -> Sampler:
    """Bivariate normal: I = -1/2 log(1 - rho^2)."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, noise = rng.normal(size=(2, n))
        return x, correlation * x + np.sqrt(1 - correlation**2) * noise

    return Sampler(f"normal {correlation:g}", draw, float(-0.5 * np.log(1 - correlation**2)))


def additive_uniform(width: float) -> Sampler:
    """Y uniform on (0, 1), X = Y + uniform on (-w, w), w <= 1/2.

    X has a flat top of height 1 and two ramps of width 2 w, so h(X) = w and h(X | Y) = log 2 w:
    I = w - log 2 w.
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.uniform(size=n)
        return y + rng.uniform(-width, width, n), y

    return Sampler(f"additive {width:g}", draw, float(width - np.log(2 * width)))


def independent_pair() -> Sampler:
    """Two independent standard normals: I = 0."""
    return Sampler("independent", lambda rng, n: tuple(rng.normal(size=(2, n))), 0.0)


def table_mi(joint: NDArray[np.float64]) -> float:
    """I in nats of a joint probability table."""
    product = joint.sum(1, keepdims=True) * joint.sum(0)
    return float((joint[joint > 0] * np.log(joint[joint > 0] / product[joint > 0])).sum())


def discrete_table(name: str, joint: NDArray[np.float64]) -> Sampler:
    """Two discrete variables with a joint probability table."""
    joint = np.asarray(joint, float) / np.sum(joint)

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        cell = rng.choice(joint.size, n, p=joint.ravel())
        return cell // joint.shape[1], cell % joint.shape[1]

    return Sampler(name, draw, table_mi(joint))


@functools.cache
def shapes() -> tuple[Sampler, ...]:
    """Shapes of dependence of one column with another, smooth, wiggly, stepped, weak and sharp."""
    return (
        noisy_function("sin 6y", lambda v: np.sin(6 * v), constant(0.3)),
        noisy_function("sin 4y", lambda v: np.sin(4 * v), constant(0.3)),
        noisy_function("steps", lambda v: np.floor(2 * v) % 3, constant(0.3)),
        noisy_function("fan", constant(0.0), lambda v: 0.2 + np.abs(v)),
        noisy_function("vee", np.abs, constant(0.4)),
        noisy_function("weak", lambda v: 0.2 * v, constant(1.0)),
        noisy_function("cube", lambda v: v**3 / 3, constant(0.3)),
        normal_pair(0.75),
        additive_uniform(0.1),
        independent_pair(),
    )
