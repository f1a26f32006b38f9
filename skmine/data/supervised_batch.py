"""Rows of a table and their target, as they come one batch after another."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from skmine.data.arrays import make_frame_column
from skmine.data.column import Column
from skmine.data.source import Source
from skmine.data.target import read_one_target


@dataclass(frozen=True)
class SupervisedBatch:
    """Some rows of a table, and their target.

    Attributes
    ----------
    source : Source
    target : Source
        Of one column.
    """

    source: Source
    target: Source

    @classmethod
    def read(cls, source: Source, y: Any) -> "SupervisedBatch":
        """A batch, checked.

        Raises
        ------
        ValueError
            If values are infinite, or the target misses any, has more than one column or other rows than the table.
        """
        made = cls(source, read_one_target(y, source.n_rows))
        target = made.columns[-1]
        if target.n_missing:
            raise ValueError(
                f"Target {target.name!r} has {target.n_missing} missing values in a batch of {target.n_rows} rows; "
                f"drop those rows, every row needs a target value."
            )
        return made

    @property
    def names(self) -> list[str]:
        """Of the columns and, last, of the target."""
        return [*self.source.names, *self.target.names]

    @cached_property
    def columns(self) -> list[Column]:
        """In canonical form, the target's last."""
        return [*self.source, *self.target]

    def to_frame(self) -> pd.DataFrame:
        """The columns as they came, named by their places, the target's last."""
        raw = [side.raw(j) for side in (self.source, self.target) for j in range(len(side.names))]
        return pd.DataFrame({str(j): make_frame_column(one) for j, one in enumerate(raw)})
