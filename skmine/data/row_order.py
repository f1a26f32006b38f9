"""Rows in the order of time, one series after another.

Design notes. A series is what one group of rows holds, or all rows. Whatever looks at neighbours in time asks here who
they are: lags, blocks of consecutive rows, autocorrelations. Places count rows, not hours: where steps are missing,
neighbours are further apart in time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.source import Source


@dataclass(frozen=True)
class RowOrder:
    """The rows of one series or of several, each in time.

    Attributes
    ----------
    rows : ndarray of shape (n,)
        Row index, series after series, each in the order of time.
    series : ndarray of shape (n,)
        Number of the series of each of these, ascending from 0.
    first_of_time : ndarray of shape (n,)
        Place in this order of the first row that has the same series and time.
    """

    rows: NDArray[np.int64]
    series: NDArray[np.int64]
    first_of_time: NDArray[np.int64]

    @classmethod
    def read(cls, time: Any, groups: NDArray[np.int64] | None, n_rows: int) -> "RowOrder":
        """Order rows by time within each group.

        Parameters
        ----------
        time : array-like of shape (n,) or None
            Numbers or dates; None means that rows are in the order of time already.
        groups : ndarray of shape (n,) or None
            Group number of each row.
        n_rows : int

        Raises
        ------
        ValueError
            If there is not one time for each row, or if times are missing or have no order.
        """
        times = np.arange(n_rows) if time is None else read_times(time, n_rows)
        series = np.zeros(n_rows, np.int64) if groups is None else groups
        rows = np.lexsort([times, series])
        _, numbers = np.unique(series[rows], return_inverse=True)
        starts = np.r_[True, (np.diff(numbers) != 0) | (times[rows][1:] != times[rows][:-1])]
        return cls(rows, numbers.astype(np.int64), np.flatnonzero(starts)[np.cumsum(starts) - 1])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_series(self) -> int:
        """Number of series."""
        return int(self.series[-1]) + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each series, (n_series,)."""
        return np.bincount(self.series).astype(np.int64)

    @property
    def places(self) -> NDArray[np.int64]:
        """Place of each row of this order within its series, from 0 on, (n,)."""
        sizes = self.sizes
        return np.arange(len(self)) - np.repeat(np.cumsum(sizes) - sizes, sizes)

    def spread(self, distance: int) -> NDArray[np.int64]:
        """Places of the rows on a line on which series stand further than `distance` apart, (n,)."""
        return np.arange(len(self)) + self.series * (distance + 1)


def read_times(time: Any, n_rows: int) -> NDArray[np.int64]:
    """Numbers of times in their order, the same for the same time, (n,).

    Raises
    ------
    ValueError
    """
    source = Source(time, argument="time")
    if len(source.names) > 1 or source.n_rows != n_rows:
        raise ValueError(
            f"time must hold one value per row, {n_rows} of them, got {source.n_rows} rows and {len(source.names)} "
            f"columns; pass a flat list of numbers or dates."
        )
    column = source.column(0)
    if column.n_missing:
        raise ValueError(f"time has {column.n_missing} missing values; give every row one, or leave those rows out.")
    if column.categories is not None:
        raise ValueError(
            f"time holds labels such as {column.categories[0]!r}, which have no order; pass numbers or dates."
        )
    return np.asarray(np.unique(column.values, return_inverse=True)[1], np.int64)
