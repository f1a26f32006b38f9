"""Tables in files: read with one clear error, written whole or not at all."""

import contextlib
import csv
import io
import itertools
import os
import re
import shutil
import stat
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from skmine.data.cells import LARGEST_EXACT_INTEGER, factorize_texts, is_text, read_plain, spread_levels
from skmine.data.formats import (
    ARROW_FORMATS,
    SEPARATORS,
    STANDARD_INPUT,
    get_ending,
    is_written_into,
    require_pyarrow,
)
from skmine.data.repairs import PLACEHOLDERS

#: The first bytes of a gzip file.
GZIP = b"\x1f\x8b"

#: Separators of text tables, in the order in which they are preferred.
TEXT_SEPARATORS = [",", ";", "\t", "|"]

#: Placeholders in the usual spellings.
SPELLINGS = {"NaN", "NaT"}.union(*((text, text.upper(), text.capitalize(), text.title()) for text in PLACEHOLDERS))

#: A number with a leading zero, which pandas would lose, between separators. The look at the character before the zero
#: comes first because it is cheap, and a zero rarely begins a field.
_CODE = (
    r'0\d(?<=[{0}\n" +-]0\d)(?:(?<=[{0}\n"]0\d)|(?<=[{0}\n"][ +-]0\d))'
    r'\d*(?:\.\d*)?(?:[eE][+-]?\d+)?(?=[{0}\n" ]|\Z)'
)

#: What pandas is told: columns of one type each, and nothing missing but what we name.
AS_IT_IS: dict[str, Any] = {"low_memory": False, "keep_default_na": False}

#: Lines that are searched for such numbers at a time. Arbitrary: they fit into a processor's cache.
CHUNK = 2000


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
    try:
        raw = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise ValueError(f"Cannot read {name!r}: {error.strerror or error}.") from error
    called = "standard input" if name == STANDARD_INPUT else repr(name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        remedy = "unpack it first" if raw[:2] == GZIP else "save it as CSV or TSV in UTF-8, or as Parquet or Feather"
        raise ValueError(f"{called} is not a text table in UTF-8; {remedy}.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = _choose_separator(text, called, SEPARATORS.get(get_ending(name)))
    return _read_plain_text(_parse_text(text, separator, _check_shape(text, called, separator)))


def _parse_text(text: str, separator: str, placeholders: "dict[str, Counter[str]]") -> pd.DataFrame:
    """A frame of text whose shape was checked.

    ``attrs["decimal"]`` is a comma where decimals have one; ``attrs["placeholders"]`` counts, by column of numbers, the
    placeholders that were taken as missing.
    """
    options: dict[str, Any] = {"sep": separator, "na_values": ["", *SPELLINGS], **AS_IT_IS}
    frame = pd.read_csv(io.StringIO(text), **options)
    if separator == ";":  # where the semicolon is used, so often is the decimal comma
        comma = pd.read_csv(io.StringIO(text), decimal=",", **options)
        if comma.select_dtypes("number").shape[1] >= frame.select_dtypes("number").shape[1]:
            frame = comma
            frame.attrs["decimal"] = ","
    numbers = {name: place for place, name in enumerate(frame.columns) if _holds_exact_numbers(frame[name])}
    codes = _read_codes(text, separator, numbers)
    for name in codes:
        del numbers[name]
    # Texts are as they are where none was taken as missing; whatever else is no exact number is read again as text.
    rest = [name for name in frame.columns if name not in numbers and name not in codes]
    again = [name for name in rest if frame[name].isna().any() or not is_text(frame[name])]
    exact = _read_as_text(text, separator, [frame.columns.get_loc(name) for name in again]) if again else {}
    for name, column in {**codes, **exact}.items():
        frame[name] = column
    frame.attrs["placeholders"] = {
        name: dict(placeholders[header])
        for header, name in zip(placeholders, frame.columns, strict=True)
        if name in numbers and placeholders[header]
    }
    return frame


def _holds_exact_numbers(column: "pd.Series[Any]") -> bool:
    """Whether a column has numbers, none of them a float too large to be told from others, as of a long integer."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column) or column.isna().all():
        return False
    return column.dtype.kind in "iu" or bool(column.abs().max() <= LARGEST_EXACT_INTEGER)


def _read_as_text(text: str, separator: str, places: list[int]) -> "dict[Any, pd.Series[Any]]":
    """Columns by their places, as text; empty cells are missing."""
    frame = pd.read_csv(io.StringIO(text), sep=separator, usecols=places, dtype=str, na_values=[""], **AS_IT_IS)
    return {name: frame[name] for name in frame.columns}


def _read_codes(text: str, separator: str, numbers: dict[Any, int]) -> "dict[Any, pd.Series[Any]]":
    """The columns, out of those of numbers with their places, that have a leading zero as 01234 has, as text.

    Such fields are counted in the whole text first, so that the search ends when all of them are found.
    """
    code = re.compile(_CODE.format(re.escape(separator)), re.ASCII)
    n_left, left = len(code.findall(text)), dict(numbers)
    found: dict[Any, pd.Series[Any]] = {}
    lines = filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    next(lines)
    while n_left and left and (rows := list(itertools.islice(lines, CHUNK))):
        columns = list(zip(*rows, strict=True))
        places = [place for place in left.values() if code.search("\n".join(["", *columns[place]]))]
        if places:
            new = _read_as_text(text, separator, places)
            n_left -= sum(len(code.findall("\n".join(["", *column.dropna()]))) for column in new.values())
            found |= new
            left = {name: place for name, place in left.items() if name not in new}
    return found


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
    _check_names(list(frame.columns), repr(name))
    return frame


def _choose_separator(text: str, called: str, separator: str | None) -> str:
    """The separator that the name's ending says, or that cuts the header into most fields."""
    header = text.lstrip("\n").split("\n", 1)[0]
    if not header.strip():
        raise ValueError(f"{called} is empty; a header and rows are needed.")
    if separator in (None, ","):
        separator = max(TEXT_SEPARATORS, key=lambda s: len(next(csv.reader([header], delimiter=s))))
    return separator


def _check_shape(text: str, called: str, separator: str) -> "dict[str, Counter[str]]":
    """Refuse lines that have not as many fields as the header; how many placeholders there are, by column."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    n_rows = 0
    names: list[str] = []
    placeholders: list[Counter[str]] = []
    try:
        for fields in lines:
            if not fields:
                continue
            if not names:
                names, placeholders = fields, [Counter() for _ in fields]
            elif len(fields) != len(names):
                raise ValueError(
                    f"{called} is ragged: line {lines.line_num} has {len(fields)} fields, the header has {len(names)}."
                )
            else:
                n_rows += 1
                if not SPELLINGS.isdisjoint(fields):
                    for field, count in zip(fields, placeholders, strict=True):
                        if field in SPELLINGS:
                            count[field] += 1
    except csv.Error as error:
        raise ValueError(f"{called} is not a table: line {lines.line_num}: {error}.") from error
    _check_names(names, called)
    if not n_rows:
        raise ValueError(f"{called} has a header but no rows.")
    return dict(zip(names, placeholders, strict=True))


def _check_names(names: list[str], called: str) -> None:
    if len(set(names)) < len(names):
        twice = min(name for name in names if names.count(name) > 1)
        raise ValueError(f"{called} has more than one column named {twice!r}; give each its own name.")
