"""mutual_info: the estimator as a function, and given a third table."""

import inspect

import numpy as np
import pandas as pd
import pytest

from skmine import MutualInfoEstimator, mutual_info
from tests.estimators.tables import data, fitted, tables


def test_function_and_estimator_agree():
    for X, y in (data(), tables()):
        found, result = fitted(X, y), mutual_info(X, y, random_state=0)
        assert (result.mi, result.se, result.pvalue) == (found.mi_, found.mi_se_, found.pvalue_)
        assert (result.critic, result.n, result.warnings) == (found.critic_, 300, ())
        assert result.lower_bound(0.9) == found.lower_bound(0.9)
        assert result.confidence_interval(0.9) == found.confidence_interval(0.9)


def test_conditional_information():
    rng = np.random.default_rng(0)
    n = 3000
    z = rng.normal(size=n)
    x, y = z + rng.normal(size=(2, n))
    nothing = mutual_info(x, y, z, random_state=0)
    assert nothing.lower_bound() <= 0
    assert nothing.mi == pytest.approx(0, abs=4 * nothing.se)
    both = z + 0.5 * x + rng.normal(size=n)
    # Given z, both is .5 x + noise with var(x | z) = 1: 1/2 log(1 + .25).
    some = mutual_info(x, both, z, random_state=0)
    assert some.mi == pytest.approx(0.5 * np.log(1.25), abs=4 * some.se + 0.02)
    assert some.lower_bound() > 0
    assert some.pvalue < 0.01


def test_a_noisy_copy_of_the_condition_adds_nothing():
    # A network learns faster with a copy beside, which must not count: p is of a true null, at .01.
    rng = np.random.default_rng(0)
    z = rng.normal(size=1500)
    y = np.sin(1.5 * z) + 0.3 * rng.normal(size=1500)
    copy = mutual_info(z + 0.02 * rng.normal(size=1500), y, z, random_state=0)
    assert copy.critic == "partition"
    assert copy.pvalue > 0.01
    assert copy.lower_bound() <= 0


@pytest.mark.slow
def test_conditional_information_of_a_table_beyond_one_of_its_kind():
    rng = np.random.default_rng(2)
    X, z, noise = rng.normal(size=(2000, 3)), rng.normal(size=2000), rng.normal(size=2000)
    found = mutual_info(X, X[:, 0] + z + noise, z, random_state=0)
    # Given z: X_0 + noise, 1/2 log 2. Four standard errors, and .03 that a critic of 2,000 rows may miss.
    assert found.mi == pytest.approx(0.5 * np.log(2), abs=4 * found.se + 0.03)
    assert found.mi <= found.training + 4 * found.se
    assert found.lower_bound() > 0.15


@pytest.mark.slow
def test_conditional_information_of_tables():
    rng = np.random.default_rng(1)
    n = 2000
    z = rng.normal(size=(n, 2))
    X, Y = z + rng.normal(size=(n, 2)), z + rng.normal(size=(n, 2))
    assert mutual_info(X, Y, random_state=0).lower_bound() > 0.1
    given = mutual_info(X, Y, pd.DataFrame(z), random_state=0)
    assert given.critic == "pair"
    assert given.mi == pytest.approx(0, abs=0.05)
    assert given.lower_bound() <= 0


@pytest.mark.slow
def test_conditional_information_of_tables_is_looked_for_both_ways_round():
    # A column by another one, plus noise: hard to see from its own side, plain from the product's.
    rng = np.random.default_rng(0)
    X, noise = rng.standard_t(2, size=(2000, 2)), rng.normal(size=(2000, 2))
    y = np.column_stack([X[:, 0] * X[:, 1] + noise[:, 0], noise[:, 1]])
    given = mutual_info(X[:, 0], y, X[:, 1], random_state=0)
    low, high = given.confidence_interval()
    assert low <= 0.758 <= high  # by quadrature
    assert given.mi > 0.758 - 0.1  # four standard errors; one way alone reads .2 less
    assert given.pvalue < 1e-6


def test_the_function_refuses_what_it_does_not_know():
    X, y = data()
    with pytest.raises(TypeError, match="unexpected keyword argument 'depth'"):
        mutual_info(X, y, depth=3)
    with pytest.raises(ValueError, match="'critic' parameter of mutual_info must be"):
        mutual_info(X, y, critic="none")
    with pytest.raises(ValueError, match="X and z have inconsistent numbers of samples"):
        mutual_info(X, y, y[:-1])


def test_options_are_named_with_the_defaults_of_the_estimator():
    def list_defaults(function):
        return {
            name: p.default for name, p in inspect.signature(function).parameters.items() if p.default is not p.empty
        }

    of_function, of_estimator = list_defaults(mutual_info), list_defaults(MutualInfoEstimator)
    del of_estimator["verbose"]
    assert of_estimator.items() <= of_function.items()
    assert set(of_function) - set(of_estimator) <= {"z", "groups", "time", "unit", "progress"}


def test_options_reach_the_critic():
    X, y = tables()
    own, other = (mutual_info(X, y, random_state=0, max_iter=40, **o) for o in ({}, {"hidden_layer_sizes": (8,)}))
    assert own.training != other.training
    same = MutualInfoEstimator((8,), random_state=0, max_iter=40).fit(X, y)
    assert (other.mi, other.training) == (same.mi_, same.training_mi_)
