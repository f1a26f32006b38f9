"""P-values of series that share nothing: with times, and without; and whether the warning comes.

- one column and a target, each a series of its own: P(p < .05) and P(p < .01) with `time`, without it, and how often
  `AutocorrelatedRowsWarning` is raised without it;
- two columns and a target, whose critic is trained, with `time`;
- transfer entropy between independent series.

Proportions carry exact 95 % intervals; "no" is said only where an interval lies above 1.3 times the level.
"""

import argparse
import warnings
from collections.abc import Callable

import numpy as np

from benchmarks.common import report
from benchmarks.time.series import CASES, Case
from skmine import mutual_info, rank_columns, transfer_entropy
from skmine.exceptions import AutocorrelatedRowsWarning

#: Levels, and how far above them a rate may lie.
LEVELS = (0.05, 0.01)
ALLOWED = 1.3


def find_pvalue(case: Case, with_time: bool, seed: int) -> tuple[float, bool]:
    """The p-value of one column, and whether a warning came."""
    x, y = case.draw(seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = rank_columns(x, y, time=np.arange(case.n) if with_time else None, random_state=seed)
    warned = any(issubclass(one.category, AutocorrelatedRowsWarning) for one in caught)
    return float(found["pvalue"].iloc[0]), warned


def find_pvalue_of_table(case: Case, seed: int) -> float:
    """The p-value of two columns together."""
    x, y = case.draw(seed, 2)
    return mutual_info(x, y, time=np.arange(case.n), random_state=seed).pvalue


def find_pvalue_of_transfer(case: Case, seed: int) -> float:
    """The p-value of transfer entropy."""
    x, y = case.draw(seed)
    return float(transfer_entropy(x, y, random_state=seed)["pvalue"].iloc[0])


def describe_rates(pvalues: list[float]) -> list[str]:
    """Rates at every level, and whether they are at most what is allowed."""
    out = []
    for level in LEVELS:
        k = sum(p < level for p in pvalues)
        out += [report.format_proportion(k, len(pvalues)), report.judge_proportion(k, len(pvalues), ALLOWED * level)]
    return out


RATES = [text.replace("0.", ".") for level in LEVELS for text in (f"p < {level:g}", f"at most {ALLOWED * level:g}")]


def add_columns(out: report.Report, cases: list[Case], draws: int) -> None:
    rows = []
    for case in cases:
        timed = [find_pvalue(case, True, seed)[0] for seed in range(draws)]
        without = [find_pvalue(case, False, seed) for seed in range(draws)]
        k = sum(p < LEVELS[0] for p, _ in without)
        warned = sum(said for _, said in without)
        row = [case.name, f"{case.n:,}", draws, *describe_rates(timed)]
        rows.append([*row, report.format_proportion(k, draws), report.format_proportion(warned, draws)])
        print(rows[-1], flush=True)
    out.add_table("One column", ["series", "rows", "draws", *RATES, "p < .05 without time", "warned"], rows)


def add_trained(
    out: report.Report, title: str, cases: list[Case], draws: int, find: Callable[[Case, int], float]
) -> None:
    rows = []
    for case in cases if draws else ():
        rows.append([case.name, f"{case.n:,}", draws, *describe_rates([find(case, seed) for seed in range(draws)])])
        print(rows[-1], flush=True)
    if rows:
        out.add_table(title, ["series", "rows", "draws", *RATES], rows)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = report.make_parser(__doc__, "time.calibration", "time_calibration")
    parser.add_argument("--draws", type=int, default=2_000, help="of one column")
    parser.add_argument("--table-draws", type=int, default=200, help="of two columns")
    parser.add_argument("--transfer-draws", type=int, default=200, help="of transfer entropy")
    parser.add_argument("--transfer-rows", type=int, default=1_000, help="rows of these")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="series whose names contain one of these")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    cases = [case for case in CASES if not options.only or any(part in case.name for part in options.only)]
    report.prepare()
    out = report.Report("P-values of series that share nothing", report.get_command())
    add_columns(out, cases, options.draws)
    plain = [case for case in cases if case.name in ("memory .5", "memory .9") and case.n == 1_000]
    add_trained(out, "Two columns, whose critic is trained", plain, options.table_draws, find_pvalue_of_table)
    of_transfer = [Case(case.name, options.transfer_rows, case.memory) for case in plain]
    add_trained(out, "Transfer entropy", of_transfer, options.transfer_draws, find_pvalue_of_transfer)
    out.write(options.output)


if __name__ == "__main__":
    main()
