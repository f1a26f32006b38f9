"""Columns of earlier rows."""

from typing import Any

import pandas as pd

from skmine.data.arrays import convert_frame
from skmine.data.lagging import LaggedRows, make_lagged_frame, read_lags
from skmine.data.naming import find_columns
from skmine.data.readers import read_frame
from skmine.data.row_order import RowOrder
from skmine.data.source import Source, take_target
from skmine.estimation.folds import number_groups


def lagged(
    frame: Any, lags: Any, *, columns: Any = None, time: Any = None, groups: Any = None, dropna: bool = False
) -> pd.DataFrame:
    """Columns of earlier rows: what stood some rows before, in the same series.

    Parameters
    ----------
    frame : frame or array-like of shape (n_samples,) or (n_samples, n_features)
    lags : int or sequence of int
        Rows before; 0 is the row itself, negative ones are rows after.
    columns : array-like, default=None
        Names, indices or a mask of the columns to take; None takes all beside those that `time` and `groups` name.
    time : array-like of shape (n_samples,) or str, default=None
        Times, numbers or dates; a string names a column of the frame. None: rows are in the order of time. A lag is a
        number of rows: where times are missing, it is longer.
    groups : array-like of shape (n_samples,) or str, default=None
        Series that have a time each; lags do not reach over their borders.
    dropna : bool, default=False
        Whether to leave out the rows that lack a lag. They have missing values otherwise, which skmine takes as a value
        of their own.

    Returns
    -------
    DataFrame of shape (n_samples, n_columns * n_lags)
        Columns ``x_lag0``, ``x_lag1``, ...; rows as they stand in the frame.

    Raises
    ------
    ValueError
        If lags, times, groups or columns cannot be used.

    See Also
    --------
    skmine.LagTransformer : The same in a Pipeline.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmine import lagged
    >>> print(lagged(pd.DataFrame({"x": [1.0, 2.0, 3.0]}), [0, 1]))
       x_lag0  x_lag1
    0     1.0     NaN
    1     2.0     1.0
    2     3.0     2.0
    """
    found = read_lags(lags)
    frame = _read_frame(frame)
    frame, time, groups = set_aside(frame, time, groups)
    if columns is not None:
        frame = frame.iloc[:, find_columns(columns, [str(name) for name in frame.columns], "columns")]
    order = RowOrder.read(time, None if groups is None else number_groups(groups, len(frame)), len(frame))
    out = make_lagged_frame(frame, found, order)
    return out.iloc[LaggedRows.find(order, found).rows] if dropna else out


def _read_frame(frame: Any) -> pd.DataFrame:
    """A pandas frame of whatever table there is."""
    reader = read_frame(frame)
    if reader is not None:
        return convert_frame(reader.data, "pandas")
    source = Source(frame)
    return pd.DataFrame({name: source.raw(j) for j, name in enumerate(source.names)})


def set_aside(frame: Any, time: Any, groups: Any) -> tuple[Any, Any, Any]:
    """The frame without the columns that time and groups name, and what these hold."""
    if isinstance(time, str):
        frame, time = take_target(frame, time, "time", "Column of times")
    if isinstance(groups, str):
        frame, groups = take_target(frame, groups, "groups", "Column of groups")
    return frame, time, groups
