"""What a fitted selector knows of every column, as one frame."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skmine import MINEFeatureSelector, rank_columns
from skmine.exceptions import FewRowsWarning, IdentifierWarning

RANKED = ["kind", "mi", "score", "se", "lower", "pvalue", "qvalue", "kept", "reason", "flag"]


@pytest.fixture(scope="module")
def table():
    """Two columns whose product of signs is the target, a copy, noise, a constant; and labels, all distinct."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(1200, 4)), columns=["a", "b", "noise", "more noise"])
    y = (X["a"] + 0.7 * X["b"] + 0.5 * rng.normal(size=1200) > 0).astype(int)
    return X.assign(copy=X["a"] * 3, flat=1), y


def test_of_marginal_scores_it_is_the_ranking(table):
    selector = MINEFeatureSelector(random_state=0).fit(*table)
    results, ranking = selector.results_, rank_columns(*table, random_state=0)
    assert list(results.columns) == [*RANKED, "rank"]
    assert list(results.index) == list(table[0].columns)
    assert results.index.name == "column"
    same = ranking.loc[results.index, [name for name in RANKED if name != "reason"]]
    pd.testing.assert_frame_equal(results[same.columns], same)
    assert results["reason"].to_dict() == {
        "a": "q <= 0.05",
        "b": "q <= 0.05",
        "noise": "q > 0.05",
        "more noise": "q > 0.05",
        "copy": "q <= 0.05",
        "flat": "constant",
    }
    assert results.attrs == {"unit": "nats", "method": "marginal", "alpha": 0.05}
    np.testing.assert_array_equal(results["rank"], selector.ranking_)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(selector)).results_, results)


def test_numbers_groups_and_protected_columns_say_so(table):
    selector = MINEFeatureSelector(n_features_to_select=2, always_keep=["noise"], random_state=0).fit(*table)
    reasons = selector.results_["reason"].to_dict()
    assert reasons["noise"] == "always kept"
    assert {reasons["a"], reasons["copy"]} == {
        "among the 2 with the highest scores",
        "not among the 2 with the highest scores",
    }
    assert reasons["flat"] == "constant"
    assert "alpha" not in selector.results_.attrs
    grouped = MINEFeatureSelector(feature_groups=[["b", "noise"]], random_state=0).fit(*table).results_
    assert grouped.loc["noise", "reason"] == "with its group of 2 columns: q <= 0.05"
    assert grouped.loc["noise", "kept"]
    assert grouped.loc["noise", "qvalue"] == grouped.loc["b", "qvalue"]
    assert (grouped["kept"] == (grouped["qvalue"] <= 0.05)).all()


def test_of_mrmr_columns_add_to_each_other(table):
    results = MINEFeatureSelector("mrmr", random_state=0).fit(*table).results_
    assert results.loc["b", "reason"] == "q <= 0.05, and adds to those before it"
    assert sorted(results.loc[["a", "copy"], "reason"]) == [
        "q <= 0.05, and adds to those before it",
        "q <= 0.05, but others say what it says",
    ]
    assert results.loc["noise", "reason"] == "q > 0.05"
    assert results["kept"].tolist() == [reason.endswith("before it") for reason in results["reason"]]
    numbered = MINEFeatureSelector("mrmr", n_features_to_select=1, random_state=0).fit(*table).results_
    assert numbered.loc["b", "reason"] == "not among the 1 of most relevance less redundancy"


def test_of_joint_columns_have_gains(table):
    selector = MINEFeatureSelector("joint", max_iter=300, random_state=0).fit(*table)
    results = selector.results_
    assert list(results.columns) == [*RANKED, "rank"]
    assert results.loc[results["kept"]].index.tolist() == ["a", "b"]
    assert results[["mi", "lower", "qvalue"]].isna().all().all()  # a joint search has no such numbers of a column
    np.testing.assert_array_equal(results["score"], selector.scores_)
    reasons = results["reason"].to_dict()
    assert reasons["a"] == reasons["b"] == "the other kept ones lack what it says"
    assert reasons["copy"] == "a copy of 'a'"
    assert reasons["flat"] == "constant"
    assert {reasons["noise"], reasons["more noise"]} <= {
        "no better than shuffled columns",
        "without it little is lost (tolerance 0.02)",
    }
    assert results.attrs == {"unit": "nats", "method": "joint"}


def test_of_joint_votes_are_told(table):
    selector = MINEFeatureSelector("joint", n_resamples=2, max_iter=40, random_state=0).fit(*table)
    results = selector.results_
    np.testing.assert_array_equal(results["frequency"], selector.frequency_)
    told = results["reason"].str.extract(r"kept by (\d+)% of the searches")[0].astype(float) / 100
    assert told.notna().sum() == 4  # neither the copy nor the constant
    assert (told.dropna() == results["frequency"][told.notna()]).all()


@pytest.mark.filterwarnings("ignore::skmine.exceptions.FewRowsWarning")
def test_of_few_rows_the_best_column_is_told(table):
    X, y = table
    results = MINEFeatureSelector("joint", random_state=0).fit(X[:60], y[:60]).results_
    assert set(results["reason"]) <= {
        "the best one by itself",
        "not confirmed on the locked rows",
        "not the best one by itself, which alone is tested",
        "a copy of 'a'",
        "constant",
    }
    assert results["kept"].sum() == (results["reason"] == "the best one by itself").sum()


def test_batches_and_streams_have_results(table):
    X, y = table
    frame = X.assign(target=y)
    X = X.assign(flat=np.r_[np.ones(1000), np.full(200, 2)])
    selector = MINEFeatureSelector(cv=2, random_state=0)
    with pytest.warns(FewRowsWarning):
        selector.partial_fit(X[:1000], y[:1000])
    assert selector.results_.loc["flat", ["kind", "flag", "reason"]].tolist() == ["constant"] * 3
    with pytest.warns(FewRowsWarning, match="'flat' held one value in the first batch"):
        selector.partial_fit(X[1000:], y[1000:])
    assert selector.results_.loc["flat", ["flag", "reason"]].tolist() == ["", "q > 0.05"]
    assert selector.results_.loc["b", "reason"] == "q <= 0.05"
    for method in ("marginal", "mrmr"):
        of_stream = MINEFeatureSelector(method, random_state=0).fit([frame[:600], frame[600:]], "target").results_
        assert list(of_stream.index) == list(X.columns)
        assert of_stream.loc["flat", "reason"] == "constant"
        assert of_stream.loc["noise", "reason"] == "q > 0.05"


def test_flags_are_told_by_every_method(table):
    X, y = table
    X = X[["a"]].assign(row=np.arange(1200), key=[f"k{j}" for j in range(1200)])
    for method in ("marginal", "joint", "mrmr"):
        with pytest.warns(IdentifierWarning):
            results = MINEFeatureSelector(method, max_iter=40, random_state=0).fit(X, y).results_
        assert results["flag"].tolist() == ["", "row number", "labels almost all distinct"]
        assert results.loc["key", "reason"] == "labels almost all distinct"
        assert results.loc["row", "reason"] != "row number"  # it may be a time: what the method says of it stands


def test_there_are_none_before_a_fit():
    with pytest.raises(NotFittedError):
        MINEFeatureSelector().results_  # noqa: B018


@pytest.mark.parametrize("method", ["marginal", "mrmr", "joint"])
def test_a_bar_is_shown_on_request(method, capsys):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 3))
    y = X[:, 0] + rng.normal(size=160)
    quiet = MINEFeatureSelector(method, max_iter=20, random_state=0).fit(X, y)
    assert capsys.readouterr() == ("", "")
    talking = MINEFeatureSelector(method, max_iter=20, random_state=0, verbose=1).fit(X, y)
    out, err = capsys.readouterr()
    assert out == ""
    assert "choosing among 3 columns" in err
    assert "100%" in err
    assert talking.support_.tolist() == quiet.support_.tolist()
