"""File formats by the endings of names, and what can be said of a name before any file is opened.

This module imports nothing heavy: the command line answers from it before anything else is loaded. To add a
format, add its ending here and how it is read and written in `files`.
"""

import importlib.util
import os
from pathlib import Path

#: Text formats by ending, and their separators.
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}

#: Formats that PyArrow reads and writes, by ending.
ARROW_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather"}

#: The name that means standard input.
STANDARD_INPUT = "-"


def get_ending(name: str) -> str:
    """The ending of a file's name, in small letters."""
    return Path(name).suffix.lower()


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
    if ending in ARROW_FORMATS:
        require_pyarrow(name)


def is_written_into(path: Path) -> bool:
    """Whether what stands there, such as a pipe, takes what is written, and is not replaced by a file."""
    return path.is_fifo() or path.is_char_device()


def require_pyarrow(name: str) -> None:
    """Refuse a file that needs PyArrow where it is not installed.

    Raises
    ------
    ValueError
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise ValueError(f"{name!r} needs pyarrow; install it by: pip install 'skmine[parquet]'.")
