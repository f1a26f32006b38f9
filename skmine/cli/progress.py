"""What is going on, on standard error where that is a terminal.

This module imports rich alone, so that something is seen before the heavy ones are imported.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_status(text: str) -> Iterator[None]:
    """Say what is being done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield


@contextmanager
def show_progress(doing: str) -> Iterator[Callable[[float, float], None] | None]:
    """Show a bar while a command works; it vanishes before the answer."""
    from skmine.functions.progress import show_bar

    with show_bar(doing, wanted=sys.stderr.isatty(), transient=True) as bar:
        yield None if bar is None else bar.report
