"""Text that says numbers, dates or flags: one rule for arrays, frames and files.

Design notes. A column of text is what its texts say only if every one of them says it; one that does not leaves all
of them labels. A number with a leading zero ("007", "01234") is a code, and its column stays labels. Distinct texts
are read once each. What people write for each other (currencies, thousands, placeholders) is not read here but by
`repairs`, which says what it did.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.written_dates import read_written_dates

#: The largest integer up to which float64 tells all integers apart.
LARGEST_EXACT_INTEGER = 2**53

#: Numbers as programs write them, without a leading zero.
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d*)", re.ASCII)
NUMBER = re.compile(
    r"[+-]?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)

#: A month, a day or a moment in ISO 8601.
_ISO = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?)?", re.ASCII)

#: Flags as pandas reads them from CSV.
FLAGS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}

#: What NumPy and pandas write for a missing number or date.
MISSING_TEXTS = frozenset(["nan", "NaN", "NaT", "<NA>"])


def read_texts(texts: Any) -> Any:
    """What a column of text says, if every text in it says a number, a date or a flag.

    Parameters
    ----------
    texts : array-like of shape (n,)
        Texts; None and NaN are missing, and so is the text of a missing value (`MISSING_TEXTS`) among numbers or dates.

    Returns
    -------
    array of shape (n,) or None
        Of a type that `conversion.make_column` reads; None where the texts are labels.
    """
    codes, levels = factorize_texts(texts)
    known = np.array([text not in MISSING_TEXTS for text in levels], bool)
    values = _read_levels(levels[known].tolist())
    return None if values is None else spread_levels(values, number_masked(known)[codes])


def is_text(series: "pd.Series[Any]") -> bool:
    """Whether a series holds texts and missing values only, and is no categorical."""
    if isinstance(series.dtype, pd.CategoricalDtype) or pd.api.types.is_numeric_dtype(series.dtype):
        return False
    if isinstance(series.dtype, pd.StringDtype):
        return bool(series.notna().any())
    return bool(pd.api.types.infer_dtype(series, skipna=True) == "string")


def factorize_texts(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """The number of each row's text, -1 where missing, and the distinct texts, without spaces at their ends."""
    if isinstance(getattr(texts, "dtype", None), pd.StringDtype):
        codes, levels = pd.factorize(texts)
        return codes, pd.Series(levels, dtype=texts.dtype).str.strip().to_numpy(dtype=object)
    codes, levels = pd.factorize(np.asarray(texts, dtype=object))
    return codes, np.array([text.strip() for text in levels], dtype=object)


def number_masked(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The place of each number among those of a mask, -1 for others and, at the end, for -1."""
    numbers = np.full(len(mask) + 1, -1)
    numbers[:-1][mask] = np.arange(int(mask.sum()))
    return numbers


def _read_levels(texts: Sequence[str]) -> NDArray[Any] | None:
    """What distinct texts say, without spaces at their ends; None unless all of them say numbers, dates or flags."""
    values = read_plain(texts)
    return _read_unambiguous_dates(texts) if values is None and texts else values


def read_plain(texts: Sequence[str]) -> NDArray[Any] | None:
    """The same for numbers, flags and dates as programs write them."""
    if not texts:
        return None
    for read in (_read_numbers, _read_flags, read_iso_dates):
        values = read(texts)
        if values is not None:
            return values
    return None


def spread_levels(values: NDArray[Any], codes: NDArray[np.int64]) -> Any:
    """The rows' values from those of distinct texts; code -1 is missing."""
    absent = codes < 0
    if absent.all():
        return np.full(len(codes), np.nan)
    out = values[codes]
    if not absent.any():
        return out
    kind = values.dtype.kind
    if kind == "M":
        out[absent] = np.datetime64("NaT")
    elif kind in "iu" and np.abs(values.astype(np.float64)).max() > LARGEST_EXACT_INTEGER:
        return pd.arrays.IntegerArray(out, absent)
    elif kind == "O":
        out[absent] = None
    else:
        out = np.where(absent, np.nan, out.astype(np.float64))
    return out


def _read_numbers(texts: Sequence[str]) -> NDArray[Any] | None:
    """Integers of any length, or floats; None if a text says neither, has a leading zero, or if none is finite."""
    if not all(map(NUMBER.fullmatch, texts)):
        return None
    if all(map(_INTEGER.fullmatch, texts)):
        try:
            return _pack_integers([int(text) for text in texts])
        except ValueError:  # Python refuses thousands of digits
            return None
    values = np.array([float(text) for text in texts])
    return values if np.isfinite(values).any() else None


def _pack_integers(values: list[int]) -> NDArray[Any]:
    """Integers in the narrowest of int64, uint64 and objects."""
    least, most = min(values), max(values)
    if np.iinfo(np.int64).min <= least and most <= np.iinfo(np.int64).max:
        return np.array(values, np.int64)
    if least >= 0 and most <= np.iinfo(np.uint64).max:
        return np.array(values, np.uint64)
    return np.array(values, object)


def _read_flags(texts: Sequence[str]) -> NDArray[np.bool_] | None:
    return np.array([FLAGS[text] for text in texts]) if all(text in FLAGS for text in texts) else None


def read_iso_dates(texts: Sequence[str]) -> NDArray[np.datetime64] | None:
    """Dates and times in ISO 8601, those of a zone in UTC; None if a text is none, or no day of the calendar."""
    if not all(map(_ISO.fullmatch, texts)):
        return None
    try:
        return pd.to_datetime(list(texts), format="ISO8601", utc=True).tz_localize(None).to_numpy(copy=True)
    except ValueError:
        return None


def _read_unambiguous_dates(texts: Sequence[str]) -> NDArray[np.datetime64] | None:
    """Dates as people write them, unless day and month could be swapped in all of them."""
    dates = read_written_dates(texts)
    return None if dates.ambiguous or np.isnat(dates.values).any() else dates.values
