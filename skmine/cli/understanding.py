"""What was understood of a table: said before every answer.

Design notes. It is printed with the answer, once that is known, so that an error stands alone. Beside CSV, which
holds the answer only, what was changed goes to standard error.
"""

import argparse
from typing import Any

import pandas as pd

from skmine.cli.console import make_console, show_text
from skmine.cli.messages import say
from skmine.cli.preparation import Changes
from skmine.data.description import group_by_kind

#: Names that a line lists; of more, their number is.
MOST_NAMES = 8

#: Doubts that are listed; of more, their number is.
MOST_DOUBTS = 6


def say_understood(
    changes: Changes, options: argparse.Namespace, description: pd.DataFrame | None = None, target: str | None = None
) -> None:
    """Say what was understood of a table, unless the answer is JSON, which holds it, or --quiet is given."""
    if options.json or options.quiet:
        return
    if getattr(options, "csv", False):
        for line in changes.list_changes():
            say("note", line)
        return
    lines = [*_list_kinds(description, target), *changes.list_changes(), *_list_doubts(description)]
    if not lines:
        return
    console = make_console()
    console.print(show_text("What was understood", style="italic"))
    for line in lines:
        console.print(show_text(f"  {line}", style="dim"), soft_wrap=not console.is_terminal)
    console.print()


def describe_understood(changes: Changes, description: pd.DataFrame | None = None) -> dict[str, Any]:
    """The same for JSON."""
    columns = [] if description is None else description.reset_index().to_dict("records")
    return {**changes.describe(), "understood": columns}


def _list_kinds(description: pd.DataFrame | None, target: str | None) -> list[str]:
    """Columns by kind, the target left out, and what the target is."""
    if description is None:
        return []
    lines = [
        f"{len(names)} {kind}: {list_some(names)}"
        for kind, names in group_by_kind(description, left_out=[] if target is None else [target]).items()
    ]
    if target is not None and target in description.index:
        row = description.loc[target]
        lines.append(f"target {target}: {row['kind']}, {row['why']}")
    return lines


def _list_doubts(description: pd.DataFrame | None) -> list[str]:
    """What is odd about columns that are compared."""
    if description is None:
        return []
    doubtful = description[(description["doubts"] != "") & (description["set_aside"] == "")]
    lines = [f"{name}: {doubts}" for name, doubts in doubtful["doubts"].items()]
    more = len(lines) - MOST_DOUBTS
    return (
        lines if more <= 0 else [*lines[:MOST_DOUBTS], f"{more} more columns with doubts; skmine describe lists them"]
    )


def list_some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"
