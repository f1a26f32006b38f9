"""Values of options, from what the user types; what does not hold is refused in argparse's words.

This module imports nothing heavy.
"""

import argparse
import csv
from collections.abc import Callable
from typing import Any

#: The largest seed that NumPy takes.
LARGEST_SEED = 2**32 - 1

#: Separators by their names.
SEPARATORS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "bar": "|"}


def read_names(text: str) -> list[str]:
    """Names separated by commas, quoted where they hold one."""
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not any(names):
        raise argparse.ArgumentTypeError("must name one at least, got ''")
    return names


def read_count(text: str) -> int:
    """A whole number of 1 or more."""
    return int(read_value(text, int, lambda v: v >= 1, "a whole number of 1 or more"))


def read_fraction(text: str) -> float:
    """A number between 0 and 1."""
    return float(read_value(text, float, lambda v: 0 < v < 1, "a number between 0 and 1"))


def read_seed(text: str) -> int:
    """A seed that NumPy takes."""
    return int(read_value(text, int, lambda v: 0 <= v <= LARGEST_SEED, f"a whole number from 0 to {LARGEST_SEED}"))


def read_workers(text: str) -> int:
    """A number of workers."""
    return int(read_value(text, int, lambda v: v != 0, "a whole number other than 0"))


def read_folds(text: str) -> int:
    """A number of folds."""
    return int(read_value(text, int, lambda v: v >= 2, "a whole number of 2 or more"))


def read_skipped(text: str) -> int:
    """A number of lines."""
    return int(read_value(text, int, lambda v: v >= 0, "a whole number of 0 or more"))


def read_separator(text: str) -> str:
    """What stands between fields."""
    text = SEPARATORS.get(text, text)
    return str(read_value(text, str, lambda v: bool(v) and v not in '"\r\n', "one character or more, no quote"))


def read_character(text: str) -> str:
    """What begins a comment."""
    return str(read_value(text, str, bool, "one character or more"))


def read_missing(text: str) -> tuple[str, ...]:
    """Cells that mean missing."""
    return tuple(read_names(text))


def read_resamples(text: str) -> int:
    """A number of searches that vote."""
    return int(read_value(text, int, lambda v: v >= 2, "a whole number of 2 or more"))


def read_tolerance(text: str) -> str | float:
    """What `tolerance` takes."""
    if text == "best":
        return text
    return float(read_value(text, float, lambda v: 0 <= v < 1, "'best', or a fraction from 0 up to but not 1"))


def read_wanted(text: str) -> str | int | float:
    """What `n_features_to_select` takes."""
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        wanted = "'auto', a whole number or a fraction up to 1"
        return float(read_value(text, float, lambda v: 0 < v <= 1, wanted))


def read_value(text: str, convert: Callable[[str], Any], holds: Callable[[Any], bool], wanted: str) -> Any:
    """A text as a value that holds; raises argparse's error otherwise."""
    try:
        value = convert(text)
    except ValueError:
        value = None
    if value is None or not holds(value):
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return value
