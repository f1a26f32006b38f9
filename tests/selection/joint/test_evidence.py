"""What little is left is tried again before it is the answer."""

import numpy as np
import pytest

from skmine.data.group import read_group
from skmine.data.source import Source
from skmine.data.target import read_target
from skmine.selection.joint.evidence import try_the_best


@pytest.mark.parametrize(
    ("striking", "remaining", "expected"),
    [
        ([2, 0], [], [0, 2]),
        ([2, 0], [0], [0, 2]),
        ([2, 0], [0, 2], [0, 2]),
        ([3, 1], [0, 2], [0, 2]),  # they add nothing
        ([3, 1], [], []),
        ([], [], []),  # no column is surely related by itself
    ],
)
def test_a_striking_pair_is_tried_beside_what_little_remains(striking, remaining, expected, make_problem):
    X = np.random.default_rng(0).normal(size=(1200, 4))
    y = ((X[:, 0] > 0) ^ (X[:, 2] > 0)).astype(int)
    x = read_group(Source(X), "auto")
    found = try_the_best(x, read_target(y, 1200, "auto"), np.arange(4), make_problem(X, y), striking, remaining)
    assert found == expected


def test_where_nothing_remains_the_surest_column_is_tried(make_problem):
    X = np.random.default_rng(0).normal(size=(600, 3))
    y = X[:, 1] + np.random.default_rng(1).normal(size=600)
    x = read_group(Source(X), "auto")
    assert try_the_best(x, read_target(y, 600, "auto"), np.arange(3), make_problem(X, y), [], []) == [1]
