"""The command line: ``skmine rank``, ``estimate``, ``select`` and ``matrix``, one module each.

Design notes. `parser` knows every option and imports nothing heavy, so that help, the version and usage errors
answer at once. A command's module is imported when its options are known to be right.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skmine.cli.parser import check_options, make_parser
from skmine.exceptions import SkmineWarning

#: Exit code of a usage error, or of bad input, as argparse has it.
USAGE_ERROR = 2

#: Exit code after Ctrl-C, as shells have it: 128 and the signal's number.
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code (0, 2 for bad input, 130 for Ctrl-C)."""
    options = make_parser().parse_args(arguments)
    try:
        check_options(options)
        with _show_plain_warnings():
            importlib.import_module(f"skmine.cli.{options.command}").run(options)
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


@contextmanager
def _show_plain_warnings() -> Iterator[None]:
    """Show warnings of ours as one line each on standard error, without a source line; no others."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        print(f"skmine: warning: {' '.join(str(message).split())}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", SkmineWarning)
        warnings.showwarning = show
        yield
