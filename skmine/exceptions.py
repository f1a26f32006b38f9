"""Warnings of skmine. Each says what to do, and each can be filtered by its class."""

import inspect
import warnings


class SkmineWarning(UserWarning):
    """What the warnings of skmine have in common."""


class IdentifierWarning(SkmineWarning):
    """A target has as many values as rows: it may number the rows instead of describing them."""


class MissingColumnWarning(SkmineWarning):
    """A column has no values at all; it scores 0."""


class LeakWarning(SkmineWarning):
    """A column is the target itself, under another name or in other units."""


class SaturationWarning(SkmineWarning):
    """Two tables share about as much as so few rows can certify, or more; the estimate is a lower bound."""


#: Whose lines a warning does not point at: ours, and what wraps ours.
_NOT_THE_USERS = ("skmine", "sklearn")


def warn(message: str, category: type[SkmineWarning]) -> None:
    """Warn at the line of the user's that led here, whatever lies between."""
    frame, depth = inspect.currentframe(), 0
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in _NOT_THE_USERS:
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth + 1)
