"""Exact and permutation laws where few cells carry everything."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from skmine import mutual_info_matrix, mutual_info_scores, rank_columns
from skmine.estimation.inference import combine_one_way
from skmine.estimation.merging import NodeOrder
from skmine.estimation.random_tables import GroupedRows
from skmine.estimation.sparse import compute_fisher_pvalue, compute_sparse_pvalue, is_sparse
from skmine.exceptions import AutocorrelatedRowsWarning

ORDERED, LABELS = NodeOrder(ordered=True), NodeOrder()


def tabulate(x, y, shape):
    return np.bincount(x * shape[1] + y, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def mark(rng, n, k):
    out = np.zeros(n, int)
    out[rng.choice(n, k, replace=False)] = 1
    return out


def assert_not_too_many(pvalues, levels=(0.05, 0.2)):
    """Exact laws of discrete tables reject no more often than they promise."""
    for level in levels:
        count = int((np.asarray(pvalues) < level).sum())
        assert stats.binomtest(count, len(pvalues), level, alternative="greater").pvalue > 0.001, (level, count)


@pytest.mark.parametrize("seed", range(20))
def test_two_indicators_have_fishers_exact_pvalue(seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 12, (2, 2)) * np.array([[1, 3], [2, 40]]) + 1.0
    expected = stats.fisher_exact(table)[1]
    assert compute_fisher_pvalue(table) == pytest.approx(expected, rel=1e-6)
    assert compute_sparse_pvalue(table, (ORDERED, LABELS)) == pytest.approx(expected, rel=1e-6)


def test_what_never_meets_and_is_not_expected_to_is_independent():
    # One row of x, five of y, 20,000 in all: no table is likelier than that without a meeting.
    x, y = np.zeros((20_000, 1)), np.zeros(20_000)
    x[7_000], y[:5] = 1, 1
    assert mutual_info_scores(x, y, random_state=0)[1] == pytest.approx(1)
    y[7_000] = 1  # now it does: 6 / 20,000
    assert mutual_info_scores(x, y, random_state=0)[1] == pytest.approx(6 / 20_000)


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (lambda rng, n: (rng.integers(0, 32, n), mark(rng, n, 20), (32, 2)), (ORDERED, ORDERED)),
        (lambda rng, n: (rng.integers(0, 40, n), 3 * mark(rng, n, 20) * rng.integers(0, 2, n), (40, 4)), (LABELS,) * 2),
        (lambda rng, n: (7 * mark(rng, n, 30) * rng.integers(0, 2, n), mark(rng, n, 40), (8, 2)), (ORDERED, LABELS)),
        (lambda rng, n: (mark(rng, n, 3), mark(rng, n, 500), (2, 2)), (NodeOrder(True, True), LABELS)),
    ],
    ids=["numbers", "labels", "zero-inflated", "missing"],
)
def test_independent_sparse_tables_are_rejected_as_often_as_promised(make, columns):
    rng, pvalues = np.random.default_rng(0), []
    for _ in range(300):
        x, y, shape = make(rng, 5_000)
        table = tabulate(x, y, shape)
        assert is_sparse(table)
        pvalues.append(compute_sparse_pvalue(table, columns))
    assert_not_too_many(pvalues)


def test_a_shift_of_a_rare_class_is_seen_as_often_as_by_ranks():
    # 60 of 20,000 rows, shifted by .67 standard deviations: Mann and Whitney's test knows that it is a shift.
    rng, ours, ranks = np.random.default_rng(0), [], []
    for _ in range(60):
        y = mark(rng, 20_000, 60)
        x = rng.normal(size=20_000) + 0.67 * y
        codes = np.searchsorted(np.quantile(x, np.linspace(0, 1, 33)[1:-1]), x)
        ours.append(compute_sparse_pvalue(tabulate(codes, y, (32, 2)), (ORDERED, ORDERED)))
        ranks.append(stats.mannwhitneyu(x[y == 1], x[y == 0]).pvalue)
    seen, of_ranks = ((np.array(p) < 1e-3).mean() for p in (ours, ranks))
    # A difference of .1 in 60 paired draws is two standard errors.
    assert seen > of_ranks - 0.1 > 0.7


def test_a_link_without_a_trend_is_seen():
    rng = np.random.default_rng(0)
    y = mark(rng, 20_000, 80)
    x = np.where(y == 1, 16 + rng.integers(-4, 4, 20_000), rng.integers(0, 32, 20_000))  # in the middle, not shifted
    assert compute_sparse_pvalue(tabulate(x, y, (32, 2)), (ORDERED, ORDERED)) < 1e-8


def test_missing_values_stay_apart_when_nodes_are_merged():
    # The rare class is missing half of the time, others one time in fifty; the values say nothing.
    rng = np.random.default_rng(0)
    y = mark(rng, 20_000, 20)
    gone = rng.random(20_000) < np.where(y == 1, 0.5, 0.02)
    table = tabulate(np.where(gone, 32, rng.integers(0, 32, 20_000)), y, (33, 2))
    assert compute_sparse_pvalue(table, (NodeOrder(True, True), ORDERED)) < 1e-4


def test_the_tail_is_fitted_beyond_the_draws():
    # A perfect trend of 40 rare rows: far beyond 20,000 random tables.
    rng = np.random.default_rng(0)
    y = mark(rng, 20_000, 40)
    x = np.where(y == 1, 31, rng.integers(0, 32, 20_000))
    assert compute_sparse_pvalue(tabulate(x, y, (32, 2)), (ORDERED, ORDERED)) < 1e-6
    again = [compute_sparse_pvalue(tabulate(x, y, (32, 2)), (ORDERED, ORDERED)) for _ in range(2)]
    assert again[0] == again[1]


def test_full_tables_keep_the_usual_law():
    rng = np.random.default_rng(0)
    assert not is_sparse(tabulate(rng.integers(0, 32, 1000), rng.integers(0, 2, 1000), (32, 2)))
    assert not is_sparse(tabulate(rng.integers(0, 32, 5000), rng.integers(0, 32, 5000), (32, 32)))
    assert is_sparse(tabulate(mark(rng, 5000, 100), mark(rng, 5000, 100), (2, 2)))  # they meet twice


@pytest.mark.parametrize("total", [-3.0, -0.02, 0.0])
@pytest.mark.parametrize("skewness", [0.0, 2.0, 41.0])
def test_a_statistic_at_or_below_its_mean_is_no_evidence(total, skewness):
    assert combine_one_way([[total]], [[skewness]], [1.0])[0] >= 0.3


def test_codes_of_a_few_rows_beside_a_rare_class_are_not_kept():
    # 20 tables of 40 codes of 1 to 4 rows: at most one in twenty keeps any, and one more by chance of the draw.
    rng, n, tables_that_keep, found = np.random.default_rng(0), 20_000, 0, 0
    for _ in range(20):
        y = mark(rng, n, 60)
        codes = np.stack([mark(rng, n, rng.integers(1, 5)) for _ in range(40)], axis=1)
        frame = pd.DataFrame(codes).rename(columns="code{}".format).assign(amount=rng.normal(size=n) + 0.9 * y)
        ranking = rank_columns(frame, y, random_state=0)
        tables_that_keep += ranking["kept"].drop("amount").any()
        found += ranking.loc["amount", "kept"]
    assert stats.binomtest(int(tables_that_keep), 20, 0.1, alternative="greater").pvalue > 0.01
    assert found >= 18


def test_matrices_and_several_targets_have_the_same_law():
    rng = np.random.default_rng(0)
    flags = np.stack([mark(rng, 5_000, 5) for _ in range(12)], axis=1)
    pvalues = mutual_info_matrix(flags, with_errors=True, random_state=0)[2].to_numpy()[np.triu_indices(12, 1)]
    assert_not_too_many(pvalues, levels=(0.05,))
    several = mutual_info_scores(flags[:, :10], flags[:, 10:], random_state=0)[1]
    one_by_one = [mutual_info_scores(flags[:, :10], flags[:, k], random_state=0)[1] for k in (10, 11)]
    assert several == pytest.approx(np.minimum(2 * np.minimum(*one_by_one), 1))


@pytest.mark.parametrize("sizes", ["equal", "unequal"])
@pytest.mark.parametrize("made", ["numbers", "flags"])
def test_groups_move_whole(sizes, made):
    # Both sides are constant in a group: rows by themselves would make eight rows count for one.
    pvalues, of_rows = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        size = np.full(200, 8) if sizes == "equal" else rng.integers(4, 13, 200)
        groups = np.repeat(np.arange(200), size)
        y = mark(rng, 200, 6)[groups]
        x = (rng.integers(0, 32, 200) if made == "numbers" else mark(rng, 200, 20))[groups]
        counts, orders = tabulate(x, y, (32, 2)), (ORDERED, LABELS)
        pvalues.append(compute_sparse_pvalue(counts, orders, GroupedRows(x, y, groups)))
        of_rows.append(compute_sparse_pvalue(counts, orders))
    assert_not_too_many(pvalues)
    assert np.mean(np.array(of_rows) < 0.05) > 0.3


def test_a_link_of_groups_is_seen():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(400), 5)
    y = mark(rng, 400, 7)[groups]
    x = np.clip(rng.integers(0, 16, 400) + 16 * y[::5], 0, 31)[groups]
    assert compute_sparse_pvalue(tabulate(x, y, (32, 2)), (ORDERED, LABELS), GroupedRows(x, y, groups)) < 1e-3
    X = x[:, None] + 0.01 * rng.normal(size=(2_000, 1))
    with pytest.warns(AutocorrelatedRowsWarning, match="pass time=, groups="):  # rows of a group stand side by side
        alone = mutual_info_scores(X, y, random_state=0)[1].item()
    assert alone < mutual_info_scores(X, y, groups=groups, random_state=0)[1].item() < 1e-3


def test_a_spread_of_a_rare_class_is_seen():
    # Sixty draws of a class twice as wide: the F test of two variances sees nearly all, ours at least two thirds.
    seen = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = mark(rng, 20_000, 40)
        x = rng.normal(size=20_000) * (1 + y)
        node = np.searchsorted(np.sort(x)[:: 20_000 // 32][1:], x, side="right")
        seen.append(compute_sparse_pvalue(tabulate(node, y, (33, 2)), (ORDERED, LABELS)) < 0.05)
    assert stats.binomtest(sum(seen), 60, 0.66, alternative="less").pvalue > 0.001


@pytest.mark.parametrize(
    ("n", "n_rare", "shift", "spread"),
    [
        (5_000, 10, 2, 1),
        (20_000, 40, 0.7, 1),
        *(pytest.param(20_000, 40, *law, marks=pytest.mark.slow) for law in ((2, 1), (0, 2), (0, 0.4))),
    ],
)
def test_a_rare_class_is_read_right(n, n_rare, shift, spread):
    # y has ones of a normal law of its own; I by quadrature. .8 to 1.2 of the truth on average, where n I is 10 nats.
    grid = np.linspace(-12, 12, 20_001)
    share = n_rare / n
    one, zero = share * stats.norm.pdf(grid, shift, spread), (1 - share) * stats.norm.pdf(grid)
    truth = np.trapezoid(special.entr(one + zero) - special.entr(one) - special.entr(zero), grid)
    truth += special.entr(share) + special.entr(1 - share)
    assert n * truth > 9.5
    rng = np.random.default_rng(0)
    y = mark(rng, n, n_rare)
    X = rng.normal(size=(n, 60))
    X[y == 1] = shift + spread * X[y == 1]
    for columns, target in ((X, y), (X, np.where(y, "yes", "no"))):
        ranking = rank_columns(columns, target, random_state=0)
        error = ranking["mi"].std() / np.sqrt(60)
        assert 0.8 * truth - 2 * error < ranking["mi"].mean() < 1.2 * truth + 2 * error
        missed = int((ranking["lower"] > truth).sum())
        assert stats.binomtest(missed, 60, 0.05, alternative="greater").pvalue > 0.001
