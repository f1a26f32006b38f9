"""What batches of a table leave behind: counts of its columns, and a sample of its rows.

Design notes. Edges of nodes come from a sample that no order of reading changes: the rows with the smallest hashes of
their places (a bottom-k sample; Cohen and Kaplan 2007, "Summarizing data using bottom-k sketches", PODC). With fewer
rows than it takes, the sample is the table, and its nodes are those of the table in memory. Labels, and numbers of few
values, are counted exactly, so that rare ones are not missed. Summaries merge: parts of a table can be read anywhere.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.batches import Batch
from skmine.data.column import Column, ColumnSummary
from skmine.data.conversion import InfinityError, make_column
from skmine.data.hashing import hash_rows
from skmine.data.tallies import Tally

#: Rows of the sample: its quantiles are off by a thousandth of the rows, a few hundredths of a node at most.
ROWS_OF_SAMPLE = 200_000

#: Cells of the sample, of which wide tables get fewer rows, and the fewest rows.
CELLS_OF_SAMPLE = 30_000_000
FEWEST_SAMPLED = 5_000

#: Draws the sample, which is the same whatever else is drawn.
SEED_OF_SAMPLE = 0

#: Times the sample's size at which rows beyond it are let go: sorting them more often costs more than keeping them.
SLACK = 2


class TableSummary:
    """Counts and a sample of the rows that were added.

    Parameters
    ----------
    names : sequence of str
    n_sampled : int
        Rows of the sample.

    Attributes
    ----------
    n_rows : int
    tallies : dict of str to Tally
    """

    def __init__(self, names: Sequence[str], n_sampled: int = ROWS_OF_SAMPLE) -> None:
        self.names = list(names)
        self.n_sampled = n_sampled
        self.n_rows = 0
        self.tallies = {name: Tally(name) for name in names}
        self._hashes: list[NDArray[np.uint64]] = []
        self._frames: list[pd.DataFrame] = []
        self._bound = np.iinfo(np.uint64).max

    @classmethod
    def of_batches(cls, batches: Iterable[Batch], names: Sequence[str], n_sampled: int | None = None) -> "TableSummary":
        """Of all rows of some batches; the sample is as large as so many columns allow, unless its size is given."""
        out = cls(names, choose_sample_size(len(names)) if n_sampled is None else n_sampled)
        for batch in batches:
            out.add(batch)
        return out

    def add(self, batch: Batch) -> None:
        """Count a batch, and sample its rows."""
        self.n_rows += batch.n_rows
        for name, tally in self.tallies.items():
            is_text = batch.is_text(name)
            column = batch.column(name, as_text=is_text)
            form = "texts" if is_text else "numbers" if column.categories is None else "labels"
            tally.agree_on_levels(batch.list_levels(name))
            tally.add(column, form, batch.positions, batch.n_infinite.get(name, 0))
        hashes = hash_rows(batch.positions, SEED_OF_SAMPLE, batch.part)
        places = np.flatnonzero(hashes <= self._bound)
        if len(places):
            self._hashes.append(hashes[places])
            self._frames.append(batch.take_frame(self.names, places))
            if sum(map(len, self._hashes)) > SLACK * self.n_sampled:
                self._prune()

    def merge(self, other: "TableSummary") -> None:
        """Take over what another summary, of other rows of the table, has."""
        self.n_rows += other.n_rows
        for name, tally in self.tallies.items():
            tally.merge(other.tallies[name])
        self._hashes += other._hashes
        self._frames += other._frames
        self._prune()

    @staticmethod
    def join(one: "TableSummary", other: "TableSummary") -> "TableSummary":
        """A summary of the rows of both, which stay as they are."""
        out = TableSummary(one.names, one.n_sampled)
        out.merge(one)
        out.merge(other)
        return out

    def _prune(self) -> None:
        """Keep the rows with the smallest hashes, in their order."""
        if not self._hashes:
            return
        hashes = np.concatenate(self._hashes)
        order = np.argsort(hashes, kind="stable")[: self.n_sampled]
        frame = pd.concat(self._frames, ignore_index=True)
        self._hashes, self._frames = [hashes[order]], [frame.iloc[order].reset_index(drop=True)]
        if len(order) == self.n_sampled:
            self._bound = self._hashes[0][-1]

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The sampled rows, as they came, in the order of their hashes."""
        self._prune()
        return self._frames[0] if self._frames else pd.DataFrame(columns=self.names)

    @property
    def is_complete(self) -> bool:
        """Whether the sample holds every row."""
        return self.n_rows <= self.n_sampled

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


def choose_sample_size(n_columns: int) -> int:
    """Rows of the sample of a table: fewer of a wide one, so that the sample's cells fit into memory."""
    return int(np.clip(CELLS_OF_SAMPLE // n_columns, FEWEST_SAMPLED, ROWS_OF_SAMPLE))


def draw_sample(n_rows: int, n_sampled: int) -> NDArray[np.int64]:
    """Row numbers of the sample of a table in memory, in its order."""
    return np.argsort(hash_rows(np.arange(n_rows, dtype=np.uint64), SEED_OF_SAMPLE), kind="stable")[:n_sampled]
