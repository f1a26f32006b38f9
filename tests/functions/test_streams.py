"""Tables that are read in batches: the numbers of those in memory, from any container."""

import warnings
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from skmine import HashKFold, mutual_info_matrix, rank_columns
from skmine.data import row_sample
from skmine.exceptions import IdentifierWarning
from skmine.functions import matrix as matrix_module

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

N = 4000

#: The seed that `random_state=0` gives the folds of a stream.
SEED = int(np.random.RandomState(0).randint(2**31 - 1))


def make_frame(n=N):
    rng = np.random.default_rng(0)
    y = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "plain": y + rng.normal(size=n),
            "near": y + 0.05 * rng.normal(size=n),
            "null": rng.normal(size=n),
            "count": rng.poisson(np.exp(y / 2)),
            "label": np.array(list("abcdef"))[np.clip((2 * y + 3 + rng.normal(size=n)).astype(int), 0, 5)],
            "code": [f"c{int(v)}" for v in np.clip(300 * y + 1500 + 60 * rng.normal(size=n), 0, 3000)],
            "rare": (rng.random(n) < np.where(y > 1.5, 0.05, 0.001)).astype(float),
            "text": [f"{v:.2f}" for v in y + 2 * rng.normal(size=n)],
            "flag": y + rng.normal(size=n) > 0,
            "constant": 1.0,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 500, n), "D"),
        }
    )
    frame["plain"] = frame["plain"].mask(rng.random(n) < 0.1)
    return frame.assign(number=y, group=np.where(y > 2, "high", np.where(y < -2.5, "low", "mid")))


def cut(frame, size):
    return [frame.iloc[first : first + size] for first in range(0, len(frame), size)]


@pytest.mark.parametrize("target", ["number", "group", "label"])
def test_batches_are_ranked_as_the_table_in_memory(target):
    frame = make_frame()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels are pooled
        whole = rank_columns(frame, target, cv=HashKFold(3, seed=SEED))
        for size in (N, 900):
            pd.testing.assert_frame_equal(rank_columns(cut(frame, size), target, random_state=0), whole)


@pytest.mark.parametrize("most", [1, 1_000])
def test_pairs_of_batches_share_what_those_of_the_table_share(most, monkeypatch):
    monkeypatch.setattr(matrix_module, "REQUESTS_PER_BLOCK", most)
    frame = make_frame(1500)[["plain", "near", "label", "rare", "constant"]]
    whole = mutual_info_matrix(frame, cv=HashKFold(3, seed=SEED), with_errors=True)
    for one, other in zip(mutual_info_matrix(cut(frame, 400), random_state=0, with_errors=True), whole, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_table_beyond_its_sample_is_ranked_by_all_rows(monkeypatch):
    """Edges of a sample of 1,000 rows move estimates less than sampling does; the truth is within three errors."""
    monkeypatch.setattr(row_sample, "ROWS_OF_SAMPLE", 1000)
    monkeypatch.setattr(row_sample, "FEWEST_SAMPLED", 1000)
    rng = np.random.default_rng(1)
    y = rng.normal(size=20_000)
    frame = pd.DataFrame({"x": y + rng.normal(size=20_000), "z": rng.normal(size=20_000), "y": y})
    ranking = rank_columns(cut(frame, 3000), "y", random_state=0)
    assert ranking.loc["x", "mi"] == pytest.approx(0.5 * np.log(2), abs=3 * ranking.loc["x", "se"] + 0.01)
    assert ranking.loc["z", "mi"] < 0.002
    assert ranking["kept"].to_dict() == {"x": True, "z": False}
    # Whole numbers that differ in the sample may repeat in the table: nothing is said of identifiers.
    rank_columns(cut(frame.assign(y=rng.integers(0, 10_000, 20_000)), 3000), "y", random_state=0)
    with pytest.raises(ValueError, match="Target 'y' has 7 missing values among 20000"):
        rank_columns(cut(frame.assign(y=frame["y"].mask(np.arange(20_000) > 19_992)), 3000), "y")


def make_sources(frame, folder):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table.slice(0, 700), folder / "a.parquet")
    pq.write_table(table.slice(700), folder / "b.parquet", row_group_size=300)
    pq.write_table(table, folder.parent / "whole.parquet")
    sources = {
        "frames": cut(frame, 300),
        "function": lambda: iter(cut(frame, 300)),
        "record batches": table.to_batches(max_chunksize=300),
        "folder": folder,
        "file": str(folder.parent / "whole.parquet"),
        "data set": pytest.importorskip("pyarrow.dataset").dataset(folder),
    }
    polars = pytest.importorskip("polars")
    if find_spec("duckdb"):
        sources["relation"] = pytest.importorskip("duckdb").sql("select * from frame")
    if find_spec("dask"):
        sources["dask"] = pytest.importorskip("dask.dataframe").from_pandas(frame, npartitions=3)
    return sources | {"lazy": polars.from_arrow(table).lazy(), "polars frames": [polars.from_arrow(table)]}


def test_every_container_gives_the_same_numbers(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    frame = make_frame(1500)[["plain", "count", "label", "text", "flag", "day", "number"]]
    whole = rank_columns(frame, "number", cv=HashKFold(3, seed=SEED))
    for name, source in make_sources(frame, folder).items():
        found = rank_columns(source, "number", random_state=0)
        pd.testing.assert_frame_equal(found, whole, obj=name)


def test_texts_of_files_are_texts_and_categories_labels(tmp_path):
    """Texts that say numbers are numbers, missing ones included; a categorical column of the same is not."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 300, 900)
    texts = pd.Series([None if k % 9 == 0 else str(v) for k, v in enumerate(numbers)], dtype=object)
    frame = pd.DataFrame({"text": texts, "labels": texts.astype("category"), "y": numbers + rng.normal(size=900)})
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels are pooled
        whole = rank_columns(frame, "y", cv=HashKFold(3, seed=SEED))
        found = rank_columns(tmp_path / "a.parquet", "y", random_state=0)
    pd.testing.assert_frame_equal(found, whole)
    assert found.loc["text", "kind"] != found.loc["labels", "kind"] == "categorical"


def test_what_can_be_read_once_or_needs_all_rows_is_refused(tmp_path):
    frames = cut(make_frame(100), 50)
    with pytest.raises(ValueError, match="can be read once only"):
        rank_columns(iter(frames), "number")
    with pytest.raises(TypeError, match="y must be the name of one of its columns, got ndarray"):
        rank_columns(frames, np.zeros(100))
    with pytest.raises(ValueError, match="Target 'numbr': no column has this name; did you mean 'number'"):
        rank_columns(frames, "numbr")
    with pytest.raises(ValueError, match="groups need all rows at hand"):
        rank_columns(frames, "number", groups=np.zeros(100))
    with pytest.raises(ValueError, match="pass a number of folds, or HashKFold"):
        rank_columns(frames, "number", cv=[(np.arange(50), np.arange(50, 100))])
    with pytest.raises(ValueError, match="No such file or folder"):
        rank_columns(tmp_path / "absent", "number")
    with pytest.raises(ValueError, match="as Parquet: it has no Parquet files"):
        rank_columns(tmp_path, "number")
    with pytest.raises(ValueError, match="is the only column"):
        rank_columns([frame[["number"]] for frame in frames], "number")
    with pytest.raises(ValueError, match=r"Column 'null' contains infinity \(1 of 100 rows\)"):
        rank_columns([frames[0], frames[1].assign(null=[np.inf] + [0.0] * 49)], "number")
    with pytest.raises(ValueError, match="Target 'number' has 50 missing values among 100"):
        rank_columns([frames[0], frames[1].assign(number=np.nan)], "number")


def write_parts(folder, **frames):
    for name, frame in frames.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


def test_files_of_a_folder_have_the_same_columns(tmp_path):
    frame = make_frame(300)[["plain", "label", "number"]]
    (tmp_path / "notes.txt").write_text("not a table")
    (tmp_path / "_SUCCESS").write_text("")
    write_parts(tmp_path, a=frame, b=frame)
    assert len(rank_columns(tmp_path, "number", random_state=0)) == 2
    write_parts(tmp_path, c=frame.rename(columns={"plain": "other"}))
    with pytest.raises(ValueError, match=r"Column 'other' is not in all files: .*c.parquet' has other columns"):
        rank_columns(tmp_path, "number")
    write_parts(tmp_path, c=frame.assign(plain="x"))
    with pytest.raises(ValueError, match=r"Column 'plain' is .*string in .*c.parquet' and double in files before"):
        rank_columns(tmp_path, "number")
    # Whole numbers in one file and others in the next are numbers.
    write_parts(tmp_path, c=frame.assign(plain=range(300)))
    assert rank_columns(tmp_path, "number", random_state=0).loc["plain", "kind"] == "continuous"
    (tmp_path / "c.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:500])
    with pytest.raises(ValueError, match=r"Cannot read .* as Parquet: "):
        rank_columns(tmp_path, "number")


def test_folders_whose_names_are_values_make_a_column(tmp_path):
    frame = make_frame(300)[["null", "number"]]
    for name, shift in (("low", 0.0), ("high", 5.0)):
        write_parts(tmp_path / f"part={name}", a=frame.assign(number=frame["number"] + shift))
    ranking = rank_columns(tmp_path, "number", random_state=0)
    assert ranking.index[0] == "part"
    assert ranking.loc["part", "mi"] == pytest.approx(np.log(2), abs=0.1)


def test_a_table_that_changes_between_passes_is_refused():
    frames = cut(make_frame(600)[["near", "number"]], 200)
    served = iter([frames, frames, frames[:2]])  # names, the first pass, the second one
    with pytest.raises(ValueError, match="had 600 rows when it was read first and 400 when it was read again"):
        rank_columns(lambda: next(served), "number")


def test_ordered_categories_have_one_order_in_all_batches():
    first = pd.DataFrame({"a": pd.Categorical(["lo", "hi"] * 20, ["lo", "hi"], ordered=True), "y": range(40)})
    other = first.assign(a=first["a"].cat.reorder_categories(["hi", "lo"]))
    with pytest.raises(ValueError, match="Column 'a' has ordered categories of other levels in some batches"):
        rank_columns([first, other], "y")
    tables = [pa.Table.from_pandas(frame) for frame in (first, other)]
    with pytest.raises(ValueError, match="Column 'a' has ordered categories of other levels in some batches"):
        rank_columns(tables, "y")


def test_labels_of_different_types_are_different():
    labels = np.array([True, 1, "x", 1.5] * 100, dtype=object)
    y = np.where(np.arange(400) % 10 < 8, np.tile([0, 1, 2, 3], 100), np.random.default_rng(0).integers(0, 4, 400))
    frame = pd.DataFrame({"a": labels, "y": y})
    whole = rank_columns(frame, "y", cv=HashKFold(3, seed=SEED))
    found = rank_columns(cut(frame, 90), "y", random_state=0)
    pd.testing.assert_frame_equal(found, whole)
    assert found.loc["a", "mi"] > np.log(2)  # as much as two labels can say


def test_repeated_names_are_refused():
    frame = pd.DataFrame(np.zeros((4, 3)), columns=["a", "a", "y"])
    with pytest.raises(ValueError, match="more than one column named 'a'"):
        rank_columns([frame, frame], "y")


def test_workers_change_nothing():
    frames = cut(make_frame(1200)[["plain", "code", "rare", "number"]], 500)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, two = (rank_columns(frames, "number", random_state=0, n_jobs=n_jobs) for n_jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_row_numbers_are_flagged_over_batches():
    frame = make_frame(600)[["near", "number"]].assign(row=range(600))
    with pytest.warns(IdentifierWarning, match="Column 'row' numbers the rows, from 0 to 599"):
        ranking = rank_columns(cut(frame, 250), "number", random_state=0)
    assert ranking.loc["row", "flag"] == "row number"


def test_the_order_of_a_matrix_does_not_depend_on_who_reads_the_rows():
    assert matrix_module.order_by_content.__doc__
    frame = make_frame(500)[["plain", "null", "near"]]
    one = mutual_info_matrix(frame, cv=HashKFold(3))
    other = mutual_info_matrix(frame[["near", "plain", "null"]], cv=HashKFold(3))
    pd.testing.assert_frame_equal(one, other.loc[one.index, one.columns])
