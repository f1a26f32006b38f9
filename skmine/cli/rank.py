"""``skmine rank``: columns by what each tells of a target."""

import argparse
import json
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from skmine.cli.shared import (
    Bars,
    add_formats,
    add_output,
    add_source,
    add_work,
    check_output,
    make_console,
    open_fraction,
    positive_number,
    progress_bar,
    read_with_target,
    write_kept,
)
from skmine.data.source import take_target
from skmine.estimation.inference import probability_text
from skmine.functions import rank_columns

#: What the columns of the table take beside names and bars.
OTHER_WIDTH = 68


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    rank = commands.add_parser(
        "rank",
        help="rank columns by mutual information with a target",
        description="Rank the columns of a table by mutual information with a target column. "
        "Without FILE, an embedded real data set is ranked.",
    )
    add_source(rank)
    rank.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    add_formats(rank)
    rank.add_argument("--top", type=positive_number, metavar="N", help="show the N best columns only")
    rank.add_argument(
        "--alpha",
        type=open_fraction,
        default=0.05,
        metavar="A",
        help="false discovery rate of the kept columns (default: 0.05)",
    )
    add_output(rank, "the kept columns")
    add_work(rank, "draws the folds")
    rank.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Rank, and print or write what the options ask for."""
    check_output(options)
    frame, target, called = read_with_target(options.file, options.target, "--target")
    X, y = take_target(frame, target)
    with progress_bar("ranking columns", X.shape[1]) as progress:
        ranking = rank_columns(
            X, y, alpha=options.alpha, n_jobs=options.n_jobs, random_state=options.seed, progress=progress
        )
    shown = ranking.head(options.top) if options.top else ranking
    about = {"data": called, "rows": len(frame), "target": target, "alpha": options.alpha, "seed": options.seed}
    if options.json:
        print(json.dumps({**about, "columns": shown.reset_index().to_dict("records")}, indent=2))
    elif options.csv:
        print(shown.to_csv(), end="")
    else:
        _print_table(shown, ranking, about)
    if options.output is not None:
        kept = set(ranking.index[ranking["kept"]])
        write_kept(X, kept, options.output, f"raise --alpha, which is {options.alpha:g}")


def _print_table(shown: pd.DataFrame, ranking: pd.DataFrame, about: dict[str, Any]) -> None:
    console = make_console()
    names = ["column", *map(str, shown.index)]
    bars = Bars(console, names, OTHER_WIDTH, float(ranking["mi"].max()))
    table = Table(
        title=Text(f"Mutual information with {about['target']!r}", style="italic"),
        caption_justify="left",
        title_justify="left",
        box=None,
    )
    table.add_column("column", overflow="fold", min_width=bars.name_width)
    table.add_column("kind", no_wrap=True)
    table.add_column("MI (nats)", justify="right", no_wrap=True)
    if bars.width:
        table.add_column("", min_width=bars.width, no_wrap=True)
    for heading in ("95 % lower", "p", "q"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("kept", justify="center", no_wrap=True)
    for name, row in shown.iterrows():
        bar = Text(bars.text(row["mi"]), style="green" if row["kept"] else "dim")
        table.add_row(
            Text(str(name)),
            row["kind"],
            f"{row['mi']:.4f}",
            *([bar] if bars.width else []),
            f"{row['lower']:.4f}",
            probability_text(row["pvalue"]),
            probability_text(row["qvalue"]),
            "yes" if row["kept"] else "",
            style=None if row["kept"] else "dim",
        )
    console.print(table)
    hidden = len(ranking) - len(shown)
    n_kept = int(ranking["kept"].sum())
    console.print(
        Text(
            f"\n{about['data']}: {about['rows']} rows, {len(ranking)} columns"
            + (f" ({hidden} not shown)" if hidden else "")
            + f".\n{n_kept} kept at a false discovery rate of {about['alpha']:g}. "
            "The lower bound is for each column by itself.",
            style="dim",
        )
    )
