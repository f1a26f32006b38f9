"""Whether joint selection finds exactly the relevant columns, on laws that have known ones.

Exact sets, precision, recall, the mutual information of the kept set by the locked rows, and its bound.
Every draw runs in a process of its own, on one thread.
"""

import math

import numpy as np

from benchmarks.common import report
from benchmarks.common.processes import AnswerCache
from benchmarks.selection.cases import Law, draw_law
from benchmarks.selection.laws import list_laws
from benchmarks.selection.methods import ANSWERS, JOINT, ask_about_law, choose
from benchmarks.selection.outcomes import Outcome, add_failures_table, choose_laws, judge, print_progress

#: Standard errors below the estimate of a one-sided 95 % lower bound: the normal quantile.
Z_ONE_SIDED = 1.645

#: Nats by which a bound may exceed the truth: rounding, where both are zero.
TOLERANCE = 1e-9


def recover(laws: list[Law], seeds: int, noise_seeds: int) -> list[Outcome]:
    """Outcomes of all draws; `noise_seeds` of the laws that have no relevant column."""
    out, cache = [], AnswerCache(ANSWERS)
    for law in laws:
        for seed in range(noise_seeds if not law.must else seeds):
            draw = draw_law(law, seed, n_test=1)
            choice = choose(JOINT, ask_about_law(law, draw, seed), cache)
            out.append(print_progress(judge(law, draw, seed, choice)))
    return out


def add_recovery_table(out: report.Report, laws: list[Law], outcomes: list[Outcome]) -> None:
    rows = []
    by_case = report.group_by(lambda o: o.case, outcomes)
    for law in laws:
        found = by_case[law.name]
        mi = np.array([o.choice.mi for o in found])
        bounds = mi - Z_ONE_SIDED * np.array([o.choice.se for o in found])
        truth, holds = "", ""
        if not math.isnan(law.mi):
            truth, holds = f"{law.mi:.3f}", f"{np.sum(bounds <= law.mi + TOLERANCE)} of {len(found)}"
        rows.append([law.name, f"{law.n:,}", f"{sum(o.exact for o in found)} of {len(found)}",
                     f"{np.mean([o.precision for o in found]):.2f}", f"{np.mean([o.recall for o in found]):.2f}",
                     report.format_mean(mi, 3), truth, holds, f"{np.mean([o.choice.cpu for o in found]):.0f}",
                     f"{np.max([o.choice.peak for o in found]):.0f}"])  # fmt: skip
    head = ["law", "rows", "exact sets", "precision", "recall", "MI of the kept set", "truth", "bound below the truth",
            "CPU seconds", "most memory, MiB"]  # fmt: skip
    out.add_table("Recovery by joint selection, locked rows included", head, rows)


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "selection.recovery", "selection_recovery")
    parser.add_argument("--seeds", type=int, default=10, help="draws per law")
    parser.add_argument("--noise-seeds", type=int, default=50, help="the same where there is nothing to find")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="laws whose names contain one of these")
    options = parser.parse_args(arguments)
    laws = choose_laws(options.only, list_laws())
    report.prepare()
    out = report.Report("Recovery of known columns", report.get_command())
    out.say(f"{JOINT.name}: {JOINT.version}.")
    outcomes = recover(laws, options.seeds, options.noise_seeds)
    add_recovery_table(out, laws, outcomes)
    add_failures_table(out, outcomes)
    out.write(options.output)


if __name__ == "__main__":
    main()
