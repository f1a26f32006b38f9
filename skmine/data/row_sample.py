"""A sample of a table's rows that no order of reading changes.

Design notes. The rows with the smallest hashes of their places (a bottom-k sample; Cohen and Kaplan 2007, "Summarizing
data using bottom-k sketches", PODC). With fewer rows than it takes, the sample is the table. Samples of parts merge:
parts of a table can be read anywhere.
"""

import copy
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.batches import Batch
from skmine.data.hashing import hash_rows

#: Rows of the sample: its quantiles are off by a thousandth of the rows, a few hundredths of a node at most.
ROWS_OF_SAMPLE = 200_000

#: Cells of the sample, of which wide tables get fewer rows, and the fewest rows.
CELLS_OF_SAMPLE = 30_000_000
FEWEST_SAMPLED = 5_000

#: Draws the sample, which is the same whatever else is drawn.
SEED_OF_SAMPLE = 0

#: Times the sample's size at which rows beyond it are let go: sorting them more often costs more than keeping them.
SLACK = 2


class RowSample:
    """The rows with the smallest hashes of those that were added.

    Parameters
    ----------
    names : sequence of str
        Columns that are kept.
    size : int, default=None
        Rows that are kept, as many as so many columns allow by default.

    Attributes
    ----------
    n_rows : int
        Rows that were added.
    """

    def __init__(self, names: Sequence[str], size: int | None = None) -> None:
        self.names = list(names)
        self.size = choose_sample_size(len(names)) if size is None else size
        self.n_rows = 0
        self._hashes: list[NDArray[np.uint64]] = []
        self._frames: list[pd.DataFrame] = []
        self._bound = np.iinfo(np.uint64).max

    @classmethod
    def of_batches(cls, batches: Iterable[Batch], names: Sequence[str]) -> "RowSample":
        """Of all rows of some batches."""
        out = cls(names)
        for batch in batches:
            out.add(batch)
        return out

    def add(self, batch: Batch) -> None:
        """Sample the rows of a batch."""
        self.n_rows += batch.n_rows
        hashes = hash_rows(batch.positions, SEED_OF_SAMPLE, batch.part)
        places = np.flatnonzero(hashes <= self._bound)
        if len(places):
            self._hashes.append(hashes[places])
            self._frames.append(batch.take_frame(self.names, places))
            if sum(map(len, self._hashes)) > SLACK * self.size:
                self._prune()

    def merge(self, other: "RowSample") -> None:
        """Take over the rows of another sample, of other rows of the table."""
        self.n_rows += other.n_rows
        self._hashes += other._hashes
        self._frames += other._frames
        self._prune()

    @staticmethod
    def join(one: "RowSample", other: "RowSample") -> "RowSample":
        """A sample of the rows of both, which stay as they are."""
        out = one.copy()
        out.merge(other)
        return out

    def copy(self) -> "RowSample":
        """The same; what is added to it is not added to this one."""
        out = copy.copy(self)
        out._hashes, out._frames = list(self._hashes), list(self._frames)
        return out

    def _prune(self) -> None:
        """Keep the rows with the smallest hashes, in their order."""
        if not self._hashes:
            return
        hashes = np.concatenate(self._hashes)
        order = np.argsort(hashes, kind="stable")[: self.size]
        frame = pd.concat(self._frames, ignore_index=True)
        self._hashes, self._frames = [hashes[order]], [frame.iloc[order].reset_index(drop=True)]
        if len(order) == self.size:
            self._bound = self._hashes[0][-1]

    @property
    def frame(self) -> pd.DataFrame:
        """The sampled rows, as they came, in the order of their hashes."""
        self._prune()
        return self._frames[0] if self._frames else pd.DataFrame(columns=self.names)

    @property
    def is_complete(self) -> bool:
        """Whether the sample holds every row."""
        return self.n_rows <= self.size


def choose_sample_size(n_columns: int) -> int:
    """Rows of the sample of a table: fewer of a wide one, so that the sample's cells fit into memory."""
    return int(np.clip(CELLS_OF_SAMPLE // n_columns, FEWEST_SAMPLED, ROWS_OF_SAMPLE))


def draw_sample(n_rows: int, n_sampled: int) -> NDArray[np.int64]:
    """Row numbers of the sample of a table in memory, in its order."""
    return np.argsort(hash_rows(np.arange(n_rows, dtype=np.uint64), SEED_OF_SAMPLE), kind="stable")[:n_sampled]
