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

from benchmarks.common import environments, processes
from benchmarks.common.processes import Answer, AnswerCache, hash_arrays
from benchmarks.tables.tasks import Task

#: Where peers' answers are kept.
ANSWERS = environments.BUILD / "peers.jsonl"


def is_column_pair(dx: int, dy: int) -> bool:
    return dx == dy == 1


def has_few_columns(dx: int, dy: int) -> bool:
    return 2 <= max(dx, dy) <= 5


def accept_any(dx: int, dy: int) -> bool:
    return True


@dataclass(frozen=True)
class Peer:
    """An estimator: whose, which one of its runner's, with which settings, on which tables."""

    name: str
    environment: str
    package: str
    estimator: str
    settings: str
    applies: Callable[[int, int], bool] = accept_any

    @property
    def ours(self) -> bool:
        """Whether the package is one that we depend on: then no other environment is needed."""
        return self.package == "scikit-learn"

    @property
    def python(self) -> Path:
        return Path(sys.executable) if self.ours else environments.get_interpreter(self.environment)

    @property
    def version(self) -> str:
        """What ran, in words: kept with the answers, which hold for nothing else."""
        number = version(self.package) if self.ours else environments.read_pins(self.environment)[self.package]
        return f"{self.package} {number}: {self.settings}"

    @property
    def ready(self) -> bool:
        return self.ours or environments.is_built(self.environment)


#: Those that can be installed by pip, in the order of the tables. Answers are kept under these very words: who
#: changes a setting's text has it computed again.
PEERS = [
    Peer("SMILE-joint", "torch_mist", "torch-mist", "SMILE",
         "joint critic [128, 128], patience 5, batches of 64, a fifth for validation, scored on its own training rows"),
    Peer("InfoNCE", "benchmark_mi", "benchmark-mi", "InfoNCE", "defaults: single split, maximum of its test curve"),
    Peer("MINE", "benchmark_mi", "benchmark-mi", "MINE", "defaults: single split, maximum of its test curve"),
    Peer("KSG", "benchmark_mi", "benchmark-mi", "KSG", "10 neighbours"),
    Peer("CCA", "benchmark_mi", "benchmark-mi", "CCA", "defaults: exact where both tables are jointly normal"),
    Peer("MINDE", "minde", "diffusion-mi", "MINDE",
         "rate 1e-3, batches of 128, 4,000 steps, scored on its own training rows"),
    Peer("infomeasure", "infomeasure", "infomeasure", "KSG", "Kraskov's first estimator, 4 neighbours"),
    Peer("ennemi", "ennemi", "ennemi", "columns", "one column each, 3 neighbours", is_column_pair),
    Peer("ennemi chain rule", "ennemi", "ennemi", "chain rule",
         "our sum of its conditional estimates over pairs of columns, 2 to 5 dimensions", has_few_columns),
    Peer("sklearn", "scikit_learn", "scikit-learn", "KSG", "one column each, 3 neighbours", is_column_pair),
    Peer("GMM-MI", "gmm_mi", "gmm_mi", "GMM-MI", "one column each, defaults", is_column_pair),
    Peer("entropies", "mutual_info", "mutual-info", "entropies", "Kozachenko-Leonenko, 3 neighbours"),
]  # fmt: skip


def build_environments(peers: list[Peer]) -> dict[str, str]:
    """Build the environments that are missing; what went wrong, by environment."""
    failures = {}
    for name in dict.fromkeys(peer.environment for peer in peers if not peer.ready):
        try:
            environments.build(name)
        except (environments.BuildError, OSError) as error:
            failures[name] = str(error)
    return failures


def ask_peer(peer: Peer, tasks: list[Task], n: int, seed: int, cache: AnswerCache) -> Iterator[tuple[Task, Answer]]:
    """A peer's answer for each task that it applies to."""
    with tempfile.TemporaryDirectory() as folder:
        missing: dict[str, tuple[Task, tuple[object, ...]]] = {}
        for i, task in enumerate(tasks):
            X, Y = task.draw(n, seed)
            if not peer.applies(X.shape[1], Y.shape[1]):
                continue
            key = (task.name, n, seed, peer.name, peer.version, hash_arrays(X, Y))
            if key in cache.answers:
                yield task, cache.answers[key]
            elif not peer.ready:
                yield task, {"error": f"not built: environment {peer.environment}"}
            else:
                file = str(Path(folder) / f"{i}.npz")
                np.savez(file, X=X, Y=Y)
                missing[file] = task, key
        arguments = [peer.estimator, str(seed)]
        for answer in processes.ask_runner(peer.python, f"run_{peer.environment}", arguments, list(missing)):
            task, key = missing[str(answer.pop("file"))]
            if not answer.pop("ended", False):  # an answer, be it an error, and not the machine's fault
                cache.add(key, answer)
            yield task, answer
