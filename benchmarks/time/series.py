"""Series that are independent of each other, by how long they remember."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]

#: Rows that are left out before a series, so that it is stationary.
BURN_IN = 500


def draw_autoregressive(rng: np.random.Generator, memory: float, n: int, d: int = 1) -> Array:
    """Autoregressive series of the first order, (n, d)."""
    return np.asarray(lfilter([1], [1, -memory], rng.normal(size=(n + BURN_IN, d)), axis=0)[BURN_IN:])


@dataclass(frozen=True)
class Case:
    """A law of a column and a target that share nothing.

    Attributes
    ----------
    name : str
    n : int
    memory : float
        Of the column, and of the target's noise.
    add : callable(n) -> ndarray of shape (n,)
        What the target has beside its noise.
    """

    name: str
    n: int
    memory: float
    add: Callable[[int], Any] = np.zeros

    def draw(self, seed: int, d: int = 1) -> tuple[Array, Array]:
        """Columns (n, d) and a target (n,)."""
        rng = np.random.default_rng([seed, self.n, round(1000 * self.memory), len(self.name)])
        x, y = draw_autoregressive(rng, self.memory, self.n, d), draw_autoregressive(rng, self.memory, self.n)[:, 0]
        return x, y + y.std() * self.add(self.n)


def rise(n: int) -> Array:
    """A trend over two standard deviations of the noise."""
    return np.linspace(0, 2, n)


def swing(n: int) -> Array:
    """Six seasons, as wide as the noise."""
    return np.sqrt(2) * np.sin(np.arange(n) * 12 * np.pi / n)


CASES = [
    Case("independent rows", 1_000, 0.0),
    Case("memory .5", 1_000, 0.5),
    Case("memory .7", 1_000, 0.7),
    Case("memory .9", 1_000, 0.9),
    Case("memory .9", 3_000, 0.9),
    Case("memory .97", 3_000, 0.97),
    Case("memory .97", 10_000, 0.97),
    Case("memory .9, trend", 3_000, 0.9, rise),
    Case("memory .9, seasons", 3_000, 0.9, swing),
]
