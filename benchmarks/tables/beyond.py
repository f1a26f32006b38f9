"""Estimates of tables beyond the public tasks: products, edges, wide tables, mixtures, heavy tails and wild rows.

- by kind: mean and mean absolute error, how often intervals and lower bounds hold, mean width, CPU seconds;
- every law: the mean estimate, held-out score and interval.

Proportions carry exact 95 % intervals.
"""

import argparse

import numpy as np
from joblib import Parallel, delayed, parallel_config

from benchmarks.common import pictures, report
from benchmarks.common.processes import AnswerCache
from benchmarks.tables.estimates import (
    Estimate,
    add_failures_table,
    average_cpu,
    compute_errors,
    estimate_theirs,
    fit_ours,
    group_by_estimator,
    group_by_task,
    print_progress,
    select_good,
)
from benchmarks.tables.honesty import count_good_bounds, count_good_intervals
from benchmarks.tables.kinds import Case, list_cases
from benchmarks.tables.peers import ANSWERS, PEERS, Peer, build_environments

#: Other estimators that are asked, once per law: each case may take minutes.
PEERS_BEYOND = ("SMILE-joint", "MINDE", "infomeasure")


def fit_cases(cases: list[Case], seeds: int, n_jobs: int) -> list[Estimate]:
    """Estimates of so many draws of every case."""
    with parallel_config("loky", inner_max_num_threads=1):
        jobs = (delayed(fit_draw)(case.task.name, seed) for case in cases for seed in range(seeds))
        return [print_progress(e) for e in Parallel(n_jobs=n_jobs, return_as="generator")(jobs)]


def fit_draw(name: str, seed: int) -> Estimate:
    """One fit; a worker finds the case by its name, as laws hold functions without one."""
    case = next(case for case in list_cases() if case.task.name == name)
    return fit_ours("skmine", {}, case.task, case.n, seed)


def add_kinds_table(out: report.Report, found: list[Estimate]) -> None:
    """One row per kind, and one for all of them."""
    rows = []
    kinds = report.group_by(_get_kind, found)
    for name, some in {**kinds, "**all**": found}.items():
        errors = np.array([e.error for e in some])
        rows.append([name, len(some), f"{errors.mean():+.3f}", report.format_mean(np.abs(errors)),
                     f"{np.abs(errors).max():.3f}", report.format_proportion(count_good_intervals(some), len(some)),
                     report.format_proportion(count_good_bounds(some), len(some)),
                     f"{np.mean([e.high - e.low for e in some]):.3f}",
                     f"{np.mean([e.cpu for e in some]):.1f}"])  # fmt: skip
    head = ["kind", "draws", "mean error", "mean absolute error ± s.e.", "worst", "95 % interval holds the truth",
            "95 % lower bound at or below it", "mean width", "CPU seconds per draw"]  # fmt: skip
    out.add_table("By kind", head, rows)


def add_laws_table(out: report.Report, found: list[Estimate]) -> None:
    """One row per law."""
    rows = []
    for name, some in group_by_task(found).items():
        mean = {key: np.mean([getattr(e, key) for e in some]) for key in ("mi", "held_out", "low", "high", "cpu")}
        warned = sorted({word for e in some for word in e.warned.split(", ") if word})
        rows.append([name, f"{some[0].truth:.3f}", f"{mean['mi']:.3f}", f"{mean['mi'] - some[0].truth:+.3f}",
                     f"{mean['held_out']:.3f}", f"{mean['low']:.3f} to {mean['high']:.3f}",
                     f"{count_good_intervals(some)} of {len(some)}", f"{mean['cpu']:.1f}",
                     ", ".join(warned)])  # fmt: skip
    head = ["law", "truth", "mi_", "error", "held_out_mi_", "interval (95 %)", "holds", "CPU seconds", "warnings"]
    out.add_table("Every law", head, rows)


def ask_peers(peers: list[Peer], cases: list[Case], cache: AnswerCache) -> list[Estimate]:
    """Answers of other estimators for the first draw of every case."""
    return [e for case in cases for e in estimate_theirs(peers, [case.task], [case.n], 1, cache)]


def add_peers_table(out: report.Report, peers: list[Peer], theirs: list[Estimate], ours: list[Estimate]) -> None:
    """One row per estimator: mean absolute error by kind, on the first draw of every law."""
    first = [e for e in ours if e.seed == 0]
    settings = {"skmine": "held-out rows", **{peer.name: peer.version for peer in peers}}
    found = group_by_estimator(select_good([*first, *theirs]))
    kinds = list(report.group_by(_get_kind, first))
    rows = []
    for name, some in found.items():
        of_kinds = report.group_by(_get_kind, some)
        cells = [report.format_mean(compute_errors(of_kinds[kind])) if kind in of_kinds else "" for kind in kinds]
        rows.append([name, settings[name], len(some), *cells, f"{compute_errors(some).mean():.3f}",
                     f"{average_cpu(some):.1f}"])  # fmt: skip
    head = ["estimator", "package, settings", "laws", *kinds, "all", "CPU seconds per draw"]
    out.add_table("The first draw of every law: mean absolute error", head, rows)


def _get_kind(e: Estimate) -> str:
    return e.task.partition(":")[0]


def draw_picture(found: list[Estimate]):
    """The error and the interval of every law, by kind."""
    laws = group_by_task(found)
    figure, axes = pictures.make_panels(1, 1, (9, 1 + 0.22 * len(laws)))
    ax = axes[0, 0]
    for place, some in enumerate(laws.values()):
        for e in some:
            ax.plot([e.low - e.truth, e.high - e.truth], [place] * 2, color=pictures.COLOURS["skmine"], alpha=0.4)
            ax.plot(e.error, place, "o", markersize=4, color=pictures.COLOURS["skmine"])
    ax.axvline(0, color=pictures.GREY, linewidth=0.8)
    ax.set_xlabel("estimate - truth, with the 95 % interval (nats)")
    ax.grid(axis="x", alpha=0.3)
    pictures.name_rows(ax, list(laws), fontsize=7)
    return figure


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = report.make_parser(__doc__, "tables.beyond", "beyond")
    parser.add_argument("--seeds", type=int, default=6, help="draws per law: six of all laws are 228")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="laws whose names contain one of these")
    parser.add_argument("--n-jobs", type=int, default=2, help="draws at a time, on one core each")
    parser.add_argument("--no-peers", action="store_true", help="build no environment and run no peer")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    cases = [c for c in list_cases() if not options.only or any(part in c.task.name for part in options.only)]
    if not cases:
        raise SystemExit(f"--only {' '.join(options.only)}: no law has that in its name.")
    report.prepare()
    peers = [] if options.no_peers else [peer for peer in PEERS if peer.name in PEERS_BEYOND]
    build_environments(peers)
    out = report.Report("Estimates of tables beyond the public tasks", report.get_command())
    found = fit_cases(cases, options.seeds, options.n_jobs)
    theirs = ask_peers(peers, cases, AnswerCache(ANSWERS, False))
    good = select_good(found)
    add_kinds_table(out, good)
    if peers:
        add_peers_table(out, peers, theirs, good)
    add_laws_table(out, good)
    add_failures_table(out, [*found, *theirs])
    out.write(options.output, draw_picture(good))


if __name__ == "__main__":
    from benchmarks.tables import beyond  # under its own name, which workers can import

    beyond.main()
