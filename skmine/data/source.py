"""Whatever users have becomes columns: arrays, sparse matrices, pandas and polars frames, targets.

Design notes. A table is read one column at a time, so that a wide one is never copied whole. The
canonical form (`encoding.Column`) is float64 with NaN for what has an order (numbers, booleans,
dates, ordered categoricals) and category numbers for what has none (strings, categoricals, mixed
objects). What cannot be read is refused here, in one sentence that names the column.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from skmine.data.coding import Column
from skmine.data.naming import hint
from skmine.exceptions import IdentifierWarning, MissingColumnWarning, warn

#: From so many rows on, a target whose labels are all different is refused.
SMALLEST_IDENTIFIER = 10


class Table:
    """Named columns of an array, a sparse matrix, a pandas or a polars frame, read one at a time.

    Parameters
    ----------
    data : array-like of shape (n, d), sparse matrix, or frame
    argument : str, default="X"
        How errors call it, and its columns where they have no names: x0, x1, ... for X and table, "y" or
        "y[:, 0]", "y[:, 1]", ... for y.

    Raises
    ------
    ValueError
        If there are no rows, no columns, or two columns of one name.
    """

    def __init__(self, data: Any, *, argument: str = "X") -> None:
        named = hasattr(data, "columns") or getattr(data, "name", None) is not None
        data = as_frame(data)
        if not (isinstance(data, pd.DataFrame) or _is_polars(data, "DataFrame") or sparse.issparse(data)):
            given, data = data, _as_array(data, argument)
            if data.ndim == 1:
                data = data[:, None]
            if data.ndim != 2:
                raise ValueError(
                    f"{argument} must have one or two dimensions, got a {type(given).__name__} of shape "
                    f"{data.shape}; pass an array of values or a DataFrame."
                )
        elif sparse.issparse(data):
            data = sparse.csc_array(data)
        self.data = data
        n, d = data.shape
        if n == 0 or d == 0:
            raise ValueError(f"{argument} is empty: {n} rows and {d} columns; at least one of each is needed.")
        if named and hasattr(data, "columns"):
            self.names = [str(c) for c in data.columns]
        elif argument in ("X", "table"):
            self.names = [f"x{j}" for j in range(d)]
        else:
            self.names = [argument] if d == 1 else [f"{argument}[:, {j}]" for j in range(d)]
        if len(set(self.names)) < d:
            twice = next(name for i, name in enumerate(self.names) if name in self.names[:i])
            raise ValueError(f"{argument} has more than one column named {twice!r}; give each its own name.")

    def __len__(self) -> int:
        return int(self.data.shape[0])

    def __iter__(self) -> Iterator[Column]:
        return (self.column(j) for j in range(len(self.names)))

    def column(self, j: int) -> Column:
        """Column j in canonical form."""
        data = self.data
        if isinstance(data, pd.DataFrame):
            raw = data.iloc[:, j]
        elif _is_polars(data, "DataFrame"):
            raw = data.to_series(j)
        elif isinstance(data, np.ndarray):
            raw = data[:, j]
        else:
            raw = data[:, [j]].toarray()[:, 0]
        return as_column(raw, self.names[j])


def as_frame(data: Any) -> Any:
    """Series, Arrow tables and masked arrays as what the rest of the module reads; others as they are."""
    if isinstance(data, pd.Series) or _is_polars(data, "Series"):
        return data.to_frame()
    if type(data).__module__.split(".")[0] == "pyarrow" and hasattr(data, "to_pandas"):
        return data.to_pandas()
    if isinstance(data, np.ma.MaskedArray):
        return np.ma.filled(data.astype(np.float64), np.nan)
    return data


def _as_array(data: Any, argument: str) -> NDArray[Any]:
    try:
        return np.asarray(data)
    except ValueError as error:
        raise ValueError(
            f"{argument} is no table: its rows differ in length; give every row as many values."
        ) from error


def as_column(raw: Any, name: str) -> Column:
    """A one-dimensional array or series in canonical form.

    Raises
    ------
    ValueError
        If it holds complex numbers or infinities.
    """
    if _is_polars(raw, "Series"):
        raw = _from_polars(raw)
    if isinstance(raw, pd.Series):
        if isinstance(raw.dtype, pd.CategoricalDtype):
            return _from_categorical(raw.cat, name)
        if isinstance(raw.dtype, pd.PeriodDtype):
            raw = raw.dt.to_timestamp()
        raw = raw.array if pd.api.types.is_extension_array_dtype(raw.dtype) else raw.to_numpy()
    kind = getattr(raw.dtype, "kind", "O")
    if kind == "O":
        return _from_objects(np.asarray(raw, dtype=object), name)
    if kind == "c":
        raise ValueError(f"Complex data not supported: column {name!r}; pass its real and imaginary parts.")
    if kind in "mM":
        stamps = np.asarray(raw if kind == "m" else pd.DatetimeIndex(raw).tz_localize(None))
        values = np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64))
    elif kind in "biuf":
        if isinstance(raw, np.ndarray):
            values = raw.astype(np.float64)
        else:
            values = raw.to_numpy(dtype=np.float64, na_value=np.nan)
    else:  # fixed-width strings and whatever else numpy has
        return _from_objects(np.asarray(raw, dtype=object), name)
    if kind == "f" and np.isinf(values).any():
        raise ValueError(
            f"Column {name!r} contains infinity; put a finite value, or NaN, which is taken as missing in X."
        )
    if kind in "iu" and np.abs(values).max(initial=0) > 2**53:
        present = raw if isinstance(raw, np.ndarray) else raw[~raw.isna()].to_numpy()
        if len(np.unique(present)) > len(np.unique(values[~np.isnan(values)])):
            raise ValueError(
                f"Column {name!r} holds integers beyond 2**53 that floating point cannot tell apart; subtract an "
                f"offset, or pass them as strings."
            )
    return Column(name, values, integral=kind in "iu")


def _from_categorical(accessor: Any, name: str) -> Column:
    numbers, levels = np.asarray(accessor.codes, dtype=np.int64), accessor.categories
    if accessor.ordered:
        return Column(name, np.where(numbers < 0, np.nan, numbers), integral=True)
    return Column(name, numbers, levels, integral=True)


def _from_objects(values: NDArray[np.object_], name: str) -> Column:
    """Python objects: numbers and dates where all of them are, labels otherwise."""
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty"):
        numbers = pd.Series(values, dtype=object).where(~pd.isna(values), np.nan)
        try:
            column = as_column(numbers.to_numpy(dtype=np.float64), name)
        except OverflowError:
            raise ValueError(
                f"Column {name!r} holds integers too large for floating point; pass them as strings."
            ) from None
        return Column(name, column.values, integral=inferred == "integer")
    if inferred in ("datetime64", "datetime", "date", "timedelta64", "timedelta"):
        series = pd.Series(values, dtype=object)
        if inferred.startswith("timedelta"):
            return as_column(pd.to_timedelta(series), name)
        return as_column(pd.to_datetime(series, utc=True), name)
    if inferred == "complex":
        return as_column(values.astype(complex), name)
    try:
        numbers, levels = pd.factorize(values)
    except TypeError:  # unhashable things are told apart by how they print
        numbers, levels = pd.factorize(np.array([None if v is None else repr(v) for v in values], dtype=object))
    order = np.argsort(np.array([f"{type(v).__name__}:{v}" for v in levels], dtype=object), kind="stable")
    rank = np.empty(len(levels) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(levels)), -1
    return Column(name, rank[numbers], pd.Index(levels[order], dtype=object), integral=True)


def _is_polars(data: Any, kind: str) -> bool:
    return type(data).__module__.split(".")[0] == "polars" and type(data).__name__ == kind


def _from_polars(series: Any) -> Any:
    import polars as pl

    dtype = series.dtype
    if dtype.is_temporal():
        return series.to_numpy()
    if dtype.is_integer() and not series.null_count():
        return series.to_numpy()
    if dtype.is_numeric() or dtype == pl.Boolean:
        return series.cast(pl.Float64).to_numpy()
    return np.array(
        series.cast(pl.String).to_list() if dtype in (pl.Categorical, pl.Enum) else series.to_list(), object
    )


# Targets -------------------------------------------------------------------------------------------


def target_columns(y: Any) -> list[Column]:
    """The target's columns, checked: every row has a value and there is something to tell apart.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, t), series or frame

    Raises
    ------
    ValueError
        If values are missing or infinite, if a column has a single value, or if it holds labels
        that identify rows instead of grouping them.

    Warns
    -----
    IdentifierWarning
        If a column holds integers, all different.
    """
    columns = list(Table(y, argument="y"))
    for column in columns:
        name = f"Target {column.name!r}"
        n, n_missing = len(column.values), int(column.missing.sum())
        if n_missing:
            raise ValueError(
                f"{name} has {n_missing} missing values among {n}; drop those rows, a target needs a value in each."
            )
        n_distinct = len(np.unique(column.values))
        if n_distinct == 1:
            raise ValueError(f"{name} has one class or value only; a target needs at least two.")
        if column.categories is not None and is_identifier(column):
            raise ValueError(
                f"{name} looks like an identifier: {n} rows hold {n_distinct} different labels; pass a target that "
                f"groups rows."
            )
        if column.integral and n_distinct == n >= SMALLEST_IDENTIFIER:
            warn(
                f"{name} looks like an identifier: {n} rows hold {n} different integers. They are "
                f"taken as ordered values; pass another target if they only number the rows.",
                IdentifierWarning,
            )
    return columns


def is_identifier(column: Column) -> bool:
    """Whether nine of ten rows have a value of their own."""
    n = len(column.values)
    return n >= SMALLEST_IDENTIFIER and len(np.unique(column.values)) >= 0.9 * n


def warn_of_identifier(column: Column) -> None:
    """Say that labels hardly two of which are alike can share nothing with anything."""
    labels = column.categories
    assert labels is not None
    warn(
        f"Column {column.name!r} holds {len(labels)} different labels such as {labels[0]!r}, hardly two rows alike, "
        f"and can share nothing with another column; drop it, or make it numbers.",
        IdentifierWarning,
    )


def warned(table: Table) -> Iterator[Column]:
    """The columns, with a warning for those that cannot say anything though they seem to."""
    for column in table:
        if column.missing.all():
            warn(f"Column {column.name!r} has no values and scores 0; drop it or fill it.", MissingColumnWarning)
        elif column.categories is not None and is_identifier(column):
            warn_of_identifier(column)
        yield column


def take_target(frame: Any, name: str) -> tuple[Any, Any]:
    """Take a named column out of a pandas or polars frame: the other columns, and that one.

    Raises
    ------
    TypeError
        If there are no column names to look in.
    ValueError
        If no column has that name (the nearest one is suggested), or no other column is left.
    """
    frame = as_frame(frame)
    if not hasattr(frame, "columns"):
        raise TypeError(f"y={name!r} names a column, but X is a {type(frame).__name__} without names; pass a frame.")
    names = [str(c) for c in frame.columns]
    if names.count(name) != 1:
        problem = "more than one column is" if name in names else "no column is"
        raise ValueError(f"Target {name!r}: {problem} called so; {hint(name, names)}")
    if len(names) == 1:
        raise ValueError(f"Target {name!r} is the only column; there is none to rank.")
    place = names.index(name)
    if isinstance(frame, pd.DataFrame):
        return frame.drop(columns=frame.columns[place]), frame.iloc[:, place]
    return frame.drop(name), frame.to_series(place)
