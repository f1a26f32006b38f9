"""``skmine report``: a page that says which columns matter, how sure that is, and what repeats what."""

import argparse
import os
import shlex
from collections.abc import Sequence

from skmine.cli.messages import say
from skmine.cli.preparation import Preparation, Prepared
from skmine.cli.progress import show_progress
from skmine.cli.reading import Given, read_given
from skmine.data.formats import hide_password
from skmine.reporting.table import ReportTable
from skmine.reporting.work import Work
from skmine.reporting.writing import write_report

#: Options that say where the page goes, which is not on it.
OUTPUT = ("-o", "--output")


def run(options: argparse.Namespace) -> None:
    """Compute and write the page, and say so."""
    given = read_given(options)
    preparation = Preparation(given, options)
    # The target of a data set to try is known; of a file none is meant where none is named.
    target = options.target or given.target
    targets = [] if target is None else preparation.match([target], "--target")
    table = preparation.finish(targets)
    with show_progress("writing a report") as progress:
        work = Work(
            "bits" if options.bits else "nats",
            options.alpha,
            options.fdr,
            options.cv,
            options.device,
            options.n_jobs,
            options.seed,
            progress,
        )
        write_report(
            _make_report_table(table, given, targets),
            work,
            output=options.output,
            format=options.format,
            command=write_command(options.arguments),
            date=options.date,
        )
    size = os.path.getsize(options.output)
    say("note", f"wrote a report on {len(table.frame)} rows ({size / 1024:.0f} KB) to {options.output}")


def _make_report_table(table: Prepared, given: Given, targets: Sequence[str]) -> ReportTable:
    return ReportTable(
        table.frame.reset_index(drop=True),
        given.called,
        targets[0] if targets else None,
        table.description,
        table.changes.n_rows,
        table.together.get("groups"),
        [*table.changes.notes, *table.changes.repairs],
    )


def write_command(arguments: Sequence[str]) -> str:
    """What was typed, without the name of the file that is written."""
    kept: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument in OUTPUT:
            left = left[1:]
        elif not argument.startswith(("--output=", "-o")):
            kept.append(hide_password(argument))
    return shlex.join(["skmine", *kept])
