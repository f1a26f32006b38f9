"""``skmine describe``: what every column is taken for, and why."""

import argparse

import pandas as pd

from skmine.cli.console import Bars, Field, make_console, print_csv, print_sentences, print_table
from skmine.cli.preparation import Preparation
from skmine.cli.reading import read_given
from skmine.cli.understanding import describe_understood
from skmine.cli.writing import print_json, write_answer


def run(options: argparse.Namespace) -> None:
    """Describe, and print or write what the options ask for."""
    given = read_given(options)
    preparation = Preparation(given, options)
    target = options.target or given.target
    targets = [] if target is None else preparation.match([target], "--target")
    options.missing_target = "drop"
    table = preparation.finish(targets)
    description = table.description
    if options.json:
        about = {"data": given.called, "rows": len(table.whole), "target": target}
        print_json({**about, **describe_understood(table.changes, description)}, "bits" if options.bits else "nats")
    elif options.csv:
        print_csv(description, escape_formulas=options.escape_formulas)
    else:
        for note in table.changes.notes:
            print_sentences(make_console(), f"{note}.")
        _print_table(description, f"{given.called}: {len(table.whole)} rows, {len(description)} columns.")
    if options.output is not None:
        write_answer(description.reset_index(), options.output)


def _print_table(description: pd.DataFrame, text: str) -> None:
    """One line for each column."""
    console = make_console()
    doubts = [
        "; ".join(part for part in (f"set aside: {aside}" if aside else "", "" if aside else doubt, repair) if part)
        for aside, doubt, repair in zip(
            description["set_aside"], description["doubts"], description["repairs"], strict=True
        )
    ]
    fields = [
        Field("kind", list(description["kind"]), justify="left"),
        Field("why", list(description["why"]), leaves=1, justify="left"),
        Field("missing", [f"{share:.1%}" if share else "" for share in description["missing_share"]], leaves=2),
    ]
    kept = [not aside for aside in description["set_aside"]]
    bars = Bars([0.0] * len(kept), kept)
    print_table(console, "What the columns are taken for", "column", list(description.index), fields, bars)
    console.print()
    for name, said in zip(description.index, doubts, strict=True):
        if said:
            print_sentences(console, f"{name}: {said}.")
    print_sentences(console, text)
