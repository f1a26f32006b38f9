"""Numbers as people write them: $3.2, 3,20 €, 1,234.5, 1 234, 1'234, 12.3 %, <0.1, (5).

Design notes. Whether a comma parts thousands or begins the decimals is decided once for a column, by the convention
that reads more of its cells; where several read as many, the one that stands first in `CONVENTIONS` holds. So commas
part thousands only where each is followed by three digits, and "1,5" among them makes all of them decimal commas. One
unit is read in a column: euros beside dollars are not the same numbers.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.cells import NUMBER
from skmine.data.written_dates import match_first

#: Marks of thousands and of decimals, in the order in which they are preferred.
CONVENTIONS = [("", "."), (",", "."), ("", ","), (".", ","), (" ", "."), (" ", ","), ("'", "."), ("'", ",")]

#: The same where the table is known to have decimal commas.
COMMA_CONVENTIONS = sorted(CONVENTIONS, key=lambda marks: marks[1] != ",")

#: Kinds of spaces, quotes and signs, as the plain one.
_PLAIN = str.maketrans({**dict.fromkeys("\u00a0\u2007\u2009\u202f", " "), "\u2019": "'", "\u2212": "-"})

#: Currencies by symbol, with the letters of a country before it or not, and by code or short name.
_UNIT = (
    r"(?:[A-Z]{0,3}[$€£¥₹₽₩₺₪฿₫₴₦₱¢]|AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK"
    r"|NZD|PHP|PLN|RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR|kr\.?|Kč|zł|Ft|Rs\.?|Fr\.?|%)"
)
_CELL = re.compile(
    rf"(?:(?P<limit><=?|>=?|≤|≥) *)?(?:(?P<open>\() *)?(?:(?P<sign>[+-]) *)?(?:(?P<before>{_UNIT}) *)?(?P<inner>[+-])?"
    rf"(?P<body>\d(?:[\d.,' ]*[\d.,])?|[.,]\d+)(?P<power>[eE][+-]?\d+)?(?: *(?P<after>{_UNIT}))?(?: *(?P<close>\)))?",
    re.ASCII,
)

#: What a code begins with, and no number does.
_LEADING_ZERO = re.compile(r"0\d", re.ASCII)

#: Most characters of a number with what stands beside it. Arbitrary: the largest amounts of money have half of them.
LONGEST = 60


@dataclass(frozen=True)
class WrittenNumbers:
    """What texts say as numbers.

    Attributes
    ----------
    values : ndarray of shape (n,)
        NaN where a text is no number. A limit ("<0.1") is the float next to it, so that both differ.
    is_plain, is_limit : ndarray of shape (n,)
        Whether a program reads the text as it is; whether it is a limit.
    """

    values: NDArray[np.float64]
    is_plain: NDArray[np.bool_]
    is_limit: NDArray[np.bool_]


def read_written_numbers(texts: Sequence[str], counts: Any, *, decimal: str = ".") -> WrittenNumbers:
    """Read the texts of a column that are numbers.

    Parameters
    ----------
    texts : sequence of str
        Distinct ones, without spaces at their ends.
    counts : ndarray of shape (n,)
        Rows that hold each of them, which decide between conventions and units.
    decimal : {".", ","}, default="."
        The mark of decimals that is preferred where both may be meant.
    """
    n, weights = len(texts), np.asarray(counts).tolist()
    read = WrittenNumbers(np.full(n, np.nan), np.zeros(n, bool), np.zeros(n, bool))
    if not match_first(_match, texts):
        return read
    cells = {i: cell for i, text in enumerate(texts) if (cell := _match(text)) is not None}
    bodies = {i: cell["body"] for i, cell in cells.items()}
    if any(map(_LEADING_ZERO.match, bodies.values())):
        return read
    marks = _choose_convention(bodies, weights, COMMA_CONVENTIONS if decimal == "," else CONVENTIONS)
    unit = _choose_unit(cells, weights)
    body = _compile(marks)
    for i, cell in cells.items():
        if body.fullmatch(bodies[i]) and _find_unit(cell) in ("", unit):
            read.values[i] = _convert(cell, bodies[i], marks)
            read.is_plain[i] = NUMBER.fullmatch(texts[i]) is not None
            read.is_limit[i] = bool(cell["limit"])
    return read


def _match(text: str) -> re.Match[str] | None:
    cell = _CELL.fullmatch(text.translate(_PLAIN)) if len(text) <= LONGEST else None
    return cell if cell is not None and bool(cell["open"]) == bool(cell["close"]) else None


@functools.cache
def _compile(marks: tuple[str, str]) -> re.Pattern[str]:
    """Digits by a convention. The last group of thousands has three digits; those before may have two, as in India."""
    thousands, decimal = map(re.escape, marks)
    groups = rf"[1-9]\d{{0,2}}(?:{thousands}\d{{2,3}})*{thousands}\d{{3}}|" if thousands else ""
    return re.compile(rf"(?:{groups}0|[1-9]\d*)(?:{decimal}\d*)?|{decimal}\d+", re.ASCII)


def _choose_convention(
    bodies: dict[int, str], weights: list[float], conventions: list[tuple[str, str]]
) -> tuple[str, str]:
    """The marks that read most rows, the first of those that read as many."""
    total = sum(weights[i] for i in bodies)
    best, most = conventions[0], -1.0
    for marks in conventions:
        body = _compile(marks)
        read = sum(weights[i] for i, text in bodies.items() if body.fullmatch(text))
        if read > most:
            best, most = marks, read
        if most == total:
            break
    return best


def _find_unit(cell: re.Match[str]) -> str:
    return ((cell["before"] or "") + (cell["after"] or "")).rstrip(".")


def _choose_unit(cells: dict[int, re.Match[str]], weights: list[float]) -> str:
    """The unit of most rows; empty if there is none."""
    rows: dict[str, float] = {}
    for i, cell in cells.items():
        unit = _find_unit(cell)
        rows[unit] = rows.get(unit, 0.0) + (weights[i] if unit else 0.0)
    return max(rows, key=lambda unit: rows[unit])


def _convert(cell: re.Match[str], body: str, marks: tuple[str, str]) -> float:
    """The number of a cell; a limit is the float below or above its number."""
    thousands, decimal = marks
    digits = (body.replace(thousands, "") if thousands else body).replace(decimal, ".")
    value = float(digits + (cell["power"] or ""))
    if "-" in (cell["sign"], cell["inner"]) or cell["open"]:
        value = -value
    if not cell["limit"]:
        return value
    return float(np.nextafter(value, -np.inf if cell["limit"][0] in "<≤" else np.inf))
