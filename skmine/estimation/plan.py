"""What stays the same for everything that is scored: the rows' parts, and where the work is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.folds import Fold


@dataclass(frozen=True)
class Plan:
    """What stays the same for everything that is scored: the rows' parts, and where the work is done.

    Attributes
    ----------
    folds : list of Fold
    groups : ndarray of shape (n,) or None
        Number of the group, or of the block of rows in time, of each row; errors and p-values then go by whole groups.
    device : name of the torch device
    n_jobs : joblib's
    progress : callable(done, total) or None
        Called with the columns done so far, as blocks come back.
    """

    folds: Sequence[Fold]
    groups: NDArray[np.int64] | None = None
    device: str = "auto"
    n_jobs: int | None = None
    progress: Callable[[int, int], None] | None = None

    def report_after(self, before: int, total: int) -> "Plan":
        """The plan of a part of the work: its report counts from `before`, of `total`."""
        report = self.progress
        return self if report is None else replace(self, progress=lambda done, _: report(before + done, total))
