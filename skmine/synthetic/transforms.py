"""From one law to another with known mutual information.

A map of X that can be undone (both ways measurable) does not change mutual information: I(f(X); Y) <= I(X; Y) by the
data processing inequality, and >= because X is a function of f(X). The same holds for Y. Each map here says how it is
undone. Maps of single columns work on each column of both sides. Most maps come from the benchmark of Czyz et al.
(NeurIPS 2023), whose name of the map precedes the law's name.
"""

from collections.abc import Callable

import numpy as np
from scipy import special

from skmine.synthetic.normal import independent_table
from skmine.synthetic.sampler import Array, Sampler, side_by_side


def transformed(
    name: str, sampler: Sampler, of_x: Callable[[Array], Array], of_y: Callable[[Array], Array] | None = None
) -> Sampler:
    """The law of f(X) and g(Y), its MI that of X and Y.

    Parameters
    ----------
    name : str
        Precedes the law's name.
    sampler : Sampler
        The law of X and Y.
    of_x : callable(array) -> array
        f, one to one.
    of_y : callable(array) -> array or None, default=None
        g, one to one; None takes f.

    Returns
    -------
    Sampler
        f(X) and g(Y).

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import normal_pair, transformed
    >>> sampler = transformed("exp", normal_pair(0.5), np.exp)
    >>> sampler.name, sampler.mi == normal_pair(0.5).mi
    ('exp-normal 0.5', True)
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = sampler.draw(rng, n)
        return of_x(x), (of_y or of_x)(y)

    return Sampler(f"{name}-{sampler.name}", draw, sampler.mi)


def half_cube(sampler: Sampler) -> Sampler:
    """Each column x becomes ``x |x|^(1/2)``, increasing: longer tails.

    Parameters
    ----------
    sampler : Sampler
        The law to transform.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import half_cube, normal_sparse
    >>> law = normal_sparse(3, 2, 2.0)
    >>> half_cube(law).mi == law.mi
    True
    """
    return transformed("half_cube", sampler, lambda v: v * np.sqrt(np.abs(v)))


def asinh(sampler: Sampler) -> Sampler:
    """Each column x becomes asinh x, increasing: shorter tails.

    Parameters
    ----------
    sampler : Sampler
        The law to transform.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import asinh, normal_sparse
    >>> law = normal_sparse(3, 2, 2.0)
    >>> asinh(law).mi == law.mi
    True
    """
    return transformed("asinh", sampler, np.arcsinh)


def wiggly(sampler: Sampler) -> Sampler:
    """Each column x becomes x + .4 sin x + .2 sin(1.7 x + 1) + .03 sin(3.3 x - 2.5).

    Increasing: the slope is at least 1 - .4 - .34 - .099 = .161.

    Parameters
    ----------
    sampler : Sampler
        The law to transform.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import normal_sparse, wiggly
    >>> law = normal_sparse(3, 2, 2.0)
    >>> wiggly(law).mi == law.mi
    True
    """
    return transformed(
        "wiggly", sampler, lambda v: v + 0.4 * np.sin(v) + 0.2 * np.sin(1.7 * v + 1) + 0.03 * np.sin(3.3 * v - 2.5)
    )


def uniform_margins(sampler: Sampler) -> Sampler:
    """Each column x becomes Phi(x), increasing: standard normal margins become uniform on (0, 1).

    Parameters
    ----------
    sampler : Sampler
        The law to transform.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import normal_sparse, uniform_margins
    >>> law = normal_sparse(3, 2, 2.0)
    >>> uniform_margins(law).mi == law.mi
    True
    """
    return transformed("normal_cdf", sampler, special.ndtr)


def bimodal(sampler: Sampler) -> Sampler:
    """Standard normal margins become bimodal: X's .3 N(0, 1) + .7 N(5, 1), Y's .5 N(-1, 1) + .5 N(3, 1).

    Each column x becomes F^-1(Phi(x)), F the mixture's distribution function; an increasing broken line
    through 4,001 points of it, so that no rounding of F can merge two values (for ``|x| < 8``).

    Parameters
    ----------
    sampler : Sampler
        A law with standard normal margins.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import bimodal, normal_sparse
    >>> law = normal_sparse(3, 2, 2.0)
    >>> bimodal(law).mi == law.mi
    True
    """
    return transformed("bimodal", sampler, _map_to_two_modes(0, 5, 0.3), _map_to_two_modes(-1, 3, 0.5))


def _map_to_two_modes(left: float, right: float, weight: float) -> Callable[[Array], Array]:
    humps = np.linspace(left - 8, right + 8, 4001)
    below = weight * special.ndtr(humps - left) + (1 - weight) * special.ndtr(humps - right)
    above = weight * special.ndtr(left - humps) + (1 - weight) * special.ndtr(right - humps)
    # Each tail from its own side: where `below` is nearly one, 1 - below has no digits left.
    normal = np.where(below < 0.5, special.ndtri(below), -special.ndtri(above))
    return lambda v: np.interp(v, normal, humps)


def with_noise_columns(sampler: Sampler, count: int) -> Sampler:
    """Append standard normal columns, independent of everything else, to X and as many to Y.

    They add I = 0: see `side_by_side`.

    Parameters
    ----------
    sampler : Sampler
        The law of the other columns.
    count : int
        How many columns each side gets.

    Returns
    -------
    Sampler
        X of shape (n, dx + count), Y of shape (n, dy + count), with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import normal_pair, with_noise_columns
    >>> with_noise_columns(normal_pair(0.75), 3).mi == normal_pair(0.75).mi
    True
    """
    return side_by_side(f"noise_columns_{count}-{sampler.name}", sampler, independent_table(count, count))


def with_missing(sampler: Sampler, share_x: float, share_y: float) -> Sampler:
    """Rows of X and rows of Y missing completely at random: NaN in all columns of that side.

    Given which sides are seen, the law of a row is that of (X, Y) if both are, and a product otherwise. So
    the log density ratio is that of X and Y, or zero, and I is (1 - share_x) (1 - share_y) times theirs.
    Missingness adds nothing, because it is independent of everything else.

    Parameters
    ----------
    sampler : Sampler
        A law without missing values.
    share_x, share_y : float
        Probability that X, or Y, is missing.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with NaN.

    Examples
    --------
    >>> from skmine.synthetic import normal_pair, with_missing
    >>> with_missing(normal_pair(0.75), 0.5, 0.0).mi == normal_pair(0.75).mi / 2
    True
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = (np.array(side, float) for side in sampler.draw(rng, n))
        x[rng.random(n) < share_x] = np.nan
        y[rng.random(n) < share_y] = np.nan
        return x, y

    return Sampler(f"missing_{share_x:g}_{share_y:g}-{sampler.name}", draw, (1 - share_x) * (1 - share_y) * sampler.mi)
