"""Columns chosen together: recovery, what the kept set says, what models make of it, time and memory.

- *Recovery*: our joint choice alone, over laws whose relevant columns are known; exact sets, precision,
  recall, MI from the locked rows and its bound.
- *Against others*: some of these laws, and the tables that ship with scikit-learn. Models of the chosen
  columns (gradient boosting, a linear one) are trained on the rows that were chosen from and scored on
  fresh ones: accuracy of classes, else R2.

Every draw runs in a process of its own, one thread. SelectKBest and both mRMR are told the true number
of columns where there is one.
"""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks import environments, report, selection_cases
from benchmarks.processes import Kept
from benchmarks.report import by, in_a_cell
from benchmarks.selection_cases import Drawn, Law, Real
from benchmarks.selection_methods import KEPT, METHODS, Chosen, Method, choose

Z = 1.645  # of a one-sided 95 % bound


@dataclass(frozen=True)
class Outcome:
    """A method's choice of a draw and what models make of it."""

    case: str
    seed: int
    chosen: Chosen
    exact: bool = False
    precision: float = np.nan
    recall: float = np.nan
    boosted: float = np.nan
    linear: float = np.nan


def recovery(laws: list[Law], seeds: int, noise_seeds: int) -> list[Outcome]:
    joint = METHODS[0]
    out = []
    for law in laws:
        for seed in range(noise_seeds if not law.must else seeds):
            drawn = selection_cases.from_law(law, seed, n_test=1)
            out.append(told(judged(law, drawn, seed, chosen_of(joint, law, drawn, seed, None))))
    return out


def chosen_of(method: Method, law: Law, drawn: Drawn, seed: int, kept: Kept | None) -> Chosen:
    wanted = len(law.must)
    return choose(method, law.name, drawn, seed, classes=law.classes, labels=law.labels, wanted=wanted, kept=kept)


def judged(law: Law, drawn: Drawn, seed: int, chosen: Chosen, **scores: float) -> Outcome:
    of_law = {place: j for j, place in enumerate(drawn.place)}
    columns = [of_law[j] for j in chosen.columns]
    return Outcome(law.name, seed, chosen, not chosen.wrong and law.exact(columns), law.precision(columns),
                   law.recall(columns), **scores)  # fmt: skip


def against_laws(laws: list[Law], methods: list[Method], seeds: int, kept: Kept) -> list[Outcome]:
    out = []
    for law in laws:
        for seed in range(seeds):
            drawn = selection_cases.from_law(law, seed)
            for method in methods:
                chosen = chosen_of(method, law, drawn, seed, kept)
                scores = downstream(drawn, chosen, law.classes, law.labels, seed)
                out.append(told(judged(law, drawn, seed, chosen, **scores)))
    return out


def against_real(tables: list[Real], methods: list[Method], seeds: int, kept: Kept) -> list[Outcome]:
    out = []
    for table in tables:
        for seed in range(seeds):
            drawn = selection_cases.from_real(table, seed)
            everything = Chosen("all columns", tuple(range(drawn.X.shape[1])), cpu=0.0)
            scores = downstream(drawn, everything, table.classes, False, seed)
            out.append(Outcome(table.name, seed, everything, **scores))
            for method in methods:
                chosen = choose(
                    method, table.name, drawn, seed, classes=table.classes, labels=False, wanted=0, kept=kept
                )
                scores = downstream(drawn, chosen, table.classes, False, seed)
                out.append(told(Outcome(table.name, seed, chosen, **scores)))
    return out


def downstream(drawn: Drawn, chosen: Chosen, classes: bool, labels: bool, seed: int) -> dict[str, float]:
    """Scores of models of the chosen columns on rows that nothing has seen."""
    if chosen.wrong:
        return {}
    columns = list(chosen.columns)
    boosted = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    # What later versions of scikit-learn would choose otherwise is said.
    logistic = LogisticRegressionCV(
        Cs=5, l1_ratios=(0,), cv=3, scoring="accuracy", max_iter=2_000, use_legacy_attributes=False
    )
    linear = logistic if classes else RidgeCV()
    models: dict[str, Any] = {
        "boosted": boosted(random_state=seed, categorical_features=[True] * len(columns) if labels else None),
        "linear": make_pipeline(OneHotEncoder(handle_unknown="ignore") if labels else StandardScaler(), linear),
    }
    if not columns:
        columns, nothing = [0], DummyClassifier() if classes else DummyRegressor()
        models = {name: clone(nothing) for name in models}
    fit, test = drawn.X[:, columns], drawn.X_test[:, columns]
    return {name: float(model.fit(fit, drawn.y).score(test, drawn.y_test)) for name, model in models.items()}


def told(o: Outcome) -> Outcome:
    words = o.chosen.wrong or f"{len(o.chosen.columns)} columns in {o.chosen.cpu:.1f} CPU seconds"
    scores = "" if math.isnan(o.boosted) else f", {o.boosted:.3f} and {o.linear:.3f}"
    right = f", precision {o.precision:.2f}, recall {o.recall:.2f}" if not math.isnan(o.recall) else ""
    print(f"{o.chosen.method}, {o.case}, seed {o.seed}: {words}{right}{scores}", file=sys.stderr, flush=True)
    return o


def recovery_table(out: report.Report, laws: list[Law], outcomes: list[Outcome]) -> None:
    rows = []
    by_case = by(lambda o: o.case, outcomes)
    for law in laws:
        found = by_case[law.name]
        mi = np.array([o.chosen.mi for o in found])
        bounds = [o.chosen.mi - Z * o.chosen.se for o in found]
        holds = "" if math.isnan(law.mi) else f"{np.sum(np.asarray(bounds) <= law.mi + 1e-9)} of {len(found)}"
        rows.append([law.name, f"{law.n:,}", f"{sum(o.exact for o in found)} of {len(found)}",
                     f"{np.mean([o.precision for o in found]):.2f}", f"{np.mean([o.recall for o in found]):.2f}",
                     report.mean(mi, 3), "" if math.isnan(law.mi) else f"{law.mi:.3f}", holds,
                     f"{np.mean([o.chosen.cpu for o in found]):.0f}",
                     f"{np.max([o.chosen.peak for o in found]):.0f}"])  # fmt: skip
    head = ["law", "rows", "exact sets", "precision", "recall", "MI of the kept set", "truth", "bound below the truth",
            "CPU seconds", "most memory, MiB"]  # fmt: skip
    out.table("Recovery by the joint choice, locked rows included", head, rows)


def choice_table(out: report.Report, title: str, outcomes: list[Outcome], planted: bool) -> None:
    """A case and method a row."""
    rows = []
    for case, of_case in by(lambda o: o.case, outcomes).items():
        for method, found in by(lambda o: o.chosen.method, of_case).items():
            good = [o for o in found if not o.chosen.wrong]
            if not good:
                rows.append([case, method, "failed", *[""] * (7 if planted else 4)])
                continue
            right = [f"{sum(o.exact for o in good)} of {len(good)}", f"{np.mean([o.precision for o in good]):.2f}",
                     f"{np.mean([o.recall for o in good]):.2f}"]  # fmt: skip
            rows.append([case, method, f"{np.mean([len(o.chosen.columns) for o in good]):.1f}",
                         *(right if planted else []), report.mean([o.boosted for o in good], 3),
                         report.mean([o.linear for o in good], 3), f"{np.mean([o.chosen.cpu for o in good]):.1f}",
                         f"{np.max([o.chosen.peak for o in good]):.0f}"])  # fmt: skip
    head = ["case", "method", "columns", *(["exact sets", "precision", "recall"] if planted else []),
            "boosting", "linear model", "CPU seconds", "most memory, MiB"]  # fmt: skip
    out.table(title, head, rows)


def summary_table(out: report.Report, outcomes: list[Outcome]) -> None:
    """The joint choice against each other method: columns, and paired differences of scores over all draws."""
    ours = {(o.case, o.seed): o for o in outcomes if o.chosen.method == METHODS[0].name and not o.chosen.wrong}
    rows = []
    for method, found in by(lambda o: o.chosen.method, outcomes).items():
        pairs = [(ours[o.case, o.seed], o) for o in found if (o.case, o.seed) in ours and not o.chosen.wrong]
        if not pairs:
            continue
        rows.append([method, len(pairs), f"{np.mean([len(o.chosen.columns) for _, o in pairs]):.1f}",
                     f"{np.mean([len(own.chosen.columns) for own, _ in pairs]):.1f}",
                     report.mean([own.boosted - o.boosted for own, o in pairs], 3),
                     report.mean([own.linear - o.linear for own, o in pairs], 3),
                     f"{np.mean([o.chosen.cpu for _, o in pairs]):.1f}",
                     f"{np.mean([own.chosen.cpu for own, _ in pairs]):.1f}"])  # fmt: skip
    head = ["method", "draws", "columns", "skmine joint's", "skmine joint's score less its own: boosting",
            "linear model", "CPU seconds", "skmine joint's"]  # fmt: skip
    out.table("All cases together", head, rows)


def failures_table(out: report.Report, outcomes: list[Outcome]) -> None:
    rows = [[o.chosen.method, o.case, o.seed, in_a_cell(o.chosen.wrong)] for o in outcomes if o.chosen.wrong]
    if rows:
        out.table("What failed", ["method", "case", "seed", "error"], rows)


def picture(outcomes: list[Outcome]):
    """Columns kept against the score of boosting, a panel a case, a marker a method."""
    import matplotlib.pyplot as plt

    cases = by(lambda o: o.case, outcomes)
    across = min(4, len(cases))
    down = -(-len(cases) // across)
    figure, axes = plt.subplots(down, across, figsize=(3.1 * across, 2.5 * down + 0.6), layout="constrained",
                                squeeze=False)  # fmt: skip
    labelled: dict[str, Any] = {}
    for ax, (case, of_case) in zip(axes.flat, cases.items(), strict=False):
        for method, found in by(lambda o: o.chosen.method, of_case).items():
            good = [o for o in found if not o.chosen.wrong]
            if good:
                columns, score = np.mean([(len(o.chosen.columns), o.boosted) for o in good], axis=0)
                labelled[method] = ax.plot(columns, score, report.MARKERS.get(method, "o"), markersize=7,
                                           color=report.COLOURS[method], alpha=0.85)[0]  # fmt: skip
        ax.set_title(case, fontsize=9)
        ax.grid(alpha=0.3)
        ax.margins(0.15)
    for ax in axes.flat[len(cases) :]:
        ax.set_axis_off()
    figure.supxlabel("columns kept", fontsize=10)
    figure.supylabel("accuracy or R2 of boosting on fresh rows", fontsize=10)
    figure.legend(labelled.values(), labelled, loc="outside upper center", ncols=4, fontsize=8)
    return figure


def named(names: list[str] | None, cases: list[Any]) -> list[Any]:
    return [case for case in cases if names is None or any(part in case.name for part in names)]


def main(arguments: list[str] | None = None) -> None:
    parser = report.parser(__doc__, "selection")
    parser.add_argument("--seeds", type=int, default=10, help="draws a law for recovery")
    parser.add_argument("--noise-seeds", type=int, default=50, help="the same where there is nothing to find")
    parser.add_argument("--law-seeds", type=int, default=2, help="draws a law against other methods")
    parser.add_argument("--real-seeds", type=int, default=3, help="splits of a real table")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="cases whose names contain one of these")
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="of all of them, these")
    parser.add_argument("--fresh", action="store_true", help="ask the other methods again")
    options = parser.parse_args(arguments)
    methods = [m for m in METHODS if options.methods is None or m.name in options.methods]
    laws = named(options.only, selection_cases.laws())
    compared = [law for law in laws if law.name in selection_cases.COMPARED]
    tables = named(options.only, selection_cases.real())
    if not methods or not (laws or tables):
        known = [m.name for m in METHODS], [c.name for c in [*selection_cases.laws(), *selection_cases.real()]]
        raise SystemExit(f"Nothing to run: methods are {', '.join(known[0])}; cases are {'; '.join(known[1])}.")
    if not all(method.ours for method in methods):
        environments.build("selection")
    kept = Kept(KEPT, options.fresh)
    report.start()
    out = report.Report("Columns chosen together", report.command())
    out.say(*[f"{m.name}: {m.version}." for m in methods])
    if options.seeds and laws:
        recovered = recovery(laws, options.seeds, options.noise_seeds)
        recovery_table(out, laws, recovered)
        failures_table(out, recovered)
    planted = against_laws(compared, methods, options.law_seeds, kept)
    shipped = against_real(tables, methods, options.real_seeds, kept)
    if planted:
        choice_table(out, "Laws: what other methods choose", planted, planted=True)
    if shipped:
        choice_table(out, "Tables that ship with scikit-learn", shipped, planted=False)
    outcomes = [*planted, *shipped]
    if outcomes:
        summary_table(out, outcomes)
        failures_table(out, outcomes)
    out.write(options.output, picture(outcomes) if outcomes else None)


if __name__ == "__main__":
    main()
