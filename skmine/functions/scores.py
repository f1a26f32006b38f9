"""A score function for scikit-learn's univariate selectors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine._sklearn import validate_params
from skmine.data.source import Source
from skmine.functions.parameters import SHARED_CONSTRAINTS
from skmine.selection.marginal import score_marginally


@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "y": ["array-like"],
        **{
            k: SHARED_CONSTRAINTS[k]
            for k in ("discrete_features", "discrete_target", "infinite", "cv", "device", "n_jobs", "random_state")
        },
        "groups": ["array-like", None],
        "time": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def mutual_info_scores(
    X: Any,
    y: Any,
    *,
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    infinite: str = "error",
    cv: Any = 3,
    groups: Any = None,
    time: Any = None,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Held-out mutual information of every column with the target, and p-values.

    A score function for `SelectKBest`, `SelectPercentile`, `SelectFdr`, `SelectFwe` and
    `GenericUnivariateSelect`; pass options by `functools.partial`. For classification and
    regression alike.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Columns. NaN is a value of its own (missingness may be informative).
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Numbers or class labels. With several columns, a score is the best over them.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns whose every value is a category: all (True), none (False), a mask, or indices. Unlike
        in scikit-learn, "auto" decides each column by its dtype and ties.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    infinite : {"error", "missing"}, default="error"
        What infinite values of X are: refused, naming every column that has one, or missing.
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap.
    groups : array-like of shape (n_samples,), default=None
        Rows that belong together stay in one fold (a splitter that parts them is refused); errors
        and p-values then go by groups. They need about ten groups per fold, none much larger than the
        others.
    time : array-like of shape (n_samples,), default=None
        Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
        (`BlockedKFold`), within each group if `groups` are given.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Workers. The numbers do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws the folds.

    Returns
    -------
    scores : ndarray of shape (n_features,)
        Lower bounds, in expectation, of I(X_j; Y) in nats, from rows that the critic never saw; about
        0, of either sign, for an independent column, exactly 0 for a constant one. With several targets
        the best score is slightly biased upwards, as it was chosen; its p-value accounts for that.
    pvalues : ndarray of shape (n_features,)
        Of independence, one-sided, from the permutation law of the score; where few rows decide (a rare class,
        rare labels), from an exact law of all rows (Fisher's test for two indicators), or of whole `groups`. Labels
        are tested one by one, however many there are.

    Raises
    ------
    ValueError
        If the input is empty, infinite, of mismatched lengths, or has fewer rows than folds; if y
        has missing values, one value only, or labels that are an identifier.

    References
    ----------
    .. [1] Poole et al. (2019), "On variational bounds of mutual information", eq. 12.
    .. [2] Hoeffding (1951), "A combinatorial central limit theorem".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.feature_selection import SelectKBest
    >>> from skmine import mutual_info_scores
    >>> X, y = load_iris(return_X_y=True)
    >>> scores, pvalues = mutual_info_scores(X, y, random_state=0)
    >>> SelectKBest(mutual_info_scores, k=2).fit(X, y).transform(X).shape
    (150, 2)
    """
    evidence = score_marginally(
        Source(X, infinite=infinite),
        y,
        discrete_features=discrete_features,
        discrete_target=discrete_target,
        cv=cv,
        groups=groups,
        time=time,
        device=device,
        n_jobs=n_jobs,
        random_state=random_state,
    ).scores.evidence
    return evidence.held_out, evidence.pvalue
