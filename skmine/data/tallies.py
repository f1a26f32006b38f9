"""What is known of a column whose rows pass by in batches: exact counts of labels and of few numbers.

Design notes. Tallies add up, in any order: what they say at last depends on the rows alone. Whether there are too many
values to keep is one of these things, as all of them count, not those that came first.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.column import Column, ColumnSummary
from skmine.data.conversion import make_text_column

#: Distinct numbers that are all counted; of more, a sample says how often each occurs. A node for each is the most that
#: a column gets.
MOST_NUMBERS = 4096

#: Distinct labels or texts that are all counted: those of a column take some 20 megabytes then.
MOST_LABELS = 200_000

#: Rows of a batch that are looked at first for too many numbers: counting them costs more than anything else.
ROWS_OF_FIRST_LOOK = 20_000


@dataclass
class Tally:
    """Counts of one column.

    Attributes
    ----------
    name : str
    n_rows, n_missing, n_infinite : int
    form : "numbers", "labels", "texts" or None
        What the values are; None where none has come.
    counts : dict or None
        Rows of each value; None where there are too many.
    integral : bool
    low, high : number or None
        The smallest and the largest number.
    starts : set of number
        Numbers minus the numbers of their rows: one, 0 or 1, if the column numbers the rows.
    levels : tuple or None
        The levels of ordered categories, whose numbers are counted; None where there are none yet.
    """

    name: str
    n_rows: int = 0
    n_missing: int = 0
    n_infinite: int = 0
    form: str | None = None
    counts: dict[Any, int] | None = field(default_factory=dict)
    integral: bool = True
    low: Any = None
    high: Any = None
    starts: set[Any] = field(default_factory=set)
    levels: tuple[Any, ...] | None = None

    def add(self, column: Column, form: str, positions: NDArray[np.uint64], n_infinite: int) -> None:
        """Count a batch of rows."""
        n, n_missing = len(column.values), column.n_missing
        self.n_rows += n
        self.n_missing += n_missing
        self.n_infinite += n_infinite
        if n_missing == n:
            return
        self._agree(form)
        self.integral &= column.integral
        if form == "numbers":
            self._add_numbers(column, positions)
        elif self.counts is not None:
            assert column.categories is not None
            counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
            # With their types, as True equals 1.
            self._add_counts([(type(v), v) for v in column.categories], counts.tolist(), MOST_LABELS)

    def _add_numbers(self, column: Column, positions: NDArray[np.uint64]) -> None:
        present = column.values[~column.missing] if column.n_missing else column.values
        low, high = present.min(), present.max()
        self.low = low if self.low is None else min(low, self.low)
        self.high = high if self.high is None else max(high, self.high)
        if len(self.starts) < 2:
            first = column.values[0] - int(positions[0])
            steady = not column.n_missing and first in (0, 1) and np.array_equal(column.values, positions + first)
            self.starts |= {first} if steady else {-1, -2}
        if self.counts is None:
            return
        if len(pd.unique(present[:ROWS_OF_FIRST_LOOK])) > MOST_NUMBERS:
            self.counts = None
            return
        codes, values = pd.factorize(present)
        self._add_counts(list(values), np.bincount(codes).tolist(), MOST_NUMBERS)

    def _add_counts(self, values: list[Any], counts: list[int], most: int) -> None:
        assert self.counts is not None
        for value, count in zip(values, counts, strict=True):
            if count:
                self.counts[value] = self.counts.get(value, 0) + count
        if len(self.counts) > most:
            self.counts = None

    def agree_on_levels(self, levels: tuple[Any, ...] | None) -> None:
        """Refuse ordered categories whose levels are others than in an earlier batch: their numbers mean other things.

        Raises
        ------
        ValueError
        """
        if None not in (levels, self.levels) and levels != self.levels:
            raise ValueError(
                f"Column {self.name!r} has ordered categories of other levels in some batches; give all batches the "
                f"same levels, in the same order."
            )
        self.levels = levels if self.levels is None else self.levels

    def _agree(self, form: str) -> None:
        if self.form not in (None, form):
            raise ValueError(
                f"Column {self.name!r} holds {self.form} in some batches and {form} in others; read it with one type "
                f"in all of them."
            )
        self.form = form

    def merge(self, other: "Tally") -> None:
        """Take over what another tally of the same column counted on other rows."""
        self.n_rows += other.n_rows
        self.n_missing += other.n_missing
        self.n_infinite += other.n_infinite
        if other.form is None:
            return
        self._agree(other.form)
        self.agree_on_levels(other.levels)
        self.integral &= other.integral
        self.starts |= other.starts
        if other.low is not None:
            self.low = other.low if self.low is None else min(self.low, other.low)
            self.high = other.high if self.high is None else max(self.high, other.high)
        if other.counts is None:
            self.counts = None
        elif self.counts is not None:
            most = MOST_NUMBERS if self.form == "numbers" else MOST_LABELS
            self._add_counts(list(other.counts), list(other.counts.values()), most)

    @property
    def counts_up(self) -> bool:
        """Whether the values number the rows."""
        return len(self.starts) == 1 and self.n_rows > 0

    def summarise(self, sample: Column, *, discrete: bool) -> ColumnSummary:
        """The column by its exact counts; by a sample where there are too many values.

        `discrete`: every value is a category.
        """
        column = self._spread(discrete) if self.counts is not None and self.form is not None else None
        if column is None:
            kept = sample.labelled if discrete else sample
            (values, counts), categories = kept.distinct, kept.categories
            n_missing = max(sample.n_missing, bool(self.n_missing))
            integral = False  # no sample shows that all values differ
        else:
            kept, number = (column.labelled if discrete else column), np.array(list((self.counts or {}).values()))
            values, place = _number_values(kept)
            counts = np.bincount(place[place >= 0], number[place >= 0], minlength=len(values)).astype(np.int64)
            integral = self.integral
            n_missing, categories = self.n_missing + int(number[place < 0].sum()), kept.categories
        span = (np.nan, np.nan) if self.low is None else (self.low, self.high)
        return ColumnSummary(self.name, values, counts, n_missing, categories, integral, span, counts_up=self.counts_up)

    def _spread(self, discrete: bool) -> Column:
        """A column that holds each value once, in the order of the counts."""
        keys = [key if self.form == "numbers" else key[1] for key in self.counts or {}]
        if self.form == "numbers":
            numbers = _pack_numbers(keys)
            absent = np.zeros(len(keys), bool) if numbers.dtype == object else None
            return Column(self.name, numbers, integral=self.integral, absent=absent)
        objects = np.empty(len(keys), object)
        objects[:] = keys
        return make_text_column(np.arange(len(keys)), objects, self.name, as_labels=discrete or self.form == "labels")


def _pack_numbers(keys: list[Any]) -> NDArray[Any]:
    """Numbers as floats; as they are where floats would make distinct ones one."""
    floats = np.array(keys, np.float64)
    if len(np.unique(floats)) == len(keys):
        return floats
    exact = np.empty(len(keys), object)
    exact[:] = keys
    return exact


def _number_values(column: Column) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values, in order, and the place of each row's among them, -1 where missing."""
    values = column.distinct[0]
    place = np.searchsorted(values, column.values)
    return values, np.where(column.missing, -1, np.minimum(place, len(values) - 1))
