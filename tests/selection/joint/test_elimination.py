"""Judges, and what they drop first."""

import numpy as np
import pytest

from skmine.selection.joint.elimination import Judges, drop_shadows, follow_down
from skmine.selection.joint.linear import LinearJudge
from skmine.selection.joint.refits import find_missed
from skmine.selection.joint.rounds import train_judges


@pytest.fixture(scope="module")
def xor():
    X = np.random.default_rng(0).normal(size=(3000, 4))
    return X, ((X[:, 0] > 0) ^ (X[:, 2] > 0)).astype(int)


@pytest.fixture
def judges(xor, make_problem):
    problem = make_problem(*xor)
    return train_judges(problem, range(4), problem.draw_splits(2), problem.table)


def test_elimination_drops_what_costs_least(judges):
    steps = follow_down(judges, [0, 1, 2, 3])
    assert [len(step.left) for step in steps] == [4, 3, 2, 1, 0]
    assert steps[2].left == [0, 2]
    together, alone = float(steps[2].score().mean()), float(steps[3].score().mean())
    # Log 2 = .693 nats together and nothing alone, of which a held-out score has a standard error below .01.
    assert 0.4 < together <= np.log(2)
    assert abs(alone) < 0.05
    assert steps[-1].score().tolist() == [0.0] * 3000


def test_what_the_others_cannot_replace_is_missed(judges):
    gains = judges.measure_gains([0, 1], [0, 2])
    assert gains[0][0] == pytest.approx(float(judges.score([0, 2]).mean() - judges.score([2]).mean()))
    assert gains[1][0] == pytest.approx(float(judges.score([0, 1, 2]).mean() - judges.score([0, 2]).mean()))
    assert find_missed(judges, [0, 1, 2, 3]) == {0, 2}


def test_a_part_of_the_rows_has_no_say_in_its_own_sets(judges):
    without = judges.leave_out(0)
    assert isinstance(without, Judges)
    assert len(without.parts) == 1
    assert without.parts[0] is judges.parts[1]
    steps = follow_down(judges, [0, 1, 2, 3])
    assert [some.lefts[0] for some in steps] == [some.left for some in follow_down(without, [0, 1, 2, 3])]


def test_shadows_fall_before_what_is_protected(judges):
    left, steps = drop_shadows(judges, [0, 2], [1, 3])
    assert (left, steps) == ([0, 2], [])
    # Of two columns without a word, one is taken for the shadow.
    left, _ = drop_shadows(judges, [0, 1, 2], [3], protected=[1])
    assert left == [0, 1, 2]


def test_linear_judges_know_the_information_of_normal_columns(make_problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 3))
    y = X[:, 0] + 0.5 * X[:, 1] + rng.normal(size=20_000)
    problem = make_problem(X, y)
    rows = np.arange(20_000)
    judge = LinearJudge.fit(problem.table, problem.nodes, rows[:10_000], rows[10_000:])
    whole, without = judge.score_without([0, 1, 2], [0, 1, 2])
    # R2 is 1.25 / 2.25; eight parts of the order know a little less than the number, some .02 nats.
    assert whole == pytest.approx(-0.5 * np.log(1 - 1.25 / 2.25), abs=0.06)
    assert without[2] == pytest.approx(whole, abs=0.002)
    assert without[0] < without[1] < whole
    alone, _ = judge.score_without([1, 2], [])
    assert without[0] == pytest.approx(alone, abs=0.01)  # the closed form, and the fit without the column


def test_the_first_rows_of_a_part_stand_for_all_in_a_sorted_table(make_problem):
    y = np.repeat([0, 1], 2000)
    problem = make_problem(np.random.default_rng(0).normal(size=(4000, 1)), y)
    for fit, held_out in problem.draw_splits(2):
        assert sorted([*fit, *held_out]) == list(range(4000))
        for rows in (fit, held_out):
            # Four standard errors of 200 draws of a half.
            assert y[rows[:200]].mean() == pytest.approx(0.5, abs=4 * 0.036)
