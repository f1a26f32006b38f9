"""What a law with known mutual information is, and how such laws are put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.integrate import trapezoid

#: Numbers of a draw, or of a grid.
Array = NDArray[np.float64]

#: One side of a draw: numbers, or integer codes of labels.
Rows = NDArray[Any]


@dataclass(frozen=True)
class Sampler:
    """A law of X and Y with known mutual information.

    Parameters
    ----------
    name : str
        Names the family and its parameters.
    draw : callable(rng, n) -> x, y
        Draws n independent rows: x of shape (n,) or (n, dx), y of shape (n,) or (n, dy). NaN is a missing
        value, which counts as a value of its own.
    mi : float
        I(X; Y) in nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import Sampler
    >>> fair_bit = Sampler("the same bit twice", lambda rng, n: (rng.integers(0, 2, n),) * 2, np.log(2))
    >>> x, y = fair_bit.draw(np.random.default_rng(0), 4)
    >>> bool((x == y).all())
    True
    """

    name: str
    draw: Callable[[np.random.Generator, int], tuple[Rows, Rows]]
    mi: float


def entropy(x: Array, density: Array) -> float:
    """Differential entropy in nats of a density on a grid, by the trapezoid rule.

    Parameters
    ----------
    x : ndarray of shape (m,)
        The grid, in increasing order.
    density : ndarray of shape (..., m)
        Values of the density on the grid.

    Returns
    -------
    float or ndarray of shape (...)
        Nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import entropy
    >>> round(float(entropy(np.linspace(0, 2, 101), np.full(101, 0.5))), 3)  # uniform on (0, 2): log 2
    0.693
    """
    return -trapezoid(special.xlogy(density, density), x)


def side_by_side(name: str, *samplers: Sampler) -> Sampler:
    """Put independent laws side by side: the columns of all X, and the columns of all Y.

    The joint density and the product of the margins are both products over the laws, so I is the sum of theirs.

    Parameters
    ----------
    name : str
        Name of the new law.
    *samplers : Sampler
        The laws, drawn independently of one another; a side of shape (n,) becomes one column.

    Returns
    -------
    Sampler
        X of shape (n, sum of dx), Y of shape (n, sum of dy).

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import additive_uniform, normal_pair, side_by_side
    >>> both = side_by_side("both", normal_pair(0.5), additive_uniform(0.1))
    >>> x, y = both.draw(np.random.default_rng(0), 10)
    >>> x.shape, round(both.mi, 3)
    ((10, 2), 1.853)
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        drawn = [sampler.draw(rng, n) for sampler in samplers]
        return np.column_stack([x for x, _ in drawn]), np.column_stack([y for _, y in drawn])

    return Sampler(name, draw, float(sum(sampler.mi for sampler in samplers)))


def unpaired(sampler: Sampler) -> Sampler:
    """X of one draw and Y of another: the margins of a law, but independent, so I = 0.

    Parameters
    ----------
    sampler : Sampler
        The law whose margins are kept.

    Returns
    -------
    Sampler
        X and Y of the same shapes.

    Examples
    --------
    >>> from skmine.synthetic import normal_pair, unpaired
    >>> unpaired(normal_pair(0.9)).mi
    0.0
    """
    return Sampler(f"unpaired-{sampler.name}", lambda rng, n: (sampler.draw(rng, n)[0], sampler.draw(rng, n)[1]), 0.0)
