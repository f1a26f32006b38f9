"""Candidates of a mask, and the network that prices every subset of them."""

import numpy as np
import pytest
import torch

from skmine.data.features import Span
from skmine.estimation.critics.masked import (
    fit_masked,
    make_masked_table,
    mask_any_size,
    mask_nothing,
    mask_this_one,
)
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Recipe

CPU = torch.device("cpu")


def make_table(n=8, seed=0):
    """Four columns of widths 1, 2, 1, 1 in three candidates, the second and the last column as one."""
    matrix = np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32)
    parts = [Span(0, 1, False), Span(1, 3, True), Span(3, 4, False), Span(4, 5, False)]
    return matrix, make_masked_table(matrix, parts, [0, 1, 2, 1])


def test_candidates_gather_their_columns():
    matrix, table = make_table()
    assert len(table) == 3
    assert table.candidate_of_feature.tolist() == [0, 1, 1, 1, 2]
    assert np.array_equal(table.matrix, matrix[:, [0, 1, 2, 4, 3]])
    assert [(p.first, p.last, p.labels) for p in table.spans] == [
        (0, 1, False), (1, 3, True), (3, 4, False), (4, 5, False)]  # fmt: skip
    some = table.only([2, 1])
    assert some.candidate_of_feature.tolist() == [0, 1, 1, 1]
    assert np.array_equal(some.matrix, matrix[:, [3, 1, 2, 4]])
    both = some.append(table.only([0]))
    assert both.candidate_of_feature.tolist() == [0, 1, 1, 1, 2]
    assert (both.spans[-1].first, both.spans[-1].last) == (4, 5)
    assert len(table.only([])) == 0


def test_shadows_keep_columns_of_a_candidate_together_and_break_all_else():
    _, table = make_table(200)
    shadows = table.make_shadows([1, 0, 1], np.random.default_rng(0))
    assert shadows.candidate_of_feature.tolist() == [0, 0, 0, 1, 2, 2, 2]
    first = table.matrix[:, table.candidate_of_feature == 1]
    rows = {row.tobytes() for row in first}
    assert {row.tobytes() for row in shadows.matrix[:, :3]} == rows
    assert (shadows.matrix[:, :3] == first).mean() < 0.1
    assert (shadows.matrix[:, 4:] == shadows.matrix[:, :3]).mean() < 0.1


def test_masks():
    generator = torch.Generator().manual_seed(0)
    masks = mask_any_size(10)(4000, generator)
    sizes = masks.sum(1)
    # A quarter full, the others of uniform size: .25 + .75 / 11 are full, 0.75 / 11 empty.
    assert float((sizes == 10).float().mean()) == pytest.approx(0.25 + 0.75 / 11, abs=4 * 0.0074)
    assert float((sizes == 0).float().mean()) == pytest.approx(0.75 / 11, abs=4 * 0.004)
    assert mask_nothing(3)(7, generator).tolist() == [[1.0] * 3] * 7
    lacking = mask_this_one(3, 1)(4000, generator)
    assert set(lacking.sum(1).tolist()) == {2.0, 3.0}
    assert float((lacking.sum(1) == 3).float().mean()) == pytest.approx(0.5, abs=4 * 0.008)


@pytest.fixture(scope="module")
def xor():
    """A masked critic of three columns, of which two say log 2 = .693 together and nothing apart."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(4000, 3)).astype(np.float32)
    codes = ((matrix[:, 0] > 0) ^ (matrix[:, 1] > 0)).astype(np.int64)
    table = make_masked_table(matrix, [Span(j, j + 1, False) for j in range(3)], [0, 1, 2])
    nodes, rows = Nodes(codes, 2, False), np.arange(4000)
    recipe = Recipe(max_iter=600)
    critic = fit_masked(table, nodes, rows[:2400], rows[2400:3000], recipe, np.random.SeedSequence(0), CPU)
    return critic, table, nodes, rows[3000:]


def test_one_network_prices_every_subset(xor):
    critic, table, nodes, rows = xor

    def mi(subset):
        return float(critic.score(table, nodes, rows, subset).pointwise.mean())

    assert mi([0, 1]) > 0.6 * np.log(2)
    assert mi([0, 1]) <= np.log(2)
    assert mi([0, 1, 2]) == pytest.approx(mi([0, 1]), abs=0.05)
    for alone in ([], [0], [1], [2], [0, 2], [1, 2]):
        # A held-out score of nothing: its standard error is below .01 where |T| is small.
        assert abs(mi(alone)) < 0.03, alone


def test_what_is_missing_costs_the_same_computed_one_by_one(xor):
    critic, table, nodes, rows = xor
    known = [0, 1, 2]
    one_by_one = [
        float(critic.score(table, nodes, rows, [k for k in known if k != j]).pointwise.double().mean()) for j in known
    ]
    # Sums of float32 in another order.
    assert critic.score_without(table, nodes, rows, known, known) == pytest.approx(one_by_one, abs=1e-4)
