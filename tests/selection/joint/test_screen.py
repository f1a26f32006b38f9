"""Pairs that say something together, found by matrix products."""

import numpy as np
import pytest

from skmine.data.features import Span
from skmine.estimation.critics.masked import make_masked_table
from skmine.estimation.nodes import Nodes
from skmine.selection.joint.screen import find_striking, make_target_functions, score_pairs, screen


def numbers(n=2000, d=30, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return make_masked_table(matrix, [Span(j, j + 1, False) for j in range(d)], list(range(d)))


def test_noise_pairs_are_standard_normal():
    table = numbers()
    nodes = Nodes(np.random.default_rng(1).integers(0, 2, 2000), 2, False)
    scores = score_pairs(table, nodes, np.arange(2000))[np.triu_indices(30, 1)]  # 435 of them
    assert scores.mean() == pytest.approx(0, abs=4 / np.sqrt(435))
    assert scores.std() == pytest.approx(1, abs=4 / np.sqrt(2 * 435))
    assert find_striking(score_pairs(table, nodes, np.arange(2000))) == []


@pytest.mark.parametrize("ordered", [False, True])
def test_a_pair_that_says_something_stands_out(ordered):
    table = numbers()
    product = table.matrix[:, 3] * table.matrix[:, 17]
    if ordered:
        nodes = Nodes(np.argsort(np.argsort(product)) * 32 // 2000, 32, True)
    else:
        nodes = Nodes((product > 0).astype(np.int64), 2, False)
    scores = score_pairs(table, nodes, np.arange(2000))
    assert np.unravel_index(scores.argmax(), scores.shape) == (3, 17)
    assert find_striking(scores) == [3, 17]
    assert screen(np.zeros(30), scores, most=4)[:1] != [3] or 17 in screen(np.zeros(30), scores, most=4)
    assert {3, 17} <= set(screen(np.zeros(30), scores, most=4))


@pytest.mark.parametrize("share", [0.5, 0.01])
def test_rare_flags_that_meet_by_chance_do_not_strike(share):
    rng = np.random.default_rng(0)
    flags = (rng.random((3000, 30)) < 0.01).astype(np.float32)  # in a pair of columns a third of a row is in both
    table = make_masked_table(flags, [Span(j, j + 1, False) for j in range(30)], list(range(30)))
    nodes = Nodes((rng.random(3000) < share).astype(np.int64), 2, False)
    assert find_striking(score_pairs(table, nodes, np.arange(3000))) == []


def test_labels_are_compared_as_blocks():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, size=(3000, 6))
    matrix = np.concatenate([np.eye(4)[labels[:, j]] for j in range(6)], axis=1).astype(np.float32)
    table = make_masked_table(matrix, [Span(4 * j, 4 * j + 4, True) for j in range(6)], list(range(6)))
    same = Nodes((labels[:, 1] == labels[:, 4]).astype(np.int64), 2, False)
    assert find_striking(score_pairs(table, same, np.arange(3000))) == [1, 4]


def test_one_candidate_makes_no_pair():
    nodes = Nodes(np.random.default_rng(1).integers(0, 2, 2000), 2, False)
    assert find_striking(score_pairs(numbers(d=1), nodes, np.arange(2000))) == []


def test_target_functions_are_standardised():
    codes = np.random.default_rng(0).integers(0, 3, 500)
    for nodes in (Nodes(codes, 3, False), Nodes(codes * 10 + codes, 33, True)):
        functions = make_target_functions(nodes, np.arange(500))
        assert functions.mean(0) == pytest.approx(0, abs=1e-9)
        assert functions.std(0) == pytest.approx(1, abs=1e-9)
    assert make_target_functions(Nodes(codes, 3, False), np.arange(500)).shape == (500, 2)


def test_both_kinds_get_their_turn_and_kept_ones_their_place():
    alone = np.array([5.0, 4, 3, 2, 1, 0, 0, 0])
    pairs = np.zeros((8, 8))
    pairs[5, 6] = pairs[6, 5] = 9
    assert screen(alone, pairs, most=4) == [0, 1, 5, 6]
    assert screen(alone, pairs, kept=[7], most=5) == [0, 1, 5, 6, 7]
    assert screen(alone, pairs, most=20) == list(range(8))
