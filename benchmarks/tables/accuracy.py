"""How close estimates of tables' mutual information are to the truth, compared with other estimators.

- public tasks with known MI (`--tasks`): error, worst, number within .05 and seconds per estimator;
- every task: all estimates, and our bounds.

Peers run in environments of their own, built at the first run; `--no-peers` does without.
"""

import numpy as np

from benchmarks.common import pictures, report
from benchmarks.tables.czyz import list_laws
from benchmarks.tables.estimates import (
    Estimate,
    add_failures_table,
    add_summary_table,
    average_cpu,
    compute_errors,
    format_estimate,
    group_by_estimator,
    group_by_task,
    select_good,
)
from benchmarks.tables.options import Estimators, add_estimators, choose_estimators, make_task_parser
from benchmarks.tables.peers import PEERS, build_environments
from benchmarks.tables.tasks import choose_named, list_tasks


def add_tasks_table(out: report.Report, n: int, estimates: list[Estimate]) -> None:
    """One row per task: each estimator's mean estimate, its mean error and CPU seconds."""
    names, rows = list(group_by_estimator(estimates)), []
    for task, found in group_by_task(estimates).items():
        ours = [e for e in select_good(found) if e.estimator == "skmine"]
        bound = f"{np.mean([e.lower for e in ours]):.3f}" if ours else ""
        groups = group_by_estimator(found)
        cells = [format_estimate(groups.get(name, [])) for name in names]
        rows.append([task, f"{found[0].truth:.4f}", bound, *cells])
    head = ["task", "truth", "lower bound, skmine", *names]
    out.add_table(f"n = {n:,}, every task: estimate (error; CPU seconds)", head, rows)


def add_bounds_table(out: report.Report, n: int, estimates: list[Estimate]) -> None:
    rows = []
    for e in select_good(estimates):
        if e.estimator == "skmine":
            below, inside = ("yes" if holds else "no" for holds in (e.lower <= e.truth, e.low <= e.truth <= e.high))
            rows.append([e.task, e.seed, e.critic, f"{e.truth:.4f}", f"{e.mi:.4f}", f"{e.se:.4f}", f"{e.held_out:.4f}",
                         f"{e.lower:.4f}", below, f"{e.low:.4f} to {e.high:.4f}", inside, f"{e.pvalue:.1g}",
                         e.warned])  # fmt: skip
    head = ["task", "seed", "critic", "truth", "mi_", "mi_se_", "held_out_mi_", "lower bound (95 %)",
            "at or below the truth", "interval (95 %)", "holds the truth", "p", "warnings"]  # fmt: skip
    if rows:
        out.add_table(f"n = {n:,}: what skmine reports", head, rows)


def add_versions_table(out: report.Report, estimators: Estimators, failures: dict[str, str]) -> None:
    rows = []
    for peer in estimators.peers:
        if not peer.ready:
            state = failures.get(peer.environment, "not built")
        else:
            state = "ran" if estimators.running else "left out (--no-peers)"
        rows.append([peer.name, peer.version, state])
    out.add_table("The other estimators", ["estimator", "package, settings", ""], rows)


def draw_picture(estimates: list[Estimate], rows: list[int]):
    """Error against seconds per estimator, and every task's error; one row of panels per number of rows."""
    good = select_good(estimates)
    names = list(group_by_estimator(good))
    size = (11, 0.8 + (0.9 + 0.28 * len(names)) * len(rows))
    figure, axes = pictures.make_panels(len(rows), 2, size, sharex="col")
    for (left, right), n in zip(axes, rows, strict=True):
        groups = group_by_estimator(select_good(good, n))
        draw_error_against_seconds(left, groups)
        draw_errors(right, groups, names)
        left.set_title(f"n = {n:,}", fontsize=10)
        right.set_title(f"n = {n:,}: estimate - truth, every task", fontsize=10)
        for ax in (left, right):
            ax.grid(alpha=0.3)
    axes[-1, 0].set_xlabel("CPU seconds per draw")
    axes[-1, 1].set_xlabel("nats (linear within .1)")
    return figure


def draw_error_against_seconds(ax, groups: dict[str, list[Estimate]]) -> None:
    """A marker per estimator: hollow, with the number of tasks, where it answered fewer tasks than the others."""
    most = max(map(len, groups.values()))
    for i, name in enumerate(sorted(groups, key=lambda name: average_cpu(groups[name]))):
        place = average_cpu(groups[name]), compute_errors(groups[name]).mean()
        whole = len(groups[name]) == most
        style = pictures.get_style(name)
        ax.plot(*place, linestyle="", markersize=8, fillstyle="full" if whole else "none", **style)
        label = f"  {name}" + ("" if whole else f" ({len(groups[name])} of {most})")
        ax.annotate(label, place, fontsize=7, va="top" if i % 2 else "bottom")
    ax.set(xscale="log", yscale="log", ylabel="mean absolute error (nats)")
    ax.margins(x=0.35, y=0.15)


def draw_errors(ax, groups: dict[str, list[Estimate]], names: list[str]) -> None:
    """Every task's error, one row per estimator."""
    for name, found in groups.items():
        place = np.full(len(found), names.index(name))
        ax.plot([e.error for e in found], place, linestyle="", markersize=5, alpha=0.7, **pictures.get_style(name))
    ax.axvline(0, color=pictures.GREY, linewidth=0.8)
    ax.set_xscale("symlog", linthresh=0.1)
    pictures.name_rows(ax, names, fontsize=8)


def main(arguments: list[str] | None = None) -> None:
    parser = make_task_parser(__doc__, "accuracy")
    add_estimators(parser)
    parser.add_argument("--forty", action="store_true", help="the forty laws of Czyż et al., drawn by skmine.synthetic")
    options = parser.parse_args(arguments)
    estimators = choose_estimators(options, PEERS)
    tasks = choose_named(list_laws(), options.only) if options.forty else list_tasks(options.tasks, options.only)
    report.prepare()
    failures = build_environments(estimators.peers) if estimators.running else {}
    out = report.Report("Accuracy of estimates of tables", report.get_command())
    estimates = estimators.estimate(tasks, options.rows, options.seeds)
    add_versions_table(out, estimators, failures)
    for n in options.rows:
        add_summary_table(out, n, [e for e in estimates if e.n == n])
    for n in options.rows:
        add_tasks_table(out, n, [e for e in estimates if e.n == n])
        add_bounds_table(out, n, [e for e in estimates if e.n == n])
    add_failures_table(out, estimates)
    out.write(options.output, draw_picture(estimates, options.rows))


if __name__ == "__main__":
    main()
