"""The grid network: what it takes and returns, and what stands in for it on small full counts."""

import numpy as np
import pytest
import torch
from scipy import special, stats

from skmine.core.networks import (
    LARGEST_CRITIC_VALUE,
    GridNetwork,
    finish_critic,
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
    found = finish_critic(given, joint * 50_000)[0, :6, :6]
    # X^2 is about n times 5 x .49 here, so that the weight is 1 - 25 / 122,500.
    assert torch.allclose(found, ratio, atol=2e-3)
    # Fewer than 10 rows for each of 25: the network's constant stays, which is 0 as exp(T) averages to 1.
    assert finish_critic(given, joint * 200).abs().max() < 1e-5
    assert finish_critic(torch.ones(1, 32, 16), torch.ones(1, 32, 16)).abs().max() < 1e-5
    product = torch.outer(torch.arange(1.0, 17), torch.arange(1.0, 17))[None]
    assert finish_critic(given, product).abs().max() < 1e-3  # independent
    one_row = torch.zeros(1, 16, 16)
    one_row[0, 0] = 5.0
    assert finish_critic(given, one_row).isfinite().all()


def draw_normal_counts(n_rows, correlation, side=48, seed=0):
    """Counts of normal pairs on nodes of equal mass, and the probabilities of the cells."""
    edges = stats.norm.ppf(np.arange(1, side) / side)
    both = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]])
    grid = np.stack(np.meshgrid(edges, edges, indexing="ij"), axis=-1)
    cdf = np.zeros((side + 1, side + 1))
    cdf[1:-1, 1:-1] = both.cdf(grid)
    cdf[-1], cdf[:, -1] = np.arange(side + 1) / side, np.arange(side + 1) / side
    cells = np.maximum(np.diff(np.diff(cdf, axis=0), axis=1), 0)
    cells /= cells.sum()
    drawn = np.random.default_rng(seed).multinomial(n_rows, cells.ravel()).reshape(1, side, side)
    return torch.from_numpy(drawn.astype(np.float32)), cells


def score_on_law(values, cells):
    """The Donsker-Varadhan score of a critic on a law of cells, in nats."""
    product = np.outer(cells.sum(1), cells.sum(0))
    values = values[0].double().numpy()
    return (cells * values).sum() - np.log((product * np.exp(values)).sum())


@pytest.mark.parametrize("n_rows", [10_000, 1_000_000, 30_000_000])
@pytest.mark.parametrize("correlation", [0.3, 0.9])
def test_critics_are_near_the_law_far_beyond_the_rows_of_training(network, n_rows, correlation):
    """The counts themselves lose about freedom / 2n nats, of which the network may lose a few times as much."""
    counts, cells = draw_normal_counts(n_rows, correlation)
    mi = special.rel_entr(cells, np.outer(cells.sum(1), cells.sum(0))).sum()
    lost = mi - score_on_law(finish_critic(network(counts), counts), cells)
    assert 0 <= lost < min(0.1 * mi, 2 * 47**2 / (2 * n_rows) + 1e-4)


def test_a_finished_critic_averages_to_one_on_both_sides(network):
    counts, _ = draw_normal_counts(5_000, 0.8)
    ratio = finish_critic(network(counts), counts)[0].double().exp().numpy()
    n = counts.sum().item()
    x, y = counts[0].sum(1).numpy() / n, counts[0].sum(0).numpy() / n
    assert np.abs(ratio @ y - 1)[2:-2].max() < 0.05  # few rows at the ends may shift them less
    assert np.abs(x @ ratio - 1)[2:-2].max() < 0.05


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_the_processor(network):
    counts = torch.poisson(torch.full((4, 64, 64), 0.5), generator=torch.Generator().manual_seed(0))
    there = load_grid_network(torch.device("cuda"))(counts.cuda()).cpu()
    torch.testing.assert_close(there, network(counts), rtol=1e-2, atol=1e-2)
