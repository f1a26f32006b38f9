"""What the benchmarks share: tables in Markdown, exact intervals, the machine in one line, files.

A script prints its tables as they come and writes them, with a picture, into `results/`.
"""

import argparse
import platform
import shlex
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from scipy.stats import binomtest

from skmine import rank_columns

RESULTS = Path(__file__).parent / "results"

#: One colour a method, in every picture: told apart by the colour-blind, read on white and on black.
COLOURS = {
    "skmine": "#1f9e89",
    "skmine, p": "#74c9b4",
    "sklearn": "#d1762b",
    "ennemi": "#8c6bb1",
    "dcor": "#5b8ccc",
    "F": "#8d99a6",
    "skmine, classical MINE": "#74c9b4",
    "SMILE-joint": "#c2407a",
    "InfoNCE": "#8a6d3b",
    "MINE": "#b8a042",
    "KSG": "#d1762b",
    "CCA": "#555f6b",
    "ennemi chain rule": "#8c6bb1",
    "GMM-MI": "#5b8ccc",
    "entropies": "#b5523c",
    "skmine joint": "#1f9e89",
    "skmine mRMR": "#74c9b4",
    "SelectKBest": "#d1762b",
    "mRMR": "#8c6bb1",
    "RFECV": "#5b8ccc",
    "Boruta": "#c2407a",
    "LassoNet": "#8a6d3b",
    "all columns": "#8d99a6",
}

#: Where colours are many, a marker a method too; a circle for the others.
MARKERS = {
    "skmine, classical MINE": "h",
    "SMILE-joint": "s",
    "InfoNCE": "D",
    "MINE": "v",
    "KSG": "P",
    "CCA": "X",
    "ennemi": "^",
    "ennemi chain rule": "<",
    "GMM-MI": "*",
    "entropies": "d",
    "skmine joint": "*",
    "skmine mRMR": "h",
    "SelectKBest": "P",
    "mRMR": "X",
    "RFECV": "s",
    "Boruta": "^",
    "LassoNet": "D",
    "all columns": ".",
}


def parser(doc: str, name: str) -> argparse.ArgumentParser:
    """A command line with the one option that all benchmarks have."""
    out = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    out.add_argument("--output", type=Path, default=RESULTS / f"{name}.md", help="the tables' file; a picture beside")
    return out


def start() -> None:
    """One thread, quiet peers, weights loaded."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    rank_columns(np.random.default_rng(0).normal(size=(200, 2)), np.arange(200.0))


T = TypeVar("T")


def by(key: Callable[[T], Any], values: Iterable[T]) -> dict[Any, list[T]]:
    """Values grouped, in the order of their coming."""
    out: dict[Any, list[T]] = {}
    for value in values:
        out.setdefault(key(value), []).append(value)
    return out


def in_a_cell(error: str) -> str:
    """An error as a table can hold it."""
    return error.replace("|", "/").replace("\n", " ")[:300]


def share(k: int, n: int) -> str:
    """A rate with its exact (Clopper-Pearson) 95 % interval."""
    low, high = binomtest(int(k), int(n)).proportion_ci()
    return f"{k / n:.4f} ({low:.4f} to {high:.4f})"


def holds(k: int, n: int, largest: float) -> str:
    """Whether a rate is at most `largest`: "no" only where its interval excludes that."""
    return "yes" if binomtest(int(k), int(n)).proportion_ci().low <= largest else "no"


def mean(values: Sequence[float] | np.ndarray, digits: int = 4) -> str:
    """A mean and, of more values than one, its standard error."""
    values = np.asarray(values, float)
    if len(values) < 2:
        return f"{values.mean():.{digits}f}"
    return f"{values.mean():.{digits}f} ± {values.std(ddof=1) / np.sqrt(len(values)):.{digits}f}"


class Report:
    """Sections of text and tables, printed at once and written at the end."""

    def __init__(self, title: str, command: str) -> None:
        self.lines: list[str] = []
        self.say(f"# {title}", f"`{command}` on {machine()}.")

    def say(self, *paragraphs: str) -> None:
        for paragraph in paragraphs:
            print(paragraph, end="\n\n", flush=True)
            self.lines += [paragraph, ""]

    def table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
        self.say(f"## {title}", "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body]))

    def write(self, output: Path, figure: object = None) -> None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text("\n".join(self.lines))
        if figure is not None:
            figure.savefig(output.with_suffix(".png"), dpi=110, metadata={"Software": None})
        print(f"wrote {output}")


def machine() -> str:
    """Versions and processor, in one line."""
    packages = ["skmine", "scikit-learn", "ennemi", "dcor", "numpy", "torch"]
    have = [f"{name} {version(name)}" for name in packages if _installed(name)]
    return f"one thread of {_processor()}; Python {platform.python_version()}, {', '.join(have)}"


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "an unnamed processor"
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def command() -> str:
    """The command line that is running, as a user would type it."""
    return shlex.join(["python", "-m", f"benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]])
