"""Variants of our estimator: defaults multiplied, and the estimates of each."""

from typing import Any

import numpy as np

#: By name, parameters of MutualInfoEstimator; some depend on the number of rows.
Variants = dict[str, dict[str, Any]]


def multiply_default(parameter: str, factor: float, n: int) -> dict[str, Any]:
    """A default of ours for n rows, multiplied; whole numbers stay whole."""
    from skmine import MutualInfoEstimator

    value = MutualInfoEstimator().get_params()[parameter]
    if (parameter, value) == ("batch_size", "auto"):
        # An eighth of the rows that train: two of three folds, four of five rows of those.
        value = int(np.clip(n // 15, 64, 512))
    if isinstance(value, tuple):
        return {parameter: tuple(int(width * factor) for width in value)}
    return {parameter: int(value * factor) if isinstance(value, int) else value * factor}
