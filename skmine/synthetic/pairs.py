"""One column each: mostly X = f(Y) + s(Y) * E with Y standard normal, whose MI is a two-dimensional integral.

That is computed once by quadrature. The other samplers have closed forms, or integrals of their own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from scipy.integrate import trapezoid

from skmine.synthetic.sampler import Array, Sampler, entropy

NORMAL = stats.norm()


def noisy_function_mi(f: Callable[[Array], Array], s: Callable[[Array], Array], noise: Any = NORMAL) -> float:
    """I(X; Y) in nats of X = f(Y) + s(Y) E with Y standard normal and E independent noise.

    I = h(X) - E h(X | Y): the second term is h(E) + E log s(Y); the first is the entropy of a
    continuous mixture, by quadrature: 4,001 points of Y, 8 points of X in each unit of the narrowest
    noise (at most 20,000) and, where the noise has long tails, geometric steps out to where a
    billionth of it is left.
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
    pdf = _normal_pdf if noise is NORMAL else noise.pdf  # SciPy's costs three times as much
    density = np.empty_like(x)
    for part in np.array_split(np.arange(len(x)), len(x) // 250):  # 8 MB at a time
        density[part] = pdf((x[part, None] - mean) / scale) @ (weight / scale)
    return float(entropy(x, density) - noise.entropy() - weight @ np.log(scale))


def _normal_pdf(z: Array) -> Array:
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def noisy_function(name: str, f: Callable[[Array], Array], s: Callable[[Array], Array], noise: Any = NORMAL) -> Sampler:
    """X = f(Y) + s(Y) E with Y standard normal and E independent, a frozen law of scipy.stats."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.normal(size=n)
        return f(y) + s(y) * noise.rvs(n, random_state=rng), y

    return Sampler(name, draw, noisy_function_mi(f, s, noise))


def constant(value: float) -> Callable[[Array], Array]:
    """The function that is `value` everywhere."""
    return lambda v: np.full_like(v, value)


def normal_pair(correlation: float) -> Sampler:
    """Bivariate normal: I = -1/2 log(1 - rho^2)."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, noise = rng.normal(size=(2, n))
        return x, correlation * x + np.sqrt(1 - correlation**2) * noise

    return Sampler(f"normal {correlation:g}", draw, float(-0.5 * np.log(1 - correlation**2)))


def student_pair(correlation: float, freedom: float) -> Sampler:
    """Bivariate Student's t: I = 2 h(t) - h(t_2), whose entropies are known. Its tails go together."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = normal_pair(correlation).draw(rng, n) / np.sqrt(rng.chisquare(freedom, n) / freedom)
        return x, y

    joint = stats.multivariate_t(shape=[[1, correlation], [correlation, 1]], df=freedom)
    mi = 2 * stats.t(freedom).entropy() - joint.entropy()
    return Sampler(f"Student {correlation:g}, {freedom:g} df", draw, float(mi))


def sign_flip(noise: float) -> Sampler:
    """X = B Y + noise * E with Y, E standard normal and B = +-1: uncorrelated, and far from independent.

    X is normal; given Y = y it is a mixture of two normals at +-y, whose entropy is a quadrature.
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.normal(size=n)
        return rng.choice([-1.0, 1.0], n) * y + noise * rng.normal(size=n), y

    y = np.linspace(0, 6, 601)
    weight = np.exp(-y * y / 2)
    weight /= weight.sum()
    x = np.linspace(-6 - 8 * noise, 6 + 8 * noise, 4001)
    given = (stats.norm.pdf(x, y[:, None], noise) + stats.norm.pdf(x, -y[:, None], noise)) / 2
    mi = 0.5 * np.log(2 * np.pi * np.e * (1 + noise**2)) - weight @ entropy(x, given)
    return Sampler("sign flip", draw, float(mi))


def circle(noise: float) -> Sampler:
    """A point of the unit circle plus normal noise on both coordinates.

    I = 2 h(X) - h(X, Y): the plane's density depends on the radius r alone, it is
    exp(-(r^2 + 1) / 2 s^2) I_0(r / s^2) / (2 pi s^2); X is a mixture of normals over the angle.
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        angle = rng.uniform(0, 2 * np.pi, n)
        return np.cos(angle) + noise * rng.normal(size=n), np.sin(angle) + noise * rng.normal(size=n)

    r = np.linspace(0, 1 + 10 * noise, 8001)
    plane = special.ive(0, r / noise**2) * np.exp(-((r - 1) ** 2) / (2 * noise**2)) / (2 * np.pi * noise**2)
    both = -trapezoid(special.xlogy(plane, plane) * 2 * np.pi * r, r)
    x, angle = np.linspace(-1 - 8 * noise, 1 + 8 * noise, 4001), (np.arange(2_000) + 0.5) * np.pi / 2_000
    one = entropy(x, stats.norm.pdf(x[:, None], np.cos(angle), noise).mean(1))
    return Sampler("circle", draw, float(2 * one - both))


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
