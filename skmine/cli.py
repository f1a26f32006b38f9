"""The command line: ``skmine rank`` and ``skmine estimate``."""

import argparse
import csv
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from skmine import files
from skmine._version import __version__
from skmine.columns import take_target
from skmine.datasets import load_example
from skmine.exceptions import SkmineWarning
from skmine.functional import mutual_info, rank_columns
from skmine.inference import probability_text
from skmine.naming import hint

#: Longest bar; where the terminal is narrow, names come first and bars take what is left.
BAR_WIDTH = 18
#: What the other columns of the table take, and the shortest bar worth drawing.
OTHER_WIDTH, SHORTEST_BAR = 68, 5
USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code (0, 2 for bad input, 130 for Ctrl-C)."""
    options = _parser().parse_args(arguments)
    try:
        with _plain_warnings():
            options.run(options)
            sys.stdout.flush()
    except (ValueError, TypeError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # the reader of our output has gone, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"skmine: error: {' '.join(str(error).split())}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("skmine: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="skmine", description="Mutual information of the columns of a table.")
    parser.add_argument("--version", action="version", version=f"skmine {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    rank = commands.add_parser(
        "rank",
        help="rank columns by mutual information with a target",
        description="Rank the columns of a table by mutual information with a target column. "
        "Without FILE, an embedded real data set is ranked.",
    )
    _add_source(rank)
    rank.add_argument("-t", "--target", metavar="COLUMN", help="the column to explain")
    shape = rank.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print JSON instead of a table")
    shape.add_argument("--csv", action="store_true", help="print CSV instead of a table")
    rank.add_argument("--top", type=_positive, metavar="N", help="show the N best columns only")
    rank.add_argument(
        "--alpha",
        type=_share,
        default=0.05,
        metavar="A",
        help="false discovery rate of the kept columns (default: 0.05)",
    )
    rank.add_argument("-o", "--output", metavar="FILE", help="write the kept columns to FILE, which is replaced")
    _add_work(rank, "draws the folds")
    rank.set_defaults(run=_rank)
    estimate = commands.add_parser(
        "estimate",
        help="estimate the mutual information of two groups of columns",
        description="Estimate the mutual information of two groups of columns, taken together, with its error. "
        "Without FILE, an embedded real data set is used.",
    )
    _add_source(estimate)
    estimate.add_argument("-x", "--x", type=_names, metavar="COLUMNS", help="names, by commas (default: all others)")
    estimate.add_argument("-y", "--y", type=_names, metavar="COLUMNS", help="names, by commas")
    estimate.add_argument("-z", "--z", type=_names, metavar="COLUMNS", help="what to condition on: names, by commas")
    estimate.add_argument("--json", action="store_true", help="print JSON instead of text")
    estimate.add_argument("--level", type=_share, default=0.95, metavar="L", help="confidence level (default: 0.95)")
    _add_work(estimate, "draws folds and weights")
    estimate.set_defaults(run=_estimate)
    return parser


def _add_source(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", metavar="FILE", help="CSV, TSV, Parquet or Feather; - is standard input")


def _add_work(command: argparse.ArgumentParser, drawn: str) -> None:
    command.add_argument("--seed", type=_seed, default=0, metavar="S", help=f"{drawn} (default: 0)")
    command.add_argument(
        "--n-jobs", type=_workers, default=1, metavar="N", help="workers, -1 for every core (default: 1)"
    )


def _console() -> Console:
    """Standard output; of a fixed width where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 110, highlight=False)


def _names(text: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True))]


def _rank(options: argparse.Namespace) -> None:
    if options.output is not None:
        files.check_writable(options.output)
        if (
            options.file not in (None, files.STANDARD_INPUT)
            and Path(options.output).resolve() == Path(options.file).resolve()
        ):
            raise ValueError(f"--output {options.output!r} is the file that is read; write to another one.")
    frame, target, called = _read(options.file, options.target, "--target")
    X, y = take_target(frame, target)
    with _progress(X.shape[1]) as progress:
        ranking = rank_columns(
            X, y, alpha=options.alpha, n_jobs=options.n_jobs, random_state=options.seed, progress=progress
        )
    shown = ranking.head(options.top) if options.top else ranking
    about = {"data": called, "rows": len(frame), "target": target, "alpha": options.alpha, "seed": options.seed}
    if options.json:
        print(json.dumps({**about, "columns": shown.reset_index().to_dict("records")}, indent=2))
    elif options.csv:
        print(shown.to_csv(), end="")
    else:
        _print_table(shown, ranking, about)
    if options.output is not None:
        kept = set(ranking.index[ranking["kept"]])
        if not kept:
            raise ValueError(
                f"No column is kept at --alpha {options.alpha:g}, so {options.output!r} was not written; raise --alpha."
            )
        files.write_table(X[[c for c in X.columns if str(c) in kept]], options.output)


def _estimate(options: argparse.Namespace) -> None:
    frame, target, called = _read(options.file, None if options.y is None else options.y[0], "--y")
    wanted = {"--y": options.y or [target], "--z": options.z or []}
    taken = [name for names in wanted.values() for name in names]
    wanted["--x"] = options.x or [str(c) for c in frame.columns if str(c) not in taken]
    if not wanted["--x"]:
        raise ValueError("--x is missing: no column is left beside --y and --z.")
    for name in (names := [*taken, *wanted["--x"]]):
        if names.count(name) > 1:
            raise ValueError(f"Column {name!r} is named twice in --x, --y and --z; name it once.")
    x, y, z = (_columns(frame, wanted[option], option) for option in ("--x", "--y", "--z"))
    with _status(f"training on {len(frame)} rows"):
        found = mutual_info(x, y, z, n_jobs=options.n_jobs, random_state=options.seed)
    low, high = found.confidence_interval(options.level)
    about = {
        "data": called,
        "rows": len(frame),
        "x": wanted["--x"],
        "y": wanted["--y"],
        "z": wanted["--z"],
        "level": options.level,
        "seed": options.seed,
        "mi": found.mi,
        "se": found.se,
        "lower_bound": found.lower_bound(options.level),
        "confidence_interval": [low, high],
        "pvalue": found.pvalue,
        "held_out": found.held_out,
        "critic": found.critic,
        "warnings": list(found.warnings),
    }
    if options.json:
        print(json.dumps(about, indent=2))
        return
    console = _console()
    given = f" given {_listed(wanted['--z'])}" if z is not None else ""
    percent = f"{100 * options.level:g} %"
    title = f"Mutual information of {_listed(wanted['--x'])} with {_listed(wanted['--y'])}{given}"
    table = Table(box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_row("estimate", Text(f"{found.mi:.4f} nats", style="bold"))
    table.add_row("standard error", f"{found.se:.4f}")
    table.add_row(f"{percent} lower bound", f"{about['lower_bound']:.4f}")
    table.add_row(f"{percent} interval", f"{low:.4f} to {high:.4f}")
    table.add_row("p of independence", probability_text(found.pvalue))
    table.add_row("critic", found.critic)
    console.print(Text(title, style="italic"), table)
    console.print(Text(f"\n{called}: {len(frame)} rows.\nHeld-out score {found.held_out:.4f} nats.", style="dim"))


def _columns(frame: pd.DataFrame, names: list[str], option: str) -> pd.DataFrame | None:
    """Named columns; None for none."""
    present = [str(c) for c in frame.columns]
    for name in names:
        if name not in present:
            raise ValueError(f"{option} {name!r}: no column is called so; {hint(name, present)}")
    return frame[[frame.columns[present.index(name)] for name in names]] if names else None


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


@contextmanager
def _status(text: str) -> Iterator[None]:
    """What is going on, on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(text):
        yield


def _read(file: str | None, target: str | None, option: str) -> tuple[pd.DataFrame, str, str]:
    """The table of a file, or the embedded one; the target's name, and what to call the data."""
    if file is None:
        example = load_example()
        target = target or example.target
        if target not in example.frame.columns and not sys.stdin.isatty():
            raise ValueError(
                f"Target {target!r} is no column of the embedded data set; pass FILE, or - to read standard input."
            )
        return example.frame, target, example.description
    if target is None:
        raise ValueError(f"{option} is missing: name the column to explain.")
    return files.read_table(file), target, "standard input" if file == files.STANDARD_INPUT else file


def _print_table(shown: pd.DataFrame, ranking: pd.DataFrame, about: dict[str, Any]) -> None:
    console = _console()
    blocks = "█▏▎▍▌▋▊▉" if (console.encoding or "").lower().startswith("utf") else "#"
    longest = max(float(ranking["mi"].max()), 1e-9)
    table = Table(
        title=Text(f"Mutual information with {about['target']!r}", style="italic"),
        caption_justify="left",
        title_justify="left",
        box=None,
    )
    name_width = min(max(len(str(name)) for name in ["column", *shown.index]), 40)
    room = console.width - OTHER_WIDTH
    bar_width = min(max(room - name_width, 0), BAR_WIDTH)
    bar_width = bar_width if bar_width >= SHORTEST_BAR else 0
    table.add_column("column", overflow="fold", min_width=max(min(name_width, room - bar_width), 8))
    table.add_column("kind", no_wrap=True)
    table.add_column("MI (nats)", justify="right", no_wrap=True)
    if bar_width:
        table.add_column("", min_width=bar_width, no_wrap=True)
    for heading in ("95 % lower", "p", "q"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("kept", justify="center", no_wrap=True)
    for name, row in shown.iterrows():
        bar = Text(_bar(row["mi"] / longest, bar_width, blocks), style="green" if row["kept"] else "dim")
        table.add_row(
            Text(str(name)),
            row["kind"],
            f"{row['mi']:.4f}",
            *([bar] if bar_width else []),
            f"{row['lower']:.4f}",
            probability_text(row["pvalue"]),
            probability_text(row["qvalue"]),
            "yes" if row["kept"] else "",
            style=None if row["kept"] else "dim",
        )
    console.print(table)
    hidden = len(ranking) - len(shown)
    n_kept = int(ranking["kept"].sum())
    console.print(
        Text(
            f"\n{about['data']}: {about['rows']} rows, {len(ranking)} columns"
            + (f" ({hidden} not shown)" if hidden else "")
            + f".\n{n_kept} kept at a false discovery rate of {about['alpha']:g}. "
            "The lower bound is for each column by itself.",
            style="dim",
        )
    )


def _bar(share: float, width: int, blocks: str) -> str:
    """A bar of at most `width` characters, in eighths where the terminal has them."""
    steps = len(blocks)
    whole, part = divmod(round(max(share, 0) * width * steps), steps)
    return blocks[0] * whole + (blocks[part] if part else "")


@contextmanager
def _progress(n_columns: int) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("ranking columns"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=n_columns)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings of ours as one line each on standard error, without a source line; no others."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        print(f"skmine: warning: {' '.join(str(message).split())}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", SkmineWarning)
        warnings.showwarning = show
        yield


def _checked(text: str, convert: Callable[[str], Any], holds: Callable[[Any], bool], wanted: str) -> Any:
    try:
        value = convert(text)
    except ValueError:
        value = None
    if value is None or not holds(value):
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return value


def _positive(text: str) -> int:
    return int(_checked(text, int, lambda v: v >= 1, "a whole number of 1 or more"))


def _seed(text: str) -> int:
    return int(_checked(text, int, lambda v: 0 <= v < 2**32, "a whole number from 0 to 4294967295"))


def _workers(text: str) -> int:
    return int(_checked(text, int, lambda v: v != 0, "a whole number other than 0"))


def _share(text: str) -> float:
    return float(_checked(text, float, lambda v: 0 < v < 1, "a number between 0 and 1"))
