"""Text with separators as blocks of whole records, each below the header, checked on the way."""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import pandas as pd

from skmine.data.repairs import PLACEHOLDERS

#: The first bytes of a gzip file.
GZIP = b"\x1f\x8b"

#: Separators of text tables, in the order in which they are preferred.
TEXT_SEPARATORS = [",", ";", "\t", "|"]

#: Placeholders in the usual spellings.
SPELLINGS = {"NaN", "NaT"}.union(*((text, text.upper(), text.capitalize(), text.title()) for text in PLACEHOLDERS))

#: What pandas is told: columns of one type each, and nothing missing but what we name.
AS_IT_IS: dict[str, Any] = {"low_memory": False, "keep_default_na": False}

#: Characters of a block. pandas takes about three times as much memory while it reads one.
BLOCK = 2**22


class TextBlocks:
    """Blocks of whole records, each below the header.

    Attributes
    ----------
    called : str
        How errors call the file.
    separator : str
    placeholders : list of Counter
        How many placeholders there are of each spelling, by column.
    n_rows : int
        Records that were checked.
    """

    def __init__(self, file: BinaryIO, called: str, separator: str | None) -> None:
        self._file, self.called = file, called
        self.separator = self._choose_separator(separator)
        self.placeholders: list[Counter[str]] = []
        self.n_rows = 0
        self._header = ""
        self._n_lines: list[int] = []

    def check(self) -> Iterator[str]:
        """The blocks, checked: refuse records that have not as many fields as the header."""
        taken: list[str] = []
        names: list[str] = []
        self.n_rows = size = 0

        def take(lines: Iterator[str]) -> Iterator[str]:
            nonlocal size
            for line in lines:
                taken.append(line)
                size += len(line)
                yield line

        with _long_fields(self._file), self._open() as lines:
            records = csv.reader(take(lines), delimiter=self.separator)
            try:
                for fields in records:
                    if not fields:
                        continue
                    if not names:
                        check_names(fields, self.called)
                        names, self._header = fields, "".join(taken)
                        self.placeholders = [Counter() for _ in names]
                        self._n_lines.append(len(taken))
                        taken.clear()
                        continue
                    self._check_fields(fields, names, records.line_num)
                    self.n_rows += 1
                    if size >= BLOCK:
                        yield self._close(taken)
                        size = 0
            except csv.Error as error:
                raise ValueError(f"{self.called} is not a table: line {records.line_num}: {error}.") from error
        if not self.n_rows:
            raise ValueError(f"{self.called} has a header but no rows.")
        if taken:
            yield self._close(taken)

    def again(self, file: BinaryIO | None = None) -> Iterator[str]:
        """The blocks that were checked, once more; of the same file opened anew, if it is given."""
        with self._open(file) as lines:
            n_header, *n_lines = self._n_lines
            list(itertools.islice(lines, n_header))
            for n in n_lines:
                yield self._header + "".join(itertools.islice(lines, n))

    def read_as_text(self, text: str, places: Sequence[int]) -> pd.DataFrame:
        """Columns of a block by their places, as text; empty cells are missing."""
        options: dict[str, Any] = {"usecols": places, "dtype": str, "na_values": [""], **AS_IT_IS}
        return pd.read_csv(io.StringIO(text), sep=self.separator, **options)

    def _close(self, taken: list[str]) -> str:
        """The lines that were taken, as a block; they are taken no more."""
        self._n_lines.append(len(taken))
        text = self._header + "".join(taken)
        taken.clear()
        return text

    def _check_fields(self, fields: list[str], names: list[str], line: int) -> None:
        """Refuse a record that has not as many fields as the header, and count its placeholders."""
        if len(fields) != len(names):
            raise ValueError(
                f"{self.called} is ragged: line {line} has {len(fields)} fields, the header has {len(names)}."
            )
        if not SPELLINGS.isdisjoint(fields):
            for field, count in zip(fields, self.placeholders, strict=True):
                if field in SPELLINGS:
                    count[field] += 1

    def _choose_separator(self, separator: str | None) -> str:
        """The separator that was asked for, or that cuts the header into most fields."""
        with self._open() as lines:
            header = next((line for line in lines if line != "\n"), "").rstrip("\n")
        if not header.strip():
            raise ValueError(f"{self.called} is empty; a header and rows are needed.")
        if separator in (None, ","):
            separator = max(TEXT_SEPARATORS, key=lambda s: len(next(csv.reader([header], delimiter=s))))
        return separator

    @contextmanager
    def _open(self, file: BinaryIO | None = None) -> Iterator[Iterator[str]]:
        """The lines from the first on, each with one character at its end."""
        file = file or self._file
        file.seek(0)
        text = io.TextIOWrapper(file, "utf-8-sig", newline=None)
        try:
            yield self._refuse_binary(text, file)
        finally:
            text.detach()

    def _refuse_binary(self, lines: io.TextIOWrapper, file: BinaryIO) -> Iterator[str]:
        try:
            for line in lines:
                if "\0" in line:
                    raise ValueError(self._say_binary(file))
                yield line
        except UnicodeDecodeError as error:
            raise ValueError(self._say_binary(file)) from error

    def _say_binary(self, file: BinaryIO) -> str:
        file.seek(0)
        packed = file.read(len(GZIP)) == GZIP
        remedy = "unpack it first" if packed else "save it as CSV or TSV in UTF-8, or as Parquet or Feather"
        return f"{self.called} is not a text table in UTF-8; {remedy}."


def join_parts(parts: "list[pd.Series[Any]]") -> "pd.Series[Any]":
    """The parts of a column as one; they are let go."""
    whole = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    parts.clear()
    return whole


@contextmanager
def _long_fields(file: BinaryIO) -> Iterator[None]:
    """Let fields be as long as the file, in this reading."""
    before = csv.field_size_limit()
    file.seek(0, io.SEEK_END)
    csv.field_size_limit(max(before, file.tell()))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def check_names(names: list[str], called: str) -> None:
    """Refuse names that stand for more than one column.

    Raises
    ------
    ValueError
    """
    if len(set(names)) < len(names):
        twice = min(name for name in names if names.count(name) > 1)
        raise ValueError(f"{called} has more than one column named {twice!r}; give each its own name.")
