"""Warnings of many estimates: collected where they arise, also in workers, and said once a kind."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from skmine.core.devices import one_thread
from skmine.exceptions import IdentifierWarning, PooledLevelsWarning, SkmineWarning, warn

#: A warning's text and its class.
Warned = tuple[str, type[SkmineWarning]]

#: Warnings of single columns, which are said before any is scored.
SAID_BEFORE = (IdentifierWarning, PooledLevelsWarning)


def collect_warnings(function: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[Any, list[Warned]]:
    """What a function returns on one thread, and what it warns of, but for what is said before."""
    with one_thread(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SkmineWarning)
        found = function(*arguments, **options)
    said = [(str(one.message), one.category) for one in caught]
    return found, [(text, c) for text, c in said if issubclass(c, SkmineWarning) and c not in SAID_BEFORE]


def warn_once_per_kind(said: Sequence[tuple[str, Warned]], noun: str) -> None:
    """Warn once of each kind of caveat, with the first thing that has it and how many others do.

    Parameters
    ----------
    said : sequence of (str, (str, class))
        What has a caveat, and its text and class.
    noun : str
        What these are, such as "column".
    """
    for category in dict.fromkeys(category for _, (_, category) in said):
        of_kind = [(name, message) for name, (message, one) in said if one is category]
        n_others = len({name for name, _ in of_kind}) - 1
        others = f" (and {n_others} more {noun}{'s' if n_others > 1 else ''})" if n_others else ""
        warn(f"{noun.capitalize()} {of_kind[0][0]}{others}: {of_kind[0][1]}", category)
