"""Other estimators of the mutual information of tables, each run in an environment of its own.

A peer's answers are kept in the git-ignored `build/`, so that a second run computes only what is
missing. Its failures are answers too: a task's error is reported for that task, and nothing stops.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks import environments, processes
from benchmarks.processes import Answer, Kept, digest
from benchmarks.table_tasks import Task

KEPT = environments.ENVIRONMENTS.parent / "peers.jsonl"


def column_pair(dx: int, dy: int) -> bool:
    return dx == dy == 1


def few_columns(dx: int, dy: int) -> bool:
    return 2 <= max(dx, dy) <= 5


def any_table(dx: int, dy: int) -> bool:
    return True


@dataclass(frozen=True)
class Peer:
    """An estimator: whose, which one of its runner's, with which settings, on which tables."""

    name: str
    environment: str
    package: str
    estimator: str
    settings: str
    applies: Callable[[int, int], bool] = any_table

    @property
    def ours(self) -> bool:
        """Whether the package is one that we depend on: then no other environment is needed."""
        return self.package == "scikit-learn"

    @property
    def python(self) -> Path:
        return Path(sys.executable) if self.ours else environments.interpreter(self.environment)

    @property
    def version(self) -> str:
        """What ran, in words: kept with the answers, which hold for nothing else."""
        number = version(self.package) if self.ours else environments.pins(self.environment)[self.package]
        return f"{self.package} {number}: {self.settings}"

    @property
    def ready(self) -> bool:
        return self.ours or environments.is_built(self.environment)


PEERS = [
    Peer("SMILE-joint", "torch_mist", "torch-mist", "SMILE",
         "joint critic [128, 128], patience 5, batches of 64, a fifth for validation, scored on its own training rows"),
    Peer("InfoNCE", "benchmark_mi", "benchmark-mi", "InfoNCE", "defaults: single split, maximum of its test curve"),
    Peer("MINE", "benchmark_mi", "benchmark-mi", "MINE", "defaults: single split, maximum of its test curve"),
    Peer("KSG", "benchmark_mi", "benchmark-mi", "KSG", "10 neighbours"),
    Peer("CCA", "benchmark_mi", "benchmark-mi", "CCA", "defaults: exact where both tables are jointly normal"),
    Peer("ennemi", "ennemi", "ennemi", "columns", "one column each, 3 neighbours", column_pair),
    Peer("ennemi chain rule", "ennemi", "ennemi", "chain rule",
         "our sum of its conditional estimates over pairs of columns, 2 to 5 dimensions", few_columns),
    Peer("sklearn", "scikit_learn", "scikit-learn", "KSG", "one column each, 3 neighbours", column_pair),
    Peer("GMM-MI", "gmm_mi", "gmm_mi", "GMM-MI", "one column each, defaults", column_pair),
    Peer("entropies", "mutual_info", "mutual-info", "entropies", "Kozachenko-Leonenko, 3 neighbours"),
]  # fmt: skip

#: Not to be had as a package, so not run here.
ABSENT = {"MINDE": "its authors publish code, not a package that pip could install"}


def build(peers: list[Peer]) -> dict[str, str]:
    """Makes the environments that are missing; what went wrong, by environment."""
    wrong = {}
    for name in dict.fromkeys(peer.environment for peer in peers if not peer.ready):
        try:
            environments.build(name)
        except (environments.BuildError, OSError) as error:
            wrong[name] = str(error)
    return wrong


def answers(peer: Peer, tasks: list[Task], n: int, seed: int, kept: Kept) -> Iterator[tuple[Task, Answer]]:
    """What a peer says of each task that it applies to."""
    with tempfile.TemporaryDirectory() as folder:
        missing: dict[str, tuple[Task, tuple[object, ...]]] = {}
        for i, task in enumerate(tasks):
            X, Y = task.draw(n, seed)
            if not peer.applies(X.shape[1], Y.shape[1]):
                continue
            key = (task.name, n, seed, peer.name, peer.version, digest(X, Y))
            if key in kept.answers:
                yield task, kept.answers[key]
            elif not peer.ready:
                yield task, {"error": f"not built: environment {peer.environment}"}
            else:
                file = str(Path(folder) / f"{i}.npz")
                np.savez(file, X=X, Y=Y)
                missing[file] = task, key
        for answer in processes.answers(
            peer.python, f"run_{peer.environment}", [peer.estimator, str(seed)], list(missing)
        ):
            task, key = missing[str(answer.pop("file"))]
            if not answer.pop("ended", False):  # an answer, be it an error, and not the machine's doing
                kept.add(key, answer)
            yield task, answer
