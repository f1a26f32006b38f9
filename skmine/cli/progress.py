"""What is going on, on standard error where that is a terminal.

This module imports rich alone, so that something is seen before the heavy ones are imported.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: A report of work: what is done, and what is to do.
Report = Callable[[float, float], None]


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
def show_progress(doing: str) -> Iterator[Report | None]:
    """Show a bar with the share that is done and the time that is left."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=1.0)
        yield lambda done, total: bar.update(task, completed=done / max(total, 1e-9))
