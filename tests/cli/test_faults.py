"""Hostile names, odd outputs, closed streams, interrupts."""

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skmine.cli import main
from skmine.data.escapes import escape_controls

#: Colours, C1 controls, bidirectional marks, a line's end, a tab, what is invisible, and a formula.
HOSTILE = ["a\x1b[31mred", "c\x9b31m", "b\u202egnp.exe", "nl\nx", "tab\tx", "zero\u200bwidth", "=1+1"]


@pytest.fixture
def hostile(tmp_path):
    """A file whose columns all depend on the target."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    frame = pd.DataFrame({name: y + rng.normal(size=300) for name in HOSTILE} | {"y": y})
    frame.iloc[0, 0] = np.nan
    frame.to_csv(tmp_path / "h.csv", index=False)
    return str(tmp_path / "h.csv")


def holds_controls(text):
    """Whether anything beside ends of lines would act in a terminal."""
    return any(escape_controls(line) != line for line in text.split("\n"))


@pytest.mark.parametrize("command", [["rank", "-t", "y"], ["select", "-t", "y", "--method", "mrmr"], ["matrix"]])
@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_names_do_not_act_in_a_terminal(command, form, hostile, capsys):
    assert main([command[0], hostile, *command[1:], *form]) == 0
    out, err = capsys.readouterr()
    assert not holds_controls(out)
    assert not holds_controls(err)
    for name in ("\\x1b[31mred", "\\x9b31m", "\\u202egnp.exe") if form != ["--json"] else ("\\u001b[31mred",):
        assert name in out


def test_names_in_errors_and_notes_do_not_act(hostile, tmp_path, capsys):
    assert main(["rank", hostile, "-t", "no\x1b[31m"]) == 2
    x = np.random.default_rng(0).normal(size=(2, 40))
    frame = pd.DataFrame({"id\x1b[2J": [f"r{i}" for i in range(40)], "x": x[0], "y": x[1]})
    frame.to_csv(tmp_path / "i.csv", index=False)
    assert main(["rank", str(tmp_path / "i.csv"), "-t", "y", "--csv"]) == 0
    out, err = capsys.readouterr()
    assert "set aside" in err
    assert not holds_controls(out)
    assert not holds_controls(err)


def test_formulas_are_escaped_on_request(hostile, capsys):
    assert main(["rank", hostile, "-t", "y", "--csv"]) == 0
    assert "\n=1+1," in capsys.readouterr().out
    assert main(["rank", hostile, "-t", "y", "--csv", "--escape-formulas"]) == 0
    assert "\n'=1+1," in capsys.readouterr().out


def test_escapes_are_those_of_literals_and_words_stay_words():
    for name in HOSTILE:
        assert escape_controls(name).encode().decode("unicode_escape") == name
    for word in ("naïve", "日本", "क्\u200dष", "👩\u200d🔬", "a\xa0b"):
        assert escape_controls(word) == word
    assert escape_controls("\ud800") == "\\ud800"


def run(*arguments, shell=None, **options):
    """The command in a process of its own, or a line of bash in which $S is the command."""
    own = [sys.executable, "-m", "skmine"]
    line = [*own, *map(str, arguments)] if shell is None else ["bash", "-c", shell.replace("$S", " ".join(own))]
    done = subprocess.run(line, capture_output=True, text=True, check=False, **options)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_an_output_keeps_its_permissions(tmp_path):
    output = tmp_path / "out.csv"
    output.touch()
    output.chmod(0o600)
    assert main(["rank", "-o", str(output)]) == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert len(pd.read_csv(output)) > 0
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_an_output_that_is_a_pipe_is_written_into(tmp_path):
    pipe, read = tmp_path / "pipe.csv", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert main(["rank", "-o", str(pipe)]) == 0
    reader.join()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert len(read[0].splitlines()) > 1
    assert [p.name for p in tmp_path.iterdir()] == ["pipe.csv"]


def test_a_circle_of_links_is_refused_in_a_sentence(tmp_path, capsys):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.symlink_to(second)
    second.symlink_to(first)
    assert main(["rank", "-o", str(first)]) == 2
    assert "a.csv': it is a link in a circle" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_named(tmp_path):
    (tmp_path / "full.csv").symlink_to("/dev/full")
    code, _, err = run("rank", "-o", tmp_path / "full.csv")
    assert (code, err) == (2, f"skmine: error: Cannot write {str(tmp_path / 'full.csv')!r}: No space left on device.\n")
    for form in ("", "--csv"):
        code, _, err = run(shell=f"$S rank {form} > /dev/full")
        assert (code, err) == (2, "skmine: error: cannot write to standard output: No space left on device.\n")


def test_an_error_of_the_system_is_not_said_of_the_output(monkeypatch, capsys):
    def fail(*_, **__):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr("skmine.cli.rank.rank_columns", fail)
    assert main(["rank"]) == 2
    assert capsys.readouterr().err == f"skmine: error: [Errno {errno.ENOMEM}] {os.strerror(errno.ENOMEM)}\n"


def test_closed_streams_and_readers_that_leave_are_no_tracebacks():
    assert run(shell="$S rank | true; exit ${PIPESTATUS[0]}") == (0, "", "")
    code, out, err = run(shell="$S rank >&-")
    assert (code, out) == (2, "")
    assert "standard output is closed" in err
    code, out, _ = run(shell="$S rank --csv 2>&- <&-")
    assert code == 0
    assert out.startswith("column,")


@pytest.mark.parametrize("module", ["skmine.cli", "skmine.cli.rank", "pandas", "torch"])
def test_an_interrupt_during_imports_is_quiet(module):
    code = f"""
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
sys.argv = ["skmine", "rank"]
from skmine.__main__ import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "skmine: interrupted\n")
