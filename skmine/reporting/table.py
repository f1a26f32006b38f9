"""The table that is reported on: columns that identify rows are set aside, rows without a target dropped."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data import files
from skmine.data.description import describe_table, find_identifiers
from skmine.data.formats import hide_password
from skmine.data.naming import suggest_name
from skmine.data.repairs import Repair, repair_table
from skmine.data.source import Source
from skmine.estimation.folds import number_groups

#: What a table that is no file is called.
IN_MEMORY = "the table"


@dataclass(frozen=True)
class ReportTable:
    """A table that is ready to be reported on.

    Attributes
    ----------
    frame : DataFrame
        The columns that are compared, and the target, in the rows that have one.
    called : str
    target : str or None
    description : DataFrame
        As `describe_columns` returns it; ``set_aside`` says which columns are not compared.
    n_read : int
        Rows of the table.
    groups : ndarray or None
        Group of each row of `frame`.
    notes : sequence of str
        How the file was read, and what was repaired.
    """

    frame: pd.DataFrame
    called: str
    target: str | None
    description: pd.DataFrame
    n_read: int
    groups: NDArray[np.int64] | None = None
    notes: Sequence[str] = field(default_factory=list)

    @property
    def others(self) -> list[str]:
        """The columns beside the target."""
        return [name for name in self.frame.columns if name != self.target]


def read_report_table(table: Any, target: str | None, groups: Any = None, infinite: str = "error") -> ReportTable:
    """Read a frame, or the file of this name.

    Raises
    ------
    ValueError
        If it cannot be read; if no column has the target's name, no row a target, or groups another number of rows.
    """
    called, notes, repairs = IN_MEMORY, list[str](), list[Repair]()
    if isinstance(table, (str, os.PathLike)):
        called = hide_password(os.fspath(table))
        read = files.read_table(os.fspath(table))
        frame, found = repair_table(read)
        repairs = [*read.attrs["missing"], *found]
        notes = [*read.attrs["notes"], *map(str, repairs)]
    else:
        frame = _make_frame(table)
    source = Source(frame, argument="table", infinite="missing")
    if target is not None and target not in source.names:
        raise ValueError(f"Target {target!r}: no column has this name; {suggest_name(target, source.names)}")
    if infinite == "missing":
        frame = frame.replace([np.inf, -np.inf], np.nan)
    description = describe_table(source, target=target, repairs=repairs)
    aside = find_identifiers(description, [target] if target else [])
    kept = [name for name in source.names if name not in aside]
    if not set(kept) - {target}:
        aside, kept = {}, source.names
    description["set_aside"] = [aside.get(name, "") for name in source.names]
    known = np.ones(len(frame), bool) if target is None else frame[target].notna().to_numpy()
    if not known.any():
        raise ValueError(f"Target {target!r} has no value in any of {len(frame)} rows; name another column.")
    numbers = take_groups(None if groups is None else number_groups(groups, len(frame)), np.flatnonzero(known))
    return ReportTable(frame.loc[known, kept], called, target, description, len(frame), numbers, notes)


def take_groups(groups: NDArray[np.int64] | None, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The groups of some rows, numbered again from 0."""
    return None if groups is None else np.unique(groups[rows], return_inverse=True)[1].reshape(-1)


def count_units(n_rows: int, groups: NDArray[np.int64] | None) -> int:
    """How many rows, or groups of rows, there are."""
    return n_rows if groups is None else int(groups.max()) + 1


def _make_frame(table: Any) -> pd.DataFrame:
    """A pandas frame of any container, its rows numbered and its columns named by text."""
    if isinstance(table, pd.DataFrame):
        return table.rename(columns=str).reset_index(drop=True)
    source = Source(table, argument="table", infinite="missing")
    raw = [source.raw(j) for j in range(len(source.names))]
    columns = [column.to_pandas() if hasattr(column, "to_pandas") else np.asarray(column) for column in raw]
    return pd.DataFrame(dict(zip(source.names, columns, strict=True)))
