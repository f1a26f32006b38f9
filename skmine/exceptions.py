"""Warnings of skmine. Each says what to do, and each can be filtered by its class."""

import inspect
import warnings

__all__ = [
    "AutocorrelatedRowsWarning",
    "FewRowsWarning",
    "FittingWarning",
    "IdentifierWarning",
    "InformationLossWarning",
    "LeakWarning",
    "MissingColumnWarning",
    "NotPartedWarning",
    "PooledLevelsWarning",
    "RepairedCellsWarning",
    "SaturationWarning",
    "SkmineWarning",
    "TrainingCutWarning",
    "VersionWarning",
]


class SkmineWarning(UserWarning):
    """The base class of all warnings of skmine: filter it to filter all of them."""


class AutocorrelatedRowsWarning(SkmineWarning):
    """Rows look like a time series, and nothing was passed that says so, or remember longer than blocks of them are.

    Errors are too small then, and p-values too low.
    """


class FewRowsWarning(SkmineWarning):
    """So few rows that no network is trained; the interval reaches up to what so many rows could show."""


class FittingWarning(SkmineWarning):
    """Critics know the rows that they were trained on so much better than others that the estimate is uncertain."""


class IdentifierWarning(SkmineWarning):
    """A column or a target numbers the rows, or its labels are almost all distinct: neither describes the rows."""


class MissingColumnWarning(SkmineWarning):
    """A column has no values at all; its score is 0 nats."""


class NotPartedWarning(SkmineWarning):
    """What was minimised is small by its own critic's word, and is not on fresh rows."""


class PooledLevelsWarning(SkmineWarning):
    """Many rows hold levels that share one node, as these are too many or too rare; their information is too low."""


class InformationLossWarning(SkmineWarning):
    """The number of columns that was asked for surely gives up information that more columns have."""


class LeakWarning(SkmineWarning):
    """A column is the target itself, under another name or in other units."""


class RepairedCellsWarning(SkmineWarning):
    """Cells of a text table were read as numbers or dates, or as missing, that programs do not write so."""


class SaturationWarning(SkmineWarning):
    """Two tables share about as much information as this many rows can show, or more; read the lower bound."""


class TrainingCutWarning(SkmineWarning):
    """Training ended at `max_iter` while held-out scores still rose; the estimate is too low."""


class VersionWarning(SkmineWarning):
    """An estimator was fitted by another version of skmine or torch, and may answer otherwise here; fit it again."""


#: Packages whose frames a warning does not point at: this one, and the one that calls it for the user.
_SKIPPED_PACKAGES = ("skmine", "sklearn")


def warn(message: str, category: type[SkmineWarning]) -> None:
    """Warn at the user's line that led here, however many calls of `_SKIPPED_PACKAGES` are in between."""
    frame, depth = inspect.currentframe(), 0
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in _SKIPPED_PACKAGES:
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth + 1)
