"""Which methods see a weak dependence: area under the ROC curve among null columns, and rejections.

Each kind of dependence is drawn at strengths that fall with the number of rows, so that the best
method is neither blind nor perfect. Half of the columns depend on the target; the others are
columns of the same kind that were drawn with another target. A method's scores should put the
first above the second; 1/2 is chance. The weights of our combined p-value were chosen on the first
fifteen kinds, with other seeds; nothing was fitted on the others.
"""

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.common import pictures, report
from benchmarks.ranking import peers
from benchmarks.ranking.power_kinds import KINDS, NEW_KINDS, Array, Kind, Rng, draw_table

#: Methods with a p-value of their own, in the table of rejections.
REJECTIONS = ("skmine", "F", "sklearn, permuted")

#: Levels of the rejections.
LEVELS = (0.05, 0.001)

#: Most rows at which scikit-learn's MI is permuted: at 5,000 that would add about 20 minutes.
MOST_ROWS_PERMUTED = 1_000


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
    """AUC by method; p-values by method, (2, tables, columns), dependent columns first and null ones second."""
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
    found = {name: np.stack(parts).reshape(-1, 2, columns).swapaxes(0, 1) for name, parts in pvalues.items()}
    return areas, found


def measure(
    kinds: list[Kind], n: int, tables: int, columns: int, times: int
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, Array]]]:
    """AUC and p-values by kind and method."""
    found = {kind.name: measure_kind(kind, n, tables, columns, times) for kind in kinds}
    return {name: areas for name, (areas, _) in found.items()}, {name: p for name, (_, p) in found.items()}


def find_best_peer(areas: dict[str, float]) -> str:
    return max((m for m in areas if not m.startswith("skmine")), key=areas.__getitem__)


def compute_area_error(area: float, size: int) -> float:
    """Standard error of an area under the ROC curve of as many of either kind (Hanley and McNeil 1982)."""
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (size - 1) * (first + second - 2 * area**2)
    return float(np.sqrt(variance)) / size


def add_area_table(out: report.Report, title: str, areas: dict[str, dict[str, float]], size: int) -> None:
    methods = list(next(iter(areas.values())))
    rows, behind = [], []
    for kind, of_kind in areas.items():
        ahead = of_kind["skmine, p"] - of_kind[find_best_peer(of_kind)]
        best = max(of_kind.values())
        cells = [f"**{of_kind[m]:.3f}**" if of_kind[m] == best else f"{of_kind[m]:.3f}" for m in methods]
        rows.append([kind, *cells, f"{ahead:+.3f}"])
        behind += [kind] * (float(f"{ahead:+.3f}") < 0)
    means = {m: float(np.mean([of_kind[m] for of_kind in areas.values()])) for m in methods}
    errors = {
        m: np.sqrt(sum(compute_area_error(a[m], size) ** 2 for a in areas.values())) / len(areas) for m in methods
    }
    ahead = means["skmine, p"] - means[find_best_peer(means)]
    rows.append(["**mean ± s.e.**", *[f"{means[m]:.3f} ± {errors[m]:.3f}" for m in methods], f"{ahead:+.3f}"])
    out.add_table(
        f"Area under the ROC curve, {title}: {size} dependent and {size} null columns per kind",
        ["kind", *methods, "our p-value minus the best peer"],
        rows,
    )
    out.say(f"Our p-value is behind a peer: {', '.join(behind) or 'nowhere'}.")


def add_rejection_table(out: report.Report, title: str, pvalues: dict[str, dict[str, Array]], level: float) -> None:
    methods = [m for m in REJECTIONS if m in next(iter(pvalues.values()))]
    rows = []
    for kind, of_kind in pvalues.items():
        dependent, null = ([(of_kind[m][half] <= level).mean() for m in methods] for half in (0, 1))
        rows.append([kind, *[f"{value:.2f}" for value in dependent], *[f"{value:.3f}" for value in null]])
    row: list[object] = ["**mean**"]
    for half in (0, 1):
        for m in methods:
            every = np.stack([of_kind[m][half] <= level for of_kind in pvalues.values()])
            row.append(report.format_proportion(every.sum(), every.size))
    head = ["kind", *[f"dependent, {m}" for m in methods], *[f"null, {m}" for m in methods]]
    out.add_table(f"Proportion of columns with p at most {level:g}, {title}", head, [*rows, row])


def draw_picture(results: dict[int, dict[str, dict[str, float]]]):
    """Areas, one panel per number of rows, one row per kind."""
    kinds = list(next(iter(results.values())))
    size = (3.4 * len(results), 0.8 + 0.3 * len(kinds))
    figure, axes = pictures.make_panels(1, len(results), size, sharey=True)
    for ax, (n, areas) in zip(axes[0], results.items(), strict=True):
        for method, marker in zip(next(iter(areas.values())), "oPsdvx^", strict=False):
            colour = pictures.COLOURS[method]
            values = [areas[kind][method] for kind in kinds]
            ax.plot(values, np.arange(len(kinds)), marker, color=colour, label=method, markersize=6)
        ax.axvline(0.5, linewidth=0.8, color=pictures.GREY)
        ax.set_title(f"n = {n:,}", fontsize=10)
        ax.grid(axis="x", alpha=0.3)
        pictures.name_rows(ax, kinds)
    figure.supxlabel("area under the ROC curve", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 7 if len(results) > 1 else 3)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.power", "ranking_power")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 1_000, 5_000], help="numbers of rows")
    parser.add_argument("--tables", type=int, default=40, help="tables per kind and number of rows")
    parser.add_argument("--columns", type=int, default=8, help="dependent columns per table, and as many null ones")
    parser.add_argument("--permutations", type=int, default=100, help="of scikit-learn's MI, on a tenth of the tables")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Power to see a weak dependence", report.get_command())
    results: dict[int, dict[str, dict[str, float]]] = {}
    for n in options.rows:
        times = options.permutations if n <= MOST_ROWS_PERMUTED else 0
        results[n] = {}
        for kinds, called in ((KINDS, "kinds that weights were chosen on"), (NEW_KINDS, "other kinds")):
            areas, pvalues = measure(kinds, n, options.tables, options.columns, times)
            results[n] |= areas
            title = f"n = {n}, {called}"
            add_area_table(out, title, areas, options.tables * options.columns)
            for level in LEVELS:
                add_rejection_table(out, title, pvalues, level)
    out.write(options.output, draw_picture(results))


if __name__ == "__main__":
    main()
