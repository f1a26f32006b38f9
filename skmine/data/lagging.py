"""Columns of earlier rows: what stood some steps before in the same series.

Design notes. A lag is a number of rows of a series in the order of time. Where a series has no row so early (or, with
a negative lag, so late), a value is missing, or the row is left out: lags never reach over the border of a series.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.column import Column
from skmine.data.row_order import RowOrder
from skmine.data.source import Source

#: Place of a row that does not exist.
NONE = -1


def read_lags(lags: Any, *, least: int | None = None) -> list[int]:
    """Lags as a list; a number is that one.

    Raises
    ------
    ValueError
        If there are none, if they are not whole numbers, repeat, or are below `least`.
    """
    found = [lags] if np.ndim(lags) == 0 else list(lags)
    whole = all(isinstance(lag, Integral) and not isinstance(lag, bool) for lag in found)
    if not found or not whole or len(set(found)) < len(found):
        raise ValueError(f"lags must be a whole number or different ones, got {lags!r}; pass range(1, 6), for example.")
    if least is not None and min(found) < least:
        raise ValueError(f"lags must be {least} or more, got {min(found)}; pass 1 for the row before.")
    return [int(lag) for lag in found]


def find_earlier(order: RowOrder, lag: int) -> NDArray[np.int64]:
    """For each row, which row stands `lag` steps before it in its series, or `NONE`, (n,)."""
    place = np.arange(len(order)) - lag
    inside = (order.places >= lag) & (order.places - lag < order.sizes[order.series])
    out = np.full(len(order), NONE)
    out[order.rows] = np.where(inside, order.rows[np.where(inside, place, 0)], NONE)
    return out.astype(np.int64)


def name_lag(name: str, lag: int) -> str:
    """How a column is called some steps before."""
    return f"{name}_lag{lag}"


def make_lagged_frame(frame: pd.DataFrame, lags: Sequence[int], order: RowOrder) -> pd.DataFrame:
    """Every column of a frame at each lag, of as many rows and the same index; missing where there is no such row."""
    out = {}
    places = {lag: find_earlier(order, lag) for lag in lags}
    for j, name in enumerate(map(str, frame.columns)):
        column = frame.iloc[:, j].reset_index(drop=True)
        if column.dtype == bool and any((earlier == NONE).any() for earlier in places.values()):
            column = column.astype("boolean")  # which holds missing values
        for lag, earlier in places.items():
            out[name_lag(name, lag)] = column.reindex(earlier).set_axis(frame.index)
    return pd.DataFrame(out, index=frame.index)


@dataclass(frozen=True)
class LaggedRows:
    """Rows that have all the earlier ones that are asked for.

    Attributes
    ----------
    lags : list of int
    rows : ndarray of shape (m,)
        Row index, in the order of the table.
    earlier : dict of int to ndarray of shape (m,)
        Row index of what stands so many steps before each.
    """

    lags: list[int]
    rows: NDArray[np.int64]
    earlier: dict[int, NDArray[np.int64]]

    @classmethod
    def find(cls, order: RowOrder, lags: Sequence[int]) -> "LaggedRows":
        """Find them.

        Raises
        ------
        ValueError
            If there are none.
        """
        earlier = {lag: find_earlier(order, lag) for lag in lags}
        rows = np.flatnonzero(np.min(list(earlier.values()), axis=0) > NONE)
        if not len(rows):
            raise ValueError(
                f"No row has all lags, {min(lags)} to {max(lags)}: the longest series has {order.sizes.max()} rows; "
                f"pass shorter lags."
            )
        return cls(list(lags), rows, {lag: places[rows] for lag, places in earlier.items()})

    def take(self, column: Column) -> Column:
        """A column in these rows."""
        return take_rows(column, self.rows, column.name)

    def shift(self, column: Column, lag: int) -> Column:
        """A column at a lag."""
        return take_rows(column, self.earlier[lag], name_lag(column.name, lag))


def take_rows(column: Column, rows: NDArray[np.int64], name: str) -> Column:
    """A column of some rows, under another name."""
    absent = None if column.absent is None else column.absent[rows]
    texts = None if column.texts is None else column.texts[rows]
    return replace(column, name=name, values=column.values[rows], absent=absent, texts=texts, codings={})


class LaggedSource(Source):
    """Every column of a source at each lag, made when it is asked for; lags of one column stand side by side.

    Parameters
    ----------
    source : Source
    rows : LaggedRows
    """

    def __init__(self, source: Source, rows: LaggedRows) -> None:
        self._rows, self._columns = rows, list(source)
        self.argument, self.infinite, self.n_rows = source.argument, source.infinite, len(rows.rows)
        self.names = [name_lag(name, lag) for name in source.names for lag in rows.lags]

    def column(self, j: int) -> Column:
        """Column j in canonical form."""
        place, lag = divmod(j, len(self._rows.lags))
        return self._rows.shift(self._columns[place], self._rows.lags[lag])
