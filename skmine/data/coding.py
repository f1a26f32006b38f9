"""Columns become codes: the node of each row.

Grids and the coded side of a partition see node numbers only. Design notes:

- *Ordered* values (numbers, booleans, dates, ordered categoricals) are cut at quantiles, so a code
  depends on the order of the values alone and any strictly increasing transform that keeps ties
  leaves every code, hence every answer, as it was. MI is invariant under such transforms.
- Quantile nodes have **arcsine-spaced edges**, (1 - cos(pi k / G)) / 2: fine at both tails, where the
  support of a law has its sharp edges, coarse in the middle.
- Tied values share a mid-rank. Few distinct values get one node each; a value that holds more rows than
  a node does on average ("heavy") has a node of its own, without its neighbours.
- *Unordered* values (strings, categoricals) get one node each; rare ones are pooled into one node.
- Missing values are a node of their own, so missingness is information, not an error.
- Edges are unsupervised and use all rows: only critics are held out. New rows are coded by the
  learned edges.
"""

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.column import Column, Distribution
from skmine.data.labels import find_labels

#: Recorded beside the pretrained weights, which read counts as this version of the module makes them.
ENCODING_VERSION = 1

#: A category with fewer rows is pooled: of five rows, three folds train on three and test on two; of fewer, a
#: critic sees too little to say anything of the others.
FEWEST_ROWS_OF_CATEGORY = 5

#: The same in samples where no category has that many: what does not repeat cannot be learned at all.
FEWEST_ROWS_OF_SMALL_SAMPLE = 2

#: One node in so many may go to a heavy value. Each splits a node of light values, so that heavy values take
#: half of the nodes at most.
NODES_PER_HEAVY_VALUE = 4

#: Codings of untied columns kept at a time: of one table, one for each node count; arbitrary above ten.
CACHED_CODINGS = 64


# From counts of distinct values to nodes ------------------------------------------------------------


def place_edges(n_nodes: int) -> NDArray[np.float64]:
    """Inner edges of `n_nodes` arcsine-spaced nodes on the rank scale, (n_nodes - 1,)."""
    return (1 - np.cos(np.pi * np.arange(1, n_nodes) / n_nodes)) / 2


def assign_quantile_nodes(counts: NDArray[Any], n_nodes: int) -> NDArray[np.int64]:
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
    # A heavy value has a node of its own and may split one node of light values.
    n_heaviest = max(n_nodes // NODES_PER_HEAVY_VALUE, 1)
    heaviest = np.argpartition(counts, -n_heaviest)[-n_heaviest:]
    heavy = np.zeros(n_values, bool)
    heavy[heaviest] = counts[heaviest] * n_nodes > counts.sum()
    light = np.where(heavy, 0, counts)
    middle = (np.cumsum(light) - light / 2) / light.sum()
    bins = np.searchsorted(place_edges(n_nodes - 2 * int(heavy.sum())), middle, side="right")
    starts = np.zeros(n_values, bool)
    starts[1:] = (bins[1:] != bins[:-1]) | heavy[1:] | heavy[:-1]
    return np.cumsum(starts)


def assign_category_nodes(
    counts: NDArray[Any], n_nodes: int, fewest: int = FEWEST_ROWS_OF_CATEGORY
) -> NDArray[np.int64]:
    """Nodes of unordered distinct values: one for each, rare ones in one node at the end.

    Parameters
    ----------
    counts : ndarray of shape (n_values,)
        Rows that hold each category.
    n_nodes : int
        Largest number of nodes.
    fewest : int
        Rows that a category of its own needs. Where more categories have them, the most frequent ones keep one
        node each; where none has, two rows are enough (small samples).
    """
    counts = np.asarray(counts)
    repeated = counts.max(initial=0) >= fewest
    own = counts >= (fewest if repeated else FEWEST_ROWS_OF_SMALL_SAMPLE)
    if own.sum() + (not own.all()) > n_nodes:
        own[:] = False
        own[np.argsort(-counts, kind="stable")[: n_nodes - 1]] = True
    nodes = np.cumsum(own) - 1
    nodes[~own] = own.sum()
    return nodes


# Columns and their codings --------------------------------------------------------------------------


@dataclass(frozen=True)
class Coding(ABC):
    """How a column's values become nodes, learned from one sample of it.

    Attributes
    ----------
    n_nodes : int
        Nodes in use; codes are 0 .. n_nodes - 1.
    missing : int
        Node of missing values. Where the sample had none: the middle node, or that of unknown
        categories.
    """

    n_nodes: int
    missing: int

    def encode(self, column: Column) -> NDArray[np.int64]:
        """Codes of a column, of this sample or of new rows, (n,) int64."""
        codes = self._encode(column)
        absent = column.missing
        if absent.any():
            codes[absent] = self.missing
        return codes

    def forget_values(self) -> "Coding":
        """The same without what only rows of the sample need: nothing but labels that share a node."""
        return self

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
        n_present = len(column.values) - int(column.missing.sum())
        ends = np.searchsorted(column.in_order[:n_present], self.upper, side="right")
        sizes = np.diff(ends, prepend=0, append=len(column.values))
        codes = np.empty(len(column.values), np.int64)
        codes[column.order] = np.repeat(np.arange(len(sizes)), sizes)
        return codes


@dataclass(frozen=True)
class CategoryCoding(Coding):
    """Nodes of categories: `lookup` holds the node of each one of `categories`.

    Its last entry is `unknown`, the node of categories that the sample did not have: the pooled node, else
    that of missing values, else the most frequent one.
    """

    lookup: NDArray[np.int64]
    categories: pd.Index

    @property
    def unknown(self) -> int:
        return int(self.lookup[-1])

    def forget_values(self) -> "CategoryCoding":
        """The same without the categories of the node of unknown ones."""
        known = np.flatnonzero(self.lookup[:-1] != self.unknown)
        return replace(self, lookup=self.lookup[np.append(known, -1)], categories=self.categories[known])

    def _encode(self, column: Column) -> NDArray[np.int64]:
        numbers = column.labelled
        if numbers.categories is self.categories:
            return self.lookup[numbers.values]
        known = find_labels(self.categories, numbers.categories)  # -1, an unknown one, reads the last entry
        return np.append(self.lookup[known], self.unknown)[numbers.values]


def fit_coding(
    column: Distribution, n_nodes: int, *, discrete: bool | None = None, fewest: int = FEWEST_ROWS_OF_CATEGORY
) -> Coding:
    """Learn how a column becomes nodes; a column is coded once for each number of nodes.

    Parameters
    ----------
    column : Distribution
    n_nodes : int
        Largest number of nodes.
    discrete : bool or None
        True: every value is a category. False: continuous. None: by type and ties.
    fewest : int
        Rows that a label needs for a node of its own.

    Raises
    ------
    ValueError
        If `discrete` is False and the column has categories.
    """
    key = n_nodes, bool(discrete), fewest
    check_flag(column, discrete)
    if key not in column.codings:
        coded = column.labelled if discrete else column
        column.codings[key] = (
            _order_nodes(coded, n_nodes) if coded.categories is None else _pool(coded, n_nodes, fewest)
        )
    coding: Coding = column.codings[key]
    return coding


def has_node_per_value(column: Distribution, coding: Coding) -> bool:
    """Whether every distinct value of a column has a node of its own, so that coding loses nothing."""
    return len(column.distinct[0]) + bool(column.n_missing) <= coding.n_nodes


def measure_pooled(column: Distribution, coding: Coding) -> float:
    """Fraction of the rows whose category shares its node with others."""
    if not isinstance(coding, CategoryCoding):
        return 0.0
    values, counts = column.labelled.distinct
    nodes = coding.lookup[values]
    shared = np.bincount(nodes, minlength=coding.n_nodes) > 1
    return float(counts[shared[nodes]].sum()) / max(column.n_rows, 1)


def check_flag(column: Distribution, discrete: bool | None) -> None:
    """Refuse to take a column of labels as continuous.

    Raises
    ------
    ValueError
        If `discrete` is False and the column has categories.
    """
    if column.categories is not None and discrete is False:
        raise ValueError(
            f"Column {column.name!r} is marked as continuous but holds categories such as "
            f"{column.categories[0]!r}; mark it as discrete or use 'auto'."
        )


def _order_nodes(column: Distribution, budget: int) -> OrderedCoding:
    """Quantile nodes of an ordered column."""
    values, counts = column.distinct
    has_missing = bool(column.n_missing)
    tied = counts.max(initial=0) > 1
    n_left = budget - has_missing
    last = _find_last_values(counts, n_left) if tied else _find_last_untied(len(values), n_left)
    n_nodes = len(last) + (len(values) > 0)
    missing = n_nodes if has_missing else n_nodes // 2
    return OrderedCoding(n_nodes + has_missing, missing, values[last])


def _find_last_values(counts: NDArray[np.int64], n_nodes: int) -> NDArray[np.int64]:
    """Index of the last distinct value of each quantile node but the last one."""
    return np.flatnonzero(np.diff(assign_quantile_nodes(counts, n_nodes)))


@functools.lru_cache(maxsize=CACHED_CODINGS)
def _find_last_untied(n_values: int, n_nodes: int) -> NDArray[np.int64]:
    """The same where no two rows share a value: one answer for every such column."""
    return _find_last_values(np.ones(n_values, np.int64), n_nodes)


def _pool(column: Distribution, budget: int, fewest: int) -> CategoryCoding:
    """Nodes of an unordered column, rare categories in one."""
    values, counts = column.distinct
    has_missing = bool(column.n_missing)
    nodes = assign_category_nodes(counts, budget - has_missing, fewest)
    n_nodes = int(nodes.max(initial=-1)) + 1
    pooled = counts[nodes == n_nodes - 1]
    if len(pooled) > 1 or (len(pooled) == 1 and pooled[0] < fewest):
        unknown = n_nodes - 1
    else:
        unknown = n_nodes if has_missing else int(np.bincount(nodes, counts, minlength=1).argmax())
    n_categories = 0 if column.categories is None else len(column.categories)
    lookup = np.full(n_categories + 1, unknown)
    lookup[values] = nodes
    return CategoryCoding(n_nodes + has_missing, n_nodes if has_missing else unknown, lookup, column.categories)
