"""Columns that say the same as others: in other units, in the opposite order, or under other labels."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.column import Column

#: Rows per distinct value from which on two columns whose values stand for each other are copies: with fewer, columns
#: of many values stand for each other by chance, as identifiers do.
ROWS_PER_VALUE = 10


def find_copies(marks: Iterable[tuple[str, list[bytes]]]) -> dict[str, str]:
    """Names of the columns that say the same as an earlier one, and the name of that, from names and marks."""
    first: dict[bytes, str] = {}
    copies: dict[str, str] = {}
    for name, own in marks:
        original = next((first[mark] for mark in own if mark in first), None)
        if original is not None:
            copies[name] = original
        for mark in own:
            first.setdefault(mark, name)
    return copies


def compute_marks(column: Column) -> list[bytes]:
    """Digests, one of which two columns share if they are copies; none of a constant one."""
    if column.is_constant:
        return []
    values, counts = column.distinct
    marks = []
    if column.categories is None:
        codes = np.searchsorted(values, np.where(column.missing, values[:1], column.values))
        upwards, downwards = (np.where(column.missing, -1, c) for c in (codes, len(values) - 1 - codes))
        marks.append(min(_digest(upwards), _digest(downwards)))
    if len(values) * ROWS_PER_VALUE <= counts.sum():
        numbers = np.where(column.missing, -1, pd.factorize(column.values)[0])
        marks.append(_digest(pd.factorize(numbers)[0], b"labels"))
    return marks


def _digest(codes: NDArray[np.int64], kind: bytes = b"order") -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(codes, np.int64).tobytes(), digest_size=16, person=kind).digest()
