"""What the commands have in common: the table that is read, what a terminal shows.

Design notes. Standard output holds the answer and nothing else; progress goes to standard error, and
only where that is a terminal. Without a file every command works on the embedded data set.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from skmine.cli.messages import say
from skmine.data import files
from skmine.data.escapes import escape_controls
from skmine.data.examples import load_example
from skmine.data.formats import STANDARD_INPUT
from skmine.data.naming import suggest_name
from skmine.data.stream import Stream
from skmine.data.streams import open_large
from skmine.selection.streamed import sample_rows

#: Longest bar, in characters; where the terminal is narrow, names come first and bars take what is left.
BAR_WIDTH = 18

#: Shortest bar worth drawing: with eighths of characters it tells forty lengths apart.
SHORTEST_BAR = 5

#: Characters that names may take before bars do.
MOST_OF_NAMES = 40

#: Fewest characters for names.
LEAST_OF_NAMES = 8

#: Width of output that is not a terminal: the widest table of the embedded data, as the README shows it.
PIPE_WIDTH = 110

#: With what a spreadsheet's formula begins.
FORMULA = ("=", "+", "-", "@")


def write_kept(X: pd.DataFrame, kept: Collection[str], output: str, remedy: str) -> None:
    """Write the kept columns, of which there has to be one."""
    if not kept:
        raise ValueError(f"No column is kept, so {output!r} was not written; {remedy}.")
    files.write_table(X[[c for c in X.columns if str(c) in kept]], output)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is open, and a terminal."""
    return stream is not None and stream.isatty()


def read_table(file: str | None, *, may_be_large: bool = True) -> tuple[pd.DataFrame, str | None, str]:
    """The table of a file, or the embedded one and its target; and what to call the data."""
    if file is None:
        example = load_example()
        return example.frame, example.target, example.description
    stream = open_large(file) if may_be_large and file != STANDARD_INPUT else None
    if stream is not None:
        return _read_sample(stream, file), None, file
    return files.read_table(file), None, "standard input" if file == STANDARD_INPUT else file


def _read_sample(stream: Stream, file: str) -> pd.DataFrame:
    """Rows of a table that is too large for memory, the same at each call, and a note that says how many."""
    for repair in stream.repairs:
        say("note", str(repair))
    sample = sample_rows(stream)
    if not sample.is_complete:
        say("note", f"{file} is large: {sample.size} of its {sample.n_rows} rows are compared, drawn at random")
    return sample.frame


def open_large_table(options: argparse.Namespace) -> Stream | None:
    """The stream of a folder or a large file; None for any other."""
    return None if options.file in (None, STANDARD_INPUT) else open_large(options.file)


def read_with_target(
    file: str | None, target: str | None, *, may_be_large: bool = True
) -> tuple[pd.DataFrame, str, str]:
    """The table of a file, or the embedded one; the target's name, and what to call the data."""
    frame, own, called = read_table(file, may_be_large=may_be_large)
    target = target or str(own)
    if file is None and target not in frame.columns and not is_terminal(sys.stdin):
        raise ValueError(
            f"Target {target!r} is not a column of the embedded data set; pass FILE, or - to read standard input."
        )
    return frame, target, called


def take_columns(frame: pd.DataFrame, names: list[str], option: str) -> pd.DataFrame | None:
    """Named columns; None for none."""
    present = [str(c) for c in frame.columns]
    for name in names:
        if name not in present:
            raise ValueError(f"{option} {name!r}: no column has this name; {suggest_name(name, present)}")
    return frame[[frame.columns[present.index(name)] for name in names]] if names else None


class _Output(Console):
    """A console that leaves it to the command line what happens when its reader has gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console() -> Console:
    """Standard output; of a fixed width where it is no terminal."""
    return _Output(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def show_text(text: object, style: str = "") -> Text:
    """Text of the user's, such as a column's name, as a terminal may show it."""
    return Text(escape_controls(str(text)), style=style)


def print_csv(frame: pd.DataFrame, *, escape_formulas: bool) -> None:
    """Print a frame; no label of the user's acts in a terminal or, if asked for, in a spreadsheet."""

    def escape(label: object) -> str:
        text = escape_controls(str(label))
        return f"'{text}" if escape_formulas and text.startswith(FORMULA) else text

    print(frame.rename(index=escape, columns=escape).to_csv(), end="")


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
        name_width = min(max(len(escape_controls(name)) for name in names), MOST_OF_NAMES)
        room = console.width - others
        width = min(max(room - name_width, 0), BAR_WIDTH)
        self.width = width if width >= SHORTEST_BAR else 0
        #: Least width of the names.
        self.name_width = max(min(name_width, room - self.width), LEAST_OF_NAMES)

    def text(self, value: float) -> str:
        """A bar, in eighths where the terminal has them."""
        steps = len(self._blocks)
        share = max(value, 0.0) / self._longest
        whole, part = divmod(round(share * self.width * steps), steps)
        return self._blocks[0] * whole + (self._blocks[part] if part else "")


@contextmanager
def show_status(text: str) -> Iterator[None]:
    """Say what is being done, on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(text):
        yield


@contextmanager
def show_progress(doing: str, total: int) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)
