"""Tables in files give the columns that frames give, whatever the format."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from skmine.data.conversion import make_column
from skmine.data.files import read_table
from skmine.data.repairs import repair_table

N = 60


def write(frame, folder):
    """A frame in every format: the names of the files."""
    names = {ending: str(folder / f"t.{ending}") for ending in ("csv", "tsv", "parquet", "feather")}
    frame.to_csv(names["csv"], index=False)
    frame.to_csv(names["tsv"], index=False, sep="\t")
    frame.to_parquet(names["parquet"])
    frame.to_feather(names["feather"])
    return names


def read_column(name):
    frame, repairs = repair_table(read_table(name))
    return make_column(frame["a"], "a"), [str(repair) for repair in repairs]


NUMBERS = np.arange(N) % 50

#: Columns of text, and how many of their rows are missing; None where they are labels.
COLUMNS = {
    "integers": (NUMBERS.astype(str), 0),
    "placeholders": (np.where(NUMBERS % 7 == 3, "-", NUMBERS.astype(str)), 8),
    "placeholders of R": (np.where(NUMBERS % 7 == 3, "NA", (NUMBERS / 4).astype(str)), 8),
    "prices": ([f"${k},{k % 7}00" for k in range(1, N + 1)], 0),
    "empty cells": ([str(k) if k % 3 else "" for k in range(N)], 20),
    "long integers": ([str(10**18 + k) for k in range(N)], 0),
    "longer integers": ([str(10**30 + k) for k in range(N)], 0),
    "long integers and empty cells": ([str(10**18 + k) if k % 3 else "" for k in range(N)], 20),
    "ISO dates": ([str(d.date()) for d in pd.date_range("2015-01-01", periods=N)], 0),
    "ISO times": ([d.isoformat() for d in pd.date_range("2015-01-01", periods=N, freq="min")], 0),
    "German dates": ([d.strftime("%d.%m.%Y") for d in pd.date_range("2015-01-01", periods=N)], 0),
    "flags": (["True", "False", "True"] * 20, 0),
    "flags and placeholders": (["True", "False", "-"] * 20, 20),
    "zip codes": (["01234", "98101", "02138"] * 20, None),
    "one zip code": (["98101"] * (N - 1) + ["02138"], None),
    "codes among long integers": ([str(10**30 + k) for k in range(N - 1)] + ["007"], None),
    "signed codes": (["+012", "98101", "7"] * 20, None),
    "yes and no": (["yes", "no", "?"] * 20, None),
    "continents": (["EU", "NA", "AS"] * 20, None),
    "None": (["None", "beer", "wine"] * 20, None),
    "null": (["null", "beer", "wine"] * 20, None),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_format_gives_one_answer(kind, tmp_path):
    cells, n_missing = COLUMNS[kind]
    frame = pd.DataFrame({"a": pd.Series(cells, dtype=object), "b": range(N)})
    found = {ending: read_column(name) for ending, name in write(frame, tmp_path).items()}
    column, said = found["csv"]
    for other, said_too in found.values():
        assert np.array_equal(other.values, column.values, equal_nan=other.values.dtype == np.float64)
        assert other.missing.tolist() == column.missing.tolist()
        assert said_too == said
        assert (other.categories is None) == (n_missing is not None)
        if n_missing is None:
            assert list(other.categories) == list(column.categories)
    if n_missing is not None:
        assert column.missing.sum() == n_missing


@pytest.mark.parametrize("kind", ["integers", "ISO dates", "ISO times", "German dates", "flags", "zip codes"])
def test_a_file_gives_what_its_frame_gives(kind, tmp_path):
    frame = pd.DataFrame({"a": pd.Series(COLUMNS[kind][0], dtype=object)})
    expected = make_column(frame["a"], "a")
    for name in write(frame, tmp_path).values():
        column = read_column(name)[0]
        assert column.values.tolist() == expected.values.tolist()
        assert (column.categories is None) == (expected.categories is None)


def test_dates_give_what_their_texts_give(tmp_path):
    days = pd.Series(pd.date_range("2015-01-01", periods=N, freq="h"))
    expected = make_column(days, "a").values
    for frame in (pd.DataFrame({"a": days}), pd.DataFrame({"a": days.astype(str)})):
        for name in write(frame, tmp_path).values():
            np.testing.assert_array_equal(read_column(name)[0].values, expected)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n01234,1\n98101,2\n",
        'a,b\n"01234",1\n98101,2\n',
        "b,a\n1,01234\n2,98101",
        "b;a\n1;01234\n2;98101\n",
        "b|a\n1|01234\n2|98101\n",
        "a, b\n98101, 1\n 01234, 2\n",
        'b,a\n"x\n02,",01234\n"y",98101\n',
    ],
)
def test_codes_are_found_wherever_they_stand(text, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    frame = read_table(str(tmp_path / "t.csv"))
    assert [cell.strip() for cell in frame["a"] if "0" in cell[:2]] == ["01234"]


def test_numbers_that_begin_with_zero_are_numbers(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n0,0.5,2015-01-02\n10,-0.25,2015-01-03\n0,0e3,2015-01-04\n")
    frame = read_table(str(tmp_path / "t.csv"))
    assert [frame[name].dtype.kind for name in frame] == ["i", "f", "M"]


def test_decimal_commas_between_semicolons(tmp_path):
    (tmp_path / "t.csv").write_text("a;b;c\n" + "\n".join(f"{k},5;1,{k + 100};{k}" for k in range(1, 20)) + "\n-;-;1\n")
    frame, repairs = repair_table(read_table(str(tmp_path / "t.csv")))
    assert frame["a"].iloc[0] == 1.5
    assert frame["b"].iloc[0] == 1.101
    assert [str(repair) for repair in repairs] == [f"{name}: 1 of 20 cells '-' taken as missing" for name in "ab"]


def test_two_columns_of_one_name_are_refused_in_every_format(tmp_path):
    pa = pytest.importorskip("pyarrow")
    feather = pytest.importorskip("pyarrow.feather")
    feather.write_feather(
        pa.Table.from_arrays([pa.array([1, 2]), pa.array([3, 4])], ["a", "a"]), tmp_path / "t.feather"
    )
    with pytest.raises(ValueError, match="more than one column named 'a'"):
        read_table(str(tmp_path / "t.feather"))


#: Columns whose parts, read by themselves, would be taken for something else than the whole.
MIXED = {
    "numbers, then text": ["1", "2.5"] * 30 + ["many"],
    "integers, then floats": ["1"] * 40 + ["2.5"],
    "a late code": ["1"] * 40 + ["007"],
    "a late long integer": ["1"] * 40 + [str(2**63 + 1)],
    "late flags": ["1"] * 40 + ["True"] * 5,
    "flags": ["True", "False"] * 20 + ["True"],
    "late empty cells": ["1"] * 40 + [""] * 30,
    "nothing but empty cells at first": [""] * 40 + ["x"],
    "placeholders": ["1", "-", "NA"] * 15,
    "text with a placeholder": ["a", "b"] * 20 + ["NA"],
    "quoted lines": ["a\nb", 'say ""no""', "c,d"] * 15,
    "longer integers and empty cells": ["9" * 20, "", "x"] * 15,
    "decimal commas": ["1,5", "2,25"] * 20 + ["3"],
}


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("size", [1, 60])
def test_a_table_read_in_blocks_is_the_table(size, separator, tmp_path, monkeypatch):
    columns = {name: np.resize(np.array(cells, object), 80) for name, cells in MIXED.items()}
    columns["place"] = np.arange(80).astype(str)
    file = str(tmp_path / "t.csv")
    pd.DataFrame(columns).to_csv(file, index=False, sep=separator)
    whole = read_table(file)
    monkeypatch.setattr("skmine.data.files.text_blocks.BLOCK", size)
    in_blocks = read_table(file)
    pd.testing.assert_frame_equal(in_blocks, whole)
    assert in_blocks.attrs == whole.attrs


MEASURE = """
import resource, sys
import pandas as pd
from skmine.data.files import read_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = (pd.read_csv if sys.argv[1] == "pandas" else read_table)(sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured as Linux counts it")
def test_a_csv_costs_little_more_memory_than_pandas_takes(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(150_000, 15)))
    frame["label"] = rng.choice(["here", "there"], len(frame))
    frame["code"] = [f"{k:06d}" for k in rng.integers(0, 10_000, len(frame))]
    file = str(tmp_path / "t.csv")
    frame.to_csv(file, index=False)

    def measure(reader):
        command = [sys.executable, "-c", MEASURE, reader, file]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert measure("skmine") <= 1.5 * measure("pandas")


def test_a_quote_that_is_never_closed_is_one_sentence(tmp_path):
    (tmp_path / "t.csv").write_text('a,b\n1,2\n3,"4\n')
    with pytest.raises(ValueError, match=r"t.csv' is not a table: .*; close every quote"):
        read_table(str(tmp_path / "t.csv"))
