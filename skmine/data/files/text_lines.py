"""Lines of a text in UTF-8, with their ends, from any place of a file on."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

#: Bytes that are read at a time where lines are counted.
PIECE = 2**22


@contextmanager
def open_lines(file: BinaryIO, start: int, called: str) -> Iterator[Iterator[str]]:
    """The lines from a place on, with their ends."""
    file.seek(start)
    text = io.TextIOWrapper(file, "utf-8", newline="")
    try:
        yield _refuse_binary(text, called)
    finally:
        with suppress(ValueError):  # the file may be closed by now
            text.detach()


def _refuse_binary(lines: io.TextIOWrapper, called: str) -> Iterator[str]:
    try:
        for line in lines:
            if "\0" in line:
                raise ValueError(say_binary(called))
            yield line
    except UnicodeDecodeError as error:
        raise ValueError(say_binary(called)) from error


def say_binary(called: str) -> str:
    """That a file is no text."""
    return f"{called} is not a text table; save it as CSV or TSV in UTF-8, or as Parquet or Feather."


def keep_lines(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The lines, each of which is kept, too."""
    for line in lines:
        taken.append(line)
        yield line


def count_lines(file: BinaryIO, start: int, stop: int) -> int:
    """Ends of lines between two places of a file."""
    file.seek(start)
    return sum(file.read(min(PIECE, stop - place)).count(b"\n") for place in range(start, stop, PIECE))


def write_record(fields: Sequence[str], separator: str) -> bytes:
    """A record as text tables have it."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerow(fields)
    return out.getvalue().encode()


@contextmanager
def allow_long_fields(file: BinaryIO) -> Iterator[None]:
    """Let fields be as long as the file, in this reading."""
    before = csv.field_size_limit()
    file.seek(0, io.SEEK_END)
    csv.field_size_limit(max(before, file.tell()))
    try:
        yield
    finally:
        csv.field_size_limit(before)
