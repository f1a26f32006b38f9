"""Files as they lie on disk or come through a pipe, unpacked."""

import bz2
import gzip
import lzma
import shutil
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from os import fstat
from typing import BinaryIO, cast

from skmine.data.formats import (
    COMPRESSED_ENDINGS,
    SIGNATURE_SIZE,
    STANDARD_INPUT,
    ReadOptions,
    find_signature,
    get_ending,
    require_package,
)
from skmine.data.naming import list_names

#: Members of a zip file that make it a workbook.
WORKBOOK_MEMBERS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")

#: Wrappings of one another that are unpacked. Arbitrary: no one wraps a table more often.
MOST_WRAPPINGS = 4

#: What broken packed files raise.
FAULTS = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class Opened:
    """An unpacked file.

    Attributes
    ----------
    file : binary file
        It can be read more than once.
    path : str
        Where it lies.
    name : str
        Its name, without what it was packed in.
    called : str
        How errors call it.
    kind : str or None
        What it is by its first bytes; None for text.
    """

    file: BinaryIO
    path: str
    name: str
    called: str
    kind: str | None


def open_unpacked(name: str, options: ReadOptions, stack: ExitStack) -> Opened:
    """Open a file, or what standard input holds, and unpack it; `stack` closes it.

    Raises
    ------
    ValueError
        If it is packed and broken, or holds several files and none is named.
    OSError
        If it cannot be opened.
    """
    opened = _open(name, stack)
    for _ in range(MOST_WRAPPINGS):
        unpack = _find_unpacker(opened, options)
        if unpack is None:
            break
        copy = stack.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115 - the stack closes it
        try:
            inner = unpack(cast("BinaryIO", copy))
        except FAULTS as error:
            raise ValueError(f"Cannot unpack {opened.called}: {error or type(error).__name__}.") from error
        copy.flush()
        opened = _describe(cast("BinaryIO", copy), copy.name, inner, opened.called)
    return opened


def _open(name: str, stack: ExitStack) -> Opened:
    """A file; a copy of what standard input or a pipe holds."""
    called = "standard input" if name == STANDARD_INPUT else repr(name)
    file = sys.stdin.buffer if name == STANDARD_INPUT else stack.enter_context(open(name, "rb"))  # noqa: SIM115
    if stat.S_ISREG(fstat(file.fileno()).st_mode) and name != STANDARD_INPUT:
        return _describe(file, name, name, called)
    copy = stack.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    copy.flush()
    return _describe(cast("BinaryIO", copy), copy.name, name, called)


def _describe(file: BinaryIO, path: str, name: str, called: str) -> Opened:
    file.seek(0)
    kind = find_signature(file.read(SIGNATURE_SIZE))
    file.seek(0)
    return Opened(file, path, name, called, kind)


def _find_unpacker(opened: Opened, options: ReadOptions) -> Callable[[BinaryIO], str] | None:
    """What writes the unpacked file into another and gives its name; None where nothing is packed."""
    name, file = opened.name, opened.file
    inner = name[: -len(get_ending(name))] if get_ending(name) in COMPRESSED_ENDINGS else name

    def copy(source: BinaryIO, out: BinaryIO) -> str:
        shutil.copyfileobj(source, out)
        return inner

    if opened.kind == "gzip":
        return lambda out: copy(cast("BinaryIO", gzip.GzipFile(fileobj=file)), out)
    if opened.kind == "bzip2":
        return lambda out: copy(cast("BinaryIO", bz2.BZ2File(file)), out)
    if opened.kind == "xz":
        return lambda out: copy(cast("BinaryIO", lzma.LZMAFile(file)), out)
    if opened.kind == "zstd":
        return lambda out: _unpack_zstd(opened, out, inner)
    if opened.kind == "zip":
        return _find_member(opened, options)
    return None


def _unpack_zstd(opened: Opened, out: BinaryIO, inner: str) -> str:
    require_package("zstandard", opened.called)
    import zstandard

    try:
        zstandard.ZstdDecompressor().copy_stream(opened.file, out)
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from error
    return inner


def _find_member(opened: Opened, options: ReadOptions) -> Callable[[BinaryIO], str] | None:
    """What writes the table of an archive; None where the archive is a workbook."""
    try:
        archive = zipfile.ZipFile(opened.file)
    except FAULTS as error:
        raise ValueError(f"Cannot unpack {opened.called}: {error}.") from error
    names = [member.filename for member in archive.infolist() if not member.is_dir()]
    if any(name in WORKBOOK_MEMBERS for name in names):
        return None
    names = [name for name in names if not name.startswith("__MACOSX/") and not name.rpartition("/")[2].startswith(".")]
    if options.sheet is not None and options.sheet in names:
        names = [options.sheet]
    if len(names) != 1:
        there = f"there are {list_names(names)}; name one by --sheet" if names else "it is empty"
        raise ValueError(f"{opened.called} is an archive of {len(names)} files; {there}.")

    def unpack(out: BinaryIO) -> str:
        with archive.open(names[0]) as member:
            shutil.copyfileobj(member, out)
        return names[0]

    return unpack
