"""How close the estimates are to known mutual information, beside nearest-neighbour estimators.

- shapes of `skmine.synthetic` whose truth is an integral: mean absolute error a shape and size;
- discrete tables of known MI;
- null columns: mean and standard deviation.
"""

import numpy as np

from benchmarks import peers, report
from skmine import rank_columns
from skmine.synthetic import Sampler, discrete_table, shapes

Errors = dict[str, np.ndarray]  # method -> (seeds,)


def methods() -> list[str]:
    return ["skmine", *[name for name in peers.installed() if name in ("sklearn", "ennemi")]]


def estimates(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[Errors, np.ndarray]:
    """Estimates of every method, (d,) each, and our held-out scores."""
    ranking = peers.ranking_in_order(X, y, random_state=seed)
    out = {"skmine": ranking["mi"].to_numpy()}
    for name in methods()[1:]:
        out[name] = peers.installed()[name](X, y, False)
    return out, ranking["score"].to_numpy()


def errors_of(sampler: Sampler, n: int, seeds: int) -> tuple[Errors, Errors]:
    """Mean estimates' draws and absolute errors, by method."""
    drawn: dict[str, list[float]] = {name: [] for name in methods()}
    for seed in range(seeds):
        x, y = sampler.draw(np.random.default_rng([n, seed]), n)
        for name, values in estimates(x[:, None], y, seed)[0].items():
            drawn[name].append(float(values[0]))
    found = {name: np.array(values) for name, values in drawn.items()}
    return found, {name: np.abs(values - sampler.mi) for name, values in found.items()}


def shapes_table(out: report.Report, n: int, seeds: int) -> dict[str, Errors]:
    names, rows, by_shape = methods(), [], {}
    for sampler in shapes():
        found, errors = errors_of(sampler, n, seeds)
        by_shape[sampler.name] = errors
        row = [sampler.name, f"{sampler.mi:.4f}", *[f"{found[m].mean():.4f}" for m in names]]
        rows.append([*row, *[report.mean(errors[m]) for m in names], f"{errors['skmine'].max():.4f}"])
    means = {m: np.mean([errors[m] for errors in by_shape.values()], axis=0) for m in names}
    rows.append(["**mean**", "", *["" for _ in names], *[report.mean(means[m]) for m in names], ""])
    head = ["shape", "truth", *names, *[f"error, {m}" for m in names], "largest, skmine"]
    out.table(
        f"Shapes, n = {n}, {seeds} seeds: mean estimate, and mean absolute error ± its standard error", head, rows
    )
    return by_shape


def random_tables() -> list[Sampler]:
    """Joint probability tables of several sizes and strengths, drawn once."""
    rng = np.random.default_rng(7)
    out = []
    for r, c, concentration in ((2, 2, 0.7), (2, 2, 30), (3, 5, 1), (5, 5, 0.3), (8, 4, 2), (10, 10, 1)):
        joint = rng.dirichlet(np.full(r * c, concentration)).reshape(r, c)
        out.append(discrete_table(f"{r} x {c}, {concentration:g}", joint))
    for k, share in ((3, 0.3), (6, 0.7), (12, 0.5)):  # labels that agree, in no order
        out.append(discrete_table(f"{k} x {k}, {share:g} agree", share * np.eye(k) / k + (1 - share) / k**2))
    return out


def discrete_rows(out: report.Report, n: int, seeds: int) -> None:
    rows = []
    for sampler in random_tables():
        errors = []
        for seed in range(seeds):
            x, y = sampler.draw(np.random.default_rng([n, seed]), n)
            ranking = rank_columns(x[:, None], y, discrete_features=True, discrete_target=True, random_state=seed)
            errors.append(ranking["mi"].iloc[0] - sampler.mi)
        rows.append([sampler.name, f"{sampler.mi:.4f}", report.mean(errors), report.mean(np.abs(errors))])
    head = ["rows x columns, concentration", "truth", "error", "absolute error"]
    out.table(f"Discrete tables of known MI, n = {n}, {seeds} seeds", head, rows)


def null_table(out: report.Report, rows: list[int], seeds: int, d: int = 100) -> None:
    lines = []
    for n in rows:
        kept: dict[str, list[np.ndarray]] = {}
        for seed in range(seeds):
            rng = np.random.default_rng([n, seed, 1])
            found, held = estimates(rng.normal(size=(n, d)), rng.normal(size=n), seed)
            for name, values in {"skmine, held-out score": held, **found}.items():
                kept.setdefault(name, []).append(values)
        for name, parts in kept.items():
            values = np.concatenate(parts)
            sd = values.std(ddof=1)
            lines.append([n, name, report.mean(values, 5), f"{sd:.5f} ± {sd / np.sqrt(2 * len(values)):.5f}"])
    out.table(f"{seeds * d} null columns", ["n", "", "mean", "standard deviation"], lines)


def picture(results: dict[int, dict[str, Errors]]):
    import matplotlib.pyplot as plt

    names = list(next(iter(results.values())))
    size = (3.4 * len(results), 0.6 + 0.3 * len(names))
    figure, axes = plt.subplots(1, len(results), figsize=size, sharex=True, sharey=True, layout="constrained",
                                squeeze=False)  # fmt: skip
    place = np.arange(len(names))
    for ax, (n, by_shape) in zip(axes[0], results.items(), strict=True):
        for method, marker in zip(methods(), "osd", strict=False):
            ax.plot([by_shape[s][method].mean() for s in names], place, marker, color=report.COLOURS[method],
                    label=method, markersize=6)  # fmt: skip
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter("")
        ax.grid(axis="x", alpha=0.3)
        ax.set_yticks(place, names)
        ax.set_ylim(len(names) - 0.4, -0.6)
    figure.supxlabel("mean absolute error (nats)", fontsize=10)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.parser(__doc__, "ranking_precision")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 10_000])
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args(arguments)
    report.start()
    out = report.Report("Precision of the estimates", report.command())
    results = {n: shapes_table(out, n, options.seeds) for n in options.rows}
    discrete_rows(out, max(options.rows), options.seeds)
    null_table(out, options.rows, max(options.seeds // 2, 1))
    out.write(options.output, picture(results))


if __name__ == "__main__":
    main()
