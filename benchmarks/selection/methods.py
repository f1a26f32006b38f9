"""Ways to choose columns, each draw in a process of its own: what it chose, its seconds, its memory."""

import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

import skmine
from benchmarks.common import environments, processes
from benchmarks.common.processes import AnswerCache, hash_arrays
from benchmarks.selection.cases import Draw, Law, ShippedTable

#: Where answers are kept, so that a run that was ended goes on where it was.
ANSWERS = environments.BUILD / "selections.jsonl"


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
    def runner_name(self) -> str:
        """What its runner calls it."""
        return self.name.removeprefix("skmine ")

    @property
    def version(self) -> str:
        number = version("skmine") if self.ours else environments.read_pins("selection")[self.package]
        return f"{self.package} {number}: {self.settings}"

    @property
    def code(self) -> str:
        """What its answers depend on beside the question."""
        return f"{self.version} {hash_source()}" if self.ours else self.version

    @property
    def python(self) -> Path:
        return Path(sys.executable) if self.ours else environments.get_interpreter("selection")

    @property
    def runner(self) -> str:
        return "run_skmine" if self.ours else "run_selection"


#: Our joint selection, the reference of all comparisons.
JOINT = Method("skmine joint", "skmine", "defaults")

#: All of them, in the order of the tables. Answers are kept under these very words: who changes a setting's text has
#: it computed again.
METHODS = [
    JOINT,
    Method("skmine mRMR", "skmine", "the number of columns as mRMR's where it is known, else its own"),
    Method("skmine marginal", "skmine", "defaults"),
    Method("SelectKBest", "scikit-learn", "mutual information; the true number of columns, or the best by CV"),
    Method("mRMR", "mrmr-selection", "F statistic and correlation; the true number of columns, or the best by CV"),
    Method("RFECV", "scikit-learn", "forest of 100 trees of depth 7, a fifth of the columns a step, 5 folds"),
    Method("Boruta", "Boruta", "forest of 100 trees of depth 7, defaults else"),
    Method("forest", "scikit-learn", "SelectFromModel, forest of 100 trees of depth 7, importances above the mean"),
    Method("lasso", "scikit-learn", "SelectFromModel, L1 penalty by 5-fold CV, labels one-hot"),
    Method("LassoNet", "lassonet", "its cross-validated path, 3 folds, defaults else"),
]


@dataclass(frozen=True)
class Question:
    """A draw to choose columns from.

    Attributes
    ----------
    classes : bool
        Whether y holds labels.
    labels : bool or ndarray of shape (d,)
        Whether the columns of X hold labels, or which of them do.
    wanted : int
        The number of columns to choose; 0 where it is not known.
    """

    case: str
    draw: Draw
    seed: int
    classes: bool
    labels: bool | np.ndarray = False
    wanted: int = 0


def ask_about_law(law: Law, draw: Draw, seed: int) -> Question:
    return Question(law.name, draw, seed, law.classes, law.labels, len(law.must))


def ask_about_table(table: ShippedTable, draw: Draw, seed: int) -> Question:
    return Question(table.name, draw, seed, table.classes)


@dataclass(frozen=True)
class Choice:
    """A method's choice of a draw: columns, or the failure; seconds; MiB; for ours the information and its error."""

    method: str
    columns: tuple[int, ...] = ()
    failure: str = ""
    cpu: float = np.nan
    peak: float = np.nan
    mi: float = np.nan
    se: float = np.nan


@cache
def hash_source() -> str:
    """A short text that another version of the package's files does not share."""
    folder = Path(skmine.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return hash_arrays(*(np.frombuffer(path.read_bytes(), np.uint8) for path in files))


def choose(method: Method, question: Question, known: AnswerCache | None = None) -> Choice:
    """A method's choice of a draw."""
    X, y, wanted = question.draw.X, question.draw.y, question.wanted
    key = (question.case, question.seed, method.name, method.code, hash_arrays(X, y, np.array([wanted])))
    answer = None if known is None else known.answers.get(key)
    if answer is None:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "drawn.npz")
            np.savez(file, X=X, y=y, classes=question.classes, labels=question.labels, wanted=wanted)
            arguments = [method.runner_name, str(question.seed)]
            (answer,) = processes.ask_runner(method.python, method.runner, arguments, [file])
        if known is not None and not answer.pop("ended", False):
            known.add(key, answer)
    numbers = {k: float(str(answer.get(k, np.nan))) for k in ("cpu", "peak", "mi", "se")}
    columns = answer.get("chosen", [])
    assert isinstance(columns, list)
    return Choice(method.name, tuple(int(j) for j in columns), str(answer.get("error", "")), **numbers)
