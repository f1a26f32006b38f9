"""MutualInfoEstimator keeps scikit-learn's contract, and its own: one honest number."""

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
import torch
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.utils import estimator_checks

from skmine import MutualInfoEstimator
from skmine.core.training import Training
from skmine.exceptions import IdentifierWarning
from tests.estimators.tables import FITTED, SMALL, data, fitted, same_bits, tables

#: Checks that check_estimator runs on the estimator under constraints.txt; another number means
#: that a tag changed or that checks were dropped.
N_CHECKS = {"1.9": 41}


# scikit-learn's contract


@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
def test_check_estimator():
    results = estimator_checks.check_estimator(MutualInfoEstimator(), on_skip=None, on_fail=None)
    assert [(r["check_name"], r["status"]) for r in results if r["status"] != "passed"] == []
    version = ".".join(sklearn.__version__.split(".")[:2])
    assert len(results) == N_CHECKS.get(version, len(results))
    assert len(results) >= 35


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_n_features_in_after_fitting,
        estimator_checks.check_param_validation,
    ],
    ids=lambda c: c.__name__,
)
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
def test_checks_that_check_estimator_leaves_out(check):
    check("MutualInfoEstimator", MutualInfoEstimator(**SMALL))


@pytest.mark.parametrize(
    "bad",
    [
        {"activation": "sine"},
        {"critic": "grids"},
        {"bound": "elbo"},
        {"base": "grid"},
        {"learning_rate_init": 0.0},
        {"weight_decay": -1.0},
        {"batch_size": 1},
        {"max_iter": 0},
        {"n_iter_no_change": 0},
        {"cv": 1},
        {"device": "tpu"},
        {"discrete_features": "some"},
        {"random_state": "seed"},
        {"n_jobs": 1.5},
        {"verbose": "much"},
    ],
    ids=str,
)
def test_parameters_are_validated_in_fit(bad):
    estimator = MutualInfoEstimator(**bad)  # not here
    with pytest.raises(ValueError, match=f"'{next(iter(bad))}' parameter of MutualInfoEstimator must be"):
        estimator.fit(*data())
    assert not hasattr(estimator, "mi_")


@pytest.mark.parametrize("sizes", [(), (0,), (8, -1), (2.5,), "wide", [[8], [8]]], ids=str)
def test_layer_sizes_are_positive_whole_numbers(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        fitted(*data(), hidden_layer_sizes=sizes)


@pytest.mark.parametrize("make", [data, tables])
def test_clone_and_pickle(make):
    X, y = make()
    estimator = fitted(X, y)
    assert not hasattr(clone(estimator), "mi_")
    assert clone(estimator).get_params() == estimator.get_params()
    back = pickle.loads(pickle.dumps(estimator))
    assert same_bits(back, estimator)
    assert np.array_equal(back.pointwise(X, y), estimator.pointwise(X, y))


# Input of every kind


def test_frames_of_mixed_columns():
    X, y = data()
    frame = pd.DataFrame(X, columns=list("abc")).assign(
        word=np.where(y > 0, "up", "down"),
        day=pd.date_range("2020-01-01", periods=300),
        gap=np.where(y > 1, np.nan, 1.0),
    )
    found = fitted(frame, y)
    assert found.held_out_mi_ > 0.3
    assert list(found.feature_names_in_) == list(frame.columns)
    polars = pl.from_pandas(frame)
    assert same_bits(fitted(polars, y), found)
    assert np.isfinite(found.score(frame, y))


def test_target_tables():
    X, y = data()
    frame = pd.DataFrame({"number": y, "word": np.where(X[:, 0] > 0, "u", "v")})
    frame.loc[::7, "word"] = None
    found = fitted(X, frame)
    assert found.critic_ == "pair"
    assert found.held_out_mi_ > 0.5
    with pytest.raises(ValueError, match="y has 1 columns, but MutualInfoEstimator was fitted on 2"):
        found.score(X, y)


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array])
def test_sparse_tables(kind):
    X, y = data()
    X = np.where(np.abs(X) < 1, 0, X)
    assert same_bits(fitted(kind(X), y), fitted(X, y))


@pytest.mark.parametrize(
    "dress",
    [np.asfortranarray, lambda X: X[:, ::-1][:, ::-1], lambda X: X.tolist(), pd.DataFrame, lambda X: X.astype(object)],
    ids=["fortran", "strided", "list", "frame", "object"],
)
def test_layout_does_not_matter(dress):
    X, y = data()
    assert same_bits(fitted(dress(X.copy()), y), fitted(X, y))


def test_input_is_left_alone():
    X, y = data()
    frame = pd.DataFrame(X)
    before = frame.copy()
    fitted(frame, y)
    pd.testing.assert_frame_equal(frame, before)


def test_constant_tables_share_nothing():
    X, y = data()
    for x, goal in ((np.ones((300, 2)), y), (X, np.zeros(300)), (np.full((300, 1), np.nan), y)):
        found = fitted(x, goal)
        assert (found.mi_, found.held_out_mi_, found.mi_se_, found.pvalue_) == (0, 0, 0, 1)
        assert found.lower_bound() == 0
        assert found.confidence_interval() == (0, 0)
        assert found.score(x, goal) == 0


def test_duplicated_collinear_and_many_columns():
    X, y = data()
    twice = fitted(np.c_[X, X, X.sum(1)], y)
    assert twice.mi_ == pytest.approx(fitted(X, y).mi_, abs=0.1)
    wide = np.c_[X, np.random.default_rng(1).normal(size=(300, 400))]
    for goal in (y, np.c_[y, y**2]):
        found = fitted(wide, goal)
        assert np.isfinite([getattr(found, a) for a in FITTED]).all()
        assert found.lower_bound() < 0.55


def test_identifiers_are_named():
    X, _ = data()
    with pytest.warns(IdentifierWarning, match="Column 'y' holds 300 different labels"):
        found = fitted(X, np.array([f"id{i}" for i in range(300)]))
    assert found.held_out_mi_ < 0.1


@pytest.mark.parametrize("n", [6, 10, 30, 45, 60])
@pytest.mark.parametrize("make", [data, tables])
@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
def test_few_rows_give_finite_numbers(make, n):
    found = fitted(*make(n))
    assert np.isfinite([getattr(found, a) for a in FITTED]).all()
    assert 0 <= found.pvalue_ <= 1


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (np.empty((0, 3)), np.empty(0), {}, "0 sample"),
        (np.empty((5, 0)), np.arange(5), {}, "0 feature"),
        (np.eye(2), [0, 1], {}, "cv=3 folds need at least 3 rows"),
        (np.eye(9), None, {}, "requires y to be passed"),
        (np.eye(9), np.arange(7), {}, "inconsistent numbers of samples"),
        (np.full((9, 2), np.inf), np.arange(9), {}, "infinity"),
        (np.eye(9), np.full(9, np.inf), {}, "infinity"),
        (pd.DataFrame(np.eye(9)).set_axis(["a"] * 9, axis=1), np.arange(9), {}, "named 'a'"),
        (np.eye(9), np.eye(9), {"critic": "partition"}, "critic='partition' needs one column on one side"),
        (np.eye(9), np.arange(9), {"critic": "grid"}, "critic='grid' needs one column on either side"),
        (np.eye(9), np.arange(9), {"discrete_target": [4]}, "discrete_target has index 4"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_bad_input_leaves_nothing_half_fitted(X, y, options, message):
    estimator = MutualInfoEstimator(**options)
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)
    assert not hasattr(estimator, "mi_")


# Same seed, same bits; nothing global is touched


@pytest.mark.parametrize("make", [data, tables])
def test_random_state(make):
    X, y = make()
    fits = [fitted(X, y, random_state=s) for s in (0, 0, 1, np.random.RandomState(0))]
    assert same_bits(fits[0], fits[1])
    assert not same_bits(fits[0], fits[2])
    assert same_bits(fits[0], fits[3])


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.filterwarnings("ignore:.*worker stopped while some jobs:UserWarning")
def test_same_bits_for_any_worker(backend):
    X, y = tables()
    expected = fitted(X, y)
    with joblib.parallel_backend(backend):
        assert same_bits(fitted(X, y, n_jobs=2), expected)


def test_global_state_stays():
    before = torch.get_num_threads(), torch.random.get_rng_state(), np.random.mtrand._rand.get_state()[1].copy()
    fitted(*tables())
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])
    assert np.array_equal(np.random.mtrand._rand.get_state()[1], before[2])


def test_interruption_leaves_it_unfitted(monkeypatch):
    steps = Training.steps

    def interrupted(self, objective):
        for number, value in enumerate(steps(self, objective)):
            if number == 7:
                raise KeyboardInterrupt
            yield value

    monkeypatch.setattr(Training, "steps", interrupted)
    estimator = MutualInfoEstimator(random_state=0, verbose=1)
    threads = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(*tables())
    assert not hasattr(estimator, "mi_")
    assert torch.get_num_threads() == threads


def test_progress_is_shown_on_request_only(capsys):
    fitted(*tables(), **SMALL)
    quiet = capsys.readouterr()
    assert (quiet.out, quiet.err) == ("", "")
    fitted(*tables(), verbose=1, base=None, **SMALL)  # from nothing: a base may end training early
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "p-value, step 40" in shown.err  # the last one
    assert "nats" in shown.err


# Inside other estimators


@pytest.mark.filterwarnings("ignore::skmine.exceptions.TrainingCutWarning")  # 60 steps are few
def test_grid_search_over_the_network():
    X, y = tables(600)
    search = GridSearchCV(
        MutualInfoEstimator(random_state=0, base=None, cv=KFold(2), max_iter=60),
        {"hidden_layer_sizes": [(4,), (64, 64)], "learning_rate_init": [1e-4, 1e-2]},
        cv=2,
    ).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert len(np.unique(scores)) == 4
    assert search.best_score_ == scores.max()
    assert search.best_params_["learning_rate_init"] == 1e-2
    assert search.best_score_ <= search.best_estimator_.training_mi_


def test_scalers_before_it_hardly_change_anything():
    X, y = data()
    for scaler in (StandardScaler(), QuantileTransformer(n_quantiles=300)):
        pipe = make_pipeline(scaler, MutualInfoEstimator(random_state=0)).fit(X, y)
        assert pipe[-1].mi_ == pytest.approx(fitted(X, y).mi_, abs=2 * pipe[-1].mi_se_)
        assert np.isfinite(pipe.score(X, y))
        alone = make_pipeline(scaler, MutualInfoEstimator(random_state=0)).fit(X[:, :1], y)
        assert same_bits(alone[-1], fitted(X[:, :1], y))  # ranks of columns are all that counts


def test_groups_are_routed():
    X, y = data()
    groups = np.repeat(np.arange(30), 10)
    direct = MutualInfoEstimator(random_state=0).fit(X, y, groups=groups)
    assert not same_bits(direct, fitted(X, y))
    with sklearn.config_context(enable_metadata_routing=True):
        routed = make_pipeline(StandardScaler(), MutualInfoEstimator(random_state=0)).fit(X, y, groups=groups)
        assert same_bits(routed[-1], direct)
    with pytest.raises(ValueError, match="puts a group"):
        MutualInfoEstimator(cv=list(KFold(3, shuffle=True, random_state=0).split(X))).fit(X, y, groups=groups)
    assert MutualInfoEstimator(cv=GroupKFold(3)).fit(X, y, groups=groups).mi_ > 0.2
