"""Options that commands share, and what they do to the answer."""

import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from skmine.cli import main
from skmine.cli.columns import KINDS
from skmine.cli.console import Bars, Field, print_table
from skmine.cli.options import DEVICES
from skmine.cli.parser import MATRIX_ORDERS, METHODS, RANK_ORDERS, SELECT_ORDERS, make_parser
from skmine.core import devices
from skmine.estimators import selector

N = 400


@pytest.fixture
def file(tmp_path):
    """x1 says much of y, x2 a little, noise nothing; a code says what its value is, and rows come in pairs."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x1": rng.normal(size=N), "x2": rng.normal(size=N), "noise": rng.normal(size=N)})
    frame["code"] = rng.permutation(np.arange(N) % 8)
    frame["city"] = rng.choice(["here", "there"], N)
    frame["pair"] = np.arange(N) // 2
    frame["y"] = frame["x1"] + 0.4 * frame["x2"] + np.isin(frame["code"], [0, 3, 5, 6]) + rng.normal(size=N) / 2
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def run(*arguments):
    return main(list(map(str, arguments)))


def ask(capsys, *arguments):
    assert run(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def list_names(answer):
    return [column["column"] for column in answer["columns"]]


def test_choices_are_those_of_the_library():
    assert tuple(devices.DEVICES) == DEVICES
    assert tuple(selector.METHODS) == METHODS


COMMANDS = {"rank": ["-t", "y"], "select": ["-t", "y", "--method", "marginal"], "estimate": ["-y", "y"], "matrix": []}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_same_options(command):
    options = vars(make_parser().parse_args([command]))
    shared = "sep decimal encoding na skip_rows comment sheet query columns drop discrete keep_identifiers infinite"
    shared += " groups time bits quiet plot output json cv seed n_jobs device"
    assert set(shared.split()) <= set(options)


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        (["--columns", "x*"], {"x1", "x2"}),
        (["--columns", "kind:categorical,noise"], {"city", "noise"}),
        (["--drop", "x?,pair"], {"noise", "code", "city"}),
        (["--columns", "x1,x2,city", "--drop", "kind:categorical"], {"x1", "x2"}),
        (["--groups", "pair"], {"x1", "x2", "noise", "code", "city"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_columns_are_chosen_by_names_patterns_and_kinds(asked, used, file, capsys):
    assert set(list_names(ask(capsys, "rank", file, "-t", "y", *asked))) == used
    others = set() if "--columns" in asked else {"y"}
    assert set(ask(capsys, "matrix", file, *asked)["columns"]) == used | others


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--columns", "z*"], "--columns 'z*': no column's name is like this"),
        (["--drop", "z"], "--drop 'z': no column has this name"),
        (["--columns", "kind:colour"], "there is no kind 'colour'"),
        (["--groups", "z"], "--groups 'z': no column has this name"),
        (["--columns", "x1", "--drop", "x1,y"], "is missing|no column is left|No column is left|only column"),
        (["--plot", "a.docx"], "its ending must be one of .png, .svg, .pdf"),
        (["--sheet", "one"], "--sheet is for a workbook"),
        (["--encoding", "utf-16"], "is not text in utf-16"),
        (["--cv", "1"], "must be a whole number of 2 or more"),
        (["--sep", ""], "must be one character or more"),
        (["--groups", "y"], "--groups 'y' is the target"),
        (["--columns", ""], "must name one at least"),
        (["--columns", "kind:constant"], "no column is of this kind"),
        (["--targt", "y"], "unrecognized arguments: --targt y; did you mean --target?"),
        (["--sheet", "a", "--query", "SELECT 1"], "--sheet and --query both say what to read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_hold_is_one_sentence(asked, said, file, capsys):
    try:
        code = run("rank", file, "-t", "y", *asked)
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert any(part in err for part in said.split("|"))
    assert err.startswith("skmine: error: ")
    assert err.count("\n") == 1


def test_every_value_of_a_discrete_column_is_a_category(file, capsys):
    # code says which of two values it adds: ordered, its link with y is weak to see; value by value it is .5 bits.
    kinds = {c["column"]: c["kind"] for c in ask(capsys, "rank", file, "-t", "y", "--discrete", "code")["columns"]}
    assert kinds["code"] == "categorical"
    assert kinds["x1"] == "continuous"


def test_bits_are_nats_over_log_2(file, capsys):
    for command in ("rank", "select", "estimate"):
        arguments = [command, file, *COMMANDS[command]]
        nats, bits = ask(capsys, *arguments), ask(capsys, *arguments, "--bits")
        assert (nats["unit"], bits["unit"]) == ("nats", "bits")
        for one, other in zip(nats.get("columns", [nats]), bits.get("columns", [bits]), strict=True):
            assert other["mi"] == pytest.approx(one["mi"] / math.log(2))
            assert other["pvalue"] == one["pvalue"]
        assert "in bits" in bits["dictionary"]["mi"]
    nats, bits = ask(capsys, "matrix", file), ask(capsys, "matrix", file, "--bits")
    assert np.array(bits["mi"], float) == pytest.approx(np.array(nats["mi"], float) / math.log(2), nan_ok=True)


def test_every_key_of_an_answer_is_explained(file, capsys):
    answer = ask(capsys, "rank", file, "-t", "y")
    of_columns = set(answer["columns"][0]) - {"column"}
    assert of_columns <= set(answer["dictionary"])


@pytest.mark.parametrize("order", RANK_ORDERS)
def test_a_ranking_in_any_order(order, file, capsys):
    names = list_names(ask(capsys, "rank", file, "-t", "y", "--sort", order, "--drop", "pair"))
    ranking = {c["column"]: c for c in ask(capsys, "rank", file, "-t", "y", "--drop", "pair")["columns"]}
    expected = {
        "pvalue": list(ranking),
        "mi": sorted(ranking, key=lambda name: -ranking[name]["mi"]),
        "lower": sorted(ranking, key=lambda name: -ranking[name]["lower"]),
        "name": sorted(ranking),
        "table": ["x1", "x2", "noise", "code", "city"],
    }
    assert names == expected[order]


@pytest.mark.parametrize("order", SELECT_ORDERS)
def test_a_selection_in_any_order(order, file, capsys):
    columns = ask(capsys, "select", file, *COMMANDS["select"], "--sort", order, "--drop", "pair")["columns"]
    names = [column["column"] for column in columns]
    if order == "name":
        assert names == sorted(names)
    if order == "table":
        assert names == ["x1", "x2", "noise", "code", "city"]
    if order == "score":
        assert [c["score"] for c in columns] == sorted((c["score"] for c in columns), reverse=True)
    if order == "kept":
        assert [c["kept"] for c in columns] == sorted((c["kept"] for c in columns), reverse=True)


@pytest.mark.parametrize("order", MATRIX_ORDERS)
def test_pairs_in_any_order(order, file, capsys):
    assert run("matrix", file, "--sort", order, "--columns", "x1,y,noise", "--quiet") == 0
    out = capsys.readouterr().out
    pairs = [line for line in out.splitlines() if ", " in line and "rows" not in line]
    assert len(pairs) == 3
    assert pairs[0].startswith("x1, noise" if order == "name" else "x1, y")


@pytest.mark.parametrize(
    ("command", "ending"), [("rank", "png"), ("select", "svg"), ("matrix", "pdf"), ("estimate", "svg")]
)
def test_pictures_are_drawn_to_files(command, ending, file, capsys):
    pytest.importorskip("matplotlib")
    picture = file.with_name(f"p.{ending}")
    x = ["-x", "x1"] if command == "estimate" else []
    assert run(command, file, *COMMANDS[command], *x, "--plot", picture) == 0
    assert f"note: drew {picture}" in capsys.readouterr().err
    assert picture.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending])
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([file.name, picture.name])


def test_what_is_written_is_said(file, capsys):
    out = file.with_name("out.csv")
    assert run("rank", file, "-t", "y", "-o", out) == 0
    kept = pd.read_csv(out)
    assert kept.columns[-1] == "y"
    assert f"note: wrote {N} rows and {kept.shape[1]} columns to {out}" in capsys.readouterr().err
    assert run("estimate", file, "-x", "x1", "-y", "y", "-o", out, "--quiet") == 0
    answer = pd.read_csv(out).iloc[0]
    assert answer["interval_low"] <= answer["mi"] <= answer["interval_high"]
    assert answer["unit"] == "nats"


def test_quiet_leaves_the_answer_alone(file, capsys):
    assert run("rank", file, "-t", "y") == 0
    whole = capsys.readouterr().out
    assert run("rank", file, "-t", "y", "--quiet") == 0
    quiet = capsys.readouterr().out
    assert whole.startswith("What was understood\n")
    assert whole.endswith(quiet)
    assert quiet.startswith("Mutual information with 'y'")


def test_describe_says_what_is_odd(tmp_path, capsys):
    rng = np.random.default_rng(0)
    n = 120
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "row": range(n),
            "id": [f"p{k}" for k in range(n)],
            "cm": x,
            "inches": x / 2.54,
            "one": ["same"] * n,
            "rare": [0] * (n - 1) + [1],
            "holes": np.where(rng.random(n) < 0.5, np.nan, rng.normal(size=n)),
            "text": ["?" if k == 7 else str(k * 1.5) for k in range(n)],
            "y": rng.integers(0, 2, n),
        }
    )
    frame["outcome"] = frame["y"].map({0: "no", 1: "yes"})
    frame.to_csv(tmp_path / "t.csv", index=False)
    answer = ask(capsys, "describe", tmp_path / "t.csv", "-t", "y")
    columns = {column["column"]: column for column in answer["understood"]}
    assert {name: column["kind"] for name, column in columns.items()} == {
        "row": "continuous", "id": "categorical", "cm": "continuous", "inches": "continuous", "one": "constant",
        "rare": "discrete", "holes": "continuous", "text": "continuous", "y": "discrete", "outcome": "categorical",
    }  # fmt: skip
    assert columns["row"]["set_aside"] == "it numbers the rows"
    assert columns["id"]["set_aside"] == "its labels are almost all distinct"
    assert columns["inches"]["doubts"] == "says the same as 'cm'"
    assert columns["outcome"]["doubts"] == "leak: the target, under another name or in other units"
    assert columns["rare"]["doubts"].startswith("almost constant: ")
    assert columns["holes"]["missing"] == frame["holes"].isna().sum()
    assert columns["text"]["repairs"] == "1 cells '?' taken as missing"
    assert columns["one"]["why"] == "one value"
    assert run("describe", tmp_path / "t.csv", "-t", "y") == 0
    out = capsys.readouterr().out
    assert "inches: says the same as 'cm'." in out
    assert set(KINDS) >= {column["kind"] for column in columns.values()}


def test_data_sets_are_listed_written_and_read(tmp_path, capsys):
    assert run("datasets", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"diabetes", "iris", "wine"} <= {one["name"] for one in listed}
    assert run("datasets", "iris", "-o", tmp_path / "iris.csv") == 0
    capsys.readouterr()
    by_name = ask(capsys, "rank", "example:iris")
    by_file = ask(capsys, "rank", tmp_path / "iris.csv", "-t", "species")
    assert by_name["columns"] == by_file["columns"]
    assert run("rank", "example:iri") == 2
    assert "there is no data set 'iri'; did you mean 'iris'?" in capsys.readouterr().err.lower()


def test_completion_is_printed(capsys):
    pytest.importorskip("shtab")
    with pytest.raises(SystemExit) as end:
        run("--print-completion", "bash")
    assert end.value.code == 0
    assert "--missing-target" in capsys.readouterr().out


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_names_are_read_at_any_width(width, capsys):
    from rich.console import Console

    console = Console(width=width, highlight=False)
    names = ["a", "a name of forty characters, long as any ", "b"]
    fields = [
        Field("kind", ["continuous", "categorical", "constant"], leaves=1),
        Field("MI (nats)", ["0.1234"] * 3, bars=True),
        Field("95 % lower", ["0.1234"] * 3, leaves=3),
        Field("p", ["<1e-16"] * 3),
        Field("q", ["<1e-16"] * 3, leaves=2),
        Field("kept", ["yes", "yes", "labels almost all distinct"], short=["yes", "yes", ""]),
    ]
    print_table(console, "title", "column", names, fields, Bars([0.1, 0.2, 0.3], [True, True, False]))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert {"column", "MI", "(nats)", "p", "kept"} <= set(lines[1].split())
    assert "…" not in "".join(lines)
    assert ("kind" in lines[1]) == (width >= 80)


def test_no_extra_is_needed_to_say_which_one_is(file):
    # A package that is not there: the sentence names the extra, and the exit code is 2.
    script = (
        "import sys; sys.modules['python_calamine'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'python_calamine' else find(name, *a)\n"
        "from skmine.cli import main; sys.exit(main(['rank', 't.xlsx', '-t', 'y']))"
    )
    (file.with_name("t.xlsx")).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=file.parent, check=False)
    assert done.returncode == 2
    assert done.stderr == "skmine: error: 't.xlsx' needs python-calamine; install it by: pip install 'skmine[excel]'.\n"
