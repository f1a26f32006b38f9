"""What columns were taken for, and why: what a person wants to see before any number.

Design notes. `describe_table` says it of repaired columns in memory, in one row per column; it decides nothing itself.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skmine.data.cells import read_texts
from skmine.data.coding import FEWEST_ROWS_OF_SMALL_SAMPLE, fit_coding, measure_pooled
from skmine.data.column import Column, Distribution
from skmine.data.copies import compute_marks, find_copies
from skmine.data.flaws import IDENTIFIER, LEAST_POOLED, REASONS, ROW_NUMBER, find_flaw
from skmine.data.ladder import MOST_LEVELS
from skmine.data.repairs import Repair
from skmine.data.source import Source

#: Fraction of the rows that hold one value from which on a column is called almost constant.
ALMOST_CONSTANT = 0.99

#: Numbers that people write for a missing one, and distinct values that a column needs for one to look like it.
SENTINEL = re.compile(r"-?99+(?:\.9+)?|-?(?:88+|77+)|-1e\+?\d+")
FEWEST_BESIDE_SENTINEL = 5

#: What each type of values is called.
NUMBERS, FLAGS, DATES, LABELS = "numbers", "flags", "dates", "labels"

#: What a column is said to be that is the target.
LEAK = "leak: the target, under another name or in other units"


def describe_table(
    source: Source,
    *,
    target: str | None = None,
    flags: Sequence[bool | None] | None = None,
    repairs: Sequence[Repair] = (),
) -> pd.DataFrame:
    """Describe the columns of a table, which are read one at a time.

    Parameters
    ----------
    source : Source
    target : str or None
        A column whose copies are leaks.
    flags : sequence of bool or None, optional
        Which columns are marked as discrete.
    repairs : sequence of Repair

    Returns
    -------
    DataFrame
        Index: names of columns. Columns: ``kind``, ``type``, ``why``, ``distinct``, ``missing``, ``missing_share``,
        ``repairs``, ``doubts``, ``set_aside``, which is empty. Its ``attrs["flaws"]`` hold what `flaws.find_flaw` says
        of each column.
    """
    rows: list[dict[str, Any]] = []
    marks: dict[str, list[bytes]] = {}
    flaws: dict[str, str] = {}
    for j, (column, flag) in enumerate(zip(source, flags or [None] * len(source.names), strict=True)):
        values, flaws[column.name] = name_type(source.raw(j), column), find_flaw(column)
        marks[column.name] = compute_marks(column)
        rows.append(
            {
                "kind": column.kind(flag),
                "type": values,
                "why": explain_kind(column, values, flag),
                "distinct": len(column.distinct[0]),
                "missing": column.n_missing,
                "missing_share": column.n_missing / source.n_rows,
                "repairs": "; ".join(_describe_repair(r) for r in repairs if r.column == column.name),
                "doubts": _list_doubts(column, flag, flaws[column.name]),
                "set_aside": "",
            }
        )
    copies = find_copies(sorted(marks.items(), key=lambda of: of[0] != target))  # copies of the target are called so
    for row, name in zip(rows, source.names, strict=True):
        row["doubts"] = "; ".join([*row["doubts"], *_describe_copy(copies.get(name), target)])
    description = pd.DataFrame(rows, index=pd.Index(source.names, name="column"))
    description.attrs["flaws"] = flaws
    return description


def name_type(raw: Any, column: Column) -> str:
    """What a column's values are: numbers, flags, dates or labels."""
    if column.categories is not None:
        return LABELS
    kind = getattr(getattr(raw, "dtype", None), "kind", "O")
    if kind == "O":
        read = read_texts(column.texts) if column.texts is not None else None
        if read is None:
            inferred = pd.api.types.infer_dtype(raw, skipna=True)
            return DATES if inferred.startswith("date") else FLAGS if inferred == "boolean" else NUMBERS
        kind = read.dtype.kind
    return {"b": FLAGS, "M": DATES}.get(kind, NUMBERS)


def explain_kind(column: Distribution, values: str, flag: bool | None) -> str:
    """Why a column is of its kind, in a few words."""
    n_values, n_rows = len(column.distinct[0]), column.n_rows - column.n_missing
    if column.is_empty:
        return "no values"
    if column.is_constant:
        return "one value"
    if flag is not None:
        return f"{values}, marked as {'discrete' if flag else 'continuous'}"
    if column.categories is not None:
        return f"{n_values} labels"
    if column.kind(None) == "discrete":
        return f"{values} that repeat: {n_values} in {n_rows} rows"
    return f"{values} that hardly repeat: {n_values} in {n_rows} rows"


def _list_doubts(column: Column, flag: bool | None, flaw: str) -> list[str]:
    """What is odd about a column."""
    if flaw in (IDENTIFIER, ROW_NUMBER):
        return ["identifier: labels almost all distinct" if flaw == IDENTIFIER else "numbers the rows"]
    if flaw:
        return []
    doubts = []
    values, counts = column.distinct
    if counts.max() >= ALMOST_CONSTANT * column.n_rows:
        often = values[counts.argmax()] if column.categories is None else column.categories[values[counts.argmax()]]
        often = f"{often:g}" if isinstance(often, float) else repr(str(often))
        doubts.append(f"almost constant: {often} in {counts.max()} of {column.n_rows} rows")
    sentinel = find_sentinel(column)
    if sentinel is not None:
        value, count = sentinel
        doubts.append(
            f"{value:g} in {count} of {column.n_rows} rows, far from all others: --na={value:g} takes it as missing"
        )
    if column.categories is not None or flag:
        labelled = column.labelled
        coding = fit_coding(labelled, MOST_LEVELS, discrete=flag, fewest=FEWEST_ROWS_OF_SMALL_SAMPLE)
        pooled = measure_pooled(labelled, coding)
        if pooled >= LEAST_POOLED:
            doubts.append(f"rare labels of {100 * pooled:.0f} % of the rows share one node")
    return doubts


def find_sentinel(column: Column) -> tuple[float, int] | None:
    """A number of nines, such as -999, that stands for "missing" by its looks, and the rows that hold it.

    It is the smallest or the largest value, in several rows, and further from the next value than that is from the
    other end.
    """
    values, counts = column.distinct
    if column.categories is not None or len(values) < FEWEST_BESIDE_SENTINEL:
        return None
    floats = values.astype(np.float64)
    for place, rest in ((0, floats[1:]), (-1, floats[:-1])):
        gap = float(np.abs(rest - floats[place]).min())
        if counts[place] > 1 and SENTINEL.fullmatch(f"{floats[place]:.12g}") and gap > rest[-1] - rest[0]:
            return float(floats[place]), int(counts[place])
    return None


def _describe_copy(original: str | None, target: str | None) -> list[str]:
    if original is None:
        return []
    if original == target:
        return [LEAK]
    return [f"says the same as {original!r}"]


def _describe_repair(repair: Repair) -> str:
    return f"{repair.n_cells} cells {repair.cells} {repair.done}"


def group_by_kind(description: pd.DataFrame, left_out: Collection[str] = ()) -> dict[str, list[str]]:
    """Names of columns by kind, in the order of the table, those that are set aside left out."""
    kept = description[(description["set_aside"] == "") & ~description.index.isin(list(left_out))]
    return {kind: list(names.index) for kind, names in kept.groupby("kind", sort=True)}


def find_identifiers(description: pd.DataFrame, named: Collection[str]) -> dict[str, str]:
    """Columns that number or identify rows, and why they are set aside; not those that the user names."""
    flaws = description.attrs["flaws"]
    return {name: REASONS[flaw] for name, flaw in flaws.items() if flaw in REASONS and name not in named}
