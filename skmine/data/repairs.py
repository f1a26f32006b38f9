"""Cells as people leave them in files: placeholders, and numbers and dates in their own spelling.

Design notes. Each column of text is read by its distinct texts. First placeholders are set aside; if what is left says
numbers, flags or dates by the rule of `cells`, or nearly all of it does in some spelling, the column becomes that, and
placeholders and what cannot be read become missing. Otherwise the column stays labels, and only those placeholders that
no one uses as a label become missing: `CLEAR_PLACEHOLDERS`, and "NA" unless all other labels are codes of two letters,
among which it is Namibia or North America. The others ("None", "-", ".") may be labels, such as no drink or a blood
group, and stay. Whatever is changed or left in doubt is said, by `Repair`; empty cells are missing in every table, and
nothing is said of them. Categorical columns are labels by their type and stay as they are.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.cells import factorize_texts, is_text, number_masked, read_iso_dates, read_plain, spread_levels
from skmine.data.written_dates import read_written_dates
from skmine.data.written_numbers import read_written_numbers

#: What means "missing" among labels as well, in small letters.
CLEAR_PLACEHOLDERS = frozenset(
    [
        *("?", "??", "???", "--", "---", "\u2013", "\u2014", "..", "...", "\u2026", "\\n"),
        *("null", "<null>", "nan", "-nan", "n/a", "n.a.", "<na>", "#na", "#n/a", "#n/a n/a"),
        *("#null!", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),
    ]
)

#: What means "missing" among numbers and dates, but may be a label.
DOUBTFUL_PLACEHOLDERS = frozenset(["-", "_", ".", "*", "na", "none", "nil", "nat"])

#: Words that mean "missing", and as labels say so themselves.
WORDS = frozenset(["missing", "unknown", "not available", "not applicable", "no data"])

#: All of them.
PLACEHOLDERS = CLEAR_PLACEHOLDERS | DOUBTFUL_PLACEHOLDERS | WORDS

#: A code of two letters, as of countries and states.
_CODE = re.compile(r"[A-Z]{2}")

#: Fraction of a column's cells, placeholders left out, that have to be numbers or dates for the others to be taken as
#: missing: of a column of labels a few may look like numbers, and of numbers one cell in twenty may be a remark.
LEAST_READABLE = 0.95

#: Distinct numbers or dates that such a column needs: one or two may be labels that look like numbers ("<50", ">50").
FEWEST_DISTINCT = 3

#: Texts that a line shows; of more, their number is.
MOST_SHOWN = 3

#: Characters of a text that a line shows. Arbitrary: enough to find it in the file.
MOST_CHARACTERS = 40

#: What a line says of placeholders.
MISSING = "taken as missing"
KEPT = "kept as a label (leave a cell empty where its value is missing)"


@dataclass(frozen=True)
class Repair:
    """What was done to some cells of a column, or left undone; as text, one line.

    Attributes
    ----------
    column : str
    n_cells, n_rows : int
        Cells that are meant, and rows of the table.
    cells : str
        The texts of these cells, or one of them, in words.
    done : str
    """

    column: str
    n_cells: int
    n_rows: int
    cells: str
    done: str

    def __str__(self) -> str:
        return f"{self.column}: {self.n_cells} of {self.n_rows} cells {self.cells} {self.done}"


def repair_table(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    """Read the text columns of a frame as numbers, dates or labels with missing values.

    Parameters
    ----------
    frame : DataFrame
        Its ``attrs`` may say what `files.read_table` found: "decimal", the mark of decimals that is preferred where a
        comma may mean two things, and "placeholders", those that are missing already, by column.

    Returns
    -------
    frame : DataFrame
        A new one, without these ``attrs``, which a file that it is written to would keep.
    repairs : list of Repair
    """
    out = frame.copy(deep=False)
    out.attrs = {}
    repairs: list[Repair] = []
    for place, label in enumerate(frame.columns):
        series = frame.iloc[:, place]
        counts = frame.attrs.get("placeholders", {}).get(label)
        if counts:
            repairs.append(say_placeholders(str(label), counts, len(frame)))
        if not is_text(series):
            continue
        codes, levels = factorize_texts(series)
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        texts = DistinctTexts(str(label), levels, counts, len(series))
        reading, said = read_distinct(texts, frame.attrs.get("decimal", "."))
        repairs += said
        if not reading.is_as_written:
            out.isetitem(place, reading.spread(codes, series.to_numpy(dtype=object)))
    return out, repairs


def say_placeholders(column: str, counts: Mapping[str, int], n_rows: int) -> Repair:
    """What was done to the placeholders among a column's numbers."""
    cells = _list_texts(sorted(counts, key=lambda text: -counts[text]))
    return Repair(column, sum(counts.values()), n_rows, cells, MISSING)


@dataclass(frozen=True)
class TextReading:
    """What the distinct texts of a column say.

    Attributes
    ----------
    readable : ndarray of shape (n,)
        Which of them say a value.
    values : ndarray of shape (readable texts,) or None
        What these say; None where texts are labels.
    missing : ndarray of shape (n,)
        Which labels are missing.
    """

    readable: NDArray[np.bool_]
    values: NDArray[Any] | None
    missing: NDArray[np.bool_]

    @property
    def is_as_written(self) -> bool:
        """Whether the column stays as it is."""
        return self.values is None and not self.missing.any()

    def spread(self, codes: NDArray[np.int64], rows: NDArray[np.object_]) -> Any:
        """The values of rows, from the number of each one's text, -1 where missing, and the texts as they came."""
        if self.values is not None:
            return spread_levels(self.values, number_masked(self.readable)[codes])
        return np.where(np.append(self.missing, True)[codes], np.nan, rows)


@dataclass(frozen=True)
class DistinctTexts:
    """The distinct texts of a column.

    Attributes
    ----------
    name : str
    levels : ndarray of shape (n,)
        The texts, without spaces at their ends.
    counts : ndarray of shape (n,)
        Rows that hold each.
    n_rows : int
        All rows, those without a text included.
    """

    name: str
    levels: NDArray[np.object_]
    counts: NDArray[np.int64]
    n_rows: int

    def count(self, mask: NDArray[np.bool_]) -> int:
        return int(self.counts[mask].sum())

    @functools.cached_property
    def lowered(self) -> list[str]:
        return [level.lower() for level in self.levels]

    def contains(self, texts: frozenset[str]) -> NDArray[np.bool_]:
        """Which of the distinct texts are among some in small letters."""
        return np.array([text in texts for text in self.lowered], bool)

    def say(self, mask: NDArray[np.bool_], done: str, *, listed: bool = False) -> list[Repair]:
        """What was done to the texts of a mask, most frequent ones first; nothing where there are none."""
        if not mask.any():
            return []
        order = np.argsort(-np.where(mask, self.counts, 0), kind="stable")[: int(mask.sum())]
        shown = list(dict.fromkeys(self.levels[order]))
        cells = _list_texts(shown) if listed else f"such as {_quote(shown[0])}"
        return [Repair(self.name, self.count(mask), self.n_rows, cells, done)]


def _list_texts(texts: Sequence[str]) -> str:
    """The first texts, and how many more there are."""
    more = f" and {len(texts) - MOST_SHOWN} more" if len(texts) > MOST_SHOWN else ""
    return ", ".join(map(_quote, texts[:MOST_SHOWN])) + more


def _quote(text: str) -> str:
    return repr(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}\u2026")


def read_distinct(texts: DistinctTexts, decimal: str) -> tuple[TextReading, list[Repair]]:
    """What the distinct texts of a column say, and what was done to them.

    `decimal`: the mark of decimals that is preferred where a comma may mean two things.
    """
    empty = texts.levels == ""
    doubtful = texts.contains(DOUBTFUL_PLACEHOLDERS)
    clear = texts.contains(CLEAR_PLACEHOLDERS)
    words = texts.contains(WORDS)
    rest = ~(empty | clear | doubtful | words)
    clear |= _find_marks_of_r(texts.levels, rest)
    plain = read_plain(texts.levels[rest].tolist())
    if plain is not None:
        return TextReading(rest, plain, ~rest), texts.say(clear | doubtful | words, MISSING, listed=True)
    readable, values, said = _read_written(texts, rest, decimal)
    if values is not None:
        said = texts.say(clear | doubtful | words, MISSING, listed=True) + said
        return TextReading(readable, values, ~readable), said
    if rest.any() and all(level.isdigit() for level in texts.levels[rest]):  # codes, as 01234
        clear |= doubtful | words
    said = texts.say(clear, MISSING, listed=True) + texts.say(doubtful & ~clear, KEPT, listed=True)
    return TextReading(np.zeros(len(texts.levels), bool), None, clear | empty), said


def _find_marks_of_r(levels: NDArray[np.object_], rest: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a text is "NA", as R writes what is missing, and not a code of two letters among others (Namibia)."""
    are_codes = rest.any() and all(_CODE.fullmatch(level) for level in levels[rest])
    return np.array([level == "NA" and not are_codes for level in levels], bool)


def _read_written(
    texts: DistinctTexts, rest: NDArray[np.bool_], decimal: str
) -> tuple[NDArray[np.bool_], Any, list[Repair]]:
    """Which texts people wrote as numbers or dates, and what they say; None where too few of the texts are either."""
    levels, counts = texts.levels[rest].tolist(), texts.counts[rest]
    dates = read_written_dates(levels, counts)
    numbers = read_written_numbers(levels, counts, decimal=decimal)
    is_date, is_number = ~np.isnat(dates.values), ~np.isnan(numbers.values)
    of_dates = counts[is_date].sum() > counts[is_number].sum()
    found, read = (is_date, dates.values) if of_dates else (is_number, numbers.values)
    others = counts.sum() - counts[found].sum()
    if others > (1 - LEAST_READABLE) * counts.sum():
        return rest, None, []
    readable = _place(rest, found)
    chosen = texts.levels[readable].tolist()
    plain = read_plain(chosen)
    values = read[found] if plain is None else plain  # exact where floats would not be
    sure = of_dates and not dates.ambiguous and not others
    if not sure and len(pd.unique(values)) < FEWEST_DISTINCT:
        return rest, None, []
    unreadable = texts.say(
        _place(rest, ~found), f"{MISSING}, as nearly all others are {'dates' if of_dates else 'numbers'}"
    )
    if of_dates:
        order = f", {dates.order}" if dates.order else ""
        order += ", as no cell decides the order" if dates.ambiguous else ""
        said = [] if read_iso_dates(chosen) is not None else texts.say(readable, f"read as dates{order}")
    else:
        written = found & ~numbers.is_plain & ~numbers.is_limit
        example = read[np.argmax(np.where(written, counts, 0))]
        said = texts.say(_place(rest, written), f"read as numbers ({example:.15g})")
        said += texts.say(_place(rest, found & numbers.is_limit), "read as numbers, just beyond the limit")
    return readable, values, said + unreadable


def _place(rest: NDArray[np.bool_], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask of all distinct texts, from one of those that are left."""
    placed = rest.copy()
    placed[rest] = mask
    return placed
