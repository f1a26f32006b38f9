"""Marks a function as a call: it is kept under its module's name and its own."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Call = Callable[[], Any]

#: Calls by module and name.
REGISTERED: dict[str, dict[str, Call]] = defaultdict(dict)


def register(function: Call) -> Call:
    """Add a function to its module's calls."""
    REGISTERED[function.__module__][function.__name__] = function
    return function
