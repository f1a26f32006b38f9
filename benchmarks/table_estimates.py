"""Estimates of tables' mutual information, ours and the peers', as rows that the reports group and print."""

import sys
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sklearn.model_selection import ShuffleSplit

from benchmarks import table_peers
from benchmarks.processes import Kept
from benchmarks.report import Report, by, in_a_cell
from benchmarks.table_tasks import Task

#: Our own estimators in the tables: parameters of MutualInfoEstimator.
OURS: dict[str, dict[str, Any]] = {
    "skmine": {},
    "skmine, classical MINE": {
        "critic": "pair",
        "bound": "mine",
        "base": None,
        "cv": ShuffleSplit(1, test_size=0.25, random_state=0),  # one split, as the neural peers'
    },
}


@dataclass(frozen=True)
class Estimate:
    """What an estimator said of a draw of a task: `mi`, or why there is none; seconds; and what only ours say."""

    estimator: str
    task: str
    n: int
    seed: int
    truth: float
    mi: float = np.nan
    wrong: str = ""
    cpu: float = np.nan
    wall: float = np.nan
    se: float = np.nan
    held_out: float = np.nan
    lower: float = np.nan
    low: float = np.nan
    high: float = np.nan
    pvalue: float = np.nan
    critic: str = ""
    warned: str = ""

    @property
    def error(self) -> float:
        return self.mi - self.truth


def ours(name: str, parameters: dict[str, Any], task: Task, n: int, seed: int) -> Estimate:
    """One fit; a failure is reported as a peer's would be."""
    from skmine import MutualInfoEstimator

    X, Y = task.draw(n, seed)
    wall, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted = MutualInfoEstimator(**parameters, random_state=seed).fit(X, Y)
        except Exception as error:
            return Estimate(name, task.name, n, seed, task.mi, wrong=f"{type(error).__name__}: {error}")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    low, high = fitted.confidence_interval(0.95)
    return Estimate(name, task.name, n, seed, task.mi, fitted.mi_, "", cpu, wall, fitted.mi_se_, fitted.held_out_mi_,
                    fitted.lower_bound(0.95), low, high, fitted.pvalue_, fitted.critic_,
                    ", ".join(sorted({warning.category.__name__ for warning in caught})))  # fmt: skip


def each(name: str, parameters: dict[str, Any], tasks: list[Task], rows: list[int], seeds: int) -> list[Estimate]:
    return [told(ours(name, parameters, task, n, seed)) for task, n, seed in product(tasks, rows, range(seeds))]


def theirs(peers: list[table_peers.Peer], tasks: list[Task], rows: list[int], seeds: int, kept: Kept) -> list[Estimate]:
    out = []
    for peer, n, seed in product(peers, rows, range(seeds)):
        for task, answer in table_peers.answers(peer, tasks, n, seed, kept):
            wrong = str(answer.get("error", ""))
            numbers = [float(str(answer.get(key, np.nan))) for key in ("mi", "cpu", "wall")]
            out.append(told(Estimate(peer.name, task.name, n, seed, task.mi, numbers[0], wrong, *numbers[1:])))
    return out


def told(e: Estimate) -> Estimate:
    """A line of progress: a run of all takes hours."""
    words = e.wrong or f"{e.mi:.4f} of {e.truth:.4f} in {e.cpu:.1f} CPU seconds"
    print(f"{e.estimator}, {e.task}, n = {e.n}, seed {e.seed}: {words}", file=sys.stderr, flush=True)
    return e


def by_estimator(estimates: Iterable[Estimate]) -> dict[str, list[Estimate]]:
    return by(lambda e: e.estimator, estimates)


def by_task(estimates: Iterable[Estimate]) -> dict[str, list[Estimate]]:
    return by(lambda e: e.task, estimates)


def absolute_errors(estimates: Iterable[Estimate]) -> np.ndarray:
    return np.abs([e.error for e in estimates if not e.wrong])


def cpu_seconds(estimates: Iterable[Estimate]) -> float:
    return float(np.mean([e.cpu for e in estimates if not e.wrong]))


def summary_table(out: Report, n: int, estimates: list[Estimate], reference: str = "skmine") -> None:
    """An estimator a row, and what the first of ours makes of the same draws."""
    reference_errors = {(e.task, e.seed): abs(e.error) for e in estimates if e.estimator == reference and not e.wrong}
    rows: list[list[object]] = []
    for name, found in by_estimator(estimates).items():
        good = [e for e in found if not e.wrong]
        if not good:
            rows.append([name, 0, "", "", "", "", "", len(found)])
            continue
        errors = absolute_errors(good)
        same = [reference_errors[e.task, e.seed] for e in good if (e.task, e.seed) in reference_errors]
        rows.append([name, len(good), f"{errors.mean():.4f}", f"{errors.max():.3f}", f"{(errors < 0.05).sum()}",
                     f"{np.mean(same):.4f}" if same else "", f"{cpu_seconds(good):.2f}",
                     len(found) - len(good)])  # fmt: skip
    head = ["estimator", "draws", "mean absolute error", "worst", "within .05", f"{reference} on the same draws",
            "CPU seconds a draw", "failed"]  # fmt: skip
    out.table(f"n = {n:,}: error in nats", head, rows)


def failures_table(out: Report, estimates: list[Estimate]) -> None:
    """What has no estimate, and why; tasks that failed alike share a row."""
    failed = by(lambda e: (e.estimator, e.n, e.wrong), [e for e in estimates if e.wrong])
    rows = [
        [name, n, ", ".join(dict.fromkeys(e.task for e in found)), in_a_cell(wrong)]
        for (name, n, wrong), found in failed.items()
    ]
    if rows:
        out.table("What failed", ["estimator", "n", "tasks", "error"], rows)
