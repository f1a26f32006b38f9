"""Whether joint selection keeps what many weak columns say together, the more surely the more rows there are.

Columns that act and others among those that are kept, and what models of them score, less those of all that act.
Every draw runs in a process of its own, on one thread.
"""

import numpy as np

from benchmarks.common import report
from benchmarks.common.processes import AnswerCache
from benchmarks.selection.cases import Law, draw_law
from benchmarks.selection.laws import list_weak_laws
from benchmarks.selection.methods import ANSWERS, JOINT, Choice, ask_about_law, choose
from benchmarks.selection.outcomes import (
    Outcome,
    add_failures_table,
    choose_laws,
    judge,
    print_progress,
    score_models,
    select_good,
)

#: What stands beside joint selection: all columns that act.
ACTING = "all that act"


def compare(laws: list[Law], seeds: int) -> list[Outcome]:
    """Outcomes of all draws, of joint selection and of all columns that act."""
    out, cache = [], AnswerCache(ANSWERS)
    for law in laws:
        for seed in range(seeds):
            draw = draw_law(law, seed)
            question = ask_about_law(law, draw, seed)
            acting = tuple(draw.places[j] for j in sorted(law.may))
            for choice in (Choice(ACTING, acting, cpu=0.0), choose(JOINT, question, cache)):
                scores = score_models(question, choice, scoring="roc_auc" if law.classes else "r2", known=cache)
                out.append(print_progress(judge(law, draw, seed, choice, **scores)))
    return out


def add_table(out: report.Report, laws: list[Law], outcomes: list[Outcome]) -> None:
    rows = []
    by_case = report.group_by(lambda o: o.case, outcomes)
    for law in laws:
        by_method = report.group_by(lambda o: o.choice.method, by_case[law.name])
        found = select_good(by_method.get(JOINT.name, []))
        if not found:
            continue
        whole = {o.seed: o for o in by_method[ACTING]}
        acting = np.array([round(o.precision * o.n_columns) for o in found])
        others = np.array([o.n_columns for o in found]) - acting
        row = [law.name, len(law.may), f"{report.format_mean(acting, 1)} ({acting.min()})",
               f"{others.mean():.1f} ({others.max()})"]  # fmt: skip
        for name in ("boosted", "linear"):
            scores = np.array([getattr(o, name) for o in found])
            gaps = scores - [getattr(whole[o.seed], name) for o in found]
            row += [f"{scores.mean():.3f}", f"{report.format_mean(gaps, 3)} ({gaps.min():+.3f})"]
        rows.append([*row, f"{np.mean([o.choice.cpu for o in found]):.0f}"])
    head = ["law", "columns that act", "of these kept (fewest)", "others kept (most)",
            "boosting", "less that of all that act (worst)", "linear model", "less that of all that act (worst)",
            "CPU seconds"]  # fmt: skip
    out.add_table("Area under the ROC curve, or R2, of models of the kept columns on fresh rows", head, rows)


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "selection.weak", "selection_weak")
    parser.add_argument("--seeds", type=int, default=10, help="draws per law")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="laws whose names contain one of these")
    options = parser.parse_args(arguments)
    laws = choose_laws(options.only, list_weak_laws())
    report.prepare()
    out = report.Report("Many weak columns", report.get_command())
    out.say(f"{JOINT.name}: {JOINT.version}.")
    outcomes = compare(laws, options.seeds)
    add_table(out, laws, outcomes)
    add_failures_table(out, outcomes)
    out.write(options.output)


if __name__ == "__main__":
    main()
