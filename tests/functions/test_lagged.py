"""Lags of columns, their information, and transfer entropy."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from skmine import BlockedKFold, lagged, lagged_mutual_info, rank_columns, transfer_entropy
from skmine.synthetic import linear_series


def test_lags_are_earlier_rows_of_any_type():
    frame = pd.DataFrame(
        {
            "number": [1, 2, 3],
            "flag": [True, False, True],
            "label": ["p", "q", "r"],
            "date": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]),
        },
        index=[7, 8, 9],
    )
    out = lagged(frame, [1, -1])
    assert out.index.tolist() == [7, 8, 9]
    for name in frame:
        assert out[f"{name}_lag1"].tolist()[1:] == frame[name].tolist()[:2]
        assert out[f"{name}_lag-1"].tolist()[:2] == frame[name].tolist()[1:]
        assert out[f"{name}_lag1"].isna().tolist() == [True, False, False]


def test_lags_follow_time_and_do_not_leave_their_series():
    time, groups = [2, 1, 3, 1, 2], ["a", "a", "a", "b", "b"]
    out = lagged(pd.DataFrame({"x": [20.0, 10.0, 30.0, 100.0, 200.0]}), 1, time=time, groups=groups)
    np.testing.assert_array_equal(out["x_lag1"], [10.0, np.nan, 20.0, np.nan, 100.0])
    whole = lagged(pd.DataFrame({"x": [20.0, 10.0, 30.0, 100.0, 200.0]}), 1, time=time, groups=groups, dropna=True)
    assert whole.index.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: lagged(x, 1.5), "lags must be a whole number"),
        (lambda x: lagged(x, [2, 2]), "lags must be a whole number or different ones"),
        (lambda x: lagged(x, 9, dropna=True), "No row has all lags, 9 to 9: the longest series has 8 rows"),
        (lambda x: transfer_entropy(x, x, [0, 1]), "lags must be 1 or more, got 0"),
        (lambda x: transfer_entropy(x, x, 1, np.zeros(5)), "given has 5 rows, but x has 8"),
        (lambda x: lagged_mutual_info(x, np.c_[x, x], 1), "y has 2 columns"),
        (lambda x: lagged_mutual_info(x, x, 1, cv=[(x, x)]), "Lags need folds of blocks"),
    ],
)
def test_what_has_no_lags_is_refused(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call(np.arange(8.0))


# Lagged information ---------------------------------------------------------------------------------


def draw_autoregressive(memory, n, d, seed):
    return lfilter([1], [1, -memory], np.random.default_rng(seed).normal(size=(n + 300, d)), axis=0)[300:]


def test_information_at_a_lag_is_the_known_one():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_003, 2))
    y = x[:-3, 0] + rng.normal(size=3_000)  # 1/2 log 2 at lag 3
    found = lagged_mutual_info(x[3:], y, [0, 1, 2, 3], random_state=0)
    assert found.index.tolist() == [(name, lag) for name in ("x0", "x1") for lag in range(4)]
    assert (found["n"] == 2_997).all()
    assert found.index[found["kept"]].tolist() == [("x0", 3)]
    assert found.loc[("x0", 3), "mi"] == pytest.approx(np.log(2) / 2, abs=3 * found.loc[("x0", 3), "se"])
    later = lagged_mutual_info(y, x[3:, 0], [-3, 3], random_state=0)  # what follows
    assert later["kept"].tolist() == [True, False]


def test_bits_are_nats_in_other_numbers():
    x, y = draw_autoregressive(0.5, 400, 2, 0).T
    nats, bits = (lagged_mutual_info(x, y, 2, unit=unit, random_state=0) for unit in ("nats", "bits"))
    for name in ("mi", "se", "lower", "score"):
        assert bits[name].iloc[0] == pytest.approx(nats[name].iloc[0] / np.log(2))
    assert bits.attrs["unit"] == "bits"


def test_lag_zero_is_the_ranking():
    x, y = draw_autoregressive(0.8, 800, 2, 1).T
    found = lagged_mutual_info(x, y, 0, random_state=0)
    ranked = rank_columns(x[:, None], y, cv=BlockedKFold(3), random_state=0)
    for name in ("mi", "score", "se", "pvalue"):
        assert found[name].iloc[0] == ranked[name].iloc[0]


def test_panels_are_measured_within_their_series():
    rng = np.random.default_rng(0)
    n_series, n = 60, 25
    x = rng.normal(size=(n_series, n))
    y = np.concatenate([rng.normal(size=(n_series, 1)), x[:, :-1]], axis=1) + rng.normal(size=(n_series, n))
    frame = pd.DataFrame(
        {"x": x.ravel(), "who": np.repeat(np.arange(n_series), n), "when": np.tile(np.arange(n), n_series)}
    )
    shuffled = rng.permutation(n_series * n)
    found = lagged_mutual_info(
        frame.iloc[shuffled], y.ravel()[shuffled], [0, 1, 2], time="when", groups="who", random_state=0
    )
    assert (found["n"] == n_series * (n - 2)).all()
    assert found.index[found["kept"]].tolist() == [("x", 1)]
    assert found.loc[("x", 1), "mi"] == pytest.approx(np.log(2) / 2, abs=3 * found.loc[("x", 1), "se"])


# Transfer entropy -----------------------------------------------------------------------------------


def test_closed_form_is_that_of_a_known_law():
    # y of t = x of t - 1 + noise: 1/2 log(1 + 1). With an x of memory a, and c times it, y's past says of x what
    # is seen through noise; without y's memory and with a = 0 nothing.
    for scale in (0.5, 1.0, 2.0):
        law = linear_series("", [[[0.0, 0.0], [scale, 0.0]]])
        assert law.transfer_entropy == pytest.approx(np.log(1 + scale**2) / 2)
    assert linear_series("", [[[0.5, 0.9], [0.0, 0.3]]]).transfer_entropy == pytest.approx(0, abs=1e-12)
    two = [[[0.0, 0.0], [0.0, 0.4]], [[0.0, 0.0], [1.0, 0.0]]]  # two rows before
    assert linear_series("", two).transfer_entropy == pytest.approx(np.log(2) / 2)
    assert linear_series("", two, lags=1).transfer_entropy == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match=r"no stationary law: their largest root is 1\.1"):
        linear_series("", [[[1.1, 0], [0, 0]]])


def test_law_has_the_covariances_that_it_says():
    law = linear_series("", [[[0.5, 0.2], [0.6, 0.3]]])
    x, y = law.draw(np.random.default_rng(0), 200_000)
    now = y[1:]

    def leave(columns):
        return np.linalg.lstsq(columns, now, rcond=None)[1][0] / len(now)

    ratio = leave(np.c_[y[:-1]]) / leave(np.c_[y[:-1], x[:-1]])
    # The log ratio of variances is known to about sqrt(4 TE / n) = .002
    assert np.log(ratio) / 2 == pytest.approx(law.transfer_entropy, abs=0.006)


def test_transfer_entropy_is_the_known_one_and_one_way():
    law = linear_series("one way", [[[0.5, 0.0], [0.6, 0.3]]])
    x, y = law.draw(np.random.default_rng(0), 1_000)
    noise = np.random.default_rng(1).normal(size=1_000)
    found = transfer_entropy(pd.DataFrame({"x": x, "noise": noise}), y, random_state=0)
    assert found.index.tolist() == ["x", "noise"]
    assert found["kept"].tolist() == [True, False]
    assert (found["n"] == 999).all()
    row = found.loc["x"]
    assert row["mi"] == pytest.approx(law.transfer_entropy, abs=3 * row["se"])
    back = transfer_entropy(y, x, random_state=0).iloc[0]
    assert back["pvalue"] > 0.05


def test_a_common_driver_is_no_transfer():
    z = draw_autoregressive(0.5, 1_203, 1, 0)[:, 0]
    rng = np.random.default_rng(1)
    x = z[2:-1] + 0.5 * rng.normal(size=1_200)  # the driver one row before
    y = z[1:-2] + 0.5 * rng.normal(size=1_200)  # and two
    driver = z[3:]
    assert transfer_entropy(x, y, random_state=0)["pvalue"].iloc[0] < 1e-6
    beyond = transfer_entropy(x, y, [1, 2], driver, random_state=0).iloc[0]
    assert beyond["pvalue"] > 0.01
