"""Tables in partitions that lie on several machines, and are worked on there.

Design notes. Dask's scheduler decides where: threads, processes, or the workers of `dask.distributed`. Results of the
partitions are joined in pairs, so that no machine holds all of them. No result is changed by a join, as a scheduler may
ask for it again when a worker has died.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from skmine.data.batches import Batch
from skmine.data.stream import Result, Stream


class PartitionStream(Stream):
    """A Dask data frame, whose partitions are worked on wherever Dask's scheduler puts them."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.names = [str(name) for name in frame.columns]

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        wanted = self._take(names)
        for k in range(wanted.npartitions):
            yield wanted.partitions[k].compute()

    def _take(self, names: Sequence[str]) -> Any:
        return self._frame[[self._frame.columns[self.names.index(name)] for name in names]]

    @cached_property
    def _first_rows(self) -> list[int]:
        """Number of each partition's first row."""
        from dask.delayed import delayed

        # Not `map_partitions`, for which Dask may join files of which it reads few columns.
        n_rows = delayed(list)([delayed(len)(frame) for frame in self._take(self.names[:1]).to_delayed()]).compute()
        return [0, *np.cumsum(n_rows)[:-1].tolist()]

    def reduce(
        self, names: Sequence[str], work: Callable[[Iterator[Batch]], Result], join: Callable[[Result, Result], Result]
    ) -> Result:
        from dask.delayed import delayed

        shared = delayed(work)  # once in the graph, for all partitions
        do, unite = delayed(_work_on_frame), delayed(join)
        partitions = zip(self._take(names).to_delayed(), self._first_rows, strict=True)
        found = [do(shared, frame, first) for frame, first in partitions]
        while len(found) > 1:
            pairs = [found[k : k + 2] for k in range(0, len(found), 2)]
            found = [unite(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        result: Result = found[0].compute()
        return result


def _work_on_frame(work: Callable[[Iterator[Batch]], Result], frame: Any, first: int) -> Result:
    """What a function makes of a frame whose first row has this number."""
    positions = np.arange(first, first + len(frame), dtype=np.uint64)
    return work(iter([Batch(frame, positions)] if len(frame) else []))
