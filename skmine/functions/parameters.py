"""What parameters may be, and what they make: one set for functions and estimators."""

from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skmine.core.bounds import OBJECTIVES
from skmine.core.devices import DEVICES
from skmine.core.networks import ACTIVATIONS
from skmine.estimation.estimate import CRITICS
from skmine.estimation.fitting import Recipe

#: Numbers of folds, or of fits that are compared.
AT_LEAST_TWO = Interval(Integral, 2, None, closed="left")

#: Of the selector and the functions that score columns.
SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "alpha": [Interval(Real, 0, 1, closed="neither")],
    "fdr": [StrOptions({"bh", "by"})],
    "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
    "discrete_target": [StrOptions({"auto"}), "boolean"],
    "cv": [AT_LEAST_TWO, "cv_object"],
    "device": [StrOptions(set(DEVICES))],
    "n_jobs": [None, Interval(Integral, 1, None, closed="left"), Interval(Integral, None, -1, closed="right")],
    "random_state": ["random_state"],
}

#: Of whatever trains critics.
TRAINING_CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like"],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 8, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
}

#: Of `MutualInfoEstimator` and `mutual_info`.
ESTIMATOR_CONSTRAINTS: dict[str, list[Any]] = {
    **TRAINING_CONSTRAINTS,
    "critic": [StrOptions(set(CRITICS))],
    "bound": [StrOptions({"auto", *OBJECTIVES})],
    "base": [StrOptions({"auto"}), None],
    **{k: SHARED_CONSTRAINTS[k] for k in ("discrete_features", "cv", "device", "n_jobs", "random_state")},
    "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
    "verbose": ["verbose"],
}


def make_recipe(**of_training: Any) -> Recipe:
    """How critics are trained; parameters are those of `MutualInfoEstimator`.

    Raises
    ------
    ValueError
        If layer sizes are no positive whole numbers.
    """
    recipe = replace(Recipe(), **of_training)
    return replace(recipe, hidden_layer_sizes=layer_sizes(recipe.hidden_layer_sizes))


def layer_sizes(given: Any, *, least: int = 1) -> tuple[int, ...]:
    """`hidden_layer_sizes` as a tuple; a number is one layer.

    Raises
    ------
    ValueError
        If there are fewer than `least`, or sizes that are no positive whole numbers.
    """
    sizes = np.asarray(given)
    if sizes.ndim > 1 or sizes.size < least or (sizes.size and (sizes.dtype.kind not in "iu" or (sizes < 1).any())):
        raise ValueError(
            f"hidden_layer_sizes must hold positive whole numbers, got {given!r}; pass a tuple such as (128, 128)."
        )
    return tuple(int(v) for v in sizes.ravel())
