"""Several codings of one column at once: codes of their common refinement, from which each of theirs follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.coding import CategoryCoding, Coding, OrderedCoding
from skmine.data.column import Column
from skmine.data.edge_search import EdgeSearch
from skmine.data.labels import find_labels


def make_mixed_error(column: Column) -> ValueError:
    """Say that a column of labels had numbers before, or the other way round."""
    label = "" if column.categories is None else f" such as {column.categories[0]!r}"
    held, before = (f"labels{label}", "numbers") if label else ("numbers", "labels")
    return ValueError(
        f"Column {column.name!r} holds {held} in some rows and {before} in rows before; make it text or categorical to "
        f"take all as labels."
    )


@dataclass(frozen=True)
class Refinement:
    """The coarsest partition of a column's values that is finer than those of some codings.

    Attributes
    ----------
    lookups : list of ndarray of shape (n_nodes,)
        Node that each coding has for each node here; the last one is that of missing values.
    upper : ndarray or None
        Of an ordered column: the largest value of each node but the last two.
    categories : pandas.Index or None
    of_category : ndarray or None
        Node of each category, and at last of unknown ones.
    """

    lookups: list[NDArray[np.int64]]
    upper: NDArray[Any] | None = None
    categories: pd.Index | None = None
    of_category: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, codings: Sequence[Coding]) -> "Refinement":
        """The common refinement of codings of one column."""
        missing = [coding.missing for coding in codings]
        first = codings[0]
        if isinstance(first, CategoryCoding):
            stacked = np.stack([coding.lookup for coding in codings if isinstance(coding, CategoryCoding)])
            nodes, of_category = np.unique(stacked, axis=1, return_inverse=True)
            lookups = [np.append(own, absent) for own, absent in zip(nodes, missing, strict=True)]
            return cls(lookups, None, first.categories, of_category.reshape(-1))
        ordered = [coding for coding in codings if isinstance(coding, OrderedCoding)]
        upper = np.unique(np.concatenate([coding.upper for coding in ordered]))
        lookups = [
            np.append(np.searchsorted(coding.upper, upper), [len(coding.upper), coding.missing]) for coding in ordered
        ]
        return cls(lookups, upper)

    @cached_property
    def _search(self) -> EdgeSearch:
        return EdgeSearch(np.empty(0) if self.upper is None else self.upper)

    @property
    def n_nodes(self) -> int:
        return len(self.lookups[0])

    def encode(self, column: Column) -> NDArray[np.int64]:
        """Node of each row."""
        if self.upper is not None:
            if column.categories is not None and not column.is_empty:
                raise make_mixed_error(column)
            codes = self._search.find(column.values)
        else:
            assert self.categories is not None
            assert self.of_category is not None
            labelled = column.labelled
            assert labelled.categories is not None
            known = find_labels(self.categories, labelled.categories)  # -1, an unknown one, reads the last entry
            codes = np.append(self.of_category[known], 0)[labelled.values]
        if column.n_missing:
            codes[column.missing] = self.n_nodes - 1
        return codes
