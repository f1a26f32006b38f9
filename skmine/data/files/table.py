"""A table in a file, read with one clear error."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from skmine.data.cells import factorize_texts, is_text, read_plain, spread_levels
from skmine.data.files.databases import read_duckdb, read_sqlite, read_url
from skmine.data.files.json_tables import read_json_table
from skmine.data.files.text_blocks import check_names
from skmine.data.files.text_source import open_text
from skmine.data.files.text_tables import read_text_table
from skmine.data.files.unpacking import Opened, open_unpacked
from skmine.data.files.workbooks import read_workbook
from skmine.data.formats import (
    ARROW_FORMATS,
    AS_FOUND,
    JSON_ENDINGS,
    JSON_LINES_ENDINGS,
    OPTIONS,
    SEPARATORS,
    STANDARD_INPUT,
    ReadOptions,
    get_ending,
    hide_password,
    is_url,
    require_package,
)
from skmine.data.repairs import MISSING, Repair

#: URLs of files, which are not fetched.
REMOTE = ("http", "https", "ftp", "ftps", "s3", "gs", "gcs", "abfs", "hdfs", "file")

#: What begins a value of JSON that may hold a table.
JSON_STARTS = (b"{", b"[")

#: Bytes of a text that are looked at for that.
LOOK = 256


def read_table(name: str, options: ReadOptions = AS_FOUND) -> pd.DataFrame:
    """Read the table in a file, or in what standard input ("-") holds, or that a URL of a database names.

    A file is known by its first bytes: packed (gzip, bzip2, xz, zstd, zip), Parquet, Feather, a workbook of Excel or
    LibreOffice, a database of SQLite or DuckDB, or text; text is JSON by its ending or first character, and a table
    with a header else. Its encoding, separator and decimal mark are found out, and what stands before the header is
    left out. Columns of text become numbers, flags or dates where all cells are such in the spelling of programs, and
    no number has a leading zero. Placeholders are missing among the numbers of a text table; elsewhere they are left to
    `repairs.repair_table`, as are other spellings.

    Parameters
    ----------
    name : str
    options : ReadOptions, optional

    Returns
    -------
    DataFrame
        ``attrs["notes"]`` lists what is to be said of the way it was read, one line each; ``attrs["missing"]`` the
        cells that options.missing made so, as `Repair`.

    Raises
    ------
    ValueError
        If the file is missing, unreadable, empty, ragged or no table, or names a column twice; if an option is of
        another format.
    """
    try:
        with ExitStack() as stack:
            frame, notes = _read(name, options, stack)
    except OSError as error:
        raise ValueError(f"Cannot read {hide_password(name)!r}: {error.strerror or error}.") from error
    if options.decimal is not None:
        frame.attrs["decimal"] = options.decimal
    frame.attrs["notes"] = notes
    frame.attrs["missing"] = _drop_missing(frame, options.missing)
    if options.missing and not frame.attrs["missing"]:
        notes.append(f"no cell is written {' or '.join(map(repr, options.missing))}")
    return _read_plain_text(frame)


def _read(name: str, options: ReadOptions, stack: ExitStack) -> tuple[pd.DataFrame, list[str]]:
    if is_url(name):
        scheme = name.partition("://")[0].lower()
        if scheme in REMOTE:
            raise ValueError(f"{hide_password(name)!r} is not fetched; download the file, and pass its name.")
        check_options(options, "database", hide_password(name))
        return read_url(name, options)
    if name != STANDARD_INPUT and Path(name).is_dir():
        raise ValueError(f"Cannot read {name!r}: it is a folder; name a file.")
    opened = open_unpacked(name, options, stack)
    kind = _find_kind(opened)
    check_options(options, kind, name, packed=opened.name != name)
    if kind in ("parquet", "feather"):
        return _read_arrow(opened, kind), []
    if kind == "workbook":
        return read_workbook(opened.path, opened.called, options)
    if kind == "database":
        read = read_duckdb if opened.kind == "duckdb" else read_sqlite
        return read(opened.path, opened.called, options)
    if kind == "JSON":
        in_lines = get_ending(opened.name) in JSON_LINES_ENDINGS
        return read_json_table(opened.file, opened.called, options.encoding, in_lines=in_lines), []
    source, notes = open_text(opened.file, opened.called, SEPARATORS.get(get_ending(opened.name)), options, stack)
    return read_text_table(source, options.decimal), notes


def _find_kind(opened: Opened) -> str:
    """What a file is, by its first bytes, and by its ending where these say nothing."""
    by_bytes = {"zip": "workbook", "excel": "workbook", "old feather": "feather", "sqlite": "database"}
    by_bytes |= {"duckdb": "database", "parquet": "parquet", "feather": "feather"}
    if opened.kind is not None:
        return by_bytes[opened.kind]
    ending = get_ending(opened.name)
    if ending in ARROW_FORMATS:
        return ARROW_FORMATS[ending]
    if ending in (*JSON_ENDINGS, *JSON_LINES_ENDINGS):
        return "JSON"
    first = opened.file.read(LOOK).lstrip()
    opened.file.seek(0)
    return "JSON" if ending not in SEPARATORS and first.startswith(JSON_STARTS) else "text table"


def check_options(options: ReadOptions, kind: str, name: str, *, packed: bool = False) -> None:
    """Refuse an option that says nothing of a kind of file, or of an archive that it is in.

    Raises
    ------
    ValueError
    """
    for option in options.list_given():
        kinds = OPTIONS[option][1]
        if kind not in kinds and not (packed and "archive" in kinds):
            raise ValueError(f"{OPTIONS[option][0]} is for a {' or a '.join(kinds)}, but {name!r} is a {kind}.")


def _drop_missing(frame: pd.DataFrame, spellings: tuple[str, ...]) -> list[Repair]:
    """Take cells that are written so, or numbers that say the same, as missing, in place; what was done."""
    repairs = []
    numbers = {float(text) for text in spellings if _is_number(text)}
    for place, name in enumerate(frame.columns if spellings else ()):
        column = frame.iloc[:, place]
        if is_text(column):
            codes, levels = factorize_texts(column)
            said = np.array([level in spellings for level in levels], bool)
            found = np.append(said, False)[codes]
        elif column.dtype.kind in "iuf" and numbers:
            found = column.isin(numbers).to_numpy()
        else:
            continue
        if found.any():
            frame.isetitem(place, column.mask(found))
            listed = ", ".join(map(repr, spellings))
            repairs.append(Repair(str(name), int(found.sum()), len(frame), f"of {listed}", MISSING))
    return repairs


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text columns that hold nothing but numbers, flags or ISO dates as those."""
    for column in frame.columns:
        if is_text(frame[column]):
            codes, levels = factorize_texts(frame[column])
            values = read_plain(levels.tolist())
            if values is not None:
                frame[column] = spread_levels(values, codes)
    return frame


def _read_arrow(opened: Opened, kind: str) -> pd.DataFrame:
    require_package("pyarrow", opened.called)
    from pyarrow import feather, parquet

    try:
        table = (parquet if kind == "parquet" else feather).read_table(opened.path)
        table.validate(full=True)  # what is damaged would end the process
        frame: pd.DataFrame = table.to_pandas()
        frame = frame.reset_index() if any(n is not None for n in frame.index.names) else frame
        frame.attrs = {}  # those of the program that wrote the file
    except Exception as error:  # pyarrow raises its own kinds, and plain ones, for broken files
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"Cannot read {opened.called} as {kind.capitalize()}: {reason}") from error
    check_names(list(frame.columns), opened.called)
    return frame
