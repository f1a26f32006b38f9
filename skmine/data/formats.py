"""File formats by the endings of names and by first bytes, and what can be said of a name before a file is opened.

This module imports nothing heavy: the command line answers from it before anything else is loaded. To add a
format, add its ending here, and how it is read and written in `files`.
"""

import importlib.util
import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path

#: Text formats that are written, by ending, and their separators.
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}

#: Formats that PyArrow reads and writes, by ending.
ARROW_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather"}

#: Formats of reports, and their endings.
REPORT_FORMATS = ("html", "md", "json")
REPORT_ENDINGS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".json": "json"}

#: JSON with one value, and with one in each line.
JSON_ENDINGS = (".json",)
JSON_LINES_ENDINGS = (".jsonl", ".ndjson")

#: Endings of compressed files, after which that of the table may stand.
COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zip")

#: What a file begins with, and what it is; (offset, bytes).
SIGNATURES = {
    "gzip": (0, b"\x1f\x8b"),
    "bzip2": (0, b"BZh"),
    "xz": (0, b"\xfd7zXZ\x00"),
    "zstd": (0, b"\x28\xb5\x2f\xfd"),
    "zip": (0, b"PK\x03\x04"),
    "parquet": (0, b"PAR1"),
    "feather": (0, b"ARROW1"),
    "old feather": (0, b"FEA1"),
    "sqlite": (0, b"SQLite format 3\x00"),
    "duckdb": (8, b"DUCK"),
    "excel": (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
}

#: First bytes that are enough to know a file by.
SIGNATURE_SIZE = 16

#: The name that means standard input.
STANDARD_INPUT = "-"

#: What stands before the name of an embedded data set.
EXAMPLE = "example:"

#: What each package is needed for, and the extra that installs it.
EXTRAS = {
    "pyarrow": "parquet",
    "python_calamine": "excel",
    "zstandard": "zst",
    "duckdb": "duckdb",
    "sqlalchemy": "sql",
    "matplotlib": "plot",
}


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read, where that is not left to the file.

    Attributes
    ----------
    separator : str or None
        Between the fields of a text table; white space of any length where it is a blank.
    decimal : str or None
        The mark of decimals, "." or ",".
    encoding : str or None
    missing : tuple of str
        Cells that mean "missing", beside the placeholders that are known.
    skip_rows : int or None
        Lines, or rows of a sheet, before the header.
    comment : str or None
        What begins a comment in a text table.
    sheet : str or None
        Sheet of a workbook, table of a database, or member of an archive.
    query : str or None
        Query of a database.
    """

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: tuple[str, ...] = field(default=())
    skip_rows: int | None = None
    comment: str | None = None
    sheet: str | None = None
    query: str | None = None

    def list_given(self) -> list[str]:
        """Names of what is not left to the file."""
        return [option.name for option in fields(self) if getattr(self, option.name) not in (None, ())]


#: Each of these: its option on the command line, and what it says something of.
OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "separator": ("--sep", ("text table",)),
    "decimal": ("--decimal", ("text table", "workbook", "database", "JSON")),
    "encoding": ("--encoding", ("text table", "JSON")),
    "missing": ("--na", ("text table", "JSON", "workbook", "database", "parquet", "feather", "archive")),
    "skip_rows": ("--skip-rows", ("text table", "workbook")),
    "comment": ("--comment", ("text table",)),
    "sheet": ("--sheet", ("workbook", "database", "archive")),
    "query": ("--query", ("database",)),
}

#: Everything is left to the file.
AS_FOUND = ReadOptions()


def is_url(name: str) -> bool:
    """Whether a name is a URL, such as that of a database."""
    return "://" in name


def hide_password(name: str) -> str:
    """A name without the password that a URL may hold."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", name)


def get_ending(name: str) -> str:
    """The ending of a file's name, in small letters."""
    return Path(name).suffix.lower()


def get_table_ending(name: str) -> str:
    """The ending of the table's name: that before the ending of a compressed file."""
    ending = get_ending(name)
    return get_ending(Path(name).stem) if ending in COMPRESSED_ENDINGS else ending


def find_signature(first: bytes) -> str | None:
    """What a file is by its first bytes; None for text."""
    for kind, (offset, signature) in SIGNATURES.items():
        if first[offset : offset + len(signature)] == signature:
            return kind
    return None


def check_writable(name: str) -> None:
    """Refuse a file that `files.write_table` could not write, before any work is done.

    Raises
    ------
    ValueError
        If its ending is unknown, its folder is missing, or its writer is not installed.
    """
    ending = get_ending(name)
    if ending not in SEPARATORS and ending not in ARROW_FORMATS:
        raise ValueError(
            f"Cannot write {name!r}: its ending must be one of {', '.join([*SEPARATORS, *ARROW_FORMATS])}."
        )
    check_place(name)
    if ending in ARROW_FORMATS:
        require_package("pyarrow", repr(name))


def choose_report_format(output: str | None, asked: str | None) -> tuple[str, str]:
    """The format of a report and its file: what is asked for, or what the ending of the file's name says.

    Raises
    ------
    ValueError
        If neither says it.
    """
    if output is None:
        return asked or "html", f"report.{asked or 'html'}"
    ending = get_ending(output)
    if asked is None and ending not in REPORT_ENDINGS:
        raise ValueError(
            f"Cannot write {output!r}: its ending must be one of {', '.join(REPORT_ENDINGS)}, or its format be given."
        )
    return asked or REPORT_ENDINGS[ending], output


def check_report(output: str | None) -> None:
    """Refuse a report that could not be made, or written under this name, before any work is done.

    Raises
    ------
    ValueError
    """
    for package in ("jinja2", "matplotlib"):
        require_package(package, "a report", extra="report")
    if output is not None:
        check_place(output)


def check_place(name: str) -> None:
    """Refuse a name under which nothing can be written.

    Raises
    ------
    ValueError
    """
    path = Path(os.path.realpath(name))
    folder = path.parent
    if path.is_symlink():
        raise ValueError(f"Cannot write {name!r}: it is a link in a circle; name a file.")
    if path.is_dir():
        raise ValueError(f"Cannot write {name!r}: it is a folder; name a file.")
    if path.is_socket() or path.is_block_device():
        raise ValueError(f"Cannot write {name!r}: it is no file; name one, or a pipe.")
    if is_written_into(path):
        if not os.access(path, os.W_OK):
            raise ValueError(
                f"Cannot write {name!r}: it does not let us; change its permissions, or name another file."
            )
    elif not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ValueError(f"Cannot write {name!r}: {str(folder)!r} is not a folder that can be written to.")


def is_written_into(path: Path) -> bool:
    """Whether what stands there, such as a pipe, takes what is written, and is not replaced by a file."""
    return path.is_fifo() or path.is_char_device()


def require_package(package: str, called: str, extra: str | None = None) -> None:
    """Refuse what needs a package which is not installed; `called` is how errors call it, `extra` what installs it.

    Raises
    ------
    ValueError
    """
    if importlib.util.find_spec(package) is None:
        raise ValueError(
            f"{called} needs {package.replace('_', '-')}; install it by: pip install "
            f"'skmine[{EXTRAS[package] if extra is None else extra}]'."
        )
