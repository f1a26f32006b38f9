"""What parameters may be: one set for functions and estimators."""

import os
from numbers import Integral, Real
from typing import Any

from skmine._sklearn import HasMethods, Interval, StrOptions
from skmine.core.bounds import OBJECTIVES
from skmine.core.devices import DEVICES
from skmine.core.networks import ACTIVATIONS
from skmine.estimation.critics import CRITICS

#: Tables that are read in batches, and what is refused with a reason of its own because it is read once only.
STREAMS: list[Any] = [
    str,
    os.PathLike,
    callable,
    *map(HasMethods, ("scanner", "collect_schema", "partitions", "__next__")),
]

#: Numbers of folds, or of fits that are compared.
AT_LEAST_TWO = Interval(Integral, 2, None, closed="left")

#: Of the selector and the functions that score columns.
SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "alpha": [Interval(Real, 0, 1, closed="neither")],
    "fdr": [StrOptions({"bh", "by"})],
    "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
    "discrete_target": [StrOptions({"auto"}), "boolean"],
    "infinite": [StrOptions({"error", "missing"})],
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
    "critic": [StrOptions({"auto", *CRITICS})],
    "bound": [StrOptions({"auto", *OBJECTIVES})],
    "base": [StrOptions({"auto"}), None],
    **{k: SHARED_CONSTRAINTS[k] for k in ("discrete_features", "infinite", "cv", "device", "n_jobs", "random_state")},
    "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
    "verbose": ["verbose"],
}


def check_no_groups(groups: Any, argument: str, time: Any = None) -> None:
    """Refuse groups and times of rows of a table that is read in batches.

    Raises
    ------
    ValueError
    """
    if groups is not None:
        raise ValueError(f"groups need all rows at hand, but {argument} is read in batches; read it into a frame.")
    if time is not None:
        raise ValueError(f"time needs all rows at hand, but {argument} is read in batches; read it into a frame.")


def check_named_target(y: Any) -> str:
    """The target's name, which a table that is read in batches needs.

    Raises
    ------
    TypeError
    """
    if not isinstance(y, str):
        raise TypeError(f"X is read in batches, so y must be the name of one of its columns, got {type(y).__name__}.")
    return y


def check_named_targets(y: Any) -> list[str]:
    """The names of one target or more, as `check_named_target`."""
    if isinstance(y, (list, tuple)) and y and all(isinstance(name, str) for name in y):
        return list(dict.fromkeys(y))
    return [check_named_target(y)]
