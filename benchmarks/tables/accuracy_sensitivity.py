"""How much each default of our estimator of tables matters: halved and doubled, one at a time."""

from benchmarks.common import report
from benchmarks.tables.estimates import (
    Estimate,
    add_failures_table,
    average_cpu,
    compute_errors,
    estimate_ours,
    group_by_estimator,
    group_by_task,
    select_good,
)
from benchmarks.tables.options import make_task_parser
from benchmarks.tables.tasks import Task, list_tasks
from benchmarks.tables.variants import Variants, multiply_default

#: Defaults that are halved and doubled: those that decide how long and how finely a critic is trained.
VARIED = ("learning_rate_init", "hidden_layer_sizes", "batch_size", "max_iter")


def list_variants(n: int) -> Variants:
    """One default halved or doubled in each."""
    return {f"{name} x {factor:g}": multiply_default(name, factor, n) for name in VARIED for factor in (0.5, 2)}


def estimate_variants(tasks: list[Task], n: int, seeds: int) -> list[Estimate]:
    """The defaults and each variant, on the tasks whose critics are trained."""
    default = [e for e in estimate_ours({"default": {}}, tasks, [n], seeds) if e.critic != "grid"]
    trained = [task for task in tasks if task.name in group_by_task(default)]
    return [*default, *estimate_ours(list_variants(n), trained, [n], seeds)]


def add_variants_table(out: report.Report, n: int, estimates: list[Estimate]) -> None:
    variants = list_variants(n)
    good = select_good(estimates)
    base = {(e.task, e.seed): abs(e.error) for e in good if e.estimator == "default"}
    rows = []
    for name, found in group_by_estimator(e for e in good if (e.task, e.seed) in base).items():
        value = "" if name == "default" else next(iter(variants[name].values()))
        more = [abs(e.error) - base[e.task, e.seed] for e in found]
        rows.append([name, value, len(found), report.format_mean(compute_errors(found)), report.format_mean(more),
                     f"{max(more):.3f}", f"{average_cpu(found):.1f}"])  # fmt: skip
    head = ["", "value", "draws", "mean absolute error ± s.e.", "more than the default's ± s.e.",
            "most, on one draw", "CPU seconds per draw"]  # fmt: skip
    out.add_table(f"n = {n:,}", head, rows)


def main(arguments: list[str] | None = None) -> None:
    options = make_task_parser(__doc__, "accuracy_sensitivity").parse_args(arguments)
    tasks = list_tasks(options.tasks, options.only)
    report.prepare()
    out = report.Report("Sensitivity: defaults of skmine, halved and doubled", report.get_command())
    out.say("One default at a time, on the tasks whose critics are trained: the pretrained critic reads none of these.")
    estimates: list[Estimate] = []
    for n in options.rows:
        of_n = estimate_variants(tasks, n, options.seeds)
        add_variants_table(out, n, of_n)
        estimates += of_n
    add_failures_table(out, estimates)
    out.write(options.output)


if __name__ == "__main__":
    main()
