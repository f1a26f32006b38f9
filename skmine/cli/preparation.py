"""From the table of a file to what a command compares, and what is said of the way.

Design notes. Cells are repaired, columns that identify rows are set aside, and rows without a target are dropped, in
this order: row numbers are known by all rows. A column that the user names is never set aside. What was done goes where
the answer goes, but never into CSV.
"""

import argparse
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rich.text import Text

from skmine.cli.messages import say
from skmine.cli.shared import make_console, show_text
from skmine.data.conversion import make_column
from skmine.data.flaws import IDENTIFIER, ROW_NUMBER, find_flaw
from skmine.data.repairs import MISSING, Repair, repair_table
from skmine.data.streamed_table import StreamedTable
from skmine.selection.streamed import StreamedColumns

#: Why a column is set aside, by its flaw.
REASONS = {ROW_NUMBER: "it numbers the rows", IDENTIFIER: "its labels are almost all distinct"}


@dataclass(frozen=True)
class Changes:
    """What was done to a table before it was compared.

    Attributes
    ----------
    n_rows, n_dropped : int
        Rows that were read, and those of them that have no target.
    repairs : list of str
        One line for each column and kind of repair.
    set_aside : dict of str to str
        Why each column is not compared.
    """

    n_rows: int
    n_dropped: int
    repairs: list[str]
    set_aside: dict[str, str]

    def describe(self) -> dict[str, Any]:
        """What JSON says of it."""
        return {
            "dropped_rows": self.n_dropped,
            "repairs": self.repairs,
            "set_aside": [{"column": name, "reason": why} for name, why in self.set_aside.items()],
        }

    def list_changes(self) -> list[str]:
        """What a terminal says of it, one line each."""
        aside = [f"{name}: set aside, as {why}; --keep-identifiers keeps it" for name, why in self.set_aside.items()]
        dropped = [f"{self.n_dropped} of {self.n_rows} rows dropped: no target"] if self.n_dropped else []
        return [*self.repairs, *aside, *dropped]

    @classmethod
    def of_stream(cls, table: StreamedTable, known: StreamedColumns) -> "Changes":
        """Of a table that is read in batches."""
        aside = {name: REASONS[flaw] for name, flaw in known.set_aside.items()}
        repairs = [str(repair) for repair in table.stream.repairs if repair.column not in aside]
        return cls(table.n_read, table.n_read - known.summary.n_rows, repairs, aside)


@dataclass(frozen=True)
class Prepared:
    """A table that is ready to be compared, and what was done to it.

    Attributes
    ----------
    frame : DataFrame
        The columns that are compared, in the rows that have a target.
    whole : DataFrame
        Every row and column, cells as they were read.
    changes : Changes
    """

    frame: pd.DataFrame
    whole: pd.DataFrame
    changes: Changes


def prepare(
    frame: pd.DataFrame,
    targets: Collection[str] = (),
    named: Collection[str] = (),
    *,
    keep_identifiers: bool = False,
    missing_target: str = "drop",
    infinite: str = "error",
    fewest: int = 1,
) -> Prepared:
    """Repair a table's cells, set columns aside that identify rows, and drop rows without a target.

    Parameters
    ----------
    frame : DataFrame
    targets : collection of str
        Columns of which every row needs a value. One that the frame lacks is ignored.
    named : collection of str
        Other columns that are never set aside.
    keep_identifiers : bool, default=False
    missing_target : {"drop", "fail"}, default="drop"
    infinite : {"error", "missing"}, default="error"
    fewest : int, default=1
        Columns beside targets that a command needs: nothing is set aside where fewer would be left.

    Raises
    ------
    ValueError
        If a target has no values, or misses one and `missing_target` is "fail"; if values are infinite and
        `infinite` is "error".
    """
    whole, repairs = repair_table(frame)
    repairs += _replace_infinite(whole, infinite)
    aside = {} if keep_identifiers else _find_identifiers(whole, {*targets, *named})
    if whole.shape[1] - len(aside) - len(targets) < fewest:
        aside = {}
    compared = whole[[c for c in whole.columns if str(c) not in aside]]
    has_target = np.ones(len(whole), bool)
    for column in whole.columns:
        if str(column) in targets:
            has_target &= _find_targets(whole[column], str(column), missing_target)
    if not has_target.any():
        raise ValueError(f"No row has a value in each of {', '.join(map(repr, targets))}; name other columns.")
    said = [str(repair) for repair in repairs if repair.column not in aside]
    frame = compared[has_target]
    return Prepared(frame, whole, Changes(len(whole), len(whole) - len(frame), said, aside))


def _replace_infinite(frame: pd.DataFrame, infinite: str) -> list[Repair]:
    """Take infinite values as missing, in place, and say so; or refuse them, column by column."""
    found: list[Repair] = []
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        if column.dtype.kind != "f":
            continue
        is_infinite = np.isinf(column.to_numpy(dtype=np.float64, na_value=np.nan))
        if is_infinite.any():
            found.append(Repair(str(name), int(is_infinite.sum()), len(frame), "infinite", MISSING))
            frame.isetitem(place, column.mask(is_infinite))
    if found and infinite == "error":
        listed = ", ".join(f"{repair.column!r} ({repair.n_cells})" for repair in found)
        raise ValueError(
            f"Infinite values in {'column' if len(found) == 1 else 'columns'} {listed}; replace them, or take them as "
            f"missing by --infinite missing."
        )
    return found


def _find_identifiers(frame: pd.DataFrame, named: Collection[str]) -> dict[str, str]:
    """Columns that number or identify rows, and why."""
    names = {str(column): column for column in frame.columns if str(column) not in named}
    flaws = {name: find_flaw(make_column(frame[column], name)) for name, column in names.items()}
    return {name: REASONS[flaw] for name, flaw in flaws.items() if flaw in REASONS}


def _find_targets(target: "pd.Series[Any]", name: str, missing_target: str) -> Any:
    """Which rows have a target."""
    missing = target.isna().to_numpy()
    n, n_missing = len(missing), int(missing.sum())
    if n_missing == n:
        raise ValueError(f"Target {name!r} has no value in any of {n} rows; name another column.")
    if n_missing and missing_target == "fail":
        raise ValueError(
            f"Target {name!r} has {n_missing} missing values among {n}; fill them, or drop those rows by "
            f"--missing-target drop."
        )
    return ~missing


def say_changes(changes: Changes, options: argparse.Namespace) -> None:
    """Say what was done to a table: below the answer, on standard error beside CSV; JSON holds it already."""
    lines = changes.list_changes()
    if options.json or not lines:
        return
    if getattr(options, "csv", False):
        for line in lines:
            say("note", line)
        return
    console = make_console()
    console.print(Text("\nWhat was changed on reading:", style="dim"))
    for line in lines:
        console.print(show_text(f"  {line}", style="dim"), soft_wrap=True)
