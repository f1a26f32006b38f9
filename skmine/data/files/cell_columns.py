"""Cells of workbooks, databases and JSON as columns, as if they had been written to a text table and read again.

Design notes. A column of one type keeps it. Where texts stand among numbers, flags or dates, all cells become the
texts that programs write for them, so that `repairs` reads the column as it reads that of a text table. Empty texts are
missing, whole numbers are integers, and what no text table could say (lists, bytes) becomes a label.
"""

import datetime
import decimal
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Types of cells that are numbers, and that are dates.
NUMBERS = (int, float, decimal.Decimal)
DATES = (datetime.datetime, datetime.date)

#: The largest float that is taken for an integer: beyond it floats skip some.
LARGEST_WHOLE = 2**53


def make_table(names: Sequence[str], columns: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A frame of columns of cells."""
    return pd.DataFrame({name: make_cells(list(cells)) for name, cells in zip(names, columns, strict=True)}, copy=False)


def make_cells(cells: list[Any]) -> Any:
    """One column, of one type."""
    cells = [None if _is_missing(cell) else cell for cell in cells]
    kinds = {_name_type(cell) for cell in cells if cell is not None}
    if kinds == {"number"}:
        return _make_numbers(cells)
    if kinds == {"flag"}:
        absent = any(cell is None for cell in cells)
        return np.array([np.nan if c is None else float(c) for c in cells]) if absent else np.array(cells, bool)
    if kinds == {"date"}:
        return _make_dates(cells)
    texts = [None if cell is None else write_cell(cell) for cell in cells]
    return pd.Series(texts, dtype=object)


def _is_missing(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, (float, decimal.Decimal)) and math.isnan(cell))


def _name_type(cell: Any) -> str:
    if isinstance(cell, (bool, np.bool_)):
        return "flag"
    if isinstance(cell, (*NUMBERS, np.number)):
        return "number"
    return "date" if isinstance(cell, DATES) else "other"


def _make_numbers(cells: list[Any]) -> NDArray[Any]:
    """Integers of any length where all are whole, else floats."""
    present = [cell for cell in cells if cell is not None]
    whole = all(isinstance(c, int) or (abs(c) <= LARGEST_WHOLE and float(c).is_integer()) for c in present)
    if not whole:
        return np.array([np.nan if c is None else float(c) for c in cells])
    integers = [None if cell is None else int(cell) for cell in cells]
    large = max(abs(int(cell)) for cell in present) > LARGEST_WHOLE
    if len(present) == len(cells) or large:
        fits = len(present) == len(cells) and min(present) >= -(2**63) and max(present) < 2**63
        return np.array(integers, np.int64 if fits else object)
    return np.array([np.nan if c is None else float(c) for c in integers])


def _make_dates(cells: list[Any]) -> Any:
    """Dates and times, those of a zone in UTC; texts where they are too far away."""
    texts = [None if cell is None else write_cell(cell) for cell in cells]
    try:
        return pd.to_datetime(pd.Series(texts, dtype=object), format="ISO8601", utc=True).dt.tz_localize(None)
    except ValueError:
        return pd.Series(texts, dtype=object)


def write_cell(cell: Any) -> str:
    """A cell as text, as programs write it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= LARGEST_WHOLE:
        return str(int(cell))
    if isinstance(cell, (*DATES, datetime.time)):
        text = cell.isoformat()
        return text.removesuffix("T00:00:00")
    if isinstance(cell, (bytes, bytearray, memoryview)):
        return "0x" + bytes(cell).hex()
    return json.dumps(cell, sort_keys=True, default=str) if isinstance(cell, (list, dict)) else str(cell)
