"""Text with separators as blocks of whole records, checked on the way."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pandas as pd

from skmine.data.files.text_lines import allow_long_fields, count_lines, keep_lines, open_lines, say_binary
from skmine.data.files.text_scan import RecordScan, Scan, find_last_record, scan_block
from skmine.data.repairs import PLACEHOLDERS

#: Placeholders in the usual spellings.
SPELLINGS = {"NaN", "NaT"}.union(*((text, text.upper(), text.capitalize(), text.title()) for text in PLACEHOLDERS))

#: What pandas is told: columns of one type each, and nothing missing but what we name.
AS_IT_IS: dict[str, Any] = {"low_memory": False, "keep_default_na": False, "encoding": "utf-8"}

#: Bytes of a block. pandas takes about three times as much memory while it reads one.
BLOCK = 2**24

#: Blocks after which the search for the end of a record is left to the csv module, as of lines that end otherwise.
LONGEST_RECORD = 16


@dataclass(frozen=True)
class TextSource:
    """A text table in UTF-8 whose header is the first record.

    Attributes
    ----------
    file : binary file
        It is read more than once.
    called : str
        How errors call it.
    separator : str
    start : int
        Where the header begins, in bytes.
    n_skipped : int
        Lines before it.
    names : list of str or None
        Names of the columns where they are not those of the header, as where it names all columns but the first.
    """

    file: BinaryIO
    called: str
    separator: str
    start: int = 0
    n_skipped: int = 0
    names: list[str] | None = None


@dataclass(frozen=True)
class Block:
    """Whole records, and what was found in them.

    Attributes
    ----------
    text : bytes
    scan : Scan
    """

    text: bytes
    scan: Scan


class TextBlocks:
    """Blocks of whole records.

    Attributes
    ----------
    called : str
        How errors call the file.
    separator : str
    names : list of str
        Those of the header, once blocks are checked.
    n_rows : int
        Records that were checked.
    """

    def __init__(self, source: TextSource) -> None:
        self._source = source
        self.called, self.separator = source.called, source.separator
        self.names: list[str] = []
        self.n_rows = 0
        self._n_header = 0
        self._places: list[tuple[int, int]] = []

    def check(self) -> Iterator[Block]:
        """The blocks, checked: refuse records that have not as many fields as the header."""
        file = self._source.file
        self.n_rows, self._places = 0, []
        with allow_long_fields(file):
            start = first = self._read_header(file)
            is_plain = True
            for block, scan in self._cut(file, start):
                is_plain = scan is not None
                if scan is not None:
                    yield self._note(start, block, scan)
                    start += len(block)
            if not is_plain:
                line = self._n_header + count_lines(file, first, start)
                for block, scan in self._cut_by_record(file, start, line):
                    yield self._note(start, block, scan)
                    start += len(block)
        if not self.n_rows:
            raise ValueError(f"{self.called} has a header but no rows.")

    def again(self) -> Iterator[bytes]:
        """The texts of the blocks that were checked, once more."""
        for start, size in self._places:
            self._source.file.seek(start)
            yield self._source.file.read(size)

    def parse(self, text: bytes, places: Sequence[int] | None = None, **options: Any) -> pd.DataFrame:
        """Columns of a block, or some of them, as pandas reads them; nothing is missing but what options name.

        Raises
        ------
        ParserError
            If a record has more fields than the header.
        """
        frame = pd.read_csv(
            io.BytesIO(text), sep=self.separator, header=None, names=self.names, usecols=places, **AS_IT_IS, **options
        )
        if not isinstance(frame.index, pd.RangeIndex):
            raise pd.errors.ParserError("a record has more fields than the header")
        return frame

    def read_as_text(self, text: bytes, places: Sequence[int]) -> pd.DataFrame:
        """Columns of a block by their places, as text; empty cells are missing."""
        return self.parse(text, places, dtype=str, na_values=[""])

    def find_fault(self) -> None:
        """Refuse the first record that has not as many fields as the header."""
        file = self._source.file
        for _ in self._cut_by_record(file, self._read_header(file), self._n_header):
            pass

    def _note(self, start: int, block: bytes, scan: Scan) -> Block:
        self._places.append((start, len(block)))
        self.n_rows += scan.n_records
        return Block(block, scan)

    def _read_header(self, file: BinaryIO) -> int:
        """Read the names; where the first record begins."""
        with open_lines(file, self._source.start, self.called) as lines:
            taken: list[str] = []
            records = csv.reader(keep_lines(lines, taken), delimiter=self.separator)
            with self._name_line(records, self._source.n_skipped):
                names = next((fields for fields in records if fields), [])
        if not any(name.strip() for name in names):
            raise ValueError(f"{self.called} is empty; a header and rows are needed.")
        self.names = self._source.names or [name or f"Unnamed: {j}" for j, name in enumerate(names)]
        check_names(self.names, self.called)
        start = self._source.start + len("".join(taken).encode())
        self._n_header = self._source.n_skipped + len(taken)
        return start

    def _cut(self, file: BinaryIO, start: int) -> Iterator[tuple[bytes, Scan | None]]:
        """Blocks that end with a record, and what is found in them; None, at last, where they are not plain."""
        size = BLOCK
        while True:
            file.seek(start)
            text = file.read(size)
            if b"\0" in text:
                raise ValueError(say_binary(self.called))
            is_last = len(text) < size
            end = len(text) if is_last else find_last_record(text)
            if not end and not is_last and size < LONGEST_RECORD * BLOCK:
                size *= 2
                continue
            if not text:
                return
            block = text[:end]
            ended = block if block.endswith(b"\n") else block + b"\n"
            scan = scan_block(ended, self.separator, self._width) if end else None
            yield block, scan
            if is_last or scan is None:
                return
            start, size = start + end, BLOCK

    @property
    def _width(self) -> int:
        return len(self.names)

    def _cut_by_record(self, file: BinaryIO, start: int, line: int) -> Iterator[tuple[bytes, Scan]]:
        """The same as the csv module sees it, from a record on; the lines before it are given for errors."""
        with open_lines(file, start, self.called) as lines:
            taken: list[str] = []
            records = csv.reader(keep_lines(lines, taken), delimiter=self.separator)
            found = RecordScan()
            with self._name_line(records, line):
                for fields in records:
                    if not fields:
                        continue
                    self._check_fields(fields, line + records.line_num)
                    found.add(fields)
                    if found.size >= BLOCK:
                        yield "".join(taken).encode(), found.close()
                        found = RecordScan()
                        taken.clear()
            if taken:
                yield "".join(taken).encode(), found.close()

    @contextmanager
    def _name_line(self, records: Any, before: int) -> Iterator[None]:
        try:
            yield
        except csv.Error as error:
            raise ValueError(f"{self.called} is not a table: line {before + records.line_num}: {error}.") from error

    def _check_fields(self, fields: list[str], line: int) -> None:
        """Refuse a record that has not as many fields as the header."""
        if len(fields) != self._width:
            raise ValueError(
                f"{self.called} is ragged: line {line} has {len(fields)} fields, the header has {self._width}, cut at "
                f"{self.separator!r}."
            )


def join_parts(parts: "list[pd.Series[Any]]") -> "pd.Series[Any]":
    """The parts of a column as one; they are let go."""
    whole = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    parts.clear()
    return whole


def check_names(names: list[str], called: str) -> None:
    """Refuse names that stand for more than one column.

    Raises
    ------
    ValueError
    """
    if len(set(names)) < len(names):
        twice = min(name for name in names if names.count(name) > 1)
        raise ValueError(f"{called} has more than one column named {twice!r}; give each its own name.")
