"""A refit that is refused or interrupted leaves the fitted estimator as it was."""

import copy

import numpy as np
import pandas as pd
import pytest

from skmine import CoupledEncoder, MINEFeatureSelector, MutualInfoEstimator
from skmine.core.training import Training
from skmine.estimation import grid_scores

ESTIMATORS = {
    "estimator": MutualInfoEstimator(max_iter=10, random_state=0),
    "marginal": MINEFeatureSelector(random_state=0),
    "mrmr": MINEFeatureSelector("mrmr", random_state=0),
    "joint": MINEFeatureSelector("joint", max_iter=10, random_state=0),
    "encoder": CoupledEncoder(1, max_iter=5, random_state=0),
}

REFUSED = {
    "short": (pd.DataFrame(np.eye(5), columns=list("pqrst")), np.arange(4.0), "inconsistent numbers of samples"),
    "infinite": (pd.DataFrame({"u": [1.0, np.inf, 2.0, 3.0] * 10}), np.arange(40.0) % 7, "'u' contains infinity"),
    "repeated name": (pd.DataFrame(np.eye(9), columns=["v"] * 9), np.arange(9.0), "more than one column named 'v'"),
    "no target": (pd.DataFrame({"w": np.arange(30.0)}), None, "requires y to be passed"),
}


def make_table():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
    return X, (X["a"] * X["b"] + np.random.default_rng(1).normal(size=200)).to_numpy()


def assert_same(estimator, before):
    """Every attribute is the very object that it was."""
    assert vars(estimator).keys() == before.keys()
    for name, value in before.items():
        assert getattr(estimator, name) is value, name


@pytest.mark.filterwarnings("ignore::skmine.exceptions.TrainingCutWarning")  # ten steps are few
@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_refused_refit_changes_nothing(name, refused):
    estimator = copy.deepcopy(ESTIMATORS[name]).fit(*make_table())
    before = dict(vars(estimator))
    X, y, message = REFUSED[refused]
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)
    assert_same(estimator, before)
    assert estimator.n_features_in_ == 3
    assert estimator.feature_names_in_.tolist() == ["a", "b", "c"]


@pytest.mark.filterwarnings("ignore::skmine.exceptions.TrainingCutWarning")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_interrupted_refit_changes_nothing(name, monkeypatch):
    estimator = copy.deepcopy(ESTIMATORS[name]).fit(*make_table())
    before = dict(vars(estimator))

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "steps", interrupt)
    monkeypatch.setattr(grid_scores, "score_counts", interrupt)
    X, y = make_table()
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X[["c", "b"]], y)
    assert_same(estimator, before)
