"""Large mutual information: normal tables that share 2 to 10 nats, where bounds run out of rows.

Compared with our classical MINE and two neural peers, SMILE and InfoNCE.
"""

import numpy as np

from benchmarks.common import pictures, report
from benchmarks.tables.estimates import (
    Estimate,
    add_failures_table,
    format_estimate,
    group_by_estimator,
    group_by_task,
    select_good,
)
from benchmarks.tables.options import add_estimators, add_seeds, choose_estimators
from benchmarks.tables.peers import PEERS, build_environments
from benchmarks.tables.tasks import make_large_task

#: The peers that are compared here: neural ones, whose bounds the rows limit as they limit ours.
COMPARED = ("SMILE-joint", "InfoNCE")


def add_ours_table(out: report.Report, estimates: list[Estimate]) -> None:
    rows = [
        [e.task, e.seed, e.critic, f"{e.mi:.3f}", f"{e.se:.3f}", f"{e.held_out:.3f}", f"{e.lower:.3f}",
         "no" if e.lower <= e.truth else "yes", "yes" if e.mi > e.truth + 2 * e.se else "no", e.warned or "none",
         f"{e.cpu:.1f}"]
        for e in select_good(estimates) if e.estimator == "skmine"
    ]  # fmt: skip
    head = ["task", "seed", "critic", "mi_", "mi_se_", "held_out_mi_", "lower bound (95 %)", "bound above the truth",
            "mi_ above the truth by 2 s.e.", "warnings", "CPU seconds"]  # fmt: skip
    if rows:
        out.add_table("skmine", head, rows)


def add_comparison_table(out: report.Report, estimates: list[Estimate]) -> None:
    names, rows = list(group_by_estimator(estimates)), []
    for task, found in group_by_task(estimates).items():
        groups = group_by_estimator(found)
        rows.append([task, *[format_estimate(groups.get(name, [])) for name in names]])
    out.add_table("Estimate (error; CPU seconds)", ["task", *names], rows)


def draw_picture(estimates: list[Estimate], dimensions: list[int], nats: list[float]):
    """Estimates against the truth, one panel per number of dimensions."""
    size = (1 + 2.4 * len(dimensions), 3.4)
    figure, axes = pictures.make_panels(1, len(dimensions), size, sharex=True, sharey=True)
    for ax, d in zip(axes[0], dimensions, strict=True):
        names = {make_large_task(d, value).name for value in nats}
        for name, found in group_by_estimator(e for e in select_good(estimates) if e.task in names).items():
            order = sorted(found, key=lambda e: e.truth)
            truth, estimate = [e.truth for e in order], [e.mi for e in order]
            ax.plot(truth, estimate, label=name, markersize=5, linewidth=1, **pictures.get_style(name))
        ax.plot([0, max(nats)], [0, max(nats)], "--", color=pictures.GREY, linewidth=0.8)
        ax.set_title(f"{d} x {d} columns", fontsize=10)
        ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel("estimate (nats)")
    figure.supxlabel("truth (nats)", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 4)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "tables.accuracy_large", "accuracy_large")
    parser.add_argument("--rows", type=int, default=10_000, help="number of rows")
    add_seeds(parser)
    parser.add_argument("--dimensions", type=int, nargs="+", default=[1, 2, 5, 10, 20], help="columns of each side")
    parser.add_argument("--nats", type=float, nargs="+", default=[2, 4, 6, 8, 10], help="what the sides share")
    add_estimators(parser)
    options = parser.parse_args(arguments)
    n = options.rows
    estimators = choose_estimators(options, [peer for peer in PEERS if peer.name in COMPARED])
    tasks = [make_large_task(d, nats) for d in options.dimensions for nats in options.nats]
    report.prepare()
    if estimators.running:
        build_environments(estimators.peers)
    out = report.Report(f"Large mutual information, n = {n:,}", report.get_command())
    out.say("Column i of X and column i of Y are equally correlated for all i; nothing else is.",
            f"No lower bound from n rows can certify more than about log n = {np.log(n):.2f} nats.")  # fmt: skip
    estimates = estimators.estimate(tasks, [n], options.seeds)
    add_ours_table(out, estimates)
    add_comparison_table(out, estimates)
    add_failures_table(out, estimates)
    out.write(options.output, draw_picture(estimates, options.dimensions, options.nats))


if __name__ == "__main__":
    main()
