"""Text tables as they lie in files: opened, unpacked, in UTF-8, and without what is before the header."""

import tempfile
from contextlib import ExitStack
from typing import BinaryIO

from skmine.data.files.text_blocks import TextSource
from skmine.data.files.text_encoding import LATIN, check_encoding, find_encoding, is_utf8, rewrite_as_utf8
from skmine.data.files.text_layout import BLANK, find_layout, rewrite_records
from skmine.data.formats import ReadOptions

#: Characters of a skipped line that are shown. Arbitrary: enough to know it by.
MOST_SHOWN = 40


def open_text(
    file: BinaryIO, called: str, expected: str | None, options: ReadOptions, stack: ExitStack
) -> tuple[TextSource, list[str]]:
    """The table of a text file, and what is to be said of the way it was read.

    Parameters
    ----------
    file : binary file
        Unpacked.
    called : str
        How errors call it.
    expected : str or None
        The separator of the file's format; a comma, or None, may be any.
    options : ReadOptions
    stack : ExitStack
        Closes copies.

    Raises
    ------
    ValueError
        If it is no text, or not in the encoding that was asked for.
    """
    notes = []
    encoding = options.encoding
    if encoding is None:
        encoding = find_encoding(file)
        if not is_utf8(encoding):
            remedy = "; --encoding names another" if encoding == LATIN else ""
            notes.append(f"text in {encoding}{remedy}")
    check_encoding(encoding)
    if options.encoding is not None or not is_utf8(encoding):
        file = stack.enter_context(rewrite_as_utf8(file, encoding, called))
    source, passed = find_layout(file, called, expected, options)
    if passed:
        title = passed[0] if len(passed[0]) <= MOST_SHOWN else f"{passed[0][:MOST_SHOWN]}..."
        lines = "line" if len(passed) == 1 else "lines"
        notes.append(f"{len(passed)} {lines} before the header left out, from {title!r} on")
    if source.names is not None:
        notes.append("the header has no name for the first column; it is called 'row name'")
    if options.comment is not None or source.separator == BLANK or len(source.separator) > 1:
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        source = rewrite_records(source, options.comment, copy)
    return source, notes
