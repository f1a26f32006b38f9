"""Mutual information by neural networks, at home in scikit-learn."""

from skmine._version import __version__
from skmine.estimators.coupled_encoder import CoupledEncoder
from skmine.estimators.estimator import MutualInfoEstimator
from skmine.estimators.selector import MINEFeatureSelector
from skmine.estimators.stability import selection_stability
from skmine.functions import mutual_info, mutual_info_matrix, mutual_info_scores, rank_columns

__all__ = [
    "CoupledEncoder",
    "MINEFeatureSelector",
    "MutualInfoEstimator",
    "__version__",
    "mutual_info",
    "mutual_info_matrix",
    "mutual_info_scores",
    "rank_columns",
    "selection_stability",
]
