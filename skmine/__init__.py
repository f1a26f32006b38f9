"""Mutual information by neural networks, at home in scikit-learn."""

import importlib
from typing import TYPE_CHECKING, Any

from skmine._version import __version__

if TYPE_CHECKING:
    from skmine import exceptions as exceptions
    from skmine import nn as nn
    from skmine import plotting as plotting
    from skmine import synthetic as synthetic
    from skmine.estimation.blocked_folds import BlockedKFold
    from skmine.estimation.hash_folds import HashKFold
    from skmine.estimators.coupled_encoder import CoupledEncoder
    from skmine.estimators.estimator import MutualInfoEstimator
    from skmine.estimators.lag_transformer import LagTransformer
    from skmine.estimators.selector import MINEFeatureSelector
    from skmine.estimators.stability import selection_stability
    from skmine.functions import (
        co_information,
        describe_columns,
        information_plane,
        information_table,
        lagged,
        lagged_mutual_info,
        mutual_info,
        mutual_info_matrix,
        mutual_info_scores,
        rank_columns,
        read_table,
        transfer_entropy,
    )
    from skmine.reporting import report

__all__ = [
    "BlockedKFold",
    "CoupledEncoder",
    "HashKFold",
    "LagTransformer",
    "MINEFeatureSelector",
    "MutualInfoEstimator",
    "__version__",
    "co_information",
    "describe_columns",
    "information_plane",
    "information_table",
    "lagged",
    "lagged_mutual_info",
    "mutual_info",
    "mutual_info_matrix",
    "mutual_info_scores",
    "rank_columns",
    "read_table",
    "report",
    "selection_stability",
    "transfer_entropy",
]

#: Where each public name is, imported when it is first asked for: PyTorch alone takes a second.
_HOMES = {
    "BlockedKFold": "skmine.estimation.blocked_folds",
    "CoupledEncoder": "skmine.estimators.coupled_encoder",
    "HashKFold": "skmine.estimation.hash_folds",
    "LagTransformer": "skmine.estimators.lag_transformer",
    "MINEFeatureSelector": "skmine.estimators.selector",
    "MutualInfoEstimator": "skmine.estimators.estimator",
    "co_information": "skmine.functions",
    "describe_columns": "skmine.functions",
    "information_plane": "skmine.functions",
    "information_table": "skmine.functions",
    "lagged": "skmine.functions",
    "lagged_mutual_info": "skmine.functions",
    "mutual_info": "skmine.functions",
    "mutual_info_matrix": "skmine.functions",
    "mutual_info_scores": "skmine.functions",
    "rank_columns": "skmine.functions",
    "read_table": "skmine.functions",
    "report": "skmine.reporting",
    "selection_stability": "skmine.estimators.stability",
    "transfer_entropy": "skmine.functions",
}

#: Public modules, imported in the same way.
_MODULES = ("exceptions", "nn", "plotting", "synthetic")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"skmine.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'skmine' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
