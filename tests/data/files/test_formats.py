"""One table written in many ways is one table, and what cannot be read is one sentence."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile

import numpy as np
import pandas as pd
import pytest

from skmine.data.conversion import make_column
from skmine.data.files import read_table
from skmine.data.formats import ReadOptions
from skmine.data.repairs import repair_table

N = 300


@pytest.fixture(scope="module")
def table():
    """Numbers, labels, dates, flags and missing values, an identifier and an index."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=N).round(6)
    frame = pd.DataFrame(
        {
            "row": np.arange(N),
            "id": [f"P{k:05d}" for k in rng.permutation(N)],
            "y": (x + rng.normal(size=N)).round(4),
            "x": x,
            "count": rng.poisson(3, N),
            "holes": np.where(rng.random(N) < 0.2, np.nan, (x**2).round(5)),
            "label": rng.choice(["red", "green", "Größe, größer"], N),
            "label with holes": np.where(rng.random(N) < 0.1, None, rng.choice(["yes", "no"], N)),
            "day": pd.date_range("2020-01-01", periods=N).strftime("%Y-%m-%d"),
            "flag": rng.random(N) < 0.3,
            "zip code": [f"{k:05d}" for k in rng.integers(0, 30, N) * 417],
            "price": (rng.random(N) * 1000).round(2),
        }
    )
    return frame.astype({"label with holes": object})


def write_text(frame, **options):
    return frame.to_csv(index=False, **options).encode("utf-8")


def zip_up(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def plain(frame):
    """Cells as JSON has them."""
    return frame.astype(object).where(frame.notna(), None)


def write_sqlite(frame, path):
    connection = sqlite3.connect(path)
    frame.to_sql("measured", connection, index=False)
    connection.close()


def write_duckdb(frame, path):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.register("given", frame)
        connection.execute("CREATE TABLE measured AS SELECT * FROM given")


def write_workbook(frame, path, **options):
    pytest.importorskip("python_calamine")
    pytest.importorskip("openpyxl")
    frame.to_excel(path, index=False, **options)


def write_zstd(data):
    return pytest.importorskip("zstandard").ZstdCompressor().compress(data)


#: Each way: the file's name and its bytes, or a function of frame and path that writes it.
WAYS = {
    "comma": ("t.csv", write_text),
    "semicolon": ("t.csv", lambda f: write_text(f, sep=";")),
    "decimal comma": ("t.csv", lambda f: write_text(f, sep=";", decimal=",")),
    "tab": ("t.tsv", lambda f: write_text(f, sep="\t")),
    "tab with decimal commas": ("t.txt", lambda f: write_text(f, sep="\t", decimal=",")),
    "bar": ("t.txt", lambda f: write_text(f, sep="|")),
    "all quoted": ("t.csv", lambda f: write_text(f, quoting=1)),
    "Windows": ("t.csv", lambda f: write_text(f, lineterminator="\r\n")),
    "old Macintosh": ("t.csv", lambda f: write_text(f, lineterminator="\r")),
    "byte order mark": ("t.csv", lambda f: b"\xef\xbb\xbf" + write_text(f)),
    "latin-1": ("t.csv", lambda f: write_text(f).decode().encode("latin-1")),
    "UTF-16": ("t.csv", lambda f: write_text(f).decode().encode("utf-16")),
    "UTF-16 without mark": ("t.csv", lambda f: write_text(f).decode().encode("utf-16-le")),
    "preamble": ("t.csv", lambda f: b"Station 7, all data\n\nMade in 2020\n" + write_text(f)),
    "blank lines": ("t.csv", lambda f: write_text(f).replace(b"\n", b"\n\n")),
    "gzip": ("t.csv.gz", lambda f: gzip.compress(write_text(f))),
    "gzip without ending": ("t.csv", lambda f: gzip.compress(write_text(f))),
    "bzip2": ("t.csv.bz2", lambda f: bz2.compress(write_text(f))),
    "xz": ("t.csv.xz", lambda f: lzma.compress(write_text(f))),
    "zstd": ("t.csv.zst", lambda f: write_zstd(write_text(f))),
    "zip": ("t.zip", lambda f: zip_up(("folder/t.csv", write_text(f)), ("__MACOSX/._t.csv", b"\0"))),
    "JSON records": ("t.json", lambda f: f.to_json(orient="records").encode()),
    "JSON columns": ("t.json", lambda f: f.to_json(orient="columns").encode()),
    "JSON split": ("t.json", lambda f: f.to_json(orient="split", index=False).encode()),
    "JSON lists": ("t.json", lambda f: json.dumps({c: plain(f)[c].tolist() for c in f}).encode()),
    "JSON within": ("t.json", lambda f: json.dumps({"n": N, "rows": plain(f).to_dict("records")}).encode()),
    "JSON lines": ("t.jsonl", lambda f: f.to_json(orient="records", lines=True).encode()),
    "JSON lines, packed": ("t.ndjson.gz", lambda f: gzip.compress(f.to_json(orient="records", lines=True).encode())),
    "Parquet": ("t.parquet", lambda f, path: f.to_parquet(path)),
    "Feather": ("t.feather", lambda f, path: f.to_feather(path)),
    "SQLite": ("t.sqlite", write_sqlite),
    "SQLite by its bytes": ("t.data", write_sqlite),
    "DuckDB": ("t.duckdb", write_duckdb),
    "workbook": ("t.xlsx", write_workbook),
    "workbook with a title": ("t.xlsx", lambda f, path: write_workbook(f, path, startrow=3)),
}


def write(way, frame, folder):
    name, make = WAYS[way]
    path = folder / name
    if make.__code__.co_argcount == 1:
        path.write_bytes(make(frame))
    else:
        make(frame, path)
    return str(path)


def read_columns(path, options=None):
    frame, repairs = repair_table(read_table(path, options or ReadOptions()))
    return {str(name): make_column(frame[name], str(name)) for name in frame}, repairs


@pytest.mark.parametrize("way", WAYS)
def test_one_table_in_many_ways(way, table, tmp_path):
    found, _ = read_columns(write(way, table, tmp_path))
    assert list(found) == list(table.columns)
    dates = table.assign(day=pd.to_datetime(table["day"]))
    for name, column in found.items():
        expected = make_column(dates[name], name)
        assert (column.categories is None) == (expected.categories is None), name
        assert column.missing.tolist() == expected.missing.tolist(), name
        if column.categories is None:
            np.testing.assert_array_equal(column.values, expected.values.astype(column.values.dtype), name)
        else:
            labels = [column.categories[k] for k in column.values if k >= 0]
            assert labels == [expected.categories[k] for k in expected.values if k >= 0]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("latin-1", "text in cp1252; --encoding names another"),
        ("UTF-16", "text in utf-16"),
        ("preamble", "2 lines before the header left out, from 'Station 7, all data' on"),
        ("SQLite", "table 'measured'"),
        ("comma", None),
        ("byte order mark", None),
    ],
)
def test_what_is_done_on_the_way_is_said(way, said, table, tmp_path):
    assert read_table(write(way, table, tmp_path)).attrs["notes"] == ([] if said is None else [said])


def test_options_say_what_is_not_found_out(tmp_path):
    path = tmp_path / "t.txt"
    path.write_bytes("nonsense::a\nname::größe::n\n# note\nx::1,5::-99\ny::2,5::3 # here\nz::3,25::4\n".encode("cp850"))
    options = ReadOptions(separator="::", decimal=",", encoding="cp850", missing=("-99",), skip_rows=1, comment="#")
    frame, _ = repair_table(read_table(str(path), options))
    assert frame.columns.tolist() == ["name", "größe", "n"]
    assert frame["größe"].tolist() == [1.5, 2.5, 3.25]
    assert frame["n"].isna().tolist() == [True, False, False]


def test_white_space_separates_where_nothing_else_does(tmp_path):
    path = tmp_path / "t.dat"
    path.write_text("  a    b  c\n  1  2.5  x\n 10   3   y\n")
    frame = read_table(str(path))
    assert frame.to_dict("list") == {"a": [1, 10], "b": [2.5, 3.0], "c": ["x", "y"]}


def test_a_header_of_r_has_no_name_for_the_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n')
    frame = read_table(str(path))
    assert frame.columns.tolist() == ["row name", "mpg", "cyl"]
    assert frame.attrs["notes"] == ["the header has no name for the first column; it is called 'row name'"]


def test_a_title_of_as_many_words_is_no_header_of_r(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Sales, by region\nregion,year,sold\nnorth,2019,3\nsouth,2020,5\n")
    assert read_table(str(path)).columns.tolist() == ["region", "year", "sold"]


def test_sheets_tables_and_queries_are_named(table, tmp_path):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "t.xlsx") as writer:
        table.head(3).to_excel(writer, sheet_name="first", index=False)
        table.head(5).to_excel(writer, sheet_name="second", index=False)
    path = str(tmp_path / "t.xlsx")
    assert len(read_table(path)) == 3
    assert "'first' of 'first', 'second'" in read_table(path).attrs["notes"][0]
    assert len(read_table(path, ReadOptions(sheet="second"))) == 5
    with pytest.raises(ValueError, match=r"has no sheet 'third'; there are 'first', 'second'"):
        read_table(path, ReadOptions(sheet="third"))
    base = str(tmp_path / "t.db")
    connection = sqlite3.connect(base)
    table.head(3).to_sql("one", connection, index=False)
    table.head(5).to_sql("two", connection, index=False)
    connection.close()
    with pytest.raises(ValueError, match=r"has 2 tables; there are 'one', 'two'; name one by --sheet"):
        read_table(base)
    assert len(read_table(base, ReadOptions(sheet="two"))) == 5
    assert read_table(base, ReadOptions(query="SELECT x, y FROM two WHERE x > -9")).columns.tolist() == ["x", "y"]


def test_what_stands_below_a_sheet_is_left_out(table, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = str(tmp_path / "t.xlsx")
    write_workbook(table, path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.cell(N + 3, 1).value = "Source: field notes"
    sheet.cell(N + 4, 1).value = "Mean"
    sheet.cell(N + 4, 3).value = 0.25
    notes = book.create_sheet("Read me", 0)
    notes.cell(1, 1).value = "All about the data"
    book.save(path)
    frame = read_table(path)
    assert frame.shape == table.shape
    assert frame.attrs["notes"] == [
        "sheet 'Sheet1' of 'Read me', 'Sheet1'; --sheet names another", "2 rows below the table left out"
    ]  # fmt: skip


def test_endings_decide_nothing_that_bytes_say(table, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(write_text(table))
    (tmp_path / "t.sqlite").write_bytes(write_text(table, sep=";"))
    for name in ("t.xlsx", "t.sqlite"):
        assert read_table(str(tmp_path / name)).shape == table.shape


def test_urls_of_databases_are_read_and_others_are_not(table, tmp_path):
    pytest.importorskip("sqlalchemy")
    write_sqlite(table, tmp_path / "t.db")
    assert read_table(f"sqlite:///{tmp_path / 't.db'}").shape == table.shape
    with pytest.raises(ValueError, match="is not fetched; download the file"):
        read_table("https://example.org/t.csv")
    with pytest.raises(ValueError, match=r"Cannot read 'nothing://me:\*\*\*@here/base'") as caught:
        read_table("nothing://me:secret@here/base")
    assert "secret" not in str(caught.value)


def test_a_query_does_not_write(table, tmp_path):
    write_sqlite(table, tmp_path / "t.db")
    with pytest.raises(ValueError, match="readonly"):
        read_table(str(tmp_path / "t.db"), ReadOptions(query="DELETE FROM measured"))
    assert len(read_table(str(tmp_path / "t.db"))) == N


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("t.csv", {"sheet": "a"}, "--sheet is for a workbook or a database or a archive"),
        ("t.csv", {"query": "SELECT 1"}, "--query is for a database"),
        ("t.parquet", {"separator": ";"}, "--sep is for a text table"),
        ("t.csv", {"encoding": "klingon"}, "encoding 'klingon' is unknown"),
        ("t.csv", {"encoding": "utf-16"}, "is not text in utf-16"),
        ("t.csv", {"skip_rows": 400}, "has 301 lines, but 400 are to be skipped"),
    ],
)
def test_options_of_other_formats_are_refused(name, options, said, table, tmp_path):
    path = tmp_path / name
    table.to_csv(path, index=False) if name == "t.csv" else table.to_parquet(path)
    with pytest.raises(ValueError, match=said):
        read_table(str(path), ReadOptions(**options))


#: Files that are no tables: bytes, and what is said of them.
FAULTS = {
    "t.csv.gz": (gzip.compress(b"a,b\n1,2\n" * 99)[:20], "Cannot unpack"),
    "t.zip": (zip_up(("a.csv", b"a\n1\n"), ("b.csv", b"a\n1\n")), "archive of 2 files; there are 'a.csv', 'b.csv'"),
    "empty.zip": (zip_up(), "."),
    "t.xlsx": (b"PK\x03\x04broken", "Cannot unpack|Cannot read"),
    "t.sqlite": (b"SQLite format 3\0" + b"\0" * 99, "Cannot read .* as a SQLite database|has 0 tables"),
    "t.parquet": (b"PAR1 and nothing more", "as Parquet"),
    "t.json": (b'{"a": [1, 2], "b": [1]}', "neither records nor columns of one length"),
    "s.json": (b'"text"', "holds no table but str"),
    "b.json": (b'[{"a": 1}, 2]', "other things than records"),
    "e.json": (b"[]", "holds no records"),
    "t.jsonl": (b'{"a": 1}\n{"a": \n', "line 2"),
    "t.csv": (b"a,b\n1,2\n3\n", "line 3 has 1 fields, the header has 2, cut at ','"),
    "late.csv": (b"a,b\n" + b"1,2\n" * 9 + b"3,4,5\n", "line 11 has 3 fields"),
    "first.csv": (b"a,b\n3,4,5\n" + b"1,2\n" * 9, "line 2 has 3 fields"),
    "balanced.csv": (b"a,b\n" + b"1,2\n" * 9 + b"3,4,5\n6\n", "line 11 has 3 fields"),
    "quoted.csv": (b'a,b\n1,"x, y"\n' + b'1,"2\n3"\n' * 9 + b"3\n", "line 21 has 1 fields"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_table_is_one_sentence(name, tmp_path):
    data, said = FAULTS[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=said):
        read_table(str(tmp_path / name))


def mutate(data, rng):
    """Bytes that are changed, cut, doubled or put in."""
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        start = int(rng.integers(len(data)))
        stop = start + int(rng.integers(1, 40))
        kind = rng.integers(4)
        if kind == 0:
            data[start:stop] = rng.bytes(len(data[start:stop]))
        elif kind == 1:
            del data[start:]
        elif kind == 2:
            data[start:start] = data[start:stop]
        else:
            data[start:start] = [b'"', b"\n", b",", b"\0", b"\xff", b"\r"][int(rng.integers(6))]
        data = data or bytearray(b"\n")
    return bytes(data)


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_file_is_a_table_or_one_sentence(way, table, tmp_path):
    # 30 for each of the 35 ways: a thousand files.
    rng = np.random.default_rng(len(way))
    path = write(way, table.head(40), tmp_path)
    with open(path, "rb") as file:
        whole = file.read()
    for _ in range(30):
        with open(path, "wb") as file:
            file.write(mutate(whole, rng))
        said = "a table"
        try:
            assert len(repair_table(read_table(path))[0])
        except ValueError as error:
            said = str(error)
        assert len(said) < 500
        assert "\n" not in said
