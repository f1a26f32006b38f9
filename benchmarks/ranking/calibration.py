"""Whether p-values, false discovery rates and lower bounds keep their promises.

- null columns of every kind against every kind of target: P(p < a) at .05, .01, .001;
- SelectFdr at .1 over tables with 5 true columns of 100;
- the 95 % lower bound on shapes with known MI, independence included.

Proportions carry exact 95 % intervals; "no" is said only where an interval excludes the promise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.feature_selection import SelectFdr

from benchmarks.common import pictures, report
from skmine import mutual_info_scores, rank_columns
from skmine.synthetic import shapes

Rng = np.random.Generator
Draw = Callable[[Rng, int], np.ndarray]

#: Levels of the p-values, and how many times the level the proportion below it may be. The factors are arbitrary:
#: larger at .001, where few p-values are counted.
LEVELS = {0.05: 1.3, 0.01: 1.3, 0.001: 2.0}

#: Null columns of one kind that share a target: more targets are drawn the fewer there are. Arbitrary.
COLUMNS_PER_TABLE = 20


@dataclass(frozen=True)
class NullColumns:
    """P-values of columns of one kind that do not depend on their target."""

    rows: int
    target: str
    column: str
    pvalues: np.ndarray


def remove_values(x: np.ndarray, rng: Rng, proportion: float) -> np.ndarray:
    return np.where(rng.random(len(x)) < proportion, np.nan, x)


def draw_skewed_labels(rng: Rng, n: int) -> np.ndarray:
    """Thirty labels whose probabilities fall geometrically: the last ones have one or two rows."""
    weights = 0.8 ** np.arange(30)
    return rng.choice(30, n, p=weights / weights.sum())


#: Kinds of columns that data have: name -> (draw, whether its values are labels).
COLUMNS: dict[str, tuple[Draw, bool]] = {
    "continuous": (lambda rng, n: rng.normal(size=n), False),
    "heavy-tailed": (lambda rng, n: rng.standard_cauchy(n), False),
    "ties (rounded)": (lambda rng, n: np.round(rng.normal(size=n), 1), False),
    "few values": (lambda rng, n: rng.poisson(2.0, n).astype(float), False),
    "binary": (lambda rng, n: rng.integers(0, 2, n).astype(float), False),
    "rare binary (2 %)": (lambda rng, n: (rng.random(n) < 0.02).astype(float), False),
    "labels, rare ones": (draw_skewed_labels, True),
    "zero-inflated": (lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)), False),
    "missing (20 %)": (lambda rng, n: remove_values(rng.normal(size=n), rng, 0.2), False),
    "mixed, missing (60 %)": (lambda rng, n: remove_values(np.maximum(rng.normal(size=n), 0), rng, 0.6), False),
}

#: Kinds of targets that data have: name -> (draw, whether its values are classes).
TARGETS: dict[str, tuple[Draw, bool]] = {
    "continuous": (lambda rng, n: rng.normal(size=n), False),
    "two classes": (lambda rng, n: rng.integers(0, 2, n), True),
    "rare class (5 %)": (lambda rng, n: (rng.random(n) < 0.05).astype(int), True),
    "ten classes, uneven": (lambda rng, n: np.minimum(rng.geometric(0.3, n), 10), True),
    "zero-inflated": (lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.gamma(2.0, size=n)), False),
    "mostly zeros": (lambda rng, n: np.where(rng.random(n) < 0.8, 0.0, rng.exponential(size=n)), False),
}


def draw_null_table(rng: Rng, n: int) -> pd.DataFrame:
    """As many columns of every kind as share a target."""
    return pd.DataFrame(
        {
            f"{kind} {i}": draw(rng, n).astype(str if labels else float)
            for kind, (draw, labels) in COLUMNS.items()
            for i in range(COLUMNS_PER_TABLE)
        }
    )


def compute_null_pvalues(rows: list[int], columns: int) -> list[NullColumns]:
    """P-values of null columns, `columns` of them for each number of rows, kind of target and kind of column."""
    out: list[NullColumns] = []
    for n in rows:
        for target, (draw_target, is_label) in TARGETS.items():
            pvalues: dict[str, list[np.ndarray]] = {kind: [] for kind in COLUMNS}
            for table in range(max(columns // COLUMNS_PER_TABLE, 1)):
                rng = np.random.default_rng([n, table, list(TARGETS).index(target)])
                y = draw_target(rng, n)
                X = draw_null_table(rng, n)
                _, found = mutual_info_scores(X, y, discrete_target=True if is_label else "auto", random_state=table)
                for kind, part in zip(COLUMNS, np.split(found, len(COLUMNS)), strict=True):
                    pvalues[kind].append(part)
            out += [NullColumns(n, target, kind, np.concatenate(parts)) for kind, parts in pvalues.items()]
    return out


def pool_pvalues(found: list[NullColumns], key: Callable[[NullColumns], str]) -> dict[str, np.ndarray]:
    """All p-values by key."""
    groups = report.group_by(key, found)
    return {name: np.concatenate([some.pvalues for some in group]) for name, group in groups.items()}


def pool_by_rows(found: list[NullColumns]) -> dict[str, np.ndarray]:
    return pool_pvalues(found, lambda some: str(some.rows))


def pool_by_column(found: list[NullColumns]) -> dict[str, np.ndarray]:
    return pool_pvalues(found, lambda some: some.column)


def add_null_table(out: report.Report, title: str, groups: dict[str, np.ndarray]) -> None:
    rows = []
    for name, p in groups.items():
        row: list[object] = [name, len(p)]
        for level, times in LEVELS.items():
            k = int((p < level).sum())
            row += [report.format_proportion(k, len(p)), report.judge_proportion(k, len(p), times * level)]
        rows.append(row)
    head = ["", "columns"]
    for level, times in LEVELS.items():
        head += [f"p < {level:g}", f"at most {times * level:.3g}"]
    out.add_table(title, head, rows)


def add_null_tables(out: report.Report, found: list[NullColumns]) -> None:
    everything = {"all": np.concatenate([some.pvalues for some in found])}
    add_null_table(out, "Null columns, by kind of column", everything | pool_by_column(found))
    add_null_table(out, "Null columns, by kind of target", pool_pvalues(found, lambda some: some.target))
    add_null_table(out, "Null columns, by number of rows", pool_by_rows(found))
    pairs = pool_pvalues(found, lambda some: f"{some.column} x {some.target}")
    worst = sorted(pairs.items(), key=lambda item: -(item[1] < 0.05).mean())[:8]
    add_null_table(out, "The eight pairs of kinds with most p-values below .05", dict(worst))


def add_fdr_table(out: report.Report, tables: int) -> None:
    rows = []
    for n in (300, 1_000):
        false, power, any_false = [], [], []
        for table in range(tables):
            rng = np.random.default_rng([n, table, 5])
            X, y = rng.normal(size=(n, 100)), rng.normal(size=n)
            X[:, :5] += np.c_[0.8 * y, 0.8 * y**2, np.sin(3 * y) * 1.2, np.sign(y), 1.5 * np.abs(y)]
            kept = SelectFdr(compute_scores, alpha=0.1).fit(X, y).get_support()
            false.append(kept[5:].sum() / max(kept.sum(), 1))
            power.append(kept[:5].mean())
            any_false.append(kept[5:].any())
        low = np.mean(false) - 1.96 * np.std(false, ddof=1) / np.sqrt(tables) if tables > 1 else 0.0
        holds = "yes" if low <= 0.1 else "no"
        means = report.format_mean(false), holds, report.format_mean(power), f"{np.mean(any_false):.3f}"
        rows.append([n, *means])
    head = ["n", "false discovery rate ± s.e.", "at most .1", "true columns kept", "tables with a false one"]
    out.add_table(f"SelectFdr(mutual_info_scores, alpha=.1): {tables} tables, 5 true columns of 100", head, rows)


def compute_scores(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return mutual_info_scores(X, y, random_state=0)


def add_bounds_table(out: report.Report, rows: list[int], draws: int) -> None:
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
            promise = report.judge_proportion(draws - covered, draws, 0.05)
            line += [report.format_proportion(covered, draws), promise, f"{np.mean(below):.3f}"]
        lines.append(line)
    head = ["shape", "truth"]
    for n in rows:
        head += [f"n = {n}: bound at or below the truth", "at least .95", "mean distance"]
    out.add_table(f"95 % lower bounds, {draws} draws per shape", head, lines)
    out.say(f"Lower bounds above 0 although p > .05: {contradictions}.")


def draw_pvalues(ax: Any, groups: dict[str, np.ndarray]) -> None:
    """Observed against nominal p-values, both on log scales: on the diagonal or below it."""
    nominal = np.geomspace(5e-4, 1, 200)
    for name, p in groups.items():
        ax.plot(nominal, np.searchsorted(np.sort(p), nominal) / len(p), linewidth=1, label=name)
    n = min(len(p) for p in groups.values())
    low, high = stats.binom.interval(0.95, n, nominal)
    ax.fill_between(nominal, np.maximum(low / n, 1e-5), high / n, color=pictures.GREY, alpha=0.25, linewidth=0)
    ax.plot(nominal, nominal, "--", linewidth=0.8, color="#555")
    ax.set(xscale="log", yscale="log", xlabel="p", ylim=(2e-4, 1.2))
    ax.legend(fontsize=7, loc="lower right")


def draw_picture(found: list[NullColumns]):
    """P-values by kind of column and by number of rows."""
    figure, axes = pictures.make_panels(1, 2, (9, 4), sharey=True)
    panels = {"by kind of column": pool_by_column(found), "by number of rows": pool_by_rows(found)}
    for ax, (title, groups) in zip(axes[0], panels.items(), strict=True):
        draw_pvalues(ax, groups)
        ax.set_title(f"null columns, {title}", fontsize=10)
    axes[0, 0].set_ylabel("proportion of columns with a smaller p-value")
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.calibration", "ranking_calibration")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 3_000, 10_000], help="numbers of rows")
    parser.add_argument("--columns", type=int, default=200, help="null columns per kind, target and number of rows")
    parser.add_argument("--tables", type=int, default=200, help="tables for the false discovery rate")
    parser.add_argument("--draws", type=int, default=100, help="draws for the lower bounds")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Calibration of p-values, discoveries and bounds", report.get_command())
    found = compute_null_pvalues(options.rows, options.columns)
    add_null_tables(out, found)
    add_fdr_table(out, options.tables)
    add_bounds_table(out, options.rows[:1] + options.rows[1:2] + options.rows[-1:], options.draws)
    out.write(options.output, draw_picture(found))


if __name__ == "__main__":
    main()
