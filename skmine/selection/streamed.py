"""Scores of columns of a table that is read in batches.

Design notes. The same scores as of a table in memory, from counts instead of rows. One pass leaves a sample and counts
of single columns, which the nodes of all grids come from; the next ones count pairs. Columns are scored in blocks whose
counts fit into memory, and each block reads its own columns only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.coding import CategoryCoding
from skmine.data.column import ColumnSummary
from skmine.data.flaws import find_flaw, warn_of_columns, warn_of_pooled
from skmine.data.group import ColumnGroup
from skmine.data.ladder import Ladder, encode_columns
from skmine.data.naming import resolve_discrete
from skmine.data.row_sample import RowSample
from skmine.data.source import Source, describe_infinite
from skmine.data.stream import Stream
from skmine.data.streamed_table import StreamedTable
from skmine.data.summary import TableSummary
from skmine.data.target import check_target, read_flag, refuse_missing
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import ColumnScores, score_columns
from skmine.estimation.counting import RowCounter
from skmine.estimation.evidence import Evidence
from skmine.estimation.folds import Fold, count_pieces, make_folds
from skmine.estimation.hash_folds import HashKFold, make_hash_folds
from skmine.estimation.piece_counts import Pieces
from skmine.estimation.plan import Plan
from skmine.estimation.streaming import PairTables, RecordingCounter, Request, StreamCounter
from skmine.selection.marginal import MarginalScores, check_groups_of_target, warn_of_leaks

#: Columns whose counts with a target are in memory at a time: some 150 megabytes.
COLUMNS_PER_BLOCK = 64


@dataclass(frozen=True)
class StreamedColumns:
    """What is known of a table before pairs of its columns are counted.

    Attributes
    ----------
    names : list of str
        Of all columns; the target, if there is one, is the last.
    flags : list of bool or None
        Whether each is discrete; None where it decides.
    flaws : list of str
        What `data.flaws.find_flaw` says of each.
    set_aside : dict of str to str
        Flaws of the columns that are left out.
    summary : TableSummary
    ladder : Ladder
        Of all columns, without codes.
    on_sample : Ladder
        The sample's rows on the same nodes.
    sample_folds : list of Fold
    pairs : PairTables
    """

    names: list[str]
    flags: list[bool | None]
    flaws: list[str]
    set_aside: dict[str, str]
    summary: TableSummary
    ladder: Ladder
    on_sample: Ladder
    sample_folds: list[Fold]
    pairs: PairTables

    def count(self, columns: Sequence[int], target: int) -> StreamCounter:
        """The counter of some columns and another one."""
        return StreamCounter(self.pairs, list(columns), target)

    def record(self, columns: Sequence[int], target: int, asked: set[Request]) -> RecordingCounter:
        """The sample's counter of the same, which adds what it is asked for."""
        rows = RowCounter(self.on_sample.only(columns), self.on_sample.only([target]), self.sample_folds)
        return RecordingCounter(rows, list(columns), target, asked)

    def list_second_grids(self, columns: Sequence[int], target: int) -> set[Request]:
        """Requests for the grids that any link is scored on once it is seen: with more rows, more are."""
        second = min(1, len(self.ladder.grids) - 1)
        varying = (j for j in columns if self.ladder.kinds[j] != "constant")
        return {(j, target, second, second) for j in varying}


def read_stream(
    table: StreamedTable, discrete_features: Any, discrete_target: Any, infinite: str, cv: Any, random_state: Any
) -> StreamedColumns:
    """Read a table once: nodes of all columns, from counts and a sample.

    Raises
    ------
    ValueError
        If there is no target of this name or if it cannot be one, if rows are too few, if values are infinite, or if
        `cv` needs all rows at hand.
    """
    names = [name for name in table.stream.names if name != table.target]
    flags = resolve_discrete(discrete_features, names)
    if table.target is not None:
        table.stream.check_name(table.target, "Target")
        if not names:
            raise ValueError(f"Target {table.target!r} is the only column; there is none to rank.")
        names, flags = [*names, table.target], [*flags, read_flag(discrete_target)]
    folds = make_hash_folds(cv, random_state)
    summary = table.summarise(names)
    _check_summary(summary, table, folds, infinite)
    described = [summary.describe(name, flag) for name, flag in zip(names, flags, strict=True)]
    aside = _find_set_aside(described, table)
    kept = [j for j, name in enumerate(names) if name not in aside]
    names, flags, described = [names[j] for j in kept], [flags[j] for j in kept], [described[j] for j in kept]
    if table.target is not None:
        check_target(described[-1])
    flaws: list[str] = []
    n_others = len(names) - (table.target is not None)
    columns = [*warn_of_columns(described[:n_others], flaws), *described[n_others:]]
    flaws += [""] * (len(names) - n_others)
    ladder = encode_columns(columns, flags, choose_node_budgets(summary.n_rows))
    if table.target is not None:
        check_groups_of_target(table.target, ladder.only([len(names) - 1]))
    warn_of_pooled(names, ladder.pooled, flaws)
    codings = zip(names, ladder.levels.codings, strict=True)
    texts = {n for n, c in codings if summary.tallies[n].form == "texts" and isinstance(c, CategoryCoding)}
    pieces = Pieces(folds, count_pieces(summary.n_rows // folds.n_splits, folds.n_splits))
    return StreamedColumns(
        names=names,
        flags=flags,
        flaws=flaws,
        set_aside=aside,
        summary=summary,
        ladder=ladder,
        on_sample=ladder.encode([summary.sample_column(name) for name in names]),
        sample_folds=make_folds(HashKFold(folds.n_splits, seed=folds.seed), len(summary.sample)),
        pairs=PairTables(names, ladder, pieces, table.reduce, frozenset(texts), summary.n_rows),
    )


def sample_rows(stream: Stream) -> RowSample:
    """The sample of a table, the same at each call."""
    return stream.reduce(stream.names, partial(RowSample.of_batches, names=stream.names), RowSample.join)


def draw_sampled_rows(stream: Stream, targets: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sample of a table, the same at each call, without its targets; and these.

    Raises
    ------
    ValueError
        If there is no target of one of these names.
    """
    for name in targets:
        stream.check_name(name, "Target")
    sample = sample_rows(stream).frame
    return sample.drop(columns=list(targets)), sample[list(targets)]


def _find_set_aside(columns: Sequence[ColumnSummary], table: StreamedTable) -> dict[str, str]:
    """Flaws of the columns that are left out; none, if no other would be left."""
    flaws = {column.name: find_flaw(column) for column in columns if column.name != table.target}
    aside = {name: flaw for name, flaw in flaws.items() if flaw in table.set_aside}
    return aside if len(aside) < len(flaws) else {}


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
) -> tuple[MarginalScores, StreamedColumns]:
    """Score every column of a stream with its target; the scores, and what is known of the table.

    Parameters are those of `rank_columns`.
    """
    known = read_stream(table, discrete_features, discrete_target, infinite, cv, random_state)
    target, plan = len(known.names) - 1, Plan([], None, device, n_jobs)
    names, flags = known.names[:target], known.flags[:target]
    goal, parts = known.ladder.only([target]), []
    for first in range(0, target, COLUMNS_PER_BLOCK):
        places = list(range(first, min(first + COLUMNS_PER_BLOCK, target)))
        asked = known.list_second_grids(places, target)
        counter = known.record(places, target, asked)
        score_columns(counter.rows.ladder, counter.rows.target, plan, counter)
        known.pairs.foreseen = asked
        of_block = replace(plan, progress=progress).report_after(first, target)
        parts.append(score_columns(known.ladder.only(places), goal, of_block, known.count(places, target)))
        known.pairs.tables.clear()
    scores = join_scores(parts)
    sample = Source(known.summary.sample[names], argument="table", infinite="missing")
    targets = ColumnGroup([known.summary.sample_column(known.names[-1])], known.flags[-1:])
    warn_of_leaks(sample, flags, targets, scores)
    of_columns = known.ladder.only(range(target))
    return MarginalScores(names, scores, known.flaws[:target], plan, of_columns, flags, targets), known


def _check_summary(summary: TableSummary, table: StreamedTable, folds: HashKFold, infinite: str) -> None:
    """Refuse a table without enough rows, or with infinite values that are not to be missing."""
    if summary.n_rows < folds.n_splits:
        why = f" with a target {table.target!r}" if table.drop_missing else ""
        raise ValueError(
            f"cv={folds.n_splits} folds need at least {folds.n_splits} rows, got {summary.n_rows} rows{why}; pass more "
            f"rows or a smaller cv."
        )
    counts = summary.list_infinite()
    if table.target is not None:
        n_missing = summary.tallies[table.target].n_missing - counts.get(table.target, 0)
        refuse_missing(table.target, n_missing, summary.n_rows)
    if table.target in counts:
        raise ValueError(
            f"Target {table.target!r} contains infinity ({counts[table.target]} of {summary.n_rows} rows); replace it "
            f"by a finite value, or drop those rows."
        )
    if counts and infinite == "error":
        raise ValueError(describe_infinite(counts, summary.n_rows, "table"))


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
