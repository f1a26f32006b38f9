"""How many nodes a grid has, from coarse to fine."""

#: Nodes of the finest grids, and the rows that they need.
FINEST = ((768, 10_000), (384, 3_000), (192, 1_000))


def choose_node_budgets(n_rows: int) -> list[int]:
    """Node counts for a sample, coarse to fine, as far as the rows can fill them.

    On a few thousand rows 32 nodes see weak links as often as 48 or 64 do, and cost half; waves
    that turn faster than they resolve need more rows to be seen at all.
    """
    if n_rows < 150:
        return [32]
    return [32 if n_rows < 3_000 else 48, 96, *(nodes for nodes, rows in reversed(FINEST) if n_rows >= rows)]
