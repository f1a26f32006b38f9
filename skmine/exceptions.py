"""Warnings of skmine. Each says what to do, and each can be filtered by its class."""


class SkmineWarning(UserWarning):
    """What the warnings of skmine have in common."""


class IdentifierWarning(SkmineWarning):
    """A target has as many values as rows: it may number the rows instead of describing them."""


class MissingColumnWarning(SkmineWarning):
    """A column has no values at all; it scores 0."""


class SaturationWarning(SkmineWarning):
    """Two tables share about as much as so few rows can certify, or more; the estimate is a lower bound."""
