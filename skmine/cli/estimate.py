"""``skmine estimate``: what two groups of columns share."""

import argparse
import json
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from skmine.cli.parser import check_named_once
from skmine.cli.preparation import Prepared, prepare, say_changes
from skmine.cli.shared import (
    make_console,
    read_with_target,
    show_status,
    take_columns,
)
from skmine.data.escapes import escape_controls
from skmine.data.naming import list_names
from skmine.estimation.inference import format_pvalue
from skmine.functions import mutual_info


def run(options: argparse.Namespace) -> None:
    """Estimate, and print or write what the options ask for."""
    frame, target, called = read_with_target(options.file, None if options.y is None else options.y[0])
    table, wanted = _choose_columns(frame, target, options)
    x, y, z = (take_columns(table.frame, wanted[option], option) for option in ("--x", "--y", "--z"))
    n = len(table.frame)
    with show_status(f"training on {n} rows"):
        found = mutual_info(x, y, z, n_jobs=options.n_jobs, random_state=options.seed)
    about = {
        "data": called,
        "rows": n,
        "x": wanted["--x"],
        "y": wanted["--y"],
        "z": wanted["--z"],
        "level": options.level,
        "seed": options.seed,
        "mi": found.mi,
        "se": found.se,
        "lower_bound": found.lower_bound(options.level),
        "confidence_interval": list(found.confidence_interval(options.level)),
        "pvalue": found.pvalue,
        "held_out": found.held_out,
        "critic": found.critic,
        "warnings": list(found.warnings),
        **table.changes.describe(),
    }
    if options.json:
        print(json.dumps(about, indent=2))
    else:
        _print_estimate(about)
    say_changes(table.changes, options)


def _choose_columns(
    frame: pd.DataFrame, target: str, options: argparse.Namespace
) -> tuple[Prepared, dict[str, list[str]]]:
    """The table, ready to be compared, and the columns that each option means."""
    wanted = {"--x": options.x or [], "--y": options.y or [target], "--z": options.z or []}
    for option, names in wanted.items():
        take_columns(frame, names, option)
    named = [name for names in wanted.values() for name in names]
    if options.x:  # nothing needs to be said of columns that are not used
        frame = frame[[c for c in frame.columns if str(c) in named]]
    table = prepare(
        frame,
        wanted["--y"],
        named,
        keep_identifiers=options.keep_identifiers,
        missing_target=options.missing_target,
        infinite=options.infinite,
    )
    if not options.x:
        wanted["--x"] = [str(c) for c in table.frame.columns if str(c) not in named]
    if not wanted["--x"]:
        raise ValueError("--x is missing: no column is left beside --y and --z.")
    check_named_once([name for names in wanted.values() for name in names])
    return table, wanted


def _print_estimate(about: dict[str, Any]) -> None:
    console = make_console()
    given = f" given {list_names(about['z'])}" if about["z"] else ""
    percent = f"{100 * about['level']:g} %"
    title = f"Mutual information of {list_names(about['x'])} with {list_names(about['y'])}{given}"
    low, high = about["confidence_interval"]
    lines = Table(box=None, show_header=False)
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(no_wrap=True)
    lines.add_row("estimate", Text(f"{about['mi']:.4f} nats", style="bold"))
    lines.add_row("standard error", f"{about['se']:.4f}")
    lines.add_row(f"{percent} lower bound", f"{about['lower_bound']:.4f}")
    lines.add_row(f"{percent} interval", f"{low:.4f} to {high:.4f}")
    lines.add_row("p of independence", format_pvalue(about["pvalue"]))
    lines.add_row("critic", about["critic"])
    console.print(Text(title, style="italic"), lines)
    text = f"\n{escape_controls(about['data'])}: {about['rows']} rows.\nHeld-out score {about['held_out']:.4f} nats."
    console.print(Text(text, style="dim"))
