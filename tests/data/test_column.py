"""Values of every type become a column by their order, whether floats can hold them or not."""

import contextlib
import datetime as dt
import random
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skmine import MINEFeatureSelector, MutualInfoEstimator, rank_columns
from skmine.data.coding import fit_coding
from skmine.data.conversion import make_column
from skmine.data.features import fit_feature
from skmine.data.source import Source

#: Integers that floats round to two values.
CLOSE = [2**60 + k for k in (3, 0, 2, 1)]
LONG = [Decimal("0.1") + Decimal(k).scaleb(-25) for k in (3, 0, 2, 1)]
STAMPS = pd.to_datetime([1_700_000_000_000_000_000 + k for k in (3, 0, 2, 1)], unit="ns")

#: Four values in the order 3, 0, 2, 1, which floats cannot tell apart.
FOUR = {
    "integers": np.array(CLOSE),
    "unsigned integers": np.array(CLOSE, np.uint64),
    "objects": np.array(CLOSE, object),
    "objects beyond 64 bits": np.array([v * 10**20 for v in CLOSE], object),
    "objects beyond floats": np.array([v * 10**400 for v in CLOSE], object),
    "nullable": pd.Series(CLOSE, dtype="Int64"),
    "polars": pl.Series(CLOSE),
    "decimals": np.array(LONG, object),
    "polars decimals": pl.Series(LONG),
    "nanoseconds": STAMPS.to_numpy(),
    "nanoseconds of a zone": pd.Series(STAMPS.tz_localize("UTC")),
    "polars nanoseconds": pl.Series(STAMPS.to_numpy()),
    "waits": (STAMPS - pd.Timestamp(0)).to_numpy(),
}

#: The same with a missing value in the middle.
FIVE = {
    "objects": np.array([*CLOSE[:2], None, *CLOSE[2:]], object),
    "nullable": pd.Series([*CLOSE[:2], None, *CLOSE[2:]], dtype="Int64"),
    "polars": pl.Series([*CLOSE[:2], None, *CLOSE[2:]]),
    "decimals": np.array([*LONG[:2], None, *LONG[2:]], object),
    "decimals and NA": np.array([*LONG[:2], pd.NA, *LONG[2:]], object),
    "decimals and NaN": np.array([*LONG[:2], Decimal("sNaN"), *LONG[2:]], object),
    "nanoseconds": STAMPS.insert(2, pd.NaT).to_numpy(),
    "polars nanoseconds": pl.Series(STAMPS.insert(2, pd.NaT).to_numpy()),
}


def order_of(column):
    return fit_coding(column, 32).encode(column).tolist()


@pytest.mark.parametrize("name", FOUR)
def test_values_that_floats_cannot_hold_keep_their_order(name):
    column = make_column(FOUR[name], "a")
    assert not column.missing.any()
    assert order_of(column) == [3, 0, 2, 1]
    assert fit_feature(column).transform(column)[:, 0].argsort().tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize("name", FIVE)
def test_and_so_do_those_with_missing_values(name):
    column = make_column(FIVE[name], "a")
    assert column.missing.tolist() == [False, False, True, False, False]
    assert order_of(column) == [3, 0, 4, 2, 1]
    assert column.labelled.values.tolist() == [3, 0, -1, 2, 1]


def test_arrow_decimals_and_integers():
    table = pa.table({"d": pa.array(LONG, pa.decimal128(38, 25)), "i": pa.array([*CLOSE[:3], None])})
    d, i = Source(table)
    assert order_of(d) == [3, 0, 2, 1]
    assert order_of(i) == [2, 0, 1, 3]


@pytest.mark.filterwarnings("ignore::skmine.exceptions.LeakWarning")  # the key is the target, exactly
def test_a_target_that_is_a_bit_of_the_key_is_found():
    # Two values of the key, one apart: the key tells the target, and log 2 is all there is.
    key = np.array([2**60, 2**60 + 1] * 100)
    y = key % 2
    for values in (key, pd.array([None, *key[1:]], dtype="Int64"), key.astype(object)):
        ranking = rank_columns(pd.DataFrame({"key": values}).iloc[1:], y[1:], random_state=0)
        assert ranking.loc["key", "mi"] == pytest.approx(np.log(2), abs=0.02)


def test_new_rows_are_coded_exactly():
    key = np.array([2**60 + k for k in range(400)])
    y = np.where(np.arange(400) < 200, 0.0, 1.0)
    estimator = MutualInfoEstimator(random_state=0).fit(key[:, None], y)
    assert estimator.score(key[100:300, None], y[100:300]) == pytest.approx(np.log(2), abs=0.05)


def test_what_floats_hold_are_floats():
    assert make_column(2**60 + 1024 * np.arange(4), "a").values.dtype == np.float64
    assert make_column(pd.Series([1, None], dtype="Int64"), "a").values.dtype == np.float64
    assert make_column(np.array([Decimal("1.5"), None], object), "a").values.tolist()[0] == 1.5


def test_one_and_true_are_two_values():
    values = np.array([1, True, 0, False, "x", None], object)
    column = make_column(values, "a")
    assert len(column.categories) == 5
    assert [column.categories[v] if v >= 0 else None for v in column.values] == values.tolist()
    assert [type(column.categories[v]) for v in column.values[:4]] == [int, bool, int, bool]
    alike = make_column(np.array([1, 1.0, "x"], object), "a")
    assert alike.values.tolist()[0] == alike.values.tolist()[1]


@pytest.mark.parametrize("values", [[Decimal("Infinity"), Decimal(1)], [float("inf"), 1]], ids=["decimal", "float"])
def test_an_error_names_the_column(values):
    with pytest.raises(ValueError, match="Column 'price' contains infinity"):
        make_column(np.array(values, object), "price")


def test_the_last_date_is_read_or_refused_by_name():
    # Releases of pandas differ in the dates that they hold.
    values = np.array([dt.date(9999, 12, 31), dt.date(2024, 1, 1), dt.date(1, 1, 1)], object)
    with contextlib.suppress(pd.errors.OutOfBoundsDatetime):
        pd.to_datetime(pd.Series(values, dtype=object), utc=True)
        assert order_of(make_column(values, "day")) == [2, 1, 0]
        return
    with pytest.raises(ValueError, match="Column 'day' holds a value that cannot be read as date"):
        make_column(values, "day")


def test_names_that_mix_texts_and_numbers():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", 1])
    y = X["a"].to_numpy() + np.random.default_rng(1).normal(size=60)
    selector = MINEFeatureSelector(n_features_to_select=1, random_state=0).fit(X, y)
    assert selector.get_feature_names_out().tolist() == ["a"]
    assert selector.transform(X).shape == (60, 1)
    assert rank_columns(X, y, random_state=0).index.tolist() == ["a", "1"]


def test_objects_of_every_mixture_are_read():
    pool = [None, pd.NA, float("nan"), True, 1, 2.5, 2**70, "x", b"y", (1,), [1], {"k": 2}, Decimal("sNaN"), Decimal(3),
            dt.date(2020, 1, 1), dt.timedelta(1), np.int8(3), pd.Timestamp("2020-01-01"), pd.NaT]  # fmt: skip
    draw = random.Random(0)
    for _ in range(400):
        values = np.empty(draw.choice([2, 3, 8]), dtype=object)
        values[:] = draw.choices(pool, k=len(values))
        column = make_column(values, "mix")
        assert len(column.values) == len(values)
        assert len(order_of(column)) == len(values)
        assert column.missing[[v is None for v in values]].all()
