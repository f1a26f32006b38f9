"""Columns that describe no row (without values, constant, identifiers, row numbers), or pool labels; what is said."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from skmine.data.column import SMALLEST_IDENTIFIER, Distribution
from skmine.exceptions import IdentifierWarning, MissingColumnWarning, PooledLevelsWarning, warn

AnyColumn = TypeVar("AnyColumn", bound=Distribution)

#: Flags of columns that identify rows.
ROW_NUMBER = "row number"
IDENTIFIER = "labels almost all distinct"

#: Why a column is set aside, by its flaw.
REASONS = {ROW_NUMBER: "it numbers the rows", IDENTIFIER: "its labels are almost all distinct"}

#: Fraction of the rows with pooled labels from which on a warning says so: of fewer, little information is lost.
LEAST_POOLED = 0.05

#: Names that pandas gives to an index which a file holds as a column.
_INDEX_NAME = re.compile(r"Unnamed: 0(?:\.\d+)?|__index_level_\d+__|level_0")


def find_flaw(column: Distribution) -> str:
    """Why a column can share no information, or only the order of the rows, in a few words; empty for any other."""
    if column.is_empty:
        return "no values"
    if column.is_constant:
        return "constant"
    if column.categories is not None and column.is_identifier:
        return IDENTIFIER
    return ROW_NUMBER if is_row_number(column) else ""


def is_row_number(column: Distribution) -> bool:
    """Whether a column holds 0, 1, ..., n - 1 or 1, ..., n in row order, or is an index by its name.

    An index by name may be in any order, as that of shuffled rows is, if it holds distinct whole numbers.
    """
    if column.categories is not None or column.n_rows < SMALLEST_IDENTIFIER or column.n_missing:
        return False
    named = bool(_INDEX_NAME.fullmatch(column.name)) and column.integral
    return column.counts_up or (named and len(column.distinct[0]) == column.n_rows)


def warn_of_identifier(column: Distribution) -> None:
    """Warn of labels that are almost all distinct, which can share nothing with another column, and of row numbers."""
    labels = column.categories
    if labels is not None and column.is_identifier:
        warn(
            f"Column {column.name!r} holds {len(labels)} different labels such as {labels[0]!r}, almost one per row, "
            f"and can share no information with another column; drop it, or convert it to numbers.",
            IdentifierWarning,
        )
    elif is_row_number(column):
        first, last = column.span
        warn(
            f"Column {column.name!r} numbers the rows, from {first:.0f} to {last:.0f}: "
            f"what it shares with another column is the order of the rows in the table; drop it, unless that order "
            f"means something, such as time.",
            IdentifierWarning,
        )


def warn_of_columns(columns: Iterable[AnyColumn], flaws: list[str] | None = None) -> Iterator[AnyColumn]:
    """The columns in turn, with a warning for each that has no values, or identifies or numbers the rows.

    `find_flaw` of each is added to `flaws`.
    """
    for column in columns:
        if flaws is not None:
            flaws.append(find_flaw(column))
        if column.is_empty:
            warn(f"Column {column.name!r} has no values and scores 0; drop it or fill it.", MissingColumnWarning)
        else:
            warn_of_identifier(column)
        yield column


def warn_of_pooled_labels(columns: Sequence[Distribution], pooled: Sequence[float]) -> None:
    """Warn once of columns with pooled labels, given the fraction of the rows of each."""
    warn_of_pooled([column.name for column in columns], pooled, [find_flaw(column) for column in columns])


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
