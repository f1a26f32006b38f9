"""What the bytes of a text table say before they are parsed: whether it is regular, and where to look more closely.

Design notes. pandas parses text faster than Python can look at it, but fills short records up without a word, drops the
zeros before a number, and does not say which cells it took as missing. Separators and ends of records are found here by
NumPy in half of the time that parsing takes. What is not plainly regular, such as a quote within a field, is left to
the csv module, record by record.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEWLINE, QUOTE, ZERO, POINT = b'\n"0.'

#: What may stand between the beginning of a cell and its number.
BEFORE_NUMBERS = '" +-'

#: Bytes that are scanned at a time: with all that is made of them, they fit into a processor's cache.
PIECE = 2**18

#: How many of these may follow each other, as in `" +07"`, for zeros to be found. Arbitrary.
MOST_BEFORE = 4

_IS_BEFORE = np.isin(np.arange(256), list(BEFORE_NUMBERS.encode()))

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Scan:
    """What was found in a block of whole records.

    Attributes
    ----------
    n_records : int
    n_empty : int
        Empty cells.
    codes : frozenset of int
        Places of the columns in which a zero stands before a digit, as in 01234.
    """

    n_records: int
    n_empty: int
    codes: frozenset[int]


class RecordScan:
    """What `Scan` holds, and how many characters there were, record by record."""

    def __init__(self) -> None:
        self._n_records = self._n_empty = self.size = 0
        self._codes: set[int] = set()

    def add(self, fields: list[str]) -> None:
        self._n_records += 1
        self._n_empty += fields.count("")
        self.size += sum(map(len, fields)) + len(fields)
        for place, field in enumerate(fields):
            number = field.lstrip(BEFORE_NUMBERS)
            if number[:1] == "0" and "0" <= number[1:2] <= "9":
                self._codes.add(place)

    def close(self) -> Scan:
        """What was found."""
        return Scan(self._n_records, self._n_empty, frozenset(self._codes))


def find_last_record(text: bytes) -> int:
    """Where the last whole record ends, 0 where none does, if quotes are those of fields."""
    end = text.rfind(b"\n") + 1
    n_quotes = text.count(b'"', 0, end) if b'"' in text else 0
    while end and n_quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        n_quotes -= text.count(b'"', before, end)
        end = before
    return end


def scan_block(block: bytes, separator: str, n_fields: int) -> Scan | None:
    """Scan whole records, each of which ends with a newline; None unless they have so many fields on average.

    pandas refuses those that have more.
    """
    n_records = n_empty = 0
    codes: frozenset[int] = frozenset()
    start = 0
    while start < len(block):
        stop = min(start + PIECE, len(block))
        stop = start + find_last_record(block[start:stop]) if stop < len(block) else stop
        found = _scan_piece(block[start : stop if stop > start else None], separator, n_fields)
        if found is None:
            return None
        n_records, n_empty, codes = n_records + found.n_records, n_empty + found.n_empty, codes | found.codes
        start = stop if stop > start else len(block)
    return Scan(n_records, n_empty, codes)


def _scan_piece(block: bytes, separator: str, n_fields: int) -> Scan | None:
    """The same of records that fit into a processor's cache."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
        if b"\r" in block:
            return None
    data = np.frombuffer(block, np.uint8)
    ends = data == NEWLINE
    edges = ends | (data == ord(separator))
    if b'"' in block and not _forget_quoted(data, ends, edges, ord(separator)):
        return None
    n_blank = int(ends[0]) + int(np.count_nonzero(ends[1:] & ends[:-1]))
    n_records = int(np.count_nonzero(ends)) - n_blank
    if np.count_nonzero(edges) - n_blank != n_fields * n_records:
        return None
    n_empty = int(edges[0]) + int(np.count_nonzero(edges[1:] & edges[:-1])) - n_blank
    return Scan(n_records, n_empty, _find_codes(data, edges, ends, n_fields))


def _forget_quoted(data: Bytes, ends: Mask, edges: Mask, separator: int) -> bool:
    """Take out what stands within quotes, in place; whether each quote begins or ends a field, or stands for itself."""
    quotes = np.flatnonzero(data == QUOTE)
    if len(quotes) % 2 or data[-1] == QUOTE:
        return False
    is_around = np.zeros(256, bool)
    is_around[[NEWLINE, separator, QUOTE]] = True
    begins, closes = is_around[data[quotes[::2] - 1]], is_around[data[quotes[1::2] + 1]]
    begins[:1] |= quotes[:1] == 0
    places = np.flatnonzero(edges)
    n_before = np.cumsum(np.bincount(np.searchsorted(places, quotes), minlength=len(places)))
    quoted = places[n_before % 2 == 1]
    ends[quoted] = edges[quoted] = False
    return bool(begins.all() and closes.all())


def _find_codes(data: Bytes, edges: Mask, ends: Mask, n_fields: int) -> frozenset[int]:
    """Places of the columns in which a field begins with a zero before a digit, whatever sign or quote is before it."""
    digits = data - ZERO < 10  # wraps around below "0"
    found = (data[1:-1] == ZERO) & digits[2:] & ~digits[:-2] & (data[:-2] != POINT)
    zeros = np.flatnonzero(found) + 1
    if data[0] == ZERO and len(data) > 1 and digits[1]:
        zeros = np.r_[0, zeros]
    if not len(zeros):
        return frozenset()
    before = zeros - 1
    for _ in range(MOST_BEFORE):
        inner = (before >= 0) & ~edges[before] & _IS_BEFORE[data[before]]
        before = before - inner
    before = before[(before < 0) | edges[before]]
    return frozenset(_number_fields(edges, ends, before, n_fields).tolist())


def _number_fields(edges: Mask, ends: Mask, before: NDArray[np.int64], n_fields: int) -> NDArray[np.int64]:
    """The places in their records of fields, given where the separators before them stand, -1 for the first."""
    places = np.flatnonzero(edges)
    is_end = ends[places]
    is_blank = is_end & np.r_[bool(ends[0]), is_end[:-1] & (np.diff(places) == 1)]
    n_edges = np.cumsum(~is_blank)
    found = np.searchsorted(places, before, side="right") - 1
    return np.unique(np.where(found < 0, 0, n_edges[found]) % n_fields)
