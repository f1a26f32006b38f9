"""Columns at lags: a source, a target and an order of rows in, scores out.

Design notes. Every lag is scored on the same rows, those that have all of them, by the same folds of blocks, so that
lags compare. Blocks are chosen by the columns once: lags of a column remember as long as it does. What is scored goes
through the counts of the ranking, or, beyond the past of a target, through its conditional estimates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.column import Column
from skmine.data.flaws import warn_of_columns
from skmine.data.group import ColumnGroup
from skmine.data.lagging import LaggedRows, LaggedSource
from skmine.data.naming import resolve_discrete
from skmine.data.row_order import RowOrder
from skmine.data.source import Source
from skmine.data.target import read_flag, read_one_target
from skmine.estimation.blocked_folds import read_blocked
from skmine.estimation.folds import number_groups
from skmine.estimation.setting import make_setting
from skmine.selection.beyond import score_sides
from skmine.selection.marginal import ScoredColumns, score_marginally

Progress = Callable[[int, int], None] | None


@dataclass(frozen=True)
class SeriesTable:
    """Columns and a target, whose rows have an order, and those rows that have all lags.

    Attributes
    ----------
    source : Source
    flags : list of bool or None
        Whether each column is discrete; None where it decides.
    target : Source
    flag : bool or None
    lagged : LaggedRows
    together : dict
        Groups and times of these rows, and folds of blocks, as scoring takes them.
    """

    source: Source
    flags: list[bool | None]
    target: Source
    flag: bool | None
    lagged: LaggedRows
    together: dict[str, Any]

    @classmethod
    def read(
        cls,
        source: Source,
        y: Any,
        lags: Sequence[int],
        *,
        time: Any,
        groups: Any,
        cv: Any,
        discrete_features: Any,
        discrete_target: Any,
    ) -> "SeriesTable":
        """Order the rows, choose blocks, and find the rows that have all lags.

        Raises
        ------
        ValueError
            If times, groups or lags cannot be used, or folds are not made of blocks.
        """
        target = read_one_target(y, source.n_rows)
        numbers = None if groups is None else number_groups(groups, source.n_rows)
        order = RowOrder.read(time, numbers, source.n_rows)
        folds = read_blocked(cv, "Lags need")
        lagged = LaggedRows.find(order, lags)
        times = np.empty(len(order), np.int64)
        times[order.rows] = order.first_of_time
        together = {
            "cv": folds.choose(order, source, list(target)),
            "groups": None if numbers is None else numbers[lagged.rows],
            "time": times[lagged.rows],
        }
        flags = resolve_discrete(discrete_features, source.names)
        return cls(source, flags, target, read_flag(discrete_target), lagged, together)

    @property
    def y(self) -> Column:
        """The target in the rows that have all lags."""
        return self.lagged.take(self.target.column(0))

    def list_lags(self, column: Column, lags: Sequence[int]) -> list[Column]:
        """A column at these lags."""
        return [self.lagged.shift(column, lag) for lag in lags]


def score_lags(table: SeriesTable, **options: Any) -> ScoredColumns:
    """Score every column at every lag by itself, lags of one column side by side.

    Parameters
    ----------
    table : SeriesTable
    **options
        As `score_marginally` takes them: device, n_jobs, random_state and progress.
    """
    source, rows = LaggedSource(table.source, table.lagged), table.lagged.rows
    known = [flag for flag in table.flags for _ in table.lagged.lags]
    return score_marginally(
        source,
        take_target_rows(table.target, rows),
        discrete_features="auto" if None in known else np.array(known),
        discrete_target="auto" if table.flag is None else table.flag,
        **table.together,
        **options,
    )


def take_target_rows(target: Source, rows: NDArray[np.int64]) -> Any:
    """Some rows of a target of one column, of its own type."""
    raw = target.raw(0)
    return raw.iloc[rows] if hasattr(raw, "iloc") else raw[rows]


def score_transfer(
    table: SeriesTable,
    lags: Sequence[int],
    given: Source | None,
    *,
    n_jobs: int | None = None,
    progress: Progress = None,
    **options: Any,
) -> ScoredColumns:
    """Score the past of every column by what it says of the target beyond the target's own past.

    Parameters
    ----------
    table : SeriesTable
    lags : sequence of int
        What the past is.
    given : Source or None
        Columns whose past is known as well.
    n_jobs : int or None
    progress : callable(done, total) or None
    **options
        As `make_setting` takes them: device and random_state.
    """
    y = table.y
    target = ColumnGroup([y], [table.flag])
    flaws: list[str] = []
    columns = warn_of_columns(table.source, flaws)
    sides = [
        ColumnGroup(table.list_lags(column, lags), [flag] * len(lags))
        for column, flag in zip(columns, table.flags, strict=True)
    ]
    past = ColumnGroup(table.list_lags(table.target.column(0), lags), [table.flag] * len(lags))
    for column in given or ():
        past += ColumnGroup(table.list_lags(column, lags), [None] * len(lags))
    setting = make_setting(
        y.n_rows,
        columns=[column for side in (*sides, past) for column in side.columns],
        targets=[y],
        **table.together,
        **options,
    )
    scores = score_sides(sides, past, target, setting, n_jobs=n_jobs, progress=progress)
    return ScoredColumns(list(table.source.names), scores, flaws)
