"""How close the estimates are where a side has many levels, or a class is rare.

- laws of K levels, each with a law of its own for the target: mean estimate / true MI by levels and rows a level, as
  labels and as integer codes, beside plug-in estimates;
- the same laws: how often 95 % intervals hold the truth, and lower bounds stay below it;
- numbers that are shifted or spread in a rare class: mean estimate / true MI.

Every law is drawn, and its MI is exact: sums of entropies, or an integral. "no" is said only where a 95 % interval
excludes the promise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from benchmarks.common import pictures, report
from benchmarks.ranking.level_laws import TARGETS, compute_rare_mi, draw_law, draw_rare_class
from skmine import rank_columns
from skmine.estimation.inference import compute_interval

Rng = np.random.Generator
Array = np.ndarray

#: Numbers of levels, and rows for each on average.
LEVELS = [40, 90, 190, 500, 1_000, 3_000]
ROWS_PER_LEVEL = [10, 25, 100, 400]

#: Rows of a draw. Below `PROMISED_ROWS` nothing is promised: the estimate of a single draw is off by chance.
FEWEST_ROWS, PROMISED_ROWS, MOST_ROWS = 1_000, 5_000, 100_000

#: How far the mean of estimate / truth may be from 1, from so many rows a level on. Of numbers nothing is promised with
#: fewer.
PROMISES_OF_CLASSES = {10: 0.15, 25: 0.10}
PROMISES_OF_NUMBERS = {25: 0.20, 100: 0.10}

#: A column as labels, and the same column as integers.
FORMS = ("labels", "codes")

#: Rows of the rare class, of how many.
RARE_CLASSES = [(10, 5_000), (40, 20_000), (200, 100_000)]

#: Laws of a number in the rare class, mean and standard deviation; in the other class it is standard normal.
RARE_LAWS = [(0.5, 1.0), (1.0, 1.0), (1.5, 1.0), (2.0, 1.0), (0.0, 0.4), (0.0, 2.0)]

#: Information of all rows, in nats, from which on a rare class is promised to be read within a fifth; below, within
#: two fifths.
PLAIN_LINK = 10.0

#: Columns that share a rare class.
COLUMNS_PER_CLASS = 50


@dataclass(frozen=True)
class Cell:
    """What was found of a kind of target, a number of levels and a number of rows for each: one value per draw.

    Attributes
    ----------
    truth : ndarray of shape (draws,)
    ratios : dict of ndarray of shape (draws,)
        Estimate / truth by "labels", "codes" and the names of peers.
    inside, below : dict of ndarray of shape (draws,)
        By form: whether the 95 % interval holds the truth, and whether the lower bound is at most the truth.
    """

    target: str
    k: int
    per_level: int
    truth: Array
    ratios: dict[str, Array]
    inside: dict[str, Array]
    below: dict[str, Array]

    @property
    def n(self) -> int:
        return self.k * self.per_level

    @property
    def promise(self) -> float | None:
        """How far the mean of estimate / truth may be from 1."""
        promises = PROMISES_OF_CLASSES if TARGETS[self.target][1] else PROMISES_OF_NUMBERS
        kept = [off for fewest, off in sorted(promises.items()) if self.per_level >= fewest]
        return kept[-1] if kept and self.n >= PROMISED_ROWS else None


def correct_by_miller_madow(plug_in: float, x: Array, y: Array) -> float:
    """Plug-in MI of labels with Miller and Madow's (1955) correction: (cells - 1) / 2n for each of the entropies."""
    pairs = len(np.unique(np.c_[x, y], axis=0))
    return plug_in + (len(np.unique(x)) + len(np.unique(y)) - pairs - 1) / (2 * len(x))


def estimate_by_peers(x: Array, y: Array, classify: bool) -> dict[str, float]:
    """scikit-learn's estimate of levels (plug-in with classes, nearest neighbours with numbers); and corrected."""
    score = mutual_info_classif if classify else mutual_info_regression
    found = float(score(x[:, None], y, discrete_features=True, random_state=0)[0])
    return {"sklearn": found} | ({"Miller-Madow": correct_by_miller_madow(found, x, y)} if classify else {})


def measure_cell(target: str, k: int, per_level: int, draws: int) -> Cell:
    """Draw laws and rows, and estimate."""
    draw, classify = TARGETS[target]
    truth, ratios, inside, below = [], {}, {}, {}
    for number in range(draws):
        rng = np.random.default_rng([k, per_level, number, list(TARGETS).index(target)])
        law = draw_law(draw, rng, k)
        x = rng.integers(0, k, k * per_level)
        y = law.draw(rng, x)
        table = pd.DataFrame({"labels": x.astype(str), "codes": x})
        ranking = rank_columns(table, y, discrete_target=classify, random_state=number)
        truth.append(law.mi)
        for form in FORMS:
            found = ranking.loc[form]
            low, high = compute_interval(found["mi"], found["score"], found["se"], found["pvalue"])
            ratios.setdefault(form, []).append(found["mi"] / law.mi)
            inside.setdefault(form, []).append(low <= law.mi <= high)
            below.setdefault(form, []).append(found["lower"] <= law.mi)
        for name, mi in estimate_by_peers(x, y, classify).items():
            ratios.setdefault(name, []).append(mi / law.mi)
    stacked = [{name: np.array(values) for name, values in parts.items()} for parts in (ratios, inside, below)]
    return Cell(target, k, per_level, np.array(truth), *stacked)


def list_cells(levels: Sequence[int], most_rows: int) -> list[tuple[int, int]]:
    """Numbers of levels, and of rows for each, that give as many rows as are wanted."""
    return [(k, r) for k in levels for r in ROWS_PER_LEVEL if FEWEST_ROWS <= k * r <= most_rows]


def count_draws(n: int, draws: int) -> int:
    """Draws of a cell: `draws` of 25,000 rows or more, up to four times as many of fewer."""
    return int(np.clip(draws * 25_000 // n, draws, 4 * draws))


def judge_cell(cell: Cell, form: str) -> str:
    if cell.promise is None:
        return ""
    return report.judge_mean(cell.ratios[form], 1 - cell.promise, 1 + cell.promise)


def add_levels_table(out: report.Report, target: str, cells: list[Cell]) -> None:
    """Mean estimate / truth of a kind of target, one row per cell."""
    peers = [name for name in cells[0].ratios if name not in FORMS]
    rows = []
    for cell in cells:
        row: list[object] = [f"{cell.k:,}", cell.per_level, len(cell.truth), f"{cell.truth.mean():.3f}"]
        row.append("" if cell.promise is None else f"{cell.promise:.0%}")
        for form in FORMS:
            row += [report.format_mean(cell.ratios[form], 3), judge_cell(cell, form)]
        rows.append([*row, *[report.format_mean(cell.ratios[name], 3) for name in peers]])
    head = ["levels", "rows a level", "draws", "truth", "promised within"]
    for form in FORMS:
        head += [form, "kept"]
    out.add_table(f"Mean estimate / truth: {target}", [*head, *peers], rows)


def pool_cells(cells: list[Cell]) -> dict[str, list[Cell]]:
    """Cells with a promise: all, by kind of target, and by rows a level."""
    promised = [cell for cell in cells if cell.promise is not None]
    by_rows = report.group_by(lambda cell: f"{cell.per_level} rows a level", promised)
    return {"all": promised, **report.group_by(lambda cell: cell.target, promised), **by_rows}


def add_coverage_table(out: report.Report, cells: list[Cell]) -> None:
    """How often intervals hold the truth and lower bounds stay below it, over all cells with a promise."""
    rows = []
    for name, group in pool_cells(cells).items():
        for form in FORMS if group else ():
            inside, below = (np.concatenate([of[form] for of in found]) for found in _get_covered(group))
            n, k, b = len(inside), int(inside.sum()), int(below.sum())
            of_intervals = report.format_proportion(k, n), report.judge_proportion(n - k, n, 0.10)
            of_bounds = report.format_proportion(b, n), report.judge_proportion(n - b, n, 0.05)
            rows.append([name, form, n, *of_intervals, *of_bounds])
    head = ["", "column", "draws", "95 % interval holds the truth", "at least .90"]
    head += ["95 % lower bound at or below the truth", "at least .95"]
    if rows:
        out.add_table("Intervals and lower bounds, of the cells with a promise", head, rows)


def _get_covered(cells: list[Cell]) -> tuple[list[dict[str, Array]], list[dict[str, Array]]]:
    return [cell.inside for cell in cells], [cell.below for cell in cells]


def measure_rare_class(k: int, n: int, law: tuple[float, float], columns: int, of_peer: int) -> dict[str, Array]:
    """Estimates of columns in nats, and scikit-learn's of some of the same columns."""
    found: dict[str, list[Array]] = {"skmine": [], "sklearn": []}
    for table in range(-(-columns // COLUMNS_PER_CLASS)):
        rng = np.random.default_rng([k, n, RARE_LAWS.index(law), table])
        X, y = draw_rare_class(rng, k, n, law, min(columns, COLUMNS_PER_CLASS))
        found["skmine"].append(rank_columns(X, y, discrete_target=True, random_state=table)["mi"].to_numpy())
        if table == 0:
            found["sklearn"].append(mutual_info_classif(X[:, :of_peer], y, random_state=0))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def add_rare_table(out: report.Report, columns: int, of_peer: int, most_rows: int) -> None:
    rows = []
    for k, n in [(k, n) for k, n in RARE_CLASSES if n <= most_rows]:
        for law in RARE_LAWS:
            mi = compute_rare_mi(k / n, *law)
            ratios = {name: mis / mi for name, mis in measure_rare_class(k, n, law, columns, of_peer).items()}
            low, high = (0.8, 1.2) if n * mi >= PLAIN_LINK else (0.6, 1.4)
            row = [f"{k} of {n:,}", f"N({law[0]:g}, {law[1]:g})", f"{mi:.2e}", f"{n * mi:.1f}"]
            row += [len(ratios["skmine"]), report.format_mean(ratios["skmine"], 3), f"{low:g} to {high:g}"]
            row += [report.judge_mean(ratios["skmine"], low, high), report.format_mean(ratios["sklearn"], 3)]
            rows.append(row)
    head = ["rare class", "number in it, mean and sd", "truth", "n x truth", "columns", "mean estimate / truth"]
    out.add_table("A rare class and a number", [*head, "promise", "kept", f"sklearn, {of_peer} columns"], rows)


def draw_picture(cells: list[Cell]):
    """Mean estimate / truth, one panel per kind of target, one row per cell with a promise; all if none has."""
    groups = report.group_by(lambda cell: cell.target, [c for c in cells if c.promise is not None] or cells)
    most = max(map(len, groups.values()))
    figure, axes = pictures.make_panels(1, len(groups), (3.2 * len(groups), 1 + 0.26 * most))
    for ax, (target, group) in zip(axes[0], groups.items(), strict=True):
        for name in group[0].ratios:
            ratios = [cell.ratios[name].mean() for cell in group]
            size = 3 if name == "codes" else 6  # within those of labels, which read nearly the same
            style = pictures.get_style(name)
            ax.plot(ratios, np.arange(len(group)), linestyle="", markersize=size, label=name, **style)
        ax.axvline(1, linewidth=0.8, color=pictures.GREY)
        for place, cell in enumerate(group):
            off = cell.promise or 0.0
            ends = [1 - off, 1 + off]
            ax.plot(ends, [place, place], linewidth=7, alpha=0.3, color=pictures.GREY, solid_capstyle="butt", zorder=0)
        ax.set_title(target, fontsize=10)
        ax.set_xscale("log")
        ax.set_xticks([0.5, 1, 2], ["0.5", "1", "2"])
        ax.xaxis.set_minor_formatter("")
        pictures.name_rows(ax, [f"{cell.k:,} x {cell.per_level}" for cell in group], fontsize=8)
    axes[0, 0].set_ylabel("levels x rows a level", fontsize=10)
    figure.supxlabel("mean estimate / truth; grey: promised", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 4)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.levels", "ranking_levels")
    parser.add_argument("--levels", type=int, nargs="+", default=LEVELS, help="numbers of levels")
    parser.add_argument("--most-rows", type=int, default=MOST_ROWS, help="most rows of a draw")
    parser.add_argument("--draws", type=int, default=8, help="draws of 25,000 rows or more; of fewer up to four times")
    parser.add_argument("--columns", type=int, default=400, help="columns per rare class and law")
    parser.add_argument("--peer-columns", type=int, default=20, help="of these, columns that scikit-learn estimates")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Estimates of many levels and of rare classes", report.get_command())
    cells: list[Cell] = []
    for target in TARGETS:
        of_target = [
            measure_cell(target, k, per_level, count_draws(k * per_level, options.draws))
            for k, per_level in list_cells(options.levels, options.most_rows)
        ]
        add_levels_table(out, target, of_target)
        cells += of_target
    add_coverage_table(out, cells)
    add_rare_table(out, options.columns, options.peer_columns, options.most_rows)
    out.write(options.output, draw_picture(cells))


if __name__ == "__main__":
    main()
