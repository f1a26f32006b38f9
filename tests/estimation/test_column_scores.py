"""Scores of columns over folds."""

import numpy as np
import pytest
from scipy import stats
from sklearn.feature_selection import mutual_info_regression
from sklearn.model_selection import KFold

from skmine.data.conversion import make_column
from skmine.data.ladder import encode_columns
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import score_columns
from skmine.estimation.folds import make_folds
from skmine.estimation.plan import Plan
from skmine.synthetic import constant, discrete_table, independent_pair, noisy_function, shapes


def score(pairs, seed=0, groups=None, cv=3, **options):
    """Scores of columns that share a target: pairs is (list of x, y)."""
    xs, y = pairs
    budgets = choose_node_budgets(len(y), groups)
    columns = [make_column(np.asarray(x), f"x{j}") for j, x in enumerate(xs)]
    ladder = encode_columns(columns, [None] * len(xs), budgets)
    target = encode_columns([make_column(np.asarray(y), "y")], [None], budgets)
    folds = make_folds(cv, len(y), groups=groups, random_state=seed)
    return score_columns(ladder, target, Plan(folds, groups, **options))


@pytest.mark.parametrize("sampler", shapes(), ids=lambda s: s.name)
def test_estimates_of_shapes_with_known_mi(sampler):
    # n = 10,000: the first issue of the ranking asks for .05; a single draw may add 3 of its errors.
    result = score((lambda x, y: ([x], y))(*sampler.draw(np.random.default_rng(1), 10_000)))
    assert abs(result.mi[0] - sampler.mi) < 0.05
    assert result.evidence.held_out[0] <= sampler.mi + 3 * max(result.evidence.se[0], 1e-3)
    assert result.evidence.held_out[0] <= min(result.mi[0], result.evidence.training[0])


@pytest.mark.parametrize("k", [2, 3, 6])
def test_estimates_of_discrete_tables(k):
    joint = np.full((k, k), 0.3 / k**2) + 0.7 * np.eye(k) / k
    sampler = discrete_table("diagonal", joint)
    x, y = sampler.draw(np.random.default_rng(0), 5000)
    result = score(([x], y))
    # A plug-in estimate's error at n = 5,000 is about its standard error, .01.
    assert abs(result.mi[0] - sampler.mi) < 0.03
    assert result.evidence.held_out[0] <= stats.entropy(np.bincount(y))


def test_a_constant_column_scores_exactly_zero():
    rng = np.random.default_rng(0)
    result = score(([np.ones(300), np.full(300, np.nan), rng.normal(size=300)], rng.normal(size=300)))
    assert result.kind[:2].tolist() == ["constant", "constant"]
    for values in (result.evidence.held_out, result.evidence.training, result.evidence.se):
        assert values[:2].tolist() == [0.0, 0.0]
    assert result.evidence.pvalue[:2].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("n", [1000, 10_000])
def test_a_rare_class_never_scores_above_its_entropy(n):
    rng = np.random.default_rng(0)
    y = np.zeros(n)
    y[rng.choice(n, max(n // 10_000, 1), replace=False)] = 1
    xs = [y + 0.01 * rng.normal(size=n), y, rng.normal(size=n), (y == 1) | (rng.random(n) < 0.5)]
    result = score((xs, y))
    entropy = stats.entropy(np.bincount(y.astype(int)))
    assert (result.evidence.held_out <= entropy).all()
    assert (result.evidence.training <= entropy).all()
    assert (result.mi <= entropy).all()


def test_null_pvalues_are_not_too_small():
    # 400 independent columns a case: at a true rate of .05, a binomial 99.9 % interval around it.
    for n, seed in ((300, 0), (1000, 1)):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=n)
        continuous = list(rng.normal(size=(200, n)))
        ties = list(rng.poisson(1.0, size=(100, n)))
        binary = list(rng.random((100, n)) < 0.1)
        result = score((continuous + ties + binary, y), seed=seed)
        for part in (result.evidence.pvalue, result.evidence.pvalue[:200], result.evidence.pvalue[200:]):
            low = stats.binomtest(int((part < 0.05).sum()), part.size).proportion_ci(0.999).low
            assert low <= 0.05
        assert abs(result.evidence.held_out).max() < 0.05


def test_standard_errors_have_the_size_of_the_spread():
    # 40 draws: the ratio of mean reported to observed standard error is known to 1 / sqrt(2 * 39),
    # 11 %; three of these on either side, and the design's own 7 %.
    sampler = next(s for s in shapes() if s.name == "normal 0.75")
    found = [score((lambda x, y: ([x], y))(*sampler.draw(np.random.default_rng(s), 600)), seed=s) for s in range(40)]
    spread = np.std([r.evidence.held_out[0] for r in found], ddof=1)
    reported = np.mean([r.evidence.se[0] for r in found])
    assert 0.6 < reported / spread < 1.5


def test_a_column_does_not_depend_on_its_company():
    rng = np.random.default_rng(3)
    y = rng.normal(size=400)
    xs = [y + rng.normal(size=400), rng.integers(0, 3, 400), rng.normal(size=400)]
    together = score((xs, y))
    for j, x in enumerate(xs):
        alone = score(([x], y))
        np.testing.assert_allclose(alone.evidence.held_out[0], together.evidence.held_out[j], rtol=1e-4, atol=1e-6)


def test_repeated_rows_need_groups():
    # 80 rows, each ten times, x independent of y: by rows the copies look like evidence, by
    # groups they do not.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(80), 10)
    y, xs = rng.normal(size=80)[groups], rng.normal(size=(60, 80))[:, groups]
    by_rows, by_groups = score((list(xs), y)), score((list(xs), y), groups=groups)
    assert (by_rows.evidence.pvalue < 0.05).mean() > 0.9
    low = stats.binomtest(int((by_groups.evidence.pvalue < 0.05).sum()), 60).proportion_ci(0.999).low
    assert low <= 0.05
    assert by_groups.mi.max() < 0.1  # each value tells its group, and no group tells of another
    # With every row ten times, the score's error is that of a tenth of the rows.
    assert (by_groups.evidence.se > 2 * score((list(xs), y), cv=list(KFold(3).split(xs.T))).evidence.se.min()).any()


def test_progress_reaches_the_end():
    calls = []
    rng = np.random.default_rng(0)
    score(
        (list(rng.normal(size=(70, 300))), rng.normal(size=300)),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls[-1] == (70, 70)
    assert {total for _, total in calls} == {70}
    assert len(calls) > 2
    assert [c[0] for c in calls] == sorted(c[0] for c in calls)


def test_independent_pairs_have_no_lower_bound_above_zero():
    rng = np.random.default_rng(5)
    sampler = independent_pair()
    x, y = sampler.draw(rng, 2000)
    result = score(([x], y))
    assert abs(result.evidence.held_out[0]) < 0.01


def test_estimates_are_closer_to_the_truth_than_nearest_neighbours():
    # Ten draws of every shape at n = 300: absolute errors, paired, summed over the shapes of a draw.
    differences = []
    for seed in range(10):
        gain = 0.0
        for sampler in shapes():
            x, y = sampler.draw(np.random.default_rng([300, seed]), 300)
            theirs = mutual_info_regression(x[:, None], y, random_state=seed)[0]
            gain += abs(theirs - sampler.mi) - abs(score(([x], y), seed=seed).mi[0] - sampler.mi)
        differences.append(gain / len(shapes()))
    assert np.mean(differences) > 2.26 * stats.sem(differences)  # Student's 97.5 % point, 9 degrees


def test_null_columns_score_next_to_nothing():
    # 300 columns, n = 1,000: the claim is a standard deviation of .002 and a mean of .006, each known
    # to 1 / sqrt(2 * 299) and sd / sqrt(300) of itself; three of these above.
    rng = np.random.default_rng(2)
    result = score((list(rng.normal(size=(300, 1000))), rng.normal(size=1000)))
    assert result.evidence.held_out.std(ddof=1) < 0.002 * (1 + 3 / np.sqrt(2 * 299))
    assert abs(result.mi.mean()) < 0.006


def test_lower_bounds_hold():
    # 60 draws of a weak, a middling and no dependence: at a true rate of .95, a 99.9 % interval.
    for sampler in (*[s for s in shapes() if s.name in ("weak", "fan")], independent_pair()):
        missed = 0
        for seed in range(60):
            x, y = sampler.draw(np.random.default_rng([4, seed]), 500)
            result = score(([x], y), seed=seed)
            bound = result.lower_bound()[0]
            missed += bound > sampler.mi
            assert bound <= 0 or result.evidence.pvalue[0] <= 0.05
        assert stats.binomtest(missed, 60).proportion_ci(0.999).low <= 0.05


@pytest.mark.parametrize("noise", [0.1, 0.2])
@pytest.mark.parametrize("function", [np.positive, lambda v: np.sin(3 * v), lambda v: v**3])
def test_strong_links_are_read_without_bias(function, noise):
    # What rows say varies by about one nat, the mean of three estimates by 1 / sqrt(30,000) = .006: four times that,
    # and a hundredth of the 1 to 2.5 nats, as grids lose some and corrections put it back.
    law = noisy_function("strong", function, constant(noise))
    draws = [law.draw(np.random.default_rng([5, seed]), 10_000) for seed in range(3)]
    found = [score(([x], y), seed=seed).mi[0] for seed, (x, y) in enumerate(draws)]
    assert abs(np.mean(found) - law.mi) < 4 / np.sqrt(30_000) + 0.01 * law.mi


def test_rows_of_a_group_that_say_the_same_do_not_fill_finer_grids():
    # 600 pairs twenty times each: what pairs say varies by about one nat, the mean of three estimates by
    # 1 / sqrt(1,800) = .024; a hundredth of 2.3 nats beside four of these. By their 12,000 rows they read .5 high.
    groups = np.repeat(np.arange(600), 20)
    found = []
    for seed in range(3):
        rng = np.random.default_rng([6, seed])
        y = rng.normal(size=600)
        x = y + 0.1 * rng.normal(size=600)
        found.append(score(([x[groups]], y[groups]), seed=seed, groups=groups).mi[0])
    truth = 0.5 * np.log(1 + 1 / 0.1**2)
    assert abs(np.mean(found) - truth) < 4 / np.sqrt(1800) + 0.01 * truth
    assert max(choose_node_budgets(12_000, groups)) < max(choose_node_budgets(12_000))


def test_node_counts_grow_with_the_rows():
    last = [0]
    for n in (20, 200, 1_000, 5_000, 1_000_000):
        budgets = choose_node_budgets(n)
        assert budgets == sorted(set(budgets))
        assert budgets[-1] >= last[-1]
        assert max(budgets[:3]) <= 256  # codes are 8 bits, those of the finest grid 16
        assert max(budgets) <= 65536
        last = budgets
