"""Where the table in a text begins, and what separates its fields.

Design notes. The first lines of a text are cut by each separator that is usual. The right one cuts nearly all of them
into the same number of fields, two or more. Lines before the first of this width are no part of the table, such as a
title, and are skipped, which is said; a record of another width after it is a fault, which `text_blocks` refuses. R
writes a header that is one field shorter than its records, as it has no name for the names of rows.
"""

import contextlib
import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from skmine.data.cells import NUMBER
from skmine.data.files.text_blocks import TextSource
from skmine.data.files.text_lines import open_lines, say_binary, write_record
from skmine.data.formats import AS_FOUND, ReadOptions

#: Separators of text tables, in the order in which they are preferred.
TEXT_SEPARATORS = [",", ";", "\t", "|"]

#: White space of any length, as separator.
BLANK = " "

#: Bytes, and records, that are looked at to find out what a text is.
LOOK = 2**18
MOST_RECORDS = 200

#: Fraction of the records, from the header on, that have the width of the table: a few may be ragged, which is an
#: error of its own.
LEAST_REGULAR = 0.8

#: Lines before the header that are skipped without being asked for. Arbitrary: longer than any title.
MOST_SKIPPED = 50


@dataclass(frozen=True)
class Layout:
    """How a text is cut.

    Attributes
    ----------
    separator : str
    n_skipped : int
        Lines before the header.
    width : int
        Fields of a record.
    row_names : bool
        Whether the header names all columns but the first.
    """

    separator: str
    n_skipped: int = 0
    width: int = 1
    row_names: bool = False


def find_layout(
    file: BinaryIO, called: str, expected: str | None, options: ReadOptions = AS_FOUND
) -> tuple[TextSource, list[str]]:
    """The table in a text in UTF-8, and what is before it and not asked to be skipped.

    Parameters
    ----------
    file : binary file
    called : str
        How errors call it.
    expected : str or None
        The separator of the file's format; a comma, or None, may be any.
    options : ReadOptions

    Raises
    ------
    ValueError
        If it is no text.
    """
    mark = "\ufeff".encode()
    file.seek(0)
    start = len(mark) if file.read(len(mark)) == mark else 0
    file.seek(start)
    first = file.read(LOOK)
    if b"\0" in first:
        raise ValueError(say_binary(called))
    lines = io.StringIO(first.decode("utf-8", "ignore"), newline="").readlines()
    if len(first) == LOOK:
        lines = lines[:-1] or lines
    asked = options.skip_rows or 0
    if asked and asked >= len(lines) and len(first) < LOOK:
        raise ValueError(f"{called} has {len(lines)} lines, but {asked} are to be skipped; skip fewer.")
    seen = [drop_comment(line, options.comment) for line in lines[asked:]]
    layout = _choose_layout(seen, options.separator, expected, keep_first=options.skip_rows is not None)
    n_skipped = asked + layout.n_skipped
    start += sum(len(line.encode()) for line in lines[:n_skipped])
    names = None
    if layout.row_names:
        names = ["row name", *next(fields for _, fields in cut_records(seen[layout.n_skipped :], layout.separator))]
    passed = [line.strip() for line in seen[: layout.n_skipped] if line.strip()]
    return TextSource(file, called, layout.separator, start, n_skipped, names), passed


def drop_comment(line: str, comment: str | None) -> str:
    """A line without what follows the mark of comments."""
    if comment is None or comment not in line:
        return line
    return line[: line.index(comment)].rstrip() + "\n"


def cut_records(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Records that are not empty, each with the number of lines before it."""
    if len(separator) == 1 and separator != BLANK:
        reader = csv.reader(lines, delimiter=separator)
        before = 0
        for fields in reader:
            if fields:
                yield before, fields
            before = reader.line_num
        return
    for before, line in enumerate(lines):
        if line.strip():
            yield before, _cut_line(line.strip("\r\n"), separator)


def _cut_line(line: str, separator: str) -> list[str]:
    """The fields of a line between white space, where quotes hold fields together, or between longer separators."""
    if separator != BLANK:
        return [field.strip() for field in line.split(separator)]
    return next(csv.reader([line.strip().replace("\t", BLANK)], delimiter=BLANK, skipinitialspace=True), [])


def _choose_layout(lines: list[str], asked: str | None, expected: str | None, *, keep_first: bool) -> Layout:
    """The layout of lines: by the separator that was asked for, by that of the format, or by the best of all."""
    if asked is not None:
        return _find_table(lines, asked, keep_first) or Layout(asked)
    groups = [TEXT_SEPARATORS] if expected in (None, ",") else [[expected], TEXT_SEPARATORS]
    for group in groups:
        found = [layout for separator in group if (layout := _find_table(lines, str(separator), keep_first))]
        if found:
            return min(found, key=lambda layout: (layout.n_skipped, layout.row_names, -layout.width))
    if expected is None:
        layout = _find_table(lines, BLANK, keep_first)
        if layout is not None and _is_regular(lines, layout):
            return layout
    header = next((line for line in lines if line.strip()), "")
    of_header = [(separator, next(cut_records([header], separator), (0, []))[1]) for separator in TEXT_SEPARATORS]
    return Layout(expected if expected not in (None, ",") else max(of_header, key=lambda cut: len(cut[1]))[0])


def _find_table(lines: list[str], separator: str, keep_first: bool) -> Layout | None:
    """The layout by a separator; None where it does not cut the lines alike."""
    records: list[tuple[int, list[str]]] = []
    with contextlib.suppress(csv.Error):  # a fault that the whole text is refused for
        records.extend(itertools.islice(cut_records(lines, separator), MOST_RECORDS + MOST_SKIPPED))
    widths = [len(fields) for _, fields in records]
    counts = Counter(widths)
    if not counts:
        return None
    width = max(counts, key=lambda w: (counts[w], w == widths[0]))
    first = widths.index(width)
    if width < 2 or counts[width] < LEAST_REGULAR * len(widths[first:]):
        return None
    if first and _is_header_of_r(records[0][1], records[first][1], first):
        return Layout(separator, records[0][0], width, row_names=True)
    if first > MOST_SKIPPED or any(w > width for w in widths[:first]) or (first and keep_first):
        return None
    if first and counts[width] <= max(first, 1):  # more lines before it than in it: no table with a title
        return None
    return Layout(separator, records[first][0] if first else 0, width)


def _is_header_of_r(header: list[str], record: list[str], n_before: int) -> bool:
    """Whether a header names all columns but the first, and is followed by values."""
    named = n_before == 1 and len(header) == len(record) - 1 and all(header)
    return named and not any(map(NUMBER.fullmatch, header)) and any(map(NUMBER.fullmatch, record))


def _is_regular(lines: list[str], layout: Layout) -> bool:
    """Whether all lines have the width of the table, and numbers: words of a text are no table."""
    _, *rest = itertools.islice(cut_records(lines[layout.n_skipped :], layout.separator), MOST_RECORDS)
    return bool(rest) and all(len(r) == layout.width and any(map(NUMBER.fullmatch, r)) for _, r in rest)


def rewrite_records(source: TextSource, comment: str | None, out: BinaryIO) -> TextSource:
    """A copy of a table whose fields are separated by commas, without comments.

    Raises
    ------
    ValueError
        If it is no text, or a quote is not closed.
    """
    try:
        with open_lines(source.file, source.start, source.called) as lines:
            records = cut_records((drop_comment(line, comment) for line in lines), source.separator)
            for place, (_, fields) in enumerate(records):
                out.write(write_record((source.names if place == 0 else None) or fields, ","))
    except csv.Error as error:
        raise ValueError(f"{source.called} is not a table: {error}; close every quote that is opened.") from error
    return TextSource(out, source.called, ",")
