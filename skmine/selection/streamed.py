"""Every column by itself, of a table that is read in batches.

Design notes. The same scores as `marginal` makes of a table in memory, from counts instead of rows. One pass leaves a
sample and counts of single columns, which the nodes of all grids come from; the next ones count pairs. Columns are
scored in blocks whose counts fit into memory, and each block reads its own columns only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skmine.data.batches import Batch
from skmine.data.coding import CategoryCoding
from skmine.data.column import Column
from skmine.data.flaws import warn_of_columns, warn_of_pooled
from skmine.data.group import ColumnGroup
from skmine.data.ladder import CodedColumns, Ladder, encode_columns
from skmine.data.naming import resolve_discrete
from skmine.data.source import Source, describe_infinite
from skmine.data.streams import Stream
from skmine.data.summary import ROWS_OF_SAMPLE, TableSummary
from skmine.data.target import check_target
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import ColumnScores, score_columns
from skmine.estimation.counting import RowCounter
from skmine.estimation.evidence import Evidence
from skmine.estimation.folds import count_pieces, make_folds
from skmine.estimation.hash_folds import HashKFold
from skmine.estimation.piece_counts import Pieces
from skmine.estimation.plan import Plan
from skmine.estimation.streaming import RecordingCounter, Request, StreamCounter
from skmine.selection.marginal import MarginalScores, encode_target, warn_of_leaks

#: Columns whose counts are in memory at a time: some 150 megabytes.
COLUMNS_PER_BLOCK = 64

#: Cells of the sample, of which wide tables get fewer rows, and the fewest rows.
CELLS_OF_SAMPLE = 30_000_000
FEWEST_SAMPLED = 20_000


@dataclass(frozen=True)
class StreamedTable:
    """A stream, its target, and how its rows are read.

    Attributes
    ----------
    stream : Stream
    target : str
    drop_missing : bool
        Whether rows without a target are left out; otherwise they are refused.
    """

    stream: Stream
    target: str
    drop_missing: bool = False

    @property
    def names(self) -> list[str]:
        """The other columns."""
        return [name for name in self.stream.names if name != self.target]

    def read(self, names: Sequence[str]) -> Iterator[Batch]:
        """Batches of some columns, in the rows that have a target."""
        wanted = list(dict.fromkeys([*names, self.target]))
        for batch in self.stream.iterate(wanted):
            if not self.drop_missing:
                yield batch
                continue
            kept = batch.keep(~batch.column(self.target, as_text=batch.is_text(self.target)).missing)
            if kept.n_rows:
                yield kept


def score_stream(
    table: StreamedTable,
    *,
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    infinite: str = "error",
    cv: Any = 3,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[MarginalScores, int]:
    """Score every column of a stream with one of them; the scores, and the number of rows.

    Parameters are those of `rank_columns`.
    """
    table.stream.check_name(table.target, "Target")
    names, seed = table.names, int(check_random_state(random_state).randint(2**31 - 1))
    if not names:
        raise ValueError(f"Target {table.target!r} is the only column; there is none to rank.")
    flags = resolve_discrete(discrete_features, names)
    of_target = None if isinstance(discrete_target, str) else bool(discrete_target)
    folds = _make_splitter(cv, seed)
    every = [*names, table.target]
    n_sampled = int(np.clip(CELLS_OF_SAMPLE // len(every), FEWEST_SAMPLED, ROWS_OF_SAMPLE))
    summary = TableSummary.of_batches(table.read(every), every, seed, n_sampled)
    _check_summary(summary, table, folds, infinite)
    described = summary.describe(table.target, of_target)
    check_target(described)
    budgets = choose_node_budgets(summary.n_rows)
    flaws: list[str] = []
    columns = (summary.describe(name, flag) for name, flag in zip(names, flags, strict=True))
    ladder = encode_columns(warn_of_columns(columns, flaws), flags, budgets)
    goal = encode_target(described, of_target, budgets)
    warn_of_pooled(every, [*ladder.pooled, goal.pooled[0]], [*flaws, ""])
    codings = [*ladder.levels.codings, *goal.levels.codings]
    texts = frozenset(
        name
        for name, coding in zip(every, codings, strict=True)
        if summary.tallies[name].form == "texts" and isinstance(coding, CategoryCoding)
    )
    pieces = Pieces(folds, count_pieces(summary.n_rows // folds.n_splits, folds.n_splits))
    plan = Plan([], None, device, n_jobs)
    parts = []
    for first in range(0, len(names), COLUMNS_PER_BLOCK):
        places = range(first, min(first + COLUMNS_PER_BLOCK, len(names)))
        block = ladder.only(places)
        own = [names[j] for j in places]
        foreseen = foresee(summary, own, table.target, block, goal, replace(plan, folds=_split_sample(summary, folds)))
        counter = StreamCounter(own, table.target, block, goal, pieces, table.read, texts, foreseen)
        of_block = replace(plan, progress=progress).report_after(first, len(names))
        parts.append(score_columns(block, goal, of_block, counter))
    scores = join_scores(parts)
    sample = Source(summary.sample[names], argument="table", infinite="missing")
    targets = ColumnGroup([summary.sample_column(table.target)], [of_target])
    warn_of_leaks(sample, flags, targets, scores)
    return MarginalScores(names, scores, plan, flaws, ladder, flags, targets), summary.n_rows


def _make_splitter(cv: Any, seed: int) -> HashKFold:
    """Folds by hash; other splitters need all rows at hand."""
    if isinstance(cv, HashKFold):
        return cv
    if isinstance(cv, (int, np.integer)):
        return HashKFold(int(cv), seed=seed)
    raise ValueError(
        f"cv={cv!r} needs all rows at hand, but the table is read in batches; pass a number of folds, or HashKFold."
    )


def _check_summary(summary: TableSummary, table: StreamedTable, folds: HashKFold, infinite: str) -> None:
    """Refuse a table without enough rows, or with infinite values that are not to be missing."""
    if summary.n_rows < folds.n_splits:
        why = f" with a target {table.target!r}" if table.drop_missing else ""
        raise ValueError(
            f"cv={folds.n_splits} folds need at least {folds.n_splits} rows, got {summary.n_rows} rows{why}; pass more "
            f"rows or a smaller cv."
        )
    counts = summary.list_infinite()
    if table.target in counts:
        raise ValueError(
            f"Target {table.target!r} contains infinity ({counts[table.target]} of {summary.n_rows} rows); replace it "
            f"by a finite value, or drop those rows."
        )
    if counts and infinite == "error":
        raise ValueError(describe_infinite(counts, summary.n_rows, "table"))


def _split_sample(summary: TableSummary, folds: HashKFold) -> list[Any]:
    return make_folds(HashKFold(folds.n_splits, seed=folds.seed), len(summary.sample))


def foresee(
    summary: TableSummary, names: Sequence[str], target: str, ladder: Ladder, goal: Ladder, plan: Plan
) -> set[Request]:
    """Which pairs of nodes scores of all rows will ask for: those that the sample's ask for, and the second grid's."""
    on_sample = _encode_sample(ladder, [summary.sample_column(name) for name in names])
    goal_on_sample = _encode_sample(goal, [summary.sample_column(target)])
    counter = RecordingCounter(RowCounter.of_plan(on_sample, goal_on_sample, plan))
    score_columns(on_sample, goal_on_sample, plan, counter)
    second = min(1, len(ladder.grids) - 1)
    varying = [j for j, kind in enumerate(ladder.kinds) if kind != "constant"]
    return counter.asked | {(j, second, second) for j in varying}


def _encode_sample(ladder: Ladder, columns: Sequence[Column]) -> Ladder:
    """The sample's codes on the nodes of all rows."""

    def encode(grid: CodedColumns) -> CodedColumns:
        codes = [
            coding.encode(column).astype(np.min_scalar_type(coding.n_nodes))
            for coding, column in zip(grid.codings, columns, strict=True)
        ]
        return replace(grid, codes=codes)

    return replace(ladder, grids=[encode(grid) for grid in ladder.grids], levels=encode(ladder.levels))


def join_scores(parts: Sequence[ColumnScores]) -> ColumnScores:
    """The scores of blocks of columns, in their order."""

    def join(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(values)

    evidence = Evidence(
        **{field.name: join([getattr(part.evidence, field.name) for part in parts]) for field in fields(Evidence)}
    )
    return ColumnScores(
        kind=join([part.kind for part in parts]),
        mi=join([part.mi for part in parts]),
        evidence=evidence,
        coding_loss=join([part.coding_loss for part in parts]),
        readings=join([part.readings for part in parts]),
    )
