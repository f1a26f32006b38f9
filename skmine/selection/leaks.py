"""Columns that are the target itself, under another name or in other units."""

import numpy as np
from scipy import stats

from skmine.data.column import Column, Kind
from skmine.data.group import ColumnGroup
from skmine.exceptions import LeakWarning, warn

#: Rows per distinct value that a column needs to be called the target: with fewer, a column of many values tells
#: labels apart by chance, as an identifier does.
ROWS_PER_VALUE = 10


def find_leaks(x: ColumnGroup, y: ColumnGroup) -> list[str]:
    """Names of columns that are a target: in the same or the opposite order, or value by value.

    A column that determines a target and says more, as a code of places does of a region, is no leak.
    """
    targets = [(c, c.kind(f)) for c, f in zip(y.columns, y.flags, strict=True)]
    return [c.name for c in x.columns if any(_is_target(c, target, kind) for target, kind in targets)]


def warn_of_leak(name: str) -> None:
    """Warn that a column is the target."""
    warn(f"Column {name!r} is the target, under another name or in other units; drop it from X.", LeakWarning)


def _is_target(column: Column, target: Column, kind: Kind) -> bool:
    """Whether each value of a column stands for one value of the target, and the other way round."""
    values, wanted = column.values, target.values
    if column.categories is None and column.missing.any():
        return False
    if kind == "continuous":
        if column.categories is not None:
            return False
        ranks, goal = stats.rankdata(values), stats.rankdata(wanted)
        return bool(np.array_equal(ranks, goal) or np.array_equal(len(ranks) + 1 - ranks, goal))
    of_rows = [np.unique(v, return_inverse=True)[1].reshape(-1) for v in (values, wanted)]
    n_values = [int(numbers.max()) + 1 for numbers in of_rows]
    if min(n_values) < 2 or n_values[0] != n_values[1] or n_values[0] * ROWS_PER_VALUE > len(values):
        return False
    return len(np.unique(np.stack(of_rows, axis=1), axis=0)) == n_values[0]
