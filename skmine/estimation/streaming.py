"""Counting pairs of a table that passes by in batches.

Design notes. A pass over the table counts whatever is asked for by then: each column is coded once, on the common
refinement of the nodes that are wanted of it. What will be asked for is foreseen from the sample, whose scores ask for
nearly the same grids. What was not foreseen takes another pass over the columns in question.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.ladder import Ladder
from skmine.data.refinement import Refinement
from skmine.estimation.counting import RowChunk, RowCounter
from skmine.estimation.merging import NodeOrder
from skmine.estimation.piece_counts import MergedNodes, PieceChunk, Pieces, add_tables, coarsen, count_pairs_on_pieces

#: Cells that the counts of one pass may have, of 8 bytes each.
CELLS_PER_PASS = 2**25

#: Two columns of a table, and their places on its ladder.
Request = tuple[int, int, int, int]


@dataclass(frozen=True)
class RecordingCounter:
    """Rows in memory, and which pairs of them were asked for.

    Attributes
    ----------
    rows : RowCounter
    columns : list of int
        Places of the ladder's columns among all of a table.
    target : int
    asked : set of Request
    """

    rows: RowCounter
    columns: list[int]
    target: int
    asked: set[Request] = field(default_factory=set)

    @property
    def n_tested(self) -> int:
        return self.rows.n_tested

    def prepare(self, columns: Sequence[int], x_at: int, y_at: int) -> None:
        """Note what is asked for."""
        self.asked.update((self.columns[j], self.target, x_at, y_at) for j in columns)

    def take(
        self, columns: Sequence[int], places: tuple[int, int], shape: tuple[int, int], merged: NDArray[np.int64] | None
    ) -> RowChunk:
        return self.rows.take(columns, places, shape, merged)

    def count_nodes(self, column: int | None) -> NDArray[np.int64]:
        return self.rows.count_nodes(column)

    def on_classes(self, kept: NDArray[np.bool_]) -> "RecordingCounter":
        return replace(self, rows=self.rows.on_classes(kept))


@dataclass
class PairTables:
    """Counts of pairs of a table's columns, from passes over it.

    Attributes
    ----------
    names : list of str
    ladder : Ladder
        Of all columns, without codes.
    pieces : Pieces
    reduce : callable
        What a function makes of all batches of named columns, as `data.stream.Stream.reduce`.
    texts : frozenset of str
        Columns whose texts are labels, whatever they say.
    n_rows : int
    foreseen : set of Request
        What will be asked for.
    tables : dict of Request to ndarray of shape (pieces, g, h)
        What was counted.
    """

    names: list[str]
    ladder: Ladder
    pieces: Pieces
    reduce: Callable[..., Any]
    texts: frozenset[str]
    n_rows: int
    foreseen: set[Request] = field(default_factory=set)
    tables: dict[Request, NDArray[np.int64]] = field(default_factory=dict)

    def prepare(self, asked: set[Request]) -> None:
        """Count pairs, and what is foreseen, unless that was done."""
        if asked <= self.tables.keys():
            return
        of_pair: dict[tuple[int, int], list[Request]] = {}
        for request in sorted((asked | self.foreseen) - self.tables.keys()):
            of_pair.setdefault(request[:2], []).append(request)
        for block in self._split(of_pair):
            self._pass(block)

    def _split(self, of_pair: dict[tuple[int, int], list[Request]]) -> Iterator[dict[tuple[int, int], list[Request]]]:
        """Pairs whose counts fit into memory together."""
        block: dict[tuple[int, int], list[Request]] = {}
        n_cells = 0
        for (i, j), requests in of_pair.items():
            x, y = (self._refine(k, _list_places(requests, side)) for side, k in ((2, i), (3, j)))
            own = len(self.pieces) * x.n_nodes * y.n_nodes
            if block and n_cells + own > CELLS_PER_PASS:
                yield block
                block, n_cells = {}, 0
            block[i, j] = requests
            n_cells += own
        if block:
            yield block

    def _refine(self, j: int, places: Sequence[int]) -> Refinement:
        return Refinement.of([self.ladder.at(at).codings[j] for at in places])

    def _pass(self, of_pair: dict[tuple[int, int], list[Request]]) -> None:
        """Read columns once and count what is asked of them."""
        places: dict[int, set[int]] = {}
        for i, j, x_at, y_at in itertools.chain(*of_pair.values()):
            places.setdefault(i, set()).add(x_at)
            places.setdefault(j, set()).add(y_at)
        in_order = {j: sorted(of_column) for j, of_column in places.items()}
        columns = {j: self._refine(j, of_column) for j, of_column in in_order.items()}

        sides: dict[tuple[int, tuple[int, ...]], tuple[MergedNodes, dict[int, NDArray[np.int64]]]] = {}

        def merge(j: int, wanted: list[int]) -> tuple[MergedNodes, dict[int, NDArray[np.int64]]]:
            """Nodes that are the same at all wanted places as one, and the node that each is at each place."""
            key = j, tuple(wanted)
            if key not in sides:
                stacked = np.stack([columns[j].lookups[in_order[j].index(at)] for at in wanted])
                nodes, which = np.unique(stacked, axis=1, return_inverse=True)
                of_places = dict(zip(wanted, nodes, strict=True))
                sides[key] = MergedNodes.of(self.names[j], which.reshape(-1)), of_places
            return sides[key]

        merged = [
            (merge(i, _list_places(requests, 2)), merge(j, _list_places(requests, 3)))
            for (i, j), requests in of_pair.items()
        ]
        count = partial(
            count_pairs_on_pieces,
            columns={self.names[j]: nodes for j, nodes in columns.items()},
            pairs=[(x, y) for (x, _), (y, _) in merged],
            pieces=self.pieces,
            texts=self.texts,
        )
        counted = self.reduce([self.names[j] for j in columns], count, add_tables)
        n_counted = int(counted[0].sum())
        if n_counted != self.n_rows:
            raise ValueError(
                f"The table had {self.n_rows} rows when it was read first and {n_counted} when it was read again; give "
                f"the same rows, in the same order, each time."
            )
        for table, ((_, x), (_, y)), requests in zip(counted, merged, of_pair.values(), strict=True):
            for i, j, x_at, y_at in requests:
                self.tables[i, j, x_at, y_at] = coarsen(table, x[x_at], y[y_at])


def _list_places(requests: Iterable[Request], side: int) -> list[int]:
    """The places of one side that are asked for, in order."""
    return sorted({request[side] for request in requests})


@dataclass(frozen=True)
class StreamCounter:
    """Some columns of a table and a target, by their counts.

    Attributes
    ----------
    pairs : PairTables
    columns : list of int
        Places of the columns among all of the table.
    target : int
    kept : ndarray or None
        Mask of the target's nodes whose rows count; None for all.
    """

    pairs: PairTables
    columns: list[int]
    target: int
    kept: NDArray[np.bool_] | None = None

    @property
    def n_tested(self) -> int:
        return self.pairs.n_rows if self.kept is None else int(self._of_kept(self._any_coarse()).sum())

    def _any_coarse(self) -> NDArray[np.int64]:
        """The counts of some column on the coarsest grid."""
        requests = ((j, self.target, 0, 0) for j in self.columns)
        return next(self.pairs.tables[request] for request in requests if request in self.pairs.tables)

    def _of_kept(self, table: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts of the classes that are kept."""
        return table if self.kept is None else table * self.kept[: table.shape[2]]

    def count_nodes(self, column: int | None) -> NDArray[np.int64]:
        """Rows of each node of a column, or of the target, on the coarsest grid."""
        if column is None:
            return self._any_coarse().sum((0, 1))
        table: NDArray[np.int64] = self.pairs.tables[self.columns[column], self.target, 0, 0].sum((0, 2))
        return table

    def on_classes(self, kept: NDArray[np.bool_]) -> "StreamCounter":
        """The same for some of the target's nodes, which are few and the same on all grids."""
        return replace(self, kept=kept)

    def prepare(self, columns: Sequence[int], x_at: int, y_at: int) -> None:
        """Count these pairs, unless that was done."""
        self.pairs.prepare({(self.columns[j], self.target, x_at, y_at) for j in columns})

    def take(
        self, columns: Sequence[int], places: tuple[int, int], shape: tuple[int, int], merged: NDArray[np.int64] | None
    ) -> PieceChunk:
        """Pairs that were counted, or are counted now."""
        self.prepare(columns, *places)
        grid, goal = (self.pairs.ladder.at(at) for at in places)
        own = [self.columns[j] for j in columns]
        tables = [self._of_kept(self.pairs.tables[(j, self.target, *places)]) for j in own]
        order = NodeOrder.read(goal.codings[self.target], complete=goal.complete[self.target])
        if merged is not None:
            tables = [coarsen(table, np.arange(table.shape[1]), merged) for table in tables]
            order = NodeOrder()
        orders = [NodeOrder.read(grid.codings[j], complete=grid.complete[j]) for j in own]
        return PieceChunk(tables, shape, self.pairs.pieces.folds.n_splits, orders, order)
