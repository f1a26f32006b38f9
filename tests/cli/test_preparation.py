"""What the commands do with messy tables, and what they say of it."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from skmine import rank_columns
from skmine.cli import main

N = 200


@pytest.fixture
def clean():
    rng = np.random.default_rng(0)
    y = rng.normal(size=N).round(3)
    frame = pd.DataFrame({"length": (y + rng.normal(size=N)).round(2), "price": np.exp(y).round(2), "target": y})
    frame["zip"] = [f"0{k}" for k in rng.integers(1000, 1010, N)]
    frame["answer"] = np.where(y + rng.normal(size=N) > 0, "yes", "no")
    frame.loc[[3, 50], "length"] = np.nan
    frame.loc[[7], "answer"] = None
    return frame


@pytest.fixture
def messy(clean):
    """The same table as people leave it, with an index, names, and twelve rows without a target."""
    frame = clean.astype(object)
    frame.loc[[3, 50], "length"] = "-"
    frame["price"] = [f"${v:,.2f}" for v in clean["price"]]
    frame.loc[[7], "answer"] = "?"
    frame["person"] = [f"Person {k}" for k in range(N)]
    frame.loc[frame.index[-12:], "target"] = "n/a"
    return frame


@pytest.fixture
def file(messy, tmp_path):
    messy.to_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def read_json(capsys, *arguments):
    assert main([*map(str, arguments), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


REPAIRS = [
    f"length: 2 of {N} cells '-' taken as missing",
    f"target: 12 of {N} cells 'n/a' taken as missing",
    f"answer: 1 of {N} cells '?' taken as missing",
]

PRICES = re.compile(rf"price: {N} of {N} cells such as '\$[\d,.]+' read as numbers \([\d.]+\)")

ASIDE = [
    {"column": "Unnamed: 0", "reason": "it numbers the rows"},
    {"column": "person", "reason": "its labels are almost all distinct"},
]


def test_a_messy_file_ranks_as_the_clean_frame(clean, file, capsys):
    data = read_json(capsys, "rank", file, "-t", "target")
    assert (data["rows"], data["dropped_rows"]) == (N - 12, 12)
    assert data["set_aside"] == ASIDE
    assert [line for line in data["repairs"] if not PRICES.fullmatch(line)] == REPAIRS
    assert len(data["repairs"]) == len(REPAIRS) + 1
    expected = rank_columns(clean.iloc[:-12], "target", random_state=0).reset_index()
    found = pd.DataFrame(data["columns"])
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_other_formats_say_the_same(messy, file, ending, capsys):
    other = file.with_suffix(f".{ending}")
    with_index = (
        messy.astype(object)
        .where(messy.notna(), None)
        .map(lambda v: v if v is None else str(v))
        .rename_axis("index")
        .reset_index()
    )
    with_index.to_parquet(other) if ending == "parquet" else with_index.to_feather(other)
    answers = [read_json(capsys, "rank", name, "-t", "target") for name in (file, other)]
    for answer in answers:
        answer.pop("data")
        for part in ("set_aside", "understood"):
            answer[part] = answer[part][1:]  # the index has another name
    assert answers[0] == answers[1]


def test_the_terminal_says_it_before_the_answer(file, capsys):
    assert main(["rank", str(file), "-t", "target"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    understood, _, answer = out.partition("\n\n")
    assert f"{N - 12} rows, 4 columns" in " ".join(answer.split())
    title, *kinds, target = [line.removeprefix("  ") for line in understood.splitlines()[:4]]
    assert title == "What was understood"
    assert kinds == ["2 categorical: zip, answer", "2 continuous: length, price"]
    assert target.startswith("target target: ")
    lines = [line.removeprefix("  ") for line in understood.splitlines()[4:]]
    assert PRICES.fullmatch(lines.pop(1))
    assert lines == [
        *REPAIRS,
        "Unnamed: 0: set aside, as it numbers the rows; --keep-identifiers keeps it",
        "person: set aside, as its labels are almost all distinct; --keep-identifiers keeps it",
        f"12 of {N} rows dropped: no target",
    ]


def test_csv_holds_the_answer_only(file, capsys):
    for command in (["rank", str(file), "-t", "target"], ["matrix", str(file)]):
        assert main([*command, "--csv"]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("column,")
        assert "taken as missing" not in out
        assert all(line.startswith("skmine: note: ") for line in err.splitlines())
        assert f"skmine: note: {REPAIRS[0]}" in err.splitlines()


def test_a_clean_file_has_nothing_to_say(clean, tmp_path, capsys):
    clean.to_csv(tmp_path / "t.csv", index=False)
    assert main(["rank", str(tmp_path / "t.csv"), "-t", "target"]) == 0
    understood = capsys.readouterr().out.partition("\n\n")[0]
    assert not any(said in understood for said in ("taken as", "set aside", "read as", "dropped"))
    data = read_json(capsys, "rank", tmp_path / "t.csv", "-t", "target")
    assert (data["repairs"], data["set_aside"], data["dropped_rows"]) == ([], [], 0)


def test_every_command_repairs_sets_aside_and_drops(file, capsys):
    for command in (
        ["select", file, "-t", "target", "--method", "mrmr", "--n-columns", "1"],
        ["estimate", file, "-y", "target"],
    ):
        data = read_json(capsys, *command)
        assert (data["rows"], data["dropped_rows"], data["set_aside"]) == (N - 12, 12, ASIDE)
        assert data["repairs"][0] == REPAIRS[0]
    assert data["x"] == ["length", "price", "zip", "answer"]
    data = read_json(capsys, "matrix", file)
    assert (data["rows"], data["dropped_rows"], data["set_aside"]) == (N, 0, ASIDE)
    assert data["columns"] == ["length", "price", "target", "zip", "answer"]
    assert data["repairs"][0] == REPAIRS[0]


def test_nothing_is_said_of_columns_that_are_not_used(file, capsys):
    data = read_json(capsys, "estimate", file, "-x", "zip", "-y", "answer")
    assert data["repairs"] == [REPAIRS[2]]
    assert (data["rows"], data["dropped_rows"], data["set_aside"]) == (N - 1, 1, [])
    assert read_json(capsys, "matrix", file, "-c", "zip,answer")["repairs"] == [REPAIRS[2]]


def test_identifiers_are_kept_on_request_and_where_they_are_named(file, capsys):
    def list_columns(*arguments):
        assert main([*map(str, arguments), "--json"]) == 0
        out, err = capsys.readouterr()
        assert "warning: Column " in err
        data = json.loads(out)
        return [c["column"] if isinstance(c, dict) else c for c in data["columns"]], data["set_aside"]

    names, aside = list_columns("rank", file, "-t", "target", "--keep-identifiers")
    assert {"Unnamed: 0", "person"} <= set(names)
    assert aside == []
    names, aside = list_columns("select", file, "-t", "target", "--method", "marginal", "--keep", "Unnamed: 0")
    assert "Unnamed: 0" in names
    assert aside == ASIDE[1:]
    assert list_columns("matrix", file, "-c", "Unnamed: 0,length,person") == (["Unnamed: 0", "length", "person"], [])
    data = json.loads(run_json("estimate", file, "-x", "Unnamed: 0", "-y", "length", capsys=capsys))
    assert (data["x"], data["set_aside"]) == (["Unnamed: 0"], [])


def run_json(*arguments, capsys):
    assert main([*map(str, arguments), "--json"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "values", "flag"),
    [
        ("id", np.arange(N), "row number"),
        ("Zeile", np.arange(1, N + 1), "row number"),
        ("step", np.arange(N) * 1.0, "row number"),
        ("text", [str(k) for k in range(N)], "row number"),
        ("Unnamed: 0", np.random.default_rng(0).permutation(N) + 7, "row number"),
        ("__index_level_0__", np.arange(0, 2 * N, 2), "row number"),
        ("notes", [f"note {k}" for k in range(N)], "labels almost all distinct"),
        ("from two", np.arange(2, N + 2), ""),
        ("backwards", np.arange(N)[::-1], ""),
        ("shuffled", np.random.default_rng(0).permutation(N), ""),
        ("a gap", np.delete(np.arange(N + 1), 9), ""),
        ("days", [str(d.date()) for d in pd.date_range("2015-01-01", periods=N)], ""),
        ("Unnamed: 0", np.arange(N) % 9, ""),
    ],
)
def test_what_is_an_identifier(clean, tmp_path, name, values, flag, capsys, recwarn):
    frame = clean.assign(**{name: values})
    ranking = rank_columns(frame, "target", random_state=0)
    assert ranking.loc[name, "flag"] == flag
    assert (ranking.drop(name)["flag"] == "").all()
    warned = [str(w.message) for w in recwarn if type(w.message).__name__ == "IdentifierWarning"]
    assert len(warned) == bool(flag)
    assert all(f"Column {name!r}" in message for message in warned)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for file in ("t.csv", "t.parquet"):
        data = read_json(capsys, "rank", tmp_path / file, "-t", "target")
        assert [aside["column"] for aside in data["set_aside"]] == [name] * bool(flag)


def test_an_index_that_numbers_the_rows_is_set_aside(clean, tmp_path, capsys):
    clean.rename_axis("row").set_index(pd.RangeIndex(1, N + 1, name="row")).to_parquet(tmp_path / "t.parquet")
    clean.set_index(pd.Index(np.arange(N), name="row")).to_parquet(tmp_path / "u.parquet")
    for file in ("t.parquet", "u.parquet"):
        data = read_json(capsys, "rank", tmp_path / file, "-t", "target")
        assert [aside["column"] for aside in data["set_aside"]] == ["row"]


def test_nothing_is_set_aside_where_nothing_would_be_left(tmp_path, capsys):
    pd.DataFrame({"row": range(40), "y": [1, 2] * 20}).to_csv(tmp_path / "t.csv", index=False)
    assert main(["rank", str(tmp_path / "t.csv"), "-t", "y"]) == 0
    out, err = capsys.readouterr()
    assert "\nrow " in out
    assert "warning: Column 'row' numbers the rows, from 0 to 39" in err
    assert main(["matrix", str(tmp_path / "t.csv")]) == 0
    assert "row, y" in capsys.readouterr().out


def test_row_numbers_are_known_before_rows_are_dropped(clean, tmp_path, capsys):
    clean.loc[::3, "target"] = np.nan
    clean.to_csv(tmp_path / "t.csv")
    data = read_json(capsys, "rank", tmp_path / "t.csv", "-t", "target")
    assert [aside["column"] for aside in data["set_aside"]] == ["Unnamed: 0"]
    assert data["dropped_rows"] == len(clean.loc[::3])


@pytest.mark.parametrize("command", [["rank", "-t"], ["select", "-t"], ["estimate", "-y"]])
def test_missing_targets_fail_on_request(command, file, capsys):
    assert main([command[0], str(file), command[1], "target", "--missing-target", "fail"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"skmine: error: Target 'target' has 12 missing values among {N}; fill them, or drop those rows by "
        "--missing-target drop.\n"
    )


def test_estimates_drop_rows_without_any_of_several_targets(file, capsys):
    data = read_json(capsys, "estimate", file, "-x", "zip", "-y", "target,answer,length")
    assert data["dropped_rows"] == 15


def test_targets_that_are_never_there_together(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("x,a,b\n" + "1,2,\n2,,3\n" * 9)
    assert main(["estimate", str(tmp_path / "t.csv"), "-x", "x", "-y", "a,b"]) == 2
    assert "No row has a value in each of 'a', 'b'" in capsys.readouterr().err


def test_output_holds_all_rows_and_cells_as_they_were_read(clean, file, capsys):
    out = file.with_name("kept.csv")
    assert main(["rank", str(file), "-t", "target", "-o", str(out), "--alpha", "0.99"]) == 0
    kept = pd.read_csv(out, dtype={"zip": str})
    assert len(kept) == N
    np.testing.assert_allclose(kept["length"], clean["length"])
    np.testing.assert_allclose(kept["price"], clean["price"])
    assert kept["answer"].isna().tolist() == clean["answer"].isna().tolist()
    assert "person" not in kept
    if "zip" in kept:
        assert kept["zip"].tolist() == clean["zip"].tolist()


def test_hostile_names_and_cells_stay_on_their_line(clean, tmp_path, capsys):
    frame = clean.astype(object)
    frame["a\nb [/red]"] = [f"{k},{k + 100}" for k in range(N)]
    frame.loc[5, "length"] = "\x1b[31m" + "y" * 5000
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert main(["rank", str(tmp_path / "t.csv"), "-t", "target"]) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if "cells such as" in line]
    assert lines[-1].startswith(f"  a\\nb [/red]: {N} of {N} cells such as ")
    assert "\x1b" not in out
    assert max(map(len, lines)) < 200


def test_what_is_written_has_nothing_left_to_repair(file, capsys):
    for ending in (".csv", ".parquet"):
        out = file.with_name(f"kept{ending}")
        assert main(["rank", str(file), "-t", "target", "-o", str(out), "--csv"]) == 0
        capsys.readouterr()
        data = read_json(capsys, "matrix", out)
        assert {"length", "price"} <= set(data["columns"])
        assert data["repairs"] == []


def test_infinite_values_are_refused_by_column_or_taken_as_missing(tmp_path, capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60), "y": rng.integers(0, 2, 60)})
    clean = tmp_path / "clean.csv"
    frame.assign(a=frame["a"].mask(frame.index < 3), b=frame["b"].mask(frame.index == 5)).to_csv(clean, index=False)
    frame.loc[:2, "a"], frame.loc[5, "b"] = np.inf, -np.inf
    file = tmp_path / "table.csv"
    frame.to_csv(file, index=False)
    assert main(["rank", str(file), "--target", "y"]) == 2
    assert "columns 'a' (3), 'b' (1)" in capsys.readouterr().err
    answers = []
    for name, options in ((file, ["--infinite", "missing"]), (clean, [])):
        main(["rank", str(name), "--target", "y", "--json", *options])
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0]["columns"] == answers[1]["columns"]
    assert answers[0]["repairs"][0] == "a: 3 of 60 cells infinite taken as missing"
