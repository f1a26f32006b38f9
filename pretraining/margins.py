"""Margins of the drawn laws, and their codes: continuous, tied, categorical, clipped, inflated or partly missing.

The network will meet all of these. As in `pretraining.laws`, all probabilities and ranges are arbitrary.
"""

import numpy as np

from pretraining.laws import Array, Rng, draw_pair
from skmine.data.coding import assign_category_nodes, assign_quantile_nodes

#: The code of a missing value: the largest of 16 bits.
MISSING = 65535


def draw_codes(rng: Rng, n: int) -> tuple[Array, Array]:
    """Draw a law; return its rows as codes, (2, n) uint16, and the numbers of categories of its margins, (2,).

    Ordered margins (0 categories) hold scaled mid-ranks below `MISSING`: increasing transforms, which do not change MI,
    make no difference. Unordered margins hold category numbers.
    """
    pair = draw_pair(rng, n)
    codes, categories = np.empty((2, n), np.uint16), np.zeros(2, np.int64)
    for side, values in enumerate(pair):
        values, categories[side] = _vary_margin(rng, values)
        codes[side] = values if categories[side] else scale_ranks(values)
    for side in (0, 1):
        if rng.random() < 0.07:
            codes[side, _draw_missing(rng, pair[side], pair[1 - side])] = MISSING
    return codes, categories


def _vary_margin(rng: Rng, values: Array) -> tuple[Array, int]:
    """Values as they are or, in a fifth of the cases, tied or cut into categories, and the number of categories."""
    u, n = rng.random(), len(values)
    if u < 0.07:  # few ordered values
        cuts = np.sort(rng.random(rng.integers(1, 14)))
        return np.searchsorted(np.quantile(values, cuts), values), 0
    if u < 0.10:  # rounded: many ties
        return np.round(values / (values.std() * np.exp(rng.uniform(np.log(0.03), np.log(1))))), 0
    if u < 0.15:  # categories in no order
        k = int(np.exp(rng.uniform(np.log(2), np.log(200))))
        part = np.searchsorted(np.quantile(values, np.sort(rng.random(k - 1))), values)
        return rng.permutation(k)[part], k
    if u < 0.18:  # clipped: many rows at one end
        q = np.quantile(values, rng.uniform(0.05, 0.9))
        return (np.maximum if rng.random() < 0.5 else np.minimum)(values, q), 0
    if u < 0.20:  # inflated: many rows take one value
        return np.where(rng.random(n) < rng.uniform(0.05, 0.8), np.quantile(values, rng.random()), values), 0
    return values, 0


def _draw_missing(rng: Rng, own: Array, other: Array) -> Array:
    """Which values are missing: at random, or depending on the value itself or on the other side."""
    n, kind = len(own), rng.integers(0, 3)
    if kind == 0:
        return rng.random(n) < rng.uniform(0.02, 0.6)
    driver = own if kind == 1 else other
    high = driver > np.quantile(driver, rng.uniform(0.2, 0.95))
    return rng.random(n) < np.where(high, rng.uniform(0.1, 0.95), rng.uniform(0, 0.3))


def scale_ranks(values: Array) -> Array:
    """Mid-ranks scaled to [0, MISSING), equal for ties."""
    order = np.argsort(values)
    first = np.r_[0, np.flatnonzero(np.diff(values[order])) + 1]  # of each distinct value
    count = np.diff(np.r_[first, len(values)])
    codes = np.empty(len(values), np.uint16)
    codes[order] = np.repeat(np.minimum((first + count / 2) / len(values) * MISSING, MISSING - 1), count)
    return codes


def to_nodes(codes: Array, categories: int, n_nodes: int, flip: bool = False) -> Array:
    """Nodes of one margin's codes, as `skmine.data.coding` makes them from the same rows."""
    if flip and not categories:
        codes = np.where(codes == MISSING, MISSING, MISSING - 1 - codes)
    counts = np.bincount(codes, minlength=MISSING + 1)
    present = np.flatnonzero(counts[:MISSING])
    budget = n_nodes - 1 if counts[MISSING] else n_nodes
    lookup = np.zeros(MISSING + 1, np.int64)
    if categories:
        lookup[present] = assign_category_nodes(counts[present], budget)
    else:
        lookup[present] = assign_quantile_nodes(counts[present], budget)
    lookup[MISSING] = lookup[present].max(initial=-1) + 1
    return lookup[codes]
