"""The grid critic: what it returns, and what the shipped weights know."""

import numpy as np
import pytest
import torch

from pretraining import record
from skmine.core.devices import one_thread, resolve_device
from skmine.core.networks import (
    LARGEST_CRITIC_VALUE,
    GridNetwork,
    apply_plug_in,
    load_grid_network,
    load_weights,
    save_weights,
)
from skmine.core.scores import infonce_on_grid
from skmine.data.coding import ENCODING_VERSION, node_edges
from skmine.data.counts import SIDE_MULTIPLE


@pytest.fixture(scope="module")
def critic():
    return load_grid_network(torch.device("cpu"))


@pytest.mark.parametrize("shape", [(16, 16), (16, 48), (48, 16), (64, 64), (128, 128), (80, 112)])
def test_any_sides_of_the_multiple(critic, shape):
    counts = torch.poisson(torch.full((3, *shape), 0.5), generator=torch.Generator().manual_seed(0))
    score = critic(counts)
    assert score.shape == (3, *shape)
    assert score.isfinite().all()
    assert score.abs().max() <= LARGEST_CRITIC_VALUE
    assert GridNetwork.MULTIPLE == SIDE_MULTIPLE


@pytest.mark.parametrize("counts", [torch.zeros(1, 16, 16), torch.eye(16)[None] * 1e6, torch.ones(1, 16, 16) * 1e7])
def test_extreme_tables_stay_finite(critic, counts):
    counts[0, 0, 0] = 1
    assert critic(counts).isfinite().all()


def test_each_table_is_read_by_itself(critic):
    counts = torch.poisson(torch.full((6, 48, 64), 0.3), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(critic(counts)[3:4], critic(counts[3:4]), rtol=1e-4, atol=1e-5)


def test_untrained_it_starts_near_independence():
    torch.manual_seed(0)
    score = GridNetwork()(torch.full((1, 32, 32), 2.0))
    assert score.shape == (1, 32, 32)
    assert score.isfinite().all()


def test_weights_round_trip(tmp_path):
    torch.manual_seed(0)
    one, other = GridNetwork(), GridNetwork()
    save_weights(one, tmp_path / "w.npz")
    load_weights(other, tmp_path / "w.npz")
    counts = torch.ones(1, 16, 32)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert torch.equal(one(counts), other(counts))
    with np.load(tmp_path / "w.npz", allow_pickle=False) as arrays:
        assert all(arrays[k].dtype == np.float32 for k in arrays.files)


def test_shipped_weights_are_those_of_their_record():
    kept = record.read()
    assert record.SHIPPED.stat().st_size < 2e6
    assert kept["sha256"] == record.digest(record.SHIPPED)
    assert kept["encoding_version"] == ENCODING_VERSION
    assert "command" in kept
    for cycle in kept["cycles"]:
        assert {"48", "96", "192"} <= set(cycle["node_counts"])
        assert {"seed", "laws", "steps", "seconds"} <= set(cycle)


def test_shipped_weights_score_as_recorded(critic):
    found = record.reference_scores(critic)
    assert found == pytest.approx(record.read()["reference_scores"], abs=2e-4)  # rounding of other processors
    assert found["128"] > found["32"]  # finer grids see more


def normal_shares(rho, g):
    """Cell probabilities of a bivariate normal on the product's own nodes, by quadrature."""
    from scipy.special import ndtr, ndtri

    fine = (np.arange(4000) + 0.5) / 4000
    x = ndtri(fine)
    edges = ndtri(np.r_[0.0, node_edges(g), 1.0])
    below = ndtr((edges[None, :] - rho * x[:, None]) / np.sqrt(1 - rho**2))
    rows = np.searchsorted(node_edges(g), fine)
    shares = np.zeros((g, g))
    np.add.at(shares, rows, np.diff(below, axis=1) / 4000)
    return shares


@pytest.mark.parametrize("g", [48, 64, 96, 128])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.75, 0.95])
def test_normal_pairs_score_near_their_mi(critic, g, rho):
    # The critic reads 5,000 rows and is scored on the exact law: never above I; below it by what
    # 5,000 rows can teach: a tenth of I (and .002 nats), more than twice what a parametric fit loses.
    shares = normal_shares(rho, g)
    rng = np.random.default_rng(0)
    counts = rng.multinomial(5000, shares.ravel() / shares.sum()).reshape(1, g, g)
    score = infonce_on_grid(
        critic(torch.tensor(counts, dtype=torch.float32)), torch.tensor(shares[None]).float()
    ).item()
    product = shares.sum(1, keepdims=True) * shares.sum(0)
    on_grid = (shares[shares > 0] * np.log(shares[shares > 0] / product[shares > 0])).sum()
    assert score <= on_grid + 1e-5
    assert score >= 0.9 * on_grid - 0.002


def test_small_full_tables_are_read_off_their_counts():
    joint = torch.full((1, 16, 16), 0.0)
    joint[0, :6, :6] = 0.3 / 36 + 0.7 * torch.eye(6) / 6  # six labels against six, in no order
    ratio = torch.log(joint[0, :6, :6] * 36)
    network = torch.full((1, 16, 16), 7.0)
    found = apply_plug_in(network, joint * 50_000)[0, :6, :6]
    # X^2 is about n times 5 x .49 here, so that the share is 1 - 25 / 122,500.
    assert torch.allclose(found, ratio, atol=2e-3)
    assert torch.equal(apply_plug_in(network, joint * 200), network)  # fewer than 10 rows for each of 25
    assert torch.equal(apply_plug_in(torch.ones(1, 32, 16), torch.ones(1, 32, 16)), torch.ones(1, 32, 16))
    product = torch.outer(torch.arange(1.0, 17), torch.arange(1.0, 17))[None]
    assert apply_plug_in(network, product).abs().max() < 1e-3  # independence: nothing to say
    one_row = torch.zeros(1, 16, 16)
    one_row[0, 0] = 5.0
    assert apply_plug_in(network, one_row).isfinite().all()


def test_devices():
    assert resolve_device("cpu").type == "cpu"
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="device='cuda' is not available"):
            resolve_device("cuda")
    with pytest.raises(ValueError, match="device must be one of"):
        resolve_device("tpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_the_processor(critic):
    counts = torch.poisson(torch.full((4, 64, 64), 0.5), generator=torch.Generator().manual_seed(0))
    there = load_grid_network(torch.device("cuda"))(counts.cuda()).cpu()
    torch.testing.assert_close(there, critic(counts), rtol=1e-2, atol=1e-2)


def test_one_thread_is_given_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(RuntimeError, match="inside"), one_thread():
        raise RuntimeError("inside")
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
