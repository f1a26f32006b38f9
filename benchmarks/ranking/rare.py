"""Whether columns keep their promises where few rows decide: a rare class, rare labels, a handful of values.

- independent pairs of which a side has 1 to 50 rows outside its most frequent value: P(p < a) at .05, .01, .001;
- tables of meaningless codes beside a rare class, with and without a true column: how often `rank_columns` keeps any;
- true links of a rare class: how often p < .05, beside Fisher's exact test, Mann and Whitney's, and permutation tests.

Proportions carry exact 95 % intervals; "no" is said only where an interval excludes the promise.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from benchmarks.common import pictures, report
from benchmarks.ranking import calibration
from benchmarks.ranking.calibration import NullColumns
from benchmarks.ranking.rare_tests import CASES, PERMUTATIONS, compare, put_rare
from skmine import mutual_info_scores, rank_columns
from skmine.estimation.inference import adjust_pvalues

Rng = np.random.Generator
Array = np.ndarray

#: Most rows outside the most frequent value of a null column or target; their number is log-uniform from 1 on.
MOST_RARE = 50

#: Null columns of one kind that share a target.
COLUMNS_PER_TABLE = 20

#: Numbers of rows of null columns, and how many times fewer columns are drawn with so many: they take longer.
FEWER_COLUMNS = {1_000: 1, 5_000: 2, 20_000: 4, 100_000: 16}

#: Codes of a table of meaningless ones, flags of one to `MOST_ROWS_OF_CODE` rows; rows of the rare class, of how many.
CODES = 40
MOST_ROWS_OF_CODE = 4
CODED_CLASSES = [(20, 20_000), (60, 100_000)]

#: False discovery rate at which `rank_columns` keeps columns, by default.
ALPHA = 0.05

#: Shift of the true column beside the codes, in standard deviations.
SHIFT = 0.67

#: How far our proportion of p-values below .05 may be below that of the other test.
LARGEST_LOSS = 0.05


# Independent pairs ----------------------------------------------------------------------------------


def draw_number_of_rare(rng: Rng) -> int:
    """1 to `MOST_RARE`, log-uniform."""
    return int(np.exp(rng.uniform(0, np.log(MOST_RARE + 1))))


#: Kinds of columns: name -> (draw of n rows, m of them rare; whether its values are labels).
COLUMNS: dict[str, tuple[Callable[[Rng, int, int], Array], bool]] = {
    "flags": (lambda rng, n, m: put_rare(rng, np.zeros(n), np.ones(m)), False),
    "labels, rare ones": (lambda rng, n, m: put_rare(rng, np.zeros(n, int), rng.integers(1, 6, m)), True),
    "missing but for a few": (lambda rng, n, m: put_rare(rng, np.full(n, np.nan), rng.normal(size=m)), False),
    "one number but for a few": (lambda rng, n, m: put_rare(rng, np.zeros(n), rng.normal(size=m)), False),
    "zero-inflated counts": (lambda rng, n, m: put_rare(rng, np.zeros(n), 1.0 + rng.poisson(2.0, m)), False),
    "numbers, few missing": (lambda rng, n, m: put_rare(rng, rng.normal(size=n), np.full(m, np.nan)), False),
    "plain numbers": (lambda rng, n, m: rng.normal(size=n), False),
}

#: Kinds of targets: name -> (draw of n rows, m of them rare; whether its values are classes).
TARGETS: dict[str, tuple[Callable[[Rng, int, int], Array], bool]] = {
    "rare class": (lambda rng, n, m: put_rare(rng, np.zeros(n, int), np.ones(m, int)), True),
    "two rare classes of three": (lambda rng, n, m: put_rare(rng, np.zeros(n, int), rng.integers(1, 3, m)), True),
    "zero-inflated number": (lambda rng, n, m: put_rare(rng, np.zeros(n), rng.gamma(2.0, size=m)), False),
    "two even classes": (lambda rng, n, m: rng.integers(0, 2, n), True),
    "plain number": (lambda rng, n, m: rng.normal(size=n), False),
}

#: Targets, and a column, without rare rows: a pair of both would say nothing here.
EVEN_TARGETS = ("two even classes", "plain number")
EVEN_COLUMN = "plain numbers"


def list_columns(target: str) -> list[str]:
    """Kinds of columns that are drawn beside a kind of target."""
    return [kind for kind in COLUMNS if target not in EVEN_TARGETS or kind != EVEN_COLUMN]


def draw_null_table(rng: Rng, n: int, kinds: Sequence[str]) -> pd.DataFrame:
    """Columns of every kind that share a target, in the order of the kinds."""
    columns = {}
    for kind in kinds:
        draw, labels = COLUMNS[kind]
        for i in range(COLUMNS_PER_TABLE):
            values = draw(rng, n, draw_number_of_rare(rng))
            columns[f"{kind} {i}"] = values.astype(str) if labels else values
    return pd.DataFrame(columns)


def count_tables(n: int, columns: int) -> int:
    """Tables that give about as many columns of each kind as are wanted at 1,000 rows; fewer of more rows."""
    fewer = max(times for rows, times in FEWER_COLUMNS.items() if rows <= max(n, min(FEWER_COLUMNS)))
    return max(columns // fewer // COLUMNS_PER_TABLE, 1)


def compute_null_pvalues(rows: Sequence[int], columns: int) -> list[NullColumns]:
    """P-values of null columns for each number of rows, kind of target and kind of column."""
    out: list[NullColumns] = []
    for n in rows:
        for target, (draw_target, classify) in TARGETS.items():
            kinds = list_columns(target)
            pvalues: dict[str, list[Array]] = {kind: [] for kind in kinds}
            for table in range(count_tables(n, columns)):
                rng = np.random.default_rng([n, table, list(TARGETS).index(target)])
                y = draw_target(rng, n, draw_number_of_rare(rng))
                X = draw_null_table(rng, n, kinds)
                _, found = mutual_info_scores(X, y, discrete_target=classify or "auto", random_state=table)
                for kind, part in zip(kinds, np.split(found, len(kinds)), strict=True):
                    pvalues[kind].append(part)
            out += [NullColumns(n, target, kind, np.concatenate(parts)) for kind, parts in pvalues.items()]
    return out


def add_null_tables(out: report.Report, found: list[NullColumns]) -> None:
    everything = {"all": np.concatenate([some.pvalues for some in found])}
    by_column = calibration.pool_by_column(found)
    calibration.add_null_table(out, "Null columns, by kind of column", everything | by_column)
    by_target = calibration.pool_pvalues(found, lambda some: some.target)
    calibration.add_null_table(out, "Null columns, by kind of target", by_target)
    calibration.add_null_table(out, "Null columns, by number of rows", calibration.pool_by_rows(found))
    both = calibration.pool_pvalues(found, lambda some: f"{some.column}, n = {some.rows:,}")
    calibration.add_null_table(out, "Null columns, by kind of column and number of rows", both)
    pairs = calibration.pool_pvalues(found, lambda some: f"{some.column} x {some.target}")
    worst = sorted(pairs.items(), key=lambda item: -(item[1] < 0.05).mean())[:8]
    calibration.add_null_table(out, "The eight pairs of kinds with most p-values below .05", dict(worst))


# Meaningless codes ----------------------------------------------------------------------------------


def draw_codes(rng: Rng, k: int, n: int) -> tuple[pd.DataFrame, Array]:
    """A true column and `CODES` meaningless flags, and a rare class of k rows."""
    y = put_rare(rng, np.zeros(n, int), np.ones(k, int))
    columns = {"true": rng.normal(size=n) + SHIFT * y}
    for i in range(CODES):
        columns[f"code {i}"] = put_rare(rng, np.zeros(n), np.ones(rng.integers(1, MOST_ROWS_OF_CODE + 1)))
    return pd.DataFrame(columns), y


def keep_codes(k: int, n: int, tables: int) -> dict[str, int]:
    """Tables in which a code is kept without and with the true column, and in which that is kept."""
    out = {"without": 0, "with": 0, "true": 0}
    for table in range(tables):
        X, y = draw_codes(np.random.default_rng([k, n, table]), k, n)
        ranking = rank_columns(X, y, discrete_target=True, random_state=table)
        kept = ranking["kept"]
        # What is kept without the true column: the same p-values, which are each column's own.
        out["without"] += int((adjust_pvalues(ranking["pvalue"].drop("true")) <= ALPHA).any())
        out["with"] += int(kept.drop("true").any())
        out["true"] += int(kept["true"])
    return out


def add_codes_table(out: report.Report, tables: int, most_rows: int) -> None:
    rows = []
    for k, n in CODED_CLASSES:
        if n > most_rows:
            continue
        drawn = max(tables // (2 if n > CODED_CLASSES[0][1] else 1), 1)
        kept = keep_codes(k, n, drawn)
        row: list[object] = [f"{k} of {n:,}", drawn]
        for beside, promise in (("without", 0.05), ("with", 0.10)):
            row.append(report.format_proportion(kept[beside], drawn))
            row.append(report.judge_proportion(kept[beside], drawn, promise))
        rows.append([*row, report.format_proportion(kept["true"], drawn)])
    head = ["rare class", "tables", "any code kept, no true column", "at most .05"]
    head += ["any code kept beside a true column", "at most .10", "true column kept"]
    title = f"Tables of {CODES} meaningless codes of 1 to {MOST_ROWS_OF_CODE} rows; true column: a shift of {SHIFT:g}"
    out.add_table(title, head, rows)


# True links -----------------------------------------------------------------------------------------


def format_difference(ours: Array, others: Array) -> str:
    """Difference of two paired proportions with its 95 % interval."""
    difference = ours.astype(float) - others
    reach = 1.96 * difference.std(ddof=1) / np.sqrt(len(difference))
    return f"{difference.mean():+.3f} ({difference.mean() - reach:+.3f} to {difference.mean() + reach:+.3f})"


def add_power_table(out: report.Report, seen: dict[str, tuple[Array, Array]]) -> None:
    rows = []
    for case in [case for case in CASES if f"{case.title}, {case.other}" in seen]:
        ours, others = seen[f"{case.title}, {case.other}"]
        row = [case.name, f"{case.k} of {case.n:,}", len(ours), report.format_proportion(ours.sum(), len(ours))]
        row += [case.other, report.format_proportion(others.sum(), len(others)), format_difference(ours, others)]
        rows.append([*row, report.judge_mean(ours.astype(float) - others, -LARGEST_LOSS, 1.0)])
    head = ["link", "rare class", "columns", "p < .05, skmine", "other test", "p < .05, other test"]
    head += ["difference", f"at most {LARGEST_LOSS:g} below"]
    out.add_table(f"True links of a rare class; {PERMUTATIONS:,} permutations", head, rows)


def draw_picture(found: list[NullColumns], seen: dict[str, tuple[Array, Array]]):
    """P-values of null columns against nominal ones, and the power of both tests in every case."""
    figure, axes = pictures.make_panels(1, 2, (13, 4.8))
    calibration.draw_pvalues(axes[0, 0], calibration.pool_by_column(found))
    axes[0, 0].set_title("null columns, by kind of column", fontsize=10)
    axes[0, 0].set_ylabel("proportion of columns with a smaller p-value")
    ax = axes[0, 1]
    for number, (name, style) in enumerate(
        {"skmine": pictures.get_style("skmine"), "other test": {"marker": "x"}}.items()
    ):
        power = [pair[number].mean() for pair in seen.values()]
        colour = {"color": pictures.GREY} if number else {}
        ax.plot(power, np.arange(len(seen)), linestyle="", label=name, **style, **colour)
    pictures.name_rows(ax, list(seen), fontsize=7)
    ax.set_xlim(0, 1)
    ax.grid(axis="x", alpha=0.3)
    ax.set_xlabel("proportion of columns with p < .05")
    ax.set_title("true links of a rare class", fontsize=10)
    ax.legend(fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.rare", "ranking_rare")
    parser.add_argument("--rows", type=int, nargs="+", default=list(FEWER_COLUMNS), help="rows of the null columns")
    help_columns = (
        "null columns per kind and target at 1,000 rows; half, a quarter, a 16th from 5,000, 20,000, 100,000 on"
    )
    parser.add_argument("--columns", type=int, default=360, help=help_columns)
    parser.add_argument("--tables", type=int, default=300, help="tables of codes; half as many of 100,000 rows")
    parser.add_argument("--links", type=int, default=1_000, help="columns per case of true links")
    parser.add_argument("--most-rows", type=int, default=100_000, help="most rows of codes and of true links")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("P-values where few rows decide", report.get_command())
    found = compute_null_pvalues(options.rows, options.columns)
    add_null_tables(out, found)
    add_codes_table(out, options.tables, options.most_rows)
    cases = [case for case in CASES if case.n <= options.most_rows]
    seen = {f"{case.title}, {case.other}": compare(case, options.links) for case in cases}
    add_power_table(out, seen)
    out.write(options.output, draw_picture(found, seen))


if __name__ == "__main__":
    main()
