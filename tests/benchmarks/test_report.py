"""Reports: how numbers are written, what a file holds, and the command that it names."""

import sys
import time
import types

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.common import report
from tests.benchmarks.checks import check_report


def test_proportions_carry_exact_intervals_and_fail_only_outside():
    low, high = binomtest(7, 100).proportion_ci()
    assert report.format_proportion(7, 100) == f"0.0700 ({low:.4f} to {high:.4f})"
    assert report.judge_proportion(7, 100, 0.05) == "yes"  # .07, but the interval holds .05
    assert report.judge_proportion(15, 100, 0.05) == "no"


def test_means_carry_standard_errors_where_there_are_two():
    assert report.format_mean([1.0, 2.0, 3.0], 2) == "2.00 ± 0.58"  # 1 / sqrt(3)
    assert report.format_mean([1.0], 2) == "1.00"


def test_means_fail_only_outside_of_their_intervals():
    values = [1.0, 2.0, 3.0]  # 2 +- 4.30 / sqrt(3), as Student's law of two degrees of freedom has it: -.48 to 4.48
    assert report.judge_mean(values, 4.4, 5) == "yes"
    assert report.judge_mean(values, 4.6, 5) == "no"
    assert report.judge_mean(values, -2, -0.4) == "yes"
    assert report.judge_mean(values, -2, -0.6) == "no"
    assert report.judge_mean([7.0], 0, 1) == "yes"  # one value shows no spread


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 seconds"),
        (99.4, "99 seconds"),
        (99.6, "2 minutes"),
        (3_600, "60 minutes"),
        (5_969, "99 minutes"),
        (5_971, "1.7 hours"),
        (36_000, "10.0 hours"),
    ],
)
def test_durations_have_a_unit_that_fits(seconds, text):
    assert report.format_duration(seconds) == text


def test_a_report_says_how_long_the_run_took(tmp_path, capsys):
    out = report.Report("A title", "a command", started=time.perf_counter() - 600)
    out.say("A paragraph.")
    out.add_table("Numbers", ["a", "b"], [[1, "x"], [2, "y"]])
    out.write(tmp_path / "folder" / "file.md")
    text = check_report(tmp_path / "folder" / "file.md", "A title")
    paragraphs = text.split("\n\n")
    assert paragraphs[1].startswith("`a command` on one thread of ")
    assert paragraphs[2:4] == ["The run took 10 minutes.", "A paragraph."]
    assert "## Numbers\n\n| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n" in text
    printed = capsys.readouterr().out
    assert all(paragraph.strip() in printed for paragraph in paragraphs)


def test_a_run_is_timed_from_its_report_on(tmp_path, monkeypatch):
    clock = iter([100.0, 142.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    report.Report("A title", "a command").write(tmp_path / "file.md")
    assert "The run took 42 seconds." in (tmp_path / "file.md").read_text()


@pytest.mark.parametrize(
    ("module", "typed"),
    [("benchmarks.ranking.speed", "benchmarks.ranking.speed"), ("benchmarks.paper.__main__", "benchmarks.paper")],
)
def test_the_command_is_what_was_typed(module, typed, monkeypatch):
    main = types.ModuleType("__main__")
    main.__spec__ = types.SimpleNamespace(name=module)
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", ["/some/path/speed.py", "--only", "table, column"])
    assert report.get_command() == f"python -m {typed} --only 'table, column'"


def test_errors_fit_into_a_cell():
    assert report.fit_in_cell("a | b\nc" + "x" * 1_000) == "a / b c" + "x" * (report.LONGEST_ERROR - 7)


def test_groups_keep_the_order_of_their_values():
    assert report.group_by(lambda v: v % 2, np.arange(5).tolist()) == {0: [0, 2, 4], 1: [1, 3]}
