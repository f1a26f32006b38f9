"""Tables written to files, whole or not at all."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from skmine.data.formats import ARROW_FORMATS, SEPARATORS, get_ending, is_written_into


def write_table(frame: pd.DataFrame, name: str) -> None:
    """Write a frame by the name's ending: first beside the file, then in its place in one move.

    A file that is there keeps its permissions. What is no regular file, such as a pipe, is written into.

    Raises
    ------
    ValueError
        If it cannot be written; nothing is left half-written then.
    """
    write_whole(name, lambda part: _write_as(get_ending(name), frame, part))


def write_whole(name: str, write: Callable[[str], None]) -> None:
    """Write a file: `write` is given the name of one beside it, which then takes its place in one move.

    Raises
    ------
    ValueError
        If it cannot be written; nothing is left half-written then.
    """
    try:
        _write_beside(Path(os.path.realpath(name)), write)
    except OSError as error:
        raise ValueError(f"Cannot write {name!r}: {error.strerror or error}.") from error


def _write_beside(path: Path, write: Callable[[str], None]) -> None:
    into = is_written_into(path)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=None if into else path.parent)
    os.close(handle)
    try:
        write(part)
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
