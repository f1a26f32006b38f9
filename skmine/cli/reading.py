"""The table that a command is asked about."""

import argparse
import sys
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from skmine.cli.console import is_terminal
from skmine.cli.messages import say
from skmine.cli.progress import show_status
from skmine.data import files
from skmine.data.examples import load_example
from skmine.data.formats import EXAMPLE, STANDARD_INPUT, ReadOptions, hide_password
from skmine.data.stream import Stream
from skmine.data.streams import open_large
from skmine.selection.streamed import sample_rows


@dataclass(frozen=True)
class Given:
    """A table as it was read.

    Attributes
    ----------
    frame : DataFrame
    called : str
        What to call the data.
    target : str or None
        The column to explain, of an embedded data set.
    notes : list of str
        What is to be said of the way it was read.
    """

    frame: pd.DataFrame
    called: str
    target: str | None = None
    notes: list[str] = field(default_factory=list)


def get_read_options(options: argparse.Namespace) -> ReadOptions:
    """How the file is to be read."""
    return ReadOptions(
        separator=options.sep,
        decimal=options.decimal,
        encoding=options.encoding,
        missing=options.na or (),
        skip_rows=options.skip_rows,
        comment=options.comment,
        sheet=options.sheet,
        query=options.query,
    )


def get_work_options(options: argparse.Namespace) -> dict[str, Any]:
    """How the work is done, by the names that functions and estimators have for it."""
    names = {"cv": "cv", "device": "device", "n_jobs": "n_jobs", "random_state": "seed"}
    return {name: getattr(options, option) for name, option in names.items()}


def read_given(options: argparse.Namespace, *, may_be_large: bool = True) -> Given:
    """The table of the file, or an embedded one."""
    name, how = options.file, get_read_options(options)
    if name is None or name.startswith(EXAMPLE):
        example = load_example() if name is None else load_example(name.removeprefix(EXAMPLE))
        return Given(example.frame, example.description, example.target)
    with show_status(f"reading {hide_password(name)}"):
        stream = open_large_table(options) if may_be_large else None
        if stream is not None:
            return _read_sample(stream, name)
        frame = files.read_table(name, how)
    called = "standard input" if name == STANDARD_INPUT else hide_password(name)
    return Given(frame, called, notes=list(frame.attrs["notes"]))


def _read_sample(stream: Stream, name: str) -> Given:
    """Rows of a table that is too large for memory, the same at each call."""
    for repair in stream.repairs:
        say("note", str(repair))
    sample = sample_rows(stream)
    notes = list(stream.notes)
    if not sample.is_complete:
        said = f"{name} is large: {sample.size} of its {sample.n_rows} rows are compared, drawn at random"
        say("note", said)
        notes.append(said)
    return Given(sample.frame, name, notes=notes)


def open_large_table(options: argparse.Namespace) -> Stream | None:
    """The stream of a folder or a large file; None for any other.

    Raises
    ------
    ValueError
        If options are given that need the table in memory.
    """
    if options.file is None or options.file == STANDARD_INPUT or options.file.startswith(EXAMPLE):
        return None
    how = get_read_options(options)
    stream = open_large(options.file, how)
    if stream is not None and how.missing:
        raise ValueError(f"--na needs the table in memory, but {options.file!r} is read in batches; leave it out.")
    return stream


def choose_target(options: argparse.Namespace, given: Given) -> str:
    """The name of the column to explain."""
    wanted = options.target or str(given.target)
    if options.file is None and wanted not in given.frame.columns and not is_terminal(sys.stdin):
        raise ValueError(
            f"Target {wanted!r} is not a column of the embedded data set; pass FILE, or - to read standard input."
        )
    return wanted
