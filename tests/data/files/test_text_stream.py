"""Text tables read in blocks say what the same tables say in memory."""

import os

import numpy as np
import pandas as pd
import pytest

from skmine import HashKFold, rank_columns
from skmine.data.files import read_table, text_blocks, text_rules
from skmine.data.files.text_stream import TextStream
from skmine.data.repairs import repair_table
from skmine.data.streams import open_large, open_stream
from skmine.exceptions import RepairedCellsWarning

N = 2000


def draw(n=N):
    """Columns as people write them."""
    rng = np.random.default_rng(0)
    normal = rng.normal(size=n)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    return pd.DataFrame(
        {
            "number": normal,
            "integer": rng.integers(0, 9, n),
            "gap": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "money": [f"${value:,.2f}" for value in 1000 * np.exp(normal)],
            "spaces": rng.choice(["a", "b", "c "], n),
            "code": [f"{value:05d}" for value in rng.integers(0, 300, n)],
            "day": days,
            "flag": rng.random(n) < 0.5,
            "placeholder": np.where(rng.random(n) < 0.02, "?", normal.round(3).astype(str)),
            "odd": np.where(rng.random(n) < 0.02, "abc", normal.round(3).astype(str)),
            "mostly odd": np.where(rng.random(n) < 0.2, "abc", normal.round(3).astype(str)),
            "label": np.where(rng.random(n) < 0.1, "NA", rng.choice(["x", "yy"], n)),
            "long": rng.integers(2**60, 2**61, n),
            "empty": [""] * n,
            "european": days.strftime("%d.%m.%Y"),
        }
    )


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(text_blocks, "BLOCK", 20_000)  # a dozen blocks
    path = tmp_path / "table.csv"
    draw().to_csv(path, index=False)
    return path


@pytest.mark.parametrize("most", [200_000, 1000])
def test_blocks_are_read_as_the_whole(path, monkeypatch, most):
    """Whether all distinct texts are counted, or those beyond the first thousand are read as these are."""
    monkeypatch.setattr(text_rules, "MOST_LABELS", most)
    monkeypatch.setattr(text_rules, "ANCHORS", 100)
    whole, repairs = repair_table(read_table(str(path)))
    stream = TextStream(path)
    parts = list(stream.read(stream.names))
    assert len(parts) > 5
    found = pd.concat(parts, ignore_index=True)
    assert list(found.columns) == list(whole.columns)
    for name in whole.columns:
        same = (found[name] == whole[name]) | (found[name].isna() & whole[name].isna())
        assert same.all(), name
        assert (
            pd.api.types.is_numeric_dtype(found[name]) == pd.api.types.is_numeric_dtype(whole[name]) or name == "empty"
        )
    assert [(r.column, r.n_cells, r.n_rows) for r in stream.repairs] == [
        (r.column, r.n_cells, r.n_rows) for r in repairs
    ]
    few = next(iter(stream.read(["odd", "number"])))
    assert list(few.columns) == ["odd", "number"]


def test_texts_that_say_too_little_in_the_end_are_labels(tmp_path, monkeypatch):
    """The first distinct texts are numbers, a tenth of the later ones are not."""
    monkeypatch.setattr(text_blocks, "BLOCK", 5_000)
    monkeypatch.setattr(text_rules, "MOST_LABELS", 500)
    cells = [f"{value:.4f}" for value in np.random.default_rng(0).normal(size=N)]
    cells[3], cells[1500:1800], cells[1900:1910] = "x", [f"word {k}" for k in range(300)], ["?"] * 10
    path = tmp_path / "table.csv"
    pd.DataFrame({"a": cells, "b": range(N)}).to_csv(path, index=False)
    whole, repairs = repair_table(read_table(str(path)))
    stream = TextStream(path)
    found = pd.concat(list(stream.read(["a"])), ignore_index=True)
    assert found["a"].isna().equals(whole["a"].isna())
    assert found["a"].dropna().equals(whole["a"].dropna())
    assert [(r.n_cells, r.done) for r in stream.repairs] == [(r.n_cells, r.done) for r in repairs]


def test_decimal_commas_are_seen_in_all_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(text_blocks, "BLOCK", 5_000)
    path = tmp_path / "table.csv"
    frame = pd.DataFrame({"a": [f"{v:.3f}".replace(".", ",") for v in np.linspace(0, 2000, N)], "b": range(N)})
    frame.to_csv(path, index=False, sep=";")
    stream = TextStream(path)
    found = pd.concat(list(stream.read(["a", "b"])), ignore_index=True)
    assert found["a"].to_numpy() == pytest.approx(np.linspace(0, 2000, N), abs=1e-3)


def test_a_ranking_is_that_of_the_table_in_memory(path):
    kept = ["number", "money", "code", "flag", "label"]
    frame = repair_table(read_table(str(path)))[0]
    frame[[*kept, "integer"]].assign(target=frame["number"] > 0).to_csv(path, index=False)
    streamed = rank_columns(str(path), "target", cv=HashKFold(3, seed=7))
    frame = read_table(str(path))
    whole = rank_columns(frame, "target", cv=HashKFold(3, seed=7))
    pd.testing.assert_frame_equal(streamed, whole)


def test_repaired_cells_are_told(path):
    with pytest.warns(RepairedCellsWarning, match="such as .*read as numbers") as told:
        open_stream(str(path))
    assert len(told) == 1
    assert "and 2 more" in str(told[0].message)


def test_only_large_text_tables_are_read_in_blocks(path, monkeypatch):
    assert open_large(str(path)) is None
    monkeypatch.setattr("skmine.data.streams.LARGE_TEXT", 1000)
    assert open_large(str(path)).names == list(draw(2).columns)


@pytest.mark.parametrize("how", ["longer", "shorter", "gone", "binary"])
def test_a_file_that_changes_is_refused(path, how):
    stream = TextStream(path)
    text = path.read_bytes()
    if how == "gone":
        os.unlink(path)
    else:
        path.write_bytes({"longer": text + b"\n", "shorter": text[: len(text) // 2], "binary": b"\0" * 10}[how])
    with pytest.raises(ValueError, match=r"table.csv' changed while it was read"):
        list(stream.read(stream.names))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"a,b\n", "has a header but no rows"),
        (b"a,b\n1,2\n3\n", "is ragged: line 3 has 1 fields"),
        (b"a,a\n1,2\n", "more than one column named 'a'"),
        (b"a,b\n1,\0\n", "not a text table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=f"bad.csv' {said}|bad.csv' has {said}|bad.csv' is {said}"):
        open_stream(str(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none.csv': No such file or directory"):
        open_stream(str(tmp_path / "none.csv"))
