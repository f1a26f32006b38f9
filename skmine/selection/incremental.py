"""Scores of columns from batches that come once, one after another.

Design notes. Nodes come from the first batch, as nothing else is known when it is counted; all batches add to counts on
the common refinement of their grids. Which fold a row is in depends on its number, so the order of the rows matters,
and their cut into batches does not, but for the first one. The grids beyond `PLACES` and a node for each of many labels
need a second look at the rows, which `streamed` has.
"""

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.coding import FEWEST_ROWS_OF_CATEGORY, measure_pooled
from skmine.data.column import Column
from skmine.data.counts import compute_entropy
from skmine.data.flaws import warn_of_columns, warn_of_pooled
from skmine.data.ladder import Ladder, encode_columns
from skmine.data.refinement import Refinement
from skmine.data.source import Source
from skmine.data.supervised_batch import SupervisedBatch
from skmine.data.target import check_target
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import ColumnScores, score_columns
from skmine.estimation.folds import count_pieces
from skmine.estimation.hash_folds import HashKFold
from skmine.estimation.piece_counts import Pieces, add_cells, coarsen
from skmine.estimation.plan import Plan
from skmine.estimation.streaming import PairTables, StreamCounter
from skmine.exceptions import FewRowsWarning, warn

#: Grids that are counted on: up to 192 nodes, whose counts take two megabytes for each column.
PLACES = range(3)

#: Rows of the first batch from which on its quantiles are good to a tenth of a node.
ENOUGH_ROWS = 10_000


@dataclass
class RunningCounts:
    """Counts of columns and a target, on the nodes of the first batch.

    Attributes
    ----------
    names : list of str
        Of the columns and, last, of the target.
    ladder : Ladder
        Of all of them, without codes.
    nodes : list of Refinement
        What each is counted on.
    pieces : Pieces
    tables : list of ndarray of shape (pieces, g, h)
        Counts of each column with the target.
    n_rows : int
    constant : dict of str to value
        Columns that have held one value so far, and that value.
    parts : frozenset of int
        Parts of the table whose rows these are.
    edges : str
        The same for counts on the same nodes, which may be added.
    first_flaws : list of str
        What `data.flaws.find_flaw` says of each column of the first batch.
    """

    names: list[str]
    ladder: Ladder
    nodes: list[Refinement]
    pieces: Pieces
    tables: list[NDArray[np.int64]]
    n_rows: int = 0
    constant: dict[str, Any] = field(default_factory=dict)
    parts: frozenset[int] = frozenset()
    edges: str = ""
    first_flaws: list[str] = field(default_factory=list)

    @classmethod
    def start(
        cls,
        batch: SupervisedBatch,
        flags: Sequence[bool | None],
        classes: Sequence[Any] | None,
        folds: HashKFold,
    ) -> "RunningCounts":
        """Nodes of a first batch, and counts of no rows yet.

        Raises
        ------
        ValueError
            If the target cannot be one.
        """
        *others, target = batch.columns
        target = target if classes is None else _add_classes(target, classes, flags[-1])
        check_target(target)
        n_rows = batch.source.n_rows
        if n_rows < ENOUGH_ROWS:
            warn(
                f"Edges of nodes come from the first batch, which has {n_rows} rows; pass at least {ENOUGH_ROWS} rows "
                f"in the first call of partial_fit.",
                FewRowsWarning,
            )
        budgets = choose_node_budgets(ENOUGH_ROWS)[: len(PLACES)]
        flaws: list[str] = []
        ladder = encode_columns([*warn_of_columns(others, flaws), target], flags, budgets)
        grids = [replace(grid, codes=[]) for grid in ladder.grids]
        ladder = replace(ladder, grids=grids, levels=grids[-1], has_levels=[False] * len(batch.names))
        pooled = [measure_pooled(c, coding) for c, coding in zip([*others, target], grids[-1].codings, strict=True)]
        warn_of_pooled(batch.names, pooled, [*flaws, ""])
        nodes = [Refinement.of([grid.codings[j] for grid in grids]) for j in range(len(batch.names))]
        pieces = Pieces(folds, count_pieces(ENOUGH_ROWS, folds.n_splits))
        tables = [np.zeros((len(pieces), of_column.n_nodes, nodes[-1].n_nodes), np.int64) for of_column in nodes[:-1]]
        constant = {column.name: _find_only_value(column) for column in others if column.is_constant}
        edges = hashlib.sha256(pickle.dumps((batch.names, nodes, folds.seed, len(pieces)))).hexdigest()
        return cls(batch.names, ladder, nodes, pieces, tables, 0, constant, frozenset([folds.part]), edges, flaws)

    def branch(self, part: int) -> "RunningCounts":
        """Counts of no rows yet, on the same nodes, for another part of the table."""
        folds = self.pieces.folds
        return replace(
            self,
            pieces=replace(self.pieces, folds=HashKFold(folds.n_splits, seed=folds.seed, part=part)),
            tables=[np.zeros_like(table) for table in self.tables],
            n_rows=0,
            constant=dict(self.constant),
            parts=frozenset([part]),
        )

    def merge(self, other: "RunningCounts") -> "RunningCounts":
        """Counts of the rows of both, which stay as they are.

        Raises
        ------
        ValueError
            If nodes differ, or a part is in both.
        """
        if self.edges != other.edges:
            raise ValueError(
                "others: one has nodes of another first batch; make all of them by branch of one selector."
            )
        refuse_common_parts(self.parts, other.parts)
        return replace(
            self,
            tables=[own + theirs for own, theirs in zip(self.tables, other.tables, strict=True)],
            n_rows=self.n_rows + other.n_rows,
            constant={name: value for name, value in self.constant.items() if name in other.constant},
            parts=self.parts | other.parts,
        )

    @contextmanager
    def adding(self, batch: SupervisedBatch) -> Iterator["RunningCounts"]:
        """Counts with one more batch; without it again if what is done with them fails.

        Raises
        ------
        ValueError
            If labels stand where there were numbers; nothing is counted then.
        """
        codes = [nodes.encode(column) for nodes, column in zip(self.nodes, batch.columns, strict=True)]
        n_rows, n_before, constant = batch.source.n_rows, self.n_rows, dict(self.constant)
        piece = self.pieces.number(np.arange(n_before, n_before + n_rows, dtype=np.uint64), self.pieces.folds.part)

        def find_cells(j: int) -> NDArray[np.int64]:
            return (piece * self.tables[j].shape[1] + codes[j]) * self.tables[j].shape[2] + codes[-1]

        n_counted = 0
        try:
            for j, table in enumerate(self.tables):
                add_cells(table.reshape(-1), find_cells(j))
                n_counted += 1
            self.n_rows += n_rows
            self._warn_of_changes(batch.columns)
            yield self
        except BaseException:
            for j, table in enumerate(self.tables[:n_counted]):
                np.subtract.at(table.reshape(-1), find_cells(j), 1)
            self.n_rows, self.constant = n_before, constant
            raise

    @property
    def flaws(self) -> list[str]:
        """Those of the first batch, without those of columns that have held one value and hold more by now."""
        of_columns = zip(self.names[:-1], self.ladder.kinds[:-1], self.first_flaws, strict=True)
        return ["" if kind == "constant" and name not in self.constant else flaw for name, kind, flaw in of_columns]

    def _warn_of_changes(self, columns: Sequence[Column]) -> None:
        """Warn once of each column that was constant in the first batch and is not."""
        for column in columns:
            if column.name not in self.constant or _find_only_value(column) == self.constant[column.name]:
                continue
            del self.constant[column.name]
            warn(
                f"Column {column.name!r} held one value in the first batch of partial_fit and holds others now, which "
                f"are not told apart; begin with a batch that has them, or pass rank_columns a list of the batches.",
                FewRowsWarning,
            )

    def score(self, plan: Plan) -> ColumnScores:
        """Scores of all columns by all batches.

        Raises
        ------
        ValueError
            If a fold has no rows.
        """
        n_splits = self.pieces.folds.n_splits
        if not self.tables[0].sum((1, 2)).reshape(n_splits, -1).sum(1).all():
            raise ValueError(
                f"One of {n_splits} folds has none of the {self.n_rows} rows; pass more rows in the first batch, or a "
                f"smaller cv."
            )
        target, d = len(self.names) - 1, len(self.tables)
        tables = {
            (j, target, x_at, y_at): coarsen(table, self.nodes[j].lookups[x_at], self.nodes[-1].lookups[y_at])
            for j, table in enumerate(self.tables)
            for x_at in PLACES
            for y_at in PLACES
        }
        ladder = replace(self.ladder, entropies=self._compute_entropies())
        pairs = PairTables(self.names, ladder, self.pieces, _refuse_to_read, frozenset(), self.n_rows, tables=tables)
        counter = StreamCounter(pairs, list(range(d)), target)
        return score_columns(ladder.only(range(d)), ladder.only([target]), plan, counter)

    def _compute_entropies(self) -> list[float]:
        """Plug-in entropies in nats of columns whose every value has a node; infinite for others."""
        margins = [table.sum((0, 2)) for table in self.tables]
        margins.append(self.tables[0].sum((0, 1)))
        finest = self.ladder.grids[-1]
        return [
            compute_entropy(margin) if done and kind != "continuous" else np.inf
            for margin, done, kind in zip(margins, finest.complete, self.ladder.kinds, strict=True)
        ]


def refuse_common_parts(one: frozenset[int], other: frozenset[int]) -> None:
    """Refuse to add rows of a part of a table twice."""
    if one & other:
        raise ValueError(
            f"Part {min(one & other)} is in two of the selectors, and its rows would count twice; give each branch "
            f"another number."
        )


#: In place of a value where there are more.
_SEVERAL = object()


def _find_only_value(column: Column) -> Any:
    """The one value of a column; None if all are missing."""
    values = column.distinct[0] if column.categories is None else column.categories[column.distinct[0]]
    if len(values) + bool(column.n_missing) > 1:
        return _SEVERAL
    return values[0] if len(values) else None


def _refuse_to_read(*arguments: Any) -> Any:
    raise AssertionError("batches that came once are not read again")


def _add_classes(target: Column, classes: Sequence[Any], flag: bool | None) -> Column:
    """A target with rows for every class that there may be, so that each has a node."""
    labels = Source(np.asarray(classes), argument="classes").column(0)
    if (labels.categories is None) != (target.categories is None):
        raise ValueError(f"classes={classes!r} are not of the type of y; pass the labels that y holds.")
    if labels.categories is None:
        values = np.concatenate([target.values, np.repeat(labels.values, FEWEST_ROWS_OF_CATEGORY)])
        return Column(target.name, values, integral=target.integral)
    assert target.categories is not None
    texts = np.concatenate(
        [
            target.categories.to_numpy()[target.values],
            np.repeat(labels.categories.to_numpy()[labels.values], FEWEST_ROWS_OF_CATEGORY),
        ]
    )
    return Source(texts.astype(object), argument=target.name).column(0)
