"""Fitted estimators on disk: the same answers, no values of the fit's rows, and the versions that wrote them."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
import torch

from skmine import CoupledEncoder, MINEFeatureSelector, MutualInfoEstimator
from skmine.data.features import MOST_VALUES
from skmine.exceptions import VersionWarning

# Training is short, and one test has names of two rows each.
pytestmark = [
    pytest.mark.filterwarnings("ignore::skmine.exceptions.TrainingCutWarning"),
    pytest.mark.filterwarnings("ignore::skmine.exceptions.PooledLevelsWarning"),
]

FEW = {"max_iter": 20, "random_state": 0}


def draw(n=400, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    X["g"] = rng.choice(["u", "v", None], n)
    return X, X["a"] + X["b"] * X["c"] + rng.normal(size=n)


def through_pickle(estimator):
    return pickle.loads(pickle.dumps(estimator))


def through_skops(estimator):
    kept = skops.io.dumps(estimator)
    return skops.io.loads(kept, trusted=skops.io.get_untrusted_types(data=kept))


@pytest.mark.parametrize("store", [through_pickle, through_skops, copy.deepcopy])
@pytest.mark.parametrize("critic", ["grid", "partition", "pair"])
def test_estimator_says_the_same_when_it_is_loaded(critic, store):
    X, y = draw()
    X = X[["a"]] if critic == "grid" else X
    y = np.where(y > 0, "up", "down") if critic == "partition" else y
    estimator = MutualInfoEstimator(critic=critic, cv=2, **FEW).fit(X, y)
    again = store(estimator)
    np.testing.assert_array_equal(again.pointwise(X, y), estimator.pointwise(X, y))
    assert again.confidence_interval() == estimator.confidence_interval()
    pd.testing.assert_frame_equal(again.history_, estimator.history_)


@pytest.mark.parametrize("store", [through_pickle, through_skops])
def test_encoder_says_the_same_when_it_is_loaded(store):
    X, y = draw()
    encoder = CoupledEncoder(2, **FEW).fit(X, y)
    again = store(encoder)
    np.testing.assert_array_equal(again.transform(X), encoder.transform(X))
    assert all(parameter.requires_grad for parameter in again.encoder_.parameters())


def test_storing_leaves_the_estimator_as_it_is():
    X, y = draw()
    encoder = CoupledEncoder(2, **FEW).fit(X, y)
    before = encoder.transform(X)
    through_pickle(encoder)
    assert isinstance(next(encoder.encoder_.parameters()), torch.nn.Parameter)
    np.testing.assert_array_equal(encoder.transform(X), before)


def test_size_does_not_grow_with_the_rows():
    sizes = []
    for n in (2 * MOST_VALUES, 6 * MOST_VALUES):
        X, y = draw(n)
        X["name"] = [f"person {i // 2}" for i in range(n)]
        estimator = MutualInfoEstimator(critic="pair", cv=[(range(600), range(600, 1200))], base=None, **FEW)
        kept = pickle.dumps(estimator.fit(X, y))
        assert b"person 17" not in kept
        sizes.append(len(kept))
    # As many quantiles, of which a few more differ, and networks as large, though three times the rows.
    assert sizes[1] < 1.1 * sizes[0]


def test_encoder_forgets_labels_that_share_an_indicator():
    X, y = draw()
    X["name"] = [f"person {i // 2}" for i in range(len(X))]
    encoder = CoupledEncoder(2, **FEW).fit(X, y)
    assert b"person 17" not in pickle.dumps(encoder)
    np.testing.assert_array_equal(through_pickle(encoder).transform(X), encoder.transform(X))


@pytest.mark.parametrize("name", ["skmine", "torch"])
def test_other_versions_are_told(name, monkeypatch):
    X, y = draw()
    kept = pickle.dumps(MINEFeatureSelector(random_state=0).fit(X, y))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pickle.loads(kept)
    target = "skmine.estimators.persistence.__version__" if name == "skmine" else "torch.__version__"
    monkeypatch.setattr(target, "0.0.1")
    with pytest.warns(VersionWarning, match=f"{name} .*, here 0.0.1"):
        pickle.loads(kept)
