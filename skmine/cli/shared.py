"""What the commands have in common: options, the table that is read, what a terminal shows.

Design notes. Standard output holds the answer and nothing else; what is going on goes to standard error, and
only where that is a terminal. Without a file every command works on the embedded data set.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from skmine.data import files
from skmine.data.examples import load_example
from skmine.data.naming import hint

#: Longest bar; where the terminal is narrow, names come first and bars take what is left.
BAR_WIDTH, SHORTEST_BAR, MOST_OF_NAMES = 18, 5, 40


def add_source(command: argparse.ArgumentParser) -> None:
    """The table."""
    command.add_argument("file", nargs="?", metavar="FILE", help="CSV, TSV, Parquet or Feather; - is standard input")


def add_formats(command: argparse.ArgumentParser) -> None:
    """What is printed."""
    formats = command.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="print JSON instead of a table")
    formats.add_argument("--csv", action="store_true", help="print CSV instead of a table")


def add_output(command: argparse.ArgumentParser, what: str) -> None:
    """A file to write."""
    command.add_argument("-o", "--output", metavar="FILE", help=f"write {what} to FILE, which is replaced")


def add_work(command: argparse.ArgumentParser, drawn: str) -> None:
    """Seed and workers."""
    command.add_argument("--seed", type=_seed, default=0, metavar="S", help=f"{drawn} (default: 0)")
    command.add_argument(
        "--n-jobs", type=_workers, default=1, metavar="N", help="workers, -1 for every core (default: 1)"
    )


def column_names(text: str) -> list[str]:
    """Names by commas, quoted where they hold one."""
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True))]


def positive_number(text: str) -> int:
    """A whole number of 1 or more."""
    return int(_checked(text, int, lambda v: v >= 1, "a whole number of 1 or more"))


def open_fraction(text: str) -> float:
    """A number between 0 and 1, neither included."""
    return float(_checked(text, float, lambda v: 0 < v < 1, "a number between 0 and 1"))


def _seed(text: str) -> int:
    return int(_checked(text, int, lambda v: 0 <= v < 2**32, "a whole number from 0 to 4294967295"))


def _workers(text: str) -> int:
    return int(_checked(text, int, lambda v: v != 0, "a whole number other than 0"))


def _checked(text: str, convert: Callable[[str], Any], holds: Callable[[Any], bool], wanted: str) -> Any:
    try:
        value = convert(text)
    except ValueError:
        value = None
    if value is None or not holds(value):
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return value


def check_output(options: argparse.Namespace) -> None:
    """Refuse an --output that cannot be written, or is the file that is read, before any work is done."""
    if options.output is None:
        return
    files.check_writable(options.output)
    read_from = None if options.file in (None, files.STANDARD_INPUT) else Path(options.file).resolve()
    if Path(options.output).resolve() == read_from:
        raise ValueError(f"--output {options.output!r} is the file that is read; write to another one.")


def write_kept(X: pd.DataFrame, kept: Collection[str], output: str, remedy: str) -> None:
    """Write the kept columns, of which there has to be one."""
    if not kept:
        raise ValueError(f"No column is kept, so {output!r} was not written; {remedy}.")
    files.write_table(X[[c for c in X.columns if str(c) in kept]], output)


def read_table(file: str | None) -> tuple[pd.DataFrame, str | None, str]:
    """The table of a file, or the embedded one and its target; and what to call the data."""
    if file is None:
        example = load_example()
        return example.frame, example.target, example.description
    return files.read_table(file), None, "standard input" if file == files.STANDARD_INPUT else file


def read_with_target(file: str | None, target: str | None, option: str) -> tuple[pd.DataFrame, str, str]:
    """The table of a file, or the embedded one; the target's name, and what to call the data."""
    if file is not None and target is None:
        raise ValueError(f"{option} is missing: name the column to explain.")
    frame, own, called = read_table(file)
    target = target or str(own)
    if file is None and target not in frame.columns and not sys.stdin.isatty():
        raise ValueError(
            f"Target {target!r} is no column of the embedded data set; pass FILE, or - to read standard input."
        )
    return frame, target, called


def named_columns(frame: pd.DataFrame, names: list[str], option: str) -> pd.DataFrame | None:
    """Named columns; None for none."""
    present = [str(c) for c in frame.columns]
    for name in names:
        if name not in present:
            raise ValueError(f"{option} {name!r}: no column is called so; {hint(name, present)}")
    return frame[[frame.columns[present.index(name)] for name in names]] if names else None


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def make_console() -> Console:
    """Standard output; of a fixed width where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 110, highlight=False)


class Bars:
    """Bars in a table's column, as long as the terminal leaves room for.

    Parameters
    ----------
    console : Console
    names : sequence of str
        What stands in the table's first column.
    others : int
        What the other columns take.
    longest : float
        The value of the longest bar.
    """

    def __init__(self, console: Console, names: Sequence[str], others: int, longest: float) -> None:
        self._blocks = "█▏▎▍▌▋▊▉" if (console.encoding or "").lower().startswith("utf") else "#"
        self._longest = max(longest, 1e-9)
        name_width = min(max(map(len, names)), MOST_OF_NAMES)
        room = console.width - others
        width = min(max(room - name_width, 0), BAR_WIDTH)
        self.width = width if width >= SHORTEST_BAR else 0
        #: Least width of the names.
        self.name_width = max(min(name_width, room - self.width), 8)

    def text(self, value: float) -> str:
        """A bar, in eighths where the terminal has them."""
        steps = len(self._blocks)
        share = max(value, 0.0) / self._longest
        whole, part = divmod(round(share * self.width * steps), steps)
        return self._blocks[0] * whole + (self._blocks[part] if part else "")


@contextmanager
def status(text: str) -> Iterator[None]:
    """What is going on, on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(text):
        yield


@contextmanager
def progress_bar(doing: str, total: int) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)
