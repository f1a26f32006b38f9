"""Dates as people write them: 31.12.2015, 12/31/2015, 31 Dec 2015, December 31, 2015, 2015/12/31, each with or
without a time of day.

Design notes. Whether the day or the month comes first is decided once for a column, by the order that reads more of
its texts. With full stops the day is first: no country writes the month first with them.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: English months by their first three letters.
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: Years of two digits below this one are after 2000, the others before: the rule of POSIX.
FIRST_OF_1900S = 69

#: Texts that are looked at first, and the fraction of them that has to look right for the others to be read. Arbitrary:
#: enough to give up early on a column of other texts.
N_FIRST = 200
LEAST_OF_FIRST = 0.5

#: Fewest and most characters of a date: 1/2/34, and a long month with weekday, time and zone.
SHORTEST, LONGEST = 6, 60

#: Hours before and after noon.
HOURS_OF_HALF = 12

#: Digits of a year without its century.
SHORT_YEAR = 2

_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_TIME = (
    r"(?:(?:,? +|t)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,6})\d*)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: ?(?:z|utc|gmt|(?P<zone>[+-]\d\d:?\d\d)))?)?"
)

#: The ways to write a date; in the second one the order of day and month is open.
_WAYS = [
    re.compile(_WEEKDAY + date + _TIME, re.ASCII | re.IGNORECASE)
    for date in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)",
        _DAY + r"(?: |-|/|\. ?)" + _NAME + r"(?:,? |-|/)(?P<year>\d{4}|(?<=-)\d\d)",
        _NAME + r"(?: |-|/)" + _DAY + r"(?:,? |-|/)(?P<year>\d{4})",
    )
]


@dataclass(frozen=True)
class WrittenDates:
    """What texts say as dates.

    Attributes
    ----------
    values : ndarray of shape (n,), datetime64
        NaT where a text is no date.
    order : {"", "day first", "month first"}
        Which order was read; empty where there is no choice: the year comes first, or the month is a name.
    ambiguous : bool
        Whether both orders read as many texts. Then the month is first between slashes, as pandas and the USA have it,
        and the day is first elsewhere.
    """

    values: NDArray[np.datetime64]
    order: str = ""
    ambiguous: bool = False


def read_written_dates(texts: Sequence[str], counts: Any = None) -> WrittenDates:
    """Read the texts of a column that are dates.

    Parameters
    ----------
    texts : sequence of str
        Distinct ones.
    counts : ndarray of shape (n,), default=None
        Rows that hold each of them, which decide between the orders; one each by default.
    """
    nothing = WrittenDates(np.full(len(texts), np.datetime64("NaT"), "datetime64[us]"))
    if not match_first(_match, texts):
        return nothing
    matches = [_match(text) for text in texts]
    moments = [(None, None) if match is None else _read_moments(match) for match in matches]
    by_day, by_month = (np.array(dates, "datetime64[us]") for dates in zip(*moments, strict=True))
    opened = [match for match in matches if match is not None and _leaves_order_open(match)]
    if not opened:
        dotted = any("first" in match.re.groupindex for match in matches if match is not None)
        return WrittenDates(by_day, "day first" if dotted else "")
    weights = np.ones(len(texts)) if counts is None else np.asarray(counts)
    n_by_day, n_by_month = (float(weights[~np.isnat(dates)].sum()) for dates in (by_day, by_month))
    if n_by_day != n_by_month:
        return WrittenDates(by_day, "day first") if n_by_day > n_by_month else WrittenDates(by_month, "month first")
    if any(len(match["year"]) == SHORT_YEAR for match in opened):
        return nothing  # 10/11/12 may as well be no date at all
    if all(match["mark"] == "/" for match in opened):
        return WrittenDates(by_month, "month first", ambiguous=True)
    return WrittenDates(by_day, "day first", ambiguous=True)


def match_first(match: Callable[[str], Any], texts: Sequence[str]) -> bool:
    """Whether enough of the first texts match for the others to be worth a look."""
    first = texts[:N_FIRST]
    return len(first) > 0 and sum(match(text) is not None for text in first) >= LEAST_OF_FIRST * len(first)


def _match(text: str) -> re.Match[str] | None:
    if not (SHORTEST <= len(text) <= LONGEST):
        return None
    return next((match for way in _WAYS if (match := way.fullmatch(text))), None)


def _leaves_order_open(match: re.Match[str]) -> bool:
    """Whether a text alone does not say if its day or its month comes first."""
    parts = match.re.groupindex
    return "first" in parts and not (match["mark"] == "." and len(match["year"]) > SHORT_YEAR)


def _read_moments(match: re.Match[str]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The moments that a text says with the day first and with the month first, in UTC if it names a zone.

    None stands for a day or time that does not exist; where the text itself says the order, both are alike.
    """
    part = match.groupdict()
    year = int(part["year"])
    if len(part["year"]) == SHORT_YEAR:
        year += 2000 if year < FIRST_OF_1900S else 1900
    if "first" in part:
        day, month = int(part["first"]), int(part["other"])
    else:
        day = int(part["day"])
        month = int(part["month"]) if "month" in part else 1 + MONTHS.index(part["name"][:3].lower())
    try:
        time = _read_time(part)
    except ValueError:
        return None, None
    by_day = _add_time(year, month, day, time)
    return by_day, _add_time(year, day, month, time) if _leaves_order_open(match) else by_day


def _read_time(part: dict[str, str]) -> dt.timedelta:
    """The time of the day, less that of the zone."""
    if not part["hour"]:
        return dt.timedelta(0)
    hour = int(part["hour"])
    if part["half"]:
        if not 1 <= hour <= HOURS_OF_HALF:
            raise ValueError(hour)
        hour = hour % HOURS_OF_HALF + HOURS_OF_HALF * (part["half"].lower() == "p")
    fraction = int((part["fraction"] or "").ljust(6, "0"))
    time = dt.time(hour, int(part["minute"]), int(part["second"] or 0), fraction)  # refuses 25:00
    return dt.datetime.combine(dt.date.min, time) - dt.datetime.min - _read_zone(part["zone"])


def _add_time(year: int, month: int, day: int, time: dt.timedelta) -> dt.datetime | None:
    try:
        return dt.datetime(year, month, day) + time
    except (ValueError, OverflowError):
        return None


def _read_zone(text: str | None) -> dt.timedelta:
    if not text:
        return dt.timedelta(0)
    size = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -size if text[0] == "-" else size
