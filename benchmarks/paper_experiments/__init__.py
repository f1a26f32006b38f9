"""The experiments of Belghazi et al. (2018), by name; `benchmarks.paper` runs them."""

from collections.abc import Callable

from benchmarks.paper_experiments import bottleneck, control, estimation, inference, modes
from benchmarks.paper_experiments.shared import Section, Setting

EXPERIMENTS: dict[str, Callable[[Setting], Section]] = {
    "gaussians": estimation.run_gaussians,
    "unlimited": estimation.run_unlimited,
    "equitability": estimation.run_equitability,
    "modes": modes.run_gaussians,
    "stacked": modes.run_stacked,
    "inference": inference.run,
    "bottleneck": bottleneck.run,
    "control": control.run,
}
