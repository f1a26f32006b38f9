"""How close estimates of tables' mutual information are to the truth, beside other estimators.

- public tasks with known MI (`--tasks`): error, worst, share within .05 and seconds an estimator;
- every task: all estimates, and our bounds;
- `--settings`, `--sensitivity`, `--large` make tables of their own instead: cheaper and dearer settings
  of ours, defaults halved and doubled, and MI of up to 10 nats.

Peers run in environments of their own, built at the first run; `--no-peers` does without.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import accuracy_large, accuracy_variants, report, table_peers
from benchmarks.processes import Kept
from benchmarks.table_estimates import (
    OURS,
    Estimate,
    absolute_errors,
    by_estimator,
    by_task,
    cpu_seconds,
    each,
    failures_table,
    summary_table,
    theirs,
)
from benchmarks.table_tasks import tasks


def tasks_table(out: report.Report, n: int, estimates: list[Estimate]) -> None:
    """A task a row: each estimator's mean estimate, its mean error and CPU seconds."""
    names, rows = list(by_estimator(estimates)), []
    for task, found in by_task(estimates).items():
        mine = [e for e in found if e.estimator == "skmine" and not e.wrong]
        bound = f"{np.mean([e.lower for e in mine]):.3f}" if mine else ""
        told = by_estimator(found)
        rows.append([task, f"{found[0].truth:.4f}", bound, *[cell(told.get(name, [])) for name in names]])
    head = ["task", "truth", "lower bound, skmine", *names]
    out.table(f"n = {n:,}, every task: estimate (error; CPU seconds)", head, rows)


def cell(found: list[Estimate]) -> str:
    good = [e for e in found if not e.wrong]
    if not good:
        return "failed" if found else ""
    mi, error = np.mean([(e.mi, e.error) for e in good], axis=0)
    return f"{mi:.3f} ({error:+.3f}; {cpu_seconds(good):.1f})"


def bounds_table(out: report.Report, n: int, estimates: list[Estimate]) -> None:
    rows = []
    for e in estimates:
        if e.estimator == "skmine" and not e.wrong:
            sure, inside = ("yes" if kept else "no" for kept in (e.lower <= e.truth, e.low <= e.truth <= e.high))
            rows.append([e.task, e.seed, e.critic, f"{e.truth:.4f}", f"{e.mi:.4f}", f"{e.se:.4f}", f"{e.held_out:.4f}",
                         f"{e.lower:.4f}", sure, f"{e.low:.4f} to {e.high:.4f}", inside, f"{e.pvalue:.1g}",
                         e.warned])  # fmt: skip
    head = ["task", "seed", "critic", "truth", "mi_", "mi_se_", "held_out_mi_", "lower bound (95 %)",
            "at or below the truth", "interval (95 %)", "holds the truth", "p", "warnings"]  # fmt: skip
    if rows:
        out.table(f"n = {n:,}: what skmine says", head, rows)


def versions_table(out: report.Report, peers: list[table_peers.Peer], wrong: dict[str, str], built: bool) -> None:
    rows = []
    for peer in peers:
        if not peer.ready:
            state = wrong.get(peer.environment, "not built")
        else:
            state = "ran" if built else "left out (--no-peers)"
        rows.append([peer.name, peer.version, state])
    rows += [[name, "", f"not run: {why}"] for name, why in table_peers.ABSENT.items()]
    out.table("The other estimators", ["estimator", "package, settings", ""], rows)


def look(name: str) -> dict[str, Any]:
    return {"color": report.COLOURS.get(name, "#8d99a6"), "marker": report.MARKERS.get(name, "o")}


def picture(estimates: list[Estimate], rows: list[int]):
    """Error against seconds an estimator, and every task's error, a row of panels a size."""
    import matplotlib.pyplot as plt

    names = [name for name, found in by_estimator(estimates).items() if len(absolute_errors(found))]
    size = (11, 0.8 + (0.9 + 0.28 * len(names)) * len(rows))
    figure, axes = plt.subplots(len(rows), 2, figsize=size, layout="constrained", squeeze=False, sharex="col")
    for (left, right), n in zip(axes, rows, strict=True):
        told = by_estimator(e for e in estimates if e.n == n and not e.wrong)
        most = max(map(len, told.values()))
        for i, name in enumerate(sorted(told, key=lambda name: cpu_seconds(told[name]))):
            at = (cpu_seconds(told[name]), absolute_errors(told[name]).mean())
            whole = len(told[name]) == most  # hollow and counted where it is a mean of other tasks than the others'
            left.plot(*at, linestyle="", markersize=8, fillstyle="full" if whole else "none", **look(name))
            words = f"  {name}" + ("" if whole else f" ({len(told[name])} of {most})")
            left.annotate(words, at, fontsize=7, va="top" if i % 2 else "bottom")
        for name, found in told.items():
            place = np.full(len(found), names.index(name))
            right.plot([e.error for e in found], place, linestyle="", markersize=5, alpha=0.7, **look(name))
        left.set(xscale="log", yscale="log", ylabel="mean absolute error (nats)")
        left.set_title(f"n = {n:,}", fontsize=10)
        left.margins(x=0.35, y=0.15)
        right.axvline(0, color="#8d99a6", linewidth=0.8)
        right.set_xscale("symlog", linthresh=0.1)
        right.set_yticks(range(len(names)), names, fontsize=8)
        right.set_ylim(len(names) - 0.5, -0.5)
        right.set_title(f"n = {n:,}: estimate - truth, every task", fontsize=10)
        for ax in (left, right):
            ax.grid(alpha=0.3)
    axes[-1, 0].set_xlabel("CPU seconds a draw")
    axes[-1, 1].set_xlabel("nats (linear within .1)")
    return figure


def arguments(doc: str, given: list[str] | None) -> argparse.Namespace:
    parser = report.parser(doc, "accuracy")
    parser.add_argument("--tasks", type=Path, help="a folder of NAME.npz with X, Y and mi")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="tasks whose names contain one of these")
    parser.add_argument("--estimators", nargs="+", metavar="NAME", help="of ours and the peers', by name")
    parser.add_argument("--no-peers", action="store_true", help="build no environment and run no peer")
    parser.add_argument("--fresh", action="store_true", help="run peers again whose answers were kept")
    parser.add_argument("--kept", type=Path, default=table_peers.KEPT, help="the file that keeps peers' answers")
    parser.add_argument("--settings", action="store_true", help="accuracy against time, by our settings")
    parser.add_argument("--sensitivity", action="store_true", help="our defaults, halved and doubled")
    parser.add_argument("--large", action="store_true", help="normal tables of 2 to 10 nats")
    parser.add_argument("--dimensions", type=int, nargs="+", default=[1, 2, 5, 10, 20], help="of --large")
    parser.add_argument("--nats", type=float, nargs="+", default=[2, 4, 6, 8, 10], help="of --large")
    return parser.parse_args(given)


def chosen(names: list[str] | None) -> tuple[dict[str, dict[str, Any]], list[table_peers.Peer]]:
    """Ours and the peers that were asked for: all, unless named."""
    known = [*OURS, *[peer.name for peer in table_peers.PEERS]]
    unknown = set(names or []) - set(known)
    if unknown:
        raise SystemExit(f"--estimators {' '.join(sorted(unknown))}: not known; choose from {', '.join(known)}.")
    ours = {name: OURS[name] for name in OURS if not names or name in names}
    return ours, [peer for peer in table_peers.PEERS if not names or peer.name in names]


def main(given: list[str] | None = None) -> None:
    options = arguments(__doc__, given)
    own, peers = chosen(options.estimators)
    found_tasks = tasks(options.tasks, options.only)
    report.start()
    wrong = {} if options.no_peers else table_peers.build(peers)
    kept = Kept(options.kept, options.fresh)
    running = [] if options.no_peers else peers
    if options.settings or options.sensitivity or options.large:
        if options.settings:
            accuracy_variants.settings(options, found_tasks)
        if options.sensitivity:
            accuracy_variants.sensitivity(options, found_tasks)
        if options.large:
            accuracy_large.main(options, own, running, kept)
        return
    out = report.Report("Accuracy of estimates of tables", report.command())
    estimates: list[Estimate] = []
    for name, parameters in own.items():
        estimates += each(name, parameters, found_tasks, options.rows, options.seeds)
    estimates += theirs(running, found_tasks, options.rows, options.seeds, kept)
    versions_table(out, peers, wrong, built=bool(running))
    for n in options.rows:
        summary_table(out, n, [e for e in estimates if e.n == n])
    for n in options.rows:
        tasks_table(out, n, [e for e in estimates if e.n == n])
        bounds_table(out, n, [e for e in estimates if e.n == n])
    failures_table(out, estimates)
    out.write(options.output, picture(estimates, options.rows))


if __name__ == "__main__":
    main()
