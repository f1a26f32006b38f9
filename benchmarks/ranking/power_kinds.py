"""Kinds of weak dependence between a column and a target, and tables of them.

Each is drawn at strengths that fall with the number of rows, so that the best method is neither blind nor perfect. On
the first fifteen the weights of our combined p-value were chosen, with other seeds; nothing was fitted on the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator
Array = np.ndarray


def blend(rng: Rng, y: Array, x: Array, proportion: float) -> Array:
    """A proportion of the rows depends on y, the others do not; the margin stays the same."""
    return np.where(rng.random(len(y)) < proportion, x, rng.permutation(x))


def draw_labels(rng: Rng, y: Array, slope: float) -> Array:
    """Eight labels in no order, each more or less probable as the target rises."""
    effect = rng.permutation(np.linspace(-1.5, 1.5, 8))
    logits = slope * effect * y[:, None] + rng.gumbel(size=(len(y), 8))
    return logits.argmax(1).astype(float)


def draw_narrow_band(rng: Rng, y: Array, proportion: float) -> Array:
    return blend(rng, y, y + rng.uniform(-0.05, 0.05, len(y)), proportion)


def draw_circle(rng: Rng, y: Array, proportion: float) -> Array:
    side = rng.choice([-1.0, 1.0], len(y))
    return blend(rng, y, side * np.sqrt(np.maximum(1 - y**2, 0)) + 0.1 * rng.normal(size=len(y)), proportion)


def draw_missing(rng: Rng, y: Array, slope: float) -> Array:
    """Noise that is missing more often as the target rises."""
    missing = rng.random(len(y)) < 0.3 / (0.3 + 0.7 * np.exp(-slope * y))
    return np.where(missing, np.nan, rng.normal(size=len(y)))


def draw_zero_inflated(rng: Rng, y: Array, slope: float) -> Array:
    """Zero less often as the target rises, and larger where it is not."""
    return np.where(rng.random(len(y)) < 1 / (1 + np.exp(slope * y - 0.5)), 0.0, rng.exponential(np.exp(slope * y / 2)))


def draw_board(rng: Rng, y: Array, proportion: float) -> Array:
    """Same colour on a board of four by four."""
    own = np.floor(4 * y)
    return blend(rng, y, (2 * rng.integers(0, 2, len(y)) + own % 2 + rng.random(len(y))) / 4, proportion)


def draw_spiral(rng: Rng, y: Array, proportion: float) -> Array:
    """The place of a point of a spiral, by its angle."""
    return blend(rng, y, y * np.cos(y) / 4 + 0.1 * rng.normal(size=len(y)), proportion)


def draw_labels_of_classes(rng: Rng, y: Array, slope: float) -> Array:
    """Six labels, one of them likelier in each class."""
    logits = slope * 2 * (np.arange(6) == y[:, None]) + rng.gumbel(size=(len(y), 6))
    return logits.argmax(1).astype(float)


def draw_humps(rng: Rng, y: Array, distance: float) -> Array:
    """One hump in the first class, two in the other, with the same mean and variance."""
    hump = min(distance * 1.4, 0.95)
    apart = hump * rng.choice([-1.0, 1.0], len(y)) + np.sqrt(1 - hump**2) * rng.normal(size=len(y))
    return np.where(y > 0, apart, rng.normal(size=len(y)))


def draw_saw_tooth(rng: Rng, y: Array, slope: float) -> Array:
    return slope * (3 * y % 1) * 3.4 + rng.normal(size=len(y))


def draw_scaled(rng: Rng, y: Array, proportion: float) -> Array:
    """Twice as spread where the target is far out."""
    return blend(rng, y, (1 + (np.abs(y) > 2)) * rng.normal(size=len(y)), proportion)


def draw_heavy(rng: Rng, n: int) -> Array:
    return rng.standard_t(3, n)


def draw_uniform(rng: Rng, n: int) -> Array:
    return rng.uniform(size=n)


def draw_normal(rng: Rng, n: int) -> Array:
    return rng.normal(size=n)


def draw_arc(rng: Rng, n: int) -> Array:
    return np.cos(rng.uniform(0, 2 * np.pi, n))


def draw_two_classes(rng: Rng, n: int) -> Array:
    return rng.integers(0, 2, n)


def draw_four_classes(rng: Rng, n: int) -> Array:
    return rng.integers(0, 4, n)


@dataclass(frozen=True)
class Kind:
    """A kind of dependence.

    Attributes
    ----------
    draw_target : callable(rng, n) -> (n,)
    draw_column : callable(rng, target, strength) -> (n,)
    strength : float
        At n = 1,000; it falls with the root of n.
    classify : bool
        Whether the target is a class.
    """

    name: str
    draw_target: Callable[[Rng, int], Array]
    draw_column: Callable[[Rng, Array, float], Array]
    strength: float
    classify: bool = False


#: Strengths are such that the best method is neither blind nor perfect at n = 1,000.
KINDS = [
    Kind("linear", draw_normal, lambda r, y, a: a * y + r.normal(size=len(y)), 0.1),
    Kind("quadratic", draw_normal, lambda r, y, a: a * (y**2 - 1) / 1.4 + r.normal(size=len(y)), 0.13),
    Kind("sine, 2 y", draw_normal, lambda r, y, a: a * np.sin(2 * y) * 1.4 + r.normal(size=len(y)), 0.13),
    Kind("sine, 6 y", draw_normal, lambda r, y, a: a * np.sin(6 * y) * 1.4 + r.normal(size=len(y)), 0.25),
    Kind("step", draw_normal, lambda r, y, a: a * (y > 0.8) * 2.4 + r.normal(size=len(y)), 0.11),
    Kind("circle", draw_arc, draw_circle, 0.2),
    Kind("heteroscedastic", draw_normal, lambda r, y, a: np.exp(a * y) * r.normal(size=len(y)), 0.1),
    Kind("sign flip", draw_normal, lambda r, y, a: blend(r, y, r.choice([-1, 1], len(y)) * y, a), 0.13),
    Kind("categorical", draw_normal, draw_labels, 0.13),
    Kind("ordinal, ties", draw_normal, lambda r, y, a: np.clip(np.round(a * y + r.normal(size=len(y))), -2, 2), 0.1),
    Kind("missingness", draw_normal, draw_missing, 0.23),
    Kind("heavy tails", draw_normal, lambda r, y, a: a * y + r.standard_t(1.5, len(y)), 0.17),
    Kind("narrow noise", draw_uniform, draw_narrow_band, 0.1),
    Kind("classes: shift", draw_two_classes, lambda r, y, a: a * y + r.normal(size=len(y)), 0.2, True),
    Kind("classes: spread", draw_four_classes, lambda r, y, a: np.exp(a * y) * r.normal(size=len(y)), 0.1, True),
]

#: Kinds that nothing was fitted on.
NEW_KINDS = [
    Kind("saturation", draw_normal, lambda r, y, a: a * np.exp(np.minimum(y, 3)) / 1.5 + r.normal(size=len(y)), 0.08),
    Kind("absolute value", draw_normal, lambda r, y, a: a * np.abs(y) * 1.6 + r.laplace(size=len(y)), 0.17),
    Kind("cubic", draw_normal, lambda r, y, a: a * (y**3 - 3 * y) / 2.4 + r.normal(size=len(y)), 0.13),
    Kind("saw tooth", draw_uniform, draw_saw_tooth, 0.2),
    Kind("bump", draw_normal, lambda r, y, a: a * (np.abs(y - 0.5) < 0.25) * 2.8 + r.normal(size=len(y)), 0.17),
    Kind("counts", draw_normal, lambda r, y, a: r.poisson(2 * np.exp(a * y)).astype(float), 0.07),
    Kind("zero-inflated", draw_normal, draw_zero_inflated, 0.16),
    Kind("censored", draw_normal, lambda r, y, a: np.maximum(a * y + r.normal(size=len(y)), 0.5), 0.13),
    Kind("board", draw_uniform, draw_board, 0.25),
    Kind("spread of outliers", draw_heavy, draw_scaled, 0.55),
    Kind("two branches", draw_normal, lambda r, y, a: blend(r, y, np.where(r.random(len(y)) < 0.5, y, 0.0), a), 0.1),
    Kind("spiral", lambda r, n: r.uniform(0, 3 * np.pi, n), draw_spiral, 0.2),
    Kind("labels against classes", draw_four_classes, draw_labels_of_classes, 0.2, True),
    Kind("classes: two humps", draw_two_classes, draw_humps, 0.62, True),
]


def draw_table(kind: Kind, n: int, seed: int, columns: int) -> tuple[Array, Array]:
    """A table whose first half of the columns depends on the target, and the target."""
    rng = np.random.default_rng([n, seed, len(kind.name)])
    y = kind.draw_target(rng, n)
    strength = min(kind.strength * (1_000 / n) ** 0.5, 0.9)
    dependent = [kind.draw_column(rng, y, strength) for _ in range(columns)]
    null = [kind.draw_column(rng, kind.draw_target(rng, n), strength) for _ in range(columns)]
    return np.stack([*dependent, *null], axis=1), y
