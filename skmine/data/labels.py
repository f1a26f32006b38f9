"""Values without an order as category numbers, in an order that depends on neither rows nor containers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class _Flag:
    """A boolean among other objects, which equals no number."""

    value: bool


def number_labels(values: NDArray[np.object_]) -> tuple[NDArray[np.int64], pd.Index]:
    """Number objects of any kind as categories, in the order of their types and texts.

    Returns
    -------
    numbers : ndarray of shape (n,)
        -1 where missing.
    categories : pandas.Index
    """
    # Python has 1 == True; as labels they are two.
    labels = np.empty(len(values), dtype=object)
    labels[:] = [_Flag(bool(v)) if isinstance(v, (bool, np.bool_)) else v for v in values]
    try:
        numbers, levels = pd.factorize(labels)
    except TypeError:  # unhashable things are told apart by how they print
        numbers, levels = pd.factorize(np.array([None if v is None else repr(v) for v in values], dtype=object))
    shown = np.empty(len(levels), dtype=object)
    shown[:] = [v.value if isinstance(v, _Flag) else v for v in levels]
    order = np.argsort(_name_labels(shown), kind="stable")
    rank = np.empty(len(levels) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(levels)), -1
    return rank[numbers], pd.Index(shown[order], dtype=object)


def find_labels(categories: pd.Index, labels: pd.Index) -> NDArray[np.int64]:
    """The place of each label among the categories, -1 where it is none of them; True is not 1."""
    if not categories.is_unique or not labels.is_unique:
        categories, labels = (pd.Index(_name_labels(values)) for values in (categories, labels))
    return np.asarray(categories.get_indexer(labels), dtype=np.int64)


def _name_labels(labels: Any) -> NDArray[np.object_]:
    """Labels by their types and texts."""
    return np.array([f"{type(v).__name__}:{v}" for v in labels], dtype=object)
