"""From one law to another of known mutual information.

A map of X that can be undone, both ways measurable, changes no mutual information: I(f(X); Y) <= I(X; Y)
by the data processing inequality, and >= because X is a function of f(X). The same holds for Y. Each
map here says how it is undone. Maps of single columns work on each column of both sides; what they are
called in the benchmark of Czyz et al. (NeurIPS 2023), from which most come, stands in front of the
law's name.
"""

import functools
from collections.abc import Callable

import numpy as np
from scipy import special, stats

from skmine.synthetic.multivariate import independent_table
from skmine.synthetic.sampler import Array, Sampler, side_by_side


def transformed(
    name: str, sampler: Sampler, of_x: Callable[[Array], Array], of_y: Callable[[Array], Array] | None = None
) -> Sampler:
    """The law of f(X) and g(Y), its MI that of X and Y.

    Parameters
    ----------
    name : str
        Stands in front of the law's name.
    sampler : Sampler
    of_x, of_y : callable(array) -> array
        f and g, one to one. By default g is f.
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = sampler.draw(rng, n)
        return of_x(x), (of_y or of_x)(y)

    return Sampler(f"{name}-{sampler.name}", draw, sampler.mi)


def half_cube(sampler: Sampler) -> Sampler:
    """Each column x becomes x |x|^(1/2), increasing: longer tails."""
    return transformed("half_cube", sampler, lambda v: v * np.sqrt(np.abs(v)))


def asinh(sampler: Sampler) -> Sampler:
    """Each column x becomes asinh x, increasing: shorter tails."""
    return transformed("asinh", sampler, np.arcsinh)


def wiggly(sampler: Sampler) -> Sampler:
    """Each column x becomes x + .4 sin x + .2 sin(1.7 x + 1) + .03 sin(3.3 x - 2.5).

    Increasing: the slope is at least 1 - .4 - .34 - .099 = .161.
    """
    return transformed(
        "wiggly", sampler, lambda v: v + 0.4 * np.sin(v) + 0.2 * np.sin(1.7 * v + 1) + 0.03 * np.sin(3.3 * v - 2.5)
    )


def uniform_margins(sampler: Sampler) -> Sampler:
    """Each column x becomes Phi(x), increasing: standard normal margins become uniform on (0, 1)."""
    return transformed("normal_cdf", sampler, special.ndtr)


def bimodal(sampler: Sampler) -> Sampler:
    """Standard normal margins become two-humped: X's .3 N(0, 1) + .7 N(5, 1), Y's .5 N(-1, 1) + .5 N(3, 1).

    Each column x becomes F^-1(Phi(x)), F the mixture's distribution function; an increasing broken line
    through 4,001 points of it, so that no rounding of F can merge two values (for |x| < 8).
    """
    return transformed("bimodal", sampler, _two_humps(0, 5, 0.3), _two_humps(-1, 3, 0.5))


def _two_humps(left: float, right: float, weight: float) -> Callable[[Array], Array]:
    humps = np.linspace(left - 8, right + 8, 4001)
    below = weight * special.ndtr(humps - left) + (1 - weight) * special.ndtr(humps - right)
    above = weight * special.ndtr(left - humps) + (1 - weight) * special.ndtr(right - humps)
    # Each tail from its own side: 1 - below has no digits left where `below` is nearly one.
    normal = np.where(below < 0.5, special.ndtri(below), -special.ndtri(above))
    return lambda v: np.interp(v, normal, humps)


def swiss_roll(sampler: Sampler) -> Sampler:
    """One column X in (0, 1) rolled up in the plane, Y as it is.

    (t cos t, t sin t) / 21 with t = 3 pi / 2 (1 + 2 x): t is 21 times the distance from the origin.
    X may be of shape (n,) or (n, 1) and becomes (n, 2).
    """

    def roll(x: Array) -> Array:
        (column,) = x.reshape(len(x), -1).T
        t = 1.5 * np.pi * (1 + 2 * column)
        return np.column_stack([t * np.cos(t), t * np.sin(t)]) / 21

    return transformed("swissroll_x", sampler, roll, lambda y: y)


def spiral(sampler: Sampler, speed: float | None = None) -> Sampler:
    """Each row x turned in one plane by the angle speed |x|^2: expm(speed |x|^2 A) x, A a generator of rotations.

    Turning keeps |x|, so the angle is known and is turned back.

    Parameters
    ----------
    sampler : Sampler
        X and Y with at least two columns.
    speed : float, default=1 / the number of columns
        Radians; by default standard normal rows turn by one radian on average. X turns in the plane of its
        first and second columns, Y in that of its second and third (of two columns: of those).
    """

    def turn(rows: Array, first: int) -> Array:
        dim = rows.shape[1]
        if dim < 2:
            raise ValueError(f"A spiral needs two columns on each side; {sampler.name} has a side of {dim}.")
        angle = (1 / dim if speed is None else speed) * (rows**2).sum(1)
        out = np.array(rows, float)
        one, two = rows[:, first], rows[:, first + 1]
        out[:, first] = np.cos(angle) * one - np.sin(angle) * two
        out[:, first + 1] = np.sin(angle) * one + np.cos(angle) * two
        return out

    return transformed("spiral", sampler, lambda x: turn(x, 0), lambda y: turn(y, min(1, y.shape[1] - 2)))


def rotated(sampler: Sampler, seed: int = 0) -> Sampler:
    """X and Y each multiplied by an orthogonal matrix of its own, drawn once from the seed.

    Undone by its transpose. A single column stays as it is.
    """
    return transformed(
        "rotated", sampler, lambda x: x @ _rotation(x.shape[1], seed, 0), lambda y: y @ _rotation(y.shape[1], seed, 1)
    )


@functools.cache
def _rotation(dim: int, seed: int, side: int) -> Array:
    if dim == 1:
        return np.eye(1)
    return stats.special_ortho_group.rvs(dim, random_state=np.random.default_rng([seed, side]))


def with_noise_columns(sampler: Sampler, count: int) -> Sampler:
    """`count` standard normal columns, independent of all else, after those of X and as many after those of Y.

    They add I = 0: see `side_by_side`.
    """
    return side_by_side(f"noise_columns_{count}-{sampler.name}", sampler, independent_table(count, count))


def with_missing(sampler: Sampler, share_x: float, share_y: float) -> Sampler:
    """Rows of X and rows of Y missing completely at random: NaN in all columns of that side.

    The law of a row given which sides are seen is that of (X, Y) if both are, and a product else, so
    the log density ratio is that of X and Y or zero, and I is (1 - share_x) (1 - share_y) times theirs:
    missingness, independent of all else, adds nothing. For laws that have no missing values yet.
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = (np.array(side, float) for side in sampler.draw(rng, n))
        x[rng.random(n) < share_x] = np.nan
        y[rng.random(n) < share_y] = np.nan
        return x, y

    return Sampler(f"missing_{share_x:g}_{share_y:g}-{sampler.name}", draw, (1 - share_x) * (1 - share_y) * sampler.mi)
