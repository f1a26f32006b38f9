"""Correlated Gaussians over correlations: on given rows, and with fresh rows at every step."""

import math

import numpy as np
import torch
from torch import Tensor

from benchmarks.common import report
from benchmarks.paper.estimators import BATCH, BOUNDS, COLOURS, Array, list_methods, train_mine
from benchmarks.paper.shared import Section, Setting, run_all

#: Numbers of columns of either side, as in the paper's figure 1.
DIMENSIONS = (2, 20)

#: Fresh rows per step. Arbitrary.
FRESH_BATCH = 256

#: Fresh rows at the end, of which a value is taken. Arbitrary.
FRESH_FINAL = 10_000


def draw_gaussians(dim: int, rho: float, n: int, seed: int) -> tuple[Array, Array, float]:
    """Two vectors that are correlated component by component, and their mutual information."""
    x, e = np.random.default_rng(seed).normal(size=(2, n, dim))
    return x, rho * x + math.sqrt(1 - rho**2) * e, compute_truth(dim, rho)


def compute_truth(dim: int, rho: float) -> float:
    return 0.5 * dim * -math.log1p(-(rho**2)) + 0.0


def estimate_all(dim: int, rho: float, seed: int, n: int, n_steps: int) -> dict[str, object]:
    """Every method's estimate from the same rows."""
    x, y, truth = draw_gaussians(dim, rho, n, seed)
    estimates = {name: method(x, y, seed) for name, method in list_methods(n_steps).items()}
    return {"dim": dim, "rho": rho, "truth": truth, **estimates}


def run(setting: Setting) -> Section:
    n, n_steps = setting.choose(4_000, 6_000), setting.choose(1_000, 3_000)
    rhos = setting.choose([-0.9, 0.0, 0.9], [-0.99, -0.9, -0.6, 0.0, 0.6, 0.9, 0.99])
    seeds = setting.choose(1, 2)
    runs = [(dim, rho, s, n, n_steps) for dim in DIMENSIONS for rho in rhos for s in range(seeds)]
    found = run_all(runs, estimate_all, setting)
    section = Section("Correlated Gaussians", "Do the estimates follow the truth, in 2 and in 20 dimensions?")
    section.paragraphs += [
        f"{n:,} rows, {seeds} draws, in nats; corr(X_i, Y_j) = rho for i = j, else 0. MINE and MINE-f: {n_steps:,} "
        f"steps of {BATCH} rows, on their own training rows. KSG: 3 neighbours. Held-out rows cannot certify more than "
        f"the log of their number ({math.log(n / 3):.1f} nats for a third): there skmine stops, with a "
        "SaturationWarning. "
        "In the paper's figure 1 MINE and MINE-f follow the truth in both, and Kraskov's estimator falls behind in 20.",
    ]
    names = list(list_methods(1))
    for dim, of_dim in report.group_by(lambda r: r["dim"], found).items():
        rows = [
            [f"{rho:g}", f"{runs[0]['truth']:.2f}", *(report.format_mean([r[m] for r in runs], 2) for m in names)]
            for rho, runs in report.group_by(lambda r: r["rho"], of_dim).items()
        ]
        section.tables.append((f"{dim} dimensions", ["rho", "truth", *names], rows))
    section.figure = draw_curves(found, names)
    return section


def estimate_on_fresh_rows(dim: int, rho: float, bound: str, seed: int, n_steps: int) -> dict[str, object]:
    """MINE where rows cost nothing: new ones at every step, and new ones at the end."""

    def draw_rows(n: int) -> tuple[Tensor, Tensor]:
        x, e = torch.randn(2, n, dim)
        return x, rho * x + math.sqrt(1 - rho**2) * e

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        value = train_mine((dim, dim), bound, n_steps, lambda: draw_rows(FRESH_BATCH), lambda: draw_rows(FRESH_FINAL))
    return {"dim": dim, "rho": rho, "bound": bound, "truth": compute_truth(dim, rho), "value": value}


def run_unlimited(setting: Setting) -> Section:
    n_steps, seeds = setting.choose(1_000, 4_000), setting.choose(1, 2)
    rhos = setting.choose([0.0, 0.6, 0.9], [0.0, 0.6, 0.9, 0.99])
    runs = [(d, rho, b, s, n_steps) for d in DIMENSIONS for rho in rhos for b in BOUNDS.values() for s in range(seeds)]
    found = run_all(runs, estimate_on_fresh_rows, setting)
    section = Section("Correlated Gaussians, fresh rows", "Does MINE lack rows?")
    section.paragraphs += [
        f"The same where rows cost nothing: {n_steps:,} steps of {FRESH_BATCH} new rows, the value of "
        f"{FRESH_FINAL:,} new ones, {seeds} runs, in nats. No data set gives as many.",
    ]
    rows: list[list[object]] = []
    for (dim, rho), runs in report.group_by(lambda r: (r["dim"], r["rho"]), found).items():
        values = [report.format_mean([r["value"] for r in runs if r["bound"] == b], 2) for b in BOUNDS.values()]
        rows.append([dim, f"{rho:g}", f"{runs[0]['truth']:.2f}", *values])
    section.tables.append(("Values", ["dimensions", "rho", "truth", *BOUNDS], rows))
    return section


def draw_curves(found: list[dict[str, object]], names: list[str]) -> object:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    groups = report.group_by(lambda r: r["dim"], found)
    for ax, (dim, runs) in zip(figure.subplots(1, len(groups)), groups.items(), strict=True):
        at = report.group_by(lambda r: r["rho"], runs)
        ax.plot(list(at), [r[0]["truth"] for r in at.values()], "k--", label="truth")
        for name in names:
            means = [np.mean([r[name] for r in rs]) for rs in at.values()]
            ax.plot(list(at), means, "o-", ms=4, label=name, color=COLOURS[name])
        ax.set(title=f"{dim} dimensions", xlabel="rho", ylabel="nats")
    ax.legend()
    return figure
