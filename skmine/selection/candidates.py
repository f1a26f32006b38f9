"""What is chosen among, and what a choice says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Candidates:
    """What is chosen among: columns, or groups of columns that are kept or dropped as one.

    Attributes
    ----------
    of_column : ndarray of shape (d,)
        The candidate that each column belongs to.
    protected : list of int
        Candidates that are kept in any case.
    wanted : int or None
        Candidates to keep; None leaves it to the tests.
    """

    of_column: NDArray[np.int64]
    protected: list[int]
    wanted: int | None

    def __len__(self) -> int:
        return int(self.of_column.max()) + 1


@dataclass(frozen=True)
class Choice:
    """Candidates kept, all candidates from the best on, and what else a fitted selector says, by attribute."""

    kept: Sequence[int]
    order: Sequence[int]
    attributes: dict[str, Any]
