"""The benchmarks' README: every script and every result file is in its table."""

import argparse
import importlib
import re
from pathlib import Path

import pytest

from benchmarks.common.report import RESULTS
from benchmarks.paper.__main__ import EXPERIMENTS

ROOT = RESULTS.parents[1]


def list_scripts():
    """Modules that write a report when they are run, as they are typed."""
    for path in sorted((ROOT / "benchmarks").rglob("*.py")):
        text = path.read_text()
        if 'if __name__ == "__main__":' in text and "report.Report(" in text:
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")


def read_table():
    """Result files by command."""
    text = (RESULTS.parent / "README.md").read_text()
    for command, results in re.findall(r"^\| `python -m (.*?)` \|.*?\|(.*?)\|", text, flags=re.M):
        yield command, re.findall(r"\]\(results/(.*?)\)", results)


class Parsed(Exception):  # noqa: N818
    """The options of a script are known, and nothing else should run."""


def test_every_script_is_in_the_table_with_its_result_file(monkeypatch):
    def stop(self, arguments=None):
        raise Parsed(self.prog, self.get_default("output").name)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    table = dict(read_table())
    scripts = list(list_scripts())
    assert len(scripts) > 10
    for script in scripts:
        if script == "benchmarks.paper":
            expected = {f"benchmarks.paper {name}": [f"paper_{name}.md"] for name in EXPERIMENTS}
        else:
            with pytest.raises(Parsed) as parsed:
                importlib.import_module(script).main([])
            program, output = parsed.value.args
            assert program == f"python -m {script}"
            expected = {script: [output]}
        assert expected.items() <= table.items()


def test_every_command_of_the_table_is_there():
    scripts = {*list_scripts(), "benchmarks.same_numbers", "benchmarks.common.environments"}
    assert {command.split()[0] for command, _ in read_table()} <= scripts


def test_every_result_file_is_in_the_table():
    files = [file for _, results in read_table() for file in results]
    assert len(files) == len(set(files))
    assert {Path(file).stem for file in files} == {path.stem for path in RESULTS.iterdir()}


def test_make_bench_runs_scripts_that_are_there():
    (names,) = re.findall(r"^BENCHMARKS \?= (.*)$", (ROOT / "Makefile").read_text(), flags=re.M)
    assert {f"benchmarks.{name}" for name in names.split()} <= set(list_scripts())
