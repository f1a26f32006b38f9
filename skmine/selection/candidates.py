"""What is chosen among, and what a choice says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.flaws import ROW_NUMBER


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
    """What a method chose, and why.

    Attributes
    ----------
    kept : sequence of int
        Candidates.
    order : sequence of int
        All candidates, from the best on.
    reasons : sequence of str
        Why each candidate is kept or not, by what the method goes by.
    columns : dict
        What is known of each column beside the attributes: "kind", "flag", and "qvalue" where there is one.
    attributes : dict
        What else a fitted selector says, by attribute.
    """

    kept: Sequence[int]
    order: Sequence[int]
    reasons: Sequence[str]
    columns: dict[str, Any]
    attributes: dict[str, Any]

    def explain(self, candidates: Candidates) -> list[str]:
        """Why each column is kept or not."""
        kept, protected = set(self.kept), set(candidates.protected)
        n_columns = np.bincount(candidates.of_column, minlength=len(candidates)).tolist()
        reasons = []
        for j, flaw in zip(candidates.of_column.tolist(), self.columns["flag"], strict=True):
            reason = self.reasons[j]
            if j in kept:
                reason = "always kept" if j in protected else reason
            elif flaw and flaw != ROW_NUMBER:  # a row number may be a time
                reason = flaw
            reasons.append(reason if n_columns[j] == 1 else f"with its group of {n_columns[j]} columns: {reason}")
        return reasons
