"""Text in UTF-8, whatever encoding it is in.

Design notes. What is valid UTF-8 is that: other encodings hardly ever look so. Marks of byte order say what they say,
and text in UTF-16 without one has a NUL in nearly every second byte. What is left is taken for Windows' Latin (cp1252),
in which most spreadsheets of western Europe and America are written, and that is said: no statistics can tell it from
other encodings of eight bits, which `--encoding` names.
"""

import codecs
import shutil
import tempfile
from typing import BinaryIO

#: Bytes that are read at a time.
PIECE = 2**22

#: Marks of byte order, longer ones first.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

#: Fraction of the bytes at even or odd places that are NUL in UTF-16 of a table, which is mostly ASCII.
NUL_SHARE = 0.6

#: The encoding of text that is not UTF-8, and the one that gives every byte a character.
LATIN = "cp1252"
ANY_BYTE = "latin-1"


def check_encoding(name: str) -> None:
    """Refuse the name of an encoding that Python does not know.

    Raises
    ------
    ValueError
    """
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"encoding {name!r} is unknown; name one such as utf-8, utf-16, cp1252 or latin-1.") from None


def find_encoding(file: BinaryIO) -> str:
    """The encoding of a text by its bytes."""
    file.seek(0)
    first = file.read(PIECE)
    for mark, encoding in MARKS.items():
        if first.startswith(mark):
            return encoding
    if b"\0" in first:
        shares = {place: first[place::2].count(0) / max(len(first) // 2, 1) for place in (0, 1)}
        if max(shares.values()) >= NUL_SHARE and min(shares.values()) < 1 - NUL_SHARE:
            return "utf-16-be" if shares[0] > shares[1] else "utf-16-le"
    for encoding in ("utf-8", LATIN):
        if can_decode(file, encoding):
            return encoding
    return ANY_BYTE


def can_decode(file: BinaryIO, encoding: str) -> bool:
    """Whether all of a file is text in an encoding that has ASCII's characters."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(PIECE):
            if not piece.isascii() or decoder.getstate()[0]:  # ASCII is read ten times as fast as it is decoded
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def is_utf8(encoding: str) -> bool:
    """Whether a name is one of UTF-8's."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def rewrite_as_utf8(file: BinaryIO, encoding: str, called: str) -> BinaryIO:
    """A copy of a text in UTF-8.

    Raises
    ------
    ValueError
        If it is not in this encoding.
    """
    file.seek(0)
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller reads it
    reader = codecs.getreader(encoding)(file)
    try:
        shutil.copyfileobj(reader, codecs.getwriter("utf-8")(copy), PIECE)
    except UnicodeError as error:
        copy.close()
        raise ValueError(f"{called} is not text in {encoding}: {error}; name its encoding by --encoding.") from error
    return copy
