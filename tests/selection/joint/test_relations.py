"""P-values of columns by themselves, and given all others."""

import numpy as np
import pytest
from scipy import stats

from skmine.selection.joint.linear import compute_partial_pvalues
from skmine.selection.joint.relations import (
    compute_null_probabilities,
    compute_pvalues,
    compute_pvalues_alone,
    find_related,
    find_surely_related,
)
from tests.rates import bound_rate


def test_related_columns_say_something_linear(make_problem):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 4))
    y = x[:, 0] + x[:, 1] * x[:, 2] + 0.5 * rng.normal(size=400)  # x0 says a lot alone, x1 and x2 only together
    problem, rows = make_problem(x, y), np.arange(300)
    assert find_related(compute_pvalues(problem.table, problem.nodes, rows, None)) == [0]
    assert find_surely_related(problem.table, problem.nodes, rows) == [0]


def test_a_column_that_another_drowns_is_related_given_that(make_problem):
    # Given x0, x1 has a z-score of sqrt(400) * .3 / .3 = 20 on the number itself, much less on eight parts of it, and 2
    # by itself.
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 3))
    problem = make_problem(x, 3 * x[:, 0] + 0.3 * x[:, 1] + 0.3 * rng.normal(size=400))
    table, nodes, rows = problem.table, problem.nodes, problem.rows
    assert compute_pvalues_alone(table, nodes, rows, None)[1] > 0.01
    assert compute_partial_pvalues(table, nodes, rows)[1] < 1e-3
    assert find_related(compute_pvalues(table, nodes, rows, None)) == [0, 1]


@pytest.mark.parametrize("kind", ["number", "class"])
def test_a_column_whose_square_says_something_is_related(kind, make_problem):
    # Of 400 rows, |x| and the target have a correlation of about .6: a z-score of 10 for squares, of chance for x.
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 3))
    y = np.abs(x[:, 0]) + rng.normal(size=400)
    problem = make_problem(x, y if kind == "number" else (y > np.median(y)).astype(int))
    assert find_related(compute_pvalues(problem.table, problem.nodes, problem.rows, None)) == [0]


@pytest.mark.parametrize("kind", ["number", "class"])
def test_pvalues_of_noise_are_uniform(kind, make_problem):
    rng = np.random.default_rng(0)
    y = rng.normal(size=3000) if kind == "number" else rng.integers(3, size=3000)
    problem = make_problem(rng.normal(size=(3000, 300)), y)
    table, nodes, rows = problem.table, problem.nodes, problem.rows
    for pvalues in (compute_pvalues_alone(table, nodes, rows, None), compute_partial_pvalues(table, nodes, rows)):
        assert 0.05 - (bound_rate(0.05, 300) - 0.05) < (pvalues < 0.05).mean() < bound_rate(0.05, 300)
    assert (compute_pvalues(table, nodes, rows, None) < 0.05).mean() < bound_rate(0.05, 300)
    assert compute_partial_pvalues(table, nodes, rows[:1000]) is None  # too few for so many columns


def test_rare_flags_that_meet_a_rare_class_by_chance_are_not_related(make_problem):
    # Of 300 rows three are positive, as are three of each flag: they meet in every thirtieth column.
    rng = np.random.default_rng(0)
    for _ in range(10):
        X = np.stack([rng.permutation(np.arange(300) < 3) for _ in range(30)], axis=1).astype(float)
        problem = make_problem(X, rng.permutation(np.arange(300) < 3).astype(int))
        table, nodes, rows = problem.table, problem.nodes, problem.rows
        assert find_surely_related(table, nodes, rows) == []
        assert find_related(compute_pvalues(table, nodes, rows, None)) == []
    # One that is positive in just the same forty of 4,000 rows is.
    y = rng.permutation(np.arange(4000) < 40)
    X = np.stack([y, rng.permutation(y)], axis=1).astype(float)
    problem = make_problem(X, y.astype(int))
    assert find_surely_related(problem.table, problem.nodes, problem.rows) == [0]


def test_where_some_are_related_others_are_likely_to_be():
    weak, noise = [0.06, 0.06], [0.9] * 5
    # By Benjamini and Hochberg .06 * 10 / 5 = .12 with three related ones, .06 * 9 / 4 = .135 with two.
    assert find_related(np.array([1e-3, 1e-3, 1e-3, *weak, *noise])) == [0, 1, 2, 3, 4]
    assert find_related(np.array([1e-3, 1e-3, *weak, *noise])) == [0, 1]
    assert find_related(np.array([*weak, *noise])) == []


def test_the_clearer_the_related_ones_the_less_speaks_for_weak_ones():
    # z-scores of 2.1 are nearer to 0 than to 4.9, and noise is at least as frequent; between 2.1 and 4.9 lie others.
    weak, noise = [0.04, 0.04], [0.9] * 5
    assert find_related(np.array([1e-6, 1e-6, 1e-6, *weak, *noise])) == [0, 1, 2]
    assert find_related(np.array([1e-6, 1e-6, 1e-6, 1e-3, 4e-3, *weak, *noise])) == list(range(7))


def test_probabilities_of_saying_nothing_are_those_of_the_law_that_drew_the_scores():
    # Half of 20,000 z-scores are of noise, half have mean 3 and standard deviation 1.5, the sign of which is lost.
    rng = np.random.default_rng(0)
    null = np.arange(20_000) < 10_000
    z = np.where(null, rng.normal(size=20_000), 3 + 1.5 * rng.normal(size=20_000))
    found = compute_null_probabilities(2 * stats.norm.sf(np.abs(z)))
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        some = (found >= low) & (found < low + 0.2)
        error = np.sqrt(0.25 / some.sum())
        assert abs(null[some].mean() - found[some].mean()) < 4 * error + 0.01  # the law's own parameters are estimated
    assert np.array_equal(compute_null_probabilities(np.array([0.0, 1.0])) < 0.5, [True, False])


def test_rows_of_a_group_are_one_observation(make_problem):
    # Columns and target are the same in all twenty rows of a group and independent otherwise.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(100), 20)
    problem = make_problem(rng.normal(size=(100, 200))[groups], rng.normal(size=100)[groups], groups=groups)
    by_rows = compute_pvalues_alone(problem.table, problem.nodes, problem.rows, None)
    by_groups = compute_pvalues_alone(problem.table, problem.nodes, problem.rows, groups)
    assert (by_rows < 0.05).mean() > 0.5
    assert (by_groups < 0.05).mean() < bound_rate(0.05, 200)
