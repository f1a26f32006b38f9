"""Codes become counts: the one producer of contingency tables.

Design notes. A pair of coded columns is a table of counts for each part of the rows. Counts add up, so another
producer (batches, files larger than memory) only has to add them. Both sides are padded with empty nodes to
a multiple of 16, as the network needs, and counts of one shape travel in chunks whose size depends on their shape
alone: a column's numbers never depend on how many workers share the work.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: Cells that the counts of a chunk may have: 8 pairs of 128 x 128 nodes stay in a core's cache; 16 leave it.
CELLS_PER_CHUNK = 8 * 128 * 128

#: Fewest and most pairs of a chunk: arbitrary.
FEWEST_PER_CHUNK = 4
MOST_PER_CHUNK = 64

#: Sides are padded to a multiple of this: the network folds cells 4 x 4 and halves the sides twice.
SIDE_MULTIPLE = 16


def pad_side(n_nodes: int) -> int:
    """The side of a table of counts with this many nodes in use."""
    return max(-(-n_nodes // SIDE_MULTIPLE), 1) * SIDE_MULTIPLE


def size_chunk(side: int, other: int) -> int:
    """How many pairs of a shape go through the network at once."""
    return int(np.clip(CELLS_PER_CHUNK // (side * other), FEWEST_PER_CHUNK, MOST_PER_CHUNK))


def split_into_chunks(sides: Sequence[int], other: int) -> list[NDArray[np.int64]]:
    """Columns grouped into chunks of one shape: arrays of their positions, by side, in order."""
    out: list[NDArray[np.int64]] = []
    for side in sorted(set(sides)):
        members = np.flatnonzero(np.asarray(sides) == side)
        size = size_chunk(side, other)
        out += [members[i : i + size] for i in range(0, len(members), size)]
    return out


def count_pairs(
    codes: Sequence[NDArray[np.integer[Any]]],
    target: NDArray[np.integer[Any]],
    parts: Sequence[NDArray[np.int64]],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Count the pairs of nodes of every column and the target on every part of the rows.

    Parameters
    ----------
    codes : sequence of d ndarrays of shape (n,)
        Node of each row, one array per column.
    target : ndarray of shape (n,)
    parts : sequence of k ndarrays
        Row index of each part.
    shape : (G, H)
        Padded nodes of the columns and of the target.

    Returns
    -------
    ndarray of shape (k, d, G, H)
        Counts as float32, exact up to 2**24 rows in a cell.
    """
    g, h = shape
    out = np.empty((len(parts), len(codes), g, h), np.float32)
    for j, column in enumerate(codes):
        cells = column.astype(np.int64) * h + target
        for k, rows in enumerate(parts):
            out[k, j] = np.bincount(cells[rows], minlength=g * h).reshape(g, h)
    return out


def compute_entropy(counts: ArrayLike) -> float:
    """Plug-in entropy in nats; MI with a discrete variable is at most this."""
    return float(stats.entropy(np.asarray(counts, float)))
