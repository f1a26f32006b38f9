"""MINEFeatureSelector: columns chosen by mutual information, inside any Pipeline."""

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted

from skmine._sklearn import Interval, RealNotInt, StrOptions, fit_context
from skmine.data.naming import find_columns, number_candidates
from skmine.estimation.inference import FalseDiscovery
from skmine.estimators.validation import tag_mixed_tables, unchanged_by_failure, validate_source
from skmine.functions.parameters import SHARED_CONSTRAINTS, TRAINING_CONSTRAINTS
from skmine.selection.candidates import Candidates, Choice
from skmine.selection.joint.choose import choose_jointly
from skmine.selection.marginal import choose_marginally
from skmine.selection.mrmr import choose_by_mrmr

#: Parameters that every method reads.
SHARED = ("discrete_features", "discrete_target", "cv", "device", "n_jobs", "random_state")

#: How each method chooses, and the parameters that it reads.
METHODS: dict[str, tuple[Callable[..., Choice], tuple[str, ...]]] = {
    "marginal": (choose_marginally, ("alpha", "fdr", *SHARED)),
    "joint": (choose_jointly, (*SHARED, *TRAINING_CONSTRAINTS)),
    "mrmr": (choose_by_mrmr, ("alpha", "fdr", *SHARED)),
}

#: Attributes that not every method sets, or not to the same.
METHOD_ATTRIBUTES = (
    "scores_",
    "scores_se_",
    "scores_lower_",
    "mi_",
    "mi_se_",
    "pvalues_",
    "path_",
    "screened_",
    "n_iter_",
)


class MINEFeatureSelector(SelectorMixin, BaseEstimator):
    """Select columns by their mutual information with a target.

    Parameters
    ----------
    method : {"marginal", "joint", "mrmr"}, default="marginal"
        "marginal" scores each column by itself, on rows that its critic never saw.
        "joint" looks for the smallest set that says together all there is to say: columns that matter
        only in company come in, copies and what others say as well stay out. One masked network
        prices every subset; columns are dropped until shuffled copies of columns ("shadows") have
        fallen; the set is tested and measured on a quarter of the rows, locked away before. (With fewer
        than 1,334 rows, columns that are surely related to the target stay until dropping them makes the
        held-out score rise; with fewer than 107 no network is trained, and the best column alone is tested.)
        "mrmr" adds, one by one, the column whose information on the target exceeds its mean
        information on those before it by most [3]_: a reference, and a way for very wide tables.
    n_features_to_select : {"auto"}, int or float, default="auto"
        An int keeps so many columns, a float in (0, 1] that fraction of them (rounded to the nearest
        number, at least one); a group of `feature_groups` counts as one. "auto": "marginal" keeps the
        columns whose q-value is at most `alpha`; "joint" those without which networks do worse,
        none if the locked rows do not confirm the set (p > .01); "mrmr" adds, among the columns that
        "marginal" would keep, as long as relevance exceeds redundancy.
    alpha : float, default=0.05
        False discovery rate under "auto" ("marginal" and "mrmr").
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli, which holds under any dependence of the columns.
    feature_groups : list of lists, default=None
        Columns, by index or name, that are kept or dropped as one. Columns in no list are on their own.
    always_keep : array-like, default=None
        Columns that are kept in any case (with their groups): a mask, indices or names. The others
        are chosen given these.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns whose every value is a category: all (True), none (False), a mask, indices, or names
        of a frame's columns. "auto", unlike scikit-learn's, decides each column by dtype and ties.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    cv : int, splitter or iterable, default=3
        Folds on which scores are held out. Test folds must not overlap. "joint" takes an int only.
    hidden_layer_sizes : tuple of int, default=(128, 128)
        Widths of the layers of the network of "joint". The other methods' critic is pretrained and
        ignores this parameter and those that follow, up to `n_iter_no_change`.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    learning_rate_init : float, default=0.003
        Largest learning rate; it warms up and falls along a cosine.
    weight_decay : float, default=0.1
    batch_size : {"auto"} or int, default="auto"
        Rows a step; "auto" is an eighth of the rows, at least 64 and at most 512.
    max_iter : int, default=1500
        Most optimisation steps of a network (of small samples, 50 passes at most).
    n_iter_no_change : int, default=400
        Steps without a better validation score after which training stops.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Workers ("marginal" and "mrmr"). The numbers do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, locked rows, shadows, initial weights and batches.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        "marginal" and "mrmr": held-out scores in nats; exactly 0 for a constant column; with several
        targets, the best. "joint": what a column adds, in held-out nats: a kept one to the others that
        are kept, a dropped one to all of them; NaN for columns that no network saw (constant ones,
        copies, screened ones). Columns of a group share a gain.
    scores_se_ : ndarray of shape (n_features,)
        Their standard errors.
    scores_lower_ : ndarray of shape (n_features,)
        "marginal" and "mrmr": their 95 % lower confidence bounds, each column by itself.
    mi_ : ndarray of shape (n_features,), or float
        "marginal" and "mrmr": estimates in nats, the held-out scores corrected for what fitting and
        coding cost. "joint": the score of the kept set on the locked rows, a lower bound of its
        information in expectation; 0 for the empty set.
    mi_se_ : float
        "joint": its standard error.
    pvalues_ : ndarray of shape (n_features,)
        "marginal" and "mrmr": p-values of independence. "joint": of no gain, as if the column had
        been the only one in question; the search is not in them.
    path_ : DataFrame
        "joint": a row a step of the elimination, with the entry ``dropped``, the entries and shadows
        that stood before (``n_left``, ``n_shadows``), and what those entries said together: ``mi``, the
        held-out nats, and ``se``. The last rows drop the ``kept`` ones.
    n_iter_ : int
        "joint": rounds of elimination; 1 for the other methods.
    screened_ : ndarray of shape (n_features,)
        "joint": mask of columns that no network saw because, in a table of more than 64 entries, others
        said more, alone or in pairs. What three or more screened columns say only together is missed.
    ranking_ : ndarray of shape (n_features,)
        "marginal": place of each column by score; 1 is the best, ties go by column order. "joint" and
        "mrmr": 1 for the kept ones, then the others, those last dropped (or most relevant) first.
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
    .. [3] Peng, Long and Ding (2005), "Feature selection based on mutual information", IEEE TPAMI 27.

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

    Columns that matter only together:

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(1000, 6))
    >>> y = (X[:, 2] > 0) ^ (X[:, 4] > 0)
    >>> MINEFeatureSelector("joint", random_state=0).fit(X, y).get_support(indices=True)
    array([2, 4])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "method": [StrOptions(set(METHODS))],
        "n_features_to_select": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "feature_groups": ["array-like", None],
        "always_keep": ["array-like", None],
        **SHARED_CONSTRAINTS,
        **TRAINING_CONSTRAINTS,
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
        fdr: FalseDiscovery = "bh",
        feature_groups: Any = None,
        always_keep: Any = None,
        discrete_features: Any = "auto",
        discrete_target: Any = "auto",
        cv: Any = 3,
        hidden_layer_sizes: Any = (128, 128),
        activation: str = "silu",
        learning_rate_init: float = 3e-3,
        weight_decay: float = 0.1,
        batch_size: Any = "auto",
        max_iter: int = 1500,
        n_iter_no_change: int = 400,
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.method = method
        self.n_features_to_select = n_features_to_select
        self.alpha = alpha
        self.fdr = fdr
        self.feature_groups = feature_groups
        self.always_keep = always_keep
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.cv = cv
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.n_iter_no_change = n_iter_no_change
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
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
        with unchanged_by_failure(self):
            source = validate_source(self, X)
            candidates = self._number_candidates(source.names)
            choose, parameters = METHODS[self.method]
            found = choose(source, y, candidates, groups=groups, **{name: getattr(self, name) for name in parameters})
            for name in METHOD_ATTRIBUTES:
                if name in found.attributes:
                    setattr(self, name, found.attributes[name])
                elif hasattr(self, name):  # of an earlier fit by another method
                    delattr(self, name)
            place = np.empty(len(candidates), np.int64)
            place[found.order] = np.arange(1, len(candidates) + 1)
            if self.method != "marginal":
                place = np.maximum(place - len(found.kept) + 1, 1)
            self.ranking_ = place[candidates.of_column]
            self.support_ = np.isin(candidates.of_column, found.kept)
        return self

    def _number_candidates(self, names: list[str]) -> Candidates:
        """What is chosen among, and how many."""
        numbers = np.array(number_candidates(self.feature_groups, names))
        n_candidates = int(numbers.max()) + 1
        always = [] if self.always_keep is None else find_columns(self.always_keep, names, "always_keep")
        kept = sorted({int(numbers[j]) for j in always})
        wanted, called = (
            self.n_features_to_select,
            "columns of X" if n_candidates == len(names) else "columns and groups",
        )
        if wanted == "auto":
            return Candidates(numbers, kept, None)
        if isinstance(wanted, Integral) and wanted > n_candidates:
            raise ValueError(
                f"n_features_to_select={wanted} is more than the {n_candidates} {called}; pass at most "
                f"{n_candidates}, a fraction, or 'auto'."
            )
        n_wanted = int(wanted) if isinstance(wanted, Integral) else max(1, round(float(wanted) * n_candidates))
        if len(kept) > n_wanted:
            raise ValueError(
                f"always_keep holds {len(kept)} {called}, more than n_features_to_select={wanted} allows; pass fewer, "
                f"or a larger n_features_to_select."
            )
        return Candidates(numbers, kept, n_wanted)

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        return tag_mixed_tables(super().__sklearn_tags__())
