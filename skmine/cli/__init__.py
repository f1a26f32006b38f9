"""The command line: ``skmine rank``, ``select``, ``estimate``, ``matrix``, ``report``, ``describe``,
``datasets``, a module each.

Design notes. `parser` knows every option and imports nothing heavy, so that help, the version and usage errors
answer at once. A command's module is imported when its options are known to be right.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO, cast

from skmine.cli.messages import USAGE_ERROR, say
from skmine.cli.parser import check_options, make_parser
from skmine.cli.progress import show_status
from skmine.exceptions import SkmineWarning

#: Exit code after Ctrl-C, as shells have it: 128 and the signal's number.
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code (0, 2 for bad input, 130 for Ctrl-C)."""
    _open_closed_streams()
    options = make_parser().parse_args(arguments)
    options.arguments = sys.argv[1:] if arguments is None else arguments
    try:
        check_options(options)
        with _show_plain_warnings(), redirect_stdout(cast("TextIO", _Answer(sys.stdout))):
            with show_status("loading"):
                command = importlib.import_module(f"skmine.cli.{options.command}")
            command.run(options)
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _leave_output()
        return 0
    except (ValueError, TypeError, OSError, MemoryError) as error:
        say("error", _describe(error))
        _leave_output()
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("skmine: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


def _open_closed_streams() -> None:
    """Give streams that the caller closed an end, so that nothing that is written to them fails."""
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        say("error", "standard output is closed; redirect it to a file, or to a pipe.")
        raise SystemExit(USAGE_ERROR)


class _Answer:
    """Standard output, whose errors say that they are its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with _name_output():
            return self._stream.write(text)

    def flush(self) -> None:
        with _name_output():
            self._stream.flush()


@contextmanager
def _name_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ValueError(f"cannot write to standard output: {error.strerror}.") from error


def _leave_output() -> None:
    """Let go of what standard output cannot take, so that the interpreter does not try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _describe(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "out of memory; pass fewer rows or columns, or use a machine with more."
    return _join_lines(error)


def _join_lines(message: object) -> str:
    return " ".join(str(message).split())


@contextmanager
def _show_plain_warnings() -> Iterator[None]:
    """Show warnings of ours as one line each on standard error, without a source line; no others."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        say("warning", _join_lines(message))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", SkmineWarning)
        warnings.showwarning = show
        yield
