"""Laws of many levels, and of a rare class, with exact MI."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

Rng = np.random.Generator
Array = np.ndarray

#: Smallest true MI, in nats: laws of less are drawn again, as ratios to next to nothing say little.
LEAST_INFORMATION = 0.1

#: Points of a quadrature: more than two for each standard deviation of any law here.
POINTS = 6_000

#: Standard deviations beyond the outermost mean where a quadrature ends.
REACH = 9.0


@dataclass(frozen=True)
class Law:
    """A target that depends on a column of levels, numbered from 0.

    Attributes
    ----------
    draw : callable(rng, x) -> (n,)
        The target of rows with these levels.
    mi : float
        In nats, all levels being equally probable.
    """

    draw: Callable[[Rng, Array], Array]
    mi: float


def make_class_law(probabilities: Array) -> Law:
    """Classes with probabilities (K, C) for each level."""
    mi = special.entr(probabilities.mean(0)).sum() - special.entr(probabilities).sum(1).mean()
    below = np.cumsum(probabilities, axis=1)[:, :-1]
    return Law(lambda rng, x: (rng.random(len(x))[:, None] > below[x]).sum(1), float(mi))


def make_normal_law(means: Array, sds: Array) -> Law:
    """Normal numbers with a mean and a standard deviation, (K,), for each level."""
    reach = REACH * sds.max()
    y = np.linspace(means.min() - reach, means.max() + reach, POINTS)
    density = sum(stats.norm.pdf(y, mean, sd) for mean, sd in zip(means, sds, strict=True)) / len(means)
    entropy = np.trapezoid(special.entr(density), y)
    mi = entropy - np.mean(np.log(sds) + np.log(2 * np.pi * np.e) / 2)
    return Law(lambda rng, x: rng.normal(means[x], sds[x]), float(mi))


def draw_two_classes(rng: Rng, k: int) -> Law:
    """Log odds that are normal over the levels, with a standard deviation of 1.5."""
    p = special.expit(1.5 * rng.normal(size=k))
    return make_class_law(np.c_[1 - p, p])


def draw_three_classes(rng: Rng, k: int) -> Law:
    """Log odds of two classes against the first that are standard normal over the levels."""
    return make_class_law(special.softmax(np.c_[np.zeros(k), rng.normal(size=(k, 2))], axis=1))


def draw_shifts(rng: Rng, k: int) -> Law:
    """Means that are normal over the levels, with a standard deviation of .7."""
    return make_normal_law(0.7 * rng.normal(size=k), np.ones(k))


def draw_spreads(rng: Rng, k: int) -> Law:
    """Standard deviations whose logarithms are normal over the levels, with a standard deviation of .5."""
    return make_normal_law(np.zeros(k), np.exp(0.5 * rng.normal(size=k)))


#: Kinds of targets: name -> (draw a law of K levels, whether it is of classes).
TARGETS: dict[str, tuple[Callable[[Rng, int], Law], bool]] = {
    "two classes": (draw_two_classes, True),
    "three classes": (draw_three_classes, True),
    "number, shifted": (draw_shifts, False),
    "number, spread": (draw_spreads, False),
}


def draw_law(draw: Callable[[Rng, int], Law], rng: Rng, k: int) -> Law:
    """A law of `LEAST_INFORMATION` or more."""
    while True:
        law = draw(rng, k)
        if law.mi >= LEAST_INFORMATION:
            return law


def compute_rare_mi(p: float, mean: float, sd: float) -> float:
    """MI in nats of a class of probability p and a number: normal with this law in it, standard normal otherwise."""
    reach = REACH * max(sd, 1.0)
    x = np.linspace(min(0.0, mean) - reach, max(0.0, mean) + reach, POINTS)
    usual, rare = stats.norm.logpdf(x), stats.norm.logpdf(x, mean, sd)
    both = np.logaddexp(np.log1p(-p) + usual, np.log(p) + rare)
    return float(np.trapezoid((1 - p) * np.exp(usual) * (usual - both) + p * np.exp(rare) * (rare - both), x))


def draw_rare_class(rng: Rng, k: int, n: int, law: tuple[float, float], columns: int) -> tuple[Array, Array]:
    """Columns (n, columns) that have a law of their own in k of the rows, and those rows' class."""
    y = np.zeros(n, int)
    y[rng.permutation(n)[:k]] = 1
    X = rng.normal(size=(n, columns))
    mean, sd = law
    X[y == 1] = mean + sd * X[y == 1]
    return X, y
