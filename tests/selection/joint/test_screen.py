"""Pairs that say something together, found by matrix products."""

from itertools import pairwise

import numpy as np
import pytest

from skmine.data.features import Span
from skmine.estimation.critics.masked import make_masked_table
from skmine.estimation.nodes import Nodes
from skmine.selection.joint import screen as module
from skmine.selection.joint.screen import PairScores, find_striking, make_target_functions, score_pairs, screen


def numbers(n=2000, d=30, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return make_masked_table(matrix, [Span(j, j + 1, False) for j in range(d)], list(range(d)))


def test_noise_pairs_are_standard_normal():
    table = numbers()
    nodes = Nodes(np.random.default_rng(1).integers(0, 2, 2000), 2, False)
    scores = score_pairs(table, nodes, np.arange(2000)).scores
    assert len(scores) == 435
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
    assert scores.pairs[0].tolist() == [3, 17]
    assert scores.best.argmax() in (3, 17)
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


def test_blocks_of_candidates_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    spans = np.r_[0, rng.integers(1, 4, 25).cumsum()]
    matrix = rng.normal(size=(500, spans[-1])).astype(np.float32)
    table = make_masked_table(matrix, [Span(a, b, False) for a, b in pairwise(spans)], list(range(25)))
    nodes = Nodes(rng.integers(0, 3, 500), 3, False)
    whole = score_pairs(table, nodes, np.arange(500), most=40)
    of_features = np.zeros((25, 25))  # by the definition, pair by pair
    x = module.standardise(matrix.astype(np.float64))
    for c in make_target_functions(nodes, np.arange(500)).T:
        squares = np.maximum(np.square(x * c[:, None]).T @ np.square(x), 500)
        by_feature = np.square((x * c[:, None]).T @ x) / squares
        of_features += np.array([[by_feature[a:b, c:d].sum() for c, d in pairwise(spans)] for a, b in pairwise(spans)])
    sizes = np.diff(spans)
    expected = module.compute_normal_score(of_features, np.outer(sizes, sizes) * 2)
    assert np.isclose(whole.scores, expected[tuple(whole.pairs.T)], atol=1e-3).all()
    np.fill_diagonal(expected, -np.inf)
    assert np.isclose(whole.best, expected.max(1), atol=1e-3).all()
    for at_once in (1, 100, 700):
        monkeypatch.setattr(module, "SCORES_AT_ONCE", at_once)
        parts = score_pairs(table, nodes, np.arange(500), most=40)
        assert parts.pairs.tolist() == whole.pairs.tolist()
        assert np.isclose(parts.scores, whole.scores, atol=1e-3).all()
        assert np.isclose(parts.best, whole.best, atol=1e-3).all()


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
    chance = [[i, j] for i in range(8) for j in range(i + 1, 8) if (i, j) != (5, 6)]
    pairs = PairScores(np.r_[np.zeros(5), 9, 9, 0], np.array([[5, 6], *chance]), np.r_[9, np.zeros(27)])
    assert screen(alone, pairs, most=4) == [0, 1, 5, 6]
    assert screen(alone, pairs, kept=[7], most=5) == [0, 1, 5, 6, 7]
    assert screen(alone, pairs, most=20) == list(range(8))
