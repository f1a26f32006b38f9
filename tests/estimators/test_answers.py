"""Fitted estimators in notebooks: scikit-learn's diagram, and the answer in it."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr

from skmine import MINEFeatureSelector, MutualInfoEstimator, mutual_info

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 30)), columns=[HOSTILE, *(f"c{j}" for j in range(1, 30))])
    return X, (X[HOSTILE] + X["c1"] + 0.3 * rng.normal(size=300) > 0).astype(int)


@pytest.mark.parametrize("method", ["marginal", "joint", "mrmr"])
def test_a_selector_shows_what_it_kept(table, method):
    selector = MINEFeatureSelector(method, max_iter=40, random_state=0).fit(*table)
    html = selector._repr_html_()
    answer = html[html.rindex("<table") :]
    assert "sk-top-container" in html  # scikit-learn's diagram is there
    assert "<script>alert" not in html
    assert answer.count("<tr>") <= 1 + 20
    assert f"{int(selector.support_.sum())} of 30 columns kept" in answer
    assert "more are not shown" in answer
    for name in selector.get_feature_names_out():
        assert f"<td style='text-align:left'>{'&lt;script&gt;' if name == HOSTILE else name}" in answer
    best = selector.scores_[selector.support_] if method == "joint" else selector.mi_[selector.support_]
    assert all(f"<td>{value:.4f}</td>" in answer for value in best)
    assert ("jointly carry" in answer) == (method == "joint")
    assert answer in selector._repr_mimebundle_()["text/html"]


def test_many_kept_columns_are_cut(table):
    X, y = table
    selector = MINEFeatureSelector(n_features_to_select=25, random_state=0).fit(X, y)
    answer = selector._repr_html_().rpartition("<table")[2]
    assert answer.count("<tr>") == 1 + 20
    assert "10 more are not shown" in answer


def test_an_estimator_shows_its_answer(table):
    X, y = table
    estimator = MutualInfoEstimator(random_state=0).fit(X[[HOSTILE]], y)
    low, high = estimator.confidence_interval()
    html = estimator._repr_html_()
    answer = html[html.rindex("<table") :]
    for text in (
        f"{estimator.mi_:.4f} nats",
        f"{estimator.mi_ / np.log(2):.4f} bits",
        f"{estimator.mi_se_:.4f}",
        f"{low:.4f} to {high:.4f}",
        "&lt;1e-16",
    ):
        assert f">{text}</td>" in answer
    assert "sk-top-container" in html


def test_an_answer_of_the_function_is_html(table):
    X, y = table
    found = mutual_info(X["c1"], y, unit="bits", random_state=0)
    html = found._repr_html_()
    assert f"{found.mi:.4f} bits" in html
    assert html.count("<tr>") == 2
    careful = found.convert("nats")
    careful = type(careful)(**{**vars(careful), "warnings": ("a < b & c",)})
    assert "<p>a &lt; b &amp; c</p>" in careful._repr_html_()


def test_nothing_is_shown_before_a_fit_or_where_text_is_wanted(table):
    for estimator in (MINEFeatureSelector(), MutualInfoEstimator()):
        assert estimator._render_if_fitted() == ""
        assert not estimator._repr_html_().rstrip().endswith(("</table>", "</p>"))
        with sklearn.config_context(display="text"):
            assert not hasattr(estimator, "_repr_html_")
            assert set(estimator._repr_mimebundle_()) == {"text/plain"}
    fitted = MINEFeatureSelector(random_state=0).fit(*table)
    assert clone(fitted)._render_if_fitted() == ""
    assert "columns kept" not in estimator_html_repr(make_pipeline(fitted))
