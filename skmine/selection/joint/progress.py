"""How far a search is: the share of the time that its steps take on average."""

from collections.abc import Callable

#: Called with what is done and what is to do.
Progress = Callable[[float, float], None] | None

#: Shares of the time after which these are done, measured on tables of 10 to 100 columns: they differ from table to
#: table by a third.
SCREENED, ROUNDS, PATH, SEARCHED = 0.05, 0.5, 0.8, 0.95


def make_report(progress: Progress) -> Callable[[float], None]:
    """A report of a share; of nothing, where no one asks for it."""
    return lambda share: None if progress is None else progress(share, 1.0)
