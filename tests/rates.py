"""How often what has a known probability may happen in a test."""

import numpy as np


def bound_rate(rate, draws):
    """A rate, and four binomial standard errors more."""
    return rate + 4 * np.sqrt(rate * (1 - rate) / draws)
