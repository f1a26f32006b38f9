"""Cells as people leave them become numbers, dates or missing, and every repair is said."""

import numpy as np
import pandas as pd
import pytest

from skmine import rank_columns
from skmine.data.conversion import make_column
from skmine.data.repairs import repair_table
from skmine.data.written_numbers import read_written_numbers

N = 40


def repair(cells):
    """One column repaired: its values, and what is said."""
    frame, repairs = repair_table(pd.DataFrame({"a": pd.Series(cells, dtype=object)}))
    return frame["a"], [str(repair) for repair in repairs]


#: Ways to write numbers, by what a number is put into.
SPELLINGS = {
    "dollars": lambda v: f"${v:.2f}",
    "dollars and thousands": lambda v: f"US${v * 1000:,.2f}",
    "euros": lambda v: f"{v:.2f} €".replace(".", ","),
    "a code before": lambda v: f"USD {v:.2f}",
    "a code behind": lambda v: f"{v:.2f} CHF",
    "per cent": lambda v: f"{v:.1f}%",
    "per cent and a space": lambda v: f"{v:.1f} %",
    "thousands": lambda v: f"{v * 1000:,.0f}",
    "thousands and decimals": lambda v: f"{v * 1000:,.2f}",
    "spaces": lambda v: f"{v * 1000:,.0f}".replace(",", " "),
    "narrow spaces": lambda v: f"{v * 1000:,.0f}".replace(",", "\u202f"),
    "apostrophes": lambda v: f"{v * 1000:,.0f}".replace(",", "'"),
    "points and commas": lambda v: f"{v * 1000:,.1f}".translate(str.maketrans(",.", ".,")),
    "decimal commas": lambda v: f"{v:.1f}".replace(".", ","),
    "parentheses": lambda v: f"({v:.1f})" if v > 12 else f"{v:.1f}",
    "a minus sign": lambda v: f"\u2212{v:.1f}",
    "dollars below zero": lambda v: f"-${v:.1f}",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_numbers_as_people_write_them(name):
    v = np.arange(N) + 1.5
    cells = [SPELLINGS[name](x) for x in v]
    values, said = repair(cells)
    factor = 1000 if "v * 1000" in name or max(values) > 1000 else 1
    sign = np.where(v > 12, -1, 1) if name == "parentheses" else -1 if name.endswith(("sign", "zero")) else 1
    np.testing.assert_allclose(values, factor * sign * v)
    n = int((v > 12).sum()) if name == "parentheses" else N
    assert len(said) == 1
    assert f"a: {n} of {N} cells such as {next(c for c in cells if not c[0].isdigit() or n == N)!r}" in said[0]
    assert "read as numbers" in said[0]


@pytest.mark.parametrize(
    "placeholder",
    ["-", "--", "?", ".", "..", "n/a", "N/A", "NA", "null", "NULL", "none", "None", "nan", "NaN", "missing", "unknown",
     "#N/A", "\u2014", " - ", "<NA>", "#DIV/0!"],
)  # fmt: skip
def test_a_column_with_placeholders_is_the_column_with_missing_values(placeholder):
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    x = (y + rng.normal(size=200)).round(2)
    cells = x.astype(str).astype(object)
    cells[[3, 50]] = placeholder
    x[[3, 50]] = np.nan
    values, said = repair(cells)
    np.testing.assert_array_equal(values, x)
    assert said == [f"a: 2 of 200 cells {placeholder.strip()!r} taken as missing"]
    found, expected = (rank_columns(pd.DataFrame({"a": a}), y, random_state=0) for a in (values, x))
    pd.testing.assert_frame_equal(found, expected)


def test_empty_cells_are_missing_and_nothing_is_said():
    for empty in ("", " ", None):
        values, said = repair([*map(str, range(N)), empty])
        np.testing.assert_array_equal(values, [*range(N), np.nan])
        assert said == []
    values, said = repair(["yes", "no", ""] * N)
    assert values.isna().sum() == N
    assert said == []


def test_several_placeholders_are_one_line():
    cells = [*map(str, range(N)), "-", "-", "n/a", "?", "."]
    assert repair(cells)[1] == [f"a: 5 of {N + 5} cells '-', 'n/a', '?' and 1 more taken as missing"]


def test_labels_lose_what_no_label_is():
    values, said = repair(["yes", "no", "?", "yes"] * N)
    assert values.isna().tolist() == [False, False, True, False] * N
    assert said == [f"a: {N} of {4 * N} cells '?' taken as missing"]
    values, said = repair(["yes", "no", "NA"] * N)
    assert values.isna().sum() == N
    for labels in (["+", "-"], ["beer", "None"], ["DE", "FR", "NA"], ["a", "."], ["Na", "K"]):
        values, said = repair(labels * N)
        assert values.tolist() == labels * N
        assert len(said) == 1
        assert "kept as a label" in said[0]


@pytest.mark.parametrize(
    "labels",
    [
        ["yes", "no"],
        [" a", "a"],
        ["x", "y"],
        ["unknown", "known"],
        ["5 kg", "6 kg"],
        ["<=50K", ">50K"],
        ["18-25", "26-40"],
    ],
)
def test_labels_stay_as_they_are(labels):
    values, said = repair(labels * N)
    assert values.tolist() == labels * N
    assert said == []


def test_a_mark_beside_empty_cells_stays():
    values, said = repair(["x", ""] * N)
    assert values.isna().tolist() == [False, True] * N
    assert said == []


def test_codes_with_a_leading_zero_stay_labels_without_their_placeholders():
    values, said = repair(["01234", "98101", "NA", "-"] * N)
    assert set(values.dropna()) == {"01234", "98101"}
    assert said == [f"a: {2 * N} of {4 * N} cells 'NA', '-' taken as missing"]
    values, said = repair(["$01", "$12", "$30", "$40"] * N)
    assert values.iloc[0] == "$01"
    assert said == []


def test_categoricals_stay_as_they_are():
    frame = pd.DataFrame({"a": pd.Categorical(["1", "?"] * N)})
    found, repairs = repair_table(frame)
    pd.testing.assert_frame_equal(found, frame)
    assert repairs == []


def test_limits_are_beside_their_numbers():
    cells = [f"{k / 10:g}" for k in range(1, 101)] + ["<0.1", "> 10", "<0.1"]
    values, said = repair(cells)
    assert said == ["a: 3 of 103 cells such as '<0.1' read as numbers, just beyond the limit"]
    np.testing.assert_allclose(values.iloc[-3:], [0.1, 10, 0.1])
    assert values.iloc[-3] < 0.1
    assert values.iloc[-2] > 10


def test_a_few_remarks_become_missing_and_many_keep_the_column_as_labels():
    cells = [str(k) for k in range(95)]
    values, said = repair([*cells, *["see note"] * 5])
    np.testing.assert_array_equal(values, [*range(95), *[np.nan] * 5])
    assert said == ["a: 5 of 100 cells such as 'see note' taken as missing, as nearly all others are numbers"]
    values, said = repair([*cells, *["see note"] * 6])
    assert values.tolist() == [*cells, *["see note"] * 6]
    assert said == []
    # Two numbers may be labels that look like numbers.
    assert repair([*["1", "2"] * 100, "many"])[1] == []


def test_long_integers_keep_their_digits():
    whole = [10**18 + k for k in range(N)]
    values, _ = repair([*map(str, whole), "-"])
    assert values.iloc[:-1].tolist() == whole
    assert make_column(values, "a").values[:2].tolist() == whole[:2]
    values, _ = repair([*map(str, whole), *map(str, whole), "none here"])
    assert values.iloc[:N].tolist() == whole


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["1,234", "2,345"], 1234),
        (["1,234", "2,345", "1,5"], 1.234),
        (["0,234", "2,345"], 0.234),
        (["1.234", "2.345"], 1.234),
        (["1.234", "1.234.567"], 1234),
        (["1.234", "2.345,5"], 1234),
        (["1,234", "2,345.5"], 1234),
        (["1 234", "2 345,5"], 1234),
        (["12,34,567", "1,00,000"], 1234567),
        (["1,5e3", "2,5"], 1500),
    ],
)
def test_a_column_says_what_a_comma_means(cells, value):
    assert read_written_numbers(cells, np.ones(len(cells))).values[0] == value


def test_what_a_comma_means_is_asked_where_it_can_mean_two_things():
    one = np.ones(2)
    assert read_written_numbers(["1,234", "2,345"], one, decimal=",").values.tolist() == [1.234, 2.345]
    assert read_written_numbers(["1.234", "2.345"], one, decimal=",").values.tolist() == [1234, 2345]


def test_one_unit_is_read():
    values, said = repair([f"${k}" for k in range(60)] + [f"€{k}" for k in range(60)])
    assert values.iloc[0] == "$0"
    assert said == []
    values, said = repair([f"${k}" for k in range(60)] + ["€7"])
    assert np.isnan(values.iloc[-1])
    assert any("'€7' taken as missing" in line for line in said)


@pytest.mark.parametrize(
    ("write", "order"),
    [
        (lambda d: d.strftime("%d.%m.%Y"), ", day first"),
        (lambda d: d.strftime("%m/%d/%Y"), ", month first"),
        (lambda d: d.strftime("%d/%m/%Y"), ", day first"),
        (lambda d: d.strftime("%Y/%m/%d"), ""),
        (lambda d: d.strftime("%d %b %Y"), ""),
        (lambda d: d.strftime("%m/%d/%y %H:%M"), ", month first"),
    ],
)
def test_dates_as_people_write_them(write, order):
    days = pd.date_range("2015-01-07", periods=N, freq="5D")
    cells = [write(day) for day in days]
    values, said = repair([*cells, "-"])
    assert values.iloc[:-1].tolist() == days.tolist()
    assert said[1:] == [f"a: {N} of {N + 1} cells such as {cells[0]!r} read as dates{order}"]
    values, said = repair([*cells, "when?"])
    assert values.isna().tolist() == [False] * N + [True]
    assert "'when?' taken as missing, as nearly all others are dates" in said[1]


def test_iso_dates_need_no_word():
    values, said = repair(["2015-01-01", "2015-02-01", "?"] * N)
    assert values.dtype.kind == "M"
    assert said == [f"a: {N} of {3 * N} cells '?' taken as missing"]


@pytest.mark.parametrize(("mark", "order"), [("/", "month first"), ("-", "day first")])
def test_dates_in_either_order_say_the_order(mark, order):
    values, said = repair([f"{a:02d}{mark}{b:02d}{mark}2015" for a in range(1, 13) for b in range(1, 13)])
    assert values.iloc[1] == (pd.Timestamp("2015-01-02") if mark == "/" else pd.Timestamp("2015-02-01"))
    assert said == [f"a: 144 of 144 cells such as '01{mark}01{mark}2015' read as dates, {order}, "
                    "as no cell decides the order"]  # fmt: skip


def test_hostile_cells():
    long = "x" * 10_000
    for cells in (["="] * N, ["(" * 50] * N, [",", ".", "$", "%", "()", "-$"] * N, ["1" * 5000, "2"] * N,
                  ["<script>", "[/b]", "\x1b[31m"] * N, ["1e999", "1"] * N, ["'", '"', "''"] * N):  # fmt: skip
        values, _ = repair(cells)
        assert len(values) == len(cells)
    for slow in (
        "<" + " " * 5000 + "x",
        "1 " * 5000 + "x",
        "(" + " " * 50 + "$" + " " * 50 + "x",
        "31.12.2015" + " " * 5000,
    ):
        repair([slow + str(k) for k in range(100)])  # returns at once
    values, said = repair([*map(str, range(100)), long])
    assert np.isnan(values.iloc[-1])
    assert len(said[0]) < 200
    assert repair([*map(str, range(100)), "\x1b[31m\n"])[1][0].isprintable()
