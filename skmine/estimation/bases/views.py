"""The two halves of a side's matrix: normal scores of its columns, and the same columns on their own scale."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

#: Normal scores do not change under increasing transforms; sums, products and radii are often those of the values.
View = Literal["ranks", "scaled"]

VIEWS: tuple[View, View] = ("ranks", "scaled")

#: Values beyond this many quartile ranges count as such where least squares would follow them alone: arbitrary.
FARTHEST_OF_SUMS = 1e3

#: How many times as far as its normal scores a column with long tails reaches: of normal columns few reach 1.3 times.
LONG = 2.0


def as_both_views(ranks: Array) -> Array:
    """A side's matrix where only its normal scores are read, (n, p) -> (n, 2p)."""
    return np.concatenate([ranks, ranks], axis=1)


def take_view(z: Array, view: View) -> Array:
    """One half of a side's matrix, (n, 2p) -> (n, p)."""
    p = z.shape[1] // 2
    return z[:, :p] if view == "ranks" else z[:, p:]


def measure_radius(z: Array, view: View) -> NDArray[np.float64]:
    """Squared radii as a derived column, (n, 1)."""
    return (take_view(z, view).astype(np.float64) ** 2).sum(1, keepdims=True)


def measure_rank_radius(z: Array) -> NDArray[np.float64]:
    """Squared radii of the normal scores."""
    return measure_radius(z, "ranks")


def measure_scaled_radius(z: Array) -> NDArray[np.float64]:
    """Squared radii of the columns on their own scale."""
    return measure_radius(z, "scaled")


def has_long_tails(z: Array) -> bool:
    """Whether a column reaches much farther on its own scale than its normal scores do."""
    ranks, scaled = (np.abs(take_view(z, view)).max(0, initial=0.0) for view in VIEWS)
    return bool((scaled > LONG * ranks).any())
