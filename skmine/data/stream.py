"""What all tables that are read in batches have in common.

Design notes. A stream hands out the columns that are asked for, in frames that `readers` read, and in the same order of
rows each time: a row's number in that order decides whether it is in the sample and which fold it is in. `reduce` is
how a table is read: what functions make of its parts adds up, wherever the parts lie.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from skmine.data.batches import Batch
from skmine.data.naming import suggest_name
from skmine.data.repairs import Repair

#: What a function makes of batches.
Result = TypeVar("Result")


class Stream(ABC):
    """A table that is read in batches, as often as is asked for.

    Attributes
    ----------
    names : list of str
    """

    names: list[str]

    #: What was done to cells, where they are repaired.
    repairs: Sequence[Repair] = ()

    #: What is to be said of the way it was read.
    notes: Sequence[str] = ()

    #: Columns of texts that come as numbers of a dictionary's.
    texts: frozenset[str] = frozenset()

    @abstractmethod
    def read(self, names: Sequence[str]) -> Iterator[Any]:
        """Frames with these columns at least, always in the same order of rows."""

    def iterate(self, names: Sequence[str]) -> Iterator[Batch]:
        """Batches that have these columns, their rows numbered from 0 on."""
        first = 0
        for frame in self.read(names):
            n_rows = len(frame)
            if n_rows:
                yield Batch(frame, np.arange(first, first + n_rows, dtype=np.uint64), texts=self.texts)
            first += n_rows

    def reduce(
        self, names: Sequence[str], work: Callable[[Iterator[Batch]], Result], join: Callable[[Result, Result], Result]
    ) -> Result:
        """What `work` makes of all batches of these columns.

        A table whose parts lie on several machines has them worked on there, and `join` makes one of what two say.
        """
        return work(self.iterate(names))

    def narrow(self, names: Sequence[str]) -> "Stream":
        """The same with some of the columns."""
        narrowed = copy.copy(self)
        narrowed.names = list(names)
        return narrowed

    def check_name(self, name: str, called: str) -> None:
        """Refuse the name of a column that is not there."""
        if name not in self.names:
            raise ValueError(f"{called} {name!r}: no column has this name; {suggest_name(name, self.names)}")
