"""Mutual information of counts by themselves: nearly free of bias, and used where counts are full."""

import numpy as np
import pytest
from scipy import special, stats

from skmine import rank_columns
from skmine.estimation.plug_in import PlugIn, compute_entropy, extrapolate
from skmine.synthetic import shapes


@pytest.mark.parametrize("rows_per_cell", [2, 5, 20])
def test_entropies_of_few_rows_have_no_bias(rows_per_cell):
    rng = np.random.default_rng(rows_per_cell)
    p = rng.dirichlet(np.full(100, 3.0))
    found = [compute_entropy(rng.multinomial(100 * rows_per_cell, p).astype(float)) for _ in range(300)]
    # A cell of m expected rows is off by about exp(-2 m) / (2 n); the smallest have a fifth of the mean.
    tolerance = 4 * np.std(found) / np.sqrt(300) + np.exp(-0.4 * rows_per_cell) / (2 * rows_per_cell)
    assert np.mean(found) == pytest.approx(stats.entropy(p), abs=tolerance)


def test_only_full_counts_speak_for_themselves():
    table = np.array([[60.0, 20.0], [20.0, 60.0]])
    found = PlugIn.of_counts(np.stack([table, table / 4]))
    assert found.mi[0] == pytest.approx(0.1308, abs=0.02)  # log 2 less the entropy of a quarter
    assert np.isnan(found.mi[1])
    assert found.noise[0] == pytest.approx(np.sqrt(2) / 160)


@pytest.mark.parametrize(("exponent", "within"), [(2.0, 1e-9), (1.0, 0.35)])
def test_what_grids_lose_is_extrapolated(exponent, within):
    """All of it where the loss falls with the squared number of nodes; two thirds where it falls with the number."""
    grids = [PlugIn(np.array([1 - nodes**-exponent]), np.zeros(1)) for nodes in (48.0, 96.0, 192.0)]
    lost = 192.0**-exponent
    assert abs(extrapolate(grids, np.array([False]))[0] - 1) <= within * lost
    assert extrapolate(grids, np.array([True]))[0] == grids[-1].mi[0]
    grids[0] = PlugIn.none(1)
    assert extrapolate(grids, np.array([False]))[0] >= grids[-1].mi[0]
    grids[1] = PlugIn.none(1)
    assert np.isnan(extrapolate(grids, np.array([True]))[0])


@pytest.mark.parametrize(("name", "lost"), [("sin 4y", 0.004), ("vee", 0.001)])
def test_a_million_rows_say_the_truth(name, lost):
    """Critics lose 5 to 13 standard errors here."""
    sampler = next(shape for shape in shapes() if shape.name == name)
    x, y = sampler.draw(np.random.default_rng(0), 1_000_000)
    found = rank_columns(np.asarray(x).reshape(-1, 1), y, random_state=0).iloc[0]
    # Three standard errors, and a half of what the finest grid loses, which is extrapolated.
    assert found["mi"] == pytest.approx(sampler.mi, abs=3 * found["se"] + lost / 2)
    assert found["lower"] <= sampler.mi


def test_counts_of_events_say_the_truth():
    """Levels are scored by themselves, whose critics lose more than the grid's counts do."""
    x = np.linspace(-8, 8, 8001)
    weights = stats.norm.pdf(x) / stats.norm.pdf(x).sum()
    of_x = stats.poisson.pmf(np.arange(80), (3 + np.exp(x / 2))[:, None])
    truth = float(weights @ special.rel_entr(of_x, weights @ of_x).sum(1))
    rng = np.random.default_rng(0)
    y = rng.normal(size=1_000_000)
    found = rank_columns(rng.poisson(3 + np.exp(y / 2))[:, None], y, random_state=0).iloc[0]
    assert found["mi"] == pytest.approx(truth, abs=3 * found["se"])
