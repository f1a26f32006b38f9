"""``skmine rank``: columns ranked by their information on a target."""

import argparse
from dataclasses import dataclass
from typing import Any

import pandas as pd

from skmine.cli.console import Bars, Field, make_console, print_csv, print_sentences, print_table
from skmine.cli.preparation import Changes, Preparation
from skmine.cli.progress import show_progress
from skmine.cli.reading import choose_target, get_work_options, open_large_table, read_given
from skmine.cli.understanding import describe_understood, say_understood
from skmine.cli.writing import draw, print_json, write_kept
from skmine.data.flaws import REASONS
from skmine.data.source import take_target
from skmine.data.stream import Stream
from skmine.data.streamed_table import StreamedTable
from skmine.estimation.inference import format_pvalue
from skmine.functions import rank_columns
from skmine.functions.ranking import make_ranking
from skmine.functions.records import list_records
from skmine.functions.units import Unit
from skmine.selection.streamed import score_stream


@dataclass(frozen=True)
class Answer:
    """A ranking and what it is of; `whole` is the table in memory, None where it is read in batches."""

    ranking: pd.DataFrame
    target: str
    called: str
    n_rows: int
    changes: Changes
    given: list[str]
    whole: pd.DataFrame | None = None
    description: pd.DataFrame | None = None


def run(options: argparse.Namespace) -> None:
    """Rank, and print or write what the options ask for."""
    stream = open_large_table(options)
    unit: Unit = "bits" if options.bits else "nats"
    answer = _rank_frame(options, unit) if stream is None else _rank_stream(stream, options, unit)
    ranking = answer.ranking
    shown = _sort(ranking, options.sort, answer).head(options.top or len(ranking))
    about: dict[str, Any] = {"data": answer.called, "rows": answer.n_rows, "target": answer.target}
    about |= {"given": answer.given} if answer.given else {}
    about |= {"alpha": options.alpha, "fdr": options.fdr, "seed": options.seed}
    say_understood(answer.changes, options, answer.description, answer.target)
    if options.json:
        understood = describe_understood(answer.changes, answer.description)
        print_json({**about, **understood, "columns": list_records(shown)}, unit)
    elif options.csv:
        print_csv(shown, escape_formulas=options.escape_formulas)
    else:
        _print_table(shown, ranking, about, unit)
    if options.plot is not None:
        from skmine.plotting import RankingDisplay

        draw(options.plot, lambda: RankingDisplay.from_ranking(ranking, alpha=options.alpha, top=options.top or 50))
    if answer.whole is not None and options.output is not None:
        kept = set(ranking.index[ranking["kept"]])
        remedy = f"raise --alpha, which is {options.alpha:g}"
        write_kept(answer.whole, kept, answer.target, options.output, remedy)


def _rank_frame(options: argparse.Namespace, unit: Unit) -> Answer:
    """Rank a table in memory."""
    read = read_given(options, may_be_large=False)
    target = choose_target(options, read)
    preparation = Preparation(read, options)
    given = preparation.match(options.given, "--given")
    table = preparation.finish([target], given)
    X, y = take_target(table.frame, target)
    with show_progress("ranking columns") as progress:
        ranking = rank_columns(
            X,
            y,
            given=given or None,
            unit=unit,
            alpha=options.alpha,
            fdr=options.fdr,
            **{**get_work_options(options), **table.together},
            progress=progress,
        )
    return Answer(ranking, target, read.called, len(X), table.changes, given, table.whole, table.description)


def _rank_stream(stream: Stream, options: argparse.Namespace, unit: Unit) -> Answer:
    """Rank a table that is read in batches.

    Raises
    ------
    ValueError
        If an option needs the table in memory.
    """
    refuse_in_batches(options, ("output", "given", "groups", "time", "discrete", "columns", "drop"))
    table = StreamedTable(
        stream,
        options.target,
        drop_missing=options.missing_target == "drop",
        set_aside=() if options.keep_identifiers else REASONS,
    )
    with show_progress("ranking columns") as progress:
        found, known = score_stream(
            table,
            infinite=options.infinite,
            **get_work_options(options),
            progress=progress,
        )
    changes = Changes.of_stream(table, known)
    ranking = make_ranking(found, options.alpha, options.fdr, unit)
    return Answer(ranking, options.target, options.file, known.summary.n_rows, changes, [])


def refuse_in_batches(options: argparse.Namespace, names: tuple[str, ...]) -> None:
    """Refuse options that need a table in memory.

    Raises
    ------
    ValueError
    """
    for name in names:
        if getattr(options, name, None) is not None:
            raise ValueError(
                f"--{name} needs the table in memory, but {options.file!r} is read in batches; leave it out, or take "
                f"the columns from the file first."
            )


def _sort(ranking: pd.DataFrame, order: str, answer: Answer) -> pd.DataFrame:
    """The ranking in another order."""
    if order in ("mi", "lower"):
        return ranking.sort_values(order, ascending=False, kind="stable")
    if order == "name":
        return ranking.sort_index(kind="stable")
    if order == "table" and answer.whole is not None:
        return ranking.loc[[name for name in answer.whole.columns if name in ranking.index]]
    return ranking


def _print_table(shown: pd.DataFrame, ranking: pd.DataFrame, about: dict[str, Any], unit: Unit) -> None:
    console = make_console()
    reasons = ["yes" if kept else reason for kept, reason in zip(shown["kept"], shown["reason"], strict=True)]
    fields = [
        Field("kind", list(shown["kind"]), leaves=1, justify="left"),
        Field(f"MI ({unit})", [f"{mi:.4f}" for mi in shown["mi"]], bars=True),
        Field("95 % lower", [f"{lower:.4f}" for lower in shown["lower"]], leaves=3),
        Field("p", [format_pvalue(p) for p in shown["pvalue"]]),
        Field("q", [format_pvalue(q) for q in shown["qvalue"]], leaves=2),
        Field("kept", reasons, short=["yes" if kept else "" for kept in shown["kept"]], justify="center"),
    ]
    given = f" given {', '.join(about['given'])}" if "given" in about else ""
    title = f"Mutual information with {about['target']!r}{given}"
    bars = Bars(list(shown["mi"]), list(shown["kept"]))
    print_table(console, title, "column", [str(name) for name in shown.index], fields, bars)
    hidden = len(ranking) - len(shown)
    n_kept = int(ranking["kept"].sum())
    console.print()
    print_sentences(
        console,
        f"{about['data']}: {about['rows']} rows, {len(ranking)} columns"
        + (f" ({hidden} not shown)." if hidden else "."),
        f"{n_kept} kept at a false discovery rate of {about['alpha']:g}.",
        "Ordered by p, then by the lower bound, which is for each column on its own.",
    )
