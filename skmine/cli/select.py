"""``skmine select``: columns that jointly carry all the information on a target."""

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd

from skmine.cli.console import Bars, Field, is_terminal, make_console, print_csv, print_sentences, print_table
from skmine.cli.preparation import Preparation
from skmine.cli.reading import choose_target, get_work_options, read_given
from skmine.cli.understanding import describe_understood, say_understood
from skmine.cli.writing import draw, print_json, write_kept
from skmine.data.naming import list_names
from skmine.data.source import take_target
from skmine.estimation.inference import format_pvalue
from skmine.estimators.results import order_results
from skmine.estimators.selector import MINEFeatureSelector
from skmine.functions.records import list_records
from skmine.functions.units import Unit, convert, convert_frame

#: What is in nats.
AMOUNTS = ("mi", "score", "se", "lower")
AMOUNTS_OF_PATH = ("mi", "se", "loss", "loss_se")


def run(options: argparse.Namespace) -> None:
    """Choose, and print or write what the options ask for."""
    read = read_given(options)
    target = choose_target(options, read)
    preparation = Preparation(read, options)
    kept = preparation.match(options.keep, "--keep")
    together = [preparation.match(names, "--together") for names in options.together or []]
    table = preparation.finish([target], [*kept, *(name for names in together for name in names)])
    X, y = take_target(table.frame, target)
    selector = _make_selector(options, kept, together)
    rows = dict(table.together)
    selector.set_params(cv=rows.pop("cv", options.cv)).fit(X, y, **rows)
    unit: Unit = "bits" if options.bits else "nats"
    results = convert_frame(selector.results_, AMOUNTS, unit)
    shown = _sort(results, options.sort).head(options.top or len(results))
    about = _describe(options, read.called, target, len(X), selector, unit)
    say_understood(table.changes, options, table.description, target)
    if options.json:
        path = {}
        if options.method == "joint":
            path["path"] = list_records(convert_frame(selector.path_, AMOUNTS_OF_PATH, unit))
        understood = describe_understood(table.changes, table.description)
        print_json({**about, **understood, "columns": list_records(shown), **path}, unit)
    elif options.csv:
        print_csv(shown, escape_formulas=options.escape_formulas)
    else:
        _print_table(shown, results, about, unit)
    if options.plot is not None:
        draw(options.plot, lambda: _make_display(selector))
    if options.output is not None:
        remedy = "ask for a number by --n-columns, or look at single columns by skmine rank"
        write_kept(table.whole, set(results.index[results["kept"]]), target, options.output, remedy)


def _make_selector(options: argparse.Namespace, kept: list[str], together: list[list[str]]) -> MINEFeatureSelector:
    return MINEFeatureSelector(
        options.method,
        n_features_to_select=options.n_columns,
        feature_groups=together or None,
        always_keep=kept or None,
        tolerance=options.tolerance,
        n_resamples=options.resamples,
        alpha=options.alpha,
        fdr=options.fdr,
        **get_work_options(options),
        verbose=int(is_terminal(sys.stderr)),
    )


def _make_display(selector: MINEFeatureSelector) -> Any:
    """The path of a joint selection, or the ranking of another one."""
    from skmine.plotting import PathDisplay, RankingDisplay

    of_path = selector.method == "joint" and len(selector.path_)
    return (PathDisplay if of_path else RankingDisplay).from_estimator(selector)


def _describe(
    options: argparse.Namespace, called: str, target: str, n_rows: int, selector: MINEFeatureSelector, unit: Unit
) -> dict[str, Any]:
    """What was asked, and what the set's information is."""
    asked = {name: getattr(options, name) for name in ("method", "n_columns", "tolerance", "resamples", "seed")}
    of_set = (
        {"mi": convert(selector.mi_, unit), "se": convert(selector.mi_se_, unit)} if options.method == "joint" else {}
    )
    return {"data": called, "rows": n_rows, "target": target, **asked, **of_set}


def _sort(results: pd.DataFrame, order: str) -> pd.DataFrame:
    """The results in an order: kept columns first, by score, by name, or as the table has them."""
    if order == "kept":
        return order_results(results)
    if order == "score":
        return results.sort_values("score", ascending=False, kind="stable")
    return results.sort_index(kind="stable") if order == "name" else results


def _print_table(shown: pd.DataFrame, results: pd.DataFrame, about: dict[str, Any], unit: Unit) -> None:
    console = make_console()
    joint = about["method"] == "joint"
    kept = [str(name) for name in results.index[results["kept"]]]
    verb = "jointly carry the information" if joint else "were chosen for their information"
    amount = f"adds ({unit})" if joint else f"score ({unit})"
    fields = [
        Field(amount, [_format(v) for v in shown["score"]], bars=True),
        Field("s.e.", [_format(v) for v in shown["se"]], leaves=1),
        Field("p", [format_pvalue(p) if np.isfinite(p) else "" for p in shown["pvalue"]], leaves=3),
    ]
    if "frequency" in shown:
        fields.append(Field("votes", [f"{share:.0%}" for share in shown["frequency"]], leaves=2))
    fields.append(Field("kept", ["yes" if k else "" for k in shown["kept"]], justify="center"))
    title = f"Columns that {verb} on {about['target']!r}"
    bars = Bars(np.nan_to_num(shown["score"].to_numpy(float)).tolist(), list(shown["kept"]))
    print_table(console, title, "column", [str(name) for name in shown.index], fields, bars)
    console.print()
    text = f"{about['data']}: {about['rows']} rows, {len(results)} columns, {len(kept)} kept"
    sentences = [text + (f": {list_names(kept)}." if kept else ".")]
    if joint and kept:
        n_locked = about["rows"] - 3 * about["rows"] // 4
        sentences += [
            f"Their joint information is {about['mi']:.4f} {unit} (s.e. {about['se']:.4f}), measured on {n_locked} "
            "rows that were not used for the choice.",
            "'adds' is the gain of a kept column given the other kept ones, and of another column given all kept ones.",
        ]
    elif joint:
        sentences.append("No set of columns was confirmed on the rows that were locked away from the choice.")
    print_sentences(console, *sentences)


def _format(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else ""
