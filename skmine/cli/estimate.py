"""``skmine estimate``: what two groups of columns share."""

import argparse
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from skmine.cli.console import make_console, print_sentences, show_text
from skmine.cli.parser import check_named_once
from skmine.cli.preparation import Preparation, Prepared
from skmine.cli.progress import show_progress
from skmine.cli.reading import get_work_options, read_given
from skmine.cli.understanding import describe_understood, say_understood
from skmine.cli.writing import draw, print_json, write_answer
from skmine.data.naming import list_names
from skmine.estimation.inference import format_pvalue
from skmine.functions import MutualInformation, mutual_info
from skmine.functions.units import Unit


def run(options: argparse.Namespace) -> None:
    """Estimate, and print or write what the options ask for."""
    if options.plot is not None and options.z:
        raise ValueError("--plot draws two sides, but --given names a third; leave one of them out.")
    read = read_given(options)
    preparation = Preparation(read, options)
    y = preparation.match(options.y or [str(read.target)], "--y")
    x, z = (preparation.match(names, option) for names, option in ((options.x, "--x"), (options.z, "--z")))
    table = _finish(preparation, options, x, y, z)
    x = x or [name for name in table.frame.columns if name not in (*y, *z)]
    if not x:
        raise ValueError("--x is missing: no column is left beside --y and --z.")
    check_named_once([*x, *y, *z])
    unit: Unit = "bits" if options.bits else "nats"
    found = _estimate(table, (x, y, z), options, unit)
    about: dict[str, Any] = {"data": read.called, "rows": len(table.frame), "x": x, "y": y, "z": z}
    answer = {
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
    }
    say_understood(table.changes, options, table.description, y[0] if len(y) == 1 else None)
    if options.json:
        print_json({**about, **answer, **describe_understood(table.changes, table.description)}, unit)
    else:
        _print_estimate({**about, **answer}, unit)
    if options.plot is not None:
        _draw(table, x, y, options)
    if options.output is not None:
        low, high = answer.pop("confidence_interval")
        row = {**answer, "interval_low": low, "interval_high": high, "unit": unit, "warnings": " ".join(found.warnings)}
        write_answer(pd.DataFrame([row]), options.output)


def _finish(
    preparation: Preparation, options: argparse.Namespace, x: list[str], y: list[str], z: list[str]
) -> Prepared:
    """The table; nothing needs to be done to columns that are not used."""
    if x:
        options.columns = [*x, *y, *z]
    return preparation.finish(y, [*x, *z])


def _estimate(
    table: Prepared, sides: tuple[list[str], list[str], list[str]], options: argparse.Namespace, unit: Unit
) -> MutualInformation:
    """What the sides share."""
    x, y, z = (table.frame[names] if names else None for names in sides)
    with show_progress(f"training on {len(table.frame)} rows") as progress:
        return mutual_info(
            x,
            y,
            z,
            unit=unit,
            **{**get_work_options(options), **table.together},
            progress=progress,
        )


def _draw(table: Prepared, x: list[str], y: list[str], options: argparse.Namespace) -> None:
    """Draw the first column of each side, with what their values say of each other."""
    from skmine.estimators.estimator import MutualInfoEstimator
    from skmine.plotting import PointwiseDisplay

    work = {**get_work_options(options), **table.together}
    together = {name: work.pop(name) for name in ("groups", "time")}
    estimator = MutualInfoEstimator(**work).fit(table.frame[x], table.frame[y], **together)
    draw(
        options.plot,
        lambda: PointwiseDisplay.from_estimator(estimator, table.frame[x], table.frame[y], columns=(x[0], y[0])),
    )


def _print_estimate(about: dict[str, Any], unit: Unit) -> None:
    console = make_console()
    given = f" given {list_names(about['z'])}" if about["z"] else ""
    percent = f"{100 * about['level']:g} %"
    title = f"Mutual information of {list_names(about['x'])} with {list_names(about['y'])}{given}"
    low, high = about["confidence_interval"]
    lines = Table(box=None, show_header=False)
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(no_wrap=True)
    lines.add_row("estimate", Text(f"{about['mi']:.4f} {unit}", style="bold"))
    lines.add_row("standard error", f"{about['se']:.4f}")
    lines.add_row(f"{percent} lower bound", f"{about['lower_bound']:.4f}")
    lines.add_row(f"{percent} interval", f"{low:.4f} to {high:.4f}")
    lines.add_row("p of independence", format_pvalue(about["pvalue"]))
    lines.add_row("critic", about["critic"])
    console.print(show_text(title, style="italic"), lines)
    console.print()
    print_sentences(
        console, f"{about['data']}: {about['rows']} rows.", f"Held-out score {about['held_out']:.4f} {unit}."
    )
