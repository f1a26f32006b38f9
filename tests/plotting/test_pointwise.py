"""Pointwise mutual information as a picture."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.collections import PathCollection, PolyCollection
from sklearn.exceptions import NotFittedError

from skmine import MutualInfoEstimator
from skmine.plotting import PointwiseDisplay


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["dose", "age"])
    return X, pd.Series(X["dose"] + 0.5 * rng.normal(size=n), name="effect")


@pytest.fixture(scope="module")
def data():
    return draw(200)


@pytest.fixture(scope="module")
def estimator(data):
    return MutualInfoEstimator((16, 16), max_iter=40, random_state=0).fit(*data)


def numbers(n=200, name="b"):
    return pd.Series(np.random.default_rng(1).normal(size=n), name=name)


def places(display):
    return np.asarray(display.points_.get_offsets())


def ticks(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def title(display):
    return display.ax_.get_title(loc="left")


def test_from_estimator_draws_the_numbers(estimator, data):
    X, y = data
    display = PointwiseDisplay.from_estimator(estimator, X, y, columns=("dose", "effect"))
    np.testing.assert_allclose(places(display), np.c_[X["dose"], y])
    np.testing.assert_array_equal(display.points_.get_array(), estimator.pointwise(X, y))
    low, high = display.points_.get_clim()
    assert low == -high
    assert high == pytest.approx(np.quantile(np.abs(estimator.pointwise(X, y)), 0.98))
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("dose", "effect")
    assert "(nats)" in display.colorbar_.ax.get_ylabel()
    assert display.colorbar_.extend == "both"
    assert title(display) == "200 rows"
    assert display.figure_ is display.ax_.figure


def test_columns_by_number_and_two_of_one_table(estimator, data):
    import matplotlib.pyplot as plt

    X, y = data
    _, ax = plt.subplots()
    display = PointwiseDisplay.from_estimator(estimator, X, y, columns=(-1, "dose"), sides=("X", "X"), ax=ax)
    assert display.ax_ is ax
    np.testing.assert_allclose(places(display), X[["age", "dose"]])
    # Arrays have no names.
    bare = MutualInfoEstimator((16, 16), max_iter=40, random_state=0).fit(X.to_numpy(), y.to_numpy())
    display = PointwiseDisplay.from_estimator(bare, X.to_numpy(), y.to_numpy(), columns=("x1", "y"))
    np.testing.assert_allclose(places(display), np.c_[X["age"], y])


def test_missing_values_are_left_out_and_counted():
    x, y = numbers(name="a"), numbers()
    x[:5], y[3:7] = np.nan, np.nan
    display = PointwiseDisplay(x=x, y=y, pointwise=np.arange(200.0)).plot()
    assert title(display) == "193 rows, 7 with a missing value not shown"
    np.testing.assert_array_equal(display.points_.get_array(), np.arange(7.0, 200))
    with pytest.raises(ValueError, match="No row has a value in both 'a' and 'b'"):
        PointwiseDisplay(x=x.where(y.isna()), y=y, pointwise=np.zeros(200)).plot()


def test_far_rows_are_left_out_and_counted():
    x = numbers(name="a")
    x[0] = 1e6
    display = PointwiseDisplay(x=x, y=numbers(), pointwise=np.ones(200)).plot()
    assert title(display) == "199 rows, 1 outside the frame not shown"
    assert display.ax_.get_xlim()[1] < 10


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (pd.Series(["b", "a", None, "b"] * 50), ["a", "b"]),
        (pd.Series(["b", "a", None, "b"] * 50, dtype="category"), ["a", "b"]),
        (pd.Series(pd.Categorical(["low", "high"] * 100, ["low", "middle", "high"], ordered=True)), ["low", "high"]),
        (pd.Series([True, False] * 100), ["False", "True"]),
        (pd.Series([3, 1, 2, 3] * 50), ["1", "2", "3"]),
    ],
    ids=["strings", "categories", "levels", "booleans", "few numbers"],
)
def test_labels_stand_in_bands(column, labels):
    column.name = "ward"
    display = PointwiseDisplay(x=column, y=numbers(), pointwise=np.zeros(200)).plot()
    assert ticks(display.ax_.xaxis) == labels
    band = np.round(places(display)[:, 0])
    assert np.abs(places(display)[:, 0] - band).max() < 0.4
    shown = column.dropna().astype(str).to_numpy()
    np.testing.assert_array_equal(np.array(labels)[band.astype(int)], shown)
    same = PointwiseDisplay(x=column, y=numbers(), pointwise=np.zeros(200)).plot()
    np.testing.assert_array_equal(places(same), places(display))  # the same picture again


def test_of_very_many_labels_the_frequent_ones_are_shown():
    column = pd.Series([f"label {j}" for j in range(100)] + [f"label {j}" for j in range(20)] * 5, name="code")
    display = PointwiseDisplay(x=numbers(), y=column, pointwise=np.zeros(200)).plot()
    assert len(ticks(display.ax_.yaxis)) == 30
    assert {f"label {j}" for j in range(20)} <= set(ticks(display.ax_.yaxis))
    assert title(display) == "130 rows, 70 outside the frame not shown"


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("pattern", [None, "%Y-%m-%d", "%d.%m.%Y"])
def test_dates_are_dates(estimator, data, frame, pattern):
    X, y = data
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(200), unit="D")
    days = days.to_numpy() if pattern is None else days.strftime(pattern).to_numpy(dtype=object)
    table = frame({"day": days, "age": X["age"].to_numpy()})
    fitted = MutualInfoEstimator((16, 16), max_iter=40, random_state=0).fit(table, y)
    display = PointwiseDisplay.from_estimator(fitted, table, y, columns=("day", 0))
    display.figure_.canvas.draw()
    assert any(text.startswith("2024-0") for text in ticks(display.ax_.xaxis))
    assert np.ptp(places(display)[:, 0]) == 199


def test_many_rows_are_hexagons_of_means(estimator):
    X, y = draw(6_000, seed=1)
    display = PointwiseDisplay.from_estimator(estimator, X, y)
    assert isinstance(display.points_, PolyCollection)
    assert "mean" in display.colorbar_.ax.get_ylabel()
    assert len(display.points_.get_array()) < 3_000
    points = PointwiseDisplay.from_estimator(estimator, X, y, kind="points")
    assert isinstance(points.points_, PathCollection)
    assert points.points_.get_rasterized()
    few = PointwiseDisplay.from_estimator(estimator, X[:100], y[:100], kind="hexagons")
    assert isinstance(few.points_, PolyCollection)


def test_columns_that_cannot_be_drawn_are_refused(estimator, data):
    X, y = data
    with pytest.raises(ValueError, match="columns contains 'dos', which is not a column of X; did you mean 'dose'"):
        PointwiseDisplay.from_estimator(estimator, X, y, columns=("dos", 0))
    with pytest.raises(ValueError, match="columns contains 1, which is not a column of y; use an index from 0 to 0"):
        PointwiseDisplay.from_estimator(estimator, X, y, columns=(0, 1))
    with pytest.raises(ValueError, match=r"must be 'X' or 'y'.*pass for example"):
        PointwiseDisplay.from_estimator(estimator, X, y, sides=("X", "Z"))
    with pytest.raises(ValueError, match="kind must be"):
        PointwiseDisplay.from_estimator(estimator, X, y, kind="lines")
    with pytest.raises(NotFittedError):
        PointwiseDisplay.from_estimator(MutualInfoEstimator(), X, y)
