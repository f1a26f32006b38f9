"""What a target has to be, and a warning of labels that share a node."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skmine.data.column import SMALLEST_IDENTIFIER, Column
from skmine.data.group import ColumnGroup
from skmine.data.source import Source
from skmine.exceptions import IdentifierWarning, PooledLevelsWarning, warn

#: Fraction of the rows with pooled labels from which on a warning says so: of fewer, little information is lost.
LEAST_POOLED = 0.05


def read_target(y: Any, n_rows: int, discrete_target: Any = "auto") -> ColumnGroup:
    """The target's columns, checked: every row has a value and there is something to tell apart.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, t), series or frame
    n_rows : int
        Rows that X has.
    discrete_target : "auto" or bool

    Raises
    ------
    ValueError
        If values are missing or infinite, if a column has a single value, if it holds labels that
        identify rows instead of grouping them, or if there are not `n_rows` rows.

    Warns
    -----
    IdentifierWarning
        If a column holds integers, all different.
    """
    columns = list(Source(y, argument="y"))
    for column in columns:
        _check_target(column)
    if n_rows != len(columns[0].values):
        raise ValueError(
            f"X and y have inconsistent numbers of samples: {n_rows} and {len(columns[0].values)} rows; "
            f"pass one target value for each row."
        )
    return ColumnGroup(columns, [None if isinstance(discrete_target, str) else bool(discrete_target)] * len(columns))


def _check_target(column: Column) -> None:
    name, n, n_missing = f"Target {column.name!r}", len(column.values), int(column.missing.sum())
    if n_missing:
        raise ValueError(
            f"{name} has {n_missing} missing values among {n}; drop those rows, every row needs a target value."
        )
    n_distinct = len(np.unique(column.values))
    if n_distinct == 1:
        raise ValueError(f"{name} has one class or value only; a target needs at least two.")
    if column.categories is not None and column.is_identifier:
        raise ValueError(
            f"{name} looks like an identifier: {n} rows hold {n_distinct} different labels; pass a target that "
            f"groups rows."
        )
    if column.integral and n_distinct == n >= SMALLEST_IDENTIFIER:
        warn(
            f"{name} looks like an identifier: {n} rows hold {n} different integers. They are "
            f"taken as ordered values; pass another target if they only number the rows.",
            IdentifierWarning,
        )


def warn_of_pooled(names: Sequence[str], pooled: Sequence[float], flaws: Sequence[str]) -> None:
    """Warn once of columns in which many rows hold labels that share a node; not of those with a flaw."""
    pooled = [0.0 if flaw else share for share, flaw in zip(pooled, flaws, strict=True)]
    worst = int(np.argmax(pooled))
    if pooled[worst] < LEAST_POOLED:
        return
    n_others = sum(share >= LEAST_POOLED for share in pooled) - 1
    others = f" (and {n_others} more columns)" if n_others else ""
    warn(
        f"Column {names[worst]!r}{others} has labels that are too many or too rare for nodes of their own: those of "
        f"{100 * pooled[worst]:.0f} % of the rows share one, and the estimate is too low by what they say; merge "
        f"labels into groups, or pass more rows.",
        PooledLevelsWarning,
    )
