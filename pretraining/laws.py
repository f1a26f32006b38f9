"""Random laws of a pair (X, Y): what the grid critic learns dependence from.

A law is a drawn generator ``(rng, n) -> x, y``. Families are broad and their parameters are drawn
from continuous ranges, so no law is a benchmark's named sampler with a benchmark's own parameters;
``tests/pretraining`` holds that. Margins are then made continuous, tied, categorical, zero-inflated
or partly missing, because the critic meets all of these.
"""

from collections.abc import Callable

import numpy as np

from skmine.data.coding import category_nodes, quantile_nodes

Rng = np.random.Generator
Array = np.ndarray


def random_margin(rng: Rng, n: int) -> Array:
    """A driver of roughly unit scale: normal, uniform, mixture or heavy-tailed."""
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
    """Noise of roughly unit scale: bounded, heavy-tailed, skewed or normal."""
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
    """A noise scale, log-uniform; a tenth of the time very small (nearly deterministic pairs)."""
    low, high = (0.02, 6) if rng.random() < 0.88 else (0.004, 0.05)
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_function(rng: Rng) -> Callable[[Array], Array]:
    """A random univariate function: waves, polynomials, steps, saturation, kinks, saw teeth."""
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


def standardised(v: Array) -> Array:
    return v / (v.std() + 1e-9)


# Families ------------------------------------------------------------------------------------------


def independent(rng: Rng, n: int) -> tuple[Array, Array]:
    return random_margin(rng, n), random_margin(rng, n)


def elliptical(rng: Rng, n: int) -> tuple[Array, Array]:
    """Gaussian or, half of the time, Student copulas; the correlation may be zero (tails only)."""
    r = np.tanh(rng.normal() * rng.uniform(0.1, 2)) * (rng.random() < 0.85)
    z = rng.normal(size=(2, n))
    x, y = z[0], r * z[0] + np.sqrt(1 - r * r) * z[1]
    if rng.random() < 0.5:
        w = np.sqrt(rng.chisquare(rng.uniform(0.8, 8), n))
        x, y = x / w, y / w
    return x, y


def function_and_noise(rng: Rng, n: int) -> tuple[Array, Array]:
    x = random_margin(rng, n)
    return x, standardised(random_function(rng)(x)) + random_scale(rng) * random_noise(rng, n)


def heteroscedastic(rng: Rng, n: int) -> tuple[Array, Array]:
    x = random_margin(rng, n)
    mean = random_function(rng)(x) * rng.choice([0, 1])
    spread = np.exp(rng.uniform(0.2, 1.5) * np.clip(random_function(rng)(x), -3, 3))
    return x, mean + random_scale(rng) * spread * random_noise(rng, n)


def planar_mixture(rng: Rng, n: int) -> tuple[Array, Array]:
    m = rng.integers(2, 9)
    centre = rng.normal(size=(m, 2)) * rng.uniform(0.5, 3)
    shape = rng.normal(size=(m, 2, 2)) * rng.uniform(0.1, 1)
    part = rng.choice(m, n, p=rng.dirichlet(np.ones(m)))
    z = centre[part] + np.einsum("nij,nj->ni", shape[part], rng.normal(size=(n, 2)))
    return z[:, 0], z[:, 1]


def checkerboard(rng: Rng, n: int) -> tuple[Array, Array]:
    """Random masses on a coarse board of cells, uniform inside a cell."""
    rows, columns = rng.integers(2, 9, 2)
    cell = rng.choice(rows * columns, n, p=rng.dirichlet(np.full(rows * columns, rng.uniform(0.1, 2))))
    return cell // columns + rng.random(n), cell % columns + rng.random(n)


def closed_curve(rng: Rng, n: int) -> tuple[Array, Array]:
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
    z = random_margin(rng, n)
    x = random_function(rng)(z) + random_scale(rng) * 0.4 * random_noise(rng, n)
    return x, random_function(rng)(z) + random_scale(rng) * 0.4 * random_noise(rng, n)


def narrow_additive(rng: Rng, n: int) -> tuple[Array, Array]:
    """A bounded driver plus bounded noise: the support itself has sharp edges."""
    width = np.exp(rng.uniform(np.log(0.015), np.log(1.5)))
    if rng.random() < 0.6:
        x = rng.uniform(0, 1, n)
    else:
        a, b = rng.uniform(0.5, 3, 2)
        x = rng.beta(a, b, n)
    y = x + width * (rng.uniform(-1, 1, n) if rng.random() < 0.7 else rng.triangular(-1, rng.uniform(-1, 1), 1, n))
    return x, y


def contaminated(rng: Rng, n: int) -> tuple[Array, Array]:
    """A share of the rows is dependent, the others are shuffled."""
    x = random_margin(rng, n)
    y = random_function(rng)(x) + random_scale(rng) * 0.3 * random_noise(rng, n)
    return x, np.where(rng.random(n) < rng.uniform(0.1, 0.9), y, rng.permutation(y))


def weak(rng: Rng, n: int) -> tuple[Array, Array]:
    x = random_margin(rng, n)
    return x, rng.uniform(0.02, 0.4) * standardised(random_function(rng)(x)) + random_noise(rng, n)


def multiplicative(rng: Rng, n: int) -> tuple[Array, Array]:
    """Positive, skewed pairs: a product of a function's exponential and noise."""
    x = random_margin(rng, n)
    rate = np.exp(np.clip(random_function(rng)(x), -4, 4))
    return x, (
        rng.poisson(rate * rng.uniform(0.3, 5)) if rng.random() < 0.5 else rate * rng.gamma(rng.uniform(0.5, 8), size=n)
    )


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
]


def draw_pair(rng: Rng, n: int) -> tuple[Array, Array]:
    """Draw one law and n rows of it, continuous as far as the family is. Finite, not constant."""
    weights = np.array([w for _, w in FAMILIES])
    while True:
        family = FAMILIES[rng.choice(len(FAMILIES), p=weights / weights.sum())][0]
        x, y = family(rng, n)
        if all(np.isfinite(v).all() and v.std() > 0 for v in (x, y)):
            break
    return (x, y) if rng.random() < 0.5 else (y, x)


# Margins -------------------------------------------------------------------------------------------

#: Codes are 16 bits; this one marks a missing value.
MISSING = 65535


def draw_codes(rng: Rng, n: int) -> tuple[Array, Array]:
    """Draw a law and return its rows as codes, (2, n) uint16, and categories a margin, (2,).

    Ordered margins (categories 0) hold scaled mid-ranks below ``MISSING``, so that monotone
    transforms, which leave MI alone, are never told apart. Unordered ones hold category numbers.
    """
    pair = draw_pair(rng, n)
    codes, categories = np.empty((2, n), np.uint16), np.zeros(2, np.int64)
    for side, values in enumerate(pair):
        values, categories[side] = _tied_or_cut(rng, values)
        codes[side] = values if categories[side] else _scaled_ranks(values)
    for side in (0, 1):
        if rng.random() < 0.07:
            codes[side, _absent(rng, pair[side], pair[1 - side])] = MISSING
    return codes, categories


def _tied_or_cut(rng: Rng, values: Array) -> tuple[Array, int]:
    u, n = rng.random(), len(values)
    if u < 0.07:  # few ordered values
        cuts = np.sort(rng.random(rng.integers(1, 14)))
        return np.searchsorted(np.quantile(values, cuts), values), 0
    if u < 0.10:  # rounded: many ties
        return np.round(values / (values.std() * np.exp(rng.uniform(np.log(0.03), np.log(1))))), 0
    if u < 0.15:  # categories in no order
        k = int(np.exp(rng.uniform(np.log(2), np.log(60))))
        part = np.searchsorted(np.quantile(values, np.sort(rng.random(k - 1))), values)
        return rng.permutation(k)[part], k
    if u < 0.18:  # clipped: a heavy value at an end
        q = np.quantile(values, rng.uniform(0.05, 0.9))
        return (np.maximum if rng.random() < 0.5 else np.minimum)(values, q), 0
    if u < 0.20:  # inflated: a share of rows takes one value
        return np.where(rng.random(n) < rng.uniform(0.05, 0.8), np.quantile(values, rng.random()), values), 0
    return values, 0


def _absent(rng: Rng, own: Array, other: Array) -> Array:
    """Rows that go missing: at random, or depending on the value itself or on the other side."""
    n, kind = len(own), rng.integers(0, 3)
    if kind == 0:
        return rng.random(n) < rng.uniform(0.02, 0.6)
    driver = own if kind == 1 else other
    high = driver > np.quantile(driver, rng.uniform(0.2, 0.95))
    return rng.random(n) < np.where(high, rng.uniform(0.1, 0.95), rng.uniform(0, 0.3))


def _scaled_ranks(values: Array) -> Array:
    """Mid-ranks in [0, MISSING), equal for ties."""
    order = np.argsort(values)
    first = np.r_[0, np.flatnonzero(np.diff(values[order])) + 1]  # of each distinct value
    count = np.diff(np.r_[first, len(values)])
    codes = np.empty(len(values), np.uint16)
    codes[order] = np.repeat(np.minimum((first + count / 2) / len(values) * MISSING, MISSING - 1), count)
    return codes


def to_nodes(codes: Array, categories: int, n_nodes: int, flip: bool = False) -> Array:
    """Nodes of one margin's codes, as `skmine.data.coding` would make them from those rows."""
    if flip and not categories:
        codes = np.where(codes == MISSING, MISSING, MISSING - 1 - codes)
    counts = np.bincount(codes, minlength=MISSING + 1)
    present = np.flatnonzero(counts[:MISSING])
    budget = n_nodes - 1 if counts[MISSING] else n_nodes
    lookup = np.zeros(MISSING + 1, np.int64)
    if categories:
        lookup[present] = category_nodes(counts[present], budget)
    else:
        lookup[present] = quantile_nodes(counts[present], budget)
    lookup[MISSING] = lookup[present].max(initial=-1) + 1
    return lookup[codes]
