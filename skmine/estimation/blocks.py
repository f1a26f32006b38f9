"""Blocks of consecutive rows: what moves together where rows are in time, and folds of whole blocks.

Design notes. Sums over blocks much longer than the memory of the rows are nearly independent, so errors and p-values go
by them, as they go by groups. Blocks take turns in the folds, so that each fold sees all of the time; rows within `gap`
of a test row, which know what it says, train no critic. A sum of m rows of memory tau (`autocorrelation`) varies less
than its share of the whole by tau / 2 m of it: so blocks are some times as long as that, where enough of them are left.

Politis and White (2004), "Automatic block-length selection for the dependent bootstrap", Econometric Reviews 23, choose
lengths for a mean squared error of the variance; rates of p-values want less bias, so longer blocks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skmine.data.row_order import RowOrder
from skmine.estimation.autocorrelation import Memory

#: Length of a block in memories of the rows, and blocks of a fold that are wanted in any case.
MEMORIES_PER_BLOCK = 8
BLOCKS_PER_FOLD = 5

#: Memories that a block holds at least, or its sum depends on its neighbours', and p-values are too small.
FEWEST_MEMORIES = 2

#: Memory in rows below which it may be noise: of 1,000 pairs of 20 to 200 independent rows none shows as much.
SURE_MEMORY = 4

#: A gap is at most this fraction of a block, or little would be left to train on.
LARGEST_GAP = 0.25


@dataclass(frozen=True)
class Blocks:
    """Rows in blocks.

    Attributes
    ----------
    order : RowOrder
    numbers : ndarray of shape (n,)
        Block of each row.
    gap : int
        Neighbours in time on either side of a test row that do not train.
    """

    order: RowOrder
    numbers: NDArray[np.int64]
    gap: int

    def __len__(self) -> int:
        return int(self.numbers.max()) + 1

    def split(self, n_folds: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Training and test rows of folds in which blocks take turns, in the order of the rows."""
        folds = self.numbers % n_folds
        return [
            (np.flatnonzero((folds != k) & ~self.find_near(folds == k)), np.flatnonzero(folds == k))
            for k in range(n_folds)
        ]

    def find_near(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which rows stand within the gap of a chosen row of the same series, (n,)."""
        places = self.order.spread(self.gap)
        line = np.zeros(int(places[-1]) + 2 + 2 * self.gap, np.int64)
        line[places + self.gap + 1] = chosen[self.order.rows]
        below = np.cumsum(line)
        near = np.empty(len(chosen), bool)
        near[self.order.rows] = below[places + 2 * self.gap + 1] > below[places]
        return near


def choose_length(memory: Memory, n_rows: int, n_folds: int) -> int:
    """Rows of a block, so that a few memories fit and enough blocks stand."""
    most = max(n_rows // (n_folds * BLOCKS_PER_FOLD), 1)
    return min(int(np.ceil(MEMORIES_PER_BLOCK * memory.times)), most)


def cut(order: RowOrder, length: int, gap: int) -> Blocks:
    """Cut each series into blocks of about as many rows; rows of one time stay together."""
    sizes = order.sizes
    n_blocks = np.maximum(np.rint(sizes / length), 1).astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    place = order.first_of_time - starts[order.series]
    block = (np.cumsum(n_blocks) - n_blocks)[order.series] + place * n_blocks[order.series] // sizes[order.series]
    numbers = np.empty(len(order), np.int64)
    numbers[order.rows] = np.unique(block, return_inverse=True)[1]
    return Blocks(order, numbers, gap)
