"""Codes become counts: the one producer of contingency tables.

A pair of coded columns is a table of counts a part of the rows. Counts add up, so any other
producer (batches, files larger than memory) only has to add tables. Both sides are padded with
empty nodes to what the grid critic can fold, and tables of one shape travel in blocks whose size
depends on their shape alone: a column's numbers never depend on how many workers share the work.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Cells a block of tables may have: 8 tables of 128 x 128 nodes, which stay in a core's cache.
CELLS_IN_BLOCK = 8 * 128 * 128

#: Sides are padded to a multiple of this.
SIDE_MULTIPLE = 16


def padded(n_nodes: int) -> int:
    """The side of a table with so many nodes in use."""
    return max(-(-n_nodes // SIDE_MULTIPLE), 1) * SIDE_MULTIPLE


def tables_in_block(side: int, other: int) -> int:
    """How many tables of a shape go through the critic at once."""
    return int(np.clip(CELLS_IN_BLOCK // (side * other), 4, 64))


def blocks(sides: Sequence[int], other: int) -> list[NDArray[np.int64]]:
    """Columns grouped into blocks of one shape: arrays of their positions, by side, in order."""
    out: list[NDArray[np.int64]] = []
    for side in sorted(set(sides)):
        members = np.flatnonzero(np.asarray(sides) == side)
        size = tables_in_block(side, other)
        out += [members[i : i + size] for i in range(0, len(members), size)]
    return out


def count_tables(
    codes: Sequence[NDArray[np.integer[Any]]],
    target: NDArray[np.integer[Any]],
    parts: Sequence[NDArray[np.int64]],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Count the pairs of every column with the target on every part of the rows.

    Parameters
    ----------
    codes : sequence of d ndarrays of shape (n,)
        Node of each row, a column each.
    target : ndarray of shape (n,)
    parts : sequence of k ndarrays
        Row numbers of each part.
    shape : (G, H)
        Padded nodes of the columns and of the target.

    Returns
    -------
    ndarray of shape (k, d, G, H)
        Counts as float32, exact up to 2**24 rows a cell.
    """
    g, h = shape
    out = np.empty((len(parts), len(codes), g, h), np.float32)
    for j, column in enumerate(codes):
        cells = column.astype(np.int64) * h + target
        for k, rows in enumerate(parts):
            out[k, j] = np.bincount(cells[rows], minlength=g * h).reshape(g, h)
    return out
