"""Rows in time: rates of p-values, and the same answer however times are given."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from scipy.stats import binomtest

from skmine import (
    BlockedKFold,
    MINEFeatureSelector,
    MutualInfoEstimator,
    mutual_info,
    mutual_info_matrix,
    mutual_info_scores,
    rank_columns,
)
from skmine.exceptions import AutocorrelatedRowsWarning


def draw_series(memory, n, d, seed):
    steps = np.random.default_rng(seed).normal(size=(n + 300, d))
    return lfilter([1], [1, -memory], steps, axis=0)[300:]


@pytest.mark.parametrize(("memory", "n"), [(0.5, 1_000), (0.9, 1_000), (0.97, 3_000)])
def test_series_that_share_nothing_are_called_related_as_often_as_promised(memory, n):
    pvalues = []
    for seed in range(300):
        x = draw_series(memory, n, 2, seed)
        pvalues.append(rank_columns(x[:, :1], x[:, 1], time=np.arange(n), random_state=0)["pvalue"].iloc[0])
    k = int(np.sum(np.array(pvalues) < 0.05))
    assert binomtest(k, 300).proportion_ci().low <= 1.3 * 0.05


@pytest.mark.filterwarnings("ignore::skmine.exceptions.AutocorrelatedRowsWarning")
def test_without_times_they_are_called_related_far_too_often():
    x = draw_series(0.9, 1_000, 31, 0)
    assert (rank_columns(x[:, 1:], x[:, 0], random_state=0)["pvalue"] < 0.05).sum() > 10


def test_links_of_series_are_found():
    x = draw_series(0.9, 2_000, 6, 0)
    y = x[:, 0] + x[:, 5]
    ranking = rank_columns(x[:, :5], y, time=np.arange(2_000), random_state=0)
    assert ranking.index[ranking["kept"]].tolist() == ["x0"]
    assert ranking.loc["x0", "mi"] == pytest.approx(np.log(2) / 2, abs=3 * ranking.loc["x0", "se"])


def test_errors_of_series_are_larger():
    x = draw_series(0.9, 2_000, 2, 1)
    y = x[:, 0] + x[:, 1]
    timed = rank_columns(x[:, :1], y, time=np.arange(2_000), random_state=0)["se"].iloc[0]
    with pytest.warns(AutocorrelatedRowsWarning, match=r"pass time=, groups= or cv=BlockedKFold\(\)"):
        naive = rank_columns(x[:, :1], y, random_state=0)["se"].iloc[0]
    # Scores remember up to as long as products do, (1 + .81) / (1 - .81) = 9.5 rows: errors are up to 3.1 times as
    # large, and those of 40 blocks are known to a ninth.
    assert 1.5 < timed / naive < 4


CALLS = {
    "ranking": lambda x, y, **o: rank_columns(x, y, random_state=0, **o).sort_index()["pvalue"].to_numpy(),
    "scores": lambda x, y, **o: np.concatenate(mutual_info_scores(x, y, random_state=0, **o)),
    "marginal": lambda x, y, cv=3, **o: MINEFeatureSelector(cv=cv, random_state=0).fit(x, y, **o).pvalues_,
    "mrmr": lambda x, y, cv=3, **o: MINEFeatureSelector("mrmr", cv=cv, random_state=0).fit(x, y, **o).scores_,
    "matrix": lambda x, y, **o: mutual_info_matrix(np.c_[x, y], random_state=0, **o).to_numpy(),
    "information": lambda x, y, **o: np.array([mutual_info(x[:, 0], y, random_state=0, **o).mi]),
    "estimator": lambda x, y, cv=3, **o: np.array(
        [MutualInfoEstimator(critic="grid", cv=cv, random_state=0).fit(x[:, :1], y, **o).mi_]
    ),
}


@pytest.mark.filterwarnings("ignore::skmine.exceptions.FittingWarning")
@pytest.mark.parametrize("name", CALLS)
def test_times_order_rows_and_folds_alone_take_them_in_order(name):
    x = draw_series(0.9, 400, 3, 2)
    x, y = x[:, :2] + x[:, 2:], x[:, 2]
    call, shuffled = CALLS[name], np.random.default_rng(0).permutation(400)
    in_order = call(x, y, cv=BlockedKFold(3))
    np.testing.assert_array_equal(call(x, y, time=np.arange(400)), in_order)
    if name == "matrix":  # which chooses the side that a pair is read from by some rows, wherever they stand
        return
    np.testing.assert_allclose(call(x[shuffled], y[shuffled], time=shuffled), in_order, rtol=1e-5, atol=1e-7)


def test_joint_selection_takes_times():
    x = draw_series(0.5, 1_200, 4, 3)
    y = x[:, 0] + x[:, 1] + 0.3 * x[:, 3]
    for options in ({"time": np.arange(1_200)}, {}):
        cv = 3 if options else BlockedKFold(3)
        selector = MINEFeatureSelector("joint", cv=cv, random_state=0).fit(x[:, :3], y, **options)
        assert selector.get_support().tolist() == [True, True, False]


def test_a_named_column_of_times_is_taken_out():
    x = draw_series(0.9, 400, 2, 4)
    day = pd.date_range("2020-01-01", periods=400).to_numpy()
    frame = pd.DataFrame({"x": x[:, 0], "day": day, "y": x[:, 1]})
    named = rank_columns(frame, "y", time="day", random_state=0)
    assert named.index.tolist() == ["x"]
    pd.testing.assert_frame_equal(named, rank_columns(frame[["x"]], frame["y"], time=day, random_state=0))
    with pytest.raises(ValueError, match="Column of times 'dya': no column has this name; did you mean 'day'"):
        rank_columns(frame, "y", time="dya")


def test_tables_in_batches_have_no_times():
    frame = pd.DataFrame({"x": np.arange(50.0), "y": np.arange(50.0)})
    for call in (
        lambda: rank_columns([frame, frame], "y", time=np.arange(100)),
        lambda: MINEFeatureSelector().fit([frame, frame], "y", time=np.arange(100)),
    ):
        with pytest.raises(ValueError, match="time needs all rows at hand, but X is read in batches"):
            call()
