"""Raw values of any type become a column in canonical form.

Design notes. This is the only place that asks what a column's values are. What cannot be read is refused, in one
sentence that names the column.
"""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.cells import LARGEST_EXACT_INTEGER, read_texts
from skmine.data.column import Column
from skmine.data.labels import number_labels

#: What `pandas.api.types.infer_dtype` calls objects that are numbers, dates or durations.
NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty")
DATES = ("datetime64", "datetime", "date")
DURATIONS = ("timedelta64", "timedelta")


class InfinityError(ValueError):
    """A column contains infinity; `column` has missing values in its place, `n_values` of them."""

    def __init__(self, column: Column, n_values: int) -> None:
        super().__init__(
            f"Column {column.name!r} contains infinity; replace it by a finite value, or by NaN, which counts as "
            f"missing in X."
        )
        self.column, self.n_values = column, n_values


def make_column(raw: Any, name: str) -> Column:
    """Convert a one-dimensional array, pandas or polars series to canonical form.

    Raises
    ------
    ValueError
        If it holds complex numbers, infinities, or values that have no order and cannot be told apart.
    """
    if is_polars(raw, "Series"):
        if str(raw.dtype).partition("(")[0] in ("Categorical", "Enum"):
            return _from_labels(np.array(raw.cast(str).to_list(), object), name)
        raw = _convert_polars(raw)
    if isinstance(raw, pd.Series):
        if isinstance(raw.dtype, pd.CategoricalDtype):
            return _from_categorical(raw.cat, name)
        if isinstance(raw.dtype, pd.PeriodDtype):
            raw = raw.dt.to_timestamp()
        raw = raw.array if pd.api.types.is_extension_array_dtype(raw.dtype) else raw.to_numpy()
    kind = getattr(raw.dtype, "kind", "O")
    if kind == "c":
        raise ValueError(
            f"Complex data not supported: column {name!r}; pass its real and imaginary parts as two columns."
        )
    if kind in "mM":
        stamps = np.asarray(raw if kind == "m" else pd.DatetimeIndex(raw).tz_localize(None))
        return _from_exact(_count_nanoseconds(stamps), np.isnat(stamps), name)
    if kind in "iu":
        absent = None if isinstance(raw, np.ndarray) else np.asarray(raw.isna())
        whole = raw if absent is None else raw.to_numpy(dtype=raw.dtype.numpy_dtype, na_value=0)
        return replace(_from_exact(whole, absent, name), integral=True)
    if kind in "bf":
        return _from_floats(raw, name)
    # Python objects, fixed-width strings and whatever else numpy has.
    return _from_objects(np.asarray(raw, dtype=object), name)


def _count_nanoseconds(stamps: NDArray[Any]) -> NDArray[Any]:
    """Dates or durations in one unit, so that equal ones are equal numbers in every container."""
    counts = stamps.astype(f"{stamps.dtype.kind}8[ns]")
    present = ~np.isnat(stamps)
    if (counts.astype(stamps.dtype)[present] == stamps[present]).all():
        return counts.astype(np.int64)
    # 64 bits hold the nanoseconds of the years 1678 to 2262.
    return stamps.astype(f"{stamps.dtype.kind}8[us]").astype(np.int64).astype(object) * 1000


def _from_floats(raw: Any, name: str) -> Column:
    plain = isinstance(raw, np.ndarray)
    values = raw.astype(np.float64) if plain else raw.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise InfinityError(Column(name, np.where(np.isinf(values), np.nan, values)), int(np.isinf(values).sum()))
    return Column(name, values)


def _from_exact(whole: NDArray[Any], absent: NDArray[np.bool_] | None, name: str) -> Column:
    """Integers, or other objects with an order: as floats, unless those would make distinct values one."""
    present = whole if absent is None else whole[~absent]
    try:
        values = whole.astype(np.float64)
    except OverflowError:
        values = np.full(len(whole), np.inf)
    if absent is not None:
        values[absent] = np.nan
    floats = values[~np.isnan(values)]
    exact = whole.dtype != object and np.abs(floats).max(initial=0) <= LARGEST_EXACT_INTEGER
    if exact or len(pd.unique(floats)) == len(pd.unique(present)):
        return Column(name, values)
    return Column(name, whole, absent=np.zeros(len(whole), bool) if absent is None else absent)


def _from_categorical(accessor: Any, name: str) -> Column:
    numbers, levels = np.asarray(accessor.codes, dtype=np.int64), accessor.categories
    if accessor.ordered:
        return Column(name, np.where(numbers < 0, np.nan, numbers), integral=True)
    return Column(name, numbers, levels, integral=True)


def _from_objects(values: NDArray[np.object_], name: str) -> Column:
    """Python objects: numbers and dates where all of them are, or say so as texts; labels otherwise."""
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    read = read_texts(values) if inferred == "string" else None
    if read is not None:
        return replace(make_column(read, name), texts=values)
    try:
        if inferred in NUMBERS:
            return _from_object_numbers(values, inferred, name)
        if inferred in DATES:
            return make_column(pd.to_datetime(pd.Series(values, dtype=object), utc=True), name)
        if inferred in DURATIONS:
            return make_column(pd.to_timedelta(pd.Series(values, dtype=object)), name)
    except (ArithmeticError, pd.errors.OutOfBoundsDatetime, pd.errors.OutOfBoundsTimedelta) as error:
        raise ValueError(
            f"Column {name!r} holds a value that cannot be read as {inferred}: {error}; replace it, or pass strings."
        ) from error
    if inferred == "complex":
        return make_column(values.astype(complex), name)
    return _from_labels(values, name)


def make_text_column(
    codes: NDArray[np.int64], texts: NDArray[np.object_], name: str, *, as_labels: bool = False
) -> Column:
    """A column of distinct texts and the number of each row's, -1 where missing.

    `as_labels`: the texts are labels, whatever they say.

    Raises
    ------
    ValueError
        As `make_column`.
    """
    read = None if as_labels else read_texts(texts)
    if read is None:
        numbers, categories = number_labels(texts)
        return Column(name, np.append(numbers, -1)[codes], categories, integral=True)
    levels = make_column(read, name)
    if levels.absent is None:
        return Column(name, np.append(levels.values, np.nan)[codes], integral=levels.integral)
    absent = np.append(levels.absent, True)[codes]
    return Column(name, np.append(levels.values, levels.values[:1])[codes], integral=levels.integral, absent=absent)


def _from_labels(values: NDArray[np.object_], name: str) -> Column:
    numbers, categories = number_labels(values)
    return Column(name, numbers, categories, integral=True)


def _from_object_numbers(values: NDArray[np.object_], inferred: str, name: str) -> Column:
    """Booleans, integers, floats and decimals, any of which may be missing."""
    # A signalling NaN of the decimal module is missing like any other; comparing it would raise.
    absent = np.array([v.is_nan() if isinstance(v, Decimal) else pd.isna(v) for v in values], dtype=bool)
    filled = values.copy()
    filled[absent] = 0
    if any(isinstance(v, (float, Decimal)) and not math.isfinite(v) for v in filled):
        return _from_floats(np.where(absent, np.nan, filled).astype(np.float64), name)
    column = _from_exact(filled, absent, name)
    return replace(column, integral=inferred == "integer")


def is_polars(data: Any, kind: str) -> bool:
    """Whether an object is a polars "Series" or "DataFrame", without importing polars."""
    return type(data).__module__.split(".")[0] == "polars" and type(data).__name__ == kind


def _convert_polars(series: Any) -> Any:
    """A polars series as the array that `make_column` reads."""
    import polars as pl

    dtype = series.dtype
    if dtype.is_temporal():
        return series.to_numpy()
    if dtype.is_integer():
        whole = series.fill_null(0).to_numpy()
        return pd.arrays.IntegerArray(whole, series.is_null().to_numpy()) if series.null_count() else whole
    if dtype.is_float() or dtype == pl.Boolean:
        return series.cast(pl.Float64).to_numpy()
    return np.array(series.to_list(), object)
