"""What columns are taken for is what the functions take them for."""

import numpy as np
import pandas as pd
import pytest

from skmine import describe_columns, rank_columns


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    n = 200
    return pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "count": rng.poisson(3, n),
            "city": rng.choice(["here", "there"], n),
            "day": pd.date_range("2020-01-01", periods=n),
            "flag": rng.random(n) < 0.5,
            "holes": np.where(rng.random(n) < 0.25, np.nan, rng.normal(size=n)),
            "same": 1,
            "empty": np.nan,
            "y": rng.normal(size=n),
        }
    )


@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
def test_kinds_are_those_of_a_ranking(frame):
    kinds = describe_columns(frame, "y")["kind"].drop("y")
    assert kinds.to_dict() == rank_columns(frame, "y", random_state=0)["kind"].to_dict()


def test_types_reasons_and_counts(frame):
    found = describe_columns(frame)
    assert found["type"].to_dict() == {
        "x": "numbers", "count": "numbers", "city": "labels", "day": "dates", "flag": "flags", "holes": "numbers",
        "same": "numbers", "empty": "numbers", "y": "numbers",
    }  # fmt: skip
    assert found["missing"].to_dict() == frame.isna().sum().to_dict()
    assert found["distinct"].to_dict() == frame.nunique().to_dict()
    assert found.loc["same", "why"] == "one value"
    assert found.loc["empty", "why"] == "no values"
    assert found.loc["city", "why"] == "2 labels"
    assert found.loc["x", "why"] == "numbers that hardly repeat: 200 in 200 rows"


def test_columns_that_are_marked_say_so(frame):
    found = describe_columns(frame, discrete_features=["count", "city"])
    assert found.loc["count", ["kind", "why"]].tolist() == ["categorical", "numbers, marked as discrete"]


def test_rare_labels_that_share_a_node_are_said():
    rng = np.random.default_rng(0)
    labels = [f"rare{k}" for k in range(150)] + rng.choice(["a", "b"], 350).tolist()
    assert describe_columns(pd.DataFrame({"label": labels})).loc["label", "doubts"] == (
        "rare labels of 30 % of the rows share one node"
    )


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "json", "xlsx"])
def test_files_are_described_and_ranked(frame, ending, tmp_path):
    frame = frame[["x", "city", "y"]].round(6)
    frame["text"] = ["?" if k % 40 == 0 else f"{k / 8}" for k in range(len(frame))]
    path = tmp_path / f"t.{ending}"
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
        frame.to_excel(path, index=False)
    elif ending == "json":
        frame.to_json(path, orient="records")
    else:
        frame.to_csv(path, index=False)
    found = describe_columns(path)
    assert found["kind"].tolist() == ["continuous", "categorical", "continuous", "continuous"]
    assert found.loc["text", "repairs"] == "5 cells '?' taken as missing"
    with pytest.warns(Warning, match="text: 5 of 200 cells"):
        ranking = rank_columns(path, "y", random_state=0)
    assert ranking["kind"].to_dict() == found["kind"].drop("y").to_dict()


@pytest.mark.parametrize(
    ("values", "sentinel"),
    [
        ([-999, *range(10, 50), -999], -999),
        ([*np.linspace(-3, 3, 40), 9999, 9999, 9999], 9999),
        ([*range(90, 100), 99, 99], None),
        ([-999, *range(-1200, 40, 20), -999], None),
        ([-999, *range(10, 50)], None),
    ],
)
def test_numbers_that_stand_for_missing_ones_are_doubted(values, sentinel):
    doubts = describe_columns(pd.DataFrame({"x": values})).loc["x", "doubts"]
    assert doubts.endswith(f"--na={sentinel} takes it as missing") if sentinel is not None else doubts == ""


def test_an_unknown_target_is_named(frame):
    with pytest.raises(ValueError, match=r"Target 'z': no column has this name; there are 'x', "):
        describe_columns(frame, "z")
