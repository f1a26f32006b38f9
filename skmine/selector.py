"""MINEFeatureSelector: columns chosen by mutual information, inside any Pipeline."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.feature_selection import SelectorMixin
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmine import inference
from skmine.functional import marginal_scores
from skmine.functional.parameters import SHARED_CONSTRAINTS
from skmine.validation import takes_mixed_tables, validated_table


class MINEFeatureSelector(SelectorMixin, BaseEstimator):
    """Select columns by their mutual information with a target.

    Every column is scored by itself, on rows that its critic never saw; a p-value against
    independence comes with each score.

    Parameters
    ----------
    method : {"marginal"}, default="marginal"
        "marginal" scores each column by itself.
    n_features_to_select : {"auto"}, int or float, default="auto"
        "auto" keeps the columns whose q-value is at most `alpha`; an int keeps so many of the best
        scores, a float in (0, 1] that fraction of them (rounded to the nearest number, at least one).
    alpha : float, default=0.05
        False discovery rate under "auto".
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli, which holds under any dependence of the columns.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns whose every value is a category: all (True), none (False), a mask, indices, or names
        of a frame's columns. "auto", unlike scikit-learn's, decides each column by dtype and ties.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    cv : int, splitter or iterable, default=3
        Folds on which the scores are held out. Test folds must not overlap.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Workers. The numbers do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws the folds.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        Held-out scores in nats; exactly 0 for a constant column. With several targets, the best.
    scores_se_ : ndarray of shape (n_features,)
        Their standard errors.
    scores_lower_ : ndarray of shape (n_features,)
        Their 95 % lower confidence bounds, each column by itself.
    mi_ : ndarray of shape (n_features,)
        Estimates in nats: the held-out scores, corrected for what fitting and coding cost.
    pvalues_ : ndarray of shape (n_features,)
        P-values of independence.
    ranking_ : ndarray of shape (n_features,)
        Place of each column by score; 1 is the best. Ties go by column order.
    support_ : ndarray of shape (n_features,)
        Mask of the columns that are kept.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Defined only when X has feature names that are all strings.

    See Also
    --------
    rank_columns : The same numbers as a data frame.
    mutual_info_scores : A score function for scikit-learn's univariate selectors.

    Notes
    -----
    `sample_weight` is not accepted: a weight stands for repeated rows, and repeated rows would
    stand on both sides of a fold. Missing values are a value of their own. Sparse matrices are
    read a column at a time, zero being one heavy value.

    References
    ----------
    .. [1] Belghazi et al. (2018), "Mutual information neural estimation", ICML.
    .. [2] Poole et al. (2019), "On variational bounds of mutual information", ICML, eq. 12.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skmine import MINEFeatureSelector
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> selector = MINEFeatureSelector(n_features_to_select=5, random_state=0)
    >>> model = make_pipeline(selector, StandardScaler(), LogisticRegression()).fit(X, y)
    >>> model[0].transform(X).shape
    (569, 5)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "method": [StrOptions({"marginal"})],
        "n_features_to_select": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        **SHARED_CONSTRAINTS,
    }

    # Groups are used whenever they are passed: ignoring them would let a group's rows stand on
    # both sides of a fold.
    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    def __init__(
        self,
        method: str = "marginal",
        *,
        n_features_to_select: str | int | float = "auto",
        alpha: float = 0.05,
        fdr: inference.FalseDiscovery = "bh",
        discrete_features: Any = "auto",
        discrete_target: Any = "auto",
        cv: Any = 3,
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.method = method
        self.n_features_to_select = n_features_to_select
        self.alpha = alpha
        self.fdr = fdr
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.cv = cv
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, *, groups: Any = None) -> "MINEFeatureSelector":
        """Score the columns and choose.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            Numbers, booleans, dates, strings or categoricals; missing values are allowed.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Numbers or class labels, none missing.
        groups : array-like of shape (n_samples,), default=None
            Rows of a group stay in one fold; errors and p-values go by groups. Under metadata
            routing they are requested by default.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the input is empty, infinite, of mismatched lengths or has fewer rows than folds; if
            y has missing values, one value only or labels that are an identifier; if more columns
            are asked for than there are.
        """
        if y is None:
            raise ValueError("MINEFeatureSelector requires y to be passed, but the target y is None.")
        X = validated_table(self, X)
        d = self.n_features_in_
        if isinstance(self.n_features_to_select, Integral) and self.n_features_to_select > d:
            raise ValueError(
                f"n_features_to_select={self.n_features_to_select} is more than the {d} columns of X; "
                f"pass at most {d}, a fraction, or 'auto'."
            )
        _, result = marginal_scores(
            X,
            y,
            discrete_features=self.discrete_features,
            discrete_target=self.discrete_target,
            cv=self.cv,
            groups=groups,
            device=self.device,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
        self.scores_, self.scores_se_, self.mi_, self.pvalues_ = result.held_out, result.se, result.mi, result.pvalue
        self.scores_lower_ = result.lower_bound(0.95)
        order = np.argsort(-self.scores_, kind="stable")
        self.ranking_ = np.empty(d, np.int64)
        self.ranking_[order] = np.arange(1, d + 1)
        if self.n_features_to_select == "auto":
            self.support_ = inference.false_discovery_qvalues(self.pvalues_, self.fdr) <= self.alpha
        else:
            wanted = self.n_features_to_select
            self.support_ = self.ranking_ <= (wanted if isinstance(wanted, Integral) else max(1, round(wanted * d)))
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        return takes_mixed_tables(super().__sklearn_tags__())
