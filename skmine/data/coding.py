"""Columns become codes: the one place that decides what a column is.

Everything after this module sees node numbers only. Design notes:

- *Ordered* values (numbers, booleans, dates, ordered categoricals) are cut at quantiles, so a code
  depends on the order of the values alone and any strictly increasing transform that keeps ties
  leaves every code, hence every answer, as it was. MI is invariant under such transforms.
- Quantile nodes have **arcsine-spaced edges**, (1 - cos(pi k / G)) / 2: fine at both tails, where the
  support of a law has its sharp edges, coarse in the middle.
- Tied values share a mid-rank. Few distinct values get a node each; a value that holds more than
  its share of the rows ("heavy") is a node by itself and never drags its neighbours along.
- *Unordered* values (strings, categoricals) get a node each; rare ones are pooled into one node.
- Missing values are a node of their own, so missingness is information, not an error.
- Edges are unsupervised and use all rows: only critics are held out. New rows are coded by the
  learned edges.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Recorded beside the pretrained weights: they read tables that this version makes.
ENCODING_VERSION = 1

#: A category with fewer rows than this is pooled: no fold can learn anything from it.
RARE = 5

Kind = Literal["constant", "continuous", "discrete", "categorical"]


# From counts of distinct values to nodes ------------------------------------------------------------


def node_edges(n_nodes: int) -> NDArray[np.float64]:
    """Inner edges of `n_nodes` arcsine-spaced nodes on the rank scale, (n_nodes - 1,)."""
    return (1 - np.cos(np.pi * np.arange(1, n_nodes) / n_nodes)) / 2


def quantile_nodes(counts: NDArray[Any], n_nodes: int) -> NDArray[np.int64]:
    """Nodes of ordered distinct values.

    Parameters
    ----------
    counts : ndarray of shape (n_values,)
        Rows that hold each distinct value, in the order of the values.
    n_nodes : int
        Largest number of nodes.

    Returns
    -------
    ndarray of shape (n_values,)
        Non-decreasing node numbers 0, 1, ... without gaps, at most `n_nodes` of them.
    """
    n_values = len(counts)
    if n_values <= n_nodes:
        return np.arange(n_values)
    # A heavy value is alone and may split one node of light values: two nodes each, at most.
    n_heaviest = max(n_nodes // 4, 1)
    heaviest = np.argpartition(counts, -n_heaviest)[-n_heaviest:]
    heavy = np.zeros(n_values, bool)
    heavy[heaviest] = counts[heaviest] * n_nodes > counts.sum()
    light = np.where(heavy, 0, counts)
    middle = (np.cumsum(light) - light / 2) / light.sum()
    bins = np.searchsorted(node_edges(n_nodes - 2 * int(heavy.sum())), middle, side="right")
    starts = np.zeros(n_values, bool)
    starts[1:] = (bins[1:] != bins[:-1]) | heavy[1:] | heavy[:-1]
    return np.cumsum(starts)


def category_nodes(counts: NDArray[Any], n_nodes: int) -> NDArray[np.int64]:
    """Nodes of unordered distinct values: a node each, rare ones in one node at the end.

    Parameters
    ----------
    counts : ndarray of shape (n_values,)
        Rows that hold each category.
    n_nodes : int
        Largest number of nodes. Where more categories have `RARE` rows or more, the most
        frequent ones keep a node each; where none has, two rows are enough (small samples).
    """
    counts = np.asarray(counts)
    own = counts >= (RARE if counts.max(initial=0) >= RARE else 2)
    if own.sum() + (not own.all()) > n_nodes:
        own[:] = False
        own[np.argsort(-counts, kind="stable")[: n_nodes - 1]] = True
    nodes = np.cumsum(own) - 1
    nodes[~own] = own.sum()
    return nodes


# Columns and their codings --------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column in canonical form.

    Attributes
    ----------
    name : str
    values : ndarray of shape (n,)
        Ordered columns: float64, NaN where missing. Unordered ones: category numbers, int64, -1
        where missing.
    categories : pandas.Index or None
        What the category numbers stand for; None for an ordered column.
    integral : bool
        Whether the values came as integers or categories (what an identifier looks like).
    """

    name: str
    values: NDArray[Any]
    categories: pd.Index | None = None
    integral: bool = False

    @property
    def missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.values) if self.categories is None else self.values < 0

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """Rows in the order of their values, missing ones last in an ordered column."""
        return np.argsort(self.values)

    @functools.cached_property
    def in_order(self) -> NDArray[Any]:
        """The values in order. Sorted once, however many codings look."""
        return self.values[self.order]


@dataclass(frozen=True)
class Coding(ABC):
    """How a column's values become nodes, learned from one sample of it.

    Attributes
    ----------
    kind : {"constant", "continuous", "discrete", "categorical"}
    n_nodes : int
        Nodes in use; codes are 0 .. n_nodes - 1.
    missing : int
        Node of missing values. Where the sample had none: the middle node, or the strangers'.
    """

    kind: Kind
    n_nodes: int
    missing: int

    def encode(self, column: Column) -> NDArray[np.int64]:
        """Codes of a column, of this sample or of new rows, (n,) int64."""
        codes = self._encode(column)
        absent = column.missing
        if absent.any():
            codes[absent] = self.missing
        return codes

    @abstractmethod
    def _encode(self, column: Column) -> NDArray[np.int64]:
        """Codes of the rows that are not missing."""


@dataclass(frozen=True)
class OrderedCoding(Coding):
    """Nodes cut at quantiles: `upper` holds the largest value of each node but the last."""

    upper: NDArray[np.float64]

    def _encode(self, column: Column) -> NDArray[np.int64]:
        if column.categories is not None:
            raise ValueError(
                f"Column {column.name!r} holds categories such as {column.categories[0]!r} but held "
                f"numbers in fit; pass numbers."
            )
        ends = np.searchsorted(column.in_order, self.upper, side="right")
        sizes = np.diff(ends, prepend=0, append=len(column.values))
        codes = np.empty(len(column.values), np.int64)
        codes[column.order] = np.repeat(np.arange(len(sizes)), sizes)
        return codes


@dataclass(frozen=True)
class CategoryCoding(Coding):
    """Nodes of categories: `lookup` holds the node of each one of `categories`.

    Its one further entry is `stranger`, the node of categories that the sample did not have: the
    pooled node, else that of missing values, else the most frequent one.
    """

    lookup: NDArray[np.int64]
    categories: pd.Index

    @property
    def stranger(self) -> int:
        return int(self.lookup[-1])

    def _encode(self, column: Column) -> NDArray[np.int64]:
        numbers = as_categories(column)
        assert numbers.categories is not None
        if numbers.categories is self.categories:
            return self.lookup[numbers.values]
        known = self.categories.get_indexer(numbers.categories)  # -1, a stranger, reads the last entry
        return np.append(self.lookup[known], self.stranger)[numbers.values]


def fit_codings(column: Column, budgets: Sequence[int], *, discrete: bool | None = None) -> list[Coding]:
    """Learn a column's codings at several node counts (sorting it only once).

    Parameters
    ----------
    column : Column
    budgets : sequence of int
        Largest number of nodes of each coding.
    discrete : bool or None
        True: every value is a category. False: continuous. None: by dtype and ties.

    Raises
    ------
    ValueError
        If `discrete` is False and the column has categories that are not numbers.
    """
    if column.categories is not None and discrete is False:
        raise ValueError(
            f"Column {column.name!r} is marked as continuous but holds categories such as "
            f"{column.categories[0]!r}; mark it as discrete or use 'auto'."
        )
    if discrete:
        column = as_categories(column)
    n_absent = int(column.missing.sum())
    n_present = len(column.values) - n_absent
    # Missing values are NaN, last in order, or category -1, first.
    first = n_absent if column.categories is not None else 0
    present = column.in_order[first : first + n_present]
    values, counts = _distinct(present)
    kind: Kind
    if len(values) + (n_absent > 0) <= 1:
        kind = "constant"
    elif column.categories is not None:
        kind = "categorical"
    elif discrete is None and len(values) <= max(budgets) and 2 * len(values) <= n_present:
        kind = "discrete"
    else:
        kind = "continuous"
    if column.categories is None:
        return [_ordered_coding(values, counts, n_absent > 0, kind, budget) for budget in budgets]
    return [_category_coding(column.categories, values, counts, n_absent > 0, kind, budget) for budget in budgets]


def _ordered_coding(
    values: NDArray[np.float64], counts: NDArray[np.int64], has_missing: bool, kind: Kind, budget: int
) -> Coding:
    tied = counts.max(initial=0) > 1
    last = _last_of_nodes(counts, budget - has_missing) if tied else _untied(len(values), budget - has_missing)
    n_nodes = len(last) + (len(values) > 0)
    missing = n_nodes if has_missing else n_nodes // 2
    return OrderedCoding(kind, n_nodes + has_missing, missing, values[last])


def _last_of_nodes(counts: NDArray[np.int64], n_nodes: int) -> NDArray[np.int64]:
    """Number of the last distinct value of each quantile node but the last one."""
    return np.flatnonzero(np.diff(quantile_nodes(counts, n_nodes)))


@functools.lru_cache(maxsize=64)
def _untied(n_values: int, n_nodes: int) -> NDArray[np.int64]:
    """The same where no two rows share a value: one answer for every such column."""
    return _last_of_nodes(np.ones(n_values, np.int64), n_nodes)


def _category_coding(
    categories: pd.Index,
    values: NDArray[np.int64],
    counts: NDArray[np.int64],
    has_missing: bool,
    kind: Kind,
    budget: int,
) -> Coding:
    nodes = category_nodes(counts, budget - has_missing)
    n_nodes = int(nodes.max(initial=-1)) + 1
    pooled = counts[nodes == n_nodes - 1]
    if len(pooled) > 1 or (len(pooled) == 1 and pooled[0] < RARE):
        stranger = n_nodes - 1
    else:
        stranger = n_nodes if has_missing else int(np.bincount(nodes, counts, minlength=1).argmax())
    lookup = np.full(len(categories) + 1, stranger)
    lookup[values] = nodes
    return CategoryCoding(kind, n_nodes + has_missing, n_nodes if has_missing else stranger, lookup, categories)


def as_categories(column: Column) -> Column:
    """An ordered column with its distinct numbers as categories; others come back as they are."""
    if column.categories is not None:
        return column
    numbers, categories = pd.factorize(column.values, sort=True)
    return Column(column.name, numbers.astype(np.int64), pd.Index(categories), column.integral)


def _distinct(in_order: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values and their counts, from values in order."""
    if not len(in_order):
        return in_order, np.empty(0, np.int64)
    last = np.flatnonzero(np.r_[in_order[1:] != in_order[:-1], True])
    return in_order[last], np.diff(last, prepend=-1)
