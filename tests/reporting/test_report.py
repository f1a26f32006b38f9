"""What a report says is what the library says, in every format, and it is written whole or not at all."""

import json
import os
import re
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from skmine import MINEFeatureSelector, describe_columns, mutual_info, mutual_info_matrix, rank_columns, report
from skmine.cli import main
from skmine.cli.parser import make_parser
from skmine.reporting import work
from skmine.reporting.checks import measure_ceilings
from skmine.reporting.chosen import split_rows
from skmine.reporting.content import ChosenSet
from skmine.reporting.table import read_report_table
from tests.reporting.tables import HOSTILE, make_hostile_table, make_table

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")

#: Largest page.
TWO_MEGABYTES = 2 * 2**20


@pytest.fixture(scope="module")
def frame():
    return make_table(240)


@pytest.fixture(scope="module")
def written(frame, tmp_path_factory):
    """A report of enough rows for networks, as JSON, and what it was rendered from."""
    file = tmp_path_factory.mktemp("report") / "r.json"
    content = report(frame, "y", file, random_state=3)
    return content, json.loads(file.read_text())


def test_the_ranking_is_that_of_rank_columns(written, frame):
    _, told = written
    ranking = rank_columns(frame, "y", random_state=3)
    assert [column["column"] for column in told["columns"]] == list(ranking.index)
    for column in told["columns"]:
        for name in ("kind", "mi", "lower", "se", "pvalue", "qvalue", "kept", "reason", "flag"):
            assert column[name] == ranking.loc[column["column"], name]


def test_the_chosen_set_is_that_of_the_selector_and_measured_on_other_rows(written, frame):
    _, told = written
    X, y = frame.drop(columns="y"), frame["y"]
    selector = MINEFeatureSelector("joint", random_state=3).fit(X, y)
    chosen = told["chosen"]
    assert set(chosen["names"]) == set(selector.get_feature_names_out())
    results = selector.results_
    for column in chosen["columns"]:
        assert column["kept"] == results.loc[column["column"], "kept"]
        if column["score"] is not None:
            assert column["score"] == results.loc[column["column"], "score"]
    assert (chosen["n_searched"], chosen["n_tested"]) == (180, 60)
    # x and one of its copies are one column, and y is a sum with noise.
    assert len({"x", "copy"} & set(chosen["names"])) == 1
    assert "other" in chosen["names"]
    assert chosen["low"] < chosen["mi"] < chosen["high"]


@pytest.mark.filterwarnings("ignore::skmine.exceptions.FittingWarning")
def test_the_rows_that_test_the_set_are_those_that_the_selector_locks_away():
    frame = make_table(120)
    table = read_report_table(frame, "y")
    sample = work.draw_sample(table, 3)
    searched, tested = split_rows(table, sample, 3)
    assert sorted([*searched, *tested]) == list(range(120))
    X, y = frame.drop(columns="y"), frame["y"]
    kept = MINEFeatureSelector("joint", random_state=3).fit(X, y)
    # The search does not see which target goes with which of these rows: shuffled ones leave the path as it is.
    y = y.copy()
    y.iloc[tested] = np.random.default_rng(0).permutation(y.iloc[tested])
    path = MINEFeatureSelector("joint", random_state=3).fit(X, y).path_
    pd.testing.assert_frame_equal(path.drop(columns="kept"), kept.path_.drop(columns="kept"))


def test_the_matrix_is_that_of_mutual_info_matrix(written, frame):
    content, told = written
    names = list(content.redundancy.names)
    matrix = mutual_info_matrix(frame[names], normalize=True, random_state=3)
    np.testing.assert_array_equal(np.array(told["redundancy"]["shared"]), matrix.to_numpy())
    assert names[0] == "y"
    assert ("x", "copy") in content.redundancy.groups or ("copy", "x") in content.redundancy.groups
    assert {told["redundancy"]["pairs"][0]["first"], told["redundancy"]["pairs"][0]["second"]} == {"x", "copy"}


def test_what_was_understood_is_that_of_describe_columns(written, frame):
    _, told = written
    description = describe_columns(frame, "y")
    for column in told["understood"]["columns"]:
        for name in ("kind", "why", "missing", "doubts"):
            assert column[name] == description.loc[column["column"], name]


def test_contributions_add_up_to_the_estimate(written):
    content, _ = written
    assert "noise" not in {picture.column for picture in content.pictures}
    for picture in content.pictures:
        assert sum(part["contribution"] for part in picture.parts) == pytest.approx(picture.mi)
        assert sum(part["rows"] for part in picture.parts) == 240
    drawn = {picture.column: picture.drawn_as for picture in content.pictures}
    assert drawn == {"x": "points", "copy": "points", "other": "points", "code": "boxes"}


def test_checks_are_fine_where_nothing_is_wrong(written):
    content, _ = written
    verdicts = {check.name: check.verdict for check in content.checks}
    assert verdicts["Permuted target"] == verdicts["Nearest neighbours (KSG)"] == verdicts["Leaks"] == "fine"
    assert verdicts["Identifiers"] == "fine"


def test_every_key_is_explained(written):
    _, told = written

    def list_keys(value):
        if isinstance(value, dict):
            return set(value) | {key for part in value.values() for key in list_keys(part)}
        return {key for part in value for key in list_keys(part)} if isinstance(value, list) else set()

    dictionary, versions = told["dictionary"], told["reproduction"]["versions"]
    assert list_keys(told) - {"dictionary", *dictionary, *versions} == set()
    assert "in nats" in told["dictionary"]["mi"]


def test_what_is_wrong_is_to_be_looked_at():
    frame = make_table()
    frame["row"], frame["leak"] = range(90), frame["y"] * 3
    frame["id"] = [f"p{k}" for k in range(90)]
    content = report(frame, "y", None)
    verdicts = {check.name: (check.verdict, check.said) for check in content.checks}
    assert verdicts["Leaks"][0] == "look"
    assert verdicts["Leaks"][1].startswith("leak: ")
    assert verdicts["Identifiers"][0] == "look"
    assert {record["column"] for record in content.understood.set_aside} == {"row", "id"}
    assert not {"row", "id"} & {column["column"] for column in content.columns}
    assert any("'leak' is the target" in warning for warning in content.warnings)


def test_a_number_near_its_ceiling_is_to_be_looked_at():
    frame = make_table(1000)[["x", "noise"]]
    frame["class"] = np.where(frame["x"] > 0, "up", "down")
    table, ranking = read_report_table(frame, "class"), rank_columns(frame, "class", random_state=0)
    none = ChosenSet((), (), 750, 250)
    check = measure_ceilings(table, ranking, none, work.Work())
    assert check.verdict == "look"
    assert check.said.startswith("x: nearly all there is to know of the target.")
    share = frame["class"].eq("up").mean()
    (record,) = check.table
    assert record["entropy"] == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share))
    assert record["most_by_rows"] == pytest.approx(np.log(333))
    assert record["share"] == record["mi"] / record["entropy"]
    # As much as 20 rows can show, of a target without an entropy.
    frame["class"] = frame["x"] + frame["noise"]
    many = ChosenSet(("x",), (), 980, 20, mi=0.9 * np.log(20))
    check = measure_ceilings(read_report_table(frame, "class"), ranking, many, work.Work())
    assert "log of the held-out rows" in check.said
    assert check.table[1]["entropy"] is None


# Samples --------------------------------------------------------------------------------------------


def test_a_large_table_is_ranked_whole_and_the_set_is_tested_on_all_rows_beyond_the_sample(monkeypatch):
    monkeypatch.setattr(work, "FEWEST_SAMPLED", 200)
    monkeypatch.setattr(work, "CELLS_SAMPLED", 200)
    frame = make_table(900)[["x", "noise", "y"]]
    content = report(frame, "y", None, random_state=1)
    assert (content.rows, content.n_sampled) == (900, 200)
    ranking = rank_columns(frame, "y", random_state=1)
    assert content.columns[0]["mi"] == ranking.iloc[0]["mi"]
    assert (content.chosen.n_searched, content.chosen.n_tested) == (200, 700)
    rows = work.draw_sample(read_report_table(frame, "y"), 1).rows
    rest = np.setdiff1d(np.arange(900), rows)
    found = mutual_info(frame[["x"]], frame["y"], cv=[(rows, rest)], random_state=1)
    assert content.chosen.names == ("x",)
    assert (content.chosen.mi, content.chosen.se) == (found.mi, found.se)
    assert (content.chosen.low, content.chosen.high) == found.confidence_interval()


def test_groups_of_rows_are_sampled_whole(monkeypatch):
    monkeypatch.setattr(work, "FEWEST_SAMPLED", 100)
    monkeypatch.setattr(work, "CELLS_SAMPLED", 100)
    frame = make_table(400)
    groups = np.arange(400) // 5
    table = read_report_table(frame, "y", groups)
    sample = work.draw_sample(table, 0)
    assert 90 <= len(sample.rows) <= 100
    assert set(np.bincount(groups[sample.rows])) == {0, 5}


def test_rows_of_a_group_stay_together():
    frame = make_table(96)
    frame = pd.concat([frame, frame.assign(noise=frame["noise"] + 1)]).reset_index(drop=True)  # each row twice
    groups = np.tile(np.arange(96), 2)
    content = report(frame, "y", None, groups=groups)
    ranking = rank_columns(frame, "y", groups=groups, random_state=0)
    assert [column["pvalue"] for column in content.columns] == list(ranking["pvalue"])
    assert (content.chosen.n_searched, content.chosen.n_tested) == (144, 48)


# Pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["y", None])
@pytest.mark.parametrize("classes", [False, True])
def test_a_page_needs_nothing_but_itself(target, classes, tmp_path):
    report(make_table(classes=classes), target, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(page.encode()) < TWO_MEGABYTES
    inside = re.sub(r'xmlns(:xlink)?="[^"]*"|"data:image/png;base64,[^"]*"', "", page)
    assert re.findall(r"(?:https?:)?//[\w.-]+", inside) == []
    assert "default-src 'none'" in page
    assert (page.count("<svg") > 2) == (target is not None)
    assert all('role="img" aria-label="' in part[:400] for part in page.split("<svg")[1:])
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]*)\)", page)) <= set(ids)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    frame = make_table()
    for name in ("one.html", "two.html"):
        report(frame, "y", tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_date_stands_on_the_page_where_it_is_given(tmp_path):
    report(make_table(), None, tmp_path / "r.html", date="1 May 2031")
    assert "1 May 2031" in (tmp_path / "r.html").read_text()


def test_hostile_names_and_labels_are_text(tmp_path):
    frame, target = make_hostile_table()
    report(frame, target, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    # One script and one style, which are ours; no element or formula of theirs.
    assert len(re.findall(r"<script", page)) == page.count("</script>") == 1
    assert page.count("</style>") == page.count("</title>") == 1
    assert page.count("<svg") == page.count("</svg>")
    assert "<img" not in page
    assert "49" not in re.findall(r"<bdi>([^<]*)</bdi>", page)
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in page
    assert "\x00" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    report(frame, target, tmp_path / "r.json")
    told = json.loads((tmp_path / "r.json").read_text())
    assert {column["column"] for column in told["columns"]} == set(HOSTILE)


def test_markdown_has_the_same_numbers_and_hostile_names_are_text(tmp_path):
    content = report(make_table(), "y", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    for column in content.columns:
        assert f"| {column['column']} | {column['kind']} | {column['mi']:.4f} | {column['lower']:.4f} |" in text
    frame, target = make_hostile_table()
    report(frame, target, tmp_path / "h.md")
    text = (tmp_path / "h.md").read_text(encoding="utf-8")
    assert "<" not in re.sub("^    .*", "", text, flags=re.MULTILINE)  # what is indented is code
    assert not re.search(r"(?<!\\)\[link", text)
    assert "://" not in text
    # Every row of a table has as many cells as its head.
    lines = [re.sub(r"\\.", "", line) for line in text.splitlines()]
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|")


def test_amounts_in_bits(tmp_path):
    nats, bits = (report(make_table(), "y", None, unit=unit) for unit in ("nats", "bits"))
    for one, other in zip(nats.columns, bits.columns, strict=True):
        assert other["mi"] == pytest.approx(one["mi"] / np.log(2))
        assert other["pvalue"] == one["pvalue"]
    for one, other in zip(nats.pictures, bits.pictures, strict=True):
        assert other.mi == pytest.approx(one.mi / np.log(2))
    assert bits.unit == "bits"


@pytest.mark.parametrize("make", [lambda f: f.to_numpy(), lambda f: f], ids=["array", "frame"])
def test_any_table_without_a_target(make):
    content = report(make(make_table()[["x", "copy", "noise"]]), None, None)
    assert content.columns == ()
    assert content.chosen is None
    assert len(content.redundancy.groups) == 1


def test_nothing_global_is_changed(tmp_path):
    import matplotlib as mpl

    before, state = dict(mpl.rcParams), np.random.get_state()[1].tolist()  # noqa: NPY002
    had_pyplot = "matplotlib.pyplot" in sys.modules
    figures = sys.modules["matplotlib.pyplot"].get_fignums() if had_pyplot else []  # other tests' own
    report(make_table(), "y", tmp_path / "r.html")
    assert dict(mpl.rcParams) == before
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    if had_pyplot:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == figures


# Files and the command line -------------------------------------------------------------------------


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    (tmp_path / "r.html").write_text("as it was")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ValueError, match="No space left on device"):
        report(make_table(), None, tmp_path / "r.html")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    assert (tmp_path / "r.html").read_text() == "as it was"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"output": "r.docx"}, "its ending must be one of"),
        ({"output": "nowhere/r.html"}, "is not a folder that can be written to"),
        ({"target": "z"}, "no column has this name"),
        ({"target": ""}, "no column has this name"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_before_any_work(arguments, said, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def fail(*_):
        raise AssertionError("it worked on it")

    monkeypatch.setattr("skmine.reporting.writing.collect", fail)
    with pytest.raises(ValueError, match=re.escape(said)):
        report(make_table(), **arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_one_sentence(monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "jinja2" else find(name, *a))
    with pytest.raises(ValueError, match=re.escape("a report needs jinja2; install it by: pip install 'skmine[rep")):
        report(make_table(), None, None)


def test_the_command_says_what_the_function_says(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_table().to_csv("t.csv", index=False)
    assert main(["report", "t.csv", "--target", "y", "-o", "r.json", "--seed", "2"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"skmine: note: wrote a report on 90 rows \(\d+ KB\) to r.json\n", err)
    told = json.loads((tmp_path / "r.json").read_text())
    content = report("t.csv", "y", None, random_state=2)
    assert told["columns"] == json.loads(json.dumps(content.columns))
    assert told["understood"] == json.loads(json.dumps(content.understood.__dict__))
    assert told["reproduction"]["command"] == "skmine report t.csv --target y --seed 2"
    assert told["reproduction"]["call"] == content.reproduction.call == "skmine.report('t.csv', 'y', random_state=2)"
    assert main(["report", "t.csv", "--format", "md"]) == 0
    assert (tmp_path / "report.md").read_text().startswith("# What the columns of t.csv share\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-t", "z"], "--target 'z': no column has this name"),
        (["-o", "t.csv"], "its ending must be one of"),
        (["-o", "t.csv", "--format", "html"], "is the file that is read"),
        (["--format", "pdf"], "invalid choice: 'pdf'"),
        (["--columns", "nothing*"], "no column's name is like this"),
        (["--targt", "y"], "did you mean --target?"),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_table().to_csv("t.csv", index=False)
    try:
        code = main(["report", "t.csv", *arguments])
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_the_command_takes_the_options_of_the_others():
    options = set(vars(make_parser().parse_args(["report"])))
    shared = "sep decimal encoding na skip_rows comment sheet query columns drop discrete keep_identifiers infinite"
    shared += " missing_target groups alpha fdr bits output format cv seed n_jobs device"
    assert set(shared.split()) <= options


@pytest.mark.parametrize("n", [3, 6, 12])
def test_few_rows_are_a_report(n):
    content = report(make_table(200).drop(columns="code").head(n), "y", None)
    assert len(content.columns) == 4
    assert (content.chosen.n_tested == 0) == (n < 8)


def test_one_row_is_a_sentence():
    with pytest.raises(ValueError, match="y"):
        report(make_table().head(1), "y", None)
