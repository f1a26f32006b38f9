"""Random tables of given margins: rows move one by one, or in whole groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.merging import MergedSide, Statistic

#: Moves of groups that a p-value may take: four seconds' worth.
MOST_MOVES = 50_000_000

#: Draws that are made in any case.
FEWEST_DRAWS = 400

#: Groups that change places with each other. Arbitrary: ten have 45 pairs.
FEWEST_OF_A_SIZE = 10

#: Cells of the tables, and moves, of a chunk of draws: eight megabytes of them.
PER_CHUNK = 1_000_000


@dataclass(frozen=True)
class GroupedRows:
    """The nodes of every row on both sides, and the group that each row belongs to, (n,) each."""

    x: NDArray[np.unsignedinteger]
    y: NDArray[np.unsignedinteger]
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class TableDraws:
    """Random tables of the margins of one, (rows, columns): rows move one by one."""

    table: NDArray[np.float64]
    moves: int = 1

    def draw(self, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Random tables: all rows but the most frequent are drawn in turn."""
        rows, columns = self.table.sum(1).astype(np.int64), self.table.sum(0).astype(np.int64)
        left = np.broadcast_to(columns, (n_draws, len(columns))).copy()
        tables = np.empty((n_draws, *self.table.shape))
        order = np.argsort(rows, kind="stable")
        for place in order:
            drawn = left if place == order[-1] else _draw_hypergeometric(left, int(rows[place]), rng)
            tables[:, place] = drawn
            left = left - drawn
        return tables


@dataclass(frozen=True)
class GroupDraws:
    """Random tables where groups of rows move whole: what one side holds in a group is put on another group's rows.

    Groups change places with groups of the same size, which is exact; where fewer than `FEWEST_OF_A_SIZE` have it, with
    the next larger ones as well, whose rows then count for more or less than one. Only rows outside the most frequent
    node of the side that moves are followed; the others are what is left of the margins.

    Attributes
    ----------
    table : ndarray of shape (rows, columns)
    fixed : ndarray of shape (n,)
        Merged nodes of the side that stays, in the order of the groups, small ones first.
    sizes, stratum : ndarray of shape (g,)
        Rows of each group, and the number of the groups it changes places with.
    moved, group, offset : ndarray of shape (r,)
        Of the rows that are followed: their merged node, their group and their place in it.
    turned : bool
        Whether it is x's side that moves; the table is turned then, too.
    """

    table: NDArray[np.float64]
    fixed: NDArray[np.int64]
    sizes: NDArray[np.int64]
    stratum: NDArray[np.int64]
    moved: NDArray[np.int64]
    group: NDArray[np.int64]
    offset: NDArray[np.int64]
    turned: bool

    @classmethod
    def prepare(cls, table: NDArray[np.float64], x: MergedSide, y: MergedSide, rows: GroupedRows) -> "GroupDraws":
        """Find the rows that move: those outside the most frequent node of the rarer side."""
        turned = bool(table.sum() - table.sum(1).max() < table.sum() - table.sum(0).max())
        sizes = np.bincount(rows.groups)
        order = np.lexsort([rows.groups, sizes[rows.groups]])
        sizes = np.sort(sizes[sizes > 0])
        nodes = x.fine[rows.x[order]], y.fine[rows.y[order]]
        fixed, moving = nodes[::-1] if turned else nodes
        starts, of_row = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(sizes)), sizes)
        followed = np.flatnonzero(moving != np.bincount(moving).argmax())
        group = of_row[followed]
        return cls(
            table=table.T if turned else table,
            fixed=fixed,
            sizes=sizes,
            stratum=_stratify(sizes),
            moved=moving[followed],
            group=group,
            offset=followed - starts[group],
            turned=turned,
        )

    @property
    def moves(self) -> int:
        """What moves in a draw."""
        return len(self.sizes) + len(self.moved)

    def draw(self, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Tables with what one side holds moved between groups."""
        shape, n_groups = self.table.shape, len(self.sizes)
        # Sorted by stratum and chance, the groups of a stratum change places at random.
        order = np.argsort(self.stratum + rng.random((n_draws, n_groups)), axis=1)
        where = order[:, self.group]  # the group on whose rows each row is put, (draws, rows that move)
        stretch = self.sizes[where] / self.sizes[self.group]
        starts = np.cumsum(self.sizes) - self.sizes
        met = self.fixed[starts[where] + (self.offset * stretch).astype(np.int64)]
        cells = (np.arange(n_draws)[:, None] * shape[0] + met) * shape[1] + self.moved
        counted = np.bincount(cells.ravel(), stretch.ravel(), minlength=n_draws * shape[0] * shape[1])
        tables = counted.reshape(n_draws, *shape).astype(np.float64)
        rest = self.table.sum(1) - tables.sum(2)
        tables[:, :, self.table.sum(0).argmax()] = np.maximum(rest, 0.0)
        return tables.transpose(0, 2, 1) if self.turned else tables


def _stratify(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of the strata of groups, whose sizes are in order: of one size, or of the next ones as well."""
    starts = np.flatnonzero(np.r_[True, sizes[1:] != sizes[:-1]])
    kept = [0]
    for start in starts[1:].tolist():
        if start - kept[-1] >= FEWEST_OF_A_SIZE:
            kept.append(start)
    if len(kept) > 1 and len(sizes) - kept[-1] < FEWEST_OF_A_SIZE:
        kept.pop()
    return np.searchsorted(kept, np.arange(len(sizes)), side="right").astype(np.int64)


def _draw_hypergeometric(left: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """N rows drawn without replacement from the columns that are left, (n_draws, columns) at once."""
    out = np.zeros_like(left)
    others, wanted = left.sum(1), np.full(len(left), n)
    for j in range(left.shape[1] - 1):
        others = others - left[:, j]
        out[:, j] = rng.hypergeometric(left[:, j], others, wanted)
        wanted = wanted - out[:, j]
    out[:, -1] = wanted
    return out


def draw_statistics(
    draws: TableDraws | GroupDraws, statistic: Statistic, n_draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The statistic of random tables, of fewer than asked for where each takes many moves."""
    n_draws = min(n_draws, max(MOST_MOVES // draws.moves, FEWEST_DRAWS))
    per_chunk = max(PER_CHUNK // max(draws.moves, draws.table.size), 1)
    sizes = [min(per_chunk, n_draws - first) for first in range(0, n_draws, per_chunk)]
    return np.concatenate([statistic.evaluate(draws.draw(size, rng)) for size in sizes])
