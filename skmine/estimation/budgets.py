"""How many nodes a grid has, from coarse to fine."""

import numpy as np
from numpy.typing import NDArray

#: Nodes of the finest grids, and the rows, or groups of rows, that they need: rows of a group may all say the same.
FINEST = {384: 3_000, 768: 10_000}


def choose_node_budgets(n_rows: int, groups: NDArray[np.int64] | None = None) -> list[int]:
    """Node counts for a sample, coarse to fine, as far as the rows can fill them; `groups` are numbers from 0 on, (n,).

    On a few thousand rows 32 nodes see weak links as often as 48 or 64 do, and cost half; waves
    that turn faster than they resolve need more rows to be seen at all.
    """
    if n_rows < 150:
        return [32]
    if n_rows < 1_000:
        return [32, 96]
    n_units = n_rows if groups is None else int(groups.max()) + 1
    return [32 if n_rows < 3_000 else 48, 96, 192, *(nodes for nodes, units in FINEST.items() if n_units >= units)]
