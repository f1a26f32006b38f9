"""Columns that say the same: in other units, in the opposite order, under other labels."""

import numpy as np
import pandas as pd
import pytest

from skmine.data.copies import compute_marks, find_copies
from skmine.data.source import Source

RNG = np.random.default_rng(0)
X = RNG.normal(size=300)
CODES = RNG.integers(0, 4, 300)
HOLES = np.where(RNG.random(300) < 0.2, np.nan, X)


def find(*columns):
    frame = pd.DataFrame({f"c{j}": column for j, column in enumerate(columns)})
    return find_copies((column.name, compute_marks(column)) for column in Source(frame, argument="table"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (X, 2.54 * X + 1),
        (X, -(X**3)),
        (CODES, np.array(["d", "b", "a", "c"])[CODES]),
        (CODES, np.array([5, 1, 9, 2])[CODES]),
        (HOLES, 3 - HOLES),
        (CODES == 1, np.where(CODES == 1, "no", "yes")),
    ],
    ids=["units", "opposite order", "labels", "other codes", "holes", "flags"],
)
def test_what_says_the_same_is_a_copy_of_the_first(one, other):
    noise = RNG.normal(size=300)
    assert find(noise, one, other) == {"c2": "c1"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (X, X + 1e-3 * RNG.normal(size=300)),
        (HOLES, X),
        (CODES, np.minimum(CODES, 2)),
        ([f"id{k}" for k in range(300)], [f"key{k}" for k in RNG.permutation(300)]),
        (np.zeros(300), np.ones(300)),
    ],
    ids=["noise", "other holes", "says less", "identifiers", "constants"],
)
def test_what_says_less_is_no_copy(one, other):
    assert find(one, other) == {}
