"""Which methods see a weak dependence: area under the ROC curve among null columns, and rejections.

Each kind of dependence is drawn at strengths that fall with the number of rows, so that the best
method is neither blind nor perfect. Half of the columns depend on the target; the others are
columns of the same kind that were drawn with another target. A method's scores should put the
first above the second; 1/2 is chance.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.common import pictures, report
from benchmarks.ranking import peers

Rng = np.random.Generator
Array = np.ndarray

#: Methods with a p-value of their own, in the table of rejections.
REJECTIONS = ("skmine", "F", "sklearn, permuted")

#: Most rows at which scikit-learn's MI is permuted: at 5,000 that would add about 20 minutes.
MOST_ROWS_PERMUTED = 1_000


def blend(rng: Rng, y: Array, x: Array, proportion: float) -> Array:
    """A proportion of the rows depends on y, the others do not; the margin stays the same."""
    return np.where(rng.random(len(y)) < proportion, x, rng.permutation(x))


def draw_labels(rng: Rng, y: Array, slope: float) -> Array:
    """Eight labels in no order, each more or less probable as the target rises."""
    effect = rng.permutation(np.linspace(-1.5, 1.5, 8))
    logits = slope * effect * y[:, None] + rng.gumbel(size=(len(y), 8))
    return logits.argmax(1).astype(float)


def draw_narrow_band(rng: Rng, y: Array, proportion: float) -> Array:
    return blend(rng, y, y + rng.uniform(-0.05, 0.05, len(y)), proportion)


def draw_circle(rng: Rng, y: Array, proportion: float) -> Array:
    side = rng.choice([-1.0, 1.0], len(y))
    return blend(rng, y, side * np.sqrt(np.maximum(1 - y**2, 0)) + 0.1 * rng.normal(size=len(y)), proportion)


def draw_missing(rng: Rng, y: Array, slope: float) -> Array:
    """Noise that is missing more often as the target rises."""
    missing = rng.random(len(y)) < 0.3 / (0.3 + 0.7 * np.exp(-slope * y))
    return np.where(missing, np.nan, rng.normal(size=len(y)))


def draw_normal(rng: Rng, n: int) -> Array:
    return rng.normal(size=n)


def draw_arc(rng: Rng, n: int) -> Array:
    return np.cos(rng.uniform(0, 2 * np.pi, n))


def draw_two_classes(rng: Rng, n: int) -> Array:
    return rng.integers(0, 2, n)


def draw_four_classes(rng: Rng, n: int) -> Array:
    return rng.integers(0, 4, n)


@dataclass(frozen=True)
class Kind:
    """A kind of dependence.

    Attributes
    ----------
    draw_target : callable(rng, n) -> (n,)
    draw_column : callable(rng, target, strength) -> (n,)
    strength : float
        At n = 1,000; it falls with the root of n.
    classify : bool
        Whether the target is a class.
    """

    name: str
    draw_target: Callable[[Rng, int], Array]
    draw_column: Callable[[Rng, Array, float], Array]
    strength: float
    classify: bool = False


#: Strengths are such that the best method is neither blind nor perfect at n = 1,000.
KINDS = [
    Kind("linear", draw_normal, lambda r, y, a: a * y + r.normal(size=len(y)), 0.1),
    Kind("quadratic", draw_normal, lambda r, y, a: a * (y**2 - 1) / 1.4 + r.normal(size=len(y)), 0.13),
    Kind("sine, 2 y", draw_normal, lambda r, y, a: a * np.sin(2 * y) * 1.4 + r.normal(size=len(y)), 0.13),
    Kind("sine, 6 y", draw_normal, lambda r, y, a: a * np.sin(6 * y) * 1.4 + r.normal(size=len(y)), 0.25),
    Kind("step", draw_normal, lambda r, y, a: a * (y > 0.8) * 2.4 + r.normal(size=len(y)), 0.11),
    Kind("circle", draw_arc, draw_circle, 0.2),
    Kind("heteroscedastic", draw_normal, lambda r, y, a: np.exp(a * y) * r.normal(size=len(y)), 0.1),
    Kind("sign flip", draw_normal, lambda r, y, a: blend(r, y, r.choice([-1, 1], len(y)) * y, a), 0.13),
    Kind("categorical", draw_normal, draw_labels, 0.13),
    Kind("ordinal, ties", draw_normal, lambda r, y, a: np.clip(np.round(a * y + r.normal(size=len(y))), -2, 2), 0.1),
    Kind("missingness", draw_normal, draw_missing, 0.23),
    Kind("heavy tails", draw_normal, lambda r, y, a: a * y + r.standard_t(1.5, len(y)), 0.17),
    Kind("narrow noise", lambda r, n: r.uniform(size=n), draw_narrow_band, 0.1),
    Kind("classes: shift", draw_two_classes, lambda r, y, a: a * y + r.normal(size=len(y)), 0.2, True),
    Kind("classes: spread", draw_four_classes, lambda r, y, a: np.exp(a * y) * r.normal(size=len(y)), 0.1, True),
]


def draw_table(kind: Kind, n: int, seed: int, columns: int) -> tuple[Array, Array]:
    """A table whose first half of the columns depends on the target, and the target."""
    rng = np.random.default_rng([n, seed, len(kind.name)])
    y = kind.draw_target(rng, n)
    strength = min(kind.strength * (1_000 / n) ** 0.5, 0.9)
    dependent = [kind.draw_column(rng, y, strength) for _ in range(columns)]
    null = [kind.draw_column(rng, kind.draw_target(rng, n), strength) for _ in range(columns)]
    return np.stack([*dependent, *null], axis=1), y


def score_columns(X: Array, y: Array, classify: bool, seed: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Scores of every method, and p-values of those that have them, (2 columns,) each."""
    ranking = peers.rank_in_order(X, y, discrete_target=classify or "auto", random_state=seed)
    pvalue = ranking["pvalue"].to_numpy()
    scores = {"skmine": ranking["score"].to_numpy(), "skmine, p": -np.log(pvalue)}
    scores |= {name: method(X, y, classify) for name, method in peers.list_installed().items()}
    return scores, {"skmine": pvalue, "F": peers.compute_f_test(X, y, classify)[1]}


def permute(X: Array, y: Array, classify: bool, rng: Rng, times: int) -> Array:
    """P-values of scikit-learn's MI by permuting the target."""
    observed = peers.score_by_sklearn(X, y, classify)
    above = sum(peers.score_by_sklearn(X, rng.permutation(y), classify) >= observed for _ in range(times))
    return (above + 1) / (times + 1)


def measure_kind(kind: Kind, n: int, tables: int, columns: int, times: int) -> tuple[dict, dict]:
    """AUC by method; rejections by method, (2, tables, columns), dependent columns first and null ones second."""
    truth = np.tile(np.repeat([1, 0], columns), tables)
    scores: dict[str, list[Array]] = {}
    pvalues: dict[str, list[Array]] = {}
    for seed in range(tables):
        X, y = draw_table(kind, n, seed, columns)
        found, p = score_columns(X, y, kind.classify, seed)
        if times and seed < max(tables // 10, 1):
            p["sklearn, permuted"] = permute(X, y, kind.classify, np.random.default_rng([n, seed, 2]), times)
        for store, values in ((scores, found), (pvalues, p)):
            for name, value in values.items():
                store.setdefault(name, []).append(value)
    areas = {name: roc_auc_score(truth, np.concatenate(parts)) for name, parts in scores.items()}
    rejections = {
        name: np.stack(parts).reshape(-1, 2, columns).swapaxes(0, 1) <= 0.05 for name, parts in pvalues.items()
    }
    return areas, rejections


def measure(
    n: int, tables: int, columns: int, times: int
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, Array]]]:
    """AUC and rejections by kind and method."""
    found = {kind.name: measure_kind(kind, n, tables, columns, times) for kind in KINDS}
    return {name: areas for name, (areas, _) in found.items()}, {name: p for name, (_, p) in found.items()}


def find_best_peer(areas: dict[str, float]) -> str:
    return max((m for m in peers.MI_PEERS if m in areas), key=areas.__getitem__)


def add_area_table(out: report.Report, n: int, areas: dict[str, dict[str, float]], size: int) -> None:
    methods = list(next(iter(areas.values())))
    rows, behind = [], []
    for kind, of_kind in areas.items():
        ahead = of_kind["skmine"] - of_kind[find_best_peer(of_kind)]
        best = max(of_kind.values())
        cells = [f"**{of_kind[m]:.3f}**" if of_kind[m] == best else f"{of_kind[m]:.3f}" for m in methods]
        rows.append([kind, *cells, f"{ahead:+.3f}"])
        behind += [kind] * (float(f"{ahead:+.3f}") < 0)
    means = {m: np.mean([of_kind[m] for of_kind in areas.values()]) for m in methods}
    ahead = means["skmine"] - means[find_best_peer(means)]
    rows.append(["**mean**", *[f"{means[m]:.3f}" for m in methods], f"{ahead:+.3f}"])
    title = f"Area under the ROC curve, n = {n}: {size} dependent and {size} null columns per kind"
    out.add_table(title, ["kind", *methods, "skmine minus the best MI peer"], rows)
    out.say(f"Behind the best MI peer: {', '.join(behind) or 'nowhere'}.")


def add_rejection_table(out: report.Report, n: int, rejections: dict[str, dict[str, Array]]) -> None:
    methods = [m for m in REJECTIONS if m in next(iter(rejections.values()))]
    rows = []
    for kind, of_kind in rejections.items():
        dependent, null = ([of_kind[m][half].mean() for m in methods] for half in (0, 1))
        rows.append([kind, *[f"{value:.2f}" for value in dependent], *[f"{value:.3f}" for value in null]])
    row: list[object] = ["**mean**"]
    for half in (0, 1):
        for m in methods:
            every = np.stack([of_kind[m][half] for of_kind in rejections.values()])
            row.append(report.format_proportion(every.sum(), every.size))
    head = ["kind", *[f"dependent, {m}" for m in methods], *[f"null, {m}" for m in methods]]
    out.add_table(f"Proportion of columns with p at most .05, n = {n}", head, [*rows, row])


def draw_picture(results: dict[int, dict[str, dict[str, float]]]):
    """Areas, one panel per number of rows, one row per kind."""
    kinds = list(next(iter(results.values())))
    size = (3.4 * len(results), 0.8 + 0.3 * len(kinds))
    figure, axes = pictures.make_panels(1, len(results), size, sharey=True)
    for ax, (n, areas) in zip(axes[0], results.items(), strict=True):
        for method, marker in zip(next(iter(areas.values())), "oPsdvx", strict=False):
            colour = pictures.COLOURS[method]
            values = [areas[kind][method] for kind in kinds]
            ax.plot(values, np.arange(len(kinds)), marker, color=colour, label=method, markersize=6)
        ax.axvline(0.5, linewidth=0.8, color=pictures.GREY)
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.grid(axis="x", alpha=0.3)
        pictures.name_rows(ax, kinds)
    figure.supxlabel("area under the ROC curve", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 6 if len(results) > 1 else 3)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.power", "ranking_power")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 1_000, 5_000], help="numbers of rows")
    parser.add_argument("--tables", type=int, default=20, help="tables per kind and number of rows")
    parser.add_argument("--columns", type=int, default=8, help="dependent columns per table, and as many null ones")
    parser.add_argument("--permutations", type=int, default=100, help="of scikit-learn's MI, on a tenth of the tables")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Power to see a weak dependence", report.get_command())
    results = {}
    for n in options.rows:
        times = options.permutations if n <= MOST_ROWS_PERMUTED else 0
        results[n], rejections = measure(n, options.tables, options.columns, times)
        add_area_table(out, n, results[n], options.tables * options.columns)
        add_rejection_table(out, n, rejections)
    out.write(options.output, draw_picture(results))


if __name__ == "__main__":
    main()
