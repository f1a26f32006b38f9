"""The record of weights: which commit and which options made them."""

import argparse
import json
import subprocess

import pytest

from pretraining import __main__ as command
from pretraining import record


def run_git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """A repository of one commit, with a file of the code."""
    run_git(tmp_path, "init", "-q")
    (tmp_path / "skmine").mkdir()
    (tmp_path / "skmine" / "a.py").write_text("a = 1\n")
    run_git(tmp_path, "add", "-A")
    run_git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_the_commit_is_the_one_that_is_checked_out_and_says_if_the_code_differs(repository):
    commit = record.read_commit(repository)
    assert len(commit) == 40
    (repository / "README.md").write_text("not code\n")
    assert record.read_commit(repository) == commit
    (repository / "skmine" / "a.py").write_text("a = 2\n")
    assert record.read_commit(repository) == commit + "+changes"
    run_git(repository, "commit", "-q", "-a", "-m", "second")
    assert record.read_commit(repository) not in (commit, commit + "+changes")


def test_outside_a_repository_there_is_no_commit(repository, tmp_path_factory, monkeypatch):
    assert record.read_commit(repository / "skmine") is None  # inside a repository of something else
    alone = tmp_path_factory.mktemp("alone")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(alone.parent))
    assert record.read_commit(alone) is None
    monkeypatch.setenv("PATH", "")  # no git at all
    assert record.read_commit(repository) is None


def test_a_cycle_names_its_commit_and_the_commands_options(monkeypatch):
    monkeypatch.setattr(record, "read_commit", lambda: "abc")
    options = command.parse_arguments(["--steps", "40", "20", "--laws", "40", "--output", "x.npz"])
    cycle = record.describe_cycle(2, 1e-3, 20, options)
    assert cycle["commit"] == "abc"
    assert cycle["settings"] == {"steps": [40, 20], "batch_size": 16, "learning_rate": 2.5e-3, "laws": 40, "seed": 1}
    assert json.loads(json.dumps(cycle)) == cycle


def test_a_cycle_that_is_resumed_by_another_commit_says_so(monkeypatch):
    cycle = {"commit": "a"}
    for commit, expected in (("a", None), ("b", ["b"]), ("b", ["b"]), ("a", ["b", "a"]), (None, ["b", "a", None])):
        monkeypatch.setattr(record, "read_commit", lambda commit=commit: commit)
        cycle = record.note_resumption(cycle)
        assert cycle.get("resumed_at") == expected


def test_every_shipped_cycle_names_its_commit_and_its_settings():
    cycles = record.read_record()["cycles"]
    for number, cycle in enumerate(cycles):
        settings = cycle["settings"]
        assert cycle["seed"] == settings["seed"] + number
        assert cycle["steps"] == (settings["steps"] if number == 0 else settings["steps"][number])
        assert cycle["batch_size"] == settings["batch_size"]
        assert cycle["laws"]["count"] == settings["laws"]
        assert cycle["learning_rate"] == pytest.approx(
            settings["learning_rate"] * (command.LATER_PEAKS if number else 1)
        )
        if cycle["commit"] == "unknown":  # then the commits that it lies between are known, and why not more
            assert len(cycle["earliest_commit_with_this_code"]) == len(cycle["shipped_in"]) == 40
            assert cycle["note"]
        else:
            assert len(cycle["commit"].removesuffix("+changes")) == 40


def test_settings_leave_out_what_only_says_where_files_go():
    options = vars(command.parse_arguments([]))
    assert isinstance(options, dict)
    assert set(record.OPTIONS_OF_FILES) < set(options)
    cycle = record.describe_cycle(1, 1e-3, 1, argparse.Namespace(**options))
    assert set(cycle["settings"]) == set(options) - set(record.OPTIONS_OF_FILES)
