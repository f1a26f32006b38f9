"""Every option of every command, and what can be said of options before any file is read.

This module imports nothing heavy.
"""

import argparse
import os
from typing import Any

from skmine._version import __version__
from skmine.cli.option_values import (
    read_count,
    read_fraction,
    read_names,
    read_resamples,
    read_seed,
    read_tolerance,
    read_wanted,
    read_workers,
)
from skmine.data import formats

#: What the commands fall back to.
EXAMPLE = "Without FILE, an embedded real data set is used."

#: Ways to choose, as `MINEFeatureSelector` has them (a test holds both together; importing it takes a second).
METHODS = ("marginal", "joint", "mrmr")

#: What to do with rows without a target.
MISSING_TARGET = ("drop", "fail")

#: What is done with infinite values.
INFINITE = ("error", "missing")

#: How cells are written that were read as numbers, dates or missing.
AS_READ = "all rows, cells as they were read"


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `command` says which module runs."""
    parser = argparse.ArgumentParser(prog="skmine", description="Mutual information of the columns of a table.")
    parser.add_argument("--version", action="version", version=f"skmine {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    for add in (_add_rank, _add_estimate, _add_select, _add_matrix):
        add(commands)
    return parser


def check_options(options: argparse.Namespace) -> None:
    """Refuse options that cannot be right, whatever the file holds.

    Raises
    ------
    ValueError
        If --output cannot be written or is the file that is read, if a target is missing, or if a column
        is named twice.
    """
    if getattr(options, "output", None) is not None:
        formats.check_writable(options.output)
        read_from = None if options.file in (None, formats.STANDARD_INPUT) else os.path.realpath(options.file)
        if os.path.realpath(options.output) == read_from:
            raise ValueError(f"--output {options.output!r} is the file that is read; write to another one.")
    option = {"rank": "target", "select": "target", "estimate": "y"}.get(options.command)
    if option is not None and options.file is not None and not getattr(options, option):
        raise ValueError(f"--{option} is missing: name the column to explain.")
    if options.command == "estimate":
        check_named_once([*(options.y or []), *(options.z or []), *(options.x or [])])


def check_named_once(names: list[str]) -> None:
    """Refuse a column that is on two sides, or twice on one.

    Raises
    ------
    ValueError
    """
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Column {name!r} is named twice in --x, --y and --z; name it once.")


# Commands -------------------------------------------------------------------------------------------

Commands = Any  # argparse's own type of it is private


def _add_rank(commands: Commands) -> None:
    rank = commands.add_parser(
        "rank",
        help="rank columns by mutual information with a target",
        description=f"Rank the columns of a table by mutual information with a target column. {EXAMPLE}",
    )
    _add_file(rank)
    rank.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    _add_formats(rank)
    rank.add_argument("--top", type=read_count, metavar="N", help="show the N best columns only")
    rank.add_argument(
        "--alpha",
        type=read_fraction,
        default=0.05,
        metavar="A",
        help="false discovery rate of the kept columns (default: 0.05)",
    )
    _add_output(rank, f"the kept columns, {AS_READ},")
    _add_reading(rank)
    _add_work(rank, "the folds")


def _add_estimate(commands: Commands) -> None:
    estimate = commands.add_parser(
        "estimate",
        help="estimate the mutual information of two groups of columns",
        description="Estimate the mutual information of two groups of columns, taken together, with its error. "
        + EXAMPLE,
    )
    _add_file(estimate)
    for short, name, what in (
        ("-x", "--x", "names, separated by commas (default: all others)"),
        ("-y", "--y", "names, separated by commas"),
        ("-z", "--z", "columns to condition on: names, separated by commas"),
    ):
        estimate.add_argument(short, name, type=read_names, metavar="COLUMNS", help=what)
    estimate.add_argument("--json", action="store_true", help="print JSON instead of text")
    estimate.add_argument(
        "--level", type=read_fraction, default=0.95, metavar="L", help="confidence level (default: 0.95)"
    )
    _add_reading(estimate)
    _add_work(estimate, "folds and weights")


def _add_select(commands: Commands) -> None:
    select = commands.add_parser(
        "select",
        help="choose columns that jointly carry all the information on a target",
        description="Choose the columns of a table that jointly carry all the information on a target column, without "
        f"repeats, and with columns that matter only in combination. {EXAMPLE}",
    )
    _add_file(select)
    select.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    select.add_argument(
        "--method", choices=METHODS, default="joint", help="how to choose, as in MINEFeatureSelector (default: joint)"
    )
    select.add_argument(
        "--n-columns",
        type=read_wanted,
        default="auto",
        metavar="N",
        help="columns to keep, or a fraction of them (default: auto)",
    )
    select.add_argument(
        "--tolerance",
        type=read_tolerance,
        default=0.02,
        metavar="T",
        help="share of the information that fewer columns may lack, or best (joint, mrmr; default: 0.02)",
    )
    select.add_argument(
        "--resamples",
        type=read_resamples,
        metavar="N",
        help="searches of halves of the rows that vote on what is kept (joint; default: no vote)",
    )
    select.add_argument(
        "--group",
        type=read_names,
        action="append",
        metavar="COLUMNS",
        help="names, separated by commas, of columns that are kept or dropped as one; once for each group",
    )
    select.add_argument(
        "--keep",
        type=read_names,
        default=[],
        metavar="COLUMNS",
        help="names, separated by commas, of columns that are kept in any case",
    )
    _add_formats(select)
    _add_output(select, f"the kept columns, {AS_READ},")
    _add_reading(select)
    _add_work(select, "folds, locked rows and weights")


def _add_matrix(commands: Commands) -> None:
    matrix = commands.add_parser(
        "matrix",
        help="estimate what every two columns share",
        description="Estimate the mutual information of every two columns of a table; print the matrix where it fits, "
        f"and the pairs that share most. {EXAMPLE}",
    )
    _add_file(matrix)
    matrix.add_argument(
        "-c", "--columns", type=read_names, metavar="COLUMNS", help="names, separated by commas (default: all)"
    )
    matrix.add_argument(
        "--normalize",
        action="store_true",
        help="from 0 to 1 instead of nats: the correlation of normal columns; 1 where one determines the other",
    )
    matrix.add_argument("--top", type=read_count, default=10, metavar="N", help="pairs in the list (default: 10)")
    _add_formats(matrix)
    _add_output(matrix, "the matrix")
    _add_reading(matrix, has_target=False)
    _add_work(matrix, "the folds")


# Options that commands share --------------------------------------------------------------------------


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", metavar="FILE", help="CSV, TSV, Parquet or Feather; - is standard input")


def _add_formats(command: argparse.ArgumentParser) -> None:
    printed = command.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print JSON instead of a table")
    printed.add_argument("--csv", action="store_true", help="print CSV instead of a table")
    command.add_argument(
        "--escape-formulas",
        action="store_true",
        help="put an apostrophe before names that a spreadsheet would take for formulas (with --csv)",
    )


def _add_output(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("-o", "--output", metavar="FILE", help=f"write {what} to FILE; an existing file is replaced")


def _add_reading(command: argparse.ArgumentParser, *, has_target: bool = True) -> None:
    command.add_argument(
        "--keep-identifiers",
        action="store_true",
        help="keep columns that number the rows or whose labels are almost all distinct; otherwise they are set aside, "
        "unless they are named",
    )
    command.add_argument(
        "--infinite",
        choices=INFINITE,
        default="error",
        help="infinite values: refuse the table, or take them as missing (default: error)",
    )
    if has_target:
        command.add_argument(
            "--missing-target",
            choices=MISSING_TARGET,
            default="drop",
            help="rows without a target: drop them, or fail (default: drop)",
        )


def _add_work(command: argparse.ArgumentParser, drawn: str) -> None:
    command.add_argument("--seed", type=read_seed, default=0, metavar="S", help=f"draws {drawn} (default: 0)")
    command.add_argument(
        "--n-jobs", type=read_workers, default=1, metavar="N", help="workers, -1 for every core (default: 1)"
    )
