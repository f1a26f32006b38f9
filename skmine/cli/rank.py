"""``skmine rank``: columns ranked by their information on a target."""

import argparse
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from skmine.cli.preparation import REASONS, Changes, prepare, say_changes
from skmine.cli.shared import (
    Bars,
    make_console,
    open_large_table,
    print_csv,
    read_with_target,
    show_progress,
    show_text,
    write_kept,
)
from skmine.data.escapes import escape_controls
from skmine.data.source import take_target
from skmine.data.stream import Stream
from skmine.data.streamed_table import StreamedTable
from skmine.estimation.inference import format_pvalue
from skmine.functions import rank_columns
from skmine.functions.ranking import make_ranking
from skmine.selection.streamed import score_stream

#: Characters that the table's other columns take, beside names and bars.
OTHER_WIDTH = 72


@dataclass(frozen=True)
class Answer:
    """A ranking and what it is of; `whole` is the table in memory, None where it is read in batches."""

    ranking: pd.DataFrame
    target: str
    called: str
    n_rows: int
    changes: Changes
    whole: pd.DataFrame | None = None


def run(options: argparse.Namespace) -> None:
    """Rank, and print or write what the options ask for."""
    stream = open_large_table(options)
    answer = _rank_frame(options) if stream is None else _rank_stream(stream, options)
    ranking, changes = answer.ranking, answer.changes
    shown = ranking.head(options.top) if options.top else ranking
    about = {"data": answer.called, "rows": answer.n_rows, "target": answer.target}
    about |= {"alpha": options.alpha, "seed": options.seed}
    if options.json:
        records = shown.reset_index().to_dict("records")
        print(json.dumps({**about, **changes.describe(), "columns": records}, indent=2))
    elif options.csv:
        print_csv(shown, escape_formulas=options.escape_formulas)
    else:
        _print_table(shown, ranking, about)
    say_changes(changes, options)
    if answer.whole is not None and options.output is not None:
        kept = set(ranking.index[ranking["kept"]])
        write_kept(answer.whole, kept, options.output, f"raise --alpha, which is {options.alpha:g}")


def _rank_frame(options: argparse.Namespace) -> Answer:
    """Rank a table in memory."""
    frame, target, called = read_with_target(options.file, options.target, may_be_large=False)
    table = prepare(
        frame,
        [target],
        keep_identifiers=options.keep_identifiers,
        missing_target=options.missing_target,
        infinite=options.infinite,
    )
    X, y = take_target(table.frame, target)
    with show_progress("ranking columns", X.shape[1]) as progress:
        ranking = rank_columns(
            X, y, alpha=options.alpha, n_jobs=options.n_jobs, random_state=options.seed, progress=progress
        )
    return Answer(ranking, target, called, len(X), table.changes, table.whole)


def _rank_stream(stream: Stream, options: argparse.Namespace) -> Answer:
    """Rank a table that is read in batches.

    Raises
    ------
    ValueError
        If its columns are to be written.
    """
    if options.output is not None:
        raise ValueError(
            f"--output writes columns of a table in memory, but {options.file!r} is read in batches; leave it out, and "
            f"take the columns that are kept from the file."
        )
    table = StreamedTable(
        stream,
        options.target,
        drop_missing=options.missing_target == "drop",
        set_aside=() if options.keep_identifiers else REASONS,
    )
    with show_progress("ranking columns", len(stream.names) - 1) as progress:
        found, known = score_stream(
            table, infinite=options.infinite, n_jobs=options.n_jobs, random_state=options.seed, progress=progress
        )
    changes = Changes.of_stream(table, known)
    return Answer(make_ranking(found, options.alpha, "bh"), options.target, options.file, known.summary.n_rows, changes)


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
            show_text(name),
            row["kind"],
            f"{row['mi']:.4f}",
            *([bar] if bars.width else []),
            f"{row['lower']:.4f}",
            format_pvalue(row["pvalue"]),
            format_pvalue(row["qvalue"]),
            "yes" if row["kept"] else row["reason"],
            style=None if row["kept"] else "dim",
        )
    console.print(table)
    hidden = len(ranking) - len(shown)
    n_kept = int(ranking["kept"].sum())
    console.print(
        Text(
            f"\n{escape_controls(about['data'])}: {about['rows']} rows, {len(ranking)} columns"
            + (f" ({hidden} not shown)" if hidden else "")
            + f".\n{n_kept} kept at a false discovery rate of {about['alpha']:g}. Ordered by p, then by the lower "
            "bound, which is\nfor each column on its own.",
            style="dim",
        )
    )
