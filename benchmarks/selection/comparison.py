"""Joint selection compared with other methods: columns kept, what models make of them, time and memory.

On laws whose relevant columns are known, and on the tables that ship with scikit-learn. Models of the chosen
columns (gradient boosting, a linear one) are trained on the rows that were chosen from and scored on fresh
ones: accuracy of classes, else R2.

Every draw runs in a process of its own, on one thread. SelectKBest and both mRMR are told the true number
of columns where there is one.
"""

import numpy as np

from benchmarks.common import environments, report
from benchmarks.common.processes import AnswerCache
from benchmarks.common.report import group_by
from benchmarks.selection.cases import Law, ShippedTable, draw_law, list_shipped_tables, split_table
from benchmarks.selection.laws import COMPARED, list_laws
from benchmarks.selection.methods import (
    ANSWERS,
    JOINT,
    METHODS,
    Choice,
    Method,
    ask_about_law,
    ask_about_table,
    choose,
)
from benchmarks.selection.outcomes import (
    Outcome,
    add_failures_table,
    choose_cases,
    draw_columns_and_scores,
    judge,
    print_progress,
    score_models,
    select_good,
)


def compare_on_laws(laws: list[Law], methods: list[Method], seeds: int, cache: AnswerCache) -> list[Outcome]:
    out = []
    for law in laws:
        for seed in range(seeds):
            draw = draw_law(law, seed)
            question = ask_about_law(law, draw, seed)
            for method in methods:
                choice = choose(method, question, cache)
                out.append(
                    print_progress(judge(law, draw, seed, choice, **score_models(question, choice, known=cache)))
                )
    return out


def compare_on_tables(
    tables: list[ShippedTable], methods: list[Method], seeds: int, cache: AnswerCache
) -> list[Outcome]:
    out = []
    for table in tables:
        for seed in range(seeds):
            question = ask_about_table(table, split_table(table, seed), seed)
            everything = Choice("all columns", tuple(range(question.draw.X.shape[1])), cpu=0.0)
            out.append(Outcome(table.name, seed, everything, **score_models(question, everything, known=cache)))
            for method in methods:
                choice = choose(method, question, cache)
                out.append(
                    print_progress(Outcome(table.name, seed, choice, **score_models(question, choice, known=cache)))
                )
    return out


def add_choice_table(out: report.Report, title: str, outcomes: list[Outcome], planted: bool) -> None:
    """One row per case and method; `planted` where the relevant columns are known."""
    rows = []
    for case, of_case in group_by(lambda o: o.case, outcomes).items():
        for method, found in group_by(lambda o: o.choice.method, of_case).items():
            good = select_good(found)
            if not good:
                rows.append([case, method, "failed", *[""] * (7 if planted else 4)])
                continue
            right = [f"{sum(o.exact for o in good)} of {len(good)}", f"{np.mean([o.precision for o in good]):.2f}",
                     f"{np.mean([o.recall for o in good]):.2f}"]  # fmt: skip
            rows.append([case, method, f"{np.mean([o.n_columns for o in good]):.1f}",
                         *(right if planted else []), report.format_mean([o.boosted for o in good], 3),
                         report.format_mean([o.linear for o in good], 3),
                         f"{np.mean([o.choice.cpu for o in good]):.1f}", format_peak(good)])  # fmt: skip
    head = ["case", "method", "columns", *(["exact sets", "precision", "recall"] if planted else []),
            "boosting", "linear model", "CPU seconds", "most memory, MiB"]  # fmt: skip
    out.add_table(title, head, rows)


def format_peak(outcomes: list[Outcome]) -> str:
    """The most memory of any process, in MiB; nothing where none ran."""
    peak = np.max([o.choice.peak for o in outcomes])
    return "" if np.isnan(peak) else f"{peak:.0f}"


def add_summary_table(out: report.Report, outcomes: list[Outcome]) -> None:
    """Joint selection compared with each other method: columns, and paired differences of scores over all draws."""
    ours = {(o.case, o.seed): o for o in select_good(outcomes) if o.choice.method == JOINT.name}
    rows = []
    for method, found in group_by(lambda o: o.choice.method, outcomes).items():
        pairs = [(ours[o.case, o.seed], o) for o in select_good(found) if (o.case, o.seed) in ours]
        if not pairs:
            continue
        rows.append([method, len(pairs), f"{np.mean([o.n_columns for _, o in pairs]):.1f}",
                     f"{np.mean([own.n_columns for own, _ in pairs]):.1f}",
                     report.format_mean([own.boosted - o.boosted for own, o in pairs], 3),
                     report.format_mean([own.linear - o.linear for own, o in pairs], 3),
                     f"{np.mean([o.choice.cpu for _, o in pairs]):.1f}",
                     f"{np.mean([own.choice.cpu for own, _ in pairs]):.1f}"])  # fmt: skip
    head = ["method", "draws", "columns", "skmine joint's", "skmine joint's score minus its own: boosting",
            "linear model", "CPU seconds", "skmine joint's"]  # fmt: skip
    if rows:
        out.add_table("All cases together", head, rows)


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "selection.comparison", "selection")
    parser.add_argument("--law-seeds", type=int, default=1, help="draws per law")
    parser.add_argument("--table-seeds", type=int, default=3, help="splits per table that ships with scikit-learn")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="cases whose names contain one of these")
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="of all of them, these")
    parser.add_argument("--fresh", action="store_true", help="ask all methods again")
    options = parser.parse_args(arguments)
    methods = [m for m in METHODS if options.methods is None or m.name in options.methods]
    known_laws = [law for law in list_laws() if law.name in COMPARED]
    laws = choose_cases(options.only, known_laws)
    tables = choose_cases(options.only, list_shipped_tables())
    if not methods or not (laws or tables):
        known = [m.name for m in METHODS], [case.name for case in [*known_laws, *list_shipped_tables()]]
        raise SystemExit(f"Nothing to run: methods are {', '.join(known[0])}; cases are {'; '.join(known[1])}.")
    if not all(method.ours for method in methods):
        environments.build("selection")
    cache = AnswerCache(ANSWERS, options.fresh)
    report.prepare()
    out = report.Report("Columns chosen jointly, and by other methods", report.get_command())
    out.say(*[f"{m.name}: {m.version}." for m in methods])
    planted = compare_on_laws(laws, methods, options.law_seeds, cache)
    shipped = compare_on_tables(tables, methods, options.table_seeds, cache)
    if planted:
        add_choice_table(out, "Laws: what each method chooses", planted, planted=True)
    if shipped:
        add_choice_table(out, "Tables that ship with scikit-learn", shipped, planted=False)
    outcomes = [*planted, *shipped]
    if outcomes:
        add_summary_table(out, outcomes)
        add_failures_table(out, outcomes)
    out.write(options.output, draw_columns_and_scores(outcomes, "accuracy or R2") if outcomes else None)


if __name__ == "__main__":
    main()
