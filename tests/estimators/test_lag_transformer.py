"""LagTransformer: scikit-learn's contract, and lags that selectors choose."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from skmine import LagTransformer, MINEFeatureSelector, lagged

#: Checks that rows are transformed one by one: what a lag is for is that they are not.
ROW_BY_ROW = {
    "check_methods_sample_order_invariance": "a lag is a value of another row",
    "check_methods_subset_invariance": "a lag is a value of another row",
}


def test_check_estimator():
    results = check_estimator(LagTransformer(), on_skip=None, on_fail=None, expected_failed_checks=ROW_BY_ROW)
    assert [(r["check_name"], r["status"]) for r in results if r["status"] not in ("passed", "xfail")] == []
    assert sum(r["status"] == "passed" for r in results) >= 35


def test_it_is_the_function_in_a_pipeline():
    frame = pd.DataFrame({"when": [2, 1, 3, 1], "who": list("aaab"), "x": [1.5, 2.5, 3.5, 4.5], "label": list("pqrs")})
    transformer = LagTransformer([0, 1], time="when", groups="who").set_output(transform="pandas")
    out = transformer.fit_transform(frame)
    pd.testing.assert_frame_equal(out, lagged(frame, [0, 1], time="when", groups="who"))
    assert out["x_lag1"].tolist()[:3] == [2.5, pytest.approx(np.nan, nan_ok=True), 1.5]
    assert transformer.get_feature_names_out().tolist() == ["x_lag0", "x_lag1", "label_lag0", "label_lag1"]


def test_arrays_and_polars_frames():
    X = np.arange(6.0).reshape(3, 2)
    out = LagTransformer(1, columns=[1]).fit_transform(X)
    np.testing.assert_array_equal(out, [[np.nan], [1.0], [3.0]])
    assert LagTransformer(1).fit(X).get_feature_names_out().tolist() == ["x0_lag1", "x1_lag1"]
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    out = LagTransformer(1).set_output(transform="polars").fit_transform(frame)
    assert out.columns == ["a_lag1", "b_lag1"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lags": [1, 1]}, "lags must be a whole number or different ones"),
        ({"lags": []}, "lags must be a whole number or different ones"),
        ({"time": "wen"}, "time names 'wen', which is not a column of the table; did you mean 'when'"),
        ({"columns": ["z"]}, "columns names 'z'"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        LagTransformer(**options).fit(pd.DataFrame({"when": [1, 2], "x": [1.0, 2.0]}))


@pytest.mark.parametrize("method", ["marginal", "joint"])
def test_selectors_choose_lags(method):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 2)), columns=["a", "b"])
    y = frame["a"].shift(1, fill_value=0.0) + frame["b"].shift(3, fill_value=0.0) + 0.5 * rng.normal(size=600)
    lags = LagTransformer(range(4)).set_output(transform="pandas")
    model = make_pipeline(lags, MINEFeatureSelector(method, random_state=0))
    assert set(model.fit(frame, y).get_feature_names_out()) == {"a_lag1", "b_lag3"}
