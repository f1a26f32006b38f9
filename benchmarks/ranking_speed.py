"""Seconds and memory to rank a table's columns, beside scikit-learn's `mutual_info_*`.

Both run in turn in this process, one thread each, and the fastest of the repeats counts; beyond 10,000
rows each runs once. Memory is the peak of a fresh process that draws the table and ranks it.
"""

import argparse
import subprocess
import sys
import time

import numpy as np
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from benchmarks import report
from skmine import rank_columns


def draw(n: int, d: int, informative: int, classify: bool) -> tuple[np.ndarray, np.ndarray]:
    """Normal columns, the first ones the target plus noise."""
    rng = np.random.default_rng(n)
    y = rng.normal(size=n)
    X = rng.normal(size=(n, d))
    X[:, :informative] += y[:, None]
    return X, (y > 0).astype(int) if classify else y


def seconds(function, *arguments) -> float:
    started = time.perf_counter()
    function(*arguments, random_state=0)
    return time.perf_counter() - started


def in_turn(n: int, d: int, informative: int, classify: bool, repeats: int) -> tuple[float, float]:
    """Our seconds and scikit-learn's, the fastest of some repeats in turn."""
    X, y = draw(n, d, informative, classify)
    theirs = mutual_info_classif if classify else mutual_info_regression
    times = [(seconds(rank_columns, X, y), seconds(theirs, X, y)) for _ in range(repeats)]
    ours, others = np.min(times, axis=0)
    return float(ours), float(others)


def alone(n: int, d: int, informative: int, classify: bool) -> tuple[float, float]:
    """Seconds and peak GiB of a fresh process that ranks a table."""
    code = f"from benchmarks import ranking_speed; ranking_speed.child({n}, {d}, {informative}, {classify})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    spent, peak = map(float, done.stdout.split())
    return spent, peak


def child(n: int, d: int, informative: int, classify: bool) -> None:
    import resource

    report.start()
    X, y = draw(n, d, informative, classify)
    spent = seconds(rank_columns, X, y)
    unit = 2**30 if sys.platform == "darwin" else 2**20  # ru_maxrss: bytes there, KiB elsewhere
    print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def picture(rows: list[tuple[int, bool, int, float, float]], d: int):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    for informative, style in ((d // 10, "-"), (d, "--")):
        chosen = [row for row in rows if row[2] == informative and not row[1]]
        n = [row[0] for row in chosen]
        for method, column in (("skmine", 3), ("sklearn", 4)):
            label = f"{method}, {informative} of {d} informative"
            ax.plot(n, [row[column] for row in chosen], style, marker="o", color=report.COLOURS[method], label=label)
    ax.set(xscale="log", yscale="log", xlabel="rows", ylabel=f"seconds for {d} columns, regression")
    ax.grid(alpha=0.3)
    ax.legend(fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.parser(__doc__, "ranking_speed")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--large", action=argparse.BooleanOptionalAction, default=True,
                        help="also a million rows, and 10,000 columns")  # fmt: skip
    options = parser.parse_args(arguments)
    report.start()
    out = report.Report("Speed and memory", report.command())
    d, rows, lines = options.columns, [], []
    for n in options.rows:
        for classify in (False, True):
            for informative in (d // 10, d):
                repeats = 5 if n <= 1_000 else 3 if n <= 10_000 else 1
                ours, theirs = in_turn(n, d, informative, classify, repeats)
                rows.append((n, classify, informative, ours, theirs))
                task = "classification" if classify else "regression"
                peak = alone(n, d, informative, classify)[1]
                line = [f"{n:,}", task, f"{informative} of {d}", f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}"]
                lines.append([*line, f"{peak:.2f}"])
    head = ["rows", "task", "informative", "skmine, s", "sklearn, s", "ratio", "skmine, peak GiB"]
    out.table(f"{d} columns", head, lines)
    if options.large:
        large = [(1_000_000, 100, 10, False), (1_000_000, 100, 10, True), (2_000, 10_000, 1_000, False)]
        lines = []
        for n, columns, informative, classify in large:
            spent, peak = alone(n, columns, informative, classify)
            task = "classification" if classify else "regression"
            lines.append([f"{n:,}", f"{columns:,}", task, f"{informative:,}", f"{spent:.1f}", f"{peak:.2f}"])
        out.table("Large tables, skmine alone (peak memory with the table itself)",
                  ["rows", "columns", "task", "informative", "seconds", "peak GiB"], lines)  # fmt: skip
    out.write(options.output, picture(rows, d))


if __name__ == "__main__":
    main()
