"""Large mutual information: normal tables of 2 to 10 nats, where bounds run out of rows."""

import argparse
from typing import Any

import numpy as np

from benchmarks import report, table_peers
from benchmarks.processes import Kept
from benchmarks.table_estimates import Estimate, by_estimator, by_task, each, failures_table, theirs
from benchmarks.table_tasks import large

#: The peers that are compared here.
PEERS = ["SMILE-joint", "InfoNCE"]


def main(
    options: argparse.Namespace, own: dict[str, dict[str, Any]], peers: list[table_peers.Peer], kept: Kept
) -> None:
    n, dimensions = max(options.rows), options.dimensions
    tasks = [large(d, nats) for d in dimensions for nats in options.nats]
    out = report.Report(f"Large mutual information, n = {n:,}", report.command())
    out.say("Column i of X and column i of Y are correlated, alike for all i; nothing else is.",
            f"No lower bound from n rows can be sure of more than about log n = {np.log(n):.2f} nats.")  # fmt: skip
    estimates: list[Estimate] = []
    for name, parameters in own.items():
        estimates += each(name, parameters, tasks, [n], options.seeds)
    estimates += theirs([peer for peer in peers if peer.name in PEERS], tasks, [n], options.seeds, kept)
    ours_table(out, estimates)
    beside_table(out, estimates)
    failures_table(out, estimates)
    out.write(options.output.with_stem(f"{options.output.stem}_large"), picture(estimates, dimensions, options.nats))


def ours_table(out: report.Report, estimates: list[Estimate]) -> None:
    rows = [
        [e.task, e.seed, e.critic, f"{e.mi:.3f}", f"{e.se:.3f}", f"{e.held_out:.3f}", f"{e.lower:.3f}",
         "no" if e.lower <= e.truth else "yes", "yes" if e.mi > e.truth + 2 * e.se else "no", e.warned or "none",
         f"{e.cpu:.1f}"]
        for e in estimates if e.estimator == "skmine" and not e.wrong
    ]  # fmt: skip
    head = ["task", "seed", "critic", "mi_", "mi_se_", "held_out_mi_", "lower bound (95 %)", "bound above the truth",
            "mi_ above the truth by 2 s.e.", "warnings", "CPU seconds"]  # fmt: skip
    if rows:
        out.table("skmine", head, rows)


def beside_table(out: report.Report, estimates: list[Estimate]) -> None:
    names, rows = list(by_estimator(estimates)), []
    for task, found in by_task(estimates).items():
        told, row = by_estimator(found), [task]
        for name in names:
            good = [e for e in told.get(name, []) if not e.wrong]
            mi, cpu = np.mean([(e.mi, e.cpu) for e in good], axis=0) if good else (np.nan, np.nan)
            row.append(f"{mi:.3f} ({mi - found[0].truth:+.3f}; {cpu:.1f})" if good else "failed")
        rows.append(row)
    out.table("Estimate (error; CPU seconds)", ["task", *names], rows)


def picture(estimates: list[Estimate], dimensions: list[int], nats: list[float]):
    """Estimates against the truth, a panel for each number of dimensions."""
    import matplotlib.pyplot as plt

    size = (1 + 2.4 * len(dimensions), 3.4)
    figure, axes = plt.subplots(1, len(dimensions), figsize=size, sharex=True, sharey=True, layout="constrained",
                                squeeze=False)  # fmt: skip
    for ax, d in zip(axes[0], dimensions, strict=True):
        names = {large(d, value).name for value in nats}
        for name, found in by_estimator(e for e in estimates if e.task in names and not e.wrong).items():
            order = sorted(found, key=lambda e: e.truth)
            ax.plot([e.truth for e in order], [e.mi for e in order], color=report.COLOURS[name], label=name,
                    marker=report.MARKERS.get(name, "o"), markersize=5, linewidth=1)  # fmt: skip
        ax.plot([0, max(nats)], [0, max(nats)], "--", color="#8d99a6", linewidth=0.8)
        ax.set_title(f"{d} x {d} columns", fontsize=10)
        ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel("estimate (nats)")
    figure.supxlabel("truth (nats)", fontsize=10)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8)
    return figure
