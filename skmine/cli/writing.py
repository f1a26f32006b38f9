"""What the command line writes to files, and prints as JSON."""

from collections.abc import Callable, Collection
from typing import Any

import pandas as pd

from skmine.cli.messages import say
from skmine.data import files
from skmine.data.formats import get_ending
from skmine.functions.records import write_json


def print_json(about: dict[str, Any], unit: str) -> None:
    """Print an answer with its unit and what its keys mean."""
    print(write_json(about, unit))


def write_kept(whole: pd.DataFrame, kept: Collection[str], target: str, output: str, remedy: str) -> None:
    """Write the kept columns, of which there has to be one, and the target."""
    if not kept:
        raise ValueError(f"No column is kept, so {output!r} was not written; {remedy}.")
    write_answer(whole[[name for name in whole.columns if name in kept or name == target]], output)


def write_answer(frame: pd.DataFrame, output: str) -> None:
    """Write a table, and say so."""
    files.write_table(frame, output)
    say("note", f"wrote {len(frame)} rows and {frame.shape[1]} columns to {output}")


def draw(plot: str, make_display: Callable[[], Any]) -> None:
    """Draw a display to a file, and say so."""
    from matplotlib import pyplot

    with pyplot.rc_context({"svg.hashsalt": "skmine"}):
        figure = make_display().figure_
        try:
            files.write_whole(plot, lambda part: figure.savefig(part, format=get_ending(plot)[1:], bbox_inches="tight"))
        finally:
            pyplot.close(figure)
    say("note", f"drew {plot}")
