"""What a target has to be."""

from typing import Any

from skmine.data.column import SMALLEST_IDENTIFIER, Distribution
from skmine.data.group import ColumnGroup
from skmine.data.source import Source
from skmine.exceptions import IdentifierWarning, warn


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
    source = Source(y, argument="y")
    columns = list(source)
    for column in columns:
        check_target(column)
    _check_n_rows(source.n_rows, n_rows)
    return ColumnGroup(columns, [read_flag(discrete_target)] * len(columns))


def read_flag(discrete_target: Any) -> bool | None:
    """Whether a target is discrete; None for "auto"."""
    return None if isinstance(discrete_target, str) else bool(discrete_target)


def read_one_target(y: Any, n_rows: int) -> Source:
    """The source of a target of one column, unchecked but for its rows.

    Raises
    ------
    ValueError
        If it has more columns, or not as many rows as X.
    """
    target = Source(y, argument="y")
    if len(target.names) > 1:
        raise ValueError(f"y has {len(target.names)} columns, but one target is taken at a time; pass one column.")
    _check_n_rows(target.n_rows, n_rows)
    return target


def _check_n_rows(n: int, n_rows: int) -> None:
    """Refuse a target that has not as many rows as X."""
    if n != n_rows:
        raise ValueError(
            f"X and y have inconsistent numbers of samples: {n_rows} and {n} rows; pass one target value for each row."
        )


def refuse_missing(name: str, n_missing: int, n_rows: int) -> None:
    """Refuse a target with missing values.

    Raises
    ------
    ValueError
    """
    if n_missing:
        raise ValueError(
            f"Target {name!r} has {n_missing} missing values among {n_rows}; drop those rows, every row needs a target "
            f"value."
        )


def check_target(column: Distribution) -> None:
    """Refuse a target with missing values, with one value, or with labels that identify rows; warn of row numbers."""
    name, n = f"Target {column.name!r}", column.n_rows
    refuse_missing(column.name, column.n_missing, n)
    n_distinct = len(column.distinct[0])
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
