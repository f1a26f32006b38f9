"""Which rows and columns of a stream are read: those that have a target, where others are left out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from skmine.data.batches import Batch
from skmine.data.stream import Result, Stream
from skmine.data.summary import TableSummary


@dataclass
class StreamedTable:
    """A stream, and which of its rows and columns are read.

    Attributes
    ----------
    stream : Stream
    target : str or None
        The column to explain.
    drop_missing : bool
        Whether rows without a target are left out; otherwise they are refused.
    set_aside : collection of str
        Flaws (`data.flaws.find_flaw`) whose columns are left out, as long as others are left.
    n_read : int
        Rows that the last pass has read, those without a target included.
    """

    stream: Stream
    target: str | None = None
    drop_missing: bool = False
    set_aside: Collection[str] = ()
    n_read: int = 0

    def reduce(
        self, names: Sequence[str], work: Callable[[Iterator[Batch]], Result], join: Callable[[Result, Result], Result]
    ) -> Result:
        """As of the stream, of the rows that have a target."""
        target = self.target if self.drop_missing else None
        wanted = list(names if target is None else dict.fromkeys([*names, target]))
        self.n_read, result = self.stream.reduce(
            wanted, partial(_work_on_kept, target=target, work=work), partial(_join_counted, join=join)
        )
        return result

    def summarise(self, names: Sequence[str]) -> TableSummary:
        """Counts and a sample of some columns."""
        return self.reduce(names, partial(TableSummary.of_batches, names=names), TableSummary.join)


def _work_on_kept(
    batches: Iterable[Batch], target: str | None, work: Callable[[Iterator[Batch]], Result]
) -> tuple[int, Result]:
    """Rows of all batches, and what a function makes of those that have a target."""
    n_rows = []

    def keep() -> Iterator[Batch]:
        for batch in batches:
            n_rows.append(batch.n_rows)
            if target is None:
                yield batch
                continue
            kept = batch.keep(~batch.column(target, as_text=batch.is_text(target)).missing)
            if kept.n_rows:
                yield kept

    result = work(keep())
    return sum(n_rows), result


def _join_counted(
    one: tuple[int, Result], other: tuple[int, Result], join: Callable[[Result, Result], Result]
) -> tuple[int, Result]:
    return one[0] + other[0], join(one[1], other[1])
