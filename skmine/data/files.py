"""Tables in files: read with one clear error, written whole or not at all."""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from skmine.data.cells import factorize_texts, is_text, read_plain, spread_levels
from skmine.data.formats import (
    ARROW_FORMATS,
    SEPARATORS,
    STANDARD_INPUT,
    get_ending,
    is_written_into,
    require_pyarrow,
)
from skmine.data.text_blocks import check_names
from skmine.data.text_tables import read_text_table


def read_table(name: str) -> pd.DataFrame:
    """Read CSV, TSV, Parquet or Feather by the name's ending; "-" is text from standard input.

    Text is UTF-8 with a header; the separator is a comma, a semicolon, a tab or a bar, whichever
    cuts the header into most fields. Columns of text become numbers, flags or dates where all cells are such in the
    spelling of programs, and no number has a leading zero. Placeholders are missing among the numbers of a text table;
    elsewhere they are left to `repairs.repair_table`, as are other spellings.

    Raises
    ------
    ValueError
        If the file is missing, unreadable, binary, empty or ragged, or names a column twice.
    """
    kind = ARROW_FORMATS.get(get_ending(name))
    if kind and name != STANDARD_INPUT:
        return _read_plain_text(_read_arrow(name, kind))
    called = "standard input" if name == STANDARD_INPUT else repr(name)
    try:
        with _open_twice(name) as file:
            return _read_plain_text(read_text_table(file, called, SEPARATORS.get(get_ending(name))))
    except OSError as error:
        raise ValueError(f"Cannot read {name!r}: {error.strerror or error}.") from error


@contextmanager
def _open_twice(name: str) -> Iterator[BinaryIO]:
    """A file that can be read more than once: a copy of what standard input or a pipe holds."""
    with contextlib.nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else open(name, "rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and name != STANDARD_INPUT:
            yield file
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            yield copy


def _read_plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text columns that hold nothing but numbers, flags or ISO dates as those."""
    for column in frame.columns:
        if is_text(frame[column]):
            codes, levels = factorize_texts(frame[column])
            values = read_plain(levels.tolist())
            if values is not None:
                frame[column] = spread_levels(values, codes)
    return frame


def write_table(frame: pd.DataFrame, name: str) -> None:
    """Write a frame by the name's ending: first beside the file, then in its place in one move.

    A file that is there keeps its permissions. What is no regular file, such as a pipe, is written into.

    Raises
    ------
    ValueError
        If it cannot be written; nothing is left half-written then.
    """
    try:
        _write_whole(frame, Path(os.path.realpath(name)), get_ending(name))
    except OSError as error:
        raise ValueError(f"Cannot write {name!r}: {error.strerror or error}.") from error


def _write_whole(frame: pd.DataFrame, path: Path, ending: str) -> None:
    into = is_written_into(path)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=None if into else path.parent)
    os.close(handle)
    try:
        _write_as(ending, frame, part)
        if into:
            with open(part, "rb") as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink)
        else:
            os.chmod(part, _get_permissions(path))
            os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):  # it is in its place by now
            os.unlink(part)


def _write_as(ending: str, frame: pd.DataFrame, file: str) -> None:
    if ending in SEPARATORS:
        frame.to_csv(file, index=False, sep=SEPARATORS[ending])
    elif ARROW_FORMATS[ending] == "parquet":
        frame.to_parquet(file, index=False)
    else:
        frame.reset_index(drop=True).to_feather(file)


def _get_permissions(path: Path) -> int:
    """Those of the file that is there, else those that new files get."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _read_arrow(name: str, kind: str) -> pd.DataFrame:
    require_pyarrow(name)
    if not Path(name).is_file():
        raise ValueError(f"Cannot read {name!r}: No such file.")
    try:
        frame = pd.read_parquet(name) if kind == "parquet" else pd.read_feather(name)
        frame = frame.reset_index() if any(n is not None for n in frame.index.names) else frame
        frame.attrs = {}  # those of the program that wrote the file
    except Exception as error:  # pyarrow raises its own kinds, and plain ones, for broken files
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"Cannot read {name!r} as {kind.capitalize()}: {reason}") from error
    check_names(list(frame.columns), repr(name))
    return frame
