"""Random laws: finite, seeded, dependent where they should be, and no benchmark's own."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from pretraining import laws, margins
from skmine.core.networks import load_grid_network
from skmine.core.scores import infonce_on_grid

FAMILIES = [family for family, _ in laws.FAMILIES]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
def test_families_draw_finite_rows_and_follow_the_seed(family):
    for seed in range(20):
        x, y = family(np.random.default_rng(seed), 500)
        assert x.shape == y.shape == (500,)
        assert np.isfinite(x).all()
        assert np.isfinite(y).all()
        for side, again in zip((x, y), family(np.random.default_rng(seed), 500), strict=True):
            assert np.array_equal(side, again)
    assert not np.array_equal(x, family(np.random.default_rng(0), 500)[0])


def score(x, y, n_nodes=48):
    """Nats of the shipped network on the second half of the rows, after it has read the first."""
    a, b = (margins.to_nodes(margins.scale_ranks(side), 0, n_nodes) for side in (x, y))
    cells = np.array_split(a * n_nodes + b, 2)
    train, fresh = (np.bincount(part, minlength=n_nodes**2).reshape(1, n_nodes, n_nodes) for part in cells)
    network = load_grid_network(torch.device("cpu"))
    return float(infonce_on_grid(network(torch.tensor(train).float()), torch.tensor(fresh).float()))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
def test_every_family_but_one_is_dependent(family):
    scores = [score(*family(np.random.default_rng(seed), 6_000)) for seed in range(20)]
    if family is laws.independent:
        assert max(scores) < 0.003  # six standard deviations of an independent pair's score on 3,000 rows
    else:
        assert np.mean(scores) > 0.03


def test_pairs_are_finite_and_not_constant(monkeypatch):
    def broken(rng, n):
        return np.full(n, rng.choice([np.nan, np.inf, 1.0])), rng.normal(size=n)

    monkeypatch.setattr(laws, "FAMILIES", [(broken, 1.0), (laws.independent, 1.0)])
    for seed in range(20):
        for side in laws.draw_pair(np.random.default_rng(seed), 100):
            assert np.isfinite(side).all()
            assert side.std() > 0


def test_laws_are_not_those_of_a_benchmark():
    # No law is built from the samplers that benchmarks draw from, whose parameters are round numbers (width .1).
    code = "import sys, pretraining.laws; print([m for m in sys.modules if m.startswith('skmine')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    # Parameters are drawn from continuous ranges: no two laws have the same.
    draws = [laws.narrow_additive(np.random.default_rng(s), 4000) for s in range(200)]
    widths = [np.abs(y - x).max() for x, y in draws]
    assert len({round(w, 9) for w in widths}) == 200
