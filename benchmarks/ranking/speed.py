"""Seconds and memory to rank a table's columns, compared with scikit-learn's `mutual_info_*`.

Both run in turn in this process, one thread each, and the fastest of the repeats counts; beyond 10,000
rows each runs once. Memory is the peak of a fresh process that draws the table and ranks it.
"""

import argparse
import functools
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from benchmarks.common import pictures, report
from skmine import rank_columns


@dataclass(frozen=True)
class Size:
    """A table's size: rows, columns, how many of these are informative, and whether the target is a class."""

    n: int
    d: int
    informative: int
    classify: bool

    @property
    def task(self) -> str:
        return "classification" if self.classify else "regression"

    @property
    def repeats(self) -> int:
        """Runs of which the fastest counts: fewer where a run takes a minute than where it takes a second."""
        return 5 if self.n <= 1_000 else 3 if self.n <= 10_000 else 1


@dataclass(frozen=True)
class Timing:
    """Our seconds and scikit-learn's for a table of some size."""

    size: Size
    ours: float
    theirs: float


#: Tables that skmine alone ranks: scikit-learn would take many minutes.
LARGE = [Size(1_000_000, 100, 10, False), Size(1_000_000, 100, 10, True), Size(2_000, 10_000, 1_000, False)]


def draw_table(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Normal columns, the first ones the target plus noise."""
    rng = np.random.default_rng(size.n)
    y = rng.normal(size=size.n)
    X = rng.normal(size=(size.n, size.d))
    X[:, : size.informative] += y[:, None]
    return X, (y > 0).astype(int) if size.classify else y


def measure_seconds(function, *arguments) -> float:
    started = time.perf_counter()
    function(*arguments, random_state=0)
    return time.perf_counter() - started


def time_in_turn(size: Size) -> Timing:
    """Our seconds and scikit-learn's, the fastest of some repeats in turn."""
    X, y = draw_table(size)
    theirs = mutual_info_classif if size.classify else mutual_info_regression
    times = [(measure_seconds(rank_columns, X, y), measure_seconds(theirs, X, y)) for _ in range(size.repeats)]
    return Timing(size, *np.min(times, axis=0).tolist())


def run_alone(size: Size) -> tuple[float, float]:
    """Seconds and peak GiB of a fresh process that ranks a table."""
    arguments = f"{size.n}, {size.d}, {size.informative}, {size.classify}"
    code = f"from benchmarks.ranking.speed import Size, print_cost; print_cost(Size({arguments}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    spent, peak = map(float, done.stdout.split())
    return spent, peak


def print_cost(size: Size) -> None:
    """Rank a table, and print its seconds and this process's peak GiB."""
    import resource

    report.prepare()
    X, y = draw_table(size)
    spent = measure_seconds(rank_columns, X, y)
    unit = 2**30 if sys.platform == "darwin" else 2**20  # ru_maxrss: bytes there, KiB elsewhere
    print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def add_speed_table(out: report.Report, rows: list[int], d: int) -> list[Timing]:
    timings, lines = [], []
    for n in rows:
        for classify in (False, True):
            for informative in (d // 10, d):
                size = Size(n, d, informative, classify)
                timing = time_in_turn(size)
                timings.append(timing)
                ratio = timing.theirs / timing.ours
                seconds = [f"{timing.ours:.2f}", f"{timing.theirs:.2f}", f"{ratio:.1f}"]
                lines.append([f"{n:,}", size.task, f"{informative} of {d}", *seconds, f"{run_alone(size)[1]:.2f}"])
    head = ["rows", "task", "informative", "skmine, s", "sklearn, s", "ratio", "skmine, peak GiB"]
    out.add_table(f"{d} columns", head, lines)
    return timings


def add_large_table(out: report.Report) -> None:
    lines = []
    for size in LARGE:
        spent, peak = run_alone(size)
        cells = [f"{size.n:,}", f"{size.d:,}", size.task, f"{size.informative:,}"]
        lines.append([*cells, f"{spent:.1f}", f"{peak:.2f}"])
    head = ["rows", "columns", "task", "informative", "seconds", "peak GiB"]
    out.add_table("Large tables, skmine alone (peak memory with the table itself)", head, lines)


def add_accelerator_table(out: report.Report) -> None:
    """The large tables on a CUDA device, and in the same run on the processor; said not to have run where none is."""
    if not torch.cuda.is_available():
        out.say("On a CUDA device: not run, as there is none here.")
        return
    lines = []
    for size in LARGE:
        X, y = draw_table(size)
        on_device, on_processor = (
            measure_seconds(functools.partial(rank_columns, device=name), X, y) for name in ("cuda", "cpu")
        )
        cells = [f"{size.n:,}", f"{size.d:,}", size.task, f"{size.informative:,}"]
        lines.append([*cells, f"{on_device:.1f}", f"{on_processor:.1f}"])
    head = ["rows", "columns", "task", "informative", "CUDA, s", "processor, s"]
    out.add_table(f"On {torch.cuda.get_device_name()}", head, lines)


def draw_picture(timings: list[Timing], d: int):
    """Seconds against rows, both on log scales."""
    figure, axes = pictures.make_panels(1, 1, (6, 4))
    ax = axes[0, 0]
    for informative, style in ((d // 10, "-"), (d, "--")):
        shown = [t for t in timings if t.size.informative == informative and not t.size.classify]
        n = [t.size.n for t in shown]
        for method, seconds in (("skmine", [t.ours for t in shown]), ("sklearn", [t.theirs for t in shown])):
            label = f"{method}, {informative} of {d} informative"
            ax.plot(n, seconds, style, marker="o", color=pictures.COLOURS[method], label=label)
    ax.set(xscale="log", yscale="log", xlabel="rows", ylabel=f"seconds for {d} columns, regression")
    ax.grid(alpha=0.3)
    ax.legend(fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.speed", "ranking_speed")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="numbers of rows")
    parser.add_argument("--columns", type=int, default=100, help="columns of each table")
    parser.add_argument("--large", action=argparse.BooleanOptionalAction, default=True,
                        help="also a million rows, and 10,000 columns")  # fmt: skip
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Speed and memory", report.get_command())
    timings = add_speed_table(out, options.rows, options.columns)
    if options.large:
        add_large_table(out)
        add_accelerator_table(out)
    out.write(options.output, draw_picture(timings, options.columns))


if __name__ == "__main__":
    main()
