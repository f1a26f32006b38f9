"""The set that is chosen on the way down, and what is dropped from it at last."""

import numpy as np
import pytest

from skmine.selection.joint import choice
from skmine.selection.joint.choice import Rung, choose_rung, mix, read_tolerance
from skmine.selection.joint.models import NAMES, score_by_models
from skmine.selection.joint.refits import drop_doubtful, find_echoes
from skmine.selection.joint.rounds import train_judges
from skmine.selection.joint.search import choose_by_votes


def find_chosen(problem, sets, splits, **options):
    rungs = [Rung(list(known), [list(known)] * len(splits)) for known in sets]
    chosen = choose_rung(problem, rungs, splits, **options)
    return list(sets[chosen.place]), chosen


def test_a_mixture_is_as_good_as_the_best_of_its_parts():
    rng = np.random.default_rng(0)
    good, bad = rng.normal(0.5, 1, size=4000), rng.normal(-1, 1, size=4000)
    assert mix([good, bad]).mean() >= good.mean() - 1e-6  # what rounding of the weights leaves to the worse one
    assert mix([good]) == pytest.approx(good)
    # Half of the rows are known to one, half to the other: log (1/2 e^1 + 1/2 e^-9) = 1 - log 2.
    first = np.where(np.arange(1000) < 500, 1.0, -9.0)
    assert mix([first, first[::-1]]) == pytest.approx(np.full(1000, 1 - np.log(2)), abs=1e-3)


def test_models_say_what_normal_columns_say(make_problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 2))
    problem = make_problem(X, X[:, 0] + rng.normal(size=6000))
    splits = problem.draw_splits(2)
    trees, linear = (one.mean() for one in score_by_models(problem, [[0, 1]] * 2, splits, NAMES))
    # .347 nats of the number, a little less of eight parts of its order; 6,000 rows have a standard error of .008.
    assert linear == pytest.approx(0.34, abs=0.04)
    assert linear - 0.06 < trees < linear + 0.01
    assert [one.tolist() for one in score_by_models(problem, [[]] * 2, splits, ["linear"])] == [[0.0] * 6000]


def test_the_smallest_set_that_surely_lacks_little(make_problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8000, 4))
    y = X[:, 0] + X[:, 1] + 0.1 * X[:, 2] + rng.normal(size=8000)
    sets = [[0, 1, 2, 3], [0, 1, 2], [0, 1], [0], []]
    # Of .552 nats x2 has 1/2 log (1.01) = .005, less than a fiftieth; x1 has 1/2 log 2 = .347.
    problem = make_problem(X, y)
    assert find_chosen(problem, sets, problem.draw_splits(2))[0] == [0, 1]
    best = make_problem(X, y, tolerance=read_tolerance("best"))
    assert {0, 1, 2} <= set(find_chosen(best, sets, best.draw_splits(2))[0])
    half = make_problem(X, y, tolerance=0.9)
    assert find_chosen(half, sets, half.draw_splits(2))[0] == [0]


def test_few_rows_keep_what_they_are_not_sure_of(make_problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 6))
    y = X @ np.full(6, 0.3) + rng.normal(size=150)
    sets = [list(range(k)) for k in range(6, -1, -1)]
    problem = make_problem(X, y)
    kept, chosen = find_chosen(problem, sets, problem.draw_splits(4))
    loss, se = chosen.measure_loss(problem, chosen.place)
    assert len(kept) >= 5
    assert loss <= se


def test_what_is_asked_for_is_taken_and_measured(make_problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 3))
    problem = make_problem(X, X.sum(1) + rng.normal(size=4000))
    kept, chosen = find_chosen(problem, [[0, 1, 2], [0, 1], [0], []], problem.draw_splits(2), wanted=2)
    assert kept == [0]
    loss, se = chosen.measure_loss(problem, 2)
    # R2 falls from 3/4 to 1/4: 1/2 log 3 = .549 nats, of which the parts of an order lose a tenth.
    assert loss == pytest.approx(0.55, abs=0.1)
    assert 0 < se < 0.03


def test_echoes_are_linear_functions_of_others(make_problem):
    x, other, noise = np.random.default_rng(0).normal(size=(3, 2000))
    table = make_problem(np.column_stack([x, x + 0.1 * noise, other, x**2]), x).table
    assert find_echoes(table, np.arange(1500)) == {0, 1}
    assert find_echoes(table.only([2]), np.arange(1500)) == set()


def test_echoes_fall_and_what_they_echo_stays(make_problem):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 2))
    X = np.column_stack([x[:, 0] + 0.3 * rng.normal(size=3000), x, rng.normal(size=3000)])
    problem = make_problem(X, x.sum(1) + rng.normal(size=3000))
    splits = problem.draw_splits(2)
    judges = train_judges(problem, range(4), splits, problem.table)
    known = [0, 1, 2, 3]
    chosen = choose_rung(problem, [Rung(known, [known] * 2), Rung([], [[]] * 2)], splits)
    # Column 0 is a noisy copy of column 1; nothing speaks for column 3.
    assert drop_doubtful(problem, chosen, judges, splits, related=[0, 1, 2]) == [1, 2]


@pytest.mark.parametrize(("gain", "best"), [(0.05, 0), (0.5, 1)])
def test_a_smaller_set_is_the_best_only_where_it_surely_is(gain, best, make_problem, monkeypatch):
    # The smaller set says more by so many nats, with a standard error of 2 / sqrt(400) = .1.
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 2, size=400)
    scores = {2: np.full(400, 1.0), 1: 1.0 + gain + noise - noise.mean(), 0: np.zeros(400)}
    monkeypatch.setattr(choice, "score_by_models", lambda problem, lefts, *_: [scores[len(lefts[0])]])
    problem = make_problem(rng.normal(size=(400, 2)), rng.normal(size=400))
    _, chosen = find_chosen(problem, [[0, 1], [0], []], problem.draw_splits(2))
    assert (chosen.place, chosen.best) == (best, best)


def test_what_shadows_dropped_comes_back_only_where_it_is_surely_missed(make_problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 8))
    problem = make_problem(X, X[:, 0] + X[:, 1] + rng.normal(size=2000))
    splits = problem.draw_splits(2)
    # Eight columns of which six say nothing, then what shadows left: the two that do, or one of these.
    assert find_chosen(problem, [list(range(8)), [0, 1], [0], []], splits, top=1)[0] == [0, 1]
    assert find_chosen(problem, [[0, 1], [0], []], splits, top=1)[0] == [0, 1]


@pytest.mark.parametrize(
    ("votes", "wanted", "expected"),
    [
        ([1.0, 0.75, 0.25, 0.0], None, [0, 1]),
        ([0.5, 0.25, 0.0, 0.0], None, [0, 1]),  # most searches keep nothing, but these two surely say something
        ([0.5, 0.25, 0.0, 0.0], 1, [0]),
        ([0.0, 0.0, 0.0, 0.0], None, []),
    ],
)
def test_searches_of_halves_vote(votes, wanted, expected, make_problem):
    X = np.random.default_rng(0).normal(size=(2000, 4))
    problem = make_problem(X, X[:, 0] + X[:, 1] + np.random.default_rng(1).normal(size=2000))
    assert choose_by_votes(problem, problem.draw_splits(2), dict(enumerate(votes)), wanted) == expected
