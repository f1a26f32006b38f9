"""Rows in the order of time."""

import numpy as np
import pandas as pd
import pytest

from skmine.data.row_order import RowOrder


def test_rows_are_ordered_by_time_within_each_series():
    order = RowOrder.read([3, 1, 2, 2, 1], np.array([0, 1, 0, 1, 0]), 5)
    assert order.rows.tolist() == [4, 2, 0, 1, 3]
    assert order.series.tolist() == [0, 0, 0, 1, 1]
    assert order.places.tolist() == [0, 1, 2, 0, 1]
    assert order.sizes.tolist() == [3, 2]


def test_dates_and_texts_of_dates_are_times():
    texts = ["2020-03-01", "2020-01-01", "2020-02-01"] * 4
    for time in (texts, pd.to_datetime(texts)):
        assert RowOrder.read(time, None, 12).rows[:4].tolist() == [1, 4, 7, 10]


def test_rows_of_one_time_point_at_the_first_of_them():
    assert RowOrder.read([1, 2, 2, 2, 3], None, 5).first_of_time.tolist() == [0, 1, 1, 1, 4]


def test_series_stand_apart_on_a_line():
    line = RowOrder.read(None, np.array([0, 0, 1, 1]), 4).spread(3)
    assert line[2] - line[1] > 3
    assert line[1] - line[0] == 1


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ([1, 2, 3], "one value per row, 4 of them, got 3 rows"),
        (np.zeros((4, 2)), "got 4 rows and 2 columns"),
        ([1, 2, np.nan, 4], "1 missing values"),
        (["Monday", "Tuesday", "Friday", "Sunday"], "labels such as 'Friday'"),
    ],
)
def test_times_that_cannot_be_used_are_refused(time, words):
    with pytest.raises(ValueError, match=words):
        RowOrder.read(time, None, 4)
