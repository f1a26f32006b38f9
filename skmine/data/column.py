"""A column in canonical form, what kind it is, and how raw values become one.

Design notes. The canonical form is float64 with NaN for what has an order (numbers, booleans, dates, ordered
categoricals) and category numbers for what has none (strings, categoricals, mixed objects). Where floats would
make distinct values one (integers beyond 2**53, nanoseconds, long decimals), values stay as they are and
`absent` says which are missing: codes and ranks need an order only. What cannot be read is refused here, in
one sentence that names the column. `Column.kind` is the rule that says what a column is called.
"""

import functools
import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.cells import LARGEST_EXACT_INTEGER, read_texts
from skmine.data.labels import number_labels

Kind = Literal["constant", "continuous", "discrete", "categorical"]

#: With fewer rows than this, all values may differ by chance, so nothing is called an identifier.
SMALLEST_IDENTIFIER = 10

#: Distinct labels per row from which on labels identify rows: one row in ten may repeat a label by mistake.
IDENTIFIER_SHARE = 0.9

#: Rows per distinct value that numbers need to be called discrete: with fewer, ties are chance.
ROWS_PER_VALUE = 2

#: Rows per distinct value from which on each value of a discrete column may say something that its neighbours do
#: not: a code, whose order means nothing. Of fewer rows there is too little to tell.
ROWS_PER_LEVEL = 5

#: What `pandas.api.types.infer_dtype` calls objects that are numbers, dates or durations.
NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty")
DATES = ("datetime64", "datetime", "date")
DURATIONS = ("timedelta64", "timedelta")


@dataclass(frozen=True)
class Column:
    """One column in canonical form.

    Attributes
    ----------
    name : str
    values : ndarray of shape (n,)
        Ordered columns: float64, NaN where missing; integers or objects where floats would make distinct
        values one. Unordered ones: category numbers, int64, -1 where missing.
    categories : pandas.Index or None
        What the category numbers stand for; None for an ordered column.
    integral : bool
        Whether the values came as integers or categories (what an identifier looks like).
    absent : ndarray of shape (n,) or None
        Which values are missing, where the values themselves cannot say it.
    texts : ndarray of shape (n,) or None
        The texts of an ordered column that came as text: its labels, where labels are asked for.
    codings : dict
        What `coding.fit_coding` learned of this column, so that it is coded once per node count.
    """

    name: str
    values: NDArray[Any]
    categories: pd.Index | None = None
    integral: bool = False
    absent: NDArray[np.bool_] | None = field(default=None, repr=False, compare=False)
    texts: NDArray[np.object_] | None = field(default=None, repr=False, compare=False)
    codings: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def missing(self) -> NDArray[np.bool_]:
        if self.absent is not None:
            return self.absent
        return np.isnan(self.values) if self.categories is None else self.values < 0

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """Row index in the order of the values, missing ones last in an ordered column."""
        order = np.argsort(self.values)
        if self.absent is None:
            return order
        return np.concatenate([order[~self.absent[order]], np.flatnonzero(self.absent)])

    @functools.cached_property
    def in_order(self) -> NDArray[Any]:
        """The values in order. Sorted once, however many codings look."""
        return self.values[self.order]

    @functools.cached_property
    def distinct(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Distinct values that are present, in order, and how many rows hold each."""
        n_missing = int(self.missing.sum())
        # Missing values are NaN, last in order, or category -1, first.
        first = n_missing if self.categories is not None else 0
        present = self.in_order[first : first + len(self.values) - n_missing]
        if not len(present):
            return present, np.empty(0, np.int64)
        last = np.flatnonzero(np.r_[present[1:] != present[:-1], True])
        return present[last], np.diff(last, prepend=-1)

    @functools.cached_property
    def labelled(self) -> "Column":
        """The same column with its distinct numbers, or texts, as categories, if it has no categories yet."""
        if self.categories is not None:
            return self
        present = ~self.missing
        if self.texts is not None:
            labels, categories = number_labels(self.texts)
            return Column(self.name, np.where(present, labels, -1), categories, self.integral)
        numbers = np.full(len(self.values), -1)
        numbers[present], categories = pd.factorize(self.values[present], sort=True)
        return Column(self.name, numbers, pd.Index(categories), self.integral)

    @property
    def is_constant(self) -> bool:
        """Whether all rows hold one value, or all are missing."""
        return len(self.distinct[0]) + bool(self.missing.any()) <= 1

    @property
    def is_identifier(self) -> bool:
        """Whether nearly every row has a value of its own."""
        n = len(self.values)
        return n >= SMALLEST_IDENTIFIER and len(np.unique(self.values)) >= IDENTIFIER_SHARE * n

    def kind(self, discrete: bool | None) -> Kind:
        """What the column is taken for: by its type and its ties alone, whoever asks.

        One value (or none): constant. Labels, or whatever is marked as discrete: categorical. Numbers, booleans,
        dates and ordered categories: discrete where they repeat (`ROWS_PER_VALUE` rows or more for each distinct
        value), continuous otherwise, or where they are marked so.

        Parameters
        ----------
        discrete : bool or None
            True: every value is a category. False: continuous. None: by type and ties.
        """
        if self.is_constant:
            return "constant"
        if discrete or self.categories is not None:
            return "categorical"
        return "discrete" if discrete is None and self._repeats(ROWS_PER_VALUE) else "continuous"

    def has_levels(self, discrete: bool | None) -> bool:
        """Whether each distinct value may say something of its own: labels, and numbers that repeat often."""
        kind = self.kind(discrete)
        return kind == "categorical" or (kind == "discrete" and self._repeats(ROWS_PER_LEVEL))

    def _repeats(self, n_rows: int) -> bool:
        """Whether there are so many rows for each distinct value."""
        values, counts = self.distinct
        return n_rows * len(values) <= int(counts.sum())


# From raw values ------------------------------------------------------------------------------------


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
        raise ValueError(
            f"Column {name!r} contains infinity; replace it by a finite value, or by NaN, which counts as missing in X."
        )
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
