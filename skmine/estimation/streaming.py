"""Counting pairs of a table that passes by in batches.

Design notes. A pass over the table counts whatever is asked for by then: each column once, on the common refinement of
the nodes that are wanted of it. What will be asked for is foreseen from the sample: the same scores of it ask for the
same grids, nearly. What was not foreseen takes another pass over the columns in question.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skmine.data.batches import Batch
from skmine.data.ladder import Ladder
from skmine.data.refinement import Refinement
from skmine.estimation.counting import RowChunk, RowCounter
from skmine.estimation.merging import NodeOrder
from skmine.estimation.piece_counts import PairNodes, PieceChunk, Pieces, coarsen, count_pairs_on_pieces

#: Cells that the counts of one pass may have, of 8 bytes each.
CELLS_PER_PASS = 2**25

#: A column, and its and the target's places on their ladders.
Request = tuple[int, int, int]


@dataclass(frozen=True)
class RecordingCounter:
    """Rows in memory, and which pairs of them were asked for."""

    rows: RowCounter
    asked: set[Request] = field(default_factory=set)

    @property
    def n_tested(self) -> int:
        return self.rows.n_tested

    def prepare(self, columns: Sequence[int], x_at: int, y_at: int) -> None:
        """Note what is asked for."""
        self.asked.update((j, x_at, y_at) for j in columns)

    def take(
        self, columns: Sequence[int], places: tuple[int, int], shape: tuple[int, int], merged: NDArray[np.int64] | None
    ) -> RowChunk:
        return self.rows.take(columns, places, shape, merged)

    def count_nodes(self, column: int | None) -> NDArray[np.int64]:
        return self.rows.count_nodes(column)

    def on_classes(self, kept: NDArray[np.bool_]) -> "RecordingCounter":
        return replace(self, rows=self.rows.on_classes(kept))


@dataclass
class StreamCounter:
    """Counts from passes over a table.

    Attributes
    ----------
    names : list of str
        Of the ladder's columns.
    target_name : str
    ladder, target : Ladder
        Without codes.
    pieces : Pieces
    read : callable
        Reads named columns, in batches.
    texts : frozenset of str
        Columns whose texts are labels, whatever they say.
    foreseen : set of Request
        What will be asked for.
    tables : dict of Request to ndarray of shape (pieces, g, h)
        What was counted.
    kept : ndarray or None
        Mask of the target's nodes whose rows count; None for all.
    """

    names: list[str]
    target_name: str
    ladder: Ladder
    target: Ladder
    pieces: Pieces
    read: Callable[[Sequence[str]], Iterator[Batch]]
    texts: frozenset[str]
    foreseen: set[Request]
    tables: dict[Request, NDArray[np.int64]] = field(default_factory=dict)
    kept: NDArray[np.bool_] | None = None

    @property
    def n_tested(self) -> int:
        return int(self._of_kept(self._any_coarse()).sum())

    def _any_coarse(self) -> NDArray[np.int64]:
        """The counts of some column on the coarsest grid."""
        return next(table for (_, *places), table in self.tables.items() if places == [0, 0])

    def _of_kept(self, table: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts of the classes that are kept."""
        return table if self.kept is None else table * self.kept[: table.shape[2]]

    def count_nodes(self, column: int | None) -> NDArray[np.int64]:
        """Rows of each node of a column, or of the target, on the coarsest grid."""
        if column is None:
            return self._any_coarse().sum((0, 1))
        table: NDArray[np.int64] = self.tables[column, 0, 0].sum((0, 2))
        return table

    def on_classes(self, kept: NDArray[np.bool_]) -> "StreamCounter":
        """The same for some of the target's nodes, which are few and the same on all grids."""
        return replace(self, kept=kept)

    def take(
        self, columns: Sequence[int], places: tuple[int, int], shape: tuple[int, int], merged: NDArray[np.int64] | None
    ) -> PieceChunk:
        """Pairs that were counted, or are counted now."""
        self.prepare(columns, *places)
        grid, goal = self.ladder.at(places[0]), self.target.at(places[1])
        tables = [self._of_kept(self.tables[(j, *places)]) for j in columns]
        order = NodeOrder.read(goal.codings[0], complete=goal.complete[0])
        if merged is not None:
            tables = [coarsen(table, np.arange(table.shape[1]), merged) for table in tables]
            order = NodeOrder()
        orders = [NodeOrder.read(grid.codings[j], complete=grid.complete[j]) for j in columns]
        return PieceChunk(tables, shape, self.pieces.folds.n_splits, orders, order)

    def prepare(self, columns: Sequence[int], x_at: int, y_at: int) -> None:
        """Count these pairs, and what is foreseen, unless that was done."""
        asked = {(j, x_at, y_at) for j in columns}
        if not asked <= set(self.tables):
            for requests in self._split(sorted((asked | self.foreseen) - set(self.tables))):
                self._pass(requests)

    def _split(self, requests: list[Request]) -> Iterator[dict[int, list[Request]]]:
        """Requests by column, as many as have counts that fit into memory together."""
        of_column: dict[int, list[Request]] = {}
        for request in requests:
            of_column.setdefault(request[0], []).append(request)
        block: dict[int, list[Request]] = {}
        n_cells = 0
        for j, some in of_column.items():
            own = len(self.pieces) * self._refine_column(j, some).n_nodes * self._refine_target(some).n_nodes
            if block and n_cells + own > CELLS_PER_PASS:
                yield block
                block, n_cells = {}, 0
            block[j] = some
            n_cells += own
        if block:
            yield block

    def _refine_column(self, j: int, requests: Iterable[Request]) -> Refinement:
        return Refinement.of([self.ladder.at(at).codings[j] for at in _list_places(requests, 1)])

    def _refine_target(self, requests: Iterable[Request]) -> Refinement:
        return Refinement.of([self.target.at(at).codings[0] for at in _list_places(requests, 2)])

    def _pass(self, of_column: dict[int, list[Request]]) -> None:
        """Read columns once and count what is asked of them."""
        every = [request for some in of_column.values() for request in some]
        target, y_places = self._refine_target(every), _list_places(every, 2)
        pairs, y_lookups = {}, {}
        for j, some in of_column.items():
            own = [y_places.index(at) for at in _list_places(some, 2)]
            # Nodes of the target that are the same for all grids asked of this column are one.
            nodes, of_target = np.unique(np.stack([target.lookups[k] for k in own]), axis=1, return_inverse=True)
            pairs[self.names[j]] = PairNodes(self._refine_column(j, some), of_target.reshape(-1))
            y_lookups[j] = dict(zip(_list_places(some, 2), nodes, strict=True))
        batches = self.read([*pairs, self.target_name])
        counted = count_pairs_on_pieces(batches, pairs, (self.target_name, target), self.pieces, self.texts)
        for j, some in of_column.items():
            name, x_places = self.names[j], _list_places(some, 1)
            for _, x_at, y_at in some:
                x = pairs[name].column.lookups[x_places.index(x_at)]
                self.tables[j, x_at, y_at] = coarsen(counted[name], x, y_lookups[j][y_at])


def _list_places(requests: Iterable[Request], side: int) -> list[int]:
    """The places of one side that are asked for, in order."""
    return sorted({request[side] for request in requests})
