"""Rows in time on the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from skmine import rank_columns
from skmine.cli import main

N = 900


@pytest.fixture(scope="module")
def frame():
    """Series of a memory of .9: `near` is y of noise, `far` shares nothing; days are shuffled."""
    x = lfilter([1], [1, -0.9], np.random.default_rng(3).normal(size=(N + 300, 2)), axis=0)[300:]
    y = x[:, 0]
    made = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=N).strftime("%d.%m.%Y"), "y": y, "far": x[:, 1]})
    made["near"] = y + np.random.default_rng(4).normal(size=N)
    made["site"] = np.repeat(["n", "s", "w"], N // 3)
    return made.sample(frac=1, random_state=0)


@pytest.fixture(scope="module")
def file(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("time") / "t.csv"
    frame.to_csv(path, index=False)
    return str(path)


def ask(capsys, *arguments):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_rank_orders_rows_by_the_column_and_sets_it_aside(file, frame, capsys):
    answer = ask(capsys, "rank", file, "-t", "y", "--time", "day", "--drop", "site")
    found = {column["column"]: column for column in answer["columns"]}
    assert set(found) == {"near", "far"}
    assert found["near"]["kept"]
    assert any(note.startswith("rows ordered by day, in blocks of ") for note in answer["notes"])
    day = pd.to_datetime(frame["day"], format="%d.%m.%Y")
    same = rank_columns(frame[["far", "near"]], frame["y"].to_numpy(), time=day.to_numpy(), random_state=0)
    for name in found:
        assert found[name]["pvalue"] == pytest.approx(same.loc[name, "pvalue"])
    named = rank_columns(frame.drop(columns="site"), "y", time="day", random_state=0)
    pd.testing.assert_series_equal(named["pvalue"], same["pvalue"])


@pytest.mark.parametrize("rest", [["select", "-t", "y", "--method", "marginal"], ["estimate", "-x", "near", "-y", "y"]])
def test_other_commands_take_time_and_series(rest, file, capsys):
    answer = ask(capsys, rest[0], file, *rest[1:], "--time", "day", "--groups", "site")
    assert any("rows ordered by day" in note for note in answer["notes"])
    assert any("3 groups of rows by site" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--time", "dya"], "--time 'dya': no column has this name"),
        (["--time", "y"], "--time 'y' is the target"),
        (["--time", "site"], "time holds labels such as 'n', which have no order"),
    ],
)
def test_times_that_cannot_be_used_are_refused(asked, said, file, capsys):
    assert main(["rank", file, "-t", "y", *asked]) == 2
    assert said in capsys.readouterr().err
