"""Columns that are the target itself, under another name or in other units."""

import numpy as np
from scipy import stats

from skmine.data.column import Column, Kind
from skmine.data.group import MOST_DISCRETE, ColumnGroup
from skmine.exceptions import LeakWarning, warn

#: Rows per distinct value that a column needs to be called the target: with fewer, a column of many values tells
#: labels apart by chance, as an identifier does.
ROWS_PER_VALUE = 10


def find_leaks(x: ColumnGroup, y: ColumnGroup) -> list[str]:
    """Names of columns of which a target is a function: a monotone one, or one of few values."""
    targets = [(c, c.kind(f, MOST_DISCRETE)) for c, f in zip(y.columns, y.flags, strict=True)]
    return [c.name for c in x.columns if any(_determines(c, target, kind) for target, kind in targets)]


def warn_of_leak(name: str) -> None:
    """Warn that a column is the target."""
    warn(f"Column {name!r} is the target, under another name or in other units; drop it from X.", LeakWarning)


def _determines(column: Column, target: Column, kind: Kind) -> bool:
    values, wanted = column.values, target.values
    if column.categories is None and column.missing.any():
        return False
    if kind == "continuous":
        if column.categories is not None:
            return False
        ranks, goal = stats.rankdata(values), stats.rankdata(wanted)
        return bool(np.array_equal(ranks, goal) or np.array_equal(len(ranks) + 1 - ranks, goal))
    distinct = np.unique(values)
    if len(distinct) < 2 or len(distinct) * ROWS_PER_VALUE > len(values):
        return False
    pairs = np.unique(np.stack([np.unique(v, return_inverse=True)[1].reshape(-1) for v in (values, wanted)], 1), axis=0)
    return len(pairs) == len(distinct)
