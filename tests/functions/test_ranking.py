"""mutual_info_scores and rank_columns."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.feature_selection import GenericUnivariateSelect, SelectFdr, SelectFwe, SelectKBest, SelectPercentile
from sklearn.pipeline import make_pipeline

from skmine import (
    MINEFeatureSelector,
    MutualInfoEstimator,
    mutual_info,
    mutual_info_matrix,
    mutual_info_scores,
    rank_columns,
)
from skmine.exceptions import IdentifierWarning, MissingColumnWarning, SkmineWarning

score_function = partial(mutual_info_scores, random_state=0)


def mixed(n=600, seed=0):
    """A mixed table: informative number, category and missingness; noise of each kind."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "linear": y + rng.normal(size=n),
            "city": np.where(y > 0.5, "oslo", np.where(rng.random(n) < 0.5, "rome", "bonn")),
            "gap": np.where(rng.random(n) < 1 / (1 + np.exp(-2 * y)), np.nan, rng.normal(size=n)),
            "noise": rng.normal(size=n),
            "flag": rng.random(n) < 0.5,
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D"),
            "flat": 1,
        }
    )
    return frame, y


def test_kept_columns_stand_first_among_many_weak_ones():
    # By score alone, columns of large errors would stand among those that are kept.
    rng = np.random.default_rng(0)
    y = rng.normal(size=600)
    weak = y[:, None] * 0.13 + rng.normal(size=(600, 60))
    ragged = np.where(rng.random((600, 20)) < 0.5, np.nan, rng.standard_t(1, size=(600, 20)))
    ranking = rank_columns(np.c_[weak, ragged], y, random_state=0)
    n_kept = int(ranking["kept"].sum())
    assert 0 < n_kept < 80
    assert ranking["kept"].tolist() == [True] * n_kept + [False] * (80 - n_kept)
    assert not ranking["score"].is_monotonic_decreasing
    for _, same in ranking.groupby(ranking["pvalue"].clip(lower=1e-16)):
        assert same["lower"].is_monotonic_decreasing


def test_every_column_that_is_not_kept_has_a_reason():
    rng = np.random.default_rng(0)
    n = 200
    frame = pd.DataFrame(
        {
            "good": np.arange(n) % 2 + 0.1 * rng.normal(size=n),
            "noise": rng.normal(size=n),
            "same": 1,
            "empty": np.nan,
            "key": [f"k{j}" for j in range(n)],
        }
    )
    with pytest.warns(SkmineWarning):
        ranking = rank_columns(frame, np.arange(n) % 2, alpha=0.01, random_state=0)
    assert ranking["reason"].to_dict() == {
        "good": "",
        "noise": "q > 0.01",
        "same": "constant",
        "empty": "no values",
        "key": "labels almost all distinct",
    }


def test_ranking_of_a_mixed_table():
    frame, y = mixed()
    ranking = rank_columns(frame, y, random_state=0)
    assert list(ranking.columns) == ["kind", "mi", "score", "se", "lower", "pvalue", "qvalue", "kept", "reason", "flag"]
    assert ranking.index.name == "column"
    assert set(ranking.index[:3]) == {"linear", "city", "gap"}
    assert ranking["kept"].tolist() == [True] * 3 + [False] * 4
    assert ranking["pvalue"].is_monotonic_increasing
    assert ranking["reason"].tolist() == [""] * 3 + ["q > 0.05"] * 3 + ["constant"]
    kinds = ranking["kind"].to_dict()
    assert kinds == {
        "linear": "continuous",
        "city": "categorical",
        "gap": "continuous",
        "noise": "continuous",
        "flag": "discrete",
        "when": "continuous",
        "flat": "constant",
    }
    assert ranking.loc["flat", ["mi", "score", "se", "lower"]].tolist() == [0, 0, 0, 0]
    assert ranking.loc["flat", "pvalue"] == 1
    assert (ranking["lower"][ranking["pvalue"] > 0.05] <= 0).all()
    assert (ranking["qvalue"] >= ranking["pvalue"]).all()
    # y + unit noise: rho^2 = 1/2, I = log(2) / 2; n = 600: three standard errors and the sketch's .05.
    row = ranking.loc["linear"]
    assert abs(row["mi"] - np.log(2) / 2) < 3 * row["se"] + 0.05
    assert row["lower"] < np.log(2) / 2


def test_frames_arrays_and_sparse_agree():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 300)
    X = np.where(rng.random((300, 4)) < 0.6, 0, rng.normal(size=(300, 4)) + y[:, None] * [1, 0, 0.5, 0])
    expected = mutual_info_scores(X, y, random_state=0)
    for other in (
        pd.DataFrame(X),
        pl.DataFrame(X, schema=list("abcd")),
        sparse.csr_matrix(X),
        sparse.csc_array(X),
        X.tolist(),
        np.asfortranarray(X),
        X.astype(object),
    ):
        for found, value in zip(mutual_info_scores(other, y, random_state=0), expected, strict=True):
            assert np.array_equal(found, value)
    names = np.array(["a", "b", "c"])[y]
    for labels in (names, names.astype(object), pd.Series(names, dtype="category"), pl.Series(names), y.astype(float)):
        found = mutual_info_scores(X, labels, random_state=0)[0]
        np.testing.assert_allclose(found, expected[0], atol=1e-6)


@pytest.mark.parametrize("transform", [np.exp, np.cbrt, lambda v: 3 * v - 7, lambda v: np.arctan(v) * 1e-9])
@pytest.mark.parametrize("n", [100, 400, 2000])
def test_increasing_transforms_change_no_bit(transform, n):
    rng = np.random.default_rng(2)
    y = rng.normal(size=n)
    X = np.c_[y + rng.normal(size=n), np.sin(3 * y) + 0.1 * rng.normal(size=n), rng.normal(size=n)].round(3)
    for a, b in zip(
        mutual_info_scores(X, y, random_state=0),
        mutual_info_scores(transform(X), transform(y), random_state=0),
        strict=True,
    ):
        assert np.array_equal(a, b)


@pytest.mark.parametrize(
    "select",
    [
        SelectKBest(score_function, k=2),
        SelectPercentile(score_function, percentile=20),
        SelectFdr(score_function, alpha=0.001),
        SelectFwe(score_function, alpha=0.001),
        GenericUnivariateSelect(score_function, mode="k_best", param=2),
    ],
    ids=lambda s: type(s).__name__,
)
def test_univariate_selectors_of_sklearn(select):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 10))
    y = (X[:, 4] ** 2 + X[:, 7] + 0.3 * rng.normal(size=400) > 1).astype(int)
    assert select.fit(X, y).get_support(indices=True).tolist() == [4, 7]


def test_several_targets():
    rng = np.random.default_rng(4)
    Y = rng.normal(size=(500, 3))
    X = np.c_[Y[:, 0] + rng.normal(size=500), rng.normal(size=500), Y[:, 2] + 0.01 * rng.normal(size=500)]
    scores, pvalues = mutual_info_scores(X, Y, random_state=0)
    each = [mutual_info_scores(X, Y[:, t], random_state=0) for t in range(3)]
    np.testing.assert_array_equal(scores, np.max([s for s, _ in each], axis=0))
    np.testing.assert_allclose(pvalues, np.minimum(1, 3 * np.min([p for _, p in each], axis=0)))


def test_target_by_name():
    frame, y = mixed()
    frame["target"] = y
    by_name = rank_columns(frame, "target", random_state=0)
    pd.testing.assert_frame_equal(by_name, rank_columns(frame.drop(columns="target"), y, random_state=0))
    with pytest.raises(ValueError, match="did you mean 'target'"):
        rank_columns(frame, "targte")


def test_fdr_by_is_never_smaller():
    frame, y = mixed()
    bh, by = (rank_columns(frame, y, fdr=f, random_state=0)["qvalue"] for f in ("bh", "by"))
    assert (by >= bh).all()


def test_discrete_features_names_and_masks():
    frame, y = mixed()
    some = frame[["linear", "flag", "noise"]]
    by_name = rank_columns(some, y, discrete_features=["flag"], random_state=0)
    by_mask = rank_columns(some, y, discrete_features=[False, True, False], random_state=0)
    pd.testing.assert_frame_equal(by_name, by_mask)
    assert by_name.loc["flag", "kind"] == "categorical"
    with pytest.raises(ValueError, match="'city' is marked as continuous"):
        rank_columns(frame, y, discrete_features=["flag"])


def test_same_seed_same_bits_other_seed_other_folds():
    frame, y = mixed()
    one, two, other = (rank_columns(frame, y, random_state=s) for s in (0, 0, 1))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert not np.array_equal(one["score"].sort_index(), other["score"].sort_index())


def test_small_samples():
    rng = np.random.default_rng(0)
    for n in (3, 5, 10, 40):
        scores, pvalues = mutual_info_scores(rng.normal(size=(n, 3)), rng.normal(size=n), random_state=0)
        assert np.isfinite(scores).all()
        assert ((pvalues > 0) & (pvalues <= 1)).all()


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (np.empty((0, 3)), np.empty(0), {}, "X is empty"),
        (np.empty((5, 0)), np.arange(5) % 2, {}, "X is empty"),
        (np.eye(2), [0, 1], {}, "cv=3 folds need at least 3 rows"),
        (np.eye(9), np.ones(9), {}, "one class or value only"),
        (np.eye(9), np.arange(8) % 2, {}, "inconsistent numbers of samples: 9 and 8"),
        (np.full((9, 1), np.inf), np.arange(9) % 2, {}, "contains infinity"),
        (np.eye(9), [np.nan] + [1.0, 2.0] * 4, {}, "missing value"),
        (np.eye(9), np.r_[np.inf, np.arange(8) % 2], {}, "contains infinity"),
        (pd.DataFrame(np.eye(9)).set_axis(["a"] * 9, axis=1), np.arange(9) % 2, {}, "more than one column named 'a'"),
        (np.eye(12), [f"id{i}" for i in range(12)], {}, "identifier"),
        (np.eye(9), np.arange(9) % 2, {"device": "tpu"}, "device"),
        (np.eye(9), np.arange(9) % 2, {"cv": 1}, "cv"),
        (np.eye(9), np.arange(9) % 2, {"groups": [1, 2]}, "groups must hold one label per row"),
    ],
)
def test_bad_input_is_one_clear_sentence(X, y, options, message):
    for function in (mutual_info_scores, rank_columns):
        with pytest.raises(ValueError, match=message) as caught:
            function(X, y, **options)
        assert "\n" not in str(caught.value)


def test_numbers_taken_as_labels_say_so():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 1)), rng.normal(size=60)
    with pytest.raises(ValueError, match="Target 'y' has labels that are almost all distinct"):
        mutual_info_scores(x, y, discrete_target=True)
    spoilt = pd.DataFrame({"a": [*map(str, x[:-1, 0]), "?"]})
    with pytest.warns(IdentifierWarning, match="'a' holds 60 different labels"):
        rank_columns(spoilt, y)


def test_warnings_point_at_the_line_that_led_to_them():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "id": [f"id{i}" for i in range(60)], "empty": np.nan})
    y = rng.normal(size=60)
    calls = [
        lambda: rank_columns(frame, y),
        lambda: mutual_info(frame[["id"]], y, random_state=0),
        lambda: make_pipeline(MINEFeatureSelector(random_state=0)).fit(frame, y),
        lambda: MutualInfoEstimator(random_state=0).fit(y[:, None], frame[["id"]]),
    ]
    for call in calls:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SkmineWarning)
            call()
        assert caught
        assert {warning.filename for warning in caught} == {__file__}


def test_warnings_are_classes_of_our_own():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=30), "empty": np.nan})
    with pytest.warns(MissingColumnWarning, match="'empty' has no values"):
        ranking = rank_columns(frame, np.arange(30) % 3)
    assert ranking.loc["empty", ["score", "pvalue"]].tolist() == [0, 1]
    with pytest.warns(IdentifierWarning, match="different integers"):
        rank_columns(frame[["a"]], np.arange(30))


def test_infinite_values_are_refused_by_column_or_missing():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc"))
    y = rng.integers(0, 2, 300)
    clean = frame.mask(frame > 2)
    assert clean.isna().to_numpy().any(axis=0).sum() >= 2
    frame[clean.isna()] = np.inf
    with pytest.raises(ValueError, match=r"'a' contains infinity \(\d+ of 300 rows\), and so do others: 'b' \(\d+\)"):
        rank_columns(frame, y, random_state=0)
    expected = rank_columns(clean, y, random_state=0).loc[list("abc")]
    found = rank_columns(frame, y, infinite="missing", random_state=0).loc[list("abc")]
    pd.testing.assert_frame_equal(found, expected)
    for X in (frame, frame.to_numpy()):
        selector = MINEFeatureSelector(infinite="missing", random_state=0).fit(X, y)
        assert np.array_equal(selector.mi_, expected["mi"])
        scores, _ = mutual_info_scores(X, y, infinite="missing", random_state=0)
        assert np.array_equal(scores, expected["score"])
    with pytest.raises(ValueError, match="infinite"):
        rank_columns(frame, y, infinite="zero")
    options = {"max_iter": 20, "random_state": 0}
    assert mutual_info(frame, y, infinite="missing", **options) == mutual_info(clean, y, **options)
    matrix = mutual_info_matrix(frame, infinite="missing", random_state=0)
    pd.testing.assert_frame_equal(matrix, mutual_info_matrix(clean, random_state=0))
