"""Accuracy and honesty of the estimator of tables: the scripts run without any peer, and the peers' protocol holds."""

import functools
import shutil
import subprocess
import sys

import numpy as np
import pytest

import skmine
from benchmarks import (
    accuracy,
    accuracy_variants,
    environments,
    honesty,
    processes,
    report,
    table_estimates,
    table_peers,
    table_tasks,
)
from benchmarks.table_estimates import Estimate
from skmine import synthetic

SKLEARN = next(peer for peer in table_peers.PEERS if peer.ours)


@pytest.fixture(autouse=True)
def nothing_lasting(monkeypatch, tmp_path):
    """No environment, little training, and this process's warnings and threads as they were."""
    monkeypatch.setattr(skmine, "MutualInfoEstimator", functools.partial(skmine.MutualInfoEstimator, max_iter=20))
    monkeypatch.setattr(report, "start", lambda: None)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "environments")


@pytest.fixture
def folder(tmp_path):
    """Two tasks of few rows: one column each, and tables."""
    for sampler in (synthetic.normal_pair(0.75), synthetic.normal_dense(2, 0.5)):
        X, Y = map(table_tasks.as_table, sampler.draw(np.random.default_rng(0), 300))
        np.savez(tmp_path / f"{sampler.name}.npz", X=X, Y=Y, mi=sampler.mi)
    return tmp_path


def written(path, title):
    text = path.read_text()
    assert text.startswith(f"# {title}")
    assert "nan" not in text.lower()
    return text


def test_accuracy_without_peers(folder, tmp_path):
    output = tmp_path / "out" / "accuracy.md"
    accuracy.main(["--tasks", str(folder), "--rows", "200", "--no-peers", "--output", str(output)])
    text = written(output, "Accuracy of estimates of tables")
    assert text.count("| not built |") == sum(not peer.ours for peer in table_peers.PEERS)
    assert "| MINDE |  | not run" in text
    assert "What failed" not in text
    for part in ("skmine, classical MINE", "normal 0.75", "multinormal-dense-2-2-0.5", "0.4133"):
        assert part in text
    assert output.with_suffix(".png").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("option", "title"),
    [
        ("settings", "Accuracy against time"),
        ("sensitivity", "Sensitivity"),
        ("large", "Large mutual information"),
    ],
)
def test_other_tables_instead(option, title, folder, tmp_path):
    output = tmp_path / "accuracy.md"
    few = ["--rows", "200", "--dimensions", "1", "--nats", "2", "3", "--estimators", "skmine"]
    accuracy.main([f"--{option}", "--no-peers", "--tasks", str(folder), *few, "--output", str(output)])
    text = written(tmp_path / f"accuracy_{option}.md", title)
    assert "What failed" not in text
    assert not output.exists()


def test_honesty(tmp_path):
    output = tmp_path / "honesty.md"
    sizes = ["--rows", "200", "--null-rows", "200", "--permuted-rows", "200", "--draws", "400", "--column-draws", "2",
             "--permuted-draws", "1"]  # fmt: skip
    honesty.main([*sizes, "--only", "discrete: column", "normal: table, c", "--n-jobs", "1", "--output", str(output)])
    text = written(output, "Honesty")
    assert "What failed" not in text
    assert text.count("| **all** | 4 |") == 2  # bounds and p-values
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_laws_are_named_for_every_family_and_shape():
    shapes = {(family, x, y): sampler for (family, shape), sampler in honesty.cases().items()
              for x, y in [shape.split(", ")]}  # fmt: skip
    assert len(shapes) == 5 * 3
    for (family, x, y), sampler in shapes.items():
        assert (sampler.mi == 0) == (family == "independent")
        X, Y = map(table_tasks.as_table, sampler.draw(np.random.default_rng(0), 10))
        assert (X.shape[1] > 1, Y.shape[1] > 1) == (x == "table", y == "table")


def test_rates_count_what_holds():
    found = [Estimate("skmine", "normal: column, column", 9, 0, 1.0, lower=lower, low=lower, high=high)
             for lower, high in ((0.9, 1.1), (1.0, 1.2), (1.1, 1.3), (0.5, 0.6))]  # fmt: skip
    assert honesty.bound_holds(found) == 3
    assert honesty.interval_holds(found) == 2
    assert list(honesty.grouped(found)) == ["normal: column, column", "**normal**", "**all**"]


def test_summary_is_about_the_draws_that_have_an_estimate():
    of = [Estimate("skmine", "a", 9, 0, 1.0, 1.25, cpu=2), Estimate("skmine", "b", 9, 0, 1.0, 0.99, cpu=2),
          Estimate("other", "a", 9, 0, 1.0, 1.5, cpu=4),
          Estimate("other", "b", 9, 0, 1.0, wrong="no | way")]  # fmt: skip
    out = report.Report("", "")
    table_estimates.summary_table(out, 9, of)
    table_estimates.failures_table(out, of)
    text = "\n".join(out.lines)
    assert "| skmine | 2 | 0.1300 | 0.250 | 1 | 0.1300 | 2.00 | 0 |" in text
    assert "| other | 1 | 0.5000 | 0.500 | 0 | 0.2500 | 4.00 | 1 |" in text
    assert "| other | 9 | b | no / way |" in text


def answer(peer, tasks, n, kept):
    return {task.name: found for task, found in table_peers.answers(peer, tasks, n, 0, kept)}


def test_a_peer_answers_once_and_is_asked_only_where_it_applies(folder, tmp_path, monkeypatch):
    tasks = table_tasks.tasks(folder)
    first = answer(SKLEARN, tasks, 300, processes.Kept(tmp_path / "kept.jsonl"))
    assert list(first) == ["normal 0.75"]  # and not the tables
    told = first["normal 0.75"]
    assert told["mi"] == pytest.approx(tasks[1].mi, abs=4 * 0.05)  # its standard error with 300 rows is about .05
    assert min(told["cpu"], told["wall"]) > 0

    def nothing_to_run(python, runner, arguments, files):
        assert not files
        return iter(())

    monkeypatch.setattr(processes, "answers", nothing_to_run)
    assert answer(SKLEARN, tasks, 300, processes.Kept(tmp_path / "kept.jsonl")) == first
    with pytest.raises(AssertionError):  # other rows have an answer of their own
        answer(SKLEARN, tasks, 200, processes.Kept(tmp_path / "kept.jsonl"))
    with pytest.raises(AssertionError):
        answer(SKLEARN, tasks, 300, processes.Kept(tmp_path / "kept.jsonl", fresh=True))


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
    peer = table_peers.Peer("odd", "scikit_learn", "scikit-learn", "KSG", "")
    kept = processes.Kept(tmp_path / "kept.jsonl")
    found = answer(peer, table_tasks.tasks(folder), 200, kept)
    assert found["multinormal-dense-2-2-0.5"]["error"] == "ended with status 3: out of memory"
    assert found["normal 0.75"]["error"] == "ZeroDivisionError: division by zero"
    assert answer(peer, table_tasks.tasks(folder), 300, kept)["normal 0.75"]["error"] == "the estimate is nan"
    assert [key[0] for key in processes.Kept(kept.path).answers] == ["normal 0.75"] * 2


def test_ennemi_s_chain_rule_of_one_column_each_is_its_estimate(folder, tmp_path, monkeypatch):
    pytest.importorskip("ennemi")
    monkeypatch.setattr(environments, "is_built", lambda name: True)
    monkeypatch.setattr(environments, "interpreter", lambda name: sys.executable)
    values = [
        answer(table_peers.Peer(name, "ennemi", "ennemi", name, ""), table_tasks.tasks(folder, ["0.75"]), 300,
               processes.Kept(tmp_path / "kept.jsonl"))["normal 0.75"]["mi"]
        for name in ("columns", "chain rule")
    ]  # fmt: skip
    assert values[0] == values[1]


def test_every_peer_has_a_runner_and_pins():
    for peer in table_peers.PEERS:
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
    assert environments.names() == ["small"]
    environments.build("small")
    environments.build("small")
    assert len(ran) == 2  # venv and pip, once
    (runners / "small.txt").write_text("package==2.0\n")
    assert not environments.is_built("small")
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: no package\n")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)
    peer = table_peers.Peer("small", "small", "package", "any", "")
    assert table_peers.build([peer, peer]) == {"small": "environment small: ERROR: no package"}
    kept = processes.Kept(tmp_path / "kept.jsonl")
    found = answer(peer, [table_tasks.from_sampler(synthetic.normal_pair(0.5))], 20, kept)
    assert found == {"normal 0.5": {"error": "not built: environment small"}}


def test_a_wrong_option_is_told_by_name(folder):
    tasks = ["--tasks", str(folder)]
    for given, message in (
        ([*tasks, "--only", "spiral"], "--only spiral: no task has that in its name; there are"),
        ([*tasks, "--rows", "301", "--no-peers"], "--rows 301: task .* has 300 rows"),
        (["--tasks", str(folder / "none")], "--tasks .*: no such folder"),
        ([*tasks, "--estimators", "MIND"], "--estimators MIND: not known; choose from skmine"),
    ):
        with pytest.raises(SystemExit, match=message):
            accuracy.main(given)
    with pytest.raises(SystemExit, match="--only fish: no case"):
        honesty.main(["--only", "fish"])


def test_tasks_without_a_folder_are_the_samplers(monkeypatch, tmp_path):
    monkeypatch.setattr(table_tasks, "FOLDER", tmp_path / "none")
    found = table_tasks.tasks()
    assert [task.name for task in found] == [sampler.name for sampler in synthetic.tables()]
    first, again, other = (found[0].draw(20, seed)[0] for seed in (0, 0, 1))
    assert first.shape == (20, 1)
    assert (first == again).all()
    assert (first != other).any()


def test_defaults_are_multiplied_one_at_a_time():
    assert accuracy_variants.times("hidden_layer_sizes", 0.5, 300) == {"hidden_layer_sizes": (64, 64)}
    assert accuracy_variants.times("learning_rate_init", 2, 300) == {"learning_rate_init": 0.006}
    assert accuracy_variants.times("max_iter", 0.5, 300) == {"max_iter": 10}  # of this module's 20
    for n, batch in ((300, 64), (3_000, 200), (10_000, 512)):
        assert accuracy_variants.times("batch_size", 2, n) == {"batch_size": 2 * batch}


def test_large_tasks_have_the_mi_in_their_names():
    assert table_tasks.large(5, 10).mi == pytest.approx(10)
    assert table_tasks.large(1, 10).name == "normal, 1 x 1 columns, 10 nats"
