"""Whether p-values, false discovery rates and lower bounds keep their promises.

- null columns of every kind of margin against every kind of target: P(p < a) at .05, .01, .001;
- SelectFdr at .1 over tables with 5 true columns of 100;
- the 95 % lower bound on shapes with known MI, independence included.

Rates carry exact 95 % intervals; "no" is said only where an interval excludes the target.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.feature_selection import SelectFdr

from benchmarks import report
from skmine import mutual_info_scores, rank_columns
from skmine.synthetic import shapes

Rng = np.random.Generator

#: Rows, kind of target, kind of column, and p-values.
Found = tuple[int, str, str, np.ndarray]

#: Levels, and how many times the level a rate may be.
LEVELS = {0.05: 1.3, 0.01: 1.3, 0.001: 2.0}


def with_missing(x: np.ndarray, rng: Rng, rate: float) -> np.ndarray:
    return np.where(rng.random(len(x)) < rate, np.nan, x)


def skewed_labels(rng: Rng, n: int) -> np.ndarray:
    """Thirty labels whose shares fall geometrically: the last ones have a row or two."""
    shares = 0.8 ** np.arange(30)
    return rng.choice(30, n, p=shares / shares.sum())


#: Margins: name -> (draw, whether its values are labels).
COLUMNS: dict[str, tuple[Callable[[Rng, int], np.ndarray], bool]] = {
    "continuous": (lambda rng, n: rng.normal(size=n), False),
    "heavy-tailed": (lambda rng, n: rng.standard_cauchy(n), False),
    "ties (rounded)": (lambda rng, n: np.round(rng.normal(size=n), 1), False),
    "few values": (lambda rng, n: rng.poisson(2.0, n).astype(float), False),
    "binary": (lambda rng, n: rng.integers(0, 2, n).astype(float), False),
    "rare binary (2 %)": (lambda rng, n: (rng.random(n) < 0.02).astype(float), False),
    "labels, rare ones": (skewed_labels, True),
    "zero-inflated": (lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)), False),
    "missing (20 %)": (lambda rng, n: with_missing(rng.normal(size=n), rng, 0.2), False),
    "mixed, missing (60 %)": (lambda rng, n: with_missing(np.maximum(rng.normal(size=n), 0), rng, 0.6), False),
}
TARGETS: dict[str, tuple[Callable[[Rng, int], np.ndarray], bool]] = {
    "continuous": (lambda rng, n: rng.normal(size=n), False),
    "two classes": (lambda rng, n: rng.integers(0, 2, n), True),
    "rare class (5 %)": (lambda rng, n: (rng.random(n) < 0.05).astype(int), True),
    "ten classes, uneven": (lambda rng, n: np.minimum(rng.geometric(0.3, n), 10), True),
    "zero-inflated": (lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.gamma(2.0, size=n)), False),
}


def null_pvalues(rows: list[int], columns: int) -> list[Found]:
    """P-values of null columns, (columns,) for each size, kind of target and kind of column."""
    out, in_table = [], 20  # columns of a kind that share one target
    for n in rows:
        for goal, (draw_target, is_label) in TARGETS.items():
            found: dict[str, list[np.ndarray]] = {kind: [] for kind in COLUMNS}
            for table in range(max(columns // in_table, 1)):
                rng = np.random.default_rng([n, table, list(TARGETS).index(goal)])
                y = draw_target(rng, n)
                X = pd.DataFrame(
                    {
                        f"{kind} {i}": draw(rng, n).astype(str if labels else float)
                        for kind, (draw, labels) in COLUMNS.items()
                        for i in range(in_table)
                    }
                )
                _, pvalues = mutual_info_scores(X, y, discrete_target=True if is_label else "auto", random_state=table)
                for i, kind in enumerate(COLUMNS):
                    found[kind].append(pvalues[i * in_table : (i + 1) * in_table])
            out += [(n, goal, kind, np.concatenate(parts)) for kind, parts in found.items()]
    return out


def rates_table(out: report.Report, title: str, groups: dict[str, np.ndarray]) -> None:
    rows = []
    for name, p in groups.items():
        row: list[object] = [name, len(p)]
        for level, times in LEVELS.items():
            k = int((p < level).sum())
            row += [report.share(k, len(p)), report.holds(k, len(p), times * level)]
        rows.append(row)
    head = ["", "columns"]
    for level, times in LEVELS.items():
        head += [f"p < {level:g}", f"at most {times * level:.3g}"]
    out.table(title, head, rows)


def by_rows(found: Found) -> str:
    return str(found[0])


def by_target(found: Found) -> str:
    return found[1]


def by_column(found: Found) -> str:
    return found[2]


def by_pair(found: Found) -> str:
    return f"{by_column(found)} x {by_target(found)}"


def grouped(found: list[Found], key: Callable[[Found], str]) -> dict[str, np.ndarray]:
    """All p-values of each value of the key, in the order of their coming."""
    parts: dict[str, list[np.ndarray]] = {}
    for item in found:
        parts.setdefault(key(item), []).append(item[3])
    return {name: np.concatenate(values) for name, values in parts.items()}


def fdr_table(out: report.Report, tables: int) -> None:
    rows = []
    for n in (300, 1_000):
        false, power, any_false = [], [], []
        for table in range(tables):
            rng = np.random.default_rng([n, table, 5])
            X, y = rng.normal(size=(n, 100)), rng.normal(size=n)
            X[:, :5] += np.c_[0.8 * y, 0.8 * y**2, np.sin(3 * y) * 1.2, np.sign(y), 1.5 * np.abs(y)]
            kept = SelectFdr(_scores, alpha=0.1).fit(X, y).get_support()
            false.append(kept[5:].sum() / max(kept.sum(), 1))
            power.append(kept[:5].mean())
            any_false.append(kept[5:].any())
        low = np.mean(false) - 1.96 * np.std(false, ddof=1) / np.sqrt(tables) if tables > 1 else 0.0
        holds = "yes" if low <= 0.1 else "no"
        rows.append([n, report.mean(false), holds, report.mean(power), f"{np.mean(any_false):.3f}"])
    head = ["n", "false discovery rate ± s.e.", "at most .1", "true columns kept", "tables with a false one"]
    out.table(f"SelectFdr(mutual_info_scores, alpha=.1): {tables} tables, 5 true columns of 100", head, rows)


def _scores(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return mutual_info_scores(X, y, random_state=0)


def bounds_table(out: report.Report, rows: list[int], draws: int) -> None:
    lines, contradictions = [], 0
    for sampler in shapes():
        line: list[object] = [sampler.name, f"{sampler.mi:.4f}"]
        for n in rows:
            covered, below = 0, []
            for draw in range(draws):
                x, y = sampler.draw(np.random.default_rng([n, draw, 3]), n)
                ranking = rank_columns(x[:, None], y, random_state=draw).iloc[0]
                covered += ranking["lower"] <= sampler.mi
                below.append(sampler.mi - ranking["lower"])
                contradictions += ranking["lower"] > 0 and ranking["pvalue"] > 0.05
            line += [report.share(covered, draws), report.holds(draws - covered, draws, 0.05), f"{np.mean(below):.3f}"]
        lines.append(line)
    head = ["shape", "truth"]
    for n in rows:
        head += [f"n = {n}: bound at or below the truth", "at least .95", "mean distance"]
    out.table(f"95 % lower bounds, {draws} draws a shape", head, lines)
    out.say(f"Lower bounds above 0 beside p > .05: {contradictions}.")


def picture(found: list[Found]):
    """Observed against nominal p-values of every kind, both on log scales: on the diagonal or below it."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
    nominal = np.geomspace(5e-4, 1, 200)
    for ax, key, title in zip(axes, (by_column, by_rows), ("by kind of column", "by number of rows"), strict=True):
        for name, p in grouped(found, key).items():
            ax.plot(nominal, np.searchsorted(np.sort(p), nominal) / len(p), linewidth=1, label=name)
        n = min(len(p) for p in grouped(found, key).values())
        low, high = stats.binom.interval(0.95, n, nominal)
        ax.fill_between(nominal, np.maximum(low / n, 1e-5), high / n, color="#8d99a6", alpha=0.25, linewidth=0)
        ax.plot(nominal, nominal, "--", linewidth=0.8, color="#555")
        ax.set(xscale="log", yscale="log", xlabel="p", ylim=(2e-4, 1.2))
        ax.set_title(f"null columns, {title}", fontsize=10)
        ax.legend(fontsize=7, loc="lower right")
    axes[0].set_ylabel("share of columns with a smaller p-value")
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.parser(__doc__, "ranking_calibration")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 3_000, 10_000])
    parser.add_argument("--columns", type=int, default=200, help="null columns for each kind, target and size")
    parser.add_argument("--tables", type=int, default=200, help="tables for the false discovery rate")
    parser.add_argument("--draws", type=int, default=100, help="draws for the lower bounds")
    options = parser.parse_args(arguments)
    report.start()
    out = report.Report("Calibration of p-values, discoveries and bounds", report.command())
    found = null_pvalues(options.rows, options.columns)
    everything = {"all": np.concatenate([p for *_, p in found])}
    rates_table(out, "Null columns, by kind of column", everything | grouped(found, by_column))
    rates_table(out, "Null columns, by kind of target", grouped(found, by_target))
    rates_table(out, "Null columns, by number of rows", grouped(found, by_rows))
    worst = sorted(grouped(found, by_pair).items(), key=lambda item: -(item[1] < 0.05).mean())[:8]
    rates_table(out, "The eight pairs of kinds with most p-values below .05", dict(worst))
    fdr_table(out, options.tables)
    bounds_table(out, options.rows[:1] + options.rows[1:2] + options.rows[-1:], options.draws)
    out.write(options.output, picture(found))


if __name__ == "__main__":
    main()
