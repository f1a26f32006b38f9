"""Runs that race: hopeless ones end early, late risers may catch up, and the best one wins."""

import math

import pytest

from skmine.estimation.race import choose_run


class Run:
    """A training run whose validation score is a given function of the step."""

    def __init__(self, score, n_steps=800):
        self.score, self.n_steps, self.step, self.most = score, n_steps, 0, n_steps * 8

    @property
    def falls_from(self):
        return int(0.3 * self.n_steps)

    @property
    def best(self):
        return self.score(self.step)

    def train_until(self, step):
        self.step = max(self.step, step)

    def measure_gain(self):
        return self.score(self.step) - self.score(self.step // 2)

    def rises(self):
        return self.measure_gain() > 0.01

    def double(self):
        if self.n_steps >= self.most:
            return False
        self.n_steps *= 2
        return True


def test_a_start_that_is_right_at_once_ends_the_others_early():
    runs = [Run(lambda step: 1.0), Run(lambda step: 0.001 * step)]
    assert choose_run(runs) == 0
    assert runs[1].step < 800


def test_one_that_stands_still_is_left_at_the_first_stretch():
    runs = [Run(lambda step: 1.0), Run(lambda step: 0.1)]
    assert choose_run(runs) == 0
    assert runs[1].step <= 60


def test_one_that_rises_fast_overtakes():
    runs = [Run(lambda step: 1.0), Run(lambda step: 0.45 * math.log2(1 + step / 30))]
    assert choose_run(runs) == 1


def test_one_that_still_rises_where_rates_fall_trains_on():
    runs = [Run(lambda step: 1.0), Run(lambda step: min(2.0, 0.0001 * step * math.sqrt(step) + 0.008 * min(step, 70)))]
    assert choose_run(runs) == 1


@pytest.mark.parametrize("n", [1, 3])
def test_equal_runs_end_with_the_first(n):
    assert choose_run([Run(lambda step: 0.5) for _ in range(n)]) == 0
