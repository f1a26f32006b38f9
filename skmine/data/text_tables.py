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
from collections.abc import Sequence
from typing import Any, BinaryIO, Literal

import numpy as np
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
    reading = read_blocks(blocks)
    columns = reading.join()
    again = [place for place, column in enumerate(columns.values()) if column is None]
    if again:
        parts = [blocks.read_as_text(text, again) for text in blocks.again()]
        for name in list(parts[0].columns):
            columns[name] = join_parts([part.pop(name) for part in parts])
    frame = pd.DataFrame(columns, copy=False)
    if reading.decimal == ",":
        frame.attrs["decimal"] = ","
    frame.attrs["placeholders"] = reading.list_placeholders(blocks)
    return frame


def read_blocks(blocks: TextBlocks, *, keep: bool = True) -> "Reading":
    """Check all blocks, and read them with the mark of decimals by which most columns are numbers.

    `keep`: whether the columns are kept, and not only what they are.

    Raises
    ------
    ValueError
        As `read_text_table`.
    """
    readings = [Reading(blocks.separator, decimal, keep) for decimal in (".,"[: 1 + (blocks.separator == ";")])]
    try:
        for text in blocks.check():
            for reading in readings:
                reading.add(text)
    except pd.errors.ParserError as error:
        raise ValueError(f"{blocks.called} is not a table: {error}; close every quote that is opened.") from error
    # Where the semicolon is used, so often is the decimal comma.
    return max(reversed(readings), key=lambda reading: reading.n_numeric)


class Reading:
    """Columns as pandas reads their blocks with one decimal mark; those are dropped that need a second look.

    Parameters
    ----------
    separator, decimal : str
    keep : bool
        Whether parts are kept, so that they can be joined.
    """

    def __init__(self, separator: str, decimal: str, keep: bool) -> None:
        self.decimal = decimal
        self._separator = separator
        self._keep = keep
        self._code = re.compile(_CODE.format(re.escape(separator)), re.ASCII)
        self._options: dict[str, Any] = {
            "sep": separator, "decimal": decimal, "na_values": ["", *SPELLINGS], **AS_IT_IS
        }  # fmt: skip
        self._parts: dict[Any, list[pd.Series[Any]]] = {}
        self._kinds: dict[Any, Kind] = {}
        self._numeric: set[Any] = set()
        self._dtypes: dict[Any, np.dtype[Any]] = {}
        self._largest: dict[Any, float] = {}

    @property
    def n_numeric(self) -> int:
        """Columns of numbers, however written."""
        return len(self._numeric)

    def add(self, text: str) -> None:
        """Read one more block."""
        frame = self.parse(text)
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
                self._note_range(name, frame[name], kind)
                if self._keep:
                    self._parts[name].append(frame[name])

    def parse(self, text: str, names: Sequence[Any] | None = None) -> pd.DataFrame:
        """A block, or some of its columns."""
        return pd.read_csv(io.StringIO(text), usecols=None if names is None else list(names), **self._options)

    def _note_range(self, name: Any, column: "pd.Series[Any]", kind: Kind) -> None:
        """Note the type that numbers of all blocks have, and the largest of them."""
        if kind == "numbers":
            own = np.dtype(str(column.dtype))
            self._dtypes[name] = np.result_type(self._dtypes.get(name, own), own)
        if kind == "numbers" and not column.isna().all():
            self._largest[name] = max(float(column.abs().max()), self._largest.get(name, 0.0))

    def is_numbers(self, name: Any) -> bool:
        """Whether a column is numbers, none of them a float too large to be told from others, as of a long integer."""
        if self._kinds[name] != "numbers" or name not in self._largest:
            return False
        return self._dtypes[name].kind in "iu" or self._largest[name] <= LARGEST_EXACT_INTEGER

    @property
    def names(self) -> list[Any]:
        """All columns."""
        return list(self._kinds)

    def join(self) -> "dict[Any, pd.Series[Any] | None]":
        """Whole columns, None for those to be read again as text."""
        return {
            name: join_parts(parts) if self._kinds[name] == "text" or self.is_numbers(name) else None
            for name, parts in self._parts.items()
        }

    def list_placeholders(self, blocks: TextBlocks) -> dict[Any, dict[str, int]]:
        """How many placeholders of each spelling are missing among the numbers of each column that has any."""
        counts = zip(self.names, blocks.placeholders, strict=True)
        return {name: dict(count) for name, count in counts if count and self.is_numbers(name)}

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
