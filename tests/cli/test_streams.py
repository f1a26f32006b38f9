"""Folders and large files on the command line."""

import json

import numpy as np
import pandas as pd
import pytest

from skmine.cli import main
from skmine.data import row_sample, streams

pytest.importorskip("pyarrow")

N = 1200


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.normal(size=N)
    frame = pd.DataFrame(
        {"near": y + 0.5 * rng.normal(size=N), "null": rng.normal(size=N), "row": np.arange(N), "y": y}
    )
    frame.loc[::10, "y"] = np.nan
    path = tmp_path / "parts"
    path.mkdir()
    for k in range(3):
        frame.iloc[k * 400 : (k + 1) * 400].to_parquet(path / f"{k}.parquet", index=False)
    frame.to_parquet(tmp_path / "whole.parquet", index=False)
    return path


def ask(capsys, *arguments):
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_folder_is_ranked_as_one_table(folder, capsys):
    answer = ask(capsys, "rank", folder, "-t", "y")
    assert (answer["rows"], answer["dropped_rows"]) == (1080, 120)
    assert answer["set_aside"] == [{"column": "row", "reason": "it numbers the rows"}]
    assert [column["column"] for column in answer["columns"] if column["kept"]] == ["near"]
    kept = ask(capsys, "rank", folder, "-t", "y", "--keep-identifiers")
    assert kept["set_aside"] == []
    assert len(kept["columns"]) == 3


def test_a_large_file_is_read_in_batches(folder, capsys, monkeypatch):
    monkeypatch.setattr(streams, "LARGE", 1000)
    whole = folder.parent / "whole.parquet"
    one, other = ask(capsys, "rank", whole, "-t", "y"), ask(capsys, "rank", folder, "-t", "y")
    assert one["columns"] == other["columns"]
    assert streams.open_large(str(whole)) is not None
    monkeypatch.setattr(streams, "LARGE", 10**9)
    assert streams.open_large(str(whole)) is None


def test_a_matrix_of_a_folder(folder, capsys):
    answer = ask(capsys, "matrix", folder)
    assert answer["columns"] == ["near", "null", "y"]
    assert answer["mi"][0][2] > 0.5 > 0.1 > abs(answer["mi"][0][1])
    assert ask(capsys, "matrix", folder, "-c", "near,row")["columns"] == ["near", "row"]


def test_what_needs_all_rows_takes_a_sample_and_says_so(folder, capsys, monkeypatch):
    monkeypatch.setattr(row_sample, "ROWS_OF_SAMPLE", 500)
    monkeypatch.setattr(row_sample, "FEWEST_SAMPLED", 500)
    assert main(["select", str(folder), "-t", "y", "--method", "marginal", "--json"]) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert answer["rows"] + answer["dropped_rows"] == 500
    assert "is large: 500 of its 1200 rows are compared, drawn at random" in captured.err


def test_errors_name_the_target_the_column_or_the_file(folder, capsys, tmp_path):
    for arguments, said in [
        (["rank", folder, "-t", "z"], "Target 'z': no column has this name"),
        (["rank", folder, "-t", "y", "--missing-target", "fail"], "Target 'y' has 120 missing values among 1200"),
        (["rank", folder, "-t", "y", "-o", tmp_path / "out.csv"], "--output needs the table in memory"),
        (["matrix", folder, "-c", "near,z"], "--columns 'z': no column has this name"),
    ]:
        assert main(list(map(str, arguments))) == 2
        assert said in capsys.readouterr().err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["rank", str(empty), "-t", "y"]) == 2
    assert "it has no Parquet files" in capsys.readouterr().err


def test_a_large_text_table_is_read_in_blocks(tmp_path, capsys, monkeypatch):
    rng = np.random.default_rng(0)
    y = rng.normal(size=600)
    path = tmp_path / "large.csv"
    pd.DataFrame({"price": [f"${v:.2f}" for v in np.exp(y)], "noise": rng.normal(size=600), "y": y}).to_csv(path)
    answers = []
    for least in (streams.LARGE_TEXT, 1000):
        monkeypatch.setattr(streams, "LARGE_TEXT", least)
        assert main(["rank", str(path), "-t", "y", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    whole, streamed = answers
    assert whole["repairs"] == streamed["repairs"]
    assert streamed["repairs"][0].startswith("price: 600 of 600 cells")
    assert whole["set_aside"] == streamed["set_aside"]
    # Folds differ, and so scores do, by less than their errors.
    for one, other in zip(whole["columns"], streamed["columns"], strict=True):
        assert one["column"] == other["column"]
        assert abs(one["score"] - other["score"]) <= 2 * max(one["se"], other["se"])
    assert main(["select", str(path), "-t", "y", "--method", "marginal"]) == 0
    assert "price: 600 of 600 cells such as" in capsys.readouterr().err
