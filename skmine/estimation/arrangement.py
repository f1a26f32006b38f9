"""Which rows belong together: groups, blocks of rows in time, or none; and a warning where it should be blocks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    GroupShuffleSplit,
    LeaveOneGroupOut,
    LeavePGroupsOut,
    StratifiedGroupKFold,
    TimeSeriesSplit,
)

from skmine.data.column import Column
from skmine.data.row_order import RowOrder
from skmine.estimation.autocorrelation import LONGEST_LAG, compute_autocorrelations, read_functions, sum_products
from skmine.estimation.blocked_folds import BlockedKFold, read_blocked
from skmine.estimation.folds import number_groups
from skmine.estimation.hash_folds import HashKFold
from skmine.exceptions import AutocorrelatedRowsWarning, warn

#: Standard errors by which neighbours have to agree in the target and in a column, and in each of some parts of the
#: rows, around its own mean: rows that were put together from several sources, or sorted in part, are no series.
SURE = 5.0
SURE_OF_PART = 2.5
PARTS = 4

#: Rows that say what one independent row does from which on p-values are wrong enough to say so.
LEAST_TIMES = 1.25

#: Columns that are looked at, at most, until one looks like a series.
MOST_COLUMNS = 100

#: Splitters that know of rows that belong together, or of time.
AWARE = (GroupKFold, StratifiedGroupKFold, GroupShuffleSplit, LeaveOneGroupOut, LeavePGroupsOut, TimeSeriesSplit)


@dataclass(frozen=True)
class Arrangement:
    """Which rows move together, and folds.

    Attributes
    ----------
    cv : int, splitter or list of (train, test)
    units : ndarray of shape (n,) or None
        Group or block number of each row.
    """

    cv: Any
    units: NDArray[np.int64] | None


def arrange_rows(
    cv: Any,
    n_rows: int,
    *,
    groups: Any = None,
    time: Any = None,
    read_columns: Callable[[], Iterable[Column]] = list,
    targets: Sequence[Column] = (),
) -> Arrangement:
    """Find out which rows belong together.

    Parameters
    ----------
    cv : int, splitter or iterable
    n_rows : int
    groups : array-like of shape (n_rows,), optional
        Groups whose rows stay together; with `time`, series that have a time each.
    time : array-like of shape (n_rows,), optional
    read_columns : callable
        Gives the columns, which are read only where they are needed.
    targets : sequence of Column

    Raises
    ------
    ValueError
        If groups or times cannot be used, or time is given with folds that are not made of blocks.

    Warns
    -----
    AutocorrelatedRowsWarning
        If rows look like a time series, and nothing says how they belong together.
    """
    numbers = None if groups is None else number_groups(groups, n_rows)
    if time is None and not isinstance(cv, BlockedKFold):
        if numbers is None and _takes_rows_for_independent(cv):
            warn_of_series(read_columns(), targets)
        return Arrangement(cv, numbers)
    folds, columns = read_blocked(cv, "time needs"), list(read_columns())
    blocks = folds.cut(RowOrder.read(time, numbers, n_rows), columns, targets or columns)
    return Arrangement(blocks.split(folds.n_splits), blocks.numbers)


def _takes_rows_for_independent(cv: Any) -> bool:
    """Whether folds are a number of them, or come from a splitter that knows neither groups nor time."""
    return isinstance(cv, (int, np.integer, BaseCrossValidator, HashKFold)) and not isinstance(cv, AWARE)


def warn_of_series(columns: Iterable[Column], targets: Sequence[Column]) -> None:
    """Warn where a column and a target both look like a series in the order in which their rows stand."""
    remembering = [target for target in targets if _looks_like_series(target)]
    if not remembering:
        return
    order = RowOrder.read(None, None, remembering[0].n_rows)
    n_lags = max(int(LONGEST_LAG * len(order)), 1)
    goals = [(target.name, compute_autocorrelations(target, order, n_lags)[0]) for target in remembering]
    for column in islice(columns, MOST_COLUMNS):
        if not _looks_like_series(column):
            continue
        own = compute_autocorrelations(column, order, n_lags)[0]
        for name, of_goal in goals:
            times = sum_products(own * of_goal).times
            if times >= LEAST_TIMES:
                warn(
                    f"Rows look autocorrelated in the order in which they stand: {times:.1f} neighbours say of "
                    f"{column.name!r} and {name!r} what one independent row would, so that errors are too small "
                    f"and p-values too low. If rows are in the order of time, pass time=, groups= or "
                    f"cv=BlockedKFold(); if their order means nothing, shuffle them.",
                    AutocorrelatedRowsWarning,
                )
                return


def _looks_like_series(column: Column) -> bool:
    """Whether neighbours are alike, and not because rows were sorted by this column."""
    n = len(column.values)
    if n <= SURE**2 or column.is_constant or _is_sorted(column):  # so few rows could not be sure of anything
        return False
    parts = [part - part.mean() for part in np.array_split(read_functions(column)[0], PARTS)]
    together = np.array([float(part[1:] @ part[:-1]) for part in parts])
    size = np.array([float(np.square(part).sum()) for part in parts])
    sure_of_parts = bool((together > SURE_OF_PART * size / np.sqrt(n / PARTS)).all())
    return sure_of_parts and bool(together.sum() > SURE * size.sum() / np.sqrt(n))


def _is_sorted(column: Column) -> bool:
    """Whether rows stand in the order of the column, or those of one value side by side."""
    present = column.values[~column.missing]
    if column.kind(None) != "continuous":
        return 1 + int(np.count_nonzero(present[1:] != present[:-1])) == len(column.distinct[0])
    return bool((present[1:] >= present[:-1]).all() or (present[1:] <= present[:-1]).all())
