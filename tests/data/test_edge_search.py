"""Places of values among edges are those of `numpy.searchsorted`, whatever the values."""

import numpy as np
import pytest

from skmine.data.edge_search import FEWEST_VALUES, EdgeSearch

N = 2 * FEWEST_VALUES
LAWS = {
    "normal": lambda rng: rng.normal(size=N),
    "heavy tails": lambda rng: rng.standard_cauchy(N),
    "nanoseconds": lambda rng: 1.5e18 + rng.integers(0, 10**17, N).astype(float),
    "tiny": lambda rng: 1e-300 * rng.normal(size=N),
    "whole": lambda rng: rng.integers(-5, 5, N).astype(float),
    "many magnitudes": lambda rng: np.exp(20 * rng.normal(size=N)),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n_edges", [1, 2, 95, 1500])
def test_places_are_those_of_searchsorted(law, n_edges):
    values = LAWS[law](np.random.default_rng(0))
    edges = np.unique(np.quantile(values, (np.arange(n_edges) + 0.5) / n_edges))
    values[:6] = [-0.0, 0.0, np.inf, -np.inf, edges[0], edges[-1]]
    assert np.array_equal(EdgeSearch(edges).find(values), np.searchsorted(edges, values))


def test_zeros_of_both_signs_are_one_value():
    assert EdgeSearch(np.array([-0.0, 1.0])).find(np.zeros(N)).max() == 0
    assert EdgeSearch(np.array([0.0, 1.0])).find(-np.zeros(N)).max() == 0


def test_what_it_cannot_look_up_is_searched():
    whole = np.arange(N)
    assert np.array_equal(EdgeSearch(np.array([5, 10])).find(whole), np.searchsorted([5, 10], whole))
    assert EdgeSearch(np.empty(0)).find(np.ones(3)).tolist() == [0, 0, 0]
    crowded = np.linspace(1, 1 + 1e-9, 500)  # all in one pattern beside a far edge
    edges = np.append(crowded, 1e300)
    values = np.random.default_rng(0).choice(crowded, N)
    assert np.array_equal(EdgeSearch(edges).find(values), np.searchsorted(edges, values))


def test_exact_integers_meet_those_that_came_as_floats():
    edges = np.array([10**30 - 1, 10**30 + 7], dtype=object)
    values = np.array([10**30 - 1, 10**30 + 7, 5 * 10**30], dtype=np.float64)
    assert EdgeSearch(edges).find(values[[0, 2]]).tolist() == [0, 2]
