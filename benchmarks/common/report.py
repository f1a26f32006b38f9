"""Reports: tables in Markdown, exact intervals, the machine in one line, how long the run took.

A script prints each table once it is ready, and writes all of them, with a picture, into `results/`.
"""

import argparse
import platform
import shlex
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from scipy.stats import binomtest, t

from skmine import rank_columns

#: Where the scripts write what they found.
RESULTS = Path(__file__).parents[1] / "results"

#: Packages whose versions a report names: what the numbers depend on, and the peers of the ranking.
PACKAGES = ("skmine", "scikit-learn", "ennemi", "dcor", "numpy", "torch")

#: Characters of an error that a table cell holds. Arbitrary: two lines of a wide screen.
LONGEST_ERROR = 300

T = TypeVar("T")


def make_parser(doc: str | None, script: str, result: str) -> argparse.ArgumentParser:
    """A command line with the one option that all benchmarks have.

    Parameters
    ----------
    doc : str
        The script's docstring.
    script : str
        The script's name below `benchmarks`, such as "ranking.speed".
    result : str
        Its result file, without ".md".
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{script}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    help_output = "file for the tables (Markdown); the picture gets the same name"
    parser.add_argument("--output", type=Path, default=RESULTS / f"{result}.md", help=help_output)
    return parser


def prepare() -> None:
    """Use one thread, silence warnings of other packages, load the weights."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    rank_columns(np.random.default_rng(0).normal(size=(200, 2)), np.arange(200.0))


def group_by(key: Callable[[T], Any], values: Iterable[T]) -> dict[Any, list[T]]:
    """Values by key, in the order in which they come."""
    out: dict[Any, list[T]] = {}
    for value in values:
        out.setdefault(key(value), []).append(value)
    return out


def fit_in_cell(error: str) -> str:
    """An error message without what would break a table."""
    return error.replace("|", "/").replace("\n", " ")[:LONGEST_ERROR]


def format_proportion(k: int, n: int) -> str:
    """A proportion with its exact (Clopper-Pearson) 95 % interval."""
    low, high = binomtest(int(k), int(n)).proportion_ci()
    return f"{k / n:.4f} ({low:.4f} to {high:.4f})"


def judge_proportion(k: int, n: int, largest: float) -> str:
    """Whether a proportion is at most `largest`: "no" only where its 95 % interval excludes that."""
    return "yes" if binomtest(int(k), int(n)).proportion_ci().low <= largest else "no"


def format_mean(values: Sequence[float] | np.ndarray, digits: int = 4) -> str:
    """A mean and, for two or more values, its standard error."""
    values = np.asarray(values, float)
    if len(values) < 2:
        return f"{values.mean():.{digits}f}"
    return f"{values.mean():.{digits}f} ± {values.std(ddof=1) / np.sqrt(len(values)):.{digits}f}"


def judge_mean(values: Sequence[float] | np.ndarray, low: float, high: float) -> str:
    """Whether a mean is from `low` to `high`: "no" only where its 95 % interval (Student's) excludes all of that."""
    values = np.asarray(values, float)
    n = len(values)
    reach = t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n) if n > 1 else np.inf
    return "yes" if low - reach <= values.mean() <= high + reach else "no"


def format_duration(seconds: float) -> str:
    """Seconds in the unit that needs at most two digits before the point."""
    if seconds < 99.5:
        return f"{seconds:.0f} seconds"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


class Report:
    """Sections of text and tables, printed at once and written at the end.

    Parameters
    ----------
    title, command : str
        The first heading, and the command that repeats the run.
    started : float, optional
        When the run started, by `time.perf_counter`; now, by default.
    """

    def __init__(self, title: str, command: str, started: float | None = None) -> None:
        self.started = time.perf_counter() if started is None else started
        self.head = [f"# {title}", f"`{command}` on {describe_machine()}."]
        self.body: list[str] = []
        _print(*self.head)

    def say(self, *paragraphs: str) -> None:
        """Add paragraphs."""
        _print(*paragraphs)
        self.body += paragraphs

    def add_table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
        self.say(f"## {title}", "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]))

    def write(self, output: Path, figure: Any = None) -> None:
        """Write everything into a file, and the figure into a file of the same name."""
        duration = f"The run took {format_duration(time.perf_counter() - self.started)}."
        _print(duration)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text("".join(f"{paragraph}\n\n" for paragraph in [*self.head, duration, *self.body])[:-1])
        if figure is not None:
            figure.savefig(output.with_suffix(".png"), dpi=110, metadata={"Software": None})
        print(f"wrote {output}")


def _print(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        print(paragraph, end="\n\n", flush=True)


def describe_machine() -> str:
    """Versions and processor, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES if _is_installed(name))
    accelerator = f" and {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"one thread of {_name_processor()}{accelerator}; Python {platform.python_version()}, {packages}"


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _name_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "an unnamed processor"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def get_command() -> str:
    """The command line that is running, as a user would type it."""
    spec = sys.modules["__main__"].__spec__
    name = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem
    return shlex.join(["python", "-m", name, *sys.argv[1:]])
