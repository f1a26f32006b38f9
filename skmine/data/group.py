"""The columns of one side."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.coding import FEWEST_ROWS_OF_CATEGORY, fit_coding, measure_pooled
from skmine.data.column import Column
from skmine.data.counts import compute_entropy
from skmine.data.flaws import warn_of_identifier, warn_of_pooled_labels
from skmine.data.naming import resolve_discrete
from skmine.data.source import Source

#: Most labels of a column that a network reads as an indicator each; rarer ones are pooled. Arbitrary: a layer of
#: 128 units reads more at little cost, but labels beyond the 64th of a column are rare in tables of a few
#: thousand rows.
MOST_LABELS = 64


@dataclass(frozen=True)
class ColumnGroup:
    """Columns that stand on one side, and whether each is discrete (None: by type and ties)."""

    columns: Sequence[Column]
    flags: Sequence[bool | None]

    @property
    def n_rows(self) -> int:
        return len(self.columns[0].values)

    def __len__(self) -> int:
        return len(self.columns)

    def __add__(self, other: "ColumnGroup") -> "ColumnGroup":
        return ColumnGroup([*self.columns, *other.columns], [*self.flags, *other.flags])

    def find_varying(self) -> NDArray[np.bool_]:
        """Mask of the columns that can share information: not constant, nor pooled into a single node."""
        pairs = zip(self.columns, self.flags, strict=True)
        return np.array([fit_coding(c, MOST_LABELS, discrete=f).n_nodes > 1 and not c.is_constant for c, f in pairs])

    def only(self, mask: NDArray[np.bool_]) -> "ColumnGroup":
        """The columns of a mask."""
        return ColumnGroup(
            [c for c, m in zip(self.columns, mask, strict=True) if m],
            [f for f, m in zip(self.flags, mask, strict=True) if m],
        )

    def compute_entropy(self) -> float:
        """Plug-in entropy in nats of the rows' values, if all columns are discrete; infinite otherwise."""
        numbers = []
        for column, flag in zip(self.columns, self.flags, strict=True):
            if column.kind(flag) == "continuous":
                return math.inf
            numbers.append(pd.factorize(column.values)[0] if column.absent is None else column.labelled.values)
        _, counts = np.unique(np.stack(numbers, axis=1), axis=0, return_counts=True)
        return compute_entropy(counts)

    def measure_pooled(self, n_nodes: int = MOST_LABELS, fewest: int = FEWEST_ROWS_OF_CATEGORY) -> list[float]:
        """Fraction of the rows whose label shares a node with others, of each column on so many nodes."""
        pairs = zip(self.columns, self.flags, strict=True)
        return [measure_pooled(c, fit_coding(c, n_nodes, discrete=f, fewest=fewest)) for c, f in pairs]

    def warn_of_identifiers(self) -> None:
        """Warn of columns that identify or number the rows."""
        for column in self.columns:
            warn_of_identifier(column)


def warn_of_pooled_groups(groups: Iterable[ColumnGroup]) -> None:
    """Warn once of the columns of some groups whose labels are pooled."""
    sides = list(groups)
    warn_of_pooled_labels(
        [column for side in sides for column in side.columns],
        [share for side in sides for share in side.measure_pooled()],
    )


def read_group(
    source: Source, discrete: Any = "auto", argument: str = "discrete_features", *, n_rows: int | None = None
) -> ColumnGroup:
    """All columns of a source.

    Parameters
    ----------
    source : Source
    discrete : "auto", bool or array-like
        As `naming.resolve_discrete` takes it.
    argument : str
        How errors call `discrete`.
    n_rows : int or None
        Rows that X has.

    Raises
    ------
    ValueError
        If the flags cannot be used, or the rows are not as many.
    """
    if n_rows is not None and source.n_rows != n_rows:
        raise ValueError(
            f"X and {source.argument} have inconsistent numbers of samples: {n_rows} and {source.n_rows} rows; pass "
            f"one row of {source.argument} for each row of X."
        )
    return ColumnGroup(list(source), resolve_discrete(discrete, source.names, argument))
