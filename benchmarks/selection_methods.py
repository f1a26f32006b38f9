"""Ways to choose columns, each draw in a process of its own: what it chose, its seconds, its memory."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks import environments, processes
from benchmarks.processes import Kept, digest
from benchmarks.selection_cases import Drawn

KEPT = environments.ENVIRONMENTS.parent / "selections.jsonl"


@dataclass(frozen=True)
class Method:
    """A way to choose: `package` is what it comes in; ours run in this environment, the others in one of theirs."""

    name: str
    package: str
    settings: str

    @property
    def ours(self) -> bool:
        return self.package == "skmine"

    @property
    def asked(self) -> str:
        """What its runner calls it."""
        return self.name.removeprefix("skmine ")

    @property
    def version(self) -> str:
        number = version("skmine") if self.ours else environments.pins("selection")[self.package]
        return f"{self.package} {number}: {self.settings}"

    @property
    def python(self) -> Path:
        return Path(sys.executable) if self.ours else environments.interpreter("selection")

    @property
    def runner(self) -> str:
        return "run_skmine" if self.ours else "run_selection"


METHODS = [
    Method("skmine joint", "skmine", "defaults"),
    Method("skmine mRMR", "skmine", "the number of columns as mRMR's where it is known, else its own"),
    Method("SelectKBest", "scikit-learn", "mutual information; the true number of columns, or the best by CV"),
    Method("mRMR", "mrmr-selection", "F statistic and correlation; the true number of columns, or the best by CV"),
    Method("RFECV", "scikit-learn", "forest of 100 trees of depth 7, a fifth of the columns a step, 5 folds"),
    Method("Boruta", "Boruta", "forest of 100 trees of depth 7, defaults else"),
    Method("LassoNet", "lassonet", "its cross-validated path, 3 folds, defaults else"),
]


@dataclass(frozen=True)
class Chosen:
    """What a method made of a draw: its columns, or why there are none; seconds; MiB; what only ours say."""

    method: str
    columns: tuple[int, ...] = ()
    wrong: str = ""
    cpu: float = np.nan
    wall: float = np.nan
    peak: float = np.nan
    mi: float = np.nan
    se: float = np.nan


def choose(
    method: Method, case: str, drawn: Drawn, seed: int, *, classes: bool, labels: bool, wanted: int, kept: Kept | None
) -> Chosen:
    """One draw; answers of methods that are not ours are kept."""
    asked = {"X": drawn.X, "y": drawn.y, "classes": classes, "labels": labels, "wanted": wanted}
    key = (case, seed, method.name, method.version, digest(drawn.X, drawn.y, np.array([wanted])))
    answer = None if method.ours or kept is None else kept.answers.get(key)
    if answer is None:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "drawn.npz")
            np.savez(file, **asked)
            arguments: Sequence[str] = [method.asked, str(seed)]
            (answer,) = processes.answers(method.python, method.runner, arguments, [file])
        if kept is not None and not method.ours and not answer.pop("ended", False):
            kept.add(key, answer)
    numbers = {k: float(str(answer.get(k, np.nan))) for k in ("cpu", "wall", "peak", "mi", "se")}
    columns = answer.get("chosen", [])
    assert isinstance(columns, list)
    return Chosen(method.name, tuple(int(j) for j in columns), str(answer.get("error", "")), **numbers)
