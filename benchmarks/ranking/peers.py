"""Scores of columns by skmine, in the order of the columns, and by the methods that it is compared with.

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

#: Those that estimate mutual information, in nats: the others' numbers have no known truth.
MI_PEERS = ("sklearn", "ennemi")


def rank_in_order(X: Array, y: Array, **options) -> pd.DataFrame:
    """What `rank_columns` finds for an array's columns, one row per column, in their order."""
    return rank_columns(X, y, **options).sort_index(key=lambda names: names.str[1:].astype(int))


def fill_missing(X: Array) -> Array:
    return np.where(np.isnan(X), np.nanmedian(X, axis=0), X)


def score_by_sklearn(X: Array, y: Array, classify: bool) -> Array:
    """Mutual information by nearest neighbours (Kraskov et al. 2004; Ross 2014), k = 3."""
    return (mutual_info_classif if classify else mutual_info_regression)(fill_missing(X), y, random_state=0)


def score_by_ennemi(X: Array, y: Array, classify: bool) -> Array:
    """Mutual information by nearest neighbours, k = 3, after ennemi's own rescaling; 0 where ties leave it none."""
    from ennemi import estimate_mi

    found = np.asarray(estimate_mi(y, fill_missing(X), discrete_y=classify, preprocess=not classify)).ravel()
    return np.where(np.isfinite(found), found, 0.0)


def score_by_dcor(X: Array, y: Array, classify: bool) -> Array:
    """dcor's (bias-corrected) distance correlation; classes as indicators where there are more than two."""
    import dcor

    X = fill_missing(X)
    if classify and len(np.unique(y)) > 2:
        target = (y[:, None] == np.unique(y)).astype(float)
        return np.array([dcor.u_distance_correlation_sqr(x[:, None], target) for x in X.T])
    y = np.asarray(y, float)
    return np.array([dcor.u_distance_correlation_sqr(x, y, method="avl") for x in X.T])


def score_by_f(X: Array, y: Array, classify: bool) -> Array:
    """scikit-learn's F statistic."""
    return compute_f_test(X, y, classify)[0]


def compute_f_test(X: Array, y: Array, classify: bool) -> tuple[Array, Array]:
    """scikit-learn's F statistics and their p-values."""
    return (f_classif if classify else f_regression)(fill_missing(X), y)


def score_by_xi(X: Array, y: Array, classify: bool) -> Array:
    """scipy's xi (Chatterjee 2021), the larger one of both directions; classes by their numbers."""
    from scipy.stats import chatterjeexi

    y = np.asarray(y, float)
    return np.array([max(chatterjeexi(x, y).statistic, chatterjeexi(y, x).statistic) for x in fill_missing(X).T])


def list_installed() -> dict[str, Method]:
    """Every method that is there, by name."""
    out: dict[str, Method] = {"sklearn": score_by_sklearn}
    if find_spec("ennemi"):
        out["ennemi"] = score_by_ennemi
    if find_spec("dcor"):
        out["dcor"] = score_by_dcor
    out["F"] = score_by_f
    out["xi"] = score_by_xi
    return out
