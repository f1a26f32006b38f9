"""How a report is computed, and on which rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.estimation.inference import FalseDiscovery
from skmine.functions import rank_columns
from skmine.functions.units import Unit
from skmine.reporting.table import ReportTable, take_groups

#: Rows of the sample at most, and its cells, so that the search among 50 columns takes half a minute; a narrow table
#: gets more rows than a wide one, and none fewer than these.
MOST_SAMPLED = 10_000
CELLS_SAMPLED = 200_000
FEWEST_SAMPLED = 2_000

#: Of a table that is larger than the sample, the share of the rows that are in it at most: the others test the set.
LARGEST_SHARE = 0.75

#: Shares of the time that the panels take, measured on 100,000 rows of 50 columns.
SHARES = {"ranking": 0.05, "search": 0.45, "test": 0.2, "redundancy": 0.2, "pictures": 0.05, "checks": 0.05}


@dataclass(frozen=True)
class Work:
    """How the work is done.

    Attributes
    ----------
    unit : {"nats", "bits"}
    alpha : float
    fdr : {"bh", "by"}
    cv : int
    device : str
    n_jobs : int or None
    seed : int
    progress : callable(done, total) or None
    """

    unit: Unit = "nats"
    alpha: float = 0.05
    fdr: FalseDiscovery = "bh"
    cv: int = 3
    device: str = "auto"
    n_jobs: int | None = None
    seed: int = 0
    progress: Callable[[float, float], None] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What functions and estimators call these."""
        return {"cv": self.cv, "device": self.device, "n_jobs": self.n_jobs, "random_state": self.seed}

    def report(self, panel: str) -> Callable[[float, float], None]:
        """What a panel's work is reported to."""
        names = list(SHARES)
        before = sum(SHARES[name] for name in names[: names.index(panel)])

        def report(done: float, total: float) -> None:
            if self.progress is not None:
                self.progress(before + SHARES[panel] * done / max(total, 1e-9), 1.0)

        return report


@dataclass(frozen=True)
class Sample:
    """The rows that panels other than the ranking look at.

    Attributes
    ----------
    rows : ndarray of shape (n_sampled,)
        In the table's order.
    frame : DataFrame
    groups : ndarray or None
    is_whole : bool
        Whether these are all rows.
    """

    rows: NDArray[np.int64]
    frame: pd.DataFrame
    groups: NDArray[np.int64] | None
    is_whole: bool


def rank_report_columns(
    table: ReportTable,
    names: Sequence[str],
    y: pd.Series,
    work: Work,
    progress: Callable[[float, float], None] | None = None,
) -> pd.DataFrame:
    """Columns of all rows, ranked by what they say of y."""
    return rank_columns(
        table.frame[list(names)],
        y,
        groups=table.groups,
        alpha=work.alpha,
        fdr=work.fdr,
        unit=work.unit,
        **work.options,
        progress=progress,
    )


def draw_sample(table: ReportTable, seed: int) -> Sample:
    """Draw the sample: rows, or whole groups of them."""
    n, d = table.frame.shape
    most = int(np.clip(CELLS_SAMPLED // d, FEWEST_SAMPLED, MOST_SAMPLED))
    rows: NDArray[np.int64] = np.arange(n)
    if n > most:
        size = min(most, int(LARGEST_SHARE * n))
        rows = np.sort(order_rows(n, table.groups, seed)[:size])
        if table.groups is not None:
            rows = np.flatnonzero(np.isin(table.groups, _list_whole(table.groups, rows)))
    frame = table.frame.iloc[rows].reset_index(drop=True)
    return Sample(rows, frame, take_groups(table.groups, rows), len(rows) == n)


def order_rows(n: int, groups: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    """All rows in an order drawn by a seed; those of a group stand together."""
    rng = np.random.default_rng(seed)
    if groups is None:
        return rng.permutation(n)
    return np.argsort(rng.permutation(int(groups.max()) + 1)[groups], kind="stable")


def _list_whole(groups: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The groups all of whose rows are among these; the first one where none is."""
    inside, of_all = np.bincount(groups[rows], minlength=int(groups.max()) + 1), np.bincount(groups)
    whole = np.flatnonzero(inside == of_all)
    return whole if len(whole) else groups[rows][:1]
