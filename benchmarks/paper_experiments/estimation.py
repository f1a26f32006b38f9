"""Estimates: correlated Gaussians over correlations, and equitability over functions and noise.

All methods read the same rows. MINE and MINE-f are trained as the paper trains them (layers over (x, y), one
shuffled partner a row) and report their bound on the rows they were trained on, which is how the paper's figures
come about; skmine's default reports what rows tell that its critics did not see.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial import cKDTree
from scipy.special import digamma

from benchmarks import report
from benchmarks.paper_experiments.shared import Section, Setting, descend, over
from skmine import mutual_info
from skmine.nn import MutualInfoLoss

Array = np.ndarray


def ksg(x: Array, y: Array, k: int = 3) -> float:
    """Kraskov, Stoegbauer and Grassberger (2004), eq. 8, in the maximum norm."""
    rng = np.random.default_rng(0)
    x, y = (v / v.std(0) + 1e-10 * rng.normal(size=v.shape) for v in (x, y))
    radius = cKDTree(np.hstack([x, y])).query(np.hstack([x, y]), k + 1, p=np.inf)[0][:, -1]
    counts = [
        cKDTree(v).query_ball_point(v, np.nextafter(radius, 0), p=np.inf, return_length=True) for v in (x, y)
    ]  # with themselves
    return float(digamma(k) + digamma(len(x)) - np.mean(digamma(counts[0]) + digamma(counts[1])))


def classical(bound: str, n_steps: int, batch: int = 512) -> Callable[[Array, Array, int], float]:
    """MINE as published: the value on all rows, a shuffle of them as marginal pairs, at the end of training."""

    def estimate(x: Array, y: Array, seed: int) -> float:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            first, second = (torch.from_numpy(v.astype(np.float32)) for v in (x, y))
            mi = MutualInfoLoss(x.shape[1], y.shape[1], bound, "concat", activation="relu", n_negatives=1)
            optimizer = torch.optim.Adam(mi.parameters(), 1e-3)
            for _ in range(n_steps):
                rows = torch.randint(len(x), (batch,))
                descend(optimizer, -mi(first[rows], second[rows]))
            mi.eval()
            with torch.no_grad():
                return float(np.mean([mi(first, second).item() for _ in range(10)]))

    return estimate


def ours(x: Array, y: Array, seed: int) -> float:
    return mutual_info(x, y, random_state=seed).mi


def methods(n_steps: int) -> dict[str, Callable[[Array, Array, int], float]]:
    return {
        "MINE": classical("mine", n_steps),
        "MINE-f": classical("nwj", n_steps),
        "skmine": ours,
        "KSG": lambda x, y, seed: ksg(x, y),
    }


def gaussian(dim: int, rho: float, n: int, seed: int) -> tuple[Array, Array, float]:
    """Two vectors that are correlated component by component, and what they share."""
    x, e = np.random.default_rng(seed).normal(size=(2, n, dim))
    return x, rho * x + math.sqrt(1 - rho**2) * e, 0.5 * dim * -math.log1p(-(rho**2)) + 0.0


def on_gaussian(dim: int, rho: float, seed: int, n: int, n_steps: int) -> dict[str, object]:
    x, y, truth = gaussian(dim, rho, n, seed)
    estimates = {name: method(x, y, seed) for name, method in methods(n_steps).items()}
    return {"dim": dim, "rho": rho, "truth": truth, **estimates}


def run_gaussians(setting: Setting) -> Section:
    n, n_steps = setting.choose(4_000, 6_000), setting.choose(1_000, 3_000)
    rhos = setting.choose([-0.9, 0.0, 0.9], [-0.99, -0.9, -0.6, 0.0, 0.6, 0.9, 0.99])
    seeds = setting.choose(1, 2)
    found = over(
        [(dim, rho, s, n, n_steps) for dim in (2, 20) for rho in rhos for s in range(seeds)], on_gaussian, setting
    )
    section = Section("Correlated Gaussians", "Do the estimates follow the truth, in 2 and in 20 dimensions?")
    section.paragraphs += [
        f"{n:,} rows, {seeds} draws, in nats; corr(X_i, Y_j) = rho for i = j, else 0. MINE and MINE-f: {n_steps:,} "
        "steps of 512 rows, on their own training rows. KSG: 3 neighbours. Held-out rows cannot certify more than the "
        f"log of their number ({math.log(n / 3):.1f} nats for a third), where skmine stops, with a SaturationWarning. "
        "In the paper's figure 1 MINE and MINE-f follow the truth in both, and Kraskov's estimator falls behind in 20.",
    ]
    names = list(methods(1))
    head = ["rho", "truth", *names]
    for dim, of_dim in report.by(lambda r: r["dim"], found).items():
        rows = [
            [f"{rho:g}", f"{runs[0]['truth']:.2f}", *(report.mean([r[m] for r in runs], 2) for m in names)]
            for rho, runs in report.by(lambda r: r["rho"], of_dim).items()
        ]
        section.tables.append((f"{dim} dimensions", head, rows))
    section.figure = curves(found, names)
    return section


def on_fresh_rows(dim: int, rho: float, bound: str, seed: int, n_steps: int, batch: int = 256) -> dict[str, object]:
    """MINE where rows cost nothing: new ones at every step, and new ones at the end."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        mi = MutualInfoLoss(dim, dim, bound, "concat", activation="relu", n_negatives=1)
        optimizer = torch.optim.Adam(mi.parameters(), 1e-3)

        def rows(n: int) -> tuple[torch.Tensor, torch.Tensor]:
            x, e = torch.randn(2, n, dim)
            return x, rho * x + math.sqrt(1 - rho**2) * e

        for _ in range(n_steps):
            descend(optimizer, -mi(*rows(batch)))
        mi.eval()
        with torch.no_grad():
            value = float(np.mean([mi(*rows(10_000)).item() for _ in range(10)]))
    return {"dim": dim, "rho": rho, "bound": bound, "truth": gaussian(dim, rho, 2, 0)[2], "value": value}


def run_unlimited(setting: Setting) -> Section:
    n_steps, seeds = setting.choose(1_000, 4_000), setting.choose(1, 2)
    rhos = setting.choose([0.0, 0.6, 0.9], [0.0, 0.6, 0.9, 0.99])
    bounds = {"MINE": "mine", "MINE-f": "nwj"}
    found = over(
        [(d, rho, b, s, n_steps) for d in (2, 20) for rho in rhos for b in bounds.values() for s in range(seeds)],
        on_fresh_rows,
        setting,
    )
    section = Section("Correlated Gaussians, fresh rows", "Is it the rows that MINE lacks?")
    section.paragraphs += [
        f"The same where rows cost nothing: {n_steps:,} steps of 256 new rows, the value of 10,000 new ones, {seeds} "
        "runs, in nats. No table that one has gives as many.",
    ]
    rows: list[list[object]] = []
    for (dim, rho), runs in report.by(lambda r: (r["dim"], r["rho"]), found).items():
        values = [report.mean([r["value"] for r in runs if r["bound"] == b], 2) for b in bounds.values()]
        rows.append([dim, f"{rho:g}", f"{runs[0]['truth']:.2f}", *values])
    section.tables.append(("Values", ["dimensions", "rho", "truth", *bounds], rows))
    return section


COLOURS = {"MINE": report.COLOURS["MINE"], "MINE-f": report.COLOURS["SMILE-joint"], "skmine": report.COLOURS["skmine"],
           "KSG": report.COLOURS["KSG"]}  # fmt: skip


def curves(found: list[dict[str, object]], names: list[str]) -> object:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    groups = report.by(lambda r: r["dim"], found)
    for ax, (dim, runs) in zip(figure.subplots(1, len(groups)), groups.items(), strict=True):
        at = report.by(lambda r: r["rho"], runs)
        ax.plot(list(at), [r[0]["truth"] for r in at.values()], "k--", label="truth")
        for name in names:
            ax.plot(list(at), [np.mean([r[name] for r in rs]) for rs in at.values()], "o-", ms=4,
                    label=name, color=COLOURS[name])  # fmt: skip
        ax.set(title=f"{dim} dimensions", xlabel="rho", ylabel="nats")
    ax.legend()
    return figure


# Equitability ----------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "cube": lambda x: x**3,
    "sine": lambda x: np.sin(2 * np.pi * x),
}


def truth_of(f: Callable[[Array], Array], sigma: float) -> float:
    """I(X; f(X) + sigma e), X uniform on (-1, 1), e standard normal: h(Y) - h(sigma e), by integration."""
    x = np.linspace(-1, 1, 4001)
    y = np.linspace(-1 - 6 * sigma, 1 + 6 * sigma, 8001)
    density = np.zeros_like(y)
    values = f((x[1:] + x[:-1]) / 2)
    for part in np.array_split(values, 40):
        density += np.exp(-0.5 * ((y[:, None] - part) / sigma) ** 2).sum(1)
    density /= len(values) * sigma * math.sqrt(2 * math.pi)
    entropy = -np.trapezoid(np.where(density > 0, density * np.log(np.maximum(density, 1e-300)), 0), y)
    return float(entropy - 0.5 * math.log(2 * math.pi * math.e * sigma**2))


def on_function(name: str, noise: float, seed: int, n: int, n_steps: int) -> dict[str, object]:
    f = FUNCTIONS[name]
    rng = np.random.default_rng([seed, list(FUNCTIONS).index(name)])
    x = rng.uniform(-1, 1, n)
    # Noise as a share of the function's own spread, so that R^2 = 1 / (1 + noise^2) whatever the function.
    sigma = noise * float(f(np.linspace(-1, 1, 10_001)).std())
    y = f(x) + sigma * rng.normal(size=n)
    estimates = {m: method(x[:, None], y[:, None], seed) for m, method in methods(n_steps).items()}
    return {"function": name, "noise": noise, "truth": truth_of(f, sigma), **estimates}


def run_equitability(setting: Setting) -> Section:
    n, n_steps = setting.choose(2_000, 5_000), setting.choose(1_000, 2_000)
    noises, seeds = setting.choose([0.2, 0.5, 1.0], [0.1, 0.3, 1.0]), setting.choose(1, 3)
    found = over(
        [(f, noise, s, n, n_steps) for f in FUNCTIONS for noise in noises for s in range(seeds)], on_function, setting
    )
    section = Section("Equitability", "Does a score depend on the noise, and not on the function?")
    section.paragraphs += [
        f"y = f(x) + noise, x uniform on (-1, 1), {n:,} rows, {seeds} draws. Equal noise, as a share of f's spread, "
        "does not mean equal information (the truth is beside), so that curves have to coincide over the truth: the "
        "table gives each method's estimate less the truth, in nats. The paper's figure 2 shows, by eye, that MINE "
        "captures noise alike for the three functions.",
    ]
    names = list(methods(1))
    rows: list[list[object]] = []
    for noise, at in report.by(lambda r: r["noise"], found).items():
        for f, runs in report.by(lambda r: r["function"], at).items():
            truth = runs[0]["truth"]
            rows.append([f"{noise:g}", f, f"{truth:.3f}",
                         *(report.mean([r[m] - truth for r in runs], 3) for m in names)])  # fmt: skip
    section.tables.append(("Estimates less the truth", ["noise", "f", "truth", *names], rows))
    errors = [
        [
            m,
            *(
                f"{np.sqrt(np.mean([(r[m] - r['truth']) ** 2 for r in found if r['function'] == f])):.3f}"
                for f in FUNCTIONS
            ),
        ]
        for m in names
    ]
    section.tables.append(("Root mean squared errors", ["method", *FUNCTIONS], errors))
    section.figure = coincide(found, names)
    return section


def coincide(found: list[dict[str, object]], names: list[str]) -> object:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.3 * len(names), 3.6), layout="constrained")
    for ax, name in zip(figure.subplots(1, len(names), sharey=True), names, strict=True):
        ax.axline((0, 0), slope=1, color="k", lw=0.8, ls="--")
        for marker, (f, runs) in zip("os^", report.by(lambda r: r["function"], found).items(), strict=True):
            ax.plot([r["truth"] for r in runs], [r[name] for r in runs], marker, ms=4, alpha=0.7, label=f)
        ax.set(title=name, xlabel="truth, nats", ylabel="estimate, nats" if ax.get_subplotspec().is_first_col() else "")
    ax.legend()
    return figure
