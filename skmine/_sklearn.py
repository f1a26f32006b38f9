"""Every private name of scikit-learn that skmine uses, in one place: what a new release may move."""

from sklearn.base import _fit_context as fit_context
from sklearn.ensemble._base import _set_random_states as set_random_states
from sklearn.utils import _safe_indexing as index_rows
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    RealNotInt,
    StrOptions,
    validate_params,
)
from sklearn.utils._set_output import _get_output_config as get_output_config
from sklearn.utils.validation import _check_feature_names_in as name_features_in
from sklearn.utils.validation import _num_samples as count_rows

__all__ = [
    "HasMethods",
    "Interval",
    "RealNotInt",
    "StrOptions",
    "count_rows",
    "fit_context",
    "get_output_config",
    "index_rows",
    "name_features_in",
    "set_random_states",
    "validate_params",
]
