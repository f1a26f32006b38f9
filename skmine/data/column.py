"""A column in canonical form, and what kind it is.

Design notes. The canonical form is float64 with NaN for what has an order (numbers, booleans, dates, ordered
categoricals) and category numbers for what has none (strings, categoricals, mixed objects). Where floats would
make distinct values one (integers beyond 2**53, nanoseconds, long decimals), values stay as they are and
`absent` says which are missing: codes and ranks need an order only. `Column.kind` is
the rule that says what a column is called, the same for every caller.
"""

import functools
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


@dataclass(frozen=True)
class Column:
    """One column in canonical form.

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
        n_missing = int(self.missing.sum())
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

    @property
    def is_constant(self) -> bool:
        """Whether all rows hold one value, or all are missing."""
        return len(self.distinct[0]) + bool(self.missing.any()) <= 1

    @property
    def is_identifier(self) -> bool:
        """Whether nearly every row has a value of its own."""
        n, n_values = len(self.values), len(self.distinct[0]) + bool(self.missing.any())
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
