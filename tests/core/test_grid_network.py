"""The grid network: what it takes and returns, and what stands in for it on small full counts."""

import numpy as np
import pytest
import torch

from skmine.core.networks import (
    LARGEST_CRITIC_VALUE,
    GridNetwork,
    apply_plug_in,
    load_grid_network,
    load_weights,
    save_weights,
)
from skmine.data.counts import SIDE_MULTIPLE


@pytest.mark.parametrize("shape", [(16, 16), (16, 48), (48, 16), (64, 64), (128, 128), (80, 112)])
def test_every_multiple_of_16_can_be_a_side(network, shape):
    counts = torch.poisson(torch.full((3, *shape), 0.5), generator=torch.Generator().manual_seed(0))
    values = network(counts)
    assert values.shape == (3, *shape)
    assert values.isfinite().all()
    assert values.abs().max() <= LARGEST_CRITIC_VALUE
    assert GridNetwork.MULTIPLE == SIDE_MULTIPLE


@pytest.mark.parametrize("counts", [torch.zeros(1, 16, 16), torch.eye(16)[None] * 1e6, torch.ones(1, 16, 16) * 1e7])
def test_extreme_counts_have_finite_values(network, counts):
    counts[0, 0, 0] = 1
    assert network(counts).isfinite().all()


def test_a_pair_does_not_depend_on_the_others_of_its_batch(network):
    counts = torch.poisson(torch.full((6, 48, 64), 0.3), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(network(counts)[3:4], network(counts[3:4]), rtol=1e-4, atol=1e-5)


def test_without_a_correction_it_is_the_gated_log_ratio_cell_by_cell():
    """With a head of zeros, T = sigmoid(-3) log((N + 1/2) / (E + 1/2)): cells come back where they were."""
    torch.manual_seed(0)
    untrained = GridNetwork()  # the last refining layer starts at zero
    for parameter in untrained.head.parameters():
        torch.nn.init.zeros_(parameter)
    counts = torch.poisson(torch.rand(2, 32, 48) * 3)
    expected = counts.sum(2, keepdim=True) * counts.sum(1, keepdim=True) / counts.sum((1, 2), keepdim=True)
    ratio = torch.log((counts + 0.5) / (expected + 0.5))
    torch.testing.assert_close(untrained(counts), ratio / (1 + np.exp(3)))


def test_loaded_weights_are_those_that_were_saved(tmp_path):
    torch.manual_seed(0)
    one, other = GridNetwork(), GridNetwork()
    save_weights(one, tmp_path / "w.npz")
    load_weights(other, tmp_path / "w.npz")
    counts = torch.ones(1, 16, 32)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert torch.equal(one(counts), other(counts))
    with np.load(tmp_path / "w.npz", allow_pickle=False) as arrays:
        assert all(arrays[k].dtype == np.float32 for k in arrays.files)


def test_small_full_counts_are_their_own_critic():
    joint = torch.full((1, 16, 16), 0.0)
    joint[0, :6, :6] = 0.3 / 36 + 0.7 * torch.eye(6) / 6  # six labels against six, in no order
    ratio = torch.log(joint[0, :6, :6] * 36)
    given = torch.full((1, 16, 16), 7.0)
    found = apply_plug_in(given, joint * 50_000)[0, :6, :6]
    # X^2 is about n times 5 x .49 here, so that the weight is 1 - 25 / 122,500.
    assert torch.allclose(found, ratio, atol=2e-3)
    assert torch.equal(apply_plug_in(given, joint * 200), given)  # fewer than 10 rows for each of 25
    assert torch.equal(apply_plug_in(torch.ones(1, 32, 16), torch.ones(1, 32, 16)), torch.ones(1, 32, 16))
    product = torch.outer(torch.arange(1.0, 17), torch.arange(1.0, 17))[None]
    assert apply_plug_in(given, product).abs().max() < 1e-3  # independent
    one_row = torch.zeros(1, 16, 16)
    one_row[0, 0] = 5.0
    assert apply_plug_in(given, one_row).isfinite().all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_the_processor(network):
    counts = torch.poisson(torch.full((4, 64, 64), 0.5), generator=torch.Generator().manual_seed(0))
    there = load_grid_network(torch.device("cuda"))(counts.cuda()).cpu()
    torch.testing.assert_close(there, network(counts), rtol=1e-2, atol=1e-2)
