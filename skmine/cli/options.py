"""Options that commands share: the same names and words everywhere.

This module imports nothing heavy.
"""

import argparse
from typing import Any

from skmine.cli.option_values import (
    read_character,
    read_count,
    read_folds,
    read_fraction,
    read_missing,
    read_names,
    read_seed,
    read_separator,
    read_skipped,
    read_workers,
)
from skmine.data.formats import REPORT_FORMATS

#: What the commands fall back to.
EXAMPLE = "Without FILE, an embedded real data set is used."

#: What to do with rows without a target.
MISSING_TARGET = ("drop", "fail")

#: What is done with infinite values.
INFINITE = ("error", "missing")

#: False discovery rates.
FDR = ("bh", "by")

#: Where the work is done (a test holds this and `core.devices` together).
DEVICES = ("auto", "cpu", "cuda", "mps")

#: How names of columns are given.
PATTERNS = "names, patterns such as 'x*', or kinds such as kind:categorical, separated by commas"


def add_file(command: argparse.ArgumentParser) -> None:
    """The file and how it is read."""
    command.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="CSV or other text, JSON, Excel, Parquet, Feather, SQLite or DuckDB, packed or not; URL of a database; "
        "example:NAME (see skmine datasets); - is standard input",
    )
    reading = command.add_argument_group("reading (found out where it is not given)")
    reading.add_argument(
        "--sep", type=read_separator, metavar="S", help="between fields; 'tab', or 'space' for any white space"
    )
    reading.add_argument("--decimal", choices=(".", ","), help="mark of decimals")
    reading.add_argument("--encoding", metavar="NAME", help="of a text, such as utf-8, cp1252 or utf-16")
    reading.add_argument(
        "--na", type=read_missing, metavar="CELLS", help="cells that mean missing, too, separated by commas"
    )
    reading.add_argument("--skip-rows", type=read_skipped, metavar="N", help="lines before the header")
    reading.add_argument("--comment", type=read_character, metavar="C", help="what begins a comment in a text")
    reading.add_argument("--sheet", metavar="NAME", help="sheet, table of a database, or member of an archive")
    reading.add_argument("--query", metavar="SQL", help="query of a database")


def add_columns(command: argparse.ArgumentParser, *, has_target: bool = True) -> None:
    """Which columns and rows are compared, and what they are taken for."""
    columns = command.add_argument_group("columns and rows")
    columns.add_argument("-c", "--columns", type=read_names, metavar="COLUMNS", help=f"use these: {PATTERNS}")
    columns.add_argument("--drop", type=read_names, metavar="COLUMNS", help="leave these out")
    columns.add_argument(
        "--discrete", type=read_names, metavar="COLUMNS", help="every value of these is a category of its own"
    )
    columns.add_argument(
        "--keep-identifiers",
        action="store_true",
        help="keep columns that number the rows or whose labels are almost all distinct; otherwise they are set aside, "
        "unless they are named",
    )
    columns.add_argument(
        "--infinite",
        choices=INFINITE,
        default="error",
        help="infinite values: refuse the table, or take them as missing (default: error)",
    )
    if has_target:
        columns.add_argument(
            "--missing-target",
            choices=MISSING_TARGET,
            default="drop",
            help="rows without a target: drop them, or fail (default: drop)",
        )


def add_groups(command: argparse.ArgumentParser) -> None:
    """Rows that belong together, or are in time."""
    command.add_argument(
        "--groups", metavar="COLUMN", help="column whose equal values mark rows that belong together, such as a patient"
    )
    command.add_argument(
        "--time",
        metavar="COLUMN",
        help="column of times, numbers or dates: neighbouring rows are not independent, and stay together in blocks "
        "(within each group of --groups)",
    )


def add_discovery(command: argparse.ArgumentParser) -> None:
    """Which false discoveries are let through."""
    command.add_argument(
        "--alpha",
        type=read_fraction,
        default=0.05,
        metavar="A",
        help="false discovery rate of the kept columns (default: 0.05)",
    )
    command.add_argument(
        "--fdr", choices=FDR, default="bh", help="Benjamini-Hochberg, or Benjamini-Yekutieli (default: bh)"
    )


def add_answer(command: argparse.ArgumentParser, written: str, *, plot: str | None, csv: bool = True) -> None:
    """How the answer is given."""
    answer = command.add_argument_group("answer")
    printed = answer.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print JSON, with units and what each key means")
    if csv:
        printed.add_argument("--csv", action="store_true", help="print CSV instead of a table")
        answer.add_argument(
            "--escape-formulas",
            action="store_true",
            help="put an apostrophe before names that a spreadsheet would take for formulas (with --csv)",
        )
    answer.add_argument("--bits", action="store_true", help="information in bits instead of nats")
    answer.add_argument("-q", "--quiet", action="store_true", help="leave out what was understood of the table")
    if plot is not None:
        answer.add_argument("--plot", metavar="FILE", help=f"draw {plot} to FILE (.png, .svg or .pdf)")
    answer.add_argument("-o", "--output", metavar="FILE", help=f"write {written} to FILE; an existing file is replaced")


def add_page(command: argparse.ArgumentParser) -> None:
    """The page that is written."""
    page = command.add_argument_group("page")
    page.add_argument(
        "-o", "--output", metavar="FILE", help="write it to FILE (default: report.html); an existing file is replaced"
    )
    page.add_argument(
        "--format", choices=REPORT_FORMATS, help="a page, text with tables, or all numbers (default: by FILE's ending)"
    )
    page.add_argument("--bits", action="store_true", help="information in bits instead of nats")
    page.add_argument("--date", default="", metavar="TEXT", help="a date to stand on the page (default: none)")


def add_work(command: argparse.ArgumentParser, drawn: str) -> None:
    """How the work is done."""
    work = command.add_argument_group("work")
    work.add_argument("--cv", type=read_folds, default=3, metavar="N", help="folds (default: 3)")
    work.add_argument("--seed", type=read_seed, default=0, metavar="S", help=f"draws {drawn} (default: 0)")
    work.add_argument(
        "--n-jobs", type=read_workers, default=1, metavar="N", help="workers, -1 for every core (default: 1)"
    )
    work.add_argument("--device", choices=DEVICES, default="auto", help="where critics are trained (default: auto)")


def add_top(command: argparse.ArgumentParser, what: str, default: int | None = None) -> None:
    """How much of the answer is shown."""
    of_default = "" if default is None else f" (default: {default})"
    command.add_argument(
        "--top", type=read_count, default=default, metavar="N", help=f"show the first N {what} only{of_default}"
    )


def add_sort(command: argparse.ArgumentParser, orders: tuple[str, ...]) -> None:
    """The order of the answer."""
    command.add_argument("--sort", choices=orders, default=orders[0], help=f"order (default: {orders[0]})")


#: argparse's own type of subcommands is private.
Commands = Any
