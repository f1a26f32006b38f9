"""Other packages' estimators: asked in processes of their own, in environments that are built once."""

import shutil
import subprocess
import sys

import pytest

from benchmarks.common import environments, processes
from benchmarks.common.processes import AnswerCache
from benchmarks.tables import peers, tasks
from skmine import synthetic

SKLEARN = next(peer for peer in peers.PEERS if peer.ours)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch, tmp_path):
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "environments")


def ask(peer, given, n, cache):
    return {task.name: answer for task, answer in peers.ask_peer(peer, given, n, 0, cache)}


def test_a_peer_answers_once_and_is_asked_only_where_it_applies(folder, tmp_path, monkeypatch):
    given = tasks.list_tasks(folder)
    first = ask(SKLEARN, given, 300, AnswerCache(tmp_path / "answers.jsonl"))
    assert list(first) == ["normal 0.75"]  # and not the tables
    answer = first["normal 0.75"]
    assert answer["mi"] == pytest.approx(given[1].mi, abs=4 * 0.05)  # its standard error with 300 rows is about .05
    assert min(answer["cpu"], answer["wall"]) > 0

    def refuse(python, runner, arguments, files):
        assert not files
        return iter(())

    monkeypatch.setattr(processes, "ask_runner", refuse)
    assert ask(SKLEARN, given, 300, AnswerCache(tmp_path / "answers.jsonl")) == first
    with pytest.raises(AssertionError):  # other rows have an answer of their own
        ask(SKLEARN, given, 200, AnswerCache(tmp_path / "answers.jsonl"))
    with pytest.raises(AssertionError):
        ask(SKLEARN, given, 300, AnswerCache(tmp_path / "answers.jsonl", fresh=True))


def test_a_failure_is_an_answer_and_a_crash_is_not_kept(folder, tmp_path, monkeypatch):
    runners = tmp_path / "runners"
    runners.mkdir()
    shutil.copy(environments.RUNNERS / "protocol.py", runners)
    (runners / "run_scikit_learn.py").write_text(
        "import os, sys\n"
        "from protocol import serve\n"
        "def estimate(X, Y, seed):\n"
        "    print('chatter')\n"
        "    if X.shape[1] == 2:\n"
        "        print('out of memory', file=sys.stderr, flush=True)\n"
        "        os._exit(3)\n"
        "    return 1 / 0 if len(X) == 200 else float('nan')\n"
        "serve({'KSG': estimate})\n"
    )
    monkeypatch.setattr(environments, "RUNNERS", runners)
    peer = peers.Peer("odd", "scikit_learn", "scikit-learn", "KSG", "")
    cache = AnswerCache(tmp_path / "answers.jsonl")
    found = ask(peer, tasks.list_tasks(folder), 200, cache)
    assert found["multinormal-dense-2-2-0.5"]["error"] == "ended with status 3: out of memory"
    assert found["normal 0.75"]["error"] == "ZeroDivisionError: division by zero"
    assert ask(peer, tasks.list_tasks(folder), 300, cache)["normal 0.75"]["error"] == "the estimate is nan"
    assert [key[0] for key in AnswerCache(cache.path).answers] == ["normal 0.75"] * 2


def test_ennemi_s_chain_rule_of_one_column_each_is_its_estimate(folder, tmp_path, monkeypatch):
    pytest.importorskip("ennemi")
    monkeypatch.setattr(environments, "is_built", lambda name: True)
    monkeypatch.setattr(environments, "get_interpreter", lambda name: sys.executable)
    cache = AnswerCache(tmp_path / "answers.jsonl")
    values = [
        ask(peers.Peer(name, "ennemi", "ennemi", name, ""), tasks.list_tasks(folder, ["0.75"]), 300, cache)
        for name in ("columns", "chain rule")
    ]
    assert values[0]["normal 0.75"]["mi"] == values[1]["normal 0.75"]["mi"]


def test_every_peer_has_a_runner_and_pins():
    for peer in peers.PEERS:
        runner = environments.RUNNERS / f"run_{peer.environment}.py"
        assert f'"{peer.estimator}":' in runner.read_text()
        assert peer.package in peer.version
        if not peer.ours:
            assert not peer.ready  # in this test's empty folder


def test_an_environment_is_built_once_and_again_when_its_pins_change(tmp_path, monkeypatch):
    runners = tmp_path / "runners"
    runners.mkdir()
    (runners / "small.txt").write_text("package==1.0\n")
    monkeypatch.setattr(environments, "RUNNERS", runners)
    ran = []

    def run(command, **options):
        ran.append(command)
        (tmp_path / "environments" / "small").mkdir(parents=True, exist_ok=True)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert environments.list_names() == ["small"]
    environments.build("small")
    environments.build("small")
    assert [command[1:3] for command in ran] == [["-m", "venv"], ["-m", "pip"]]  # once
    (runners / "small.txt").write_text("package==2.0\n")
    assert not environments.is_built("small")
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: no package\n")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)
    peer = peers.Peer("small", "small", "package", "any", "")
    assert peers.build_environments([peer, peer]) == {"small": "environment small: ERROR: no package"}
    found = ask(peer, [tasks.make_task(synthetic.normal_pair(0.5))], 20, AnswerCache(tmp_path / "answers.jsonl"))
    assert found == {"normal 0.5": {"error": "not built: environment small"}}


def test_runners_see_one_thread_and_none_of_our_packages(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    found = environments.get_variables()
    assert "PYTHONPATH" not in found
    assert found["OMP_NUM_THREADS"] == "1"
