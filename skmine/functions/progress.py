"""A bar on standard error: the share that is done, and the time that is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: A report of work: what is done, and what is to do.
Report = Callable[[float, float], None]


class Bar:
    """A bar whose words may change as work goes on."""

    def __init__(self, update: Callable[..., None]) -> None:
        self._update = update

    def report(self, done: float, total: float) -> None:
        """Show the share that is done."""
        self._update(completed=done / max(total, 1e-9))

    def describe(self, text: str) -> None:
        """Say what is being done."""
        self._update(description=text)


@contextmanager
def show_bar(doing: str, *, wanted: bool, transient: bool = False) -> Iterator[Bar | None]:
    """Show a bar, if it is wanted.

    Parameters
    ----------
    doing : str
    wanted : bool
    transient : bool, default=False
        Whether it vanishes in the end.
    """
    if not wanted:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=transient) as progress:
        task = progress.add_task(doing, total=1.0)
        yield Bar(lambda **changes: progress.update(task, **changes))
        progress.update(task, completed=1.0)
