"""Every command and its options, and what can be said of options before any file is read.

This module imports nothing heavy.
"""

import argparse
import os
from collections.abc import Sequence

from skmine._version import __version__
from skmine.cli.argument_parser import Parser, PrintCompletion
from skmine.cli.option_values import read_fraction, read_names, read_resamples, read_tolerance, read_wanted
from skmine.cli.options import (
    EXAMPLE,
    PATTERNS,
    Commands,
    add_answer,
    add_columns,
    add_discovery,
    add_file,
    add_groups,
    add_page,
    add_sort,
    add_top,
    add_work,
)
from skmine.data import formats

#: Ways to choose, as `MINEFeatureSelector` has them (a test holds both together; importing it takes a second).
METHODS = ("marginal", "joint", "mrmr")

#: How cells are written that were read as numbers, dates or missing.
AS_READ = "with the target, all rows, cells as they were read,"

#: Orders of the answers; the first is the default.
RANK_ORDERS = ("pvalue", "mi", "lower", "name", "table")
SELECT_ORDERS = ("kept", "score", "name", "table")
MATRIX_ORDERS = ("mi", "pvalue", "name")

#: Endings of pictures.
PICTURES = (".png", ".svg", ".pdf")

#: Shells that completion is written for.
SHELLS = ("bash", "zsh", "tcsh")

EPILOG = """exit codes:
  0    the answer was given
  2    the options or the file are wrong; one sentence on standard error says what to do
  130  interrupted

Every command takes the same options for reading, columns, answer and work; skmine COMMAND --help lists them."""


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `command` says which module runs."""
    parser = Parser(
        prog="skmine",
        description="Mutual information of the columns of a table.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"skmine {__version__}")
    parser.add_argument(
        "--print-completion", action=PrintCompletion, choices=SHELLS, help="print a script that completes options"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    for add in (_add_rank, _add_select, _add_estimate, _add_matrix, _add_report, _add_describe, _add_datasets):
        add(commands)
    return parser


def check_options(options: argparse.Namespace) -> None:
    """Refuse options that cannot be right, whatever the file holds.

    Raises
    ------
    ValueError
        If --output or --plot cannot be written or is the file that is read, if a target is missing, or if a column
        is named twice.
    """
    if options.command == "report":
        options.format, options.output = formats.choose_report_format(options.output, options.format)
        formats.check_report(options.output)
    elif getattr(options, "output", None) is not None:
        formats.check_writable(options.output)
    plot = getattr(options, "plot", None)
    if plot is not None:
        if formats.get_ending(plot) not in PICTURES:
            raise ValueError(f"Cannot draw {plot!r}: its ending must be one of {', '.join(PICTURES)}.")
        formats.check_place(plot)
        formats.require_package("matplotlib", repr("--plot"))
    written = [name for name in (getattr(options, "output", None), plot) if name is not None]
    read_from = getattr(options, "file", None)
    for name in written:
        if read_from not in (None, formats.STANDARD_INPUT) and os.path.realpath(name) == os.path.realpath(read_from):
            raise ValueError(f"--output {name!r} is the file that is read; write to another one.")
    option = {"rank": "target", "select": "target", "estimate": "y"}.get(options.command)
    is_own = read_from is None or read_from.startswith(formats.EXAMPLE)
    if option is not None and not is_own and not getattr(options, option):
        raise ValueError(f"--{option} is missing: name the column to explain.")
    if getattr(options, "sheet", None) is not None and getattr(options, "query", None) is not None:
        raise ValueError("--sheet and --query both say what to read; leave one of them out.")
    if read_from == "":
        raise ValueError("FILE is empty; name a file, or - for standard input.")
    if options.command == "estimate":
        check_named_once([*(options.y or []), *(options.z or []), *(options.x or [])])


def check_named_once(names: Sequence[str]) -> None:
    """Refuse a column that is on two sides, or twice on one.

    Raises
    ------
    ValueError
    """
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Column {name!r} is named twice in --x, --y and --z; name it once.")


# Commands -------------------------------------------------------------------------------------------


def _add_rank(commands: Commands) -> None:
    rank = commands.add_parser(
        "rank",
        help="rank columns by mutual information with a target",
        description=f"Rank the columns of a table by mutual information with a target column. {EXAMPLE}",
    )
    add_file(rank)
    rank.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    rank.add_argument(
        "--given",
        type=read_names,
        metavar="COLUMNS",
        help=f"columns that are known: what others add to them; {PATTERNS}",
    )
    add_groups(rank)
    add_discovery(rank)
    add_top(rank, "columns")
    add_sort(rank, RANK_ORDERS)
    add_columns(rank)
    add_answer(rank, f"the kept columns {AS_READ}", plot="the ranking")
    add_work(rank, "the folds")


def _add_estimate(commands: Commands) -> None:
    estimate = commands.add_parser(
        "estimate",
        help="estimate the mutual information of two groups of columns",
        description="Estimate the mutual information of two groups of columns, taken together, with its error. "
        + EXAMPLE,
    )
    add_file(estimate)
    estimate.add_argument("-x", "--x", type=read_names, metavar="COLUMNS", help=f"{PATTERNS} (default: all others)")
    estimate.add_argument("-y", "--y", type=read_names, metavar="COLUMNS", help="the same")
    estimate.add_argument(
        "-z", "--z", "--given", type=read_names, metavar="COLUMNS", help="columns that are known, the same"
    )
    add_groups(estimate)
    estimate.add_argument(
        "--level", type=read_fraction, default=0.95, metavar="L", help="confidence level (default: 0.95)"
    )
    add_columns(estimate)
    add_answer(
        estimate, "the answer, in one row,", plot="what the values of the two sides say of each other", csv=False
    )
    add_work(estimate, "folds and weights")


def _add_select(commands: Commands) -> None:
    select = commands.add_parser(
        "select",
        help="choose columns that jointly carry all the information on a target",
        description="Choose the columns of a table that jointly carry all the information on a target column, without "
        f"repeats, and with columns that matter only in combination. {EXAMPLE}",
    )
    add_file(select)
    select.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    select.add_argument(
        "--method", choices=METHODS, default="joint", help="how to choose, as in MINEFeatureSelector (default: joint)"
    )
    _add_search(select)
    select.add_argument(
        "--keep",
        "--given",
        type=read_names,
        default=[],
        metavar="COLUMNS",
        help="columns that are known, and kept in any case: others are chosen for what they add",
    )
    add_groups(select)
    add_discovery(select)
    add_top(select, "columns")
    add_sort(select, SELECT_ORDERS)
    add_columns(select)
    add_answer(select, f"the kept columns {AS_READ}", plot="the way to the chosen columns")
    add_work(select, "folds, locked rows and weights")


def _add_search(select: argparse.ArgumentParser) -> None:
    """What the search for columns is asked for."""
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
        "--together",
        type=read_names,
        action="append",
        metavar="COLUMNS",
        help="columns that are kept or dropped as one; once for each set of them",
    )


def _add_matrix(commands: Commands) -> None:
    matrix = commands.add_parser(
        "matrix",
        help="estimate what every two columns share",
        description="Estimate the mutual information of every two columns of a table; print the matrix where it fits, "
        f"and the pairs that share most. {EXAMPLE}",
    )
    add_file(matrix)
    matrix.add_argument(
        "--normalize",
        action="store_true",
        help="from 0 to 1 instead of nats: the correlation of normal columns; 1 where one determines the other",
    )
    add_groups(matrix)
    add_top(matrix, "pairs", 10)
    add_sort(matrix, MATRIX_ORDERS)
    add_columns(matrix, has_target=False)
    add_answer(matrix, "the matrix", plot="the matrix")
    add_work(matrix, "the folds")


def _add_report(commands: Commands) -> None:
    report = commands.add_parser(
        "report",
        help="write a page: which columns matter, how sure that is, and what repeats what",
        description="Write one self-contained page that says what a table is, which columns matter for a target, alone "
        "and together, how sure that is, and what repeats what; without a target, what columns share. " + EXAMPLE,
    )
    add_file(report)
    report.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    add_groups(report)
    add_discovery(report)
    add_columns(report)
    add_page(report)
    add_work(report, "folds, the sample, locked rows and weights")


def _add_describe(commands: Commands) -> None:
    describe = commands.add_parser(
        "describe",
        help="say what every column is taken for, and why",
        description="Say what every column of a table is taken for, what was repaired, and what is odd: identifiers, "
        f"row numbers, constant columns, copies, leaks. {EXAMPLE}",
    )
    add_file(describe)
    describe.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain: its copies are leaks")
    add_columns(describe)
    add_answer(describe, "the description", plot=None)


def _add_datasets(commands: Commands) -> None:
    datasets = commands.add_parser(
        "datasets",
        help="list data sets to try, or write one",
        description="List data sets that ship with scikit-learn, or write one as CSV. Every command takes "
        "them as example:NAME.",
    )
    datasets.add_argument("name", nargs="?", metavar="NAME", help="the one to write")
    datasets.add_argument("--json", action="store_true", help="print the list as JSON")
    datasets.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write it to FILE instead of standard output; an existing file is replaced",
    )
