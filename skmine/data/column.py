"""A column in canonical form, and what kind it is.

Design notes. The canonical form is float64 with NaN for what has an order (numbers, booleans, dates, ordered
categoricals) and category numbers for what has none (strings, categoricals, mixed objects). Where floats would
make distinct values one (integers beyond 2**53, nanoseconds, long decimals), values stay as they are and
`absent` says which are missing: codes and ranks need an order only. `Column.kind` is
the rule that says what a column is called, the same for every caller.
"""

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.labels import number_labels

Kind = Literal["constant", "continuous", "discrete", "categorical"]

#: With fewer rows than this, all values may differ by chance, so nothing is called an identifier.
SMALLEST_IDENTIFIER = 10

#: Distinct labels per row from which on labels identify rows: one row in ten may repeat a label by mistake.
IDENTIFIER_SHARE = 0.9

#: Rows per distinct value that numbers need to be called discrete: with fewer, ties are chance, and there is too little
#: to tell whether a value says something that its neighbours do not, as a code does.
ROWS_PER_VALUE = 5

#: The same where there are few distinct values, which few rows repeat as well.
ROWS_PER_FEW_VALUES = 2
FEW_VALUES = 10


class Distribution(ABC):
    """The values of a column and how many rows hold each, whether or not the rows are at hand.

    Attributes
    ----------
    name : str
    categories : pandas.Index or None
        What category numbers stand for; None for an ordered column.
    integral : bool
        Whether the values came as integers or categories (what an identifier looks like).
    codings : dict
        What `coding.fit_coding` learned of this column, so that it is coded once per node count.
    """

    name: str
    categories: pd.Index | None
    integral: bool
    codings: dict[Any, Any]

    @property
    @abstractmethod
    def distinct(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Distinct values that are present, in order, and how many rows hold each."""

    @property
    @abstractmethod
    def n_missing(self) -> int:
        """Rows without a value, of those that are counted."""

    @property
    @abstractmethod
    def labelled(self) -> "Distribution":
        """The same column with its distinct numbers, or texts, as categories, if it has no categories yet."""

    @property
    @abstractmethod
    def span(self) -> tuple[Any, Any]:
        """Smallest and largest value of an ordered column that has any."""

    @property
    @abstractmethod
    def counts_up(self) -> bool:
        """Whether the values are 0, 1, ... or 1, 2, ... in the order of the rows."""

    @property
    def n_rows(self) -> int:
        """Rows that `distinct` counts, those without a value included."""
        return int(self.distinct[1].sum()) + self.n_missing

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return not len(self.distinct[0])

    @property
    def is_constant(self) -> bool:
        """Whether all rows hold one value, or all are missing."""
        return len(self.distinct[0]) + bool(self.n_missing) <= 1

    @property
    def is_identifier(self) -> bool:
        """Whether nearly every row has a value of its own."""
        n, n_values = self.n_rows, len(self.distinct[0]) + bool(self.n_missing)
        return n >= SMALLEST_IDENTIFIER and n_values >= IDENTIFIER_SHARE * n

    def kind(self, discrete: bool | None) -> Kind:
        """What the column is taken for: by its type and its ties alone, whoever asks.

        One value (or none): constant. Labels, or whatever is marked as discrete: categorical. Numbers, booleans,
        dates and ordered categories: discrete where they repeat (five rows or more for each distinct value, two if
        there are ten values at most), continuous otherwise, or where they are marked so.

        Parameters
        ----------
        discrete : bool or None
            True: every value is a category. False: continuous. None: by type and ties.
        """
        if self.is_constant:
            return "constant"
        if discrete or self.categories is not None:
            return "categorical"
        values, counts = self.distinct
        needed = ROWS_PER_FEW_VALUES if len(values) <= FEW_VALUES else ROWS_PER_VALUE
        return "discrete" if discrete is None and needed * len(values) <= int(counts.sum()) else "continuous"


@dataclass(frozen=True)
class ColumnSummary(Distribution):
    """A column whose rows are elsewhere.

    Attributes
    ----------
    name : str
    values : ndarray of shape (k,)
        Distinct values that are present, in order: numbers, or category numbers.
    counts : ndarray of shape (k,)
        Rows that hold each: of all rows, or of a sample.
    n_missing : int
        Rows without a value; of a sample, 1 at least if any row of all has none.
    categories : pandas.Index or None
    integral : bool
    span : tuple
    counts_up : bool
    codings : dict
    """

    name: str
    values: NDArray[Any] = field(repr=False, compare=False)
    counts: NDArray[np.int64] = field(repr=False, compare=False)
    n_missing: int = 0
    categories: pd.Index | None = None
    integral: bool = False
    span: tuple[Any, Any] = (np.nan, np.nan)
    counts_up: bool = False
    codings: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def distinct(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return self.values, self.counts

    @functools.cached_property
    def labelled(self) -> "ColumnSummary":
        if self.categories is not None:
            return self
        numbers = np.arange(len(self.values))
        return ColumnSummary(self.name, numbers, self.counts, self.n_missing, pd.Index(self.values), self.integral)


@dataclass(frozen=True)
class Column(Distribution):
    """One column in canonical form, row by row.

    Attributes
    ----------
    name : str
    values : ndarray of shape (n,)
        Ordered columns: float64, NaN where missing; integers or objects where floats would make distinct
        values one. Unordered ones: category numbers, int64, -1 where missing.
    categories : pandas.Index or None
        What the category numbers stand for; None for an ordered column.
    integral : bool
        Whether the values came as integers or categories (what an identifier looks like).
    absent : ndarray of shape (n,) or None
        Which values are missing, where the values themselves cannot say it.
    texts : ndarray of shape (n,) or None
        The texts of an ordered column that came as text: its labels, where labels are asked for.
    codings : dict
        What `coding.fit_coding` learned of this column, so that it is coded once per node count.
    """

    name: str
    values: NDArray[Any]
    categories: pd.Index | None = None
    integral: bool = False
    absent: NDArray[np.bool_] | None = field(default=None, repr=False, compare=False)
    texts: NDArray[np.object_] | None = field(default=None, repr=False, compare=False)
    codings: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def missing(self) -> NDArray[np.bool_]:
        if self.absent is not None:
            return self.absent
        return np.isnan(self.values) if self.categories is None else self.values < 0

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """Row index in the order of the values, missing ones last in an ordered column."""
        order = np.argsort(self.values)
        if self.absent is None:
            return order
        return np.concatenate([order[~self.absent[order]], np.flatnonzero(self.absent)])

    @functools.cached_property
    def in_order(self) -> NDArray[Any]:
        """The values in order. Sorted once, however many codings look."""
        return self.values[self.order]

    @functools.cached_property
    def distinct(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Distinct values that are present, in order, and how many rows hold each."""
        n_missing = self.n_missing
        # Missing values are NaN, last in order, or category -1, first.
        first = n_missing if self.categories is not None else 0
        present = self.in_order[first : first + len(self.values) - n_missing]
        if not len(present):
            return present, np.empty(0, np.int64)
        last = np.flatnonzero(np.r_[present[1:] != present[:-1], True])
        return present[last], np.diff(last, prepend=-1)

    @functools.cached_property
    def labelled(self) -> "Column":
        """The same column with its distinct numbers, or texts, as categories, if it has no categories yet."""
        if self.categories is not None:
            return self
        present = ~self.missing
        if self.texts is not None:
            labels, categories = number_labels(self.texts)
            return Column(self.name, np.where(present, labels, -1), categories, self.integral)
        numbers = np.full(len(self.values), -1)
        numbers[present], categories = pd.factorize(self.values[present], sort=True)
        return Column(self.name, numbers, pd.Index(categories), self.integral)

    @functools.cached_property
    def n_missing(self) -> int:
        return int(self.missing.sum())

    @functools.cached_property
    def span(self) -> tuple[Any, Any]:
        values = self.distinct[0]
        return values[0], values[-1]

    @functools.cached_property
    def counts_up(self) -> bool:
        values, n = self.values, len(self.values)
        if self.categories is not None or self.n_missing or not n or values[0] not in (0, 1):
            return False
        return bool(values[-1] == values[0] + n - 1 and np.array_equal(values, values[0] + np.arange(n)))
