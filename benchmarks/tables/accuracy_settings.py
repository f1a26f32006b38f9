"""Accuracy against time: cheaper and more expensive settings of our estimator of tables."""

import numpy as np
from sklearn.model_selection import ShuffleSplit

from benchmarks.common import pictures, report
from benchmarks.tables.estimates import (
    Estimate,
    add_failures_table,
    average_cpu,
    compute_errors,
    estimate_ours,
    group_by_estimator,
    select_good,
)
from benchmarks.tables.options import make_task_parser
from benchmarks.tables.tasks import list_tasks
from benchmarks.tables.variants import Variants, multiply_default


def list_settings(n: int) -> Variants:
    """The defaults, cheaper settings and more expensive ones."""
    one_split = {"cv": ShuffleSplit(1, test_size=0.25, random_state=0)}
    half_the_steps = multiply_default("max_iter", 0.5, n)
    return {
        "default": {},
        "one split": one_split,
        "one split, half the steps": one_split | half_the_steps,
        "half the steps": half_the_steps,
        "twice the steps": multiply_default("max_iter", 2, n) | multiply_default("n_iter_no_change", 2, n),
        "twice the width": multiply_default("hidden_layer_sizes", 2, n),
        "five folds": {"cv": 5},
    }


def add_settings_table(out: report.Report, n: int, estimates: list[Estimate]) -> None:
    settings = list_settings(n)
    rows: list[list[object]] = []
    for name, found in group_by_estimator(select_good(estimates)).items():
        errors = compute_errors(found)
        held_out = np.abs([e.held_out - e.truth for e in found])
        rows.append([name, f"`{settings[name]}`" if settings[name] else "", len(errors), report.format_mean(errors),
                     f"{errors.max():.3f}", f"{(errors < 0.05).sum()}", f"{held_out.mean():.4f}",
                     f"{average_cpu(found):.1f}"])  # fmt: skip
    head = ["settings", "", "draws", "mean absolute error ± s.e.", "worst", "within .05", "held-out score's",
            "CPU seconds per draw"]  # fmt: skip
    out.add_table(f"n = {n:,}", head, rows)


def draw_picture(estimates: list[Estimate], rows: list[int]):
    """Error against seconds, one panel per number of rows."""
    size = (2.5 + 3.5 * len(rows), 3.2)
    figure, axes = pictures.make_panels(1, len(rows), size)
    for ax, n in zip(axes[0], rows, strict=True):
        groups = group_by_estimator(select_good(estimates, n))
        for (name, found), marker in zip(groups.items(), "osDv^PX*", strict=False):
            place = average_cpu(found), compute_errors(found).mean()
            colour = pictures.COLOURS["skmine" if name == "default" else "skmine, p"]
            ax.plot(*place, marker, color=colour, markersize=8, markeredgecolor="white", label=name)
        ax.set(xlabel="CPU seconds per draw", ylabel="mean absolute error (nats)")
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.margins(0.15)
        ax.set_xlim(0)
        ax.set_ylim(0)
        ax.grid(alpha=0.3)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    options = make_task_parser(__doc__, "accuracy_settings").parse_args(arguments)
    tasks = list_tasks(options.tasks, options.only)
    report.prepare()
    out = report.Report("Accuracy against time: settings of skmine", report.get_command())
    estimates: list[Estimate] = []
    for n in options.rows:
        of_n = estimate_ours(list_settings(n), tasks, [n], options.seeds)
        add_settings_table(out, n, of_n)
        estimates += of_n
    add_failures_table(out, estimates)
    out.write(options.output, draw_picture(estimates, options.rows))


if __name__ == "__main__":
    main()
