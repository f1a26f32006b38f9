"""Checks of whether the numbers can be believed: each says what was found, and whether to look again."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from skmine.data.conversion import make_column
from skmine.data.counts import compute_entropy
from skmine.data.description import LEAK, find_identifiers
from skmine.functions.units import convert
from skmine.reporting.content import Check, ChosenSet, Record
from skmine.reporting.ksg import check_by_neighbours
from skmine.reporting.table import ReportTable, count_units, take_groups
from skmine.reporting.work import Sample, Work, order_rows, rank_report_columns

#: P-values below this count as small in the check with a permuted target, and the probability with which more of
#: them than so many are called too many.
SMALL_PVALUE = 0.05
TOO_MANY = 0.01

#: Columns whose growth with the rows is shown, the parts of the rows, and the fewest rows, or groups, of a part.
GROWING = 3
SHARES_OF_ROWS = (8, 4, 2, 1)
FEWEST_ROWS = 40

#: Standard errors, and the share of the estimate, by which half the rows may say less than all before it is called
#: growing. Arbitrary.
ERRORS_OF_GROWTH = 3
SHARE_OF_GROWTH = 0.1

#: Share of the most that can be shown, or of the target's entropy, from which on an estimate is close to it. Arbitrary.
NEAR_MOST = 0.8
NEAR_ENTROPY = 0.9


def check_numbers(
    table: ReportTable, sample: Sample, ranking: pd.DataFrame, chosen: ChosenSet, work: Work
) -> tuple[Check, ...]:
    """All checks of a ranking and a chosen set."""
    kept = [str(name) for name in ranking.index[ranking["kept"]]]
    best = kept or [str(name) for name in ranking.index]
    report = work.report("checks")
    checks = [_permute_target(table, ranking, work)]
    report(1, 3)
    checks.append(check_by_neighbours(sample, str(table.target), best, work))
    report(2, 3)
    checks.append(_grow(table, best[:GROWING], work))
    return (*checks, _find_leaks(table), check_identifiers(table), measure_ceilings(table, ranking, chosen, work))


def _permute_target(table: ReportTable, ranking: pd.DataFrame, work: Work) -> Check:
    """The ranking with a shuffled target: nothing is to be found there."""
    y = table.frame[table.target]
    order: NDArray[np.int64] = np.random.default_rng(work.seed).permutation(len(y))
    found = rank_report_columns(table, table.others, y.iloc[order].set_axis(y.index), work)
    varying = found[~found["kind"].eq("constant")]
    n, n_small = len(varying), int((varying["pvalue"] < SMALL_PVALUE).sum())
    n_kept, largest = int(varying["kept"].sum()), float(varying["mi"].max()) if n else 0.0
    most = int(stats.binom.isf(TOO_MANY, max(n, 1), SMALL_PVALUE))
    said = (
        f"With the target's rows shuffled, {n_small} of {n} columns have p < {SMALL_PVALUE:g} (by chance about "
        f"{SMALL_PVALUE * n:.1f}, and rarely more than {most}), {n_kept} would be kept, and the largest estimate is "
        f"{largest:.4f} {work.unit}; with the real target it is {ranking['mi'].max():.4f}."
    )
    fine = n_small <= most and n_kept <= max(1, SMALL_PVALUE * n)
    record: Record = {"columns": n, "small_pvalues": n_small, "kept": n_kept, "largest_mi": largest}
    return Check("Permuted target", "fine" if fine else "look", said, (record,))


def _grow(table: ReportTable, names: Sequence[str], work: Work) -> Check:
    """The best columns on an eighth, a quarter, a half and all of the rows."""
    n = len(table.frame)
    order = order_rows(n, table.groups, work.seed)
    records: list[Record] = []
    for share in SHARES_OF_ROWS:
        rows = np.sort(order[: n // share])
        part = replace(table, frame=table.frame.iloc[rows], groups=take_groups(table.groups, rows))
        y = part.frame[table.target]
        if (count_units(len(rows), part.groups) < FEWEST_ROWS and share > 1) or y.nunique() < 2:
            continue
        found = rank_report_columns(part, names, y, work)
        records += [
            {"rows": len(rows), "column": name, "mi": float(found.loc[name, "mi"]), "se": float(found.loc[name, "se"])}
            for name in names
        ]
    growing = [name for name in names if _is_growing([r for r in records if r["column"] == name])]
    if len({record["rows"] for record in records}) < 2:
        return Check("Growth with rows", "not done", f"{n} rows are too few to look at parts of them.", tuple(records))
    said = (
        f"{', '.join(growing)}: half the rows say clearly less than all, so more rows would show more."
        if growing
        else "The best columns say about the same on half of the rows as on all: more rows would change little."
    )
    return Check("Growth with rows", "look" if growing else "fine", said, tuple(records))


def _is_growing(records: Sequence[Record]) -> bool:
    """Whether all rows say clearly more than half of them."""
    if len(records) < 2:
        return False
    half, whole = records[-2], records[-1]
    rest = ERRORS_OF_GROWTH * float(np.hypot(half["se"], whole["se"])) + SHARE_OF_GROWTH * whole["mi"]
    return bool(whole["mi"] - half["mi"] > rest)


def _find_leaks(table: ReportTable) -> Check:
    """Columns that are the target."""
    doubts = table.description["doubts"]
    leaks = [str(name) for name, doubt in doubts.items() if LEAK in str(doubt)]
    said = (
        f"{', '.join(leaks)}: the target, under another name or in other units; drop it."
        if leaks
        else "No column is the target under another name or in other units."
    )
    return Check("Leaks", "look" if leaks else "fine", said, tuple({"column": name} for name in leaks))


def check_identifiers(table: ReportTable) -> Check:
    """Columns that number or identify rows."""
    found = find_identifiers(table.description, [])
    aside = [name for name in found if name not in table.frame]
    said = "; ".join(f"{name}: {why}" for name, why in found.items()) + "."
    said += f" Set aside: {', '.join(aside)}." if aside else ""
    if not found:
        said = "No column numbers the rows or has labels that are almost all distinct."
    records = tuple({"column": name, "reason": why} for name, why in found.items())
    return Check("Identifiers", "look" if found else "fine", said, records)


def measure_ceilings(table: ReportTable, ranking: pd.DataFrame, chosen: ChosenSet, work: Work) -> Check:
    """How close the largest numbers are to the most that so many rows, or the target, can hold."""
    y = make_column(table.frame[table.target].reset_index(drop=True), str(table.target))
    entropy = math.inf if y.kind(None) == "continuous" else float(convert(compute_entropy(y.distinct[1]), work.unit))
    records: list[Record] = []
    best = ranking["mi"].idxmax()
    asked = [(str(best), float(ranking.loc[best, "mi"]), len(table.frame) // work.cv)]
    if chosen.mi is not None:
        asked.append(("The chosen set", chosen.mi, chosen.n_tested))
    for name, mi, n_tested in asked:
        most = float(convert(math.log(max(n_tested, 2)), work.unit))
        records.append(
            {
                "what": name,
                "mi": mi,
                "most_by_rows": most,
                "entropy": None if math.isinf(entropy) else entropy,
                "share": mi / min(most, entropy),
            }
        )
    short = any(record["mi"] > NEAR_MOST * record["most_by_rows"] for record in records)
    full = [record["what"] for record in records if record["mi"] > NEAR_ENTROPY * entropy]
    said = []
    if full:
        said.append(f"{', '.join(full)}: nearly all there is to know of the target. Is it known before the target is?")
    if short:
        said.append("Numbers are close to the log of the held-out rows, the most that these can show.")
    if not said:
        said.append("No number is close to the most that so many rows can show, or to the target's entropy.")
    return Check("Closeness to the ceiling", "look" if short or full else "fine", " ".join(said), tuple(records))
