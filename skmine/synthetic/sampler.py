"""What a law with known mutual information is, and how such laws are put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.integrate import trapezoid

Array = NDArray[np.float64]

#: One side of a draw: numbers, or codes.
Rows = NDArray[Any]


@dataclass(frozen=True)
class Sampler:
    """A law with known MI.

    Attributes
    ----------
    name : str
    draw : callable(rng, n) -> x, y
        n independent rows: x of shape (n,) or (n, dx), y of shape (n,) or (n, dy). NaN is a missing
        value, which is a value of its own.
    mi : float
        I(X; Y) in nats.
    """

    name: str
    draw: Callable[[np.random.Generator, int], tuple[Rows, Rows]]
    mi: float


def entropy(x: Array, density: Array) -> float:
    """Differential entropy in nats of a density on a grid, by the trapezoid rule; last axis."""
    return -trapezoid(special.xlogy(density, density), x)


def side_by_side(name: str, *samplers: Sampler) -> Sampler:
    """Tables of laws drawn independently of one another: the columns of all X, the columns of all Y.

    Joint density and product of margins both factor over the laws, so I is the sum of theirs.

    Parameters
    ----------
    name : str
    *samplers : Sampler
        What was of shape (n,) is a column of the table.

    Returns
    -------
    Sampler
        X of shape (n, sum of dx), Y of shape (n, sum of dy).
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        drawn = [sampler.draw(rng, n) for sampler in samplers]
        return np.column_stack([x for x, _ in drawn]), np.column_stack([y for _, y in drawn])

    return Sampler(name, draw, float(sum(sampler.mi for sampler in samplers)))


def unpaired(sampler: Sampler) -> Sampler:
    """X of one draw and Y of another: the margins of a law, and independence. I = 0."""
    return Sampler(f"unpaired-{sampler.name}", lambda rng, n: (sampler.draw(rng, n)[0], sampler.draw(rng, n)[1]), 0.0)
