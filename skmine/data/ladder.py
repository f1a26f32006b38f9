"""Columns coded for grids of nodes, from coarse to fine, and with a node for every level."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skmine.data.coding import (
    FEWEST_ROWS_OF_SMALL_SAMPLE,
    Coding,
    fit_coding,
    has_node_per_value,
    measure_pooled,
)
from skmine.data.column import Column, Distribution, Kind
from skmine.data.counts import compute_entropy

#: Most levels of a column that have a node each; the rarer ones are pooled. Counts of so many levels and a grid of 48
#: nodes take a megabyte for each part of the rows.
MOST_LEVELS = 4096

#: Place of the levels on a ladder, beside those of its grids.
AT_LEVELS = -1


@dataclass(frozen=True)
class CodedColumns:
    """Columns as codes of at most `budget` nodes each; `complete`: whether every value has a node of its own.

    Columns whose rows are elsewhere have codings and no codes.
    """

    budget: int
    codings: list[Coding] = field(default_factory=list)
    codes: list[NDArray[np.unsignedinteger]] = field(default_factory=list)
    complete: list[bool] = field(default_factory=list)

    def add(self, column: Distribution, coding: Coding) -> None:
        """Code one more column."""
        self.codings.append(coding)
        if isinstance(column, Column):
            self.codes.append(coding.encode(column).astype(np.min_scalar_type(coding.n_nodes)))
        self.complete.append(has_node_per_value(column, coding))

    def take_last(self, grid: "CodedColumns") -> None:
        """Take the last column of another grid over as it is there."""
        self.codings.append(grid.codings[-1])
        self.codes.extend(grid.codes[-1:])
        self.complete.append(grid.complete[-1])

    def only(self, places: Iterable[int]) -> "CodedColumns":
        """Some of the columns, in the order given."""
        chosen = list(places)
        return CodedColumns(
            self.budget,
            [self.codings[j] for j in chosen],
            [self.codes[j] for j in chosen] if self.codes else [],
            [self.complete[j] for j in chosen],
        )

    @property
    def n_nodes(self) -> NDArray[np.int64]:
        """Nodes in use of each column."""
        return np.array([c.n_nodes for c in self.codings])


@dataclass(frozen=True)
class Ladder:
    """Columns on grids of more and more nodes, and what they were taken for.

    Attributes
    ----------
    kinds : list of str
    grids : list of CodedColumns
        Coarse to fine.
    levels : CodedColumns
        A node for each level of discrete and categorical columns, up to `MOST_LEVELS`; the finest grid's nodes of the
        others.
    has_levels : list of bool
    entropies : list of float
        Plug-in entropies in nats, which bound what a column shares; infinite for continuous ones.
    pooled : list of float
        Fraction of the rows whose label shares its node with others.
    extra : list of CodedColumns
        Further grids that were asked for.
    """

    kinds: list[Kind]
    grids: list[CodedColumns]
    levels: CodedColumns
    has_levels: list[bool]
    entropies: list[float]
    pooled: list[float]
    extra: list[CodedColumns] = field(default_factory=list)

    def only(self, places: Iterable[int]) -> "Ladder":
        """Some of the columns, in the order given."""
        chosen = list(places)
        return Ladder(
            [self.kinds[j] for j in chosen],
            [grid.only(chosen) for grid in self.grids],
            self.levels.only(chosen),
            [self.has_levels[j] for j in chosen],
            [self.entropies[j] for j in chosen],
            [self.pooled[j] for j in chosen],
            [grid.only(chosen) for grid in self.extra],
        )

    def encode(self, columns: Sequence[Column]) -> "Ladder":
        """Rows of the same columns on the same nodes."""

        def encode(grid: CodedColumns) -> CodedColumns:
            pairs = zip(grid.codings, columns, strict=True)
            codes = [coding.encode(column).astype(np.min_scalar_type(coding.n_nodes)) for coding, column in pairs]
            return replace(grid, codes=codes)

        return replace(self, grids=[encode(grid) for grid in self.grids], levels=encode(self.levels))

    def at(self, place: int) -> CodedColumns:
        """A grid of the ladder, or its levels."""
        return self.levels if place == AT_LEVELS else self.grids[place]

    def on_extra(self, index: int) -> "Ladder":
        """The same columns on one of the further grids alone, where no level has a node beyond it."""
        grid = self.extra[index]
        return replace(self, grids=[grid], levels=grid, has_levels=[False] * len(self.kinds), extra=[])


def encode_columns(
    columns: Iterable[Distribution],
    flags: Sequence[bool | None],
    budgets: Sequence[int],
    extra_nodes: Sequence[int] = (),
) -> Ladder:
    """Code columns at every node count of a ladder of grids, converting each column once.

    Parameters
    ----------
    columns : iterable of Distribution
    flags : sequence of bool or None
        Whether each is discrete.
    budgets : sequence of int
        Node counts, coarse to fine.
    extra_nodes : sequence of int
        Node counts of further grids.
    """
    grids, extra = ([CodedColumns(budget) for budget in counts] for counts in (budgets, extra_nodes))
    out = Ladder([], grids, CodedColumns(MOST_LEVELS), [], [], [], extra)
    for column, discrete in zip(columns, flags, strict=True):
        for grid in (*grids, *extra):
            grid.add(column, fit_coding(column, grid.budget, discrete=discrete))
        kind = column.kind(discrete)
        has_levels = kind in ("discrete", "categorical")
        if has_levels and not grids[-1].complete[-1]:
            # A level of two rows may stand in training and in test rows; of one row, never.
            coding = fit_coding(column, MOST_LEVELS, discrete=discrete, fewest=FEWEST_ROWS_OF_SMALL_SAMPLE)
            out.levels.add(column, coding)
        else:
            out.levels.take_last(grids[-1])
        out.kinds.append(kind)
        out.has_levels.append(has_levels)
        counts = np.append(column.distinct[1], column.n_missing)
        out.entropies.append(math.inf if kind == "continuous" else compute_entropy(counts))
        out.pooled.append(measure_pooled(column, out.levels.codings[-1]))
    return out
