"""Estimates of tables' mutual information, ours and the peers', as records that the reports group and print."""

import sys
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sklearn.model_selection import ShuffleSplit

from benchmarks.common.processes import AnswerCache
from benchmarks.common.report import Report, fit_in_cell, group_by
from benchmarks.tables.peers import Peer, ask_peer
from benchmarks.tables.tasks import Task

#: Our own estimators in the tables: parameters of MutualInfoEstimator. The classical MINE has one split, as the
#: neural peers have.
OURS: dict[str, dict[str, Any]] = {
    "skmine": {},
    "skmine, classical MINE": {
        "critic": "pair",
        "bound": "mine",
        "base": None,
        "cv": ShuffleSplit(1, test_size=0.25, random_state=0),
    },
}


@dataclass(frozen=True)
class Estimate:
    """What an estimator reports for a draw of a task: `mi`, or the `failure`; seconds; the rest for ours only."""

    estimator: str
    task: str
    n: int
    seed: int
    truth: float
    mi: float = np.nan
    failure: str = ""
    cpu: float = np.nan
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


def fit_ours(name: str, parameters: dict[str, Any], task: Task, n: int, seed: int) -> Estimate:
    """One fit; a failure is reported as a peer's would be."""
    from skmine import MutualInfoEstimator

    X, Y = task.draw(n, seed)
    started = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted = MutualInfoEstimator(**parameters, random_state=seed).fit(X, Y)
        except Exception as error:
            return Estimate(name, task.name, n, seed, task.mi, failure=f"{type(error).__name__}: {error}")
    cpu = time.process_time() - started
    low, high = fitted.confidence_interval(0.95)
    return Estimate(
        name, task.name, n, seed, task.mi, fitted.mi_, cpu=cpu, se=fitted.mi_se_, held_out=fitted.held_out_mi_,
        lower=fitted.lower_bound(0.95), low=low, high=high, pvalue=fitted.pvalue_, critic=fitted.critic_,
        warned=", ".join(sorted({warning.category.__name__ for warning in caught})),
    )  # fmt: skip


def estimate_ours(own: dict[str, dict[str, Any]], tasks: list[Task], rows: list[int], seeds: int) -> list[Estimate]:
    """Estimates of ours, by name and parameters, of every draw."""
    return [
        print_progress(fit_ours(name, parameters, task, n, seed))
        for name, parameters in own.items()
        for task, n, seed in product(tasks, rows, range(seeds))
    ]


def estimate_theirs(
    peers: list[Peer], tasks: list[Task], rows: list[int], seeds: int, cache: AnswerCache
) -> list[Estimate]:
    """Estimates of the peers, of every draw that they apply to."""
    out = []
    for peer, n, seed in product(peers, rows, range(seeds)):
        for task, answer in ask_peer(peer, tasks, n, seed, cache):
            mi, cpu = (float(str(answer.get(key, np.nan))) for key in ("mi", "cpu"))
            failure = str(answer.get("error", ""))
            out.append(print_progress(Estimate(peer.name, task.name, n, seed, task.mi, mi, failure, cpu)))
    return out


def print_progress(e: Estimate) -> Estimate:
    """Print one line of progress: a run of all takes hours."""
    words = e.failure or f"{e.mi:.4f} of {e.truth:.4f} in {e.cpu:.1f} CPU seconds"
    print(f"{e.estimator}, {e.task}, n = {e.n}, seed {e.seed}: {words}", file=sys.stderr, flush=True)
    return e


def select_good(estimates: Iterable[Estimate], n: int | None = None) -> list[Estimate]:
    """Those that did not fail, of n rows where that is given."""
    return [e for e in estimates if not e.failure and n in (None, e.n)]


def group_by_estimator(estimates: Iterable[Estimate]) -> dict[str, list[Estimate]]:
    return group_by(lambda e: e.estimator, estimates)


def group_by_task(estimates: Iterable[Estimate]) -> dict[str, list[Estimate]]:
    return group_by(lambda e: e.task, estimates)


def compute_errors(estimates: Iterable[Estimate]) -> np.ndarray:
    """Absolute errors of those that did not fail."""
    return np.abs([e.error for e in select_good(estimates)])


def average_cpu(estimates: Iterable[Estimate]) -> float:
    return float(np.mean([e.cpu for e in select_good(estimates)]))


def format_estimate(found: list[Estimate]) -> str:
    """Mean estimate, error and CPU seconds; "failed" where every draw did, nothing where there is none."""
    good = select_good(found)
    if not good:
        return "failed" if found else ""
    mi, error = np.mean([(e.mi, e.error) for e in good], axis=0)
    return f"{mi:.3f} ({error:+.3f}; {average_cpu(good):.1f})"


def add_summary_table(out: Report, n: int, estimates: list[Estimate], reference: str = "skmine") -> None:
    """One row per estimator, with the error of the reference on the same draws."""
    reference_errors = {(e.task, e.seed): abs(e.error) for e in select_good(estimates) if e.estimator == reference}
    rows: list[list[object]] = []
    for name, found in group_by_estimator(estimates).items():
        good = select_good(found)
        if not good:
            rows.append([name, 0, "", "", "", "", "", len(found)])
            continue
        errors = compute_errors(good)
        same = [reference_errors[e.task, e.seed] for e in good if (e.task, e.seed) in reference_errors]
        rows.append([name, len(good), f"{errors.mean():.4f}", f"{errors.max():.3f}", f"{(errors < 0.05).sum()}",
                     f"{np.mean(same):.4f}" if same else "", f"{average_cpu(good):.2f}",
                     len(found) - len(good)])  # fmt: skip
    head = ["estimator", "draws", "mean absolute error", "worst", "within .05", f"{reference} on the same draws",
            "CPU seconds per draw", "failed"]  # fmt: skip
    out.add_table(f"n = {n:,}: error in nats", head, rows)


def add_failures_table(out: Report, estimates: list[Estimate]) -> None:
    """What has no estimate, and why; tasks with the same error share a row."""
    failed = group_by(lambda e: (e.estimator, e.n, e.failure), [e for e in estimates if e.failure])
    rows = [
        [name, n, ", ".join(dict.fromkeys(e.task for e in found)), fit_in_cell(failure)]
        for (name, n, failure), found in failed.items()
    ]
    if rows:
        out.add_table("What failed", ["estimator", "n", "tasks", "error"], rows)
