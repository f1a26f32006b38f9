"""The command line: ``skmine rank``, ``estimate``, ``select`` and ``matrix``, a room each."""

import argparse
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skmine._version import __version__
from skmine.cli.estimate import add_command as add_estimate
from skmine.cli.matrix import add_command as add_matrix
from skmine.cli.rank import add_command as add_rank
from skmine.cli.select import add_command as add_select
from skmine.exceptions import SkmineWarning

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
    for add in (add_rank, add_estimate, add_select, add_matrix):
        add(commands)
    return parser


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
