"""Rows that belong together, as ``--groups`` and ``--time`` say it, and what is said of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.row_order import RowOrder
from skmine.data.source import Source
from skmine.estimation.blocked_folds import BlockedKFold


def read_together(
    whole: pd.DataFrame, rows: NDArray[np.bool_], group: Sequence[str], time: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Groups and times of some rows by name, as functions take them, and notes on them.

    Parameters
    ----------
    whole : DataFrame
    rows : ndarray of shape (n,)
    group, time : sequence of str
        One column each, or none.
    """
    together: dict[str, Any] = {"groups": None, "time": None}
    notes = []
    if group:
        together["groups"], values = pd.factorize(whole.loc[rows, group[0]], use_na_sentinel=False)
        notes.append(f"{len(values)} groups of rows by {group[0]}")
    if time:
        together["time"] = whole.loc[rows, time[0]]
    return together, notes


def choose_blocks(
    frame: pd.DataFrame, targets: Sequence[str], together: dict[str, Any], n_folds: int
) -> tuple[BlockedKFold, str]:
    """Folds of blocks for rows with times, as long as the columns of a frame need them, and a note on them.

    Raises
    ------
    ValueError
        If times are missing or have no order.
    """
    columns = list(Source(frame, infinite="missing"))
    goals = [column for column in columns if column.name in targets] or columns
    order = RowOrder.read(together["time"], together["groups"], len(frame))
    folds = BlockedKFold(n_folds).choose(order, [c for c in columns if c.name not in targets] or columns, goals)
    called = together["time"].name
    note = f"rows ordered by {called}, in blocks of {folds.block_length} and gaps of {folds.gap} rows"
    return folds, note
