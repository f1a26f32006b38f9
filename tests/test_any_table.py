"""Whatever a table holds, the answer is a sound one, or one sentence says what is wrong with it."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skmine import MINEFeatureSelector, MutualInfoEstimator, mutual_info_matrix, mutual_info_scores, rank_columns
from skmine.exceptions import SkmineWarning
from tests.strategies import frames, list_containers

KINDS = {"constant", "categorical", "discrete", "continuous"}

#: Longest sentence of an error: more would be a dump.
LONGEST_ERROR = 700


def quick(max_examples):
    """Settings of a run that is the same each time."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        max_examples=max_examples, deadline=None, derandomize=True, database=None, suppress_health_check=checks
    )


def ask(function, *arguments, **options):
    """What a function answers; None where it refuses, in one sentence. It warns in our classes only."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        refusal = None
        try:
            answer = function(*arguments, **options)
        except (ValueError, TypeError) as error:
            answer, refusal = None, str(error)
    assert refusal is None or 10 < len(refusal) <= LONGEST_ERROR, refusal
    for warning in said:
        assert issubclass(warning.category, SkmineWarning), warning
    return answer


def check_ranking(ranking, names):
    assert sorted(map(str, ranking.index)) == sorted(map(str, names))
    assert set(ranking["kind"]) <= KINDS
    numbers = ranking[["mi", "score", "se", "lower", "pvalue", "qvalue"]].to_numpy(float)
    assert np.isfinite(numbers).all()
    assert ((ranking[["pvalue", "qvalue"]] >= 0) & (ranking[["pvalue", "qvalue"]] <= 1)).to_numpy().all()
    assert (ranking["se"] >= 0).all()
    assert (ranking["lower"] <= ranking["score"] + 1e-12).all()
    assert (ranking.loc[ranking["kind"] == "constant", "score"] == 0).all()
    assert (ranking["reason"] == "").equals(ranking["kept"])


def rank_by_one(frame, data):
    """A checked ranking by one of the columns, and which; None where it is refused or there is no other column."""
    y = data.draw(st.sampled_from(list(frame.columns)))
    ranking = ask(rank_columns, frame.drop(columns=y), frame[y], random_state=0) if frame.shape[1] > 1 else None
    if ranking is not None:
        check_ranking(ranking, frame.columns.drop(y))
    return ranking, y


@quick(150)
@given(frame=frames(), data=st.data())
def test_a_ranking_is_sound_or_refused(frame, data):
    ranking, y = rank_by_one(frame, data)
    if ranking is not None:
        scores = ask(mutual_info_scores, frame.drop(columns=y), frame[y], random_state=0)
        again = ranking.reindex(frame.columns.drop(y))
        assert np.array_equal(scores[0], again["score"])


@quick(60)
@given(frame=frames(most_rows=25), data=st.data())
def test_containers_give_one_answer(frame, data):
    y = np.tile(data.draw(st.lists(st.integers(0, 2), min_size=3, max_size=9)), len(frame))[: len(frame)]
    answers = {}
    for name, table in list_containers(frame).items():
        if name == "batches":
            continue
        answer = ask(rank_columns, table, y, random_state=0)
        answers[name] = None if answer is None else answer.sort_values(["pvalue", "score"])["score"].to_numpy()
    if answers["pandas"] is not None and "floats" in answers and answers["floats"] is not None:
        np.testing.assert_allclose(np.sort(answers["floats"]), np.sort(answers["pandas"]), atol=1e-12)


@quick(40)
@given(frame=frames(most_rows=40, most_columns=3))
def test_batches_are_refused_or_give_a_sound_ranking(frame):
    frame = frame.assign(target=np.arange(len(frame)) % 7)
    ranking = ask(rank_columns, list_containers(frame)["batches"], "target", random_state=0)
    if ranking is not None:
        check_ranking(ranking, frame.columns.drop("target"))


@quick(30)
@given(frame=frames(most_rows=30, most_columns=4))
def test_a_matrix_is_symmetric_and_finite(frame):
    found = ask(mutual_info_matrix, frame, with_errors=True, random_state=0)
    if found is not None:
        mi, se, pvalue = (part.to_numpy() for part in found)
        assert np.array_equal(mi, mi.T, equal_nan=True)
        off = ~np.eye(len(mi), dtype=bool)
        assert np.isfinite(mi[off]).all()
        assert (se[off] >= 0).all()
        assert ((pvalue[off] >= 0) & (pvalue[off] <= 1)).all()


def fit_everything(frame, y):
    """The estimators that train, on little."""
    estimator = ask(MutualInfoEstimator(max_iter=5, random_state=0).fit, frame, y)
    if estimator is not None:
        assert np.isfinite([estimator.mi_, estimator.mi_se_]).all()
    for method in ("marginal", "mrmr", "joint"):
        selector = ask(MINEFeatureSelector(method, max_iter=5, random_state=0).fit, frame, y)
        if selector is not None:
            assert selector.support_.shape == (frame.shape[1],)
            assert np.isin(selector.ranking_, np.arange(1, frame.shape[1] + 2)).all()  # 2 is first where none is kept


@quick(10)
@given(frame=frames(most_rows=40, most_columns=3))
def test_estimators_are_fitted_or_refuse(frame):
    fit_everything(frame, np.arange(len(frame)) % 3)


@pytest.mark.slow
@quick(3000)
@given(frame=frames(), data=st.data())
def test_many_rankings_are_sound_or_refused(frame, data):
    rank_by_one(frame, data)


@pytest.mark.slow
@quick(100)
@given(frame=frames(most_rows=80, most_columns=4))
def test_many_fits_are_made_or_refused(frame):
    fit_everything(frame, np.arange(len(frame)) % 3)


def test_the_suite_sees_what_it_looks_for():
    with pytest.raises(AssertionError):
        check_ranking(pd.DataFrame({"kind": ["number"]}, index=["a"]), ["a"])
