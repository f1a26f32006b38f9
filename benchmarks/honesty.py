"""Whether the estimator of tables keeps its promises: bounds, intervals, p-values, nothing from nothing.

- the 95 % lower bound is at or below the truth, and the 95 % interval holds it, as often as they say:
  independent, normal, Student, discrete and mixed laws, as columns and as tables;
- p-values of the same margins, unpaired: P(p < a) at .05 and .01;
- tables whose rows are permuted: mean |mi_|.

Rates carry exact 95 % intervals; "no" is said only where an interval excludes the promise.
"""

import functools
import sys
from collections.abc import Callable, Iterable

import numpy as np
from joblib import Parallel, delayed, parallel_config
from scipy.stats import binomtest

from benchmarks import report
from benchmarks.report import by
from benchmarks.table_estimates import Estimate, by_task, failures_table, ours
from benchmarks.table_tasks import Array, Task, as_table
from skmine import synthetic

#: Family and shape: what a row of the tables is about.
Case = tuple[str, str]

CC, TC, TT = "column, column", "table, column", "table, table"


@functools.cache
def cases() -> dict[Case, synthetic.Sampler]:
    """A law for every family and shape."""
    agree = synthetic.discrete_table("agree", 1 + 4 * np.eye(4))
    alike = functools.partial(synthetic.equal_correlations, 4)  # three columns and one
    return {
        ("independent", CC): synthetic.independent_pair(),
        ("independent", TC): synthetic.independent_table(5, 1),
        ("independent", TT): synthetic.independent_table(3, 3),
        ("normal", CC): synthetic.normal_pair(0.5),
        ("normal", TC): synthetic.normal_table("normal", alike(0.5), 3),
        ("normal", TT): synthetic.normal_dense(3, 0.5),
        ("Student", CC): synthetic.student_pair(0.5, 3),
        ("Student", TC): synthetic.student_table("Student", alike(0.5), 3, 3),
        ("Student", TT): synthetic.student_dense(3, 0.5, 3),
        ("discrete", CC): agree,
        ("discrete", TC): synthetic.parity(2, 0.1),
        ("discrete", TT): synthetic.side_by_side("agree", agree, agree),
        ("mixed", CC): synthetic.mixed_uniform(5),
        ("mixed", TC): synthetic.normal_classes(3, 3, 2.0),
        ("mixed", TT): synthetic.side_by_side("mixed", synthetic.mixed_uniform(5), synthetic.normal_pair(0.5), agree),
    }


HOW = ["paired", "unpaired", "permuted"]


def task(case: Case, how: str) -> Task:
    """Draws of a case: "paired" as they come, "unpaired" X and Y of two draws, "permuted" rows of Y."""
    return Task(": ".join(case), cases()[case].mi if how == "paired" else 0.0, functools.partial(draw, case, how))


def draw(case: Case, how: str, n: int, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng([n, seed, list(cases()).index(case), HOW.index(how)])
    sampler = synthetic.unpaired(cases()[case]) if how == "unpaired" else cases()[case]
    X, y = sampler.draw(rng, n)
    return as_table(X), y[rng.permutation(n)] if how == "permuted" else y


Draws = Callable[[Case, int], int]


def fits(chosen: list[Case], rows: list[int], draws: Draws, how: str, n_jobs: int) -> list[Estimate]:
    """All draws of all cases, so many by case and size, a line of progress for each."""
    out: list[Estimate] = []
    with parallel_config("loky", inner_max_num_threads=1), Parallel(n_jobs=n_jobs) as parallel:
        for n in rows:
            for case in chosen:
                out += parallel(delayed(ours)("skmine", {}, task(case, how), n, seed) for seed in range(draws(case, n)))
                print(f"{how}: {': '.join(case)}, n = {n}, {draws(case, n)} draws", file=sys.stderr, flush=True)
    return out


def good(found: Iterable[Estimate], n: int) -> list[Estimate]:
    return [f for f in found if f.n == n and not f.wrong]


def grouped(found: list[Estimate]) -> dict[str, list[Estimate]]:
    """By case, by family and altogether."""
    families = by(lambda e: f"**{e.task.split(': ')[0]}**", found)
    return {**by_task(found), **families, "**all**": found} if found else {}


def bound_holds(found: list[Estimate]) -> int:
    return sum(f.lower <= f.truth for f in found)


def interval_holds(found: list[Estimate]) -> int:
    return sum(f.low <= f.truth <= f.high for f in found)


def coverage_table(out: report.Report, n: int, found: list[Estimate]) -> None:
    rows = []
    for name, some in grouped(good(found, n)).items():
        bound, interval, k = bound_holds(some), interval_holds(some), len(some)
        truth = f"{some[0].truth:.4f}" if not name.startswith("**") else ""
        rows.append([name, k, truth, report.share(bound, k), report.holds(k - bound, k, 0.05),
                     f"{np.mean([f.truth - f.lower for f in some]):.3f}", report.share(interval, k),
                     report.holds(k - interval, k, 0.05), f"{np.mean([f.high - f.low for f in some]):.3f}",
                     f"{np.mean([f.mi - f.truth for f in some]):+.4f}",
                     f"{np.mean([abs(f.mi - f.truth) for f in some]):.4f}"])  # fmt: skip
    head = ["", "draws", "truth", "bound at or below the truth", "at least .95", "mean distance",
            "interval holds the truth", "at least .95", "mean width", "mean error",
            "mean absolute error"]  # fmt: skip
    out.table(f"95 % lower bounds and intervals, n = {n:,}", head, rows)


def null_table(out: report.Report, n: int, found: list[Estimate]) -> None:
    rows = []
    for name, some in grouped(good(found, n)).items():
        row: list[object] = [name, len(some)]
        for level in (0.05, 0.01):
            k = sum(f.pvalue < level for f in some)
            row += [report.share(k, len(some)), report.holds(k, len(some), level)]
        positive = [f for f in some if f.lower > 0]
        rows.append([*row, len(positive), sum(f.pvalue > 0.05 for f in positive)])
    head = ["margins", "draws", "p < .05", "at most .05", "p < .01", "at most .01", "bounds above 0",
            "of these beside p > .05"]  # fmt: skip
    out.table(f"p-values of independent tables, n = {n:,}", head, rows)


def permuted_table(out: report.Report, n: int, found: list[Estimate]) -> None:
    rows = []
    for name, some in grouped(good(found, n)).items():
        mi = np.array([f.mi for f in some])
        held = np.array([f.held_out for f in some])
        rows.append([name, len(mi), report.mean(np.abs(mi)), f"{np.abs(mi).max():.4f}", report.mean(mi),
                     report.mean(held)])  # fmt: skip
    head = ["margins", "draws", "mean of absolute mi_", "largest", "mean mi_", "mean held_out_mi_"]
    out.table(f"Permuted rows, n = {n:,}: nats", head, rows)


def picture(found: list[Estimate], rows: list[int]):
    """Coverage with exact intervals, a panel a size: bounds and intervals, case by case."""
    import matplotlib.pyplot as plt

    names = list(grouped([f for f in found if not f.wrong]))
    size = (2.5 + 2.6 * len(rows), 0.9 + 0.27 * len(names))
    figure, axes = plt.subplots(1, len(rows), figsize=size, sharex=True, sharey=True, layout="constrained",
                                squeeze=False)  # fmt: skip
    kinds = {"lower bound": (bound_holds, "skmine", -0.15), "interval": (interval_holds, "sklearn", 0.15)}
    for ax, n in zip(axes[0], rows, strict=True):
        told = grouped(good(found, n))
        for label, (count, colour, shift) in kinds.items():
            for place, name in enumerate(names):
                some = told.get(name, [])
                if some:
                    k = count(some)
                    low, high = binomtest(k, len(some)).proportion_ci()
                    ax.plot([low, high], [place + shift] * 2, color=report.COLOURS[colour], linewidth=1.5)
                    ax.plot(k / len(some), place + shift, "o", color=report.COLOURS[colour], markersize=4,
                            label=label if not place else None)  # fmt: skip
        ax.axvline(0.95, color="#8d99a6", linewidth=0.8, linestyle="--")
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.grid(axis="x", alpha=0.3)
        ax.set_yticks(range(len(names)), [name.strip("*") for name in names], fontsize=8)
        ax.set_ylim(len(names) - 0.4, -0.6)
    figure.supxlabel("share that holds, with its exact 95 % interval; promised: .95", fontsize=10)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.parser(__doc__, "honesty")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 3_000], help="for bounds and intervals")
    parser.add_argument("--null-rows", type=int, nargs="+", default=[300, 1_000], help="for p-values")
    parser.add_argument("--permuted-rows", type=int, default=2_000)
    parser.add_argument("--draws", type=int, default=100_000, metavar="ROWS",
                        help="draws of a case of tables: this over n, so that 100,000 gives 333 at 300")  # fmt: skip
    parser.add_argument("--column-draws", type=int, default=300_000, metavar="ROWS",
                        help="the same for one column against one, at least 200 draws")  # fmt: skip
    parser.add_argument("--permuted-draws", type=int, default=10)
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="cases whose names contain one of these")
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    chosen = [case for case in cases() if not options.only or any(part in ": ".join(case) for part in options.only)]
    if not chosen:
        names = "; ".join(": ".join(case) for case in cases())
        raise SystemExit(f"--only {' '.join(options.only)}: no case has that in its name; there are {names}.")
    report.start()
    out = report.Report("Honesty of bounds, intervals and p-values of tables", report.command())

    def draws(case: Case, n: int) -> int:
        return max(options.column_draws // n, min(200, options.column_draws)) if case[1] == CC else options.draws // n

    paired = fits(chosen, options.rows, draws, "paired", options.n_jobs)
    for n in options.rows:
        coverage_table(out, n, paired)
    null = fits(chosen, options.null_rows, draws, "unpaired", options.n_jobs)
    for n in options.null_rows:
        null_table(out, n, null)
    permuted = fits(chosen, [options.permuted_rows], lambda *_: options.permuted_draws, "permuted", options.n_jobs)
    permuted_table(out, options.permuted_rows, permuted)
    failures_table(out, [*paired, *null, *permuted])
    out.write(options.output, picture(paired, options.rows))


if __name__ == "__main__":
    from benchmarks import honesty  # under its own name, which workers can import

    honesty.main()
