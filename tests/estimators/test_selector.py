"""MINEFeatureSelector keeps scikit-learn's contract, and its own."""

import pickle
from functools import partial

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
import skops.io
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import estimator_checks

from skmine import MINEFeatureSelector, mutual_info_scores, rank_columns

#: Checks that check_estimator runs on the selector under constraints.txt; another number means
#: that a tag changed or that checks were dropped.
N_CHECKS = {"1.9": 47}

FITTED = ("scores_", "scores_se_", "mi_", "pvalues_", "ranking_", "support_")


METHODS = ("marginal", "joint", "mrmr")


@pytest.fixture(params=METHODS)
def make(request):
    """A selector by each method; of "joint" with little training, where results do not matter."""

    def of_method(**options):
        return MINEFeatureSelector(request.param, **{"random_state": 0, "max_iter": 40, **options})

    return of_method


def data(n=300, d=6, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, (X[:, 1] + X[:, 3] ** 2 + 0.5 * rng.normal(size=n) > 1).astype(int)


def same_bits(one, other):
    return all(np.array_equal(getattr(one, a), getattr(other, a), equal_nan=True) for a in FITTED)


# scikit-learn's contract: its checks fit on whatever they have, noise and row numbers included


@pytest.mark.filterwarnings("ignore:No features were selected:UserWarning")
@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
@pytest.mark.parametrize("method", METHODS)
def test_check_estimator(method):
    results = estimator_checks.check_estimator(MINEFeatureSelector(method), on_skip=None, on_fail=None)
    assert [(r["check_name"], r["status"]) for r in results if r["status"] != "passed"] == []
    version = ".".join(sklearn.__version__.split(".")[:2])
    assert len(results) == N_CHECKS.get(version, len(results))
    assert len(results) >= 40


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_get_feature_names_out_error,
        estimator_checks.check_global_output_transform_pandas,
        estimator_checks.check_global_set_output_transform_polars,
        estimator_checks.check_n_features_in_after_fitting,
        estimator_checks.check_param_validation,
        estimator_checks.check_set_output_transform,
        estimator_checks.check_set_output_transform_pandas,
        estimator_checks.check_set_output_transform_polars,
        estimator_checks.check_transformer_get_feature_names_out,
        estimator_checks.check_transformer_get_feature_names_out_pandas,
    ],
    ids=lambda c: c.__name__,
)
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.filterwarnings("ignore:No features were selected:UserWarning")
@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
@pytest.mark.parametrize("method", METHODS)
def test_checks_that_check_estimator_leaves_out(check, method):
    check("MINEFeatureSelector", MINEFeatureSelector(method, max_iter=40))


@pytest.mark.parametrize(
    "bad",
    [
        {"method": "joined"},
        {"n_features_to_select": 0},
        {"n_features_to_select": 1.5},
        {"n_features_to_select": "some"},
        {"alpha": 1.0},
        {"fdr": "none"},
        {"cv": 1},
        {"cv": "three"},
        {"device": "tpu"},
        {"discrete_features": "some"},
        {"discrete_target": "some"},
        {"random_state": "seed"},
        {"n_jobs": 1.5},
    ],
    ids=str,
)
def test_parameters_are_validated_in_fit(bad):
    selector = MINEFeatureSelector(**bad)  # not here
    with pytest.raises(ValueError, match=f"'{next(iter(bad))}' parameter of MINEFeatureSelector must be"):
        selector.fit(*data())
    assert not hasattr(selector, "support_")


def test_clone_and_pickle(make):
    X, y = data()
    selector = make(n_features_to_select=2, random_state=0).fit(X, y)
    assert not hasattr(clone(selector), "support_")
    assert clone(selector).get_params() == selector.get_params()
    back = pickle.loads(pickle.dumps(selector))
    assert same_bits(back, selector)
    assert np.array_equal(back.transform(X), selector.transform(X))


# What it selects


def test_auto_keeps_what_is_dependent():
    X, y = data(1000, 8)
    # Strong links, and a rate at which a false discovery would be one in a thousand.
    selector = MINEFeatureSelector(alpha=0.001, random_state=0).fit(X, y)
    assert selector.get_support(indices=True).tolist() == [1, 3]
    assert np.array_equal(selector.transform(X), X[:, [1, 3]])
    assert set(selector.ranking_[[1, 3]]) == {1, 2}
    assert sorted(selector.ranking_) == list(range(1, 9))
    assert selector.pvalues_[[1, 3]].max() < 1e-4
    assert (selector.mi_ >= selector.scores_).all()


@pytest.mark.filterwarnings("ignore::skmine.exceptions.InformationLossWarning")  # one column is too few
@pytest.mark.parametrize(("wanted", "kept"), [(1, 1), (3, 3), (6, 6), (0.5, 3), (1.0, 6), (0.01, 1)])
def test_counts_and_fractions(make, wanted, kept):
    X, y = data()
    selector = make(n_features_to_select=wanted, random_state=0).fit(X, y)
    assert selector.support_.sum() == kept
    assert (selector.ranking_[selector.support_] <= kept).all()
    assert selector.ranking_[~selector.support_].min(initial=kept + 1) > selector.ranking_[selector.support_].max()


def test_pure_noise_keeps_nothing_and_says_so():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(300, 5)), rng.normal(size=300)
    selector = MINEFeatureSelector(alpha=0.001, random_state=0).fit(X, y)
    with pytest.warns(UserWarning, match="No features were selected"):
        assert selector.transform(X).shape == (300, 0)
    with pytest.warns(UserWarning, match="No features were selected"):
        assert selector.set_output(transform="pandas").transform(pd.DataFrame(X)).shape == (300, 0)


def test_selector_function_and_frame_agree():
    X, y = data()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    selector = MINEFeatureSelector(random_state=0).fit(frame, y)
    scores, pvalues = mutual_info_scores(X, y, random_state=0)
    ranking = rank_columns(frame, y, random_state=0)
    assert np.array_equal(selector.scores_, scores)
    assert np.array_equal(selector.pvalues_, pvalues)
    assert np.array_equal(ranking.loc[list("abcdef"), "mi"], selector.mi_)
    assert set(ranking.index[ranking["kept"]]) == set(selector.get_feature_names_out())
    assert ranking.index[0] == frame.columns[selector.ranking_ == 1][0]


def test_several_targets():
    X, _ = data()
    Y = np.c_[X[:, 0] + 0.1 * X[:, 1], X[:, 4] + 0.1 * X[:, 1]]
    selector = MINEFeatureSelector(n_features_to_select=2, random_state=0).fit(X, Y)
    assert selector.get_support(indices=True).tolist() == [0, 4]


# Input of every kind


def test_mixed_frame_keeps_order_names_and_types(make):
    X, y = data()
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "word": np.where(y == 1, "yes", rng.choice(["yes", "no"], len(y))),
            "noise": X[:, 0],
            "gap": pd.array(np.where(y == 1, 1, 0), dtype="Int64"),
            "cat": pd.Categorical(rng.choice(list("uvw"), len(y))),
        }
    )
    frame.loc[::9, "gap"] = pd.NA
    selector = make(n_features_to_select=2, random_state=0).set_output(transform="pandas")
    out = selector.fit_transform(frame, y)
    assert list(out.columns) == ["word", "gap"]
    assert out["gap"].dtype == frame["gap"].dtype
    assert selector.get_feature_names_out().tolist() == ["word", "gap"]
    plain = clone(selector).set_output(transform="default").fit_transform(frame, y)
    assert isinstance(plain, np.ndarray)
    assert plain.shape == (len(y), 2)


def test_polars_in_polars_out(make):
    X, y = data()
    frame = pl.DataFrame(X, schema=list("abcdef")).with_columns(
        pl.Series("w", np.where((y == 1) ^ (np.arange(len(y)) % 50 == 0), "p", "q"))
    )
    selector = make(n_features_to_select=2, random_state=0).set_output(transform="polars")
    out = selector.fit_transform(frame, y)
    assert isinstance(out, pl.DataFrame)
    assert out.shape == (len(y), 2)
    assert "w" in out.columns


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.csc_array])
def test_sparse_matrices_are_read_with_zero_as_a_heavy_value(make, kind):
    X, y = data()
    X = np.where(np.abs(X) < 1, 0, X)
    dense = make(n_features_to_select=2, random_state=0).fit(X, y)
    fitted = make(n_features_to_select=2, random_state=0).fit(kind(X), y)
    assert same_bits(dense, fitted)
    out = fitted.transform(kind(X))
    assert sparse.issparse(out)
    assert np.array_equal(out.toarray(), dense.transform(X))


@pytest.mark.parametrize(
    "dress",
    [
        np.asfortranarray,
        lambda X: (X.setflags(write=False), X)[1],
        lambda X: X[:, ::-1][:, ::-1],
        lambda X: X.tolist(),
        pd.DataFrame,
        lambda X: X.astype(object),
    ],
    ids=["fortran", "read-only", "strided", "list", "frame", "object"],
)
def test_layout_does_not_matter(make, dress):
    X, y = data()
    expected = make(random_state=0).fit(X, y)
    assert same_bits(make(random_state=0).fit(dress(X.copy()), y), expected)


def test_float32_is_read_as_it_is(make):
    X, y = data()
    X = X.astype(np.float32)
    small, large = (make(n_features_to_select=2).fit(x, y) for x in (X, X.astype(float)))
    assert same_bits(small, large)
    assert small.transform(X).dtype == np.float32


def test_one_column(make):
    X, y = data()
    for one in (X[:, [1]], pd.DataFrame({"a": X[:, 1]})):
        selector = make(n_features_to_select=1).fit(one, y)
        assert selector.transform(one).shape == (300, 1)


def test_input_is_left_alone(make):
    X, y = data()
    frame = pd.DataFrame(X)
    before = frame.copy()
    make().fit(frame, y)
    pd.testing.assert_frame_equal(frame, before)


# Inside other estimators


def test_in_a_pipeline_and_a_grid_search():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    pipe = Pipeline(
        [
            ("selector", MINEFeatureSelector(random_state=0)),
            ("scale", StandardScaler()),
            ("model", LogisticRegression(max_iter=500)),
        ]
    )
    search = GridSearchCV(pipe, {"selector__n_features_to_select": [1, 8]}, cv=StratifiedKFold(3)).fit(X, y)
    one, eight = search.cv_results_["mean_test_score"]
    assert one != eight
    assert search.best_params_["selector__n_features_to_select"] == 8
    assert search.best_score_ > 0.9
    assert len(search.best_estimator_[0].get_feature_names_out()) == 8


def test_in_a_column_transformer(make):
    X, y = data()
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(city=np.where(y == 1, "oslo", "rome"))
    columns = ColumnTransformer(
        [
            ("numbers", make(n_features_to_select=2, random_state=0), list("abcdef")),
            ("words", OneHotEncoder(), ["city"]),
        ]
    )
    assert make_pipeline(columns, LogisticRegression()).fit(frame, y).score(frame, y) > 0.95
    assert columns.fit(frame, y).get_feature_names_out().tolist()[2:] == ["words__city_oslo", "words__city_rome"]


class RecordingFolds(GroupKFold):
    """Group folds that remember the groups they were given."""

    seen = None

    def split(self, X, y=None, groups=None):
        type(self).seen = groups
        return super().split(X, y, groups)


def test_groups_are_routed():
    X, y = data()
    groups = np.repeat(np.arange(30), 10)
    direct = MINEFeatureSelector(random_state=0).fit(X, y, groups=groups)
    assert not same_bits(direct, MINEFeatureSelector(random_state=0).fit(X, y))
    old_style = make_pipeline(MINEFeatureSelector(random_state=0)).fit(X, y, minefeatureselector__groups=groups)
    assert same_bits(old_style[0], direct)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = make_pipeline(MINEFeatureSelector(random_state=0)).fit(X, y, groups=groups)
        assert same_bits(routed[0], direct)
        make_pipeline(MINEFeatureSelector(cv=RecordingFolds(3))).fit(X, y, groups=groups)
        assert np.array_equal(RecordingFolds.seen, groups)
        grid = GridSearchCV(
            make_pipeline(MINEFeatureSelector(cv=GroupKFold(2), n_features_to_select=1), LogisticRegression()),
            {"minefeatureselector__n_features_to_select": [1, 2]},
            cv=GroupKFold(3),
        ).fit(X, y, groups=groups)
        assert len(set(grid.cv_results_["mean_test_score"])) == 2
        unrequested = MINEFeatureSelector(random_state=0).set_fit_request(groups=False)
        with pytest.raises(TypeError, match="groups"):
            make_pipeline(unrequested).fit(X, y, groups=groups)


# Same seed, same bits


def test_random_state(make):
    X, y = data()
    fits = [make(random_state=s).fit(X, y) for s in (0, 0, 1, np.random.RandomState(0))]
    assert same_bits(fits[0], fits[1])
    assert not same_bits(fits[0], fits[2])
    assert same_bits(fits[0], fits[3])


@pytest.fixture(scope="module")
def wide():
    """Enough columns for several blocks, on both grids, of several shapes."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=800)
    X = rng.normal(size=(800, 150))
    X[:, :20] += y[:, None]
    X[:, 100:] = np.round(X[:, 100:])
    return X, y, MINEFeatureSelector(random_state=0).fit(X, y)


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
@pytest.mark.parametrize("n_jobs", [2, -1])
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*worker stopped while some jobs:UserWarning")
def test_same_bits_for_any_worker(wide, backend, n_jobs):
    X, y, expected = wide
    with joblib.parallel_backend(backend):
        found = MINEFeatureSelector(random_state=0, n_jobs=n_jobs).fit(X, y)
    assert same_bits(found, expected)


def test_threads_are_given_back(make):
    import torch

    before = torch.get_num_threads()
    with joblib.parallel_backend("threading", n_jobs=2):
        make(n_jobs=2).fit(*data())
    assert torch.get_num_threads() == before


# Bad input


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.empty((0, 3)), np.empty(0), "0 sample"),
        (np.empty((5, 0)), np.arange(5) % 2, "0 feature"),
        (np.ones((1, 2)), [0], "one class or value only"),
        (np.eye(2), [0, 1], "(cv=3 folds need at least 3 rows|joint.* needs at least 8 rows)"),
        (np.eye(9), None, "requires y to be passed"),
        (np.eye(9), np.ones(9), "one class or value only"),
        (np.eye(9), np.arange(7) % 2, "inconsistent numbers of samples"),
        (np.full((9, 2), np.inf), np.arange(9) % 2, "infinity"),
        (pd.DataFrame(np.eye(9)).set_axis(["a"] * 9, axis=1), np.arange(9) % 2, "named 'a'"),
        (np.eye(12), [f"id{i}" for i in range(12)], "identifier"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_bad_input_leaves_nothing_half_fitted(make, X, y, message):
    selector = make()
    with pytest.raises(ValueError, match=message):
        selector.fit(X, y)
    assert not hasattr(selector, "scores_")


def test_more_columns_than_there_are(make):
    with pytest.raises(ValueError, match="n_features_to_select=9 is more than the 6 columns of X"):
        make(n_features_to_select=9).fit(*data())


def test_overlapping_folds():
    from sklearn.model_selection import ShuffleSplit

    with pytest.raises(ValueError, match="overlapping test folds"):
        MINEFeatureSelector(cv=ShuffleSplit(5, test_size=0.5)).fit(*data())


def test_partial_of_a_score_function_is_picklable():
    pickle.loads(pickle.dumps(partial(mutual_info_scores, random_state=0)))


@pytest.mark.parametrize("method", ["marginal", "mrmr", "joint"])
def test_skops_holds_a_fitted_selector(method):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd"))
    selector = MINEFeatureSelector(method, random_state=0).fit(X, X["a"] + rng.normal(size=200))
    kept = skops.io.dumps(selector)
    assert skops.io.get_untrusted_types(data=kept) == ["skmine.estimators.selector.MINEFeatureSelector"]
    again = skops.io.loads(kept, trusted=skops.io.get_untrusted_types(data=kept))
    np.testing.assert_array_equal(again.transform(X), selector.transform(X))
    np.testing.assert_array_equal(again.pvalues_, selector.pvalues_)
    if method == "joint":
        pd.testing.assert_frame_equal(again.path_, selector.path_)
    else:
        assert not hasattr(again, "path_")


def test_joint_selection_of_constant_columns_keeps_what_it_has_to():
    X, y = np.ones((20, 3)), np.arange(20) % 2
    fitted = MINEFeatureSelector("joint", random_state=0).fit(X, y)
    assert fitted.support_.tolist() == [False] * 3
    assert (fitted.mi_, len(fitted.path_)) == (0.0, 0)
    fitted = MINEFeatureSelector("joint", always_keep=[1], n_features_to_select=2, random_state=0).fit(X, y)
    assert fitted.support_.tolist() == [True, True, False]
