"""What the shipped weights of the grid network know, and that they are those of their record."""

import numpy as np
import pytest
import torch
from scipy.special import ndtr, ndtri, rel_entr

from pretraining import record
from skmine.core.networks import grid
from skmine.core.scores import infonce_on_grid
from skmine.data.coding import ENCODING_VERSION, place_edges


def test_shipped_weights_are_those_of_their_record(network):
    kept = record.read_record()
    assert record.SHIPPED.stat().st_size < 2e6
    assert kept["sha256"] == record.hash_file(record.SHIPPED)
    assert kept["encoding_version"] == ENCODING_VERSION
    assert kept["parameters"] == sum(p.numel() for p in network.parameters())
    assert kept["command"].startswith("python -m pretraining")
    assert kept["seconds"] == sum(cycle["seconds"] for cycle in kept["cycles"])
    for cycle in kept["cycles"]:
        assert {"32", "48", "96", "192"} <= set(cycle["node_counts"])  # strong links go on to finer grids


def test_changed_weights_are_refused_in_a_sentence(tmp_path, monkeypatch):
    for name in (grid.WEIGHTS, grid.RECORD):
        (tmp_path / name).write_bytes(record.SHIPPED.with_name(name).read_bytes())
    monkeypatch.setattr(grid.resources, "files", lambda _: tmp_path)
    whole = grid.read_shipped_weights()
    (tmp_path / grid.WEIGHTS).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ValueError, match=r"'grid_critic\.npz' are not those of their record .* install skmine anew"):
        grid.read_shipped_weights()


def test_shipped_weights_score_as_recorded(network):
    found = record.score_reference_laws(network)
    assert found == pytest.approx(record.read_record()["reference_scores"], abs=2e-4)  # rounding of other processors
    assert found["128"] > found["32"]  # finer grids lose less


def normal_probabilities(rho, g):
    """Cell probabilities of a bivariate normal on the product's own nodes, by quadrature."""
    fine = (np.arange(4000) + 0.5) / 4000
    x = ndtri(fine)
    edges = ndtri(np.r_[0.0, place_edges(g), 1.0])
    below = ndtr((edges[None, :] - rho * x[:, None]) / np.sqrt(1 - rho**2))
    rows = np.searchsorted(place_edges(g), fine)
    probabilities = np.zeros((g, g))
    np.add.at(probabilities, rows, np.diff(below, axis=1) / 4000)
    return probabilities


@pytest.mark.parametrize("g", [48, 64, 96, 128])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.75, 0.95])
def test_normal_pairs_score_near_their_information(network, g, rho):
    # The network reads 5,000 rows and is scored on the exact law, so never above I. It is below I by what 5,000 rows
    # cannot teach: at most a tenth of I and .002 nats, more than twice what a parametric fit loses.
    probabilities = normal_probabilities(rho, g)
    rng = np.random.default_rng(0)
    counts = rng.multinomial(5000, probabilities.ravel() / probabilities.sum()).reshape(1, g, g)
    score = infonce_on_grid(
        network(torch.tensor(counts, dtype=torch.float32)), torch.tensor(probabilities[None]).float()
    ).item()
    product = probabilities.sum(1, keepdims=True) * probabilities.sum(0)
    on_grid = rel_entr(probabilities, product).sum()
    assert score <= on_grid + 1e-5
    assert score >= 0.9 * on_grid - 0.002
