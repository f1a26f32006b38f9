"""``skmine select``: columns that jointly carry all the information on a target."""

import argparse
import json
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from skmine.cli.preparation import prepare, say_changes
from skmine.cli.shared import (
    Bars,
    make_console,
    print_csv,
    read_with_target,
    show_status,
    show_text,
    take_columns,
    write_kept,
)
from skmine.data.escapes import escape_controls
from skmine.data.naming import list_names
from skmine.data.source import take_target
from skmine.estimation.inference import format_pvalue
from skmine.estimators.selector import MINEFeatureSelector

#: Characters that the table's other columns take, beside names and bars.
OTHER_WIDTH = 50


def run(options: argparse.Namespace) -> None:
    """Choose, and print or write what the options ask for."""
    frame, target, called = read_with_target(options.file, options.target)
    named = [*options.keep, *(name for group in options.group or [] for name in group)]
    prepared = prepare(
        frame,
        [target],
        named,
        keep_identifiers=options.keep_identifiers,
        missing_target=options.missing_target,
        infinite=options.infinite,
    )
    X, y = take_target(prepared.frame, target)
    X = X.rename(columns=str)
    take_columns(X, options.keep, "--keep")
    for group in options.group or []:
        take_columns(X, group, "--group")
    selector = MINEFeatureSelector(
        options.method,
        n_features_to_select=options.n_columns,
        feature_groups=options.group,
        always_keep=options.keep or None,
        tolerance=options.tolerance,
        n_resamples=options.resamples,
        n_jobs=options.n_jobs,
        random_state=options.seed,
    )
    with show_status(f"choosing among {X.shape[1]} columns"):
        selector.fit(X, y)
    table = _make_table(selector, [str(c) for c in X.columns])
    about = _describe(options, called, target, len(X), selector)
    if options.json:
        records = table.reset_index().replace({np.nan: None}).to_dict("records")
        path = {"path": selector.path_.reset_index().to_dict("records")} if options.method == "joint" else {}
        print(json.dumps({**about, **prepared.changes.describe(), "columns": records, **path}, indent=2))
    elif options.csv:
        print_csv(table, escape_formulas=options.escape_formulas)
    else:
        _print_table(table, about, len(X) - 3 * len(X) // 4)
    say_changes(prepared.changes, options)
    if options.output is not None:
        remedy = "ask for a number by --n-columns, or look at single columns by skmine rank"
        write_kept(prepared.whole, set(table.index[table["kept"]]), options.output, remedy)


def _describe(
    options: argparse.Namespace, called: str, target: str, n_rows: int, selector: MINEFeatureSelector
) -> dict[str, Any]:
    """What was asked, and what the set's information is."""
    asked = {name: getattr(options, name) for name in ("method", "n_columns", "tolerance", "resamples", "seed")}
    of_set = {"mi": selector.mi_, "se": selector.mi_se_} if options.method == "joint" else {}
    return {"data": called, "rows": n_rows, "target": target, **asked, **of_set}


def _make_table(selector: MINEFeatureSelector, names: list[str]) -> pd.DataFrame:
    """One row per column, kept ones first, then those that were dropped last."""
    frame = pd.DataFrame(
        {
            "kept": selector.support_,
            "rank": selector.ranking_,
            "score": selector.scores_,
            "se": selector.scores_se_,
            "pvalue": selector.pvalues_,
        },
        index=pd.Index(names, name="column"),
    )
    if hasattr(selector, "frequency_"):
        frame["frequency"] = selector.frequency_
    order = np.lexsort([-np.nan_to_num(frame["score"], nan=-np.inf), frame["rank"]])
    return frame.iloc[order]


def _print_table(table: pd.DataFrame, about: dict[str, Any], n_locked: int) -> None:
    console = make_console()
    joint = about["method"] == "joint"
    kept = [str(name) for name in table.index[table["kept"]]]
    bars = Bars(console, ["column", *map(str, table.index)], OTHER_WIDTH, float(np.nanmax([0.0, *table["score"]])))
    verb = "jointly carry the information" if joint else "were chosen for their information"
    lines = Table(
        title=Text(f"Columns that {verb} on {about['target']!r}", style="italic"),
        title_justify="left",
        box=None,
    )
    lines.add_column("column", overflow="fold", min_width=bars.name_width)
    lines.add_column("adds (nats)" if joint else "score (nats)", justify="right", no_wrap=True)
    if bars.width:
        lines.add_column("", min_width=bars.width, no_wrap=True)
    for heading in ("s.e.", "p", "votes") if "frequency" in table else ("s.e.", "p"):
        lines.add_column(heading, justify="right", no_wrap=True)
    lines.add_column("kept", justify="center", no_wrap=True)
    for name, row in table.iterrows():
        lines.add_row(show_text(name), *_format_row(row, bars), style=None if row["kept"] else "dim")
    console.print(lines)
    text = f"\n{escape_controls(about['data'])}: {about['rows']} rows, {len(table)} columns, {len(kept)} kept"
    text += f": {list_names(kept)}." if kept else "."
    if joint:
        text += (
            f"\nTheir joint information is {about['mi']:.4f} ± {about['se']:.4f} nats, measured on {n_locked} rows "
            "that were not used for the choice.\n'adds' is the gain of a kept column given the other kept ones, and "
            "of another column given all kept ones."
            if kept
            else "\nNo set of columns was confirmed on the rows that were locked away from the choice."
        )
    console.print(Text(text, style="dim"))


def _format_row(row: "pd.Series[Any]", bars: Bars) -> list[str | Text]:
    """A column's cells but its name."""
    known = not np.isnan(row["score"])
    cells: list[str | Text] = [f"{row['score']:.4f}" if known else ""]
    if bars.width:
        bar = bars.text(row["score"] if known else 0.0)
        cells.append(Text(bar, style="green" if row["kept"] else "dim"))
    cells.append(f"{row['se']:.4f}" if np.isfinite(row["se"]) else "")
    cells.append(format_pvalue(row["pvalue"]) if np.isfinite(row["pvalue"]) else "")
    if "frequency" in row:
        cells.append(f"{row['frequency']:.0%}")
    return [*cells, "yes" if row["kept"] else ""]
