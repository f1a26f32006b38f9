"""skmine select and skmine matrix, as a user types them."""

import json

import numpy as np
import pandas as pd
import pytest

from skmine import MINEFeatureSelector, mutual_info_matrix
from skmine.cli import main


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=["a", "b", "c"])
    frame["group"] = np.where(frame["a"] > 0, "up", "down")
    frame["target"] = frame["a"] + 0.3 * rng.normal(size=300)
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    return path


def test_select_says_what_the_selector_says(file, capsys):
    kept = file.with_name("kept.csv")
    arguments = ["select", str(file), "-t", "target", "--method", "mrmr", "--n-columns", "2", "--json", "-o", str(kept)]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    frame = pd.read_csv(file)
    X, y = frame.drop(columns="target"), frame["target"]
    selector = MINEFeatureSelector("mrmr", n_features_to_select=2, random_state=0).fit(X, y)
    assert {row["column"] for row in said["columns"] if row["kept"]} == set(selector.get_feature_names_out())
    assert said["rows"] == 300
    assert list(pd.read_csv(kept).columns) == [*selector.get_feature_names_out(), "target"]


def test_select_jointly_prints_a_table(file, capsys):
    arguments = ["select", str(file), "-t", "target", "--n-columns", "1", "--keep", "c", "--together", "a,group"]
    assert main(arguments) == 0
    out = " ".join(capsys.readouterr().out.split())  # a file's name may be long enough to break a line
    assert "adds (nats)" in out
    assert "1 kept: 'c'" in out
    assert "rows that were not used for the choice" in out


def test_select_lets_searches_vote(file, capsys):
    arguments = ["select", str(file), "-t", "target", "--resamples", "2", "--tolerance", "best"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "votes" in out
    assert any(line.split()[-2:] == ["100%", "yes"] for line in out.splitlines())


def test_matrix_says_what_the_function_says(file, capsys):
    assert main(["matrix", str(file), "-c", "a,b,group", "--normalize", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    expected = mutual_info_matrix(pd.read_csv(file)[["a", "b", "group"]], normalize=True, random_state=0)
    found = pd.DataFrame([line.split(",") for line in lines[1:]], columns=lines[0].split(",")).set_index("column")
    assert float(found.loc["a", "group"]) == pytest.approx(expected.loc["a", "group"], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["select", "-t", "target", "--keep", "z"], "--keep 'z': no column has this name"),
        (["select", "-t", "target", "--together", "a,z"], "--together 'z': no column has this name"),
        (["select", "-t", "target", "--n-columns", "9"], "n_features_to_select"),
        (["matrix", "-c", "a,z"], "--columns 'z': no column has this name"),
        (["matrix", "-c", "a"], "needs two columns or more, got 1"),
    ],
    ids=" ".join,
)
def test_they_refuse_in_one_sentence(file, arguments, message, capsys):
    assert main([arguments[0], str(file), *arguments[1:]]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
