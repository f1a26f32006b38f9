"""Whether the estimator of tables keeps its promises: bounds, intervals, p-values, and nothing found in noise.

- the 95 % lower bound is at or below the truth, and the 95 % interval holds it, as often as they promise:
  independent, normal, Student, discrete and mixed laws, as columns and as tables;
- p-values of the same margins, unpaired: P(p < a) at .05 and .01;
- tables whose rows are permuted: mean |mi_|.

Proportions carry exact 95 % intervals; "no" is said only where an interval excludes the promise.
"""

import argparse
import functools
import sys
from collections.abc import Callable, Iterable

import numpy as np
from joblib import Parallel, delayed, parallel_config
from scipy.stats import binomtest

from benchmarks.common import pictures, report
from benchmarks.tables.estimates import Estimate, add_failures_table, fit_ours, group_by_task, select_good
from benchmarks.tables.tasks import Array, Task, to_matrix
from skmine import synthetic

#: Family and shape: what a row of the tables is about.
Case = tuple[str, str]

#: The shape of one column and one column, whose critic is pretrained: a draw takes .1 seconds, the others take several.
COLUMN_PAIR = "column, column"

#: The shape of several columns and one column.
TABLE_AND_COLUMN = "table, column"

#: The shape of several columns on either side.
TABLE_PAIR = "table, table"

#: How the rows of X and Y are put together: as they were drawn; X of one draw and Y of another; rows of Y permuted.
#: The place in this list is part of a draw's seed.
PAIRINGS = ["paired", "unpaired", "permuted"]

#: Draws of a column pair at least, as far as its budget of rows goes: what a proportion's interval needs. Arbitrary.
FEWEST_COLUMN_DRAWS = 200

Draws = Callable[[Case, int], int]


@functools.cache
def list_cases() -> dict[Case, synthetic.Sampler]:
    """A law for every family and shape."""
    agree = synthetic.discrete_table("agree", 1 + 4 * np.eye(4))
    correlations = functools.partial(synthetic.equal_correlations, 4)  # three columns and one
    mixed = synthetic.side_by_side("mixed", synthetic.mixed_uniform(5), synthetic.normal_pair(0.5), agree)
    return {
        ("independent", COLUMN_PAIR): synthetic.independent_pair(),
        ("independent", TABLE_AND_COLUMN): synthetic.independent_table(5, 1),
        ("independent", TABLE_PAIR): synthetic.independent_table(3, 3),
        ("normal", COLUMN_PAIR): synthetic.normal_pair(0.5),
        ("normal", TABLE_AND_COLUMN): synthetic.normal_table("normal", correlations(0.5), 3),
        ("normal", TABLE_PAIR): synthetic.normal_dense(3, 0.5),
        ("Student", COLUMN_PAIR): synthetic.student_pair(0.5, 3),
        ("Student", TABLE_AND_COLUMN): synthetic.student_table("Student", correlations(0.5), 3, 3),
        ("Student", TABLE_PAIR): synthetic.student_dense(3, 0.5, 3),
        ("discrete", COLUMN_PAIR): agree,
        ("discrete", TABLE_AND_COLUMN): synthetic.parity(2, 0.1),
        ("discrete", TABLE_PAIR): synthetic.side_by_side("agree", agree, agree),
        ("mixed", COLUMN_PAIR): synthetic.mixed_uniform(5),
        ("mixed", TABLE_AND_COLUMN): synthetic.normal_classes(3, 3, 2.0),
        ("mixed", TABLE_PAIR): mixed,
    }


def name_case(case: Case) -> str:
    return ": ".join(case)


def make_task(case: Case, pairing: str) -> Task:
    """Draws of a case, its rows put together in one of the ways of `PAIRINGS`."""
    truth = list_cases()[case].mi if pairing == "paired" else 0.0
    return Task(name_case(case), truth, functools.partial(draw, case, pairing))


def draw(case: Case, pairing: str, n: int, seed: int) -> tuple[Array, Array]:
    cases = list_cases()
    rng = np.random.default_rng([n, seed, list(cases).index(case), PAIRINGS.index(pairing)])
    sampler = synthetic.unpaired(cases[case]) if pairing == "unpaired" else cases[case]
    X, y = sampler.draw(rng, n)
    return to_matrix(X), y[rng.permutation(n)] if pairing == "permuted" else y


def fit_draws(cases: list[Case], rows: list[int], draws: Draws, pairing: str, n_jobs: int) -> list[Estimate]:
    """Estimates of `draws(case, n)` draws of every case and number of rows; one line of progress for each."""
    out: list[Estimate] = []
    with parallel_config("loky", inner_max_num_threads=1), Parallel(n_jobs=n_jobs) as parallel:
        for n in rows:
            for case in cases:
                task = make_task(case, pairing)
                out += parallel(delayed(fit_ours)("skmine", {}, task, n, seed) for seed in range(draws(case, n)))
                print(f"{pairing}: {name_case(case)}, n = {n}, {draws(case, n)} draws", file=sys.stderr, flush=True)
    return out


def group_estimates(found: list[Estimate]) -> dict[str, list[Estimate]]:
    """By case, by family and altogether."""
    families = report.group_by(lambda e: f"**{e.task.split(': ')[0]}**", found)
    return {**group_by_task(found), **families, "**all**": found} if found else {}


def count_good_bounds(found: Iterable[Estimate]) -> int:
    return sum(e.lower <= e.truth for e in found)


def count_good_intervals(found: Iterable[Estimate]) -> int:
    return sum(e.low <= e.truth <= e.high for e in found)


def add_coverage_table(out: report.Report, n: int, found: list[Estimate]) -> None:
    rows = []
    for name, some in group_estimates(select_good(found, n)).items():
        bound, interval, k = count_good_bounds(some), count_good_intervals(some), len(some)
        truth = f"{some[0].truth:.4f}" if not name.startswith("**") else ""
        rows.append([name, k, truth, report.format_proportion(bound, k), report.judge_proportion(k - bound, k, 0.05),
                     f"{np.mean([e.truth - e.lower for e in some]):.3f}", report.format_proportion(interval, k),
                     report.judge_proportion(k - interval, k, 0.05), f"{np.mean([e.high - e.low for e in some]):.3f}",
                     f"{np.mean([e.error for e in some]):+.4f}",
                     f"{np.mean([abs(e.error) for e in some]):.4f}"])  # fmt: skip
    head = ["", "draws", "truth", "bound at or below the truth", "at least .95", "mean distance",
            "interval holds the truth", "at least .95", "mean width", "mean error",
            "mean absolute error"]  # fmt: skip
    out.add_table(f"95 % lower bounds and intervals, n = {n:,}", head, rows)


def add_null_table(out: report.Report, n: int, found: list[Estimate]) -> None:
    rows = []
    for name, some in group_estimates(select_good(found, n)).items():
        row: list[object] = [name, len(some)]
        for level in (0.05, 0.01):
            k = sum(e.pvalue < level for e in some)
            row += [report.format_proportion(k, len(some)), report.judge_proportion(k, len(some), level)]
        positive = [e for e in some if e.lower > 0]
        rows.append([*row, len(positive), sum(e.pvalue > 0.05 for e in positive)])
    head = ["margins", "draws", "p < .05", "at most .05", "p < .01", "at most .01", "bounds above 0",
            "of these with p > .05"]  # fmt: skip
    out.add_table(f"p-values of independent tables, n = {n:,}", head, rows)


def add_permuted_table(out: report.Report, n: int, found: list[Estimate]) -> None:
    rows = []
    for name, some in group_estimates(select_good(found, n)).items():
        mi = np.array([e.mi for e in some])
        held_out = np.array([e.held_out for e in some])
        rows.append([name, len(mi), report.format_mean(np.abs(mi)), f"{np.abs(mi).max():.4f}", report.format_mean(mi),
                     report.format_mean(held_out)])  # fmt: skip
    head = ["margins", "draws", "mean of absolute mi_", "largest", "mean mi_", "mean held_out_mi_"]
    out.add_table(f"Permuted rows, n = {n:,}: nats", head, rows)


def draw_picture(found: list[Estimate], rows: list[int]):
    """Coverage with exact intervals, one panel per number of rows: bounds and intervals, case by case."""
    names = list(group_estimates(select_good(found)))
    size = (2.5 + 2.6 * len(rows), 0.9 + 0.27 * len(names))
    figure, axes = pictures.make_panels(1, len(rows), size, sharex=True, sharey=True)
    for ax, n in zip(axes[0], rows, strict=True):
        groups = group_estimates(select_good(found, n))
        draw_coverage(ax, groups, names, count_good_bounds, -0.15, "skmine", "lower bound")
        draw_coverage(ax, groups, names, count_good_intervals, 0.15, "sklearn", "interval")
        ax.axvline(0.95, color=pictures.GREY, linewidth=0.8, linestyle="--")
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.grid(axis="x", alpha=0.3)
        pictures.name_rows(ax, [name.strip("*") for name in names], fontsize=8)
    figure.supxlabel("proportion that holds, with its exact 95 % interval; promised: .95", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 2)
    return figure


def draw_coverage(ax, groups: dict[str, list[Estimate]], names: list[str], count, shift, method, label) -> None:
    """One proportion per row, with its interval, a little above or below the row's place."""
    style = {"color": pictures.COLOURS[method]}
    for place, name in enumerate(names):
        some = groups.get(name, [])
        if some:
            k = count(some)
            low, high = binomtest(k, len(some)).proportion_ci()
            ax.plot([low, high], [place + shift] * 2, linewidth=1.5, **style)
            ax.plot(k / len(some), place + shift, "o", markersize=4, label=label if not place else None, **style)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = report.make_parser(__doc__, "tables.honesty", "honesty")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 3_000], help="for bounds and intervals")
    parser.add_argument("--null-rows", type=int, nargs="+", default=[300, 1_000], help="for p-values")
    parser.add_argument("--permuted-rows", type=int, default=2_000, help="for permuted tables")
    parser.add_argument("--draws", type=int, default=100_000, metavar="ROWS",
                        help="rows of all draws of a case of tables: 100,000 gives 333 draws at n = 300")  # fmt: skip
    parser.add_argument("--column-draws", type=int, default=300_000, metavar="ROWS",
                        help="the same for one column against one, at least 200 draws")  # fmt: skip
    parser.add_argument("--permuted-draws", type=int, default=10, help="draws per case of permuted tables")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="cases whose names contain one of these")
    parser.add_argument("--n-jobs", type=int, default=2, help="draws at a time, on one core each")
    return parser.parse_args(arguments)


def choose_cases(only: list[str] | None) -> list[Case]:
    chosen = [case for case in list_cases() if not only or any(part in name_case(case) for part in only)]
    if not chosen:
        names = "; ".join(map(name_case, list_cases()))
        raise SystemExit(f"--only {' '.join(only or [])}: no case has that in its name; there are {names}.")
    return chosen


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    cases = choose_cases(options.only)
    report.prepare()
    out = report.Report("Honesty of bounds, intervals and p-values of tables", report.get_command())

    def count_draws(case: Case, n: int) -> int:
        if case[1] == COLUMN_PAIR:
            return max(options.column_draws // n, min(FEWEST_COLUMN_DRAWS, options.column_draws))
        return options.draws // n

    paired = fit_draws(cases, options.rows, count_draws, "paired", options.n_jobs)
    for n in options.rows:
        add_coverage_table(out, n, paired)
    null = fit_draws(cases, options.null_rows, count_draws, "unpaired", options.n_jobs)
    for n in options.null_rows:
        add_null_table(out, n, null)
    n = options.permuted_rows
    permuted = fit_draws(cases, [n], lambda *_: options.permuted_draws, "permuted", options.n_jobs)
    add_permuted_table(out, n, permuted)
    add_failures_table(out, [*paired, *null, *permuted])
    out.write(options.output, draw_picture(paired, options.rows))


if __name__ == "__main__":
    from benchmarks.tables import honesty  # under its own name, which workers can import

    honesty.main()
