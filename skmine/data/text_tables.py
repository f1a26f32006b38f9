"""Tables of text, such as CSV, read in blocks of lines: memory holds the table, a block of text, and little else.

Design notes. A first pass checks that every line has as many fields as the header, and lets pandas read block after
block. What a column is shows when all blocks are read: numbers, if all of its cells are, none has a leading zero, and
none is too large for a float to tell it from its neighbours; text, if no cell was taken as missing. A second pass reads
all other columns again as text, so that nothing is lost that `repairs` could say something about.
"""

import csv
import io
import itertools
import re
from typing import Any, BinaryIO, Literal

import pandas as pd

from skmine.data.cells import LARGEST_EXACT_INTEGER, is_text
from skmine.data.text_blocks import AS_IT_IS, SPELLINGS, TextBlocks, join_parts

#: A number with a leading zero, which pandas would lose, between separators. The look at the character before the zero
#: comes first because it is cheap, and a zero rarely begins a field.
_CODE = (
    r'0\d(?<=[{0}\n" +-]0\d)(?:(?<=[{0}\n"]0\d)|(?<=[{0}\n"][ +-]0\d))'
    r'\d*(?:\.\d*)?(?:[eE][+-]?\d+)?(?=[{0}\n" ]|\Z)'
)

#: Lines that are searched for numbers with a leading zero at a time. Arbitrary: they fit into a processor's cache.
CHUNK = 2000


#: What a column is; None where it has to be read again as text.
Kind = Literal["numbers", "text"] | None


def read_text_table(file: BinaryIO, called: str, separator: str | None) -> pd.DataFrame:
    """Read a table of text in UTF-8 with a header.

    Parameters
    ----------
    file : binary file
        It is read twice.
    called : str
        How errors call it.
    separator : str or None
        None, or a comma: whichever of `TEXT_SEPARATORS` cuts the header into most fields.

    Returns
    -------
    DataFrame
        Columns of numbers and of text. ``attrs["decimal"]`` is a comma where decimals have one;
        ``attrs["placeholders"]`` counts, by column of numbers, the placeholders that were taken as missing.

    Raises
    ------
    ValueError
        If it is no text, empty or ragged, or names a column twice.
    """
    blocks = TextBlocks(file, called, separator)
    try:
        reading, columns, numbers = _read_columns(blocks)
    except pd.errors.ParserError as error:
        raise ValueError(f"{called} is not a table: {error}; close every quote that is opened.") from error
    frame = pd.DataFrame(columns, copy=False)
    if reading.decimal == ",":
        frame.attrs["decimal"] = ","
    frame.attrs["placeholders"] = {
        name: dict(count) for name, count in zip(columns, blocks.placeholders, strict=True) if name in numbers and count
    }
    return frame


def _read_columns(blocks: TextBlocks) -> "tuple[_Reading, dict[Any, pd.Series[Any]], set[Any]]":
    """The reading that was chosen, the columns, and the names of those that are numbers."""
    readings = [_Reading(blocks.separator, decimal) for decimal in (".,"[: 1 + (blocks.separator == ";")])]
    for text in blocks.check():
        for reading in readings:
            reading.add(text)
    # Where the semicolon is used, so often is the decimal comma.
    reading = max(reversed(readings), key=lambda reading: reading.n_numeric)
    found, numbers = reading.join()
    again = [place for place, column in enumerate(found.values()) if column is None]
    texts = blocks.read_as_text(again) if again else {}
    return reading, {name: texts[name] if column is None else column for name, column in found.items()}, numbers


class _Reading:
    """Columns as pandas reads their blocks with one decimal mark; those are dropped that need a second look."""

    def __init__(self, separator: str, decimal: str) -> None:
        self.decimal = decimal
        self._separator = separator
        self._code = re.compile(_CODE.format(re.escape(separator)), re.ASCII)
        self._options: dict[str, Any] = {
            "sep": separator, "decimal": decimal, "na_values": ["", *SPELLINGS], **AS_IT_IS
        }  # fmt: skip
        self._parts: dict[Any, list[pd.Series[Any]]] = {}
        self._kinds: dict[Any, Kind] = {}
        self._numeric: set[Any] = set()

    @property
    def n_numeric(self) -> int:
        """Columns of numbers, however written."""
        return len(self._numeric)

    def add(self, text: str) -> None:
        """Read one more block."""
        frame = pd.read_csv(io.StringIO(text), **self._options)
        kinds = {name: _name_kind(frame[name]) for name in frame.columns}
        if not self._kinds:
            self._parts, self._kinds, self._numeric = {name: [] for name in kinds}, dict(kinds), set(kinds)
        self._numeric -= {name for name, kind in kinds.items() if kind != "numbers" and not frame[name].isna().all()}
        for name in self._find_codes(text, {n: j for j, n in enumerate(kinds) if kinds[n] == "numbers"}):
            kinds[name] = None
        for name, kind in kinds.items():
            if kind is None or kind != self._kinds[name]:
                self._kinds[name] = None
                self._parts[name].clear()
            else:
                self._parts[name].append(frame[name])

    def join(self) -> "tuple[dict[Any, pd.Series[Any] | None], set[Any]]":
        """Whole columns, None for those to be read again as text; and the names of those that are numbers."""
        columns = {name: join_parts(parts) if self._kinds[name] else None for name, parts in self._parts.items()}
        for name, column in columns.items():
            if column is not None and self._kinds[name] == "numbers" and not _is_exact(column):
                columns[name] = None
        return columns, {
            name for name, column in columns.items() if column is not None and self._kinds[name] == "numbers"
        }

    def _find_codes(self, text: str, numbers: dict[Any, int]) -> set[Any]:
        """Those columns of numbers, given with their places, that have a leading zero as 01234 has."""
        found: set[Any] = set()
        if not numbers or not self._code.search(text):
            return found
        lines = filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=self._separator))
        next(lines)
        while rows := list(itertools.islice(lines, CHUNK)):
            columns = list(zip(*rows, strict=True))
            for name, place in numbers.items():
                if name not in found and self._code.search("\n".join(["", *columns[place]])):
                    found.add(name)
        return found


def _name_kind(column: "pd.Series[Any]") -> Kind:
    """What all cells of a block's column are: numbers, or missing; or text, none of which was taken as missing.

    pandas leaves empty cells beside long integers as they are; these are to be missing, too.
    """
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return "numbers"
    return "text" if not column.isna().any() and is_text(column) and not (column == "").any() else None


def _is_exact(column: "pd.Series[Any]") -> bool:
    """Whether numbers are there, none of them a float too large to be told from others, as of a long integer."""
    if column.isna().all():
        return False
    return column.dtype.kind in "iu" or bool(column.abs().max() <= LARGEST_EXACT_INTEGER)
