"""Values without an order as category numbers, in an order that depends on neither rows nor containers."""

from dataclasses import dataclass

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
    order = np.argsort(np.array([f"{type(v).__name__}:{v}" for v in shown], dtype=object), kind="stable")
    rank = np.empty(len(levels) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(levels)), -1
    return rank[numbers], pd.Index(shown[order], dtype=object)
