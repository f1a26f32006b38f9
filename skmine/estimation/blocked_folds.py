"""Folds of whole blocks of consecutive rows: a splitter, and what it says of the rows that move together."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.column import Column
from skmine.data.row_order import RowOrder
from skmine.data.source import Source
from skmine.estimation.autocorrelation import measure_memory
from skmine.estimation.blocks import FEWEST_MEMORIES, LARGEST_GAP, SURE_MEMORY, Blocks, choose_length, cut
from skmine.estimation.fold_splitter import FoldSplitter
from skmine.estimation.folds import number_groups
from skmine.exceptions import AutocorrelatedRowsWarning, warn


class BlockedKFold(FoldSplitter):
    """K folds of blocks of consecutive rows, with a gap between training and test rows: a splitter for `cv`.

    For rows in the order of time, which are not independent: neighbours never stand on both sides. Blocks take turns
    in the folds, so that each fold holds rows of all times. As `cv` of skmine it also makes errors and p-values go by
    whole blocks.

    Parameters
    ----------
    n_splits : int, default=3
        Number of folds, at least 2.
    block_length : {"auto"} or int, default="auto"
        Rows of a block. "auto" is eight times the number of rows that say what one independent row does, by the
        autocorrelations of the columns and of the target [1]_, but leaves five blocks to a fold.
    gap : {"auto"} or int, default="auto"
        Neighbours of a test row in time, on either side, that are left out of training. "auto" reaches as far as
        autocorrelations do, up to a quarter of a block.

    Notes
    -----
    Blocks of five to a fold are few: errors are those of Student's law then, and p-values rarely small. Of rows that
    remember longer than n / 15 rows, such as a random walk, no test can tell much.

    References
    ----------
    .. [1] Bartlett (1935), "Some aspects of the time-correlation problem in regard to tests of significance", Journal
       of the Royal Statistical Society 98.
    .. [2] Politis and White (2004), "Automatic block-length selection for the dependent bootstrap", Econometric
       Reviews 23.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import BlockedKFold
    >>> for train, test in BlockedKFold(2, block_length=3, gap=1).split(np.zeros((12, 1))):
    ...     print(train, test)
    [ 4 10 11] [0 1 2 6 7 8]
    [0 1 7] [ 3  4  5  9 10 11]
    """

    def __init__(self, n_splits: int = 3, *, block_length: str | int = "auto", gap: str | int = "auto") -> None:
        super().__init__(n_splits)
        for name, value, least in (("block_length", block_length, 1), ("gap", gap, 0)):
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least
            if value != "auto" and not whole:
                raise ValueError(f"{name} must be 'auto' or a whole number of rows from {least} on, got {value!r}.")
        self.block_length = block_length
        self.gap = gap

    def __repr__(self) -> str:
        return f"BlockedKFold({self.n_splits}, block_length={self.block_length!r}, gap={self.gap!r})"

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Row numbers of the training and test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Its rows are in the order of time.
        y : array-like of shape (n_samples,), default=None
        groups : array-like of shape (n_samples,), default=None
            Series that have a time each, such as one per sensor; no block reaches over their borders.

        Yields
        ------
        train, test : ndarray
        """
        columns = list(Source(X, infinite="missing"))
        n = len(columns[0].values)
        targets = columns if y is None else list(Source(y, argument="y", infinite="missing"))
        numbers = None if groups is None else number_groups(groups, n)
        yield from self.cut(RowOrder.read(None, numbers, n), columns, targets).split(self.n_splits)

    def choose(self, order: RowOrder, columns: Iterable[Column], targets: Sequence[Column]) -> "BlockedKFold":
        """The same folds with numbers in the place of "auto".

        Parameters
        ----------
        order : RowOrder
        columns : iterable of Column
        targets : sequence of Column

        Returns
        -------
        BlockedKFold

        Warns
        -----
        AutocorrelatedRowsWarning
            If rows remember so long that no blocks of them are independent.
        """
        length, gap = self.block_length, self.gap
        if isinstance(length, str) or isinstance(gap, str):
            memory = measure_memory(columns, targets, order)
            if isinstance(length, str):
                length = choose_length(memory, len(order), self.n_splits)
                if memory.times > SURE_MEMORY and length < FEWEST_MEMORIES * memory.times:
                    warn(
                        f"Rows in time remember about {memory.times:.0f} rows, and blocks of {len(order)} rows can "
                        f"have {length} at most: they are not independent, and p-values are too low. Pass differences "
                        f"between rows instead of such series, or more rows.",
                        AutocorrelatedRowsWarning,
                    )
            if isinstance(gap, str):
                gap = min(memory.reach, int(LARGEST_GAP * length)) if memory.reach > 1 else 0
        return BlockedKFold(self.n_splits, block_length=length, gap=gap)

    def cut(self, order: RowOrder, columns: Iterable[Column], targets: Sequence[Column]) -> Blocks:
        """Blocks of rows, as long as columns and targets need them.

        Parameters
        ----------
        order : RowOrder
        columns : iterable of Column
        targets : sequence of Column

        Returns
        -------
        Blocks

        Raises
        ------
        ValueError
            If there are fewer blocks than folds.
        """
        chosen = self.choose(order, columns, targets)
        length = int(chosen.block_length)
        blocks = cut(order, length, int(chosen.gap))
        if len(blocks) < self.n_splits:
            raise ValueError(
                f"{len(order)} rows make {len(blocks)} blocks of {length} rows, fewer than the {self.n_splits} folds; "
                f"pass more rows, fewer folds or a smaller block_length."
            )
        return blocks


def read_blocked(cv: Any, what: str) -> BlockedKFold:
    """Folds of blocks: those that `cv` is, or as many as it says; errors say `what` needs them.

    Raises
    ------
    ValueError
        If `cv` is another splitter.
    """
    if isinstance(cv, (int, np.integer)):
        return BlockedKFold(int(cv))
    if not isinstance(cv, BlockedKFold):
        raise ValueError(f"{what} folds of blocks, got cv={cv!r}; pass a number of folds or BlockedKFold.")
    return cv
