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

import difflib
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from skmine.exceptions import IdentifierWarning

#: Recorded beside the pretrained weights: they read tables that this version makes.
ENCODING_VERSION = 1

#: From so many rows on, a target whose labels are all different is refused.
SMALLEST_IDENTIFIER = 10

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
        Whether the values came as integers, dates or categories (what an identifier looks like).
    """

    name: str
    values: NDArray[Any]
    categories: pd.Index | None = None
    integral: bool = False

    @property
    def missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.values) if self.categories is None else self.values < 0


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
        return np.searchsorted(self.upper, column.values, side="left")


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
    absent = column.missing
    n_absent = int(absent.sum())
    present = column.values[~absent] if n_absent else column.values
    values, counts = _distinct(present)
    kind: Kind
    if len(values) + (n_absent > 0) <= 1:
        kind = "constant"
    elif column.categories is not None:
        kind = "categorical"
    elif discrete is None and len(values) <= max(budgets) and 2 * len(values) <= len(present):
        kind = "discrete"
    else:
        kind = "continuous"
    if column.categories is None:
        return [_ordered_coding(values, counts, n_absent > 0, kind, budget) for budget in budgets]
    return [_category_coding(column.categories, values, counts, n_absent > 0, kind, budget) for budget in budgets]


def _ordered_coding(
    values: NDArray[np.float64], counts: NDArray[np.int64], has_missing: bool, kind: Kind, budget: int
) -> Coding:
    nodes = quantile_nodes(counts, budget - has_missing)
    n_nodes = int(nodes.max(initial=-1)) + 1
    missing = n_nodes if has_missing else n_nodes // 2
    return OrderedCoding(kind, n_nodes + has_missing, missing, values[np.flatnonzero(np.diff(nodes))])


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


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values in order and their counts."""
    if not len(values):
        return values, np.empty(0, np.int64)
    values = np.sort(values)
    last = np.flatnonzero(np.r_[values[1:] != values[:-1], True])
    return values[last], np.diff(last, prepend=-1)


# From whatever users have to columns ----------------------------------------------------------------


class Table:
    """Named columns of an array, a sparse matrix, a pandas or a polars frame, read one at a time.

    Parameters
    ----------
    data : array-like of shape (n, d), sparse matrix, or frame
    argument : str, default="X"
        How errors call it.

    Raises
    ------
    ValueError
        If there are no rows, no columns, or two columns of one name.
    """

    def __init__(self, data: Any, *, argument: str = "X") -> None:
        if isinstance(data, pd.Series) or _is_polars(data, "Series"):
            data = data.to_frame()
        if not (isinstance(data, pd.DataFrame) or _is_polars(data, "DataFrame") or sparse.issparse(data)):
            data = np.asarray(data)
            if data.ndim == 1:
                data = data[:, None]
            if data.ndim != 2:
                raise ValueError(f"{argument} must have two dimensions, got shape {data.shape}.")
        elif sparse.issparse(data):
            data = sparse.csc_array(data)
        self.data, self.argument = data, argument
        n, d = data.shape
        if n == 0 or d == 0:
            raise ValueError(f"{argument} is empty: {n} rows and {d} columns; at least one of each is needed.")
        named = hasattr(data, "columns")
        self.names = [str(c) for c in data.columns] if named else [f"x{j}" for j in range(d)]
        if len(set(self.names)) < d:
            twice = next(name for i, name in enumerate(self.names) if name in self.names[:i])
            raise ValueError(f"{argument} has more than one column named {twice!r}; give each its own name.")

    def __len__(self) -> int:
        return int(self.data.shape[0])

    def __iter__(self) -> Iterator[Column]:
        return (self.column(j) for j in range(len(self.names)))

    def column(self, j: int) -> Column:
        """Column j in canonical form."""
        data = self.data
        if isinstance(data, pd.DataFrame):
            raw = data.iloc[:, j]
        elif _is_polars(data, "DataFrame"):
            raw = data.to_series(j)
        elif isinstance(data, np.ndarray):
            raw = data[:, j]
        else:
            raw = data[:, [j]].toarray()[:, 0]
        return as_column(raw, self.names[j])


def as_column(raw: Any, name: str) -> Column:
    """A one-dimensional array or series in canonical form.

    Raises
    ------
    ValueError
        If it holds complex numbers or infinities.
    """
    if _is_polars(raw, "Series"):
        raw = _from_polars(raw)
    if isinstance(raw, pd.Series):
        if isinstance(raw.dtype, pd.CategoricalDtype):
            return _from_categorical(raw.cat, name)
        raw = raw.array if pd.api.types.is_extension_array_dtype(raw.dtype) else raw.to_numpy()
    kind = getattr(raw.dtype, "kind", "O")
    if kind == "O":
        return _from_objects(np.asarray(raw, dtype=object), name)
    if kind == "c":
        raise ValueError(f"Complex data not supported: column {name!r}; pass its real and imaginary parts.")
    if kind in "mM":
        stamps = np.asarray(raw if kind == "m" else pd.DatetimeIndex(raw).tz_localize(None))
        values = np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64))
    elif kind in "biuf":
        if isinstance(raw, np.ndarray):
            values = raw.astype(np.float64)
        else:
            values = raw.to_numpy(dtype=np.float64, na_value=np.nan)
    else:  # fixed-width strings and whatever else numpy has
        return _from_objects(np.asarray(raw, dtype=object), name)
    if kind == "f" and np.isinf(values).any():
        raise ValueError(
            f"Column {name!r} contains infinity; replace it by NaN, which is taken as missing, or by a finite value."
        )
    return Column(name, values, integral=kind in "iu")


def _from_categorical(accessor: Any, name: str) -> Column:
    numbers, levels = np.asarray(accessor.codes, dtype=np.int64), accessor.categories
    if accessor.ordered:
        return Column(name, np.where(numbers < 0, np.nan, numbers), integral=True)
    return Column(name, numbers, levels, integral=True)


def _from_objects(values: NDArray[np.object_], name: str) -> Column:
    """Python objects: numbers and dates where all of them are, labels otherwise."""
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty"):
        numbers = pd.to_numeric(pd.Series(values, dtype=object).where(~pd.isna(values), np.nan))
        column = as_column(numbers.to_numpy(dtype=np.float64), name)
        return Column(name, column.values, integral=inferred == "integer")
    if inferred in ("datetime64", "datetime", "date", "timedelta64", "timedelta"):
        convert = pd.to_timedelta if inferred.startswith("timedelta") else pd.to_datetime
        return as_column(convert(pd.Series(values, dtype=object)), name)
    if inferred == "complex":
        return as_column(values.astype(complex), name)
    try:
        numbers, levels = pd.factorize(values)
    except TypeError:  # unhashable things are told apart by how they print
        numbers, levels = pd.factorize(np.array([None if v is None else repr(v) for v in values], dtype=object))
    order = np.argsort(np.array([f"{type(v).__name__}:{v}" for v in levels], dtype=object), kind="stable")
    rank = np.empty(len(levels) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(levels)), -1
    return Column(name, rank[numbers], pd.Index(levels[order], dtype=object), integral=True)


def _is_polars(data: Any, kind: str) -> bool:
    return type(data).__module__.split(".")[0] == "polars" and type(data).__name__ == kind


def _from_polars(series: Any) -> Any:
    import polars as pl

    dtype = series.dtype
    if dtype.is_temporal():
        return series.to_numpy()
    if dtype.is_integer() and not series.null_count():
        return series.to_numpy()
    if dtype.is_numeric() or dtype == pl.Boolean:
        return series.cast(pl.Float64).to_numpy()
    return np.array(
        series.cast(pl.String).to_list() if dtype in (pl.Categorical, pl.Enum) else series.to_list(), object
    )


# Targets and overrides -------------------------------------------------------------------------------


def discrete_flags(discrete_features: Any, names: Sequence[str]) -> list[bool | None]:
    """`discrete_features` as one flag a column: True, False, or None for "by dtype and ties".

    Parameters
    ----------
    discrete_features : "auto", bool, or array-like
        An array-like is a mask of shape (d,), or holds the indices or names of the discrete
        columns; the other columns are continuous then, as in scikit-learn.
    names : sequence of str

    Raises
    ------
    ValueError
        If it is of the wrong length or points at columns that do not exist.
    """
    d = len(names)
    if isinstance(discrete_features, str):
        if discrete_features != "auto":
            raise ValueError(
                f"discrete_features must be 'auto', a bool, a mask, indices or names, got {discrete_features!r}."
            )
        return [None] * d
    given = np.asarray(discrete_features)
    if given.ndim == 0:
        return [bool(given)] * d
    if given.dtype == bool:
        if given.shape != (d,):
            raise ValueError(f"discrete_features is a mask of shape {given.shape}, but there are {d} columns.")
        return [bool(v) for v in given]
    if given.dtype.kind in "iu":
        if given.size and (given.min() < -d or given.max() >= d):
            raise ValueError(f"discrete_features has index {given.max()}, but there are {d} columns.")
        chosen = {int(v) % d for v in given}
    else:
        place = {name: j for j, name in enumerate(names)}
        unknown = [str(v) for v in given if str(v) not in place]
        if unknown:
            raise ValueError(f"discrete_features names {unknown[0]!r}, which is not a column.")
        chosen = {place[str(v)] for v in given}
    return [j in chosen for j in range(d)]


def target_columns(y: Any) -> list[Column]:
    """The target's columns, checked: every row has a value and there is something to tell apart.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, t), series or frame

    Raises
    ------
    ValueError
        If values are missing or infinite, if a column has a single value, or if it holds labels
        that identify rows instead of grouping them.

    Warns
    -----
    IdentifierWarning
        If a column holds integers or dates, all different.
    """
    columns = list(Table(y, argument="y"))
    for column in columns:
        name = "y" if len(columns) == 1 else f"Column {column.name!r} of y"
        n, n_missing = len(column.values), int(column.missing.sum())
        if n_missing:
            raise ValueError(f"{name} has {n_missing} missing values; drop those rows, a target needs a value in each.")
        n_distinct = len(np.unique(column.values))
        if n_distinct == 1:
            raise ValueError(f"{name} has one class or value only; a target needs at least two.")
        if n_distinct < n or n < SMALLEST_IDENTIFIER:
            continue
        if column.categories is not None:
            raise ValueError(
                f"{name} looks like an identifier: {n} rows hold {n} different labels; pass a target that groups rows."
            )
        if column.integral:
            warnings.warn(
                f"{name} looks like an identifier: {n} rows hold {n} different integers or dates. They are "
                f"taken as ordered values; pass another target if they only number the rows.",
                IdentifierWarning,
                stacklevel=2,
            )
    return columns


def take_target(frame: Any, name: str) -> tuple[Any, Any]:
    """Take a named column out of a pandas or polars frame: the other columns, and that one.

    Raises
    ------
    TypeError
        If there are no column names to look in.
    ValueError
        If no column has that name (the nearest one is suggested), or no other column is left.
    """
    if not hasattr(frame, "columns"):
        raise TypeError(f"y={name!r} names a column, but X is a {type(frame).__name__} without names; pass a frame.")
    names = [str(c) for c in frame.columns]
    if names.count(name) != 1:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, names[:8]))}."
        problem = "more than one column is" if name in names else "no column is"
        raise ValueError(f"Target {name!r}: {problem} called so; {hint}")
    if len(names) == 1:
        raise ValueError(f"Target {name!r} is the only column; there is none to rank.")
    place = names.index(name)
    if isinstance(frame, pd.DataFrame):
        return frame.drop(columns=frame.columns[place]), frame.iloc[:, place]
    return frame.drop(name), frame.to_series(place)
