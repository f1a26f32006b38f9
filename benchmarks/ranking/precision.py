"""How close the estimates are to known mutual information, compared with nearest-neighbour estimators.

- shapes of `skmine.synthetic` whose true MI is an integral: mean absolute error per shape and number of rows;
- other shapes, strong links among them;
- discrete laws of known MI;
- null columns: mean and standard deviation.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from benchmarks.common import pictures, report
from benchmarks.ranking import peers
from skmine import rank_columns
from skmine.synthetic import Sampler, constant, discrete_table, noisy_function, shapes

Errors = dict[str, np.ndarray]  # method -> (seeds,)

#: Discrete laws: numbers of labels of the two columns, and the concentration of the Dirichlet law that their joint
#: probabilities are drawn from, the weaker the link the larger it is. Arbitrary: two labels to ten, links of
#: every strength.
DIRICHLET = ((2, 2, 0.7), (2, 2, 30), (3, 5, 1), (5, 5, 0.3), (8, 4, 2), (10, 10, 1))

#: Discrete laws of labels that agree: how many there are, and in what proportion of the rows they agree. Arbitrary.
AGREEING = ((3, 0.3), (6, 0.7), (12, 0.5))


def list_other_shapes() -> tuple[Sampler, ...]:
    """Laws of .06 to 3.9 nats that no weight was fitted on.

    One constant was chosen on them, with other draws: `skmine.estimation.fitting_cost.FEWEST_PER_NODE`.
    """
    return (
        noisy_function("y + .05 N", lambda v: v, constant(0.05)),
        noisy_function("y + .02 N", lambda v: v, constant(0.02)),
        noisy_function("tanh 4y", lambda v: np.tanh(4 * v) + 0.1 * v, constant(0.25)),
        noisy_function("sin 3y", lambda v: np.sin(3 * v), constant(0.1)),
        noisy_function("triangle wave", lambda v: np.abs((1.6 * v) % 2 - 1), constant(0.2)),
        noisy_function("square", np.square, constant(0.05)),
        noisy_function("kink", np.abs, constant(0.02)),
        noisy_function("growing noise", lambda v: v, lambda v: 0.1 * np.exp(0.8 * v)),
        noisy_function("Laplace", lambda v: v, constant(0.1), stats.laplace()),
        noisy_function("Student noise", lambda v: v**3, constant(0.2), stats.t(3)),
        noisy_function("uniform noise", lambda v: v, constant(0.2), stats.uniform(-1, 2)),
        noisy_function("weak square", np.square, constant(4.0)),
    )


def list_methods() -> list[str]:
    return ["skmine", *[name for name in peers.list_installed() if name in peers.MI_PEERS]]


def estimate(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[Errors, np.ndarray]:
    """Estimates of every method, (d,) each, and our held-out scores."""
    ranking = peers.rank_in_order(X, y, random_state=seed)
    out = {"skmine": ranking["mi"].to_numpy()}
    for name in list_methods()[1:]:
        out[name] = peers.list_installed()[name](X, y, False)
    return out, ranking["score"].to_numpy()


def measure_errors(sampler: Sampler, n: int, seeds: int) -> tuple[Errors, Errors]:
    """Estimates and their absolute errors, by method, one per seed."""
    estimates: dict[str, list[float]] = {name: [] for name in list_methods()}
    for seed in range(seeds):
        x, y = sampler.draw(np.random.default_rng([n, seed]), n)
        for name, values in estimate(x[:, None], y, seed)[0].items():
            estimates[name].append(float(values[0]))
    found = {name: np.array(values) for name, values in estimates.items()}
    return found, {name: np.abs(values - sampler.mi) for name, values in found.items()}


def add_shapes_table(
    out: report.Report, title: str, samplers: Sequence[Sampler], n: int, seeds: int
) -> dict[str, Errors]:
    names, rows, by_shape, signed = list_methods(), [], {}, []
    for sampler in samplers:
        found, errors = measure_errors(sampler, n, seeds)
        by_shape[sampler.name] = errors
        signed.append(found["skmine"].mean() - sampler.mi)
        row = [sampler.name, f"{sampler.mi:.4f}", *[f"{found[m].mean():.4f}" for m in names]]
        rows.append([*row, *[report.format_mean(errors[m]) for m in names], f"{errors['skmine'].max():.4f}"])
    means = {m: np.mean([errors[m] for errors in by_shape.values()], axis=0) for m in names}
    rows.append(["**mean**", "", *["" for _ in names], *[report.format_mean(means[m]) for m in names], ""])
    head = ["shape", "truth", *names, *[f"error, {m}" for m in names], "largest, skmine"]
    title = f"{title}, n = {n}, {seeds} seeds: mean estimate, and mean absolute error ± its standard error"
    out.add_table(title, head, rows)
    out.say(f"Mean of skmine's signed errors: {np.mean(signed):+.4f}.")
    return by_shape


def make_discrete_laws() -> list[Sampler]:
    """Joint probabilities of several sizes and strengths, drawn once."""
    rng = np.random.default_rng(7)
    out = []
    for r, c, concentration in DIRICHLET:
        joint = rng.dirichlet(np.full(r * c, concentration)).reshape(r, c)
        out.append(discrete_table(f"{r} x {c}, {concentration:g}", joint))
    for k, agree in AGREEING:
        out.append(discrete_table(f"{k} x {k}, {agree:g} agree", agree * np.eye(k) / k + (1 - agree) / k**2))
    return out


def add_discrete_table(out: report.Report, n: int, seeds: int) -> None:
    rows = []
    for sampler in make_discrete_laws():
        errors = []
        for seed in range(seeds):
            x, y = sampler.draw(np.random.default_rng([n, seed]), n)
            ranking = rank_columns(x[:, None], y, discrete_features=True, discrete_target=True, random_state=seed)
            errors.append(ranking["mi"].iloc[0] - sampler.mi)
        rows.append([sampler.name, f"{sampler.mi:.4f}", report.format_mean(errors), report.format_mean(np.abs(errors))])
    head = ["labels x labels, concentration", "truth", "error", "absolute error"]
    out.add_table(f"Discrete laws of known MI, n = {n}, {seeds} seeds", head, rows)


def add_null_table(out: report.Report, rows: list[int], seeds: int, d: int = 100) -> None:
    lines = []
    for n in rows:
        estimates: dict[str, list[np.ndarray]] = {}
        for seed in range(seeds):
            rng = np.random.default_rng([n, seed, 1])
            found, held_out = estimate(rng.normal(size=(n, d)), rng.normal(size=n), seed)
            for name, values in {"skmine, held-out score": held_out, **found}.items():
                estimates.setdefault(name, []).append(values)
        for name, parts in estimates.items():
            values = np.concatenate(parts)
            sd = values.std(ddof=1)
            lines.append([n, name, report.format_mean(values, 5), f"{sd:.5f} ± {sd / np.sqrt(2 * len(values)):.5f}"])
    out.add_table(f"{seeds * d} null columns", ["n", "", "mean", "standard deviation"], lines)


def draw_picture(results: dict[int, dict[str, Errors]]):
    """Mean absolute error, one panel per number of rows, one row per shape."""
    names = list(next(iter(results.values())))
    size = (3.4 * len(results), 0.6 + 0.3 * len(names))
    figure, axes = pictures.make_panels(1, len(results), size, sharex=True, sharey=True)
    for ax, (n, by_shape) in zip(axes[0], results.items(), strict=True):
        for method, marker in zip(list_methods(), "osd", strict=False):
            errors = [by_shape[shape][method].mean() for shape in names]
            colour = pictures.COLOURS[method]
            ax.plot(errors, np.arange(len(names)), marker, color=colour, label=method, markersize=6)
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter("")
        ax.grid(axis="x", alpha=0.3)
        pictures.name_rows(ax, names)
    figure.supxlabel("mean absolute error (nats)", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 3)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.precision", "ranking_precision")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 10_000], help="numbers of rows")
    parser.add_argument("--seeds", type=int, default=20, help="draws per shape and number of rows")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Precision of the estimates", report.get_command())
    results: dict[int, dict[str, Errors]] = {n: {} for n in options.rows}
    for title, samplers in (("Shapes", shapes()), ("Other shapes", list_other_shapes())):
        for n, by_shape in results.items():
            by_shape |= add_shapes_table(out, title, samplers, n, options.seeds)
    add_discrete_table(out, max(options.rows), options.seeds)
    add_null_table(out, options.rows, max(options.seeds // 2, 1))
    out.write(options.output, draw_picture(results))


if __name__ == "__main__":
    main()
