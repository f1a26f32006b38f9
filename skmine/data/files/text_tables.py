"""Tables of text, such as CSV, read in blocks of records: memory holds the table, a block of text, and little else.

Design notes. A first pass checks that every record has as many fields as the header, and lets pandas read block after
block. What a column is shows when all blocks are read: numbers, if all of its cells are, none has a leading zero, and
none is too large for a float to tell it from its neighbours; text, if no cell was taken as missing. A second pass reads
all other columns again as text, so that nothing is lost that `repairs` could say something about.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from skmine.data.cells import LARGEST_EXACT_INTEGER, is_text
from skmine.data.files.text_blocks import SPELLINGS, Block, TextBlocks, TextSource, join_parts

#: What a column is; None where it has to be read again as text.
Kind = Literal["numbers", "text"] | None


def read_text_table(source: TextSource, decimal: str | None = None) -> pd.DataFrame:
    """Read a table of text.

    Parameters
    ----------
    source : TextSource
        It is read twice.
    decimal : {".", ","} or None
        The mark of decimals; None: that by which most columns are numbers.

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
    blocks = TextBlocks(source)
    reading = read_blocks(blocks, decimal)
    columns = reading.join()
    again = [place for place, column in enumerate(columns.values()) if column is None]
    if again:
        parts = [blocks.read_as_text(text, again) for text in blocks.again()]
        for name in list(parts[0].columns):
            columns[name] = join_parts([part.pop(name) for part in parts])
    frame = pd.DataFrame(columns, copy=False)
    if reading.decimal == ",":
        frame.attrs["decimal"] = ","
    frame.attrs["placeholders"] = reading.list_placeholders()
    return frame


def read_blocks(blocks: TextBlocks, decimal: str | None = None, *, keep: bool = True) -> "Reading":
    """Check all blocks, and read them with the mark of decimals by which most columns are numbers.

    `keep`: whether the columns are kept, and not only what they are.

    Raises
    ------
    ValueError
        As `read_text_table`.
    """
    marks = decimal or (".," if blocks.separator == ";" else ".")
    readings = [Reading(blocks, mark, keep) for mark in marks]
    try:
        for block in blocks.check():
            for reading in readings:
                reading.add(block)
    except pd.errors.ParserError as error:
        blocks.find_fault()
        raise ValueError(f"{blocks.called} is not a table: {error}; close every quote that is opened.") from error
    # Where the semicolon is used, so often is the decimal comma.
    return max(reversed(readings), key=lambda reading: reading.n_numeric)


class Reading:
    """Columns as pandas reads their blocks with one decimal mark; those are dropped that need a second look.

    Parameters
    ----------
    blocks : TextBlocks
        Those that are read.
    decimal : str
    keep : bool
        Whether parts are kept, so that they can be joined.
    """

    def __init__(self, blocks: TextBlocks, decimal: str, keep: bool) -> None:
        self.decimal = decimal
        self._blocks = blocks
        self._keep = keep
        self._parts: dict[Any, list[pd.Series[Any]]] = {}
        self._kinds: dict[Any, Kind] = {}
        self._numeric: set[Any] = set()
        self._dtypes: dict[Any, np.dtype[Any]] = {}
        self._largest: dict[Any, float] = {}
        self._placeholders: dict[Any, Counter[str]] = {}

    @property
    def n_numeric(self) -> int:
        """Columns of numbers, however written."""
        return len(self._numeric)

    def add(self, block: Block) -> None:
        """Read one more block."""
        columns = dict(self.parse(block.text).items())
        kinds = {name: _name_kind(column) for name, column in columns.items()}
        if not self._kinds:
            self._parts, self._kinds, self._numeric = {name: [] for name in kinds}, dict(kinds), set(kinds)
        missing = {name: int(column.isna().sum()) for name, column in columns.items()}
        self._numeric -= {
            name for name, kind in kinds.items() if kind != "numbers" and missing[name] < len(columns[name])
        }
        doubtful = [name for name in columns if kinds[name] == "numbers" and missing[name]]
        if doubtful and sum(missing.values()) > block.scan.n_empty:
            self._count_placeholders(block.text, doubtful)
        for place in block.scan.codes:
            name = self._blocks.names[place]
            if kinds[name] == "numbers":  # one has a leading zero, as 01234, which pandas loses
                kinds[name] = None
        for name, kind in kinds.items():
            if kind is None or kind != self._kinds[name]:
                self._kinds[name] = None
                self._parts[name].clear()
            else:
                self._note_range(name, columns[name], kind)
                if self._keep:
                    self._parts[name].append(columns[name])

    def _count_placeholders(self, text: bytes, names: Sequence[Any]) -> None:
        """Count how many placeholders of each spelling are missing in some columns of a block."""
        frame = self._blocks.read_as_text(text, [self._blocks.names.index(name) for name in names])
        for name in names:
            cells = frame[name][frame[name].isin(SPELLINGS)]
            self._placeholders.setdefault(name, Counter()).update(cells.value_counts().to_dict())

    def parse(self, text: bytes, names: Sequence[Any] | None = None) -> pd.DataFrame:
        """A block's text, or some of its columns."""
        places = None if names is None else [self._blocks.names.index(name) for name in names]
        return self._blocks.parse(text, places, decimal=self.decimal, na_values=["", *SPELLINGS])

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

    def list_placeholders(self) -> dict[Any, dict[str, int]]:
        """How many placeholders of each spelling are missing among the numbers of each column that has any."""
        counts = self._placeholders
        return {name: dict(counts[name]) for name in self.names if counts.get(name) and self.is_numbers(name)}


def _name_kind(column: "pd.Series[Any]") -> Kind:
    """What all cells of a block's column are: numbers, or missing; or text, none of which was taken as missing.

    pandas leaves empty cells beside long integers as they are; these are to be missing, too.
    """
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return "numbers"
    return "text" if not column.isna().any() and is_text(column) and not (column == "").any() else None
