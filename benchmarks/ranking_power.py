"""Which methods see a weak dependence: area under the ROC curve among null columns, and rejections.

Each kind of dependence is drawn at strengths that fall with the number of rows, so that the best
method is neither blind nor perfect. Half of the columns depend on the target; the others are
columns of the same kind that were drawn with another target. A method's scores should put the
first above the second; 1/2 is chance.
"""

from collections.abc import Callable

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks import peers, report

Rng = np.random.Generator
Array = np.ndarray

#: Nearest-neighbour estimators of MI; the others measure something else.
MI_PEERS = ("sklearn", "ennemi")
#: Methods with a p-value of their own, in the table of rejections.
REJECTIONS = ("skmine", "F", "sklearn, permuted")


def blended(rng: Rng, y: Array, x: Array, share: float) -> Array:
    """A share of the rows depends on y, the others do not; the margin stays the same."""
    return np.where(rng.random(len(y)) < share, x, rng.permutation(x))


def labelled(rng: Rng, y: Array, slope: float) -> Array:
    """Eight labels in no order, each with its own liking for the target."""
    effect = rng.permutation(np.linspace(-1.5, 1.5, 8))
    logits = slope * effect * y[:, None] + rng.gumbel(size=(len(y), 8))
    return logits.argmax(1).astype(float)


def narrow(rng: Rng, y: Array, share: float) -> Array:
    return blended(rng, y, y + rng.uniform(-0.05, 0.05, len(y)), share)


def on_circle(rng: Rng, y: Array, share: float) -> Array:
    side = rng.choice([-1.0, 1.0], len(y))
    return blended(rng, y, side * np.sqrt(np.maximum(1 - y**2, 0)) + 0.1 * rng.normal(size=len(y)), share)


def absent(rng: Rng, y: Array, slope: float) -> Array:
    gone = rng.random(len(y)) < 0.3 / (0.3 + 0.7 * np.exp(-slope * y))
    return np.where(gone, np.nan, rng.normal(size=len(y)))


def normal(rng: Rng, n: int) -> Array:
    return rng.normal(size=n)


def on_arc(rng: Rng, n: int) -> Array:
    return np.cos(rng.uniform(0, 2 * np.pi, n))


def two_classes(rng: Rng, n: int) -> Array:
    return rng.integers(0, 2, n)


def four_classes(rng: Rng, n: int) -> Array:
    return rng.integers(0, 4, n)


Kind = tuple[str, Callable[[Rng, int], Array], Callable[[Rng, Array, float], Array], float, bool]

#: name, target, column of a target and a strength, strength at n = 1,000 (it falls with the root of
#: n), whether the target is a class.
KINDS: list[Kind] = [
    ("linear", normal, lambda r, y, a: a * y + r.normal(size=len(y)), 0.1, False),
    ("quadratic", normal, lambda r, y, a: a * (y**2 - 1) / 1.4 + r.normal(size=len(y)), 0.13, False),
    ("sine, 2 y", normal, lambda r, y, a: a * np.sin(2 * y) * 1.4 + r.normal(size=len(y)), 0.13, False),
    ("sine, 6 y", normal, lambda r, y, a: a * np.sin(6 * y) * 1.4 + r.normal(size=len(y)), 0.25, False),
    ("step", normal, lambda r, y, a: a * (y > 0.8) * 2.4 + r.normal(size=len(y)), 0.11, False),
    ("circle", on_arc, on_circle, 0.2, False),
    ("heteroscedastic", normal, lambda r, y, a: np.exp(a * y) * r.normal(size=len(y)), 0.1, False),
    ("sign flip", normal, lambda r, y, a: blended(r, y, r.choice([-1, 1], len(y)) * y, a), 0.13, False),
    ("categorical", normal, labelled, 0.13, False),
    ("ordinal, ties", normal, lambda r, y, a: np.clip(np.round(a * y + r.normal(size=len(y))), -2, 2), 0.1, False),
    ("missingness", normal, absent, 0.23, False),
    ("heavy tails", normal, lambda r, y, a: a * y + r.standard_t(1.5, len(y)), 0.17, False),
    ("narrow noise", lambda r, n: r.uniform(size=n), narrow, 0.1, False),
    ("classes: shift", two_classes, lambda r, y, a: a * y + r.normal(size=len(y)), 0.2, True),
    ("classes: spread", four_classes, lambda r, y, a: np.exp(a * y) * r.normal(size=len(y)), 0.1, True),
]


def draw(kind: Kind, n: int, seed: int, columns: int) -> tuple[Array, Array]:
    """A table whose first half of the columns depends on the target, and the target."""
    _, target, column, strength, _ = kind
    rng = np.random.default_rng([n, seed, len(kind[0])])
    y = target(rng, n)
    a = min(strength * (1_000 / n) ** 0.5, 0.9)
    dependent = [column(rng, y, a) for _ in range(columns)]
    null = [column(rng, target(rng, n), a) for _ in range(columns)]
    return np.stack([*dependent, *null], axis=1), y


def scores_of(X: Array, y: Array, classify: bool, seed: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Scores of every method, and p-values of those that have them, (2 columns,) each."""
    ranking = peers.ranking_in_order(X, y, discrete_target=classify or "auto", random_state=seed)
    pvalue = ranking["pvalue"].to_numpy()
    scores = {"skmine": ranking["score"].to_numpy(), "skmine, p": -np.log(pvalue)}
    scores |= {name: method(X, y, classify) for name, method in peers.installed().items()}
    return scores, {"skmine": pvalue, "F": peers.f_statistic(X, y, classify)[1]}


def permutation_pvalues(X: Array, y: Array, classify: bool, rng: Rng, times: int) -> Array:
    """P-values of scikit-learn's MI by permuting the target."""
    observed = peers.sklearn_mi(X, y, classify)
    above = sum(peers.sklearn_mi(X, rng.permutation(y), classify) >= observed for _ in range(times))
    return (above + 1) / (times + 1)


def measure(
    n: int, tables: int, columns: int, times: int
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, Array]]]:
    """AUC by kind and method; rejections, (2, tables, columns), dependent columns first and null ones second."""
    areas, rejections = {}, {}
    truth = np.tile(np.repeat([1, 0], columns), tables)
    for kind in KINDS:
        scores: dict[str, list[Array]] = {}
        pvalues: dict[str, list[Array]] = {}
        for seed in range(tables):
            X, y = draw(kind, n, seed, columns)
            found, p = scores_of(X, y, kind[4], seed)
            if times and seed < max(tables // 10, 1):
                rng = np.random.default_rng([n, seed, 2])
                p["sklearn, permuted"] = permutation_pvalues(X, y, kind[4], rng, times)
            for store, values in ((scores, found), (pvalues, p)):
                for name, value in values.items():
                    store.setdefault(name, []).append(value)
        areas[kind[0]] = {name: roc_auc_score(truth, np.concatenate(v)) for name, v in scores.items()}
        rejections[kind[0]] = {
            name: np.stack(parts).reshape(-1, 2, columns).swapaxes(0, 1) <= 0.05 for name, parts in pvalues.items()
        }
    return areas, rejections


def area_table(out: report.Report, n: int, areas: dict[str, dict[str, float]], size: int) -> None:
    methods = list(next(iter(areas.values())))
    rows = []
    for kind, of in areas.items():
        peer = max((m for m in MI_PEERS if m in of), key=of.__getitem__)
        best = max(of.values())
        cells = [f"**{of[m]:.3f}**" if of[m] == best else f"{of[m]:.3f}" for m in methods]
        rows.append([kind, *cells, f"{of['skmine'] - of[peer]:+.3f}"])
    means = {m: np.mean([of[m] for of in areas.values()]) for m in methods}
    best_peer = max((m for m in MI_PEERS if m in means), key=means.__getitem__)
    rows.append(["**mean**", *[f"{means[m]:.3f}" for m in methods], f"{means['skmine'] - means[best_peer]:+.3f}"])
    title = f"Area under the ROC curve, n = {n}: {size} dependent and {size} null columns a kind"
    out.table(title, ["kind", *methods, "skmine less the best MI peer"], rows)
    behind = [row[0] for row in rows[:-1] if float(row[-1]) < 0]
    out.say(f"Behind the best MI peer: {', '.join(map(str, behind)) or 'nowhere'}.")


def rejection_table(out: report.Report, n: int, rejections: dict[str, dict[str, Array]]) -> None:
    methods = [m for m in REJECTIONS if m in next(iter(rejections.values()))]
    rows = []
    for kind, of in rejections.items():
        rows.append([kind, *[f"{of[m][0].mean():.2f}" for m in methods], *[f"{of[m][1].mean():.3f}" for m in methods]])
    row: list[object] = ["**mean**"]
    for half in (0, 1):
        for m in methods:
            every = np.stack([of[m][half] for of in rejections.values()])
            row.append(report.share(every.sum(), every.size))
    head = ["kind", *[f"dependent, {m}" for m in methods], *[f"null, {m}" for m in methods]]
    out.table(f"Share of columns with p at most .05, n = {n}", head, [*rows, row])


def picture(results: dict[int, dict[str, dict[str, float]]]):
    import matplotlib.pyplot as plt

    kinds = list(next(iter(results.values())))
    figure, axes = plt.subplots(1, len(results), figsize=(3.4 * len(results), 0.8 + 0.3 * len(kinds)), sharey=True,
                                layout="constrained", squeeze=False)  # fmt: skip
    place = np.arange(len(kinds))
    for ax, (n, areas) in zip(axes[0], results.items(), strict=True):
        for method, marker in zip(next(iter(areas.values())), "oPsdvx", strict=False):
            ax.plot([areas[k][method] for k in kinds], place, marker, color=report.COLOURS[method], label=method,
                    markersize=6)  # fmt: skip
        ax.axvline(0.5, linewidth=0.8, color="#8d99a6")
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.grid(axis="x", alpha=0.3)
        ax.set_yticks(place, kinds)
        ax.set_ylim(len(kinds) - 0.4, -0.6)
    figure.supxlabel("area under the ROC curve", fontsize=10)
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=6 if len(results) > 1 else 3,
        fontsize=8,
    )
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.parser(__doc__, "ranking_power")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 1_000, 5_000])
    parser.add_argument("--tables", type=int, default=20)
    parser.add_argument("--columns", type=int, default=8, help="dependent columns a table, and as many null ones")
    parser.add_argument("--permutations", type=int, default=100, help="of scikit-learn's MI, on a tenth of the tables")
    options = parser.parse_args(arguments)
    report.start()
    out = report.Report("Power to see a weak dependence", report.command())
    results = {}
    for n in options.rows:
        times = options.permutations if n <= 1_000 else 0
        results[n], rejections = measure(n, options.tables, options.columns, times)
        area_table(out, n, results[n], options.tables * options.columns)
        rejection_table(out, n, rejections)
    out.write(options.output, picture(results))


if __name__ == "__main__":
    main()
