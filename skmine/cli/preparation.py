"""From the table of a file to what a command compares, and what is said of the way.

Design notes. Cells are repaired, columns are chosen, those that identify rows are set aside, and rows without a target
are dropped, in this order: row numbers are known by all rows. A column that the user names is never set aside.
"""

import argparse
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.cli.columns import match_columns
from skmine.cli.reading import Given
from skmine.cli.rows import choose_blocks, read_together
from skmine.data.conversion import make_column
from skmine.data.description import describe_table, find_identifiers
from skmine.data.flaws import REASONS
from skmine.data.repairs import MISSING, Repair, repair_table
from skmine.data.source import Source
from skmine.data.streamed_table import StreamedTable
from skmine.selection.streamed import StreamedColumns


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
    notes : list of str
        What is to be said of the way the file was read.
    """

    n_rows: int
    n_dropped: int
    repairs: list[str]
    set_aside: dict[str, str]
    notes: list[str] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        """What JSON says of it."""
        return {
            "notes": self.notes,
            "dropped_rows": self.n_dropped,
            "repairs": self.repairs,
            "set_aside": [{"column": name, "reason": why} for name, why in self.set_aside.items()],
        }

    def list_changes(self) -> list[str]:
        """What a terminal says of it, one line each."""
        aside = [f"{name}: set aside, as {why}; --keep-identifiers keeps it" for name, why in self.set_aside.items()]
        dropped = [f"{self.n_dropped} of {self.n_rows} rows dropped: no target"] if self.n_dropped else []
        return [*self.notes, *self.repairs, *aside, *dropped]

    @classmethod
    def of_stream(cls, table: StreamedTable, known: StreamedColumns) -> "Changes":
        """Of a table that is read in batches."""
        aside = {name: REASONS[flaw] for name, flaw in known.set_aside.items()}
        repairs = [str(repair) for repair in table.stream.repairs if repair.column not in aside]
        n_dropped = table.n_read - known.summary.n_rows
        return cls(table.n_read, n_dropped, repairs, aside, list(table.stream.notes))


@dataclass(frozen=True)
class Prepared:
    """A table that is ready to be compared, and what was done to it.

    Attributes
    ----------
    frame : DataFrame
        The columns that are compared, and the targets, in the rows that have a target.
    whole : DataFrame
        Every row and column, cells as they were read.
    together : dict
        Which rows of `frame` belong together, as functions take it: ``groups``, ``time``, and ``cv`` where rows have
        times.
    changes : Changes
    description : DataFrame
        What every column of `whole` was taken for.
    """

    frame: pd.DataFrame
    whole: pd.DataFrame
    together: dict[str, Any]
    changes: Changes
    description: pd.DataFrame


class Preparation:
    """A table whose cells are repaired, of which columns can be asked for.

    Parameters
    ----------
    given : Given
    options : Namespace

    Raises
    ------
    ValueError
        If values are infinite and --infinite is "error".
    """

    def __init__(self, given: Given, options: argparse.Namespace) -> None:
        self._given, self._options = given, options
        missing = given.frame.attrs.get("missing", [])
        self.whole, repairs = repair_table(given.frame.rename(columns=str))
        self._repairs = [*missing, *repairs, *_replace_infinite(self.whole, options.infinite)]
        self.names = list(self.whole.columns)

    def match(self, asked: Sequence[str] | None, option: str) -> list[str]:
        """The columns that an option means."""
        return match_columns(asked or [], self.names, option, lambda n: make_column(self.whole[n], n).kind(None))

    def finish(self, targets: Sequence[str] = (), named: Collection[str] = (), *, fewest: int = 1) -> Prepared:
        """Choose columns, set some aside, and drop rows without a target.

        Parameters
        ----------
        targets : sequence of str
            Columns of which every row needs a value. One that the table lacks is ignored.
        named : collection of str
            Other columns that the user names: they are compared, and never set aside.
        fewest : int, default=1
            Columns beside targets that a command needs: nothing is set aside where fewer would be left.

        Raises
        ------
        ValueError
            If an option names an unknown column, or if no column is left; if a target has no values, or misses one and
            --missing-target is "fail".
        """
        options, whole = self._options, self.whole
        chosen, dropped = self.match(options.columns, "--columns"), self.match(options.drop, "--drop")
        group = self.match(None if getattr(options, "groups", None) is None else [options.groups], "--groups")
        if group and group[0] in targets:
            raise ValueError(f"--groups {group[0]!r} is the target; name a column of rows that belong together.")
        time = self.match(None if getattr(options, "time", None) is None else [options.time], "--time")
        if time and time[0] in (*targets, *group):
            raise ValueError(f"--time {time[0]!r} is the target, or --groups; name a column of times.")
        discrete = self.match(options.discrete, "--discrete")
        named = {*targets, *named, *chosen}
        compared = [n for n in (chosen or self.names) if n not in dropped and n not in (*group, *time)]
        compared += [n for n in self.names if n in named and n not in compared and n not in dropped]
        if not compared:
            raise ValueError("No column is left; --columns and --drop leave none.")
        description = self._describe(targets, compared, discrete)
        aside = {} if options.keep_identifiers else find_identifiers(description, named)
        if len(compared) - len(aside) - len(targets) < fewest:
            aside = {}
        description["set_aside"] = [aside.get(name, "") for name in description.index]
        compared = [name for name in compared if name not in aside]
        has_target = np.ones(len(whole), bool)
        for name in targets:
            if name in whole:
                has_target &= _find_targets(whole[name], name, getattr(options, "missing_target", "drop"))
        if not has_target.any():
            raise ValueError(f"No row has a value in each of {', '.join(map(repr, targets))}; name other columns.")
        frame = whole.loc[has_target, compared]
        for name in discrete:
            if name in frame:
                frame[name] = frame[name].astype("category")
        said = [str(repair) for repair in self._repairs if repair.column in compared]
        together, notes = read_together(whole, has_target, group, time)
        if time:
            together["cv"], note = choose_blocks(frame, targets, together, options.cv)
            notes.append(note)
        changes = Changes(len(whole), len(whole) - len(frame), said, aside, [*self._given.notes, *notes])
        return Prepared(frame, whole, together, changes, description)

    def _describe(self, targets: Sequence[str], compared: Collection[str], discrete: Collection[str]) -> pd.DataFrame:
        """What the columns were taken for that are compared, or would be."""
        shown = self.whole[[name for name in self.names if name in compared]]
        return describe_table(
            Source(shown, argument="table", infinite="missing"),
            target=targets[0] if len(targets) == 1 else None,
            flags=[True if name in discrete else None for name in shown],
            repairs=self._repairs,
        )


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


def _find_targets(target: "pd.Series[Any]", name: str, missing_target: str) -> NDArray[np.bool_]:
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
    return np.asarray(~missing)
