"""A sample of batches that come once, for methods that need rows.

Design notes. The rows with the smallest hashes of their places: the sample depends neither on how rows are cut into
batches nor on the order of parts, and it is the one that a table in batches has.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from skmine.data.batches import Batch
from skmine.data.refinement import make_mixed_error
from skmine.data.row_sample import RowSample
from skmine.data.supervised_batch import SupervisedBatch
from skmine.selection.incremental import refuse_common_parts


@dataclass
class RunningSample:
    """Rows of columns and a target.

    Attributes
    ----------
    names : list of str
        Of the columns and, last, of the target.
    ordered : list of bool
        Whether each has held numbers so far.
    rows : RowSample
    part : int
        Part of the table that the next batch belongs to.
    parts : frozenset of int
        Parts of the table whose rows these are.
    """

    names: list[str]
    ordered: list[bool]
    rows: RowSample
    part: int = 0
    parts: frozenset[int] = frozenset([0])

    @classmethod
    def start(cls, batch: SupervisedBatch) -> "RunningSample":
        """A sample of no rows yet."""
        return cls(batch.names, [c.categories is None for c in batch.columns], _start_rows(len(batch.names)))

    def branch(self, part: int) -> "RunningSample":
        """A sample of no rows yet, for another part of the table."""
        return replace(self, rows=_start_rows(len(self.names)), part=part, parts=frozenset([part]))

    def merge(self, other: "RunningSample") -> "RunningSample":
        """A sample of the rows of both, which stay as they are.

        Raises
        ------
        ValueError
            If columns differ, or a part is in both.
        """
        if (self.names, self.ordered) != (other.names, other.ordered):
            raise ValueError("others: one has other columns; make all of them by branch of one selector.")
        refuse_common_parts(self.parts, other.parts)
        return replace(self, rows=RowSample.join(self.rows, other.rows), parts=self.parts | other.parts)

    @contextmanager
    def adding(self, batch: SupervisedBatch) -> Iterator["RunningSample"]:
        """The sample with one more batch; without it again if what is done with it fails.

        Raises
        ------
        ValueError
            If labels stand where there were numbers, or numbers where there were labels.
        """
        for column, ordered in zip(batch.columns, self.ordered, strict=True):
            if not column.is_empty and ordered != (column.categories is None):
                raise make_mixed_error(column)
        before, self.rows = self.rows, self.rows.copy()
        try:
            first = before.n_rows
            positions = np.arange(first, first + batch.source.n_rows, dtype=np.uint64)
            self.rows.add(Batch(batch.to_frame(), positions, self.part))
            yield self
        except BaseException:
            self.rows = before
            raise

    def split(self) -> "tuple[pd.DataFrame, pd.Series[object]]":
        """The sampled columns, and their target."""
        frame = self.rows.frame.set_axis(self.names, axis=1)
        return frame.iloc[:, :-1], frame.iloc[:, -1]


def _start_rows(n_columns: int) -> RowSample:
    return RowSample([str(j) for j in range(n_columns)])
