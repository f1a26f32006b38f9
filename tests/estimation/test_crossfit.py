"""Critics trained a fold: parts of the rows, blocks of pairs, one-way steps."""

import numpy as np
import pytest
import torch
from scipy import stats

from skmine.data.features import Span
from skmine.estimation.critics.pair import FEWEST_IN_CHUNK, PairSides
from skmine.estimation.critics.partition import PartitionSides
from skmine.estimation.crossfit import _is_one_way, _needs_another, crossfit
from skmine.estimation.folds import make_folds
from skmine.estimation.nodes import Nodes
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import Recipe, split_validation
from skmine.estimation.setting import Setting
from skmine.estimation.trained import ROWS_AT_ONCE, score_in_chunks

RECIPE = Recipe(hidden_layer_sizes=(16, 16), bound="dv", max_iter=30)
CPU = torch.device("cpu")


def make_sides(n=400, rho=0.8, seed=0, nodes=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)).astype(np.float32)
    y = (rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(n, 2))).astype(np.float32)
    spans = tuple(Span(j, j + 1, False) for j in range(2))
    x, y = np.tile(x, 2), np.tile(y, 2)  # the columns are normal: both views are the same
    if not nodes:
        return PairSides(x, y, (spans, spans))
    codes = np.searchsorted([-1.0, 0.0, 1.0], y[:, 0])
    return PartitionSides(x, y[:, [0, 2]], (spans, spans[:1]), Nodes(codes, 4, True))


def test_validation_rows_are_apart_and_groups_whole():
    rng = np.random.default_rng(0)
    rows = np.arange(100, 200)
    fit, validation = split_validation(rows, None, rng)
    assert sorted([*fit, *validation]) == list(rows)
    assert len(validation) == 20
    groups = np.repeat(np.arange(40), 5)
    fit, validation = split_validation(rows, groups, rng)
    assert not set(groups[fit]) & set(groups[validation])
    assert sorted([*fit, *validation]) == list(rows)


def test_one_way_critics_see_nothing_of_their_step_or_later_ones():
    folds = make_folds(4, 200, random_state=0)
    # The first fold has no rows before it, the last one's own critic will do.
    assert [_needs_another(fold) for fold in folds] == [False, True, True, False]
    for k, fold in enumerate(folds):
        before, later = fold.steps[0].before, np.concatenate([f.test for f in folds[k:]])
        assert not np.isin(before, later).any()
        assert len(before) == 50 * k
    assert [_is_one_way(fold) for fold in folds] == [False, False, False, True]
    single = make_folds([(np.arange(100), np.arange(100, 200))], 200)
    assert _is_one_way(single[0])
    assert not _needs_another(single[0])


@pytest.mark.parametrize("nodes", [False, True])
def test_chunks_of_a_part_keep_the_rows_in_their_places(nodes):
    data = make_sides(nodes=nodes)
    critic = data.fit(np.arange(200), RECIPE, np.random.SeedSequence(0), CPU)
    rows = np.arange(200, 400)
    whole, cut = score_in_chunks([critic], data, rows), score_in_chunks([critic], data, rows, 70)
    assert len(cut.pointwise) == 200
    # A chunk's normalisers are means over fewer rows: off by their errors, in the same order.
    assert np.corrcoef(whole.pointwise, cut.pointwise)[0, 1] > 0.95
    assert float(cut.pointwise.mean()) == pytest.approx(float(whole.pointwise.mean()), abs=0.1)
    twice = score_in_chunks([critic, critic], data, rows)
    assert torch.allclose(twice.pointwise, whole.pointwise, atol=1e-5)


@pytest.mark.parametrize("nodes", [False, True])
def test_p_values_are_uniform_under_independence(nodes):
    pvalues = []
    for seed in range(60):
        data = make_sides(200, rho=0.0, seed=seed, nodes=nodes)
        plan = Plan(make_folds(3, 200, random_state=seed), device="cpu")
        pvalues.append(crossfit(data, Setting(plan, RECIPE, np.random.SeedSequence(seed))).evidence.pvalue)
    pvalues = np.array(pvalues)
    # Silent critics say 1, so small p-values may be rarer than they promise, never more frequent.
    for level in (0.05, 0.2, 0.5):
        assert stats.binomtest(int((pvalues < level).sum()), 60, level, alternative="greater").pvalue > 0.01


def test_choices_are_written_down():
    data = make_sides()
    critic = data.fit(np.arange(300), RECIPE, np.random.SeedSequence(0), CPU)
    steps = [row["step"] for row in critic.curve]
    assert steps[0] == 0
    assert steps == sorted(steps)
    assert critic.n_iter in steps
    assert (critic.network is None) == (critic.n_iter == 0)
    assert len(critic.fit) == 240


def test_without_a_base_critics_start_from_nothing():
    data = make_sides()
    critic = data.fit(np.arange(300), Recipe(base=None, max_iter=1), np.random.SeedSequence(0), CPU)
    assert critic.start.base.name == "none"
    assert critic.curve[0]["validation"] == pytest.approx(0, abs=1e-6)


def test_only_pairs_of_rows_are_scored_in_smaller_chunks():
    nodes, pairs = make_sides(nodes=True), make_sides()
    assert nodes.choose_chunk(200_000) == nodes.choose_chunk(100) == pairs.choose_chunk(100) == ROWS_AT_ONCE
    assert pairs.choose_chunk(200_000) == FEWEST_IN_CHUNK
