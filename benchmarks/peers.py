"""The ranking in the order of the columns, and the methods that skmine is compared with.

Each of those is a function of a table, a target and whether the target is a class.

Columns with missing values are filled with their median first, as users of these methods do. A
method that is not installed is left out, and the reports' first line shows what was there.
"""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.feature_selection import f_classif, f_regression, mutual_info_classif, mutual_info_regression

from skmine import rank_columns

Array = np.ndarray
Method = Callable[[Array, Array, bool], Array]


def ranking_in_order(X: Array, y: Array, **options) -> pd.DataFrame:
    """What `rank_columns` says of an array's columns, a row each, in their order."""
    return rank_columns(X, y, **options).sort_index(key=lambda names: names.str[1:].astype(int))


def filled(X: Array) -> Array:
    return np.where(np.isnan(X), np.nanmedian(X, axis=0), X)


def sklearn_mi(X: Array, y: Array, classify: bool) -> Array:
    """Nearest neighbours (Kraskov et al. 2004; Ross 2014), k = 3."""
    return (mutual_info_classif if classify else mutual_info_regression)(filled(X), y, random_state=0)


def ennemi_mi(X: Array, y: Array, classify: bool) -> Array:
    """Nearest neighbours, k = 3, after ennemi's own rescaling."""
    from ennemi import estimate_mi

    return np.asarray(estimate_mi(y, filled(X), discrete_y=classify, preprocess=not classify)).ravel()


def distance_correlation(X: Array, y: Array, classify: bool) -> Array:
    """dcor's (bias-corrected) distance correlation; classes as indicators where there are more than two."""
    import dcor

    X = filled(X)
    if classify and len(np.unique(y)) > 2:
        target = (y[:, None] == np.unique(y)).astype(float)
        return np.array([dcor.u_distance_correlation_sqr(x[:, None], target) for x in X.T])
    y = np.asarray(y, float)
    return np.array([dcor.u_distance_correlation_sqr(x, y, method="avl") for x in X.T])


def f_test(X: Array, y: Array, classify: bool) -> Array:
    """scikit-learn's F statistic."""
    return f_statistic(X, y, classify)[0]


def f_statistic(X: Array, y: Array, classify: bool) -> tuple[Array, Array]:
    return (f_classif if classify else f_regression)(filled(X), y)


def installed() -> dict[str, Method]:
    """Every method that is there, by name."""
    out: dict[str, Method] = {"sklearn": sklearn_mi}
    if find_spec("ennemi"):
        out["ennemi"] = ennemi_mi
    if find_spec("dcor"):
        out["dcor"] = distance_correlation
    out["F"] = f_test
    return out
