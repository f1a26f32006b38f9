"""``skmine matrix``: what every two columns share."""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from skmine.cli.console import Bars, Field, make_console, print_csv, print_sentences, print_table
from skmine.cli.preparation import Changes, Preparation
from skmine.cli.progress import show_progress
from skmine.cli.rank import refuse_in_batches
from skmine.cli.reading import get_work_options, open_large_table, read_given
from skmine.cli.understanding import describe_understood, say_understood
from skmine.cli.writing import draw, print_json, write_answer
from skmine.data.escapes import escape_controls
from skmine.data.flaws import REASONS
from skmine.data.stream import Stream
from skmine.data.streamed_table import StreamedTable
from skmine.estimation.inference import format_pvalue
from skmine.estimation.plan import Plan
from skmine.functions import mutual_info_matrix
from skmine.functions.matrix import make_frames, score_streamed_pairs
from skmine.functions.records import blank_unknown
from skmine.functions.units import Unit
from skmine.selection.streamed import read_stream

#: Estimates, standard errors and p-values.
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]

#: Columns that a matrix needs.
FEWEST_COLUMNS = 2

#: Characters of a cell of the matrix at least, and of the space between two.
CELL = 6
GAP = 2


@dataclass(frozen=True)
class Answer:
    """A matrix and what it is of."""

    frames: Frames
    called: str
    n_rows: int
    changes: Changes
    description: pd.DataFrame | None = None


def run(options: argparse.Namespace) -> None:
    """Compare every two columns, and print or write what the options ask for."""
    unit: Unit = "bits" if options.bits else "nats"
    stream = open_large_table(options)
    answer = _compare_frame(options, unit) if stream is None else _compare_stream(stream, options, unit)
    mi, se, pvalue = answer.frames
    mi = mi.rename_axis("column")
    say_understood(answer.changes, options, answer.description)
    if options.json:
        about = {"data": answer.called, "rows": answer.n_rows, "normalized": options.normalize, "seed": options.seed}
        parts = {"mi": mi, "se": se, "pvalue": pvalue}
        listed = {name: blank_unknown(part).to_numpy().tolist() for name, part in parts.items()}
        understood = describe_understood(answer.changes, answer.description)
        print_json({**about, **understood, "columns": list(mi.columns), **listed}, unit)
    elif options.csv:
        print_csv(mi, escape_formulas=options.escape_formulas)
    else:
        _print_matrix(mi, "Normalised mutual information" if options.normalize else f"Mutual information ({unit})")
        _print_pairs(answer, options, unit)
    if options.plot is not None:
        from skmine.plotting import MatrixDisplay

        draw(options.plot, lambda: MatrixDisplay.from_matrix(mi, pvalue=pvalue))
    if options.output is not None:
        write_answer(mi.reset_index(), options.output)


def _compare_frame(options: argparse.Namespace, unit: Unit) -> Answer:
    """Compare the columns of a table in memory."""
    given = read_given(options, may_be_large=False)
    table = Preparation(given, options).finish(fewest=FEWEST_COLUMNS)
    _check_columns(table.frame.shape[1])
    with show_progress("comparing columns") as progress:
        frames = mutual_info_matrix(
            table.frame,
            normalize=options.normalize,
            unit=unit,
            with_errors=True,
            **{**get_work_options(options), **table.together},
            progress=progress,
        )
    return Answer(frames, given.called, len(table.frame), table.changes, table.description)


def _compare_stream(stream: Stream, options: argparse.Namespace, unit: Unit) -> Answer:
    """The same of a table that is read in batches."""
    refuse_in_batches(options, ("groups", "time", "discrete", "drop"))
    for name in options.columns or []:
        stream.check_name(name, "--columns")
    if options.columns is not None:
        stream = stream.narrow(list(dict.fromkeys(options.columns)))
    keeps_all = options.keep_identifiers or options.columns is not None
    table = StreamedTable(stream, set_aside=() if keeps_all else REASONS)
    _check_columns(len(stream.names))
    known = read_stream(table, "auto", "auto", options.infinite, options.cv, options.seed)
    _check_columns(len(known.names))
    with show_progress("comparing columns") as progress:
        found = score_streamed_pairs(known, Plan([], None, options.device, options.n_jobs, progress))
    frames = make_frames(found, known.ladder.entropies, known.names, normalize=options.normalize, unit=unit)
    changes = Changes.of_stream(table, known)
    return Answer(frames, options.file, known.summary.n_rows, changes)


def _check_columns(d: int) -> None:
    if d < FEWEST_COLUMNS:
        raise ValueError(f"A matrix needs two columns or more, got {d}; name more by --columns.")


def _print_matrix(mi: pd.DataFrame, title: str) -> None:
    """The matrix, if every column has room."""
    console = make_console()
    names = [escape_controls(str(c)) for c in mi.columns]
    if GAP + sum(max(cell_len(name), CELL) + GAP for name in ["", *names]) > console.width:
        return
    table = Table(title=Text(title, style="italic"), title_justify="left", box=None)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(Text(name), justify="right", no_wrap=True, min_width=max(cell_len(name), CELL))
    largest = np.nanmax([1e-9, *mi.to_numpy()[~np.eye(len(mi), dtype=bool)]])
    for i, name in enumerate(names):
        cells = []
        for j, value in enumerate(mi.to_numpy()[i]):
            style = "dim" if i == j or value < 0.1 * largest else "green" if value > 0.5 * largest else ""
            cells.append(Text("" if np.isnan(value) else f"{value:.3f}", style=style))
        table.add_row(Text(name), *cells)
    console.print(table)
    console.print()


def _print_pairs(answer: Answer, options: argparse.Namespace, unit: Unit) -> None:
    """The pairs that come first in the order that is asked for."""
    console = make_console()
    mi, se, pvalue = answer.frames
    first, second = np.triu_indices(len(mi), 1)
    values, errors, chances = (part.to_numpy()[first, second] for part in (mi, se, pvalue))
    names = [f"{mi.index[i]}, {mi.index[j]}" for i, j in zip(first, second, strict=True)]
    keys = {"mi": -values, "pvalue": chances, "name": np.array(names, object)}
    order = np.argsort(keys[options.sort], kind="stable")[: options.top]
    fields = [
        Field("MI" if options.normalize else f"MI ({unit})", [f"{values[k]:.4f}" for k in order], bars=True),
        Field(f"s.e. ({unit})", [f"{errors[k]:.4f}" for k in order], leaves=1),
        Field("p", [format_pvalue(chances[k]) for k in order], leaves=2),
    ]
    title = {"mi": "Pairs that share most", "pvalue": "Pairs that are surest", "name": "Pairs by name"}[options.sort]
    bars = Bars([values[k] for k in order], [True] * len(order))
    print_table(console, title, "pair", [names[k] for k in order], fields, bars)
    console.print()
    hidden = len(values) - len(order)
    text = f"{answer.called}: {answer.n_rows} rows, {len(mi)} columns"
    print_sentences(console, text + (f", {hidden} more pairs." if hidden else "."))
