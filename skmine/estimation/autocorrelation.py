"""How much rows repeat what their neighbours in time say.

Design notes. Where two series are independent, the mean of f(x) g(y) varies as if there were n / tau rows, with tau =
1 + 2 sum_k r(k) and r(k) the product of the autocorrelations of f(x) and of g(y) (Bartlett 1935, J. R. Stat. Soc. 98):
rows count as independent where either side has no memory, however long that of the other is. f and g are ranks, their
distance from the middle (volatility that clusters) and indicators of labels. The sum ends where r falls below
`LEAST_PRODUCT`: what follows is noise.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, stats

from skmine.data.column import Column
from skmine.data.row_order import RowOrder

Array = NDArray[np.float64]

#: Product of two autocorrelations below which rows count as apart: what a sum leaves out beyond is a twentieth of it.
LEAST_PRODUCT = 0.05

#: Longest lag that is looked at, as a share of the longest series.
LONGEST_LAG = 0.25

#: Labels of a column that are looked at, the most frequent ones.
MOST_LABELS = 4


@dataclass(frozen=True)
class Memory:
    """How long rows remember.

    Attributes
    ----------
    times : float
        How many rows say what one independent row does (the integrated autocorrelation time of products).
    reach : int
        Lag from which on rows count as apart.
    """

    times: float = 1.0
    reach: int = 1


def measure_memory(columns: Iterable[Column], targets: Iterable[Column], order: RowOrder) -> Memory:
    """The longest memory of products of a column's functions and a target's.

    Parameters
    ----------
    columns, targets : iterable of Column
    order : RowOrder
    """
    n_lags = max(int(LONGEST_LAG * order.sizes.max()), 1) if order.n_series == 1 else int(order.sizes.max())
    goals = np.concatenate([compute_autocorrelations(target, order, n_lags) for target in targets])
    longest = Memory()
    for column in columns:
        for own in compute_autocorrelations(column, order, n_lags):
            longest = max(longest, *(sum_products(own * goal) for goal in goals), key=lambda memory: memory.times)
    return longest


def sum_products(products: Array) -> Memory:
    """The memory that products of autocorrelations at lags 0, 1, ... show."""
    apart = np.flatnonzero(products < LEAST_PRODUCT)
    reach = int(apart[0]) if len(apart) else len(products)
    return Memory(times=float(2 * products[:reach].sum() - 1), reach=max(reach, 1))


def compute_autocorrelations(column: Column, order: RowOrder, n_lags: int) -> Array:
    """Autocorrelations of a column's functions at lags 0 to n_lags, (k, n_lags + 1); none of a constant column.

    Pairs of rows within a series count, over those at hand, and means are those of all series together.
    """
    functions = read_functions(column)[:, order.rows]
    size = np.square(functions).sum(1)
    functions = functions[size > 0] / np.sqrt(size[size > 0])[:, None]
    line = np.zeros((len(functions), len(order) + order.n_series * (n_lags + 1)))
    line[:, order.spread(n_lags)] = functions
    length = fft.next_fast_len(line.shape[1] + n_lags, real=True)
    power = np.square(np.abs(fft.rfft(line, length, axis=1)))
    return np.asarray(fft.irfft(power, length, axis=1)[:, : n_lags + 1], float)


def read_functions(column: Column) -> Array:
    """Functions of a column's rows, of mean 0; 0 where a value is missing, (k, n)."""
    present = ~column.missing
    out = []
    if column.categories is not None:
        labels, counts = column.distinct
        for label in labels[np.argsort(-counts, kind="stable")[:MOST_LABELS]]:
            out.append((column.values == label).astype(float))
    else:
        ranks = np.zeros(len(present))
        ranks[present] = stats.rankdata(column.values[present])
        out.append(ranks)
        if present.any():
            out.append(np.abs(ranks - ranks[present].mean()))
    functions = np.stack(out) if out else np.zeros((0, len(present)))
    if present.any():
        functions = np.where(present, functions - functions[:, present].mean(1, keepdims=True), 0.0)
    return functions
