"""Text columns are what all their texts say: numbers, dates or flags, alike in every container."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skmine import MINEFeatureSelector, MutualInfoEstimator, rank_columns
from skmine.data.cells import read_texts
from skmine.data.coding import fit_coding
from skmine.data.conversion import make_column
from skmine.data.source import Source
from skmine.data.written_dates import read_written_dates


def make_containers(texts):
    """The same texts in every container of text."""
    present = ["" if text is None else text for text in texts]
    containers = {
        "objects": np.array(texts, object),
        "pandas objects": pd.Series(texts, dtype=object),
        "pandas strings": pd.Series(texts, dtype="string"),
        "pandas default": pd.Series(texts),
        "polars": pl.Series(texts),
        "arrow": Source(pa.table({"a": pa.array(texts)})).raw(0),
    }
    return containers if None in texts else {**containers, "fixed width": np.array(present)}


#: Texts, and the values that they say.
NUMBERS = {
    "integers": (["3", "-1", "20", None], [3, -1, 20, np.nan]),
    "decimals": (["0.5", "0", "1e3", ".25", "-2."], [0.5, 0, 1000, 0.25, -2]),
    "spaces": ([" 3", "4 ", "5"], [3, 4, 5]),
    "written by NumPy": (["1.5", "nan", "2.0"], [1.5, np.nan, 2]),
    "flags": (["True", "false", "TRUE", None], [1, 0, 1, np.nan]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_texts_of_numbers_are_numbers_in_every_container(name):
    texts, values = NUMBERS[name]
    for container, raw in make_containers(texts).items():
        column = make_column(raw, "a")
        assert column.categories is None, container
        np.testing.assert_array_equal(column.values, values, err_msg=container)


LABELS = {
    "one is no number": ["1", "2", "x"],
    "codes": ["007", "1", "2"],
    "zip codes": ["01234", "98101"],
    "decimals with a leading zero": ["01.5", "2.5"],
    "empty texts": ["1", "", "2"],
    "placeholders": ["1", "?", "2"],
    "underscores": ["1_000", "2"],
    "other digits": ["\u0661", "2"],
    "infinity alone": ["inf", "-inf"],
    "ambiguous dates": ["01/02/2015", "03/04/2015"],
    "no days of the calendar": ["2015-01-31", "2015-02-30"],
    "versions": ["1.2.10", "1.3.11"],
    "nothing": [None, None],
}


@pytest.mark.parametrize("name", [name for name in LABELS if name != "nothing"])
def test_other_texts_stay_labels(name):
    for container, raw in make_containers(LABELS[name]).items():
        column = make_column(raw, "a")
        assert column.categories is not None, container
        assert set(column.categories) == set(LABELS[name]), container


def test_a_column_without_texts_says_nothing():
    assert read_texts(LABELS["nothing"]) is None


def test_categoricals_stay_labels():
    for raw in (pd.Series(["1", "2"], dtype="category"), pl.Series(["1", "2"], dtype=pl.Categorical),
                pl.Series(["1", "2"], dtype=pl.Enum(["1", "2"]))):  # fmt: skip
        assert list(make_column(raw, "a").categories) == ["1", "2"]


#: Ways to write the last day of 2015 and another day beside it, which decides the order where there is a choice.
LAST_OF_2015 = {
    "2015-12-31": "2014-01-02",
    "2015-12-31T00:00:00": "2014-01-02T00:00:00",
    "2015-12-31 00:00:00.000": "2014-01-02 00:00:00.000",
    "2015-12-31T00:00Z": "2014-01-02T00:00Z",
    "2015-12-31 02:00+02:00": "2014-01-02 02:00+02:00",
    "2015/12/31": "2014/1/2",
    "31.12.2015": "2.1.2014",
    "31.12.15": "2.1.14",
    "31/12/2015": "02/01/2014",
    "12/31/2015": "01/02/2014",
    "12/31/15": "1/2/14",
    "31-12-2015": "02-01-2014",
    "31 Dec 2015": "2 Jan 2014",
    "31-Dec-15": "2-Jan-14",
    "31st December 2015": "2nd January 2014",
    "31. December 2015": "2. January 2014",
    "Dec 31, 2015": "Jan 2, 2014",
    "Thursday, December 31, 2015": "Thu Jan 2, 2014",
    "31.12.2015 00:00": "2.1.2014 00:00",
    "12/31/2015 12:00 AM": "1/2/2014 12:00 am",
}


@pytest.mark.parametrize("text", LAST_OF_2015)
def test_dates_are_dates_as_people_write_them(text):
    expected = make_column(pd.to_datetime(pd.Series(["2015-12-31", "2014-01-02"])), "a").values
    for container, raw in make_containers([text, LAST_OF_2015[text]]).items():
        column = make_column(raw, "a")
        assert column.categories is None, container
        assert column.values.tolist() == expected.tolist(), container


def test_dates_in_all_units_are_the_same_numbers():
    days = ["2015-12-31", "2014-01-02", None]
    stamps = pd.Series(pd.to_datetime(days))
    expected = make_column(stamps, "a").values
    for raw in (stamps.astype("datetime64[s]"), stamps.astype("datetime64[ns]"), pl.Series(stamps).cast(pl.Date),
                np.array(days, "datetime64[D]"), np.array(days, object),
                np.array([d and dt.date.fromisoformat(d) for d in days], object)):  # fmt: skip
        np.testing.assert_array_equal(make_column(raw, "a").values, expected)


def test_dates_beyond_nanoseconds_keep_their_order_and_unit():
    column = make_column(np.array(["9999-12-31", "2015-12-31", "0001-01-01"], "datetime64[D]"), "a")
    assert column.values[1] == make_column(np.array(["2015-12-31"], "datetime64[ns]"), "a").values[0]
    assert column.values.argsort().tolist() == [2, 1, 0]
    texts = make_column(np.array(["9999-12-31", "2015-12-31", "0001-01-01"]), "a")
    assert texts.values.tolist() == column.values.tolist()


@pytest.mark.parametrize("scale", [2**60, 10**18, 10**30])
def test_long_integers_keep_their_order(scale):
    texts = [str(scale + k) for k in (3, 0, 2, 1)]
    for raw in make_containers(texts).values():
        column = make_column(raw, "a")
        assert fit_coding(column, 32).encode(column).tolist() == [3, 0, 2, 1]
    column = make_column(np.array([*texts[:2], None, *texts[2:]], object), "a")
    assert column.missing.tolist() == [False, False, True, False, False]
    assert fit_coding(column, 32).encode(column).tolist() == [3, 0, 4, 2, 1]


def test_infinity_among_numbers_is_refused_by_name():
    with pytest.raises(ValueError, match="Column 'price' contains infinity"):
        make_column(np.array(["1", "inf"]), "price")


def test_times_and_zones():
    def read(*texts):
        return read_written_dates(texts).values.tolist()

    evening = dt.datetime(2015, 12, 31, 18, 5, 30)
    for text in ("31.12.2015 18:05:30", "12/31/2015 6:05:30 PM", "31 Dec 2015, 6:05:30 p.m.", "2015/12/31 18:05:30",
                 "31.12.2015 20:05:30 +02:00", "31.12.2015 16:35:30-0130", "31.12.2015 18:05:30 UTC"):  # fmt: skip
        assert read(text) == [evening], text
    for text in ("31.12.2015 25:00", "31.12.2015 13:00 pm", "32.12.2015", "31.13.2015", "30 Feb 2015", "0.1.2015"):
        assert read(text, "1 Jan 2015")[0] is None, text


def test_labels_are_kept_where_labels_are_asked_for():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, 400)
    y = x + rng.normal(size=400)
    found = [
        rank_columns(pd.DataFrame({"x": values}), y, discrete_features=True, random_state=0)
        for values in (x, x.astype(str), pd.Series(x.astype(str), dtype="category"))
    ]
    assert found[1].equals(found[2])
    assert found[0].loc["x", "mi"] == pytest.approx(found[1].loc["x", "mi"], abs=1e-6)
    assert found[1].loc["x", "kind"] == "categorical"


def test_a_frame_of_texts_ranks_as_a_frame_of_values():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    values = pd.DataFrame({"a": (y + rng.normal(size=300)).round(3), "n": rng.integers(0, 5, 300)})
    values["t"] = pd.Timestamp("2020-01-01") + pd.to_timedelta((100 * y).round(), unit="h")
    expected = rank_columns(values, y, random_state=0)
    pd.testing.assert_frame_equal(rank_columns(values.astype(str), y.astype(str), random_state=0), expected)
    pd.testing.assert_frame_equal(
        rank_columns(pl.from_pandas(values.astype(str)), pl.Series(y.astype(str)), random_state=0), expected
    )


def test_classes_that_are_digits_are_classes():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    X = y[:, None] + rng.normal(size=(300, 1))
    for target in (y.astype(str), np.array([f"class {k}" for k in y])):
        found = rank_columns(X, target, random_state=0)
        assert found["mi"].iloc[0] == pytest.approx(rank_columns(X, y, random_state=0)["mi"].iloc[0], abs=0.02)


def test_new_rows_are_read_as_the_column_of_the_fit_was():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    labels = np.array(["7", "8", "x"])[y]
    estimator = MutualInfoEstimator(random_state=0).fit(labels[:, None], y)
    # The label "7" alone is a number to nobody.
    told = estimator.pointwise(labels[:, None], y)
    some = (y == 0) | (y == 1)
    known = estimator.pointwise(labels[some, None], y[some])
    assert np.corrcoef(told[some], known)[0, 1] > 0.99
    assert known.mean() == pytest.approx(np.log(2), abs=0.1)
    numbers = MutualInfoEstimator(random_state=0).fit(y.astype(str)[:, None], y)
    with pytest.raises(ValueError, match=r"Column 'x0' holds categories such as '.*' but held numbers in fit"):
        numbers.pointwise(labels[:, None], y)


def test_a_selector_hands_out_texts_as_they_are():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    X = pd.DataFrame({"a": (y + rng.normal(size=200)).round(3).astype(str), "b": rng.normal(size=200)})
    kept = (
        MINEFeatureSelector(n_features_to_select=1, random_state=0).set_output(transform="pandas").fit_transform(X, y)
    )
    assert kept["a"].tolist() == X["a"].tolist()
