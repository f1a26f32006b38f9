"""A column in canonical form, what kind it is, and how raw values become one.

Design notes. The canonical form is float64 with NaN for what has an order (numbers, booleans, dates, ordered
categoricals) and category numbers for what has none (strings, categoricals, mixed objects). What cannot be
read is refused here, in one sentence that names the column. `Column.kind` is the only rule that says what a
column is taken for.
"""

import functools
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.exceptions import IdentifierWarning, warn

Kind = Literal["constant", "continuous", "discrete", "categorical"]

#: With fewer rows than this, all values may differ by chance, so nothing is called an identifier.
SMALLEST_IDENTIFIER = 10

#: Distinct labels per row from which on labels identify rows: one row in ten may repeat a label by mistake.
IDENTIFIER_SHARE = 0.9

#: Rows per distinct value that numbers need to be called discrete: with fewer, ties are chance.
ROWS_PER_VALUE = 2

#: The largest integer up to which float64 tells all integers apart.
LARGEST_EXACT_INTEGER = 2**53


@dataclass(frozen=True)
class Column:
    """One column in canonical form.

    Attributes
    ----------
    name : str
    values : ndarray of shape (n,)
        Ordered columns: float64, NaN where missing. Unordered ones: category numbers, int64, -1
        where missing.
    categories : pandas.Index or None
        What the category numbers stand for; None for an ordered column.
    integral : bool
        Whether the values came as integers or categories (what an identifier looks like).
    codings : dict
        What `coding.fit_coding` learned of this column, so that it is coded once per node count.
    """

    name: str
    values: NDArray[Any]
    categories: pd.Index | None = None
    integral: bool = False
    codings: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.values) if self.categories is None else self.values < 0

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """Row index in the order of the values, missing ones last in an ordered column."""
        return np.argsort(self.values)

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
        """The same column with its distinct numbers as categories, if it has no categories yet."""
        if self.categories is not None:
            return self
        numbers, categories = pd.factorize(self.values, sort=True)
        return Column(self.name, numbers.astype(np.int64), pd.Index(categories), self.integral)

    @property
    def is_constant(self) -> bool:
        """Whether all rows hold one value, or all are missing."""
        return len(self.distinct[0]) + bool(self.missing.any()) <= 1

    @property
    def is_identifier(self) -> bool:
        """Whether nearly every row has a value of its own."""
        n = len(self.values)
        return n >= SMALLEST_IDENTIFIER and len(np.unique(self.values)) >= IDENTIFIER_SHARE * n

    def kind(self, discrete: bool | None, most_values: int) -> Kind:
        """What the column is taken for.

        Parameters
        ----------
        discrete : bool or None
            True: every value is a category. False: continuous. None: by type and ties.
        most_values : int
            Most distinct values of a discrete column.
        """
        if self.is_constant:
            return "constant"
        if discrete or self.categories is not None:
            return "categorical"
        n_values, n_present = len(self.distinct[0]), int(self.distinct[1].sum())
        few = n_values <= most_values and ROWS_PER_VALUE * n_values <= n_present
        return "discrete" if discrete is None and few else "continuous"


def warn_of_identifier(column: Column) -> None:
    """Warn that labels that are almost all distinct can share nothing with another column."""
    labels = column.categories
    if labels is None or not column.is_identifier:
        return
    warn(
        f"Column {column.name!r} holds {len(labels)} different labels such as {labels[0]!r}, almost one per row, and "
        f"can share no information with another column; drop it, or convert it to numbers.",
        IdentifierWarning,
    )


# From raw values ------------------------------------------------------------------------------------


def make_column(raw: Any, name: str) -> Column:
    """Convert a one-dimensional array, pandas or polars series to canonical form.

    Raises
    ------
    ValueError
        If it holds complex numbers, infinities or integers that floating point cannot tell apart.
    """
    if is_polars(raw, "Series"):
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
        return Column(name, _convert_times(raw, kind))
    if kind in "biuf":
        return _from_numbers(raw, kind, name)
    # Python objects, fixed-width strings and whatever else numpy has.
    return _from_objects(np.asarray(raw, dtype=object), name)


def _convert_times(raw: Any, kind: str) -> NDArray[np.float64]:
    """Dates or durations as counts of their unit, NaN where missing."""
    stamps = np.asarray(raw if kind == "m" else pd.DatetimeIndex(raw).tz_localize(None))
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64))


def _from_numbers(raw: Any, kind: str, name: str) -> Column:
    plain = isinstance(raw, np.ndarray)
    values = raw.astype(np.float64) if plain else raw.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind == "f" and np.isinf(values).any():
        raise ValueError(
            f"Column {name!r} contains infinity; replace it by a finite value, or by NaN, which counts as missing in X."
        )
    if kind in "iu" and np.abs(values).max(initial=0) > LARGEST_EXACT_INTEGER:
        present = raw if plain else raw[~raw.isna()].to_numpy()
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
            column = make_column(numbers.to_numpy(dtype=np.float64), name)
        except OverflowError:
            raise ValueError(
                f"Column {name!r} holds integers too large for floating point; pass them as strings."
            ) from None
        return Column(name, column.values, integral=inferred == "integer")
    if inferred in ("datetime64", "datetime", "date"):
        return make_column(pd.to_datetime(pd.Series(values, dtype=object), utc=True), name)
    if inferred in ("timedelta64", "timedelta"):
        return make_column(pd.to_timedelta(pd.Series(values, dtype=object)), name)
    if inferred == "complex":
        return make_column(values.astype(complex), name)
    return _from_labels(values, name)


def _from_labels(values: NDArray[np.object_], name: str) -> Column:
    """Objects of any kind as categories, in the order of their types and texts."""
    try:
        numbers, levels = pd.factorize(values)
    except TypeError:  # unhashable things are told apart by how they print
        numbers, levels = pd.factorize(np.array([None if v is None else repr(v) for v in values], dtype=object))
    order = np.argsort(np.array([f"{type(v).__name__}:{v}" for v in levels], dtype=object), kind="stable")
    rank = np.empty(len(levels) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(levels)), -1
    return Column(name, rank[numbers], pd.Index(levels[order], dtype=object), integral=True)


def is_polars(data: Any, kind: str) -> bool:
    """Whether an object is a polars "Series" or "DataFrame", without importing polars."""
    return type(data).__module__.split(".")[0] == "polars" and type(data).__name__ == kind


def _convert_polars(series: Any) -> Any:
    """A polars series as the NumPy array that `make_column` reads."""
    import polars as pl

    dtype = series.dtype
    if dtype.is_temporal() or (dtype.is_integer() and not series.null_count()):
        return series.to_numpy()
    if dtype.is_numeric() or dtype == pl.Boolean:
        return series.cast(pl.Float64).to_numpy()
    labels = series.cast(pl.String) if dtype in (pl.Categorical, pl.Enum) else series
    return np.array(labels.to_list(), object)
