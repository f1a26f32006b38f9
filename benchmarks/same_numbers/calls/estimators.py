"""Calls of the estimators: information, selection, an encoder, stability."""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.same_numbers.calls.data import draw_mixed, draw_mixed_without_period, draw_table, load_diabetes_frame
from benchmarks.same_numbers.calls.register import register


def list_attributes(estimator: Any) -> dict[str, Any]:
    """Fitted attributes that hold numbers."""
    return {k: v for k, v in sorted(vars(estimator).items()) if k.endswith("_") and not k.startswith("_")}


@register
def estimator_of_every_critic() -> Any:
    from skmine import MutualInfoEstimator

    X, y = draw_table(900)
    fresh, target = draw_table(300, seed=11)
    both = np.c_[y, X[:, 2] ** 2]
    out = []
    for a, b, c, d in (
        (X[:, :1], y, fresh[:, :1], target),
        (X, y, fresh, target),
        (X[:, :1], both, fresh[:, :1], np.c_[target, fresh[:, 2] ** 2]),
        (X, both, fresh, np.c_[target, fresh[:, 2] ** 2]),
    ):
        fitted = MutualInfoEstimator((64, 64), max_iter=120, random_state=0).fit(a, b)
        out.append([list_attributes(fitted), fitted.score(c, d), fitted.pointwise(c, d), fitted.lower_bound()])
    return out


@register
def estimator_of_frames() -> Any:
    from skmine import MutualInfoEstimator

    frame, y = draw_mixed_without_period()
    goal = pd.DataFrame({"y": y, "label": np.where(y > 0, "up", "down")})
    fitted = MutualInfoEstimator(max_iter=80, cv=2, random_state=0).fit(frame[:500], goal[:500])
    other = frame[500:].assign(label="unseen")
    return [list_attributes(fitted), fitted.pointwise(frame[500:], goal[500:]), fitted.score(other, goal[500:])]


@register
def estimator_in_a_grid_search() -> Any:
    from sklearn.model_selection import GridSearchCV

    from skmine import MutualInfoEstimator

    X, y = draw_table(500)
    one = MutualInfoEstimator(cv=2, max_iter=60, random_state=0)
    search = GridSearchCV(one, {"hidden_layer_sizes": [(16,), (64, 64)]}, cv=2).fit(X, y)
    return search.cv_results_["mean_test_score"]


@register
def selector_marginal() -> Any:
    from skmine import MINEFeatureSelector

    X, y = load_diabetes_frame()
    given: list[dict[str, Any]] = [
        {},
        {"n_features_to_select": 3},
        {"n_features_to_select": 0.5, "always_keep": ["sex"]},
        {"feature_groups": [["s1", "s2"], ["s3", "s4", "s5"]], "alpha": 0.001},
    ]
    fits = [MINEFeatureSelector(random_state=0, **options).fit(X, y) for options in given]
    return [[list_attributes(one), one.transform(X)] for one in fits]


@register
def selector_mrmr() -> Any:
    from skmine import MINEFeatureSelector

    X, y = load_diabetes_frame()
    given: list[dict[str, Any]] = [{}, {"n_features_to_select": 4, "always_keep": [1]}]
    return [list_attributes(MINEFeatureSelector("mrmr", random_state=0, **options).fit(X, y)) for options in given]


def fit_joint(X: Any, y: Any, **options: Any) -> dict[str, Any]:
    from skmine import MINEFeatureSelector

    fit_options = {"groups": options.pop("groups")} if "groups" in options else {}
    steps = {"max_iter": 250, "random_state": 0, **options}
    return list_attributes(MINEFeatureSelector("joint", **steps).fit(X, y, **fit_options))


@register
def selector_joint_on_few_rows() -> Any:
    X, y = draw_table(80, 6)
    Z, t = draw_table(500, 8)
    return [fit_joint(X, y), fit_joint(Z, t), fit_joint(Z, t > 0), fit_joint(Z, t, groups=np.arange(500) // 5)]


@register
def selector_joint_on_many_rows() -> Any:
    X, y = draw_table(1_600, 8)
    rng = np.random.default_rng(12)
    copies = np.c_[X, X[:, 0], np.exp(X[:, 1]), X[:, 3] + 0.1 * rng.normal(size=1_600), np.ones(1_600)]
    return [fit_joint(copies, y), fit_joint(copies, y > 0, always_keep=[2], feature_groups=[[4, 5]])]


@register
def selector_joint_of_a_number() -> Any:
    X, y = draw_table(600, 8)
    Z, t = draw_table(1_500, 7)
    return [fit_joint(X, y, n_features_to_select=3), fit_joint(Z, t, n_features_to_select=5, cv=2)]


@register
def selector_joint_of_many_columns() -> Any:
    rng = np.random.default_rng(13)
    X = rng.normal(size=(1_400, 90))
    return fit_joint(X, (X[:, 3] > 0) ^ (X[:, 50] > 0), max_iter=150)


@register
def selector_joint_of_several_targets() -> Any:
    frame, y = draw_mixed(900)
    return fit_joint(frame.drop(columns="period"), np.c_[y, frame["small"]], max_iter=120)


@register
def encoder() -> Any:
    from skmine import CoupledEncoder

    X, y = draw_table(500)
    out = []
    for options, given in (
        ({}, {}),
        ({"bound": "dv", "hidden_layer_sizes": ()}, {"nuisance": X[:, 2]}),
        ({"minimize": [3], "architecture": "separable"}, {}),
        ({"maximize": [0], "bound": "infonce", "architecture": "concat"}, {}),
    ):
        fitted = CoupledEncoder(2, max_iter=30, random_state=0).set_params(**options).fit(X, y, **given)
        out.append([fitted.transform(X), fitted.history_])
    return out


@register
def stability() -> Any:
    from sklearn.feature_selection import SelectKBest, f_regression

    from skmine import MINEFeatureSelector, selection_stability

    X, y = load_diabetes_frame()
    found = [
        selection_stability(MINEFeatureSelector(), X, y, n_resamples=4, random_state=0),
        selection_stability(MINEFeatureSelector(), X, y, n_resamples=3, groups=np.arange(442) // 4, random_state=0),
        selection_stability(SelectKBest(f_regression, k=4), X, y, n_resamples=5, n_jobs=2, random_state=0),
    ]
    return [[one, one.attrs["stability"]] for one in found]


@register
def pipeline() -> Any:
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    from skmine import MINEFeatureSelector

    X, y = load_diabetes_frame()
    return make_pipeline(MINEFeatureSelector(random_state=0), LinearRegression()).fit(X, y).predict(X)
