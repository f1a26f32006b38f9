"""What MutualInfoEstimator says of tables whose information is known."""

import warnings

import numpy as np
import pytest
from scipy import stats

from skmine.estimation.fitting_cost import MOST_BESIDE_NO_GAP
from skmine.exceptions import SaturationWarning
from skmine.synthetic import (
    correlated_gaussians_with_mi,
    mixed_uniform,
    normal_classes,
    normal_sparse,
    parity,
    spiral,
    student_identity,
    with_missing,
)
from tests.estimators.tables import data, fitted, same_bits, tables


def shape_of(critic):
    return {"grid": (1, 1), "partition": (3, 1), "pair": (2, 2)}[critic]


@pytest.mark.parametrize("critic", ["grid", "partition", "pair"])
def test_the_critic_goes_by_shape_and_says_so(critic):
    d_x, d_y = shape_of(critic)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, d_x)), rng.normal(size=(200, d_y))
    found = fitted(X, y)
    assert found.critic_ == critic
    assert len(found.n_iter_) == 3
    assert list(found.history_.columns) == ["fold", "step", "objective", "validation"]
    assert found.history_.empty == (critic == "grid")
    if critic == "partition":
        assert fitted(y, X).critic_ == critic


@pytest.mark.parametrize(
    "sampler",
    [
        normal_sparse(3, 2, 2.0),
        student_identity(3, 2),
        normal_classes(3, 3, 2.0),
        parity(2, 0.1),
        pytest.param(with_missing(normal_sparse(2, 2, 2.0), 0.1, 0.2), marks=pytest.mark.slow),
    ],
    ids=lambda s: s.name,
)
def test_known_information(sampler):
    X, y = sampler.draw(np.random.default_rng(1), 3000)
    found = fitted(X.reshape(3000, -1), y)
    # Four standard errors for the draw; a tenth more for what 2,000 rows cannot teach a critic.
    assert found.mi_ == pytest.approx(sampler.mi, abs=4 * found.mi_se_ + 0.1 * sampler.mi)
    assert found.lower_bound() <= sampler.mi
    assert found.pvalue_ < 1e-6
    # The trend over training rows may add .03 nats to half of the gap, and a tenth of that half.
    assert found.held_out_mi_ <= found.mi_ <= max(found.training_mi_, found.held_out_mi_) + 0.03


def test_known_information_of_labels_with_edges_in_a_column():
    sampler = mixed_uniform(5)
    X, y = sampler.draw(np.random.default_rng(1), 3000)
    found = fitted(X.reshape(3000, -1), y)
    low, high = found.confidence_interval()
    assert low <= sampler.mi <= high
    assert found.mi_ == pytest.approx(sampler.mi, abs=0.03)  # the grid alone reads .05 less
    assert found.lower_bound() <= sampler.mi
    assert found.pvalue_ < 1e-6
    # Trees predict out of their folds, so no gap shows, and the trend may add twice as much as above.
    assert found.held_out_mi_ <= found.mi_ <= max(found.training_mi_, found.held_out_mi_) + MOST_BESIDE_NO_GAP


def test_a_rotation_that_turns_with_the_radius():
    sampler = spiral(normal_sparse(3, 2, 2.0))
    X, y = sampler.draw(np.random.default_rng(0), 4000)
    found = fitted(X, y)
    # Rank and linear methods see a third of it; .15 is what 2,700 rows are short of at most.
    assert found.mi_ == pytest.approx(sampler.mi, abs=0.15)


@pytest.mark.parametrize("make", [data, tables])
def test_independence(make):
    rng = np.random.default_rng(3)
    X, y = make(2000)
    found = fitted(X, y[rng.permutation(len(y))])
    assert abs(found.mi_) < 0.01
    assert found.lower_bound() <= 0
    assert found.pvalue_ > 0.001


def test_pointwise_means_score_on_new_rows():
    for make in (data, tables, lambda n, seed: (data(n, seed)[0][:, :1], data(n, seed)[1])):
        X, y = make(600, 0)
        new, goal = make(400, 9)
        found = fitted(X, y)
        s = found.pointwise(new, goal)
        assert s.shape == (400,)
        assert found.score(new, goal) == pytest.approx(s.mean(), abs=1e-12)
        # Both are means over independent rows of nearly one critic.
        assert found.score(new, goal) == pytest.approx(found.held_out_mi_, abs=4 * s.std() / np.sqrt(400) + 0.05)
        assert found.score(new[:1], goal[:1]) == pytest.approx(0, abs=1e-6)  # one row: log 1


def test_unseen_classes_and_missing_values_are_scored():
    X, y = data()
    labels = np.where(y > 0.5, "high", np.where(y < -0.5, "low", "middle")).astype(object)
    found = fitted(X, labels)
    new = labels.copy()
    new[:5], X[5:9, 0] = "never seen", np.nan
    assert np.isfinite(found.pointwise(X, new)).all()


def test_bounds_and_intervals():
    found = fitted(*data())
    low, high = found.confidence_interval()
    assert found.lower_bound(0.99) < found.lower_bound(0.95) < found.held_out_mi_
    assert low < found.mi_ < high
    wide = found.confidence_interval(0.99)
    assert wide[0] < low
    assert wide[1] > high
    z = stats.norm.isf(0.05)
    assert found.lower_bound() == pytest.approx(found.held_out_mi_ - z * found.mi_se_)
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level must be between 0 and 1"):
            found.lower_bound(level)


def test_a_single_split_is_enough():
    X, y = data()
    order = np.random.default_rng(0).permutation(300)
    found = fitted(X, y, cv=[(order[:200], order[200:])])
    assert len(found.n_iter_) == 1
    assert found.pvalue_ < 0.01
    assert found.mi_se_ > fitted(X, y).mi_se_


def test_increasing_transforms_of_columns_change_no_bit():
    X, y = data()
    bent = np.exp(X[:, :1]), np.cbrt(y) * 5 - 2
    assert same_bits(fitted(X[:, :1], y), fitted(*bent))
    one = fitted(X[:, :1], y).pointwise(X[:, :1], y)
    assert np.array_equal(one, fitted(*bent).pointwise(*bent))


@pytest.mark.parametrize("make", [data, tables])
def test_increasing_transforms_of_tables_stay_within_two_errors(make):
    X, y = make(1000)
    found, other = fitted(X, y), fitted(np.exp(X), np.cbrt(y) * 5 - 2)
    assert other.mi_ == pytest.approx(found.mi_, abs=2 * np.hypot(found.mi_se_, other.mi_se_))


@pytest.mark.parametrize("make", [data, pytest.param(tables, marks=pytest.mark.slow)])
def test_decreasing_transforms_and_swaps_stay_within_two_errors(make):
    X, y = make(1000)
    found = fitted(X, y)
    for other in (fitted(-X, y), fitted(X, -y), fitted(y.reshape(len(y), -1), X)):
        assert abs(other.mi_ - found.mi_) < 2 * found.mi_se_


@pytest.mark.slow
def test_independent_columns_add_nothing_and_processing_loses():
    X, y = data(2000)
    found = fitted(X[:, :2], y)
    more = fitted(np.c_[X, np.random.default_rng(5).normal(size=(2000, 3))], y)
    assert more.mi_ < found.mi_ + 2 * found.mi_se_
    noisier = y + np.random.default_rng(6).normal(size=2000)  # a chain: X, y, noisier
    less = fitted(X[:, :2], noisier)
    assert less.mi_ < found.mi_ + 2 * np.hypot(found.mi_se_, less.mi_se_)
    assert less.mi_ == pytest.approx(0.5 * np.log(2), abs=4 * less.mi_se_)


@pytest.mark.parametrize("dim", [1, 3])
def test_large_information_is_a_bound_and_says_so(dim):
    sampler = correlated_gaussians_with_mi(dim, 9.0)
    X, y = sampler.draw(np.random.default_rng(0), 900)
    with pytest.warns(SaturationWarning, match="300 held-out rows can show log 300 = 5.70 at most"):
        found = fitted(X.reshape(900, -1), y)
    assert found.critic_ == "pair"
    assert np.log(300) - 1 < found.mi_ <= np.log(1024)
    assert found.lower_bound() < sampler.mi


def test_equal_tables():
    X, _ = data(600)
    for x in (X, X[:, :1]):
        with pytest.warns(SaturationWarning, match="infinite"):
            found = fitted(x, x)
        assert found.lower_bound() > np.log(200) - 1


def test_a_discrete_side_caps_information():
    y = np.repeat([0, 1, 2], 100)
    X = np.c_[y, np.random.default_rng(0).normal(size=300)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # log 3 is all there is: nothing to warn of
        found = fitted(X, y)
    assert found.mi_ <= np.log(3)
    assert found.held_out_mi_ == pytest.approx(np.log(3), abs=0.1)


@pytest.mark.parametrize("bound", ["dv", "mine", "nwj", "js", "infonce", "smile"])
@pytest.mark.parametrize("critic", ["partition", "pair"])
def test_every_bound_trains(critic, bound):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 1))
    y = np.abs(X[:, 0]) + 0.3 * rng.normal(size=1200)  # no straight line: about .6 nats
    found = fitted(X, y, critic=critic, bound=bound, base=None, hidden_layer_sizes=(64, 64))
    assert found.held_out_mi_ > 0.25
    assert max(found.n_iter_) > 0


@pytest.mark.slow
def test_classical_mine():
    sampler = correlated_gaussians_with_mi(2, 1.0)
    X, y = sampler.draw(np.random.default_rng(0), 4000)
    found = fitted(X, y, critic="pair", bound="mine", base=None)
    assert found.mi_ == pytest.approx(1.0, abs=0.15)  # where MINE's own in-sample number may be anything
    assert found.lower_bound() <= 1.0
