"""Tables and sentences for a terminal of any width, and CSV."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skmine.data.escapes import escape_controls

#: Longest bar, in characters; where the terminal is narrow, names come first and bars take what is left.
BAR_WIDTH = 18

#: Shortest bar worth drawing: with eighths of characters it tells forty lengths apart.
SHORTEST_BAR = 5

#: Value of the longest bar at least, in nats or bits: bars of noise are short.
LEAST_LONGEST = 0.01

#: Characters that names may take before bars do, and those that they keep before fields are left out.
MOST_OF_NAMES = 40
LEAST_OF_NAMES = 12

#: Space beside a field.
GAP = 2

#: Width of output that is not a terminal: the widest table of the embedded data, as the README shows it.
PIPE_WIDTH = 110

#: With what a spreadsheet's formula begins.
FORMULA = ("=", "+", "-", "@")


class _Output(Console):
    """A console that leaves it to the command line what happens when its reader has gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is open, and a terminal."""
    return stream is not None and stream.isatty()


def make_console() -> Console:
    """Standard output; of a fixed width where it is no terminal."""
    return _Output(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def show_text(text: object, style: str = "") -> Text:
    """Text of the user's, such as a column's name, as a terminal may show it."""
    return Text(escape_controls(str(text)), style=style)


def print_sentences(console: Console, *sentences: str, style: str = "dim") -> None:
    """Sentences below a table, broken at words."""
    console.print(show_text(" ".join(sentences), style=style))


def print_csv(frame: pd.DataFrame, *, escape_formulas: bool) -> None:
    """Print a frame; no label of the user's acts in a terminal or, if asked for, in a spreadsheet."""

    def escape(label: object) -> str:
        text = escape_controls(str(label))
        return f"'{text}" if escape_formulas and text.startswith(FORMULA) else text

    print(frame.rename(index=escape, columns=escape).to_csv(), end="")


@dataclass(frozen=True)
class Field:
    """A column of a printed table.

    Attributes
    ----------
    heading : str
    cells : sequence of str
    leaves : int
        Its turn to be left out where the terminal is narrow, 1 the first; 0 never.
    short : sequence of str or None
        Shorter cells, which are tried before that.
    bars : bool
        Whether bars stand behind it.
    justify : {"left", "right", "center"}
    """

    heading: str
    cells: Sequence[str]
    leaves: int = 0
    short: Sequence[str] | None = None
    bars: bool = False
    justify: str = "right"

    @property
    def width(self) -> int:
        """Characters that it takes, space included."""
        return GAP + max(map(cell_len, [self.heading, *self.cells]))

    def shorten(self) -> "Field":
        """The same with shorter cells."""
        return (
            self if self.short is None else Field(self.heading, self.short, self.leaves, None, self.bars, self.justify)
        )


@dataclass(frozen=True)
class Bars:
    """Bars of values: which of them stand out, and whether what does not is faint."""

    values: Sequence[float]
    kept: Sequence[bool]

    def draw(self, width: int, blocks: str) -> list[Text]:
        """Bars of at most so many characters, in eighths where the terminal has them."""
        longest = max([*self.values, LEAST_LONGEST])
        texts = []
        for value, kept in zip(self.values, self.kept, strict=True):
            whole, part = divmod(round(max(value, 0.0) / longest * width * len(blocks)), len(blocks))
            text = blocks[0] * whole + (blocks[part] if part else "")
            texts.append(Text(text, style="green" if kept else "dim"))
        return texts


def print_table(
    console: Console, title: str, heading: str, names: Sequence[str], fields: Sequence[Field], bars: Bars
) -> None:
    """Print a table of named rows, as much of it as the terminal has room for.

    Parameters
    ----------
    console : Console
    title, heading : str
        Of the table, and of the names.
    names : sequence of str
    fields : sequence of Field
    bars : Bars
        Of the rows; rows that are not kept are faint.
    """
    shown_names = [escape_controls(str(name)) for name in names]
    wanted = min(max(map(cell_len, [heading, *shown_names])), MOST_OF_NAMES)
    fields = _fit_fields(fields, console.width - min(wanted, LEAST_OF_NAMES))
    room = console.width - sum(field.width for field in fields)
    width = min(max(room - wanted - GAP, 0), BAR_WIDTH)
    width = width if width >= SHORTEST_BAR and any(field.bars for field in fields) else 0
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    table.add_column(heading, overflow="fold", min_width=max(min(wanted, room - (width + GAP if width else 0)), 1))
    cells: list[Sequence[str | Text]] = []
    for field in fields:
        table.add_column(field.heading, justify=field.justify, no_wrap=True)  # type: ignore[arg-type]
        cells.append(field.cells)
        if field.bars and width:
            table.add_column("", min_width=width, no_wrap=True)
            cells.append(bars.draw(width, "█▏▎▍▌▋▊▉" if (console.encoding or "").lower().startswith("utf") else "#"))
    for name, kept, *row in zip(shown_names, bars.kept, *cells, strict=True):
        table.add_row(Text(name), *row, style=None if kept else "dim")
    console.print(show_text(title, style="italic"))
    console.print(table)


def _fit_fields(fields: Sequence[Field], room: int) -> list[Field]:
    """The fields that have room, shortened or left out in their turns."""
    fitting = list(fields)
    turns = sorted((field.leaves, place) for place, field in enumerate(fields) if field.leaves)
    if sum(field.width for field in fitting) > room:
        fitting = [field.shorten() for field in fitting]
    left_out: set[int] = set()
    for _, place in turns:
        if sum(field.width for p, field in enumerate(fitting) if p not in left_out) <= room:
            break
        left_out.add(place)
    return [field for place, field in enumerate(fitting) if place not in left_out]
