"""Random laws of a pair (X, Y), from which the grid network learns what dependence looks like.

A family draws a law and n rows of it: ``(rng, n) -> x, y``. Families are broad, and their parameters are drawn from
continuous ranges, so that no law is a sampler of `skmine.synthetic` with a benchmark's own parameters; ``tests/
pretraining`` checks that.

All ranges and probabilities here are arbitrary choices of what is usual. They decide what the network reads well, and
never whether a score is honest: scores come from rows that the network has not read.
"""

from collections.abc import Callable

import numpy as np

Rng = np.random.Generator
Array = np.ndarray


def random_margin(rng: Rng, n: int) -> Array:
    """Values of roughly unit scale: normal, uniform, a mixture, or with heavy tails."""
    kind = rng.integers(0, 6)
    if kind == 0:
        return rng.uniform(-1.8, 1.8, n)
    if kind == 1:
        m = rng.integers(2, 5)
        centre, spread, part = rng.normal(size=m) * 1.5, rng.uniform(0.1, 0.8, m), rng.integers(0, m, n)
        return centre[part] + spread[part] * rng.normal(size=n)
    if kind == 2:
        return rng.standard_t(rng.uniform(1.5, 8), n)
    return rng.normal(size=n)


def random_noise(rng: Rng, n: int) -> Array:
    """Noise of roughly unit scale: bounded, with heavy tails, skewed or normal."""
    kind = rng.integers(0, 7)
    if kind == 0:
        return rng.uniform(-1, 1, n) * 1.7
    if kind == 1:
        return rng.standard_t(rng.uniform(1.2, 6), n) * 0.7
    if kind == 2:
        return rng.laplace(size=n) * 0.7
    if kind == 3:
        return rng.exponential(size=n) - 1
    return rng.normal(size=n)


def random_scale(rng: Rng) -> float:
    """A scale of noise, log-uniform; in an eighth of the cases very small, for nearly deterministic pairs."""
    low, high = (0.02, 6) if rng.random() < 0.88 else (0.004, 0.05)
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_function(rng: Rng) -> Callable[[Array], Array]:
    """A random function of one variable: waves, polynomials, steps, saturation, kinks, saw teeth."""
    kind, sign = rng.integers(0, 10), rng.choice([-1, 1])
    if kind == 0:
        speed, shift = np.exp(rng.uniform(np.log(0.3), np.log(14))), rng.uniform(0, 2 * np.pi)
        return lambda v: np.sin(speed * v + shift)
    if kind == 1:
        p = rng.normal(size=4) / np.array([1, 1, 2, 6])
        return lambda v: p[0] * v + p[1] * (v * v - 1) + p[2] * v**3 / 2
    if kind == 2:
        m = rng.integers(1, 6)
        frequency, phase = rng.gamma(1.5, 1.5, m), rng.uniform(0, 2 * np.pi, m)
        weight = rng.normal(size=m) / np.sqrt(m)
        return lambda v: np.sin(v[:, None] * frequency + phase) @ weight * 1.4
    if kind == 3:
        cuts = np.sort(rng.normal(size=rng.integers(1, 9)))
        levels = rng.normal(size=len(cuts) + 1)
        return lambda v: levels[np.searchsorted(cuts, v)]
    if kind == 4:
        slope, centre = rng.uniform(0.5, 6), rng.normal()
        return lambda v: sign * np.tanh(slope * (v - centre))
    if kind == 5:
        centre, power = rng.normal() * 0.5, rng.uniform(0.4, 2.5)
        return lambda v: sign * np.abs(v - centre) ** power
    if kind == 6:
        slope = rng.uniform(0.5, 6)
        return lambda v: (slope * v) % 1 * 2
    if kind == 7:
        width, n_levels = rng.uniform(0.2, 1.5), rng.integers(2, 6)
        return lambda v: np.floor(v / width) % n_levels
    return lambda v: sign * v


def standardise(v: Array) -> Array:
    """Scale to unit variance."""
    return v / (v.std() + 1e-9)


# Families ------------------------------------------------------------------------------------------


def independent(rng: Rng, n: int) -> tuple[Array, Array]:
    """Two margins, drawn independently."""
    return random_margin(rng, n), random_margin(rng, n)


def elliptical(rng: Rng, n: int) -> tuple[Array, Array]:
    """Gaussian or, in half of the cases, Student copulas; the correlation may be zero (dependent tails only)."""
    r = np.tanh(rng.normal() * rng.uniform(0.1, 2)) * (rng.random() < 0.85)
    z = rng.normal(size=(2, n))
    x, y = z[0], r * z[0] + np.sqrt(1 - r * r) * z[1]
    if rng.random() < 0.5:
        w = np.sqrt(rng.chisquare(rng.uniform(0.8, 8), n))
        x, y = x / w, y / w
    return x, y


def function_and_noise(rng: Rng, n: int) -> tuple[Array, Array]:
    """A function plus noise."""
    x = random_margin(rng, n)
    return x, standardise(random_function(rng)(x)) + random_scale(rng) * random_noise(rng, n)


def heteroscedastic(rng: Rng, n: int) -> tuple[Array, Array]:
    """Noise whose scale depends on the other side, with or without a function."""
    x = random_margin(rng, n)
    mean = random_function(rng)(x) * rng.choice([0, 1])
    spread = np.exp(rng.uniform(0.2, 1.5) * np.clip(random_function(rng)(x), -3, 3))
    return x, mean + random_scale(rng) * spread * random_noise(rng, n)


def planar_mixture(rng: Rng, n: int) -> tuple[Array, Array]:
    """A mixture of normal laws in the plane."""
    m = rng.integers(2, 9)
    centre = rng.normal(size=(m, 2)) * rng.uniform(0.5, 3)
    shape = rng.normal(size=(m, 2, 2)) * rng.uniform(0.1, 1)
    part = rng.choice(m, n, p=rng.dirichlet(np.ones(m)))
    z = centre[part] + np.einsum("nij,nj->ni", shape[part], rng.normal(size=(n, 2)))
    return z[:, 0], z[:, 1]


def checkerboard(rng: Rng, n: int) -> tuple[Array, Array]:
    """Random probabilities of the cells of a coarse board, uniform inside a cell."""
    rows, columns = rng.integers(2, 9, 2)
    cell = rng.choice(rows * columns, n, p=rng.dirichlet(np.full(rows * columns, rng.uniform(0.1, 2))))
    return cell // columns + rng.random(n), cell % columns + rng.random(n)


def closed_curve(rng: Rng, n: int) -> tuple[Array, Array]:
    """A circle or a Lissajous curve, plus noise."""
    angle = rng.uniform(0, 2 * np.pi, n)
    a, b = rng.integers(1, 4, 2)
    scale = random_scale(rng) * 0.5
    x = np.cos(a * angle + rng.uniform(0, 6)) + scale * random_noise(rng, n)
    return x, np.sin(b * angle) + scale * random_noise(rng, n)


def two_branches(rng: Rng, n: int) -> tuple[Array, Array]:
    """Sign flips and mixtures of two functions."""
    x, f = random_margin(rng, n), random_function(rng)
    other = random_function(rng)(x) if rng.random() < 0.5 else -f(x)
    y = np.where(rng.random(n) < rng.uniform(0.2, 0.8), f(x), other)
    return x, y + random_scale(rng) * 0.5 * random_noise(rng, n)


def common_cause(rng: Rng, n: int) -> tuple[Array, Array]:
    """Two functions of one hidden variable, plus noise."""
    z = random_margin(rng, n)
    x = random_function(rng)(z) + random_scale(rng) * 0.4 * random_noise(rng, n)
    return x, random_function(rng)(z) + random_scale(rng) * 0.4 * random_noise(rng, n)


def narrow_additive(rng: Rng, n: int) -> tuple[Array, Array]:
    """A bounded variable plus bounded noise: the support has sharp edges."""
    width = np.exp(rng.uniform(np.log(0.015), np.log(1.5)))
    if rng.random() < 0.6:
        x = rng.uniform(0, 1, n)
    else:
        a, b = rng.uniform(0.5, 3, 2)
        x = rng.beta(a, b, n)
    y = x + width * (rng.uniform(-1, 1, n) if rng.random() < 0.7 else rng.triangular(-1, rng.uniform(-1, 1), 1, n))
    return x, y


def contaminated(rng: Rng, n: int) -> tuple[Array, Array]:
    """Some of the rows are dependent, the others are shuffled."""
    x = random_margin(rng, n)
    y = random_function(rng)(x) + random_scale(rng) * 0.3 * random_noise(rng, n)
    return x, np.where(rng.random(n) < rng.uniform(0.1, 0.9), y, rng.permutation(y))


def weak(rng: Rng, n: int) -> tuple[Array, Array]:
    """A function plus noise that is larger than it."""
    x = random_margin(rng, n)
    return x, rng.uniform(0.02, 0.4) * standardise(random_function(rng)(x)) + random_noise(rng, n)


def multiplicative(rng: Rng, n: int) -> tuple[Array, Array]:
    """Positive, skewed values: the exponential of a function times noise, or counts with that mean."""
    x = random_margin(rng, n)
    rate = np.exp(np.clip(random_function(rng)(x), -4, 4))
    return x, (
        rng.poisson(rate * rng.uniform(0.3, 5)) if rng.random() < 0.5 else rate * rng.gamma(rng.uniform(0.5, 8), size=n)
    )


def rare_class(rng: Rng, n: int) -> tuple[Array, Array]:
    """A class of few rows (.3 to 15 %), whose odds depend on the other side."""
    x = random_margin(rng, n)
    drive = standardise(random_function(rng)(x)) + rng.uniform(0.02, 1.5) * random_noise(rng, n)
    share = np.exp(rng.uniform(np.log(0.003), np.log(0.15)))
    return x, (drive > np.quantile(drive, 1 - share)).astype(float)


def many_levels(rng: Rng, n: int) -> tuple[Array, Array]:
    """Twenty to 250 levels in no order, of unequal shares, against a number or against other levels."""
    k = int(np.exp(rng.uniform(np.log(20), np.log(250))))
    level = rng.choice(k, n, p=rng.dirichlet(np.full(k, rng.uniform(0.5, 5))))
    if rng.random() < 0.6:
        return rng.normal(size=k)[level] + random_scale(rng) * random_noise(rng, n), level
    m = int(np.exp(rng.uniform(np.log(4), np.log(100))))
    table = rng.dirichlet(np.full(m, rng.uniform(0.02, 1)), k).cumsum(1)
    own = (rng.random(n)[:, None] > table[level]).sum(1).clip(max=m - 1)
    return np.where(rng.random(n) < rng.uniform(0, 0.9), rng.integers(0, m, n), own), level


def strong_link(rng: Rng, n: int) -> tuple[Array, Array]:
    """A function plus very little noise, which may grow with its value: two to six nats."""
    x = random_margin(rng, n)
    y = standardise(random_function(rng)(x) + rng.uniform(0, 0.5) * x)
    noise = np.exp(rng.uniform(np.log(0.0015), np.log(0.08))) * random_noise(rng, n)
    return x, y + noise * (np.abs(y) if rng.random() < 0.3 else 1)


def sharp_support(rng: Rng, n: int) -> tuple[Array, Array]:
    """Uniform between two functions, on steps, or in a ring: densities that end at edges."""
    x, kind = rng.uniform(-1.8, 1.8, n) if rng.random() < 0.7 else random_margin(rng, n), rng.integers(0, 3)
    if kind == 0:
        f, g = random_function(rng)(x), random_function(rng)(x)
        return x, f + rng.random(n) * (g - f) + rng.uniform(0, 0.2) * rng.random(n)
    if kind == 1:
        cuts = np.sort(rng.uniform(-1.8, 1.8, rng.integers(1, 9)))
        return x, rng.normal(size=len(cuts) + 1)[np.searchsorted(cuts, x)] + rng.uniform(0.02, 2) * rng.random(n)
    radius, angle = np.sqrt(rng.uniform(rng.uniform(0, 0.95), 1, n)), rng.uniform(0, 2 * np.pi, n)
    return radius * np.cos(angle), rng.uniform(0.2, 1) * x * (rng.random() < 0.2) + radius * np.sin(angle)


#: Families, and how often each is drawn, relative to the others. Arbitrary.
FAMILIES: list[tuple[Callable[[Rng, int], tuple[Array, Array]], float]] = [
    (independent, 2.0),
    (elliptical, 2.5),
    (function_and_noise, 5.0),
    (heteroscedastic, 1.5),
    (planar_mixture, 1.0),
    (checkerboard, 0.7),
    (closed_curve, 1.0),
    (two_branches, 1.0),
    (common_cause, 1.0),
    (narrow_additive, 1.2),
    (contaminated, 1.0),
    (weak, 2.0),
    (multiplicative, 0.6),
    (rare_class, 1.0),
    (many_levels, 1.0),
    (strong_link, 1.5),
    (sharp_support, 1.0),
]


def draw_pair(rng: Rng, n: int) -> tuple[Array, Array]:
    """Draw a family, a law of it and n rows of that; all values are finite, and no side is constant."""
    weights = np.array([w for _, w in FAMILIES])
    while True:
        family = FAMILIES[rng.choice(len(FAMILIES), p=weights / weights.sum())][0]
        x, y = family(rng, n)
        if all(np.isfinite(v).all() and v.std() > 0 for v in (x, y)):
            break
    return (x, y) if rng.random() < 0.5 else (y, x)
