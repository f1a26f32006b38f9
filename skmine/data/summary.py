"""What batches of a table leave behind: counts of its columns, and a sample of its rows.

Design notes. Edges of nodes come from the sample; with fewer rows than it takes, it is the table, and its nodes are
those of the table in memory. Labels, and numbers of few values, are counted exactly, so that rare ones are not missed.
Summaries merge: parts of a table can be read anywhere.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from skmine.data.batches import Batch
from skmine.data.column import Column, ColumnSummary
from skmine.data.conversion import InfinityError, make_column
from skmine.data.row_sample import RowSample
from skmine.data.tallies import Tally


class TableSummary:
    """Counts and a sample of the rows that were added.

    Parameters
    ----------
    names : sequence of str
    n_sampled : int, default=None
        Rows of the sample, as many as so many columns allow by default.

    Attributes
    ----------
    tallies : dict of str to Tally
    """

    def __init__(self, names: Sequence[str], n_sampled: int | None = None) -> None:
        self.names = list(names)
        self.tallies = {name: Tally(name) for name in names}
        self._rows = RowSample(names, n_sampled)

    @classmethod
    def of_batches(cls, batches: Iterable[Batch], names: Sequence[str], n_sampled: int | None = None) -> "TableSummary":
        """Of all rows of some batches."""
        out = cls(names, n_sampled)
        for batch in batches:
            out.add(batch)
        return out

    def add(self, batch: Batch) -> None:
        """Count a batch, and sample its rows."""
        for name, tally in self.tallies.items():
            is_text = batch.is_text(name)
            column = batch.column(name, as_text=is_text)
            form = "texts" if is_text else "numbers" if column.categories is None else "labels"
            tally.agree_on_levels(batch.list_levels(name))
            tally.add(column, form, batch.positions, batch.n_infinite.get(name, 0))
        self._rows.add(batch)

    def merge(self, other: "TableSummary") -> None:
        """Take over what another summary, of other rows of the table, has."""
        for name, tally in self.tallies.items():
            tally.merge(other.tallies[name])
        self._rows.merge(other._rows)

    @staticmethod
    def join(one: "TableSummary", other: "TableSummary") -> "TableSummary":
        """A summary of the rows of both, which stay as they are."""
        out = TableSummary(one.names, one._rows.size)
        out.merge(one)
        out.merge(other)
        return out

    @property
    def n_rows(self) -> int:
        """Rows that were added."""
        return self._rows.n_rows

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The sampled rows, as they came, in the order of their hashes."""
        return self._rows.frame

    @property
    def is_complete(self) -> bool:
        """Whether the sample holds every row."""
        return self._rows.is_complete

    def sample_column(self, name: str) -> Column:
        """A column of the sample in canonical form; infinite values are missing."""
        try:
            return make_column(self.sample[name], name)
        except InfinityError as error:
            return error.column

    def describe(self, name: str, discrete: bool | None = None) -> ColumnSummary:
        """A column as all rows have it, or the sample where there are too many values."""
        tally, column = self.tallies[name], self.sample_column(name)
        if not self.is_complete:
            return tally.summarise(column, discrete=bool(discrete))
        kept = column.labelled if discrete else column
        values, counts = kept.distinct
        span = (np.nan, np.nan) if tally.low is None else (tally.low, tally.high)
        return ColumnSummary(
            name, values, counts, kept.n_missing, kept.categories, kept.integral, span, counts_up=tally.counts_up
        )

    def list_infinite(self) -> dict[str, int]:
        """How many infinite values each column has that has any."""
        return {name: tally.n_infinite for name, tally in self.tallies.items() if tally.n_infinite}
