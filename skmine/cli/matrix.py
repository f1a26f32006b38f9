"""``skmine matrix``: what every two columns share."""

import argparse
import json

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from skmine.cli.preparation import REASONS, Changes, prepare, say_changes
from skmine.cli.shared import (
    Bars,
    make_console,
    open_large_table,
    print_csv,
    read_table,
    show_progress,
    show_text,
    take_columns,
)
from skmine.data import files
from skmine.data.escapes import escape_controls
from skmine.data.stream import Stream
from skmine.data.streamed_table import StreamedTable
from skmine.estimation.inference import format_pvalue
from skmine.estimation.plan import Plan
from skmine.functions import mutual_info_matrix
from skmine.functions.matrix import make_frames, score_streamed_pairs
from skmine.selection.streamed import read_stream

#: Characters that the list's other columns take, beside names and bars.
OTHER_WIDTH = 36

#: Estimates, standard errors and p-values.
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]

#: Columns that a matrix needs.
FEWEST_COLUMNS = 2


def run(options: argparse.Namespace) -> None:
    """Compare every two columns, and print or write what the options ask for."""
    stream = open_large_table(options)
    if stream is not None:
        called = options.file
        (mi, se, pvalue), n_rows, changes = _compare_stream(stream, options)
    else:
        frame, _, called = read_table(options.file, may_be_large=False)
        (mi, se, pvalue), n_rows, changes = _compare_frame(frame.rename(columns=str), options)
    mi = mi.rename_axis("column")
    if options.json:
        about = {"data": called, "rows": n_rows, "normalized": options.normalize, "seed": options.seed}
        parts = {"mi": mi, "se": se, "pvalue": pvalue}
        listed = {
            name: part.astype(object).where(part.notna(), None).to_numpy().tolist() for name, part in parts.items()
        }
        print(json.dumps({**about, **changes.describe(), "columns": list(mi.columns), **listed}, indent=2))
    elif options.csv:
        print_csv(mi, escape_formulas=options.escape_formulas)
    else:
        _print_matrix(mi, "Normalised mutual information" if options.normalize else "Mutual information (nats)")
        _print_pairs(mi, se, pvalue, options.top, f"{called}: {n_rows} rows, {len(mi)} columns")
    say_changes(changes, options)
    if options.output is not None:
        files.write_table(mi.reset_index(), options.output)


def _compare_frame(frame: pd.DataFrame, options: argparse.Namespace) -> tuple[Frames, int, Changes]:
    """Estimates, errors and p-values of every two columns, rows, and what was done to the table."""
    if options.columns is not None:
        take_columns(frame, options.columns, "--columns")
        frame = frame[list(dict.fromkeys(options.columns))]
    table = prepare(
        frame,
        named=options.columns or [],
        keep_identifiers=options.keep_identifiers,
        infinite=options.infinite,
        fewest=FEWEST_COLUMNS,
    )
    d = table.frame.shape[1]
    _check_columns(d)
    with show_progress("pairs", d * (d - 1) // 2) as progress:
        frames = mutual_info_matrix(
            table.frame,
            normalize=options.normalize,
            with_errors=True,
            n_jobs=options.n_jobs,
            random_state=options.seed,
            progress=progress,
        )
    return frames, len(table.frame), table.changes


def _compare_stream(stream: Stream, options: argparse.Namespace) -> tuple[Frames, int, Changes]:
    """The same of a table that is read in batches."""
    for name in options.columns or []:
        stream.check_name(name, "--columns")
    if options.columns is not None:
        stream = stream.narrow(list(dict.fromkeys(options.columns)))
    keeps_all = options.keep_identifiers or options.columns is not None
    table = StreamedTable(stream, set_aside=() if keeps_all else REASONS)
    _check_columns(len(stream.names))
    known = read_stream(table, "auto", "auto", options.infinite, 3, options.seed)
    d = len(known.names)
    _check_columns(d)
    with show_progress("pairs", d * (d - 1) // 2) as progress:
        found = score_streamed_pairs(known, Plan([], n_jobs=options.n_jobs, progress=progress))
    frames = make_frames(found, known.ladder.entropies, known.names, normalize=options.normalize)
    return frames, known.summary.n_rows, Changes.of_stream(table, known)


def _check_columns(d: int) -> None:
    if d < FEWEST_COLUMNS:
        raise ValueError(f"A matrix needs two columns or more, got {d}; name more by --columns.")


def _print_matrix(mi: pd.DataFrame, title: str) -> None:
    """The matrix, if every column has room."""
    console = make_console()
    names = [escape_controls(str(c)) for c in mi.columns]
    if 2 + sum(max(len(name), 6) + 2 for name in ["", *names]) > console.width:
        return
    table = Table(title=Text(title, style="italic"), title_justify="left", box=None)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(Text(name), justify="right", no_wrap=True)
    largest = np.nanmax([1e-9, *mi.to_numpy()[~np.eye(len(mi), dtype=bool)]])
    for i, name in enumerate(names):
        cells = []
        for j, value in enumerate(mi.to_numpy()[i]):
            style = "dim" if i == j or value < 0.1 * largest else "green" if value > 0.5 * largest else ""
            cells.append(Text("" if np.isnan(value) else f"{value:.3f}", style=style))
        table.add_row(Text(name), *cells)
    console.print(table)
    console.print()


def _print_pairs(mi: pd.DataFrame, se: pd.DataFrame, pvalue: pd.DataFrame, top: int, called: str) -> None:
    console = make_console()
    first, second = np.triu_indices(len(mi), 1)
    values = mi.to_numpy()[first, second]
    best = np.argsort(-values, kind="stable")[:top]
    names = [f"{mi.index[first[k]]}, {mi.index[second[k]]}" for k in best]
    bars = Bars(console, ["pair", *names], OTHER_WIDTH, float(values[best[0]]))
    table = Table(title=Text("Pairs that share most", style="italic"), title_justify="left", box=None)
    table.add_column("pair", overflow="fold", min_width=bars.name_width)
    table.add_column("MI", justify="right", no_wrap=True)
    if bars.width:
        table.add_column("", min_width=bars.width, no_wrap=True)
    for heading in ("s.e. (nats)", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, k in zip(names, best, strict=True):
        place = int(first[k]), int(second[k])
        table.add_row(
            show_text(name),
            f"{values[k]:.4f}",
            *([Text(bars.text(values[k]), style="green")] * (bars.width > 0)),
            f"{se.iloc[place]:.4f}",
            format_pvalue(pvalue.iloc[place]),
        )
    console.print(table)
    hidden = len(values) - len(best)
    console.print(Text(f"\n{escape_controls(called)}" + (f", {hidden} more pairs." if hidden else "."), style="dim"))
