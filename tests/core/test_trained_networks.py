"""Pair and partition networks: their bases, their start, and what their inputs may be."""

import numpy as np
import pytest
import torch

from skmine.core.networks import PairNetwork, PartitionNetwork, Side, make_linear
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.networks.partition import N_COSINES, evaluate_node_base, node_features


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def make_side(n=7, p=3, k=2, m=2, nodes=5, seed=0):
    rng = np.random.default_rng(seed)
    return Side(
        torch.from_numpy(rng.normal(size=(n, p))).float(),
        torch.from_numpy(rng.normal(size=(n, k))),
        torch.from_numpy(rng.integers(0, nodes, (n, m))),
    )


LOOKUPS = torch.randn(2, 5, 5, generator=generator())


def make_pair_network(seed=0):
    return PairNetwork((3, 4), (8, 6), "silu", LOOKUPS, 0.0, generator(seed))


def test_the_base_of_a_pair_is_an_inner_product_and_what_is_looked_up():
    x, y = make_side(), make_side(4, 4, seed=1)
    found = evaluate_pair_base(x, y, LOOKUPS)
    for i in range(7):
        for j in range(4):
            expected = x.vectors[i] @ y.vectors[j] + sum(LOOKUPS[k, x.codes[i, k], y.codes[j, k]] for k in range(2))
            assert float(found[i, j]) == pytest.approx(float(expected), rel=1e-5)
    nodes = torch.randn(5, 2, generator=generator(1), dtype=torch.float64)
    found = evaluate_node_base(x, nodes, LOOKUPS)
    for g in range(5):
        expected = x.vectors[3] @ nodes[g] + sum(LOOKUPS[k, x.codes[3, k], g] for k in range(2))
        assert float(found[3, g]) == pytest.approx(float(expected), rel=1e-5)


def test_critics_start_as_their_base():
    x, y = make_side(), make_side(4, 4, seed=1)
    assert torch.equal(make_pair_network()(x, y), evaluate_pair_base(x, y, LOOKUPS))
    vectors = torch.zeros(5, 2, dtype=torch.float64)
    for places in (None, torch.linspace(0.1, 0.9, 5)):
        critic = PartitionNetwork(3, (8, 6), "relu", vectors, LOOKUPS, places, generator())
        assert torch.equal(critic(x), evaluate_node_base(x, vectors, LOOKUPS))


def test_batches_have_the_values_of_their_rows():
    critic = make_pair_network()
    with torch.no_grad():
        critic.head.weight.normal_(generator=generator(3))
    x, y = make_side(8), make_side(8, 4, seed=1)
    whole = critic(x, y)
    rows = torch.arange(8).view(2, 4)
    blocks = critic(x[rows], y[rows])
    assert torch.allclose(blocks[0], whole[:4, :4], atol=1e-6)
    assert torch.allclose(blocks[1], whole[4:, 4:], atol=1e-6)


def test_initial_weights_come_from_the_generator_alone():
    before = torch.random.get_rng_state()
    one, same, other = make_pair_network(0), make_pair_network(0), make_pair_network(1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(one.encode_x.layers[0].weight, same.encode_x.layers[0].weight)
    assert not torch.equal(one.encode_x.layers[0].weight, other.encode_x.layers[0].weight)
    layer = make_linear(16, 4, generator())
    assert layer.weight.abs().max() <= 0.25
    assert not make_linear(16, 4, None).weight.detach().any()


def test_near_equal_vectors_do_not_cancel_in_float32():
    """A canonical correlation of 1 - 1e-9 makes terms of 1e9 whose sum is about 10."""
    r = 1 - 1e-9
    factor = r / (1 - r * r)
    z = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    own = factor * r * z * z / 2
    empty = torch.empty(9, 0, dtype=torch.int64)
    x = Side(torch.zeros(9, 1), torch.cat([z * factor, -own, torch.ones_like(z)], 1), empty)
    y = Side(torch.zeros(9, 1), torch.cat([z, torch.ones_like(z), -own], 1), empty)
    diagonal = evaluate_pair_base(x, y, torch.zeros(0, 1, 1)).diagonal()
    assert torch.allclose(diagonal, (r * (1 - r) / (1 - r * r) * z * z)[:, 0].float(), atol=1e-4)


def test_the_gate_scales_the_base():
    x, y, vectors = make_side(), make_side(4, 4, seed=1), torch.zeros(5, 2, dtype=torch.float64)
    pair = make_pair_network()
    partition = PartitionNetwork(3, (8, 6), "relu", vectors, LOOKUPS, None, generator())
    with torch.no_grad():
        pair.gate.fill_(0.5)
        partition.gate.fill_(0.5)
    torch.testing.assert_close(pair(x, y), 0.5 * evaluate_pair_base(x, y, LOOKUPS))
    torch.testing.assert_close(partition(x), 0.5 * evaluate_node_base(x, vectors, LOOKUPS))


def test_features_of_nodes_are_orthonormal():
    """Cosines of the middles of equal parts: the discrete cosine transform."""
    features = node_features((torch.arange(40, dtype=torch.float64) + 0.5) / 40)
    torch.testing.assert_close(features.T @ features / 40, torch.eye(N_COSINES).double(), atol=1e-5, rtol=0)
