"""How a column of texts is read block after block, as its distinct texts say all together.

Design notes. As many distinct texts are counted as labels are elsewhere, and `repairs` reads them. What comes beyond
them is read beside some of them, which weigh so much that the marks of decimals, the unit and the order of day and
month are theirs; that these few say what all say is checked. In the end too many cells that cannot be read make the
column labels, as in memory.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.cells import factorize_texts
from skmine.data.repairs import (
    CLEAR_PLACEHOLDERS,
    LEAST_READABLE,
    MISSING,
    PLACEHOLDERS,
    DistinctTexts,
    Repair,
    TextReading,
    read_distinct,
    say_placeholders,
)
from skmine.data.tallies import MOST_LABELS

#: Texts beside which others are read, and the weight of each.
ANCHORS = 1000
WEIGHT = 10**9


class TextRule:
    """How a column of texts is read.

    Parameters
    ----------
    texts : DistinctTexts
    decimal : str
        The mark of decimals that is preferred where a comma may mean two things.

    Attributes
    ----------
    repairs : list of Repair
    reading : TextReading
    """

    repairs: list[Repair]
    reading: TextReading

    def __init__(self, texts: DistinctTexts, decimal: str) -> None:
        self.reading, self.repairs = read_distinct(texts, decimal)
        self._texts, self._decimal = texts, decimal
        self._index = pd.Index(texts.levels)
        self._anchors = texts.levels[self.reading.readable][:ANCHORS]

    @property
    def has_values(self) -> bool:
        """Whether the texts say numbers or dates, so that others can be read beside them."""
        values = self.reading.values
        if values is None or values.dtype.kind not in "fiuM":
            return False
        alone = self._read_others(np.empty(0, object)).values
        return alone is not None and np.array_equal(alone, values[:ANCHORS])

    def apply(self, texts: "pd.Series[Any]") -> Any:
        """The values of a block's rows."""
        rows = texts.to_numpy(dtype=object)
        codes, levels = factorize_texts(rows)
        known = self._index.get_indexer(levels)
        if (known >= 0).all():
            return rows if self.reading.is_as_written else self.reading.spread(np.append(known, -1)[codes], rows)
        if self.reading.values is None:
            return np.where(np.append(self.find_missing(levels, known), True)[codes], np.nan, rows)
        of_levels = self.read_each(levels, known)
        return np.append(of_levels, np.array([None], of_levels.dtype))[codes]

    def read_each(self, levels: NDArray[np.object_], known: NDArray[np.int64] | None = None) -> NDArray[Any]:
        """What each distinct text says, as floats or dates; NaN or NaT where it cannot be read."""
        values = self.reading.values
        assert values is not None
        known = self._index.get_indexer(levels) if known is None else known
        new = known < 0
        out = np.full(len(levels), None, values.dtype if values.dtype.kind == "M" else np.float64)
        out[~new] = self.reading.spread(known[~new], levels[~new])
        found = self._read_others(levels[new])
        if found.values is not None and (found.values.dtype.kind == "M") == (out.dtype.kind == "M"):
            places = np.arange(len(self._anchors), len(self._anchors) + int(new.sum()))
            out[new] = found.spread(places, levels[new])
        return out

    def _read_others(self, levels: NDArray[np.object_]) -> TextReading:
        """What texts say beside the anchors, which stand first."""
        weights = np.r_[np.full(len(self._anchors), WEIGHT), np.ones(len(levels), np.int64)]
        texts = DistinctTexts(self._texts.name, np.append(self._anchors, levels), weights, int(weights.sum()))
        return read_distinct(texts, self._decimal)[0]

    def find_missing(self, levels: NDArray[np.object_], known: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Which texts are missing if they are labels."""
        alone = _are_placeholders(levels, CLEAR_PLACEHOLDERS)
        if self.reading.values is not None:
            return alone
        known = self._index.get_indexer(levels) if known is None else known
        return np.where(known >= 0, self.reading.missing[known], alone)

    def become_labels(self) -> None:
        """Take the texts as labels, as too many of them say no value."""
        levels = self._texts.levels
        missing = _are_placeholders(levels, CLEAR_PLACEHOLDERS)
        self.reading, self.repairs = TextReading(np.zeros(len(levels), bool), None, missing), []


def _are_placeholders(levels: NDArray[np.object_], placeholders: frozenset[str]) -> NDArray[np.bool_]:
    """Which texts are empty or among some in small letters."""
    return np.array([level == "" or level.lower() in placeholders for level in levels], bool)


class TextCounts:
    """Rows of each distinct text of a column; where these are too many, how many can be read as the first ones are.

    Parameters
    ----------
    name : str
    decimal : str
        As in `TextRule`.
    """

    def __init__(self, name: str, decimal: str) -> None:
        self._name, self._decimal = name, decimal
        self._counts: Counter[str] = Counter()
        self._rule: TextRule | None = None
        self._n_of: Counter[str] = Counter()
        self._missing_labels: Counter[str] = Counter()

    def add(self, texts: "pd.Series[Any]") -> None:
        """Count a block."""
        codes, levels = factorize_texts(texts)
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        if self._rule is None:
            for level, count in zip(levels.tolist(), counts.tolist(), strict=True):
                self._counts[level] += count
            if len(self._counts) <= MOST_LABELS:
                return
            self._rule = self._make_rule(sum(self._counts.values()))
            levels, counts = self._list_counted()
        is_read = ~pd.isna(self._rule.read_each(levels)) if self._rule.has_values else np.zeros(len(levels), bool)
        is_missing = ~is_read & _are_placeholders(levels, PLACEHOLDERS)
        for called, mask in [
            ("read", is_read),
            ("missing", is_missing & (levels != "")),
            ("unreadable", ~is_read & ~is_missing),
        ]:
            self._n_of[called] += int(counts[mask].sum())
        for place in np.flatnonzero(self._rule.find_missing(levels) & (levels != "")):
            self._missing_labels[levels[place]] += int(counts[place])

    def decide(self, n_rows: int) -> TextRule:
        """How the column is read."""
        if self._rule is None:
            return self._make_rule(n_rows)
        rule, of = self._rule, self._n_of
        if not rule.has_values or of["unreadable"] > (1 - LEAST_READABLE) * (of["read"] + of["unreadable"]):
            if rule.reading.values is not None:
                rule.become_labels()
            kept = [repair for repair in rule.repairs if repair.done != MISSING]
            if self._missing_labels:
                kept.append(say_placeholders(self._name, self._missing_labels, n_rows))
            rule.repairs = [replace(repair, n_rows=n_rows) for repair in kept]
            return rule
        rule.repairs = [replace(repair, n_cells=self._count_cells(repair), n_rows=n_rows) for repair in rule.repairs]
        return rule

    def _count_cells(self, repair: Repair) -> int:
        """Cells of all rows that a repair is of."""
        if repair.done == MISSING:
            return self._n_of["missing"]
        return self._n_of["unreadable" if repair.done.startswith(MISSING) else "read"]

    def _list_counted(self) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        """The distinct texts that were counted, and rows of each."""
        return np.array(list(self._counts), object), np.array(list(self._counts.values()), np.int64)

    def _make_rule(self, n_rows: int) -> TextRule:
        return TextRule(DistinctTexts(self._name, *self._list_counted(), n_rows), self._decimal)
