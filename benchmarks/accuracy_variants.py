"""What our settings do: accuracy against time, and how much a default matters."""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.model_selection import ShuffleSplit

from benchmarks import report
from benchmarks.table_estimates import (
    Estimate,
    absolute_errors,
    by_estimator,
    by_task,
    cpu_seconds,
    each,
    failures_table,
)
from benchmarks.table_tasks import Task

#: By name, parameters of MutualInfoEstimator; some defaults go by the rows.
Variants = dict[str, dict[str, Any]]

#: Defaults that the sensitivity table halves and doubles.
VARIED = ["learning_rate_init", "hidden_layer_sizes", "batch_size", "max_iter"]


def times(parameter: str, factor: float, n: int) -> dict[str, Any]:
    """A default of ours for n rows, multiplied; whole numbers stay whole."""
    from skmine import MutualInfoEstimator

    value = MutualInfoEstimator().get_params()[parameter]
    if (parameter, value) == ("batch_size", "auto"):  # an eighth of what trains: 2 of 3 folds, 4 of 5 rows of those
        value = int(np.clip(n // 15, 64, 512))
    if isinstance(value, tuple):
        return {parameter: tuple(int(width * factor) for width in value)}
    return {parameter: int(value * factor) if isinstance(value, int) else value * factor}


def our_settings(n: int) -> Variants:
    """Cheaper and dearer ones."""
    one_split = {"cv": ShuffleSplit(1, test_size=0.25, random_state=0)}
    return {
        "default": {},
        "one split": one_split,
        "one split, half the steps": one_split | times("max_iter", 0.5, n),
        "half the steps": times("max_iter", 0.5, n),
        "twice the steps": times("max_iter", 2, n) | times("n_iter_no_change", 2, n),
        "twice the width": times("hidden_layer_sizes", 2, n),
        "five folds": {"cv": 5},
    }


def one_default_at_a_time(n: int) -> Variants:
    return {f"{name} x {factor:g}": times(name, factor, n) for name in VARIED for factor in (0.5, 2)}


def run(variants: Callable[[int], Variants], tasks: list[Task], n: int, seeds: int) -> list[Estimate]:
    return [e for name, parameters in variants(n).items() for e in each(name, parameters, tasks, [n], seeds)]


def settings(options: argparse.Namespace, tasks: list[Task]) -> None:
    out = report.Report("Accuracy against time: settings of skmine", report.command())
    estimates: list[Estimate] = []
    for n in options.rows:
        variants, of_n = our_settings(n), run(our_settings, tasks, n, options.seeds)
        rows: list[list[object]] = []
        for name, found in by_estimator(e for e in of_n if not e.wrong).items():
            errors = absolute_errors(found)
            held = np.abs([e.held_out - e.truth for e in found])
            rows.append([name, f"`{variants[name]}`" if variants[name] else "", len(errors), report.mean(errors),
                         f"{errors.max():.3f}", f"{(errors < 0.05).sum()}", f"{held.mean():.4f}",
                         f"{cpu_seconds(found):.1f}"])  # fmt: skip
        head = ["settings", "", "draws", "mean absolute error ± s.e.", "worst", "within .05", "held-out score's",
                "CPU seconds a draw"]  # fmt: skip
        out.table(f"n = {n:,}", head, rows)
        estimates += of_n
    failures_table(out, estimates)
    out.write(options.output.with_stem(f"{options.output.stem}_settings"), picture(estimates, options.rows))


def picture(estimates: list[Estimate], rows: list[int]):
    import matplotlib.pyplot as plt

    size = (2.5 + 3.5 * len(rows), 3.2)
    figure, axes = plt.subplots(1, len(rows), figsize=size, layout="constrained", squeeze=False)
    for ax, n in zip(axes[0], rows, strict=True):
        told = by_estimator(e for e in estimates if e.n == n and not e.wrong)
        for (name, found), marker in zip(told.items(), "osDv^PX*", strict=False):
            at = (cpu_seconds(found), absolute_errors(found).mean())
            colour = report.COLOURS["skmine" if name == "default" else "skmine, p"]
            ax.plot(*at, marker, color=colour, markersize=8, markeredgecolor="white", label=name)
        ax.set(xlabel="CPU seconds a draw", ylabel="mean absolute error (nats)")
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.margins(0.15)
        ax.set_xlim(0)
        ax.set_ylim(0)
        ax.grid(alpha=0.3)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    return figure


def sensitivity(options: argparse.Namespace, tasks: list[Task]) -> None:
    out = report.Report("Sensitivity: defaults of skmine, halved and doubled", report.command())
    out.say("One default at a time, on the tasks whose critics are trained: the pretrained one reads none of these.")
    estimates: list[Estimate] = []
    for n in options.rows:
        default = [e for e in each("default", {}, tasks, [n], options.seeds) if e.critic != "grid"]
        trained = [task for task in tasks if task.name in by_task(default)]
        of_n = [*default, *run(one_default_at_a_time, trained, n, options.seeds)]
        base = {(e.task, e.seed): abs(e.error) for e in default if not e.wrong}
        rows = []
        for name, found in by_estimator(e for e in of_n if not e.wrong and (e.task, e.seed) in base).items():
            value = "" if name == "default" else next(iter(one_default_at_a_time(n)[name].values()))
            more = [abs(e.error) - base[e.task, e.seed] for e in found]
            rows.append([name, value, len(found), report.mean(absolute_errors(found)), report.mean(more),
                         f"{max(more):.3f}", f"{cpu_seconds(found):.1f}"])  # fmt: skip
        head = ["", "value", "draws", "mean absolute error ± s.e.", "more than the default's ± s.e.",
                "most, on a draw", "CPU seconds a draw"]  # fmt: skip
        out.table(f"n = {n:,}", head, rows)
        estimates += of_n
    failures_table(out, estimates)
    out.write(options.output.with_stem(f"{options.output.stem}_sensitivity"))
