"""The places of a column's rows along an axis: numbers, dates, and labels in bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.cells import is_text, read_texts
from skmine.data.conversion import make_column
from skmine.data.naming import suggest_name
from skmine.data.source import Source
from skmine.functions.html import shorten_names
from skmine.plotting.style import LETTER_WIDTH

#: Whole numbers with at most this many values are drawn in bands, as labels are. Arbitrary.
FEW_VALUES = 12

#: Most bands of labels; of more labels the most frequent ones are shown. Arbitrary: more names do not fit an axis.
MOST_LABELS = 30

#: Half the width of a band, where neighbouring bands are 1 apart: about two thirds of the axis are covered.
JITTER = 0.32

#: Fraction of a column's rows that decides what the frame shows: they and their range again on either side. Arbitrary:
#: of a normal column everything is inside, and of heavy tails the ends are cut.
FRAMED = 0.9

#: Characters of all names of bands together above which they are written vertically. Arbitrary.
MOST_LETTERS = 50


@dataclass(frozen=True)
class PlacedColumn:
    """A column as places along an axis.

    Attributes
    ----------
    name : str
    place : ndarray of shape (n,)
        NaN where the value is missing, infinite where its label is not shown.
    bands : list of str or None
        Names of the places 0, 1, ... if the column is drawn in bands.
    is_date : bool
        Whether places are matplotlib's dates.
    """

    name: str
    place: NDArray[np.float64]
    bands: list[str] | None = None
    is_date: bool = False

    @classmethod
    def from_series(cls, series: pd.Series) -> PlacedColumn:
        """Place the rows of a column; its kind decides how."""
        name = shorten_names([series.name])[0]
        if pd.api.types.is_datetime64_any_dtype(series.dtype):
            return cls(name, _place_dates(series), is_date=True)
        if isinstance(series.dtype, pd.CategoricalDtype):
            return cls._in_bands(name, series.cat.categories, series.cat.codes.to_numpy())
        column = make_column(series, name)
        if column.categories is not None:
            return cls._in_bands(name, column.categories, column.values)
        is_flag = series.dtype in (bool, "boolean")
        values = np.unique(column.values[~column.missing])
        if len(values) > FEW_VALUES or not (column.integral or is_flag):
            return cls(name, column.values)
        codes = np.where(column.missing, -1, np.searchsorted(values, column.values))
        return cls._in_bands(name, values.astype(bool if is_flag else int), codes)

    @classmethod
    def _in_bands(cls, name: str, labels: Any, codes: NDArray[Any]) -> PlacedColumn:
        """One band per label that occurs; of very many labels, the most frequent ones."""
        counts = np.bincount(codes[codes >= 0], minlength=len(labels))
        shown = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_LABELS, int((counts > 0).sum()))])
        place = np.full(len(labels) + 1, np.inf)
        place[shown], place[-1] = np.arange(len(shown)), np.nan
        return cls(name, place[codes], shorten_names(labels[j] for j in shown))

    def find_range(self, known: NDArray[np.bool_]) -> tuple[float, float]:
        """The range that the frame shows: that of all known rows, or less where tails are heavy."""
        if self.bands is not None:
            return 0.0, max(len(self.bands) - 1.0, 0.0)
        values = self.place[known]
        low, high = np.quantile(values, [(1 - FRAMED) / 2, (1 + FRAMED) / 2])
        low, high = 2 * low - high, 2 * high - low
        low, high = max(low, values.min()), min(high, values.max())
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def spread(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """The places; within bands, at random."""
        if self.bands is None:
            return self.place
        return self.place + rng.uniform(-JITTER, JITTER, len(self.place))

    def is_vertical(self, axis_name: str) -> bool:
        """Whether the names of its bands are written vertically along an axis."""
        return self.bands is not None and axis_name == "x" and sum(map(len, self.bands)) > MOST_LETTERS

    def measure_room(self, axis_name: str) -> float:
        """Inches that the names of its bands take beside an axis."""
        if self.bands is None or (axis_name == "x" and not self.is_vertical(axis_name)):
            return 0.0
        return LETTER_WIDTH * max(map(len, self.bands), default=0)

    def label(self, axis: Any) -> None:
        """Write the column's name, and those of its bands, on an axis of matplotlib's."""
        axis.set_label_text(self.name)
        if self.bands is not None:
            rotation = 90 if self.is_vertical(axis.axis_name) else 0
            axis.set_ticks(range(len(self.bands)), self.bands, fontsize=8, rotation=rotation)
        elif self.is_date:
            axis.axis_date()


def _place_dates(series: pd.Series) -> NDArray[np.float64]:
    from matplotlib.dates import date2num

    stamps = pd.DatetimeIndex(series).tz_localize(None)
    place = np.full(len(stamps), np.nan)
    place[stamps.notna()] = date2num(stamps[stamps.notna()].to_numpy())
    return place


def take_column(data: Any, side: str, wanted: str | int) -> pd.Series:
    """A column of X or y by name or index, as a series that keeps what its axis should say.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    source = Source(data, argument=side)
    names = source.names
    index = _find_index(names, side, wanted)
    raw = _keep_display_type(source.raw(index))
    if raw is not None:
        return raw.rename(names[index])
    column = source.column(index)
    if column.categories is None:
        values = column.values
        if column.integral and not column.missing.any():
            values = values.astype(np.int64)
        return pd.Series(values, name=names[index])
    return pd.Series(pd.Categorical.from_codes(column.values, column.categories), name=names[index])


def _find_index(names: list[str], side: str, wanted: str | int) -> int:
    if isinstance(wanted, str):
        if wanted not in names:
            raise ValueError(
                f"columns contains {wanted!r}, which is not a column of {side}; {suggest_name(wanted, names)}"
            )
        return names.index(wanted)
    if not -len(names) <= int(wanted) < len(names):
        raise ValueError(
            f"columns contains {wanted}, which is not a column of {side}; use an index from 0 to {len(names) - 1} or "
            f"a name."
        )
    return int(wanted) % len(names)


def _keep_display_type(raw: Any) -> pd.Series | None:
    """A column of dates, booleans or categories as it is; its canonical form would lose what the axis should say."""
    if isinstance(raw, pd.Series):
        series = raw.reset_index(drop=True)
    else:
        series = pd.Series(raw if isinstance(raw, np.ndarray) else raw.to_numpy())  # NumPy or polars
    if is_text(series):
        read = read_texts(series)
        series = series if read is None else pd.Series(read)
    return series if isinstance(series.dtype, pd.CategoricalDtype) or series.dtype.kind in "Mb" else None
