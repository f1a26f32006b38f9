"""What fitting costs: by the gap, by the trend, and what intervals take in."""

import numpy as np
import pytest

from skmine.estimation.fitting_cost import Trend, compute_hidden, compute_promise, compute_unseen, correct_trained
from skmine.estimation.inference import compute_interval


def test_a_trend_is_believed_as_far_as_it_is_sure():
    assert Trend(0.1, 0.0).believed == pytest.approx(0.1)
    assert Trend(0.1, 0.05).believed == pytest.approx(0.05)  # two standard errors: by half
    assert Trend(-0.1, 0.01).believed == 0.0
    assert Trend(0.0, 0.0).believed == 0.0


def test_the_gap_is_the_least_correction_and_the_trend_adds_a_little():
    by_gap = correct_trained(1.0, 1.2, Trend())
    assert 1.09 < by_gap <= 1.1  # half of the gap where the dependence is plain
    assert correct_trained(1.0, 1.2, Trend(0.05)) == by_gap
    assert by_gap < correct_trained(1.0, 1.2, Trend(0.12)) == pytest.approx(1.12)
    assert correct_trained(1.0, 1.2, Trend(5.0)) < 1.16  # a smaller critic that failed promises nothing
    for trend in (Trend(), Trend(0.05), Trend(0.05, of_models=1.0)):
        assert correct_trained(-0.01, 0.0, trend) == pytest.approx(-0.01)  # nothing is added at independence


def test_partners_are_missed_where_nothing_else_is():
    assert correct_trained(1.0, 1.0, Trend(of_partners=0.02)) == pytest.approx(1.03)
    assert correct_trained(1.0, 1.2, Trend(of_partners=0.02)) == correct_trained(1.0, 1.2, Trend())
    assert correct_trained(1.0, 1.0, Trend(of_partners=-0.02)) == 1.0


def test_a_trend_is_believed_further_where_no_gap_can_show():
    trend = Trend(0.08, of_models=1.0)
    assert correct_trained(0.5, 0.5, Trend(0.08)) == pytest.approx(0.53, abs=0.001)
    assert correct_trained(0.5, 0.5, trend) == pytest.approx(0.56, abs=0.002)
    assert correct_trained(0.5, 0.5, Trend(5.0, of_models=1.0)) == pytest.approx(0.56, abs=0.002)
    # With a cost of rows to the power -.6, 1 / (2 ** .6 - 1) = 1.94 times what the second half brought is left.
    assert 0.5 + 1.94 * 0.08 <= 0.56 + compute_promise(0.56, 0.5, trend) <= 0.5 + 2 * 0.08 + 1e-9


def test_the_upper_end_takes_in_what_the_trend_promises():
    mi = correct_trained(1.0, 1.1, Trend(0.3, 0.01))
    promise = compute_promise(mi, 1.0, Trend(0.3, 0.01))
    assert promise > 0
    low, high = compute_interval(mi, 1.0, 0.01, 1e-9, promise=promise)
    plain_low, plain_high = compute_interval(mi, 1.0, 0.01, 1e-9)
    assert low == plain_low
    assert high == pytest.approx(plain_high + promise)
    assert compute_promise(mi, 1.0, Trend(-0.3, 0.01)) == 0.0
    assert compute_promise(1.0, 1.0, Trend(of_partners=0.02)) == pytest.approx(0.04)


def test_no_interval_is_below_zero_and_few_rows_reach_far():
    assert compute_interval(-0.03, -0.03, 0.001, 0.9)[1] == 0.0
    assert compute_interval(0.1, 0.1, 0.01, 0.9, reach=2.3)[1] == 2.3


def test_nothing_is_unseen_at_independence():
    assert compute_unseen(-0.1) == compute_unseen(0.0) == 0.0
    assert compute_unseen(0.1) < compute_unseen(1.0) < 0.01


def test_noise_that_is_not_the_columns_own_hides_information():
    # Normal columns of correlation r whose variances noise inflates 1.2 and 1.3 times.
    r, inflation = 0.6, 1.2 * 1.3
    seen, truth = (-np.log1p(-(r**2) / f) / 2 for f in (inflation, 1.0))
    assert seen + compute_hidden(seen, inflation) == pytest.approx(truth)
    assert compute_hidden(-0.1, 2.0) == 0.0
    assert compute_hidden(0.3, 1.0) == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(compute_hidden(5.0, 4.0))
