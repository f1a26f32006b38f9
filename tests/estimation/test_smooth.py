"""P-values by low-degree coefficients, and the rule that puts p-values together."""

import numpy as np
import pytest
import torch
from scipy import stats

from skmine import rank_columns
from skmine.estimation.counting import Counts, RowCells
from skmine.estimation.inference import combine_by_cauchy
from skmine.estimation.merging import NodeOrder
from skmine.estimation.side_functions import SideFunctions
from skmine.estimation.smooth import Terms, combine_with_smooth, standardise_sums

ORDER, LABELS = NodeOrder(ordered=True), NodeOrder()


def count(x, y, shape=(32, 32), orders=(ORDER, ORDER), groups=None):
    """Counts of one pair of node numbers."""
    table = np.zeros((1, 1, *shape))
    np.add.at(table[0, 0], (x, y), 1)
    every = [np.arange(len(x))]
    rows = None if groups is None else RowCells([x.astype(np.uint8)], y.astype(np.uint8), groups, every, every)
    whole = torch.from_numpy(table)
    return Counts(torch.zeros_like(whole), whole, [len(x)], (), [orders[0]], orders[1], rows)


def cut(values, n_nodes=32):
    """Quantile nodes."""
    return (stats.rankdata(values, method="ordinal").astype(int) - 1) * n_nodes // len(values)


def test_one_p_of_one_vetoes_nothing():
    # The rule of the issue of combination: (1e-8, 1) gives at most 1e-7, whichever is the small one of two.
    assert combine_by_cauchy([[1e-8], [1.0]], [1, 1])[0] < 1e-7
    assert combine_by_cauchy([[1.0], [1e-12]], [1, 1])[0] < 1e-11
    assert combine_by_cauchy([[0.0], [0.5]], [1, 1])[0] < 1e-299
    assert combine_by_cauchy([[1.0], [1.0]], [1, 1])[0] > 0.9
    rng = np.random.default_rng(0)
    nothing = count(rng.integers(32, size=1000), rng.integers(32, size=1000))
    assert combine_with_smooth(np.array([1e-8]), nothing)[0] < 1e-7


@pytest.mark.parametrize("n_nodes", [2, 3, 12, 32])
def test_functions_are_orthonormal_over_the_rows(n_nodes):
    rng = np.random.default_rng(n_nodes)
    margin = rng.integers(1, 40, n_nodes).astype(float)
    for order in (ORDER, LABELS, NodeOrder(True, has_missing=True), NodeOrder(False, has_missing=True)):
        made = SideFunctions.make(margin, order)
        share = margin / margin.sum()
        k = min(n_nodes - 1, 13)
        assert made.values.shape[1] == k if n_nodes <= 12 else made.values.shape[1] <= k
        inner = made.values.T @ (share[:, None] * made.values)
        assert inner == pytest.approx(np.eye(made.values.shape[1]), abs=1e-9)
        assert share @ made.values == pytest.approx(0, abs=1e-9)


def test_what_few_rows_carry_is_left_out():
    margin = np.array([500.0, 496.0, 4.0])
    few = SideFunctions.make(margin, LABELS)
    # Four of 1,000 rows: the function of their own has a kurtosis of about 250; with a half of the rows it is 1.
    assert few.kurtosis == pytest.approx([1, 250], rel=0.05)
    assert Terms.choose(few, few, 1000).kept.tolist() == [[True, False], [False, False]]


def draw_null_pvalues(draw, n, times, seed, orders=(ORDER, ORDER), shape=(32, 32)):
    """P-values of independent pairs, one-way ones at random."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(times):
        x, y = draw(rng, n)
        out.append(combine_with_smooth(rng.random(1), count(x, y, shape, orders))[0])
    return np.array(out)


@pytest.mark.parametrize("zeros", [(0.7, 0.6), (0.5, 0.0), (0.9, 0.9)])
@pytest.mark.parametrize("n", [900, 3000])
def test_sums_of_squares_have_the_variance_that_is_claimed(zeros, n):
    """Where many rows are tied at zero on both sides, the others carry all high degrees together."""
    rng = np.random.default_rng(n)
    codes = [np.repeat(np.arange(64), [n - 63 * (k := int(n * (1 - share) / 63)), *[k] * 63]) for share in zeros]
    x, y = (SideFunctions.make(np.bincount(c).astype(float), ORDER) for c in codes)
    terms = Terms.choose(x, y, n)
    of_x, of_y = x.values[codes[0]], y.values[codes[1]]
    draws = 2000
    z = [standardise_sums(of_x[rng.permutation(n)].T @ of_y, n)[terms.kept] for _ in range(draws)]
    for weights, claimed in zip(terms.sums.values(), terms.variances, strict=True):
        assert claimed <= 1.1
        if not weights.any():
            continue
        squares = (np.square(z) @ weights - weights.sum()) ** 2 / (2 * np.square(weights).sum())
        assert squares.mean() <= claimed + 4 * squares.std() / np.sqrt(draws)


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("kinds", ["numbers", "ties", "labels", "classes"])
def test_independent_pairs(kinds, n):
    draws = {
        "numbers": (lambda rng, n: (cut(rng.random(n)), cut(rng.random(n))), (ORDER, ORDER)),
        "ties": (lambda rng, n: (rng.poisson(1.0, n), cut(rng.random(n))), (ORDER, ORDER)),
        "labels": (lambda rng, n: (rng.integers(8, size=n) % 7, rng.binomial(4, 0.3, n)), (LABELS, LABELS)),
        "classes": (lambda rng, n: (rng.integers(2, size=n), cut(rng.random(n))), (LABELS, ORDER)),
    }
    draw, orders = draws[kinds]
    p = draw_null_pvalues(draw, n, 600, 0, orders)
    for level in (0.05, 0.01):
        # Fails only where the interval of the rate lies above 1.3 times the level.
        low = stats.binomtest(int((p < level).sum()), len(p)).proportion_ci(0.999).low
        assert low <= 1.3 * level


def test_weak_smooth_links_are_seen():
    """Power beside the test that knows the shape, at a level of .05; one-way p-values that see nothing."""
    rng = np.random.default_rng(0)
    seen, known = [], []
    for _ in range(200):
        y = rng.normal(size=500)
        x = 0.13 * y + rng.normal(size=500)
        seen.append(combine_with_smooth(rng.random(1), count(cut(x), cut(y)))[0] < 0.05)
        known.append(stats.pearsonr(x, y).pvalue < 0.05)
    # A correlation of .13 with 500 rows is seen in .83; what looks for all shapes may lose a fifth of it.
    assert np.mean(seen) > 0.8 * np.mean(known)


def test_groups_move_whole():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 20)
    null, linked = [], []
    for _ in range(200):
        of_groups = rng.normal(size=(3, 60))[:, groups]
        x, y = of_groups[:2] + 0.5 * rng.normal(size=(2, 1200))
        null.append(combine_with_smooth(rng.random(1), count(cut(x), cut(y), groups=groups))[0])
        linked.append(combine_with_smooth(rng.random(1), count(cut(x + y), cut(y), groups=groups))[0])
    # Rows of a group are nearly the same: as single rows nearly all of these would be "seen".
    low = stats.binomtest(int((np.array(null) < 0.05).sum()), 200).proportion_ci(0.999).low
    assert low <= 1.3 * 0.05
    assert np.mean(np.array(linked) < 0.01) > 0.9


def test_few_groups_leave_the_one_way_pvalue():
    rng = np.random.default_rng(0)
    x = rng.integers(32, size=200)
    found = combine_with_smooth(np.array([0.3]), count(x, x, groups=np.repeat(np.arange(5), 40)))
    assert found[0] == 0.3


def test_rankings_see_a_weak_trend_and_a_weak_spread():
    """In most tables, where the one-way p-value alone sees a third of them."""
    seen = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=1000)
        X = rng.normal(size=(1000, 2))
        X[:, 0] += 0.13 * y
        X[:, 1] *= np.exp(0.15 * y)
        seen.append(rank_columns(X, y, random_state=0)["pvalue"].to_numpy() < 0.01)
    assert np.mean(seen) > 0.75
