"""MINEFeatureSelector: columns chosen by mutual information, inside any Pipeline."""

import warnings
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skmine._sklearn import Interval, RealNotInt, StrOptions, fit_context, get_output_config
from skmine.data.arrays import convert_frame, stack_columns
from skmine.data.naming import find_columns, number_candidates, resolve_discrete
from skmine.data.readers import read_frame
from skmine.data.source import Source
from skmine.data.streamed_table import StreamedTable
from skmine.data.streams import open_stream
from skmine.data.supervised_batch import SupervisedBatch
from skmine.data.target import read_flag
from skmine.estimation.hash_folds import make_hash_folds
from skmine.estimation.inference import FalseDiscovery
from skmine.estimation.plan import Plan
from skmine.estimators.answers import AnswerInHtml
from skmine.estimators.persistence import PersistentEstimator
from skmine.estimators.results import make_results, render_results
from skmine.estimators.validation import tag_mixed_tables, unchanged_by_failure, validate_source
from skmine.functions.parameters import (
    AT_LEAST_TWO,
    SHARED_CONSTRAINTS,
    TRAINING_CONSTRAINTS,
    check_named_target,
    check_no_groups,
)
from skmine.functions.progress import show_bar
from skmine.selection.candidates import Candidates, Choice
from skmine.selection.incremental import RunningCounts
from skmine.selection.joint.choose import choose_jointly
from skmine.selection.marginal import choose_by_scores, choose_marginally
from skmine.selection.mrmr import choose_by_mrmr
from skmine.selection.running_sample import RunningSample
from skmine.selection.streamed import draw_sampled_rows, score_stream

#: Parameters that every method reads.
SHARED = ("discrete_features", "discrete_target", "cv", "device", "n_jobs", "random_state")

#: How each method chooses, and the parameters that it reads.
METHODS: dict[str, tuple[Callable[..., Choice], tuple[str, ...]]] = {
    "marginal": (choose_marginally, ("alpha", "fdr", *SHARED)),
    "joint": (choose_jointly, ("tolerance", "n_resamples", *SHARED, *TRAINING_CONSTRAINTS)),
    "mrmr": (choose_by_mrmr, ("tolerance", "alpha", "fdr", *SHARED)),
}

#: Attributes that not every method sets, or not to the same.
METHOD_ATTRIBUTES = (
    "scores_",
    "scores_se_",
    "scores_lower_",
    "mi_",
    "mi_se_",
    "pvalues_",
    "_path",
    "frequency_",
    "screened_",
    "n_iter_",
)


def _takes_batches(selector: "MINEFeatureSelector") -> bool:
    """Whether a selector's method can go through batches that come once."""
    return selector.method in ("marginal", "mrmr")


class MINEFeatureSelector(AnswerInHtml, SelectorMixin, PersistentEstimator):
    """Select columns by their mutual information with a target.

    Parameters
    ----------
    method : {"marginal", "joint", "mrmr"}, default="marginal"
        "marginal" scores each column by itself, on rows that its critic never saw.
        "joint" looks for the smallest set that jointly carries what all columns carry: columns that matter
        only in combination are kept, copies and redundant columns are dropped. Masked networks, each of which
        estimates the information of every subset, drop what shuffled copies of columns ("shadows") beat, unless it
        is related to the target, and then the cheapest columns down to nothing. Of the sets on this path the
        smallest is kept that surely lacks no more than `tolerance` of what the best one says on rows held out, to
        networks, boosted trees and linear models together. It is tested and measured on a quarter of the rows,
        which is locked away before. (With fewer than 107 rows no network is trained, and only the best column is
        tested.)
        "mrmr" adds, one by one, the column whose information on the target exceeds its mean
        information on those before it by most [3]_: a reference, and a method for very wide tables.
    n_features_to_select : {"auto"}, int or float, default="auto"
        An int keeps that number of columns, a float in (0, 1] that fraction of them (rounded to the
        nearest number, at least one); a group of `feature_groups` counts as one. With "auto", "marginal"
        keeps the columns whose q-value is at most `alpha`; "joint" keeps the set that
        `tolerance` describes, and none if neither the search nor the test on the locked rows rejects independence;
        "mrmr" goes through the columns that "marginal" would keep, and stops where `tolerance` lets it.
    tolerance : float or {"best"}, default=0.02
        "joint" and "mrmr" under "auto": the share of the best set's information that a smaller one may lack, with a
        standard error to spare. Where rows are too few to be so sure of a smaller set, the one that says most stays. A
        larger share keeps fewer columns; "best" keeps that set in any case.
    n_resamples : int, default=None
        "joint": so many searches of halves of the rows, drawn without replacement, vote [4]_, and the columns that more
        than half of them keep are kept (with the next ones, where those surely say less without them). Another draw of
        the rows then changes less of what is kept, at the cost of the searches. None keeps what one search of all rows
        finds.
    alpha : float, default=0.05
        False discovery rate under "auto" ("marginal" and "mrmr").
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli, which holds under any dependence of the columns.
    feature_groups : list of lists, default=None
        Columns, by index or name, that are kept or dropped as one. Columns in no list are chosen singly.
    always_keep : array-like, default=None
        Columns that are always kept (with their groups): a mask, indices or names. "joint" and "mrmr" choose the
        others given these: "joint" looks for the smallest set that says what is to be said beyond them, and is the
        joint form of ``rank_columns(..., given=...)``, which asks of each column by itself what it says beyond them.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns whose every value is a category: all (True), none (False), a mask, indices, or names
        of a frame's columns. "auto", unlike in scikit-learn, decides for each column by its type and ties.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    infinite : {"error", "missing"}, default="error"
        What infinite values of X are: refused, naming every column that has one, or missing.
    cv : int, splitter or iterable, default=3
        Folds for held-out scores. Test folds must not overlap. "joint" accepts only an int or `BlockedKFold`, which is
        for rows in the order of time.
    hidden_layer_sizes : tuple of int, default=(128, 128)
        Widths of the layers of the network of "joint". The other methods use a pretrained network and
        ignore this parameter and those that follow, up to `n_iter_no_change`.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    learning_rate_init : float, default=0.003
        Largest learning rate; it warms up and falls along a cosine.
    weight_decay : float, default=0.1
    batch_size : {"auto"} or int, default="auto"
        Rows per step; "auto" is an eighth of the rows, at least 64 and at most 512.
    max_iter : int, default=1500
        Largest number of optimisation steps of a network (at most 50 passes through the rows).
    n_iter_no_change : int, default=400
        Steps without a better validation score after which training stops.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, locked rows, shadows, initial weights and batches.
    verbose : int, default=0
        1 shows a progress bar on standard error.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        "marginal" and "mrmr": held-out scores in nats; exactly 0 for a constant column; with several
        targets, the best score. "joint": the gain of each column in held-out nats: of a kept column given
        the other kept ones, of a dropped column given all kept ones; NaN for columns that no network saw
        (constant, copied or screened ones). Columns of a group share one gain.
    scores_se_ : ndarray of shape (n_features,)
        Their standard errors.
    scores_lower_ : ndarray of shape (n_features,)
        "marginal" and "mrmr": their 95 % lower confidence bounds, for each column on its own.
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
        "joint": one row per step of the elimination, with the column (or group) that was ``dropped``, the
        numbers of columns and shadows before it (``n_left``, ``n_shadows``), and their joint held-out score:
        ``mi`` in nats, and ``se``, by networks; where networks and models were asked together, what these columns lack
        of the best set: ``loss`` in nats, and ``loss_se``. The last rows drop the ``kept`` ones.
    frequency_ : ndarray of shape (n_features,)
        "joint" with `n_resamples`: share of the searches that kept each column; 0 for screened ones. Missing where no
        network is trained.
    n_iter_ : int
        "joint": rounds of elimination; 1 for the other methods.
    screened_ : ndarray of shape (n_features,)
        "joint": mask of columns that no network saw because, in a table of more than 64 columns, others
        had more information, alone or in pairs. What three or more screened columns say only in combination
        is missed.
    ranking_ : ndarray of shape (n_features,)
        "marginal": rank of each column by score; 1 is the best, ties go by column order. "joint" and
        "mrmr": 1 for the kept columns, then the others, the last dropped (or most relevant) first.
    support_ : ndarray of shape (n_features,)
        Mask of the columns that are kept.
    results_ : DataFrame of shape (n_features, ...)
        All of this by column, in the order of the table: ``kind``, ``mi``, ``score``, ``se``, ``lower`` (nats),
        ``pvalue``, ``qvalue``, ``kept``, ``reason`` and ``flag`` as `rank_columns` has them, NaN where the method does
        not know one; ``reason`` says of kept columns, too, why they are. Then ``rank`` (`ranking_`) and, of
        `n_resamples`, ``frequency``. Under "marginal" and "mrmr" a q-value is that of the column's group.
        `skmine.plotting.RankingDisplay.from_ranking` draws it.
    n_sampled_ : int
        "joint" and "mrmr" of a table in batches: rows of the sample that stands for it.
    n_features_in_ : int
        Columns of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Defined only when X has feature names that are all strings.

    See Also
    --------
    rank_columns : The same numbers as a data frame.
    mutual_info_scores : A score function for scikit-learn's univariate selectors.

    Notes
    -----
    `sample_weight` is not accepted: a weight stands for repeated rows, and repeated rows would
    stand in both training and test. Missing values are a value of their own. Sparse matrices are
    read one column at a time; zero is a value like any other.

    References
    ----------
    .. [1] Belghazi et al. (2018), "Mutual information neural estimation", ICML.
    .. [2] Poole et al. (2019), "On variational bounds of mutual information", ICML, eq. 12.
    .. [3] Peng, Long and Ding (2005), "Feature selection based on mutual information", IEEE TPAMI 27.
    .. [4] Meinshausen, N., Buhlmann, P. (2010), "Stability selection". Journal of the Royal Statistical
       Society B 72(4).

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

    Columns that matter only in combination:

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
        "tolerance": [StrOptions({"best"}), Interval(Real, 0, 1, closed="left")],
        "n_resamples": [AT_LEAST_TWO, None],
        "feature_groups": ["array-like", None],
        "always_keep": ["array-like", None],
        "verbose": ["verbose"],
        **SHARED_CONSTRAINTS,
        **TRAINING_CONSTRAINTS,
    }

    # Groups and times are used whenever they are passed: ignoring them would put rows that belong together into both
    # training and test.
    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True, "time": True}

    def __init__(
        self,
        method: str = "marginal",
        *,
        n_features_to_select: str | int | float = "auto",
        tolerance: float | str = 0.02,
        n_resamples: int | None = None,
        alpha: float = 0.05,
        fdr: FalseDiscovery = "bh",
        feature_groups: Any = None,
        always_keep: Any = None,
        discrete_features: Any = "auto",
        discrete_target: Any = "auto",
        infinite: str = "error",
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
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.n_features_to_select = n_features_to_select
        self.tolerance = tolerance
        self.n_resamples = n_resamples
        self.alpha = alpha
        self.fdr = fdr
        self.feature_groups = feature_groups
        self.always_keep = always_keep
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.infinite = infinite
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
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, *, groups: Any = None, time: Any = None) -> "MINEFeatureSelector":
        """Score the columns and choose.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features), or a table that is read in batches
            Numbers, booleans, dates, strings (read as `rank_columns` does) or categoricals; missing values are allowed.
            Tables that need not fit into memory as in `rank_columns`: "marginal" counts all rows, the other methods
            see a sample of at most 200,000 rows (`n_sampled_`).
        y : array-like of shape (n_samples,) or (n_samples, n_targets), or str
            Numbers or class labels, none missing; of a table that is read in batches, the name of a column.
        groups : array-like of shape (n_samples,), default=None
            Rows of a group stay in one fold; errors and p-values go by groups. Under metadata
            routing they are requested by default.
        time : array-like of shape (n_samples,), default=None
            Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
            (`BlockedKFold`; "joint" leaves no gap), within each group if `groups` are given. Requested by default as
            well.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the input is empty, infinite, of mismatched lengths or has fewer rows than folds; if
            y has missing values, one value only or labels that are an identifier; if more columns
            are requested than there are.

        Warns
        -----
        AutocorrelatedRowsWarning
            If rows look like a time series, and neither `groups` nor `time` nor blocks as `cv` are passed.
        IdentifierWarning
            If the labels of a column are almost all distinct, or if it numbers the rows.
        InformationLossWarning
            "joint": if `n_features_to_select` columns surely lack more than `tolerance` of the information.
        """
        if y is None:
            raise ValueError("MINEFeatureSelector requires y to be passed, but the target y is None.")
        stream = open_stream(X)
        with unchanged_by_failure(self):
            n_sampled = None
            if stream is not None:
                check_no_groups(groups, "X", time)
                target = check_named_target(y)
                if self.method == "marginal":
                    return self._fit_counts(StreamedTable(stream, target))
                X, y = draw_sampled_rows(stream, [target])
                y, n_sampled = y[target], len(X)
            source = validate_source(self, X, infinite=self.infinite)
            candidates = self._number_candidates(source.names)
            found = self._choose(source, y, candidates, groups=groups, time=time)
            if hasattr(self, "_running"):  # batches before
                del self._running
            self._keep(found, candidates, source.names, n_sampled)
        return self

    def _choose(self, source: Source, y: Any, candidates: Candidates, **together: Any) -> Choice:
        """What the method chooses of a table in memory."""
        choose, parameters = METHODS[self.method]
        options = {name: getattr(self, name) for name in parameters}
        with show_bar(f"choosing among {len(source.names)} columns", wanted=bool(self.verbose)) as bar:
            report = None if bar is None else bar.report
            return choose(source, y, candidates, progress=report, **together, **options)

    def _fit_counts(self, table: StreamedTable) -> "MINEFeatureSelector":
        """Choose columns of a table in batches by themselves."""
        options = {name: getattr(self, name) for name in (*SHARED, "infinite")}
        with show_bar("scoring columns", wanted=bool(self.verbose)) as bar:
            found, known = score_stream(table, progress=None if bar is None else bar.report, **options)
        names = known.names[:-1]
        validate_data(self, pd.DataFrame(columns=names), reset=True, skip_check_array=True)
        candidates = self._number_candidates(names)
        self._keep(choose_by_scores(found.scores, found.flaws, candidates, self.alpha, self.fdr), candidates, names)
        return self

    @available_if(_takes_batches)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, groups: Any = None) -> "MINEFeatureSelector":
        """Count one more batch of rows, and choose by all batches so far; "marginal" and "mrmr".

        On several machines, parts of a table are counted by selectors that `branch` makes of one that has seen a first
        batch, and `merge` adds what they have counted.

        "marginal": nodes come from the first batch, which should have 10,000 rows or more. Rows are numbered as they
        arrive, which decides their folds, so that the order of the rows matters a little; how they are cut into batches
        after the first does not. Columns are scored on grids of at most 192 nodes; labels beyond those of the first
        batch share a node. `rank_columns` reads a table that can be read twice without these limits.

        "mrmr": of the batches a sample of at most 200,000 rows is kept (`n_sampled_`), as `fit` has of a table that is
        read in batches. How rows are cut into batches decides nothing.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            Columns of the same names and types in every batch.
        y : array-like of shape (n_samples,)
            Numbers or class labels, none missing.
        classes : array-like of shape (n_classes,), default=None
            "marginal": all classes that y may hold, for the first call, if the first batch lacks some.
        groups : None
            Not supported: groups of rows have to be whole.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            As `fit`; if columns differ from those of the first batch, or `groups` are passed.

        Warns
        -----
        FewRowsWarning
            "marginal": if the first batch has fewer than 10,000 rows, or a column that was constant in it varies later.
        """
        if y is None:
            raise ValueError("MINEFeatureSelector requires y to be passed, but the target y is None.")
        if groups is not None:
            raise ValueError("groups cannot be kept whole over batches; call fit with all rows.")
        with unchanged_by_failure(self):
            first = "_running" not in vars(self)
            source = validate_source(self, X, reset=first, infinite=self.infinite)
            candidates = self._number_candidates(source.names)
            batch = SupervisedBatch.read(source, y)
            if first:
                self._running = self._start(batch, classes)
            with self._require_running("partial_fit").adding(batch):
                self._choose_by_batches(candidates)
        return self

    _running: RunningCounts | RunningSample

    def _start(self, batch: SupervisedBatch, classes: Any) -> RunningCounts | RunningSample:
        """What is kept of batches, without rows yet."""
        if self.method == "mrmr":
            return RunningSample.start(batch)
        flags = [*resolve_discrete(self.discrete_features, batch.source.names), read_flag(self.discrete_target)]
        return RunningCounts.start(batch, flags, classes, make_hash_folds(self.cv, self.random_state))

    def _choose_by_batches(self, candidates: Candidates) -> None:
        """Choose by all batches so far."""
        if isinstance(self._running, RunningSample):
            X, y = self._running.split()
            source = Source(X, infinite=self.infinite)
            self._keep(self._choose(source, y, candidates), candidates, source.names, len(X))
        else:
            scores = self._running.score(Plan([], None, self.device, self.n_jobs))
            running = self._running
            found = choose_by_scores(scores, running.flaws, candidates, self.alpha, self.fdr)
            self._keep(found, candidates, running.names[:-1])

    @available_if(_takes_batches)
    def branch(self, part: int) -> "MINEFeatureSelector":
        """A selector with the nodes of this one and no rows, for `partial_fit` with another part of the table.

        Parts may be counted anywhere, and `merge` puts them together: the counts are the same whatever the order.

        Parameters
        ----------
        part : int
            Number of the part, which decides the folds of its rows; this selector's own rows are part 0.

        Returns
        -------
        MINEFeatureSelector

        Raises
        ------
        ValueError
            If `part` is no number from 0 on.
        NotFittedError
            Before `partial_fit`.
        """
        running = self._require_running("branch")
        if not isinstance(part, Integral) or part < 0:
            raise ValueError(f"part must be a whole number from 0 on, got {part!r}; number the parts 1, 2, 3, ...")
        made: MINEFeatureSelector = clone(self)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(made, name, getattr(self, name))
        made._running = running.branch(int(part))
        return made

    @available_if(_takes_batches)
    def merge(self, others: Sequence["MINEFeatureSelector"]) -> "MINEFeatureSelector":
        """Add what other selectors have counted, and choose by all rows.

        Parameters
        ----------
        others : sequence of MINEFeatureSelector
            Made by `branch` of one selector, with different numbers of parts, and fitted by `partial_fit`.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If `others` is no list of selectors.
        ValueError
            If nodes differ, or a part is in two of them; nothing is added then.
        NotFittedError
            If one has counted nothing.
        """
        if not isinstance(others, (list, tuple)) or not all(isinstance(other, MINEFeatureSelector) for other in others):
            raise TypeError(f"others must be a list of MINEFeatureSelector, got {others!r}; put them into a list.")
        merged: Any = self._require_running("merge")
        for other in others:
            if other.method != self.method:
                raise ValueError(
                    f"others: one has method={other.method!r}, and this selector {self.method!r}; make all of them by "
                    f"branch of one selector."
                )
            merged = merged.merge(other._require_running("merge"))
        with unchanged_by_failure(self):
            self._running = merged
            self._choose_by_batches(self._number_candidates(merged.names[:-1]))
        return self

    def _require_running(self, name: str) -> RunningCounts | RunningSample:
        """What is kept of batches.

        Raises
        ------
        NotFittedError
            If there were none.
        ValueError
            If they were taken in by another method.
        """
        if "_running" not in vars(self):
            raise NotFittedError(f"{name} needs batches, and this MINEFeatureSelector has none; call partial_fit.")
        if isinstance(self._running, RunningSample) != (self.method == "mrmr"):
            raise ValueError(
                f"method={self.method!r} cannot go on with batches that another method took in; clone the selector and "
                f"begin with the first batch."
            )
        return self._running

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "support_")  # a branch knows its columns before it has rows

    n_sampled_: int

    def _keep(self, found: Choice, candidates: Candidates, names: Sequence[str], n_sampled: int | None = None) -> None:
        """Set the attributes of a fitted selector; `n_sampled`: rows that stood for all, if it was a sample."""
        if n_sampled is not None:
            self.n_sampled_ = n_sampled
        elif hasattr(self, "n_sampled_"):
            del self.n_sampled_
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
        self._columns = {"column": list(names), **found.columns, "reason": found.explain(candidates)}
        self._chosen_by = {"method": self.method} | (
            {"alpha": self.alpha} if self.n_features_to_select == "auto" and "qvalue" in found.columns else {}
        )

    def transform(self, X: Any) -> Any:
        """The kept columns.

        Columns are selected first; what is left becomes one array, of objects where no common type exists.
        With `set_output` frames keep the types of their columns.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            All columns of `fit`.

        Returns
        -------
        ndarray, sparse matrix or frame of shape (n_samples, n_selected_features)

        Raises
        ------
        ValueError
            If columns are not those of `fit`.
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        frame = read_frame(X)
        if frame is None:
            return super().transform(X)
        validate_data(self, frame.header, reset=False, skip_check_array=True)
        kept = np.flatnonzero(self.support_).tolist()
        if not kept:
            warnings.warn(
                "No features were selected: either the data is too noisy or the selection test too strict.",
                UserWarning,
                stacklevel=2,
            )
        wanted = get_output_config("transform", estimator=self)["dense"]
        if wanted == "default" or (wanted == "polars" and not kept):  # polars would forget the number of rows
            return stack_columns(frame, kept)
        return convert_frame(frame.take(kept), wanted)

    _path: dict[str, Any]

    @property
    def path_(self) -> pd.DataFrame:
        """The way to the columns that "joint" kept, made of arrays, which every format of models on disk can hold."""
        return pd.DataFrame(self._path, index=pd.RangeIndex(len(self._path["dropped"]), name="step"))

    _columns: dict[str, Any]
    _chosen_by: dict[str, Any]

    @property
    def results_(self) -> pd.DataFrame:
        """All that is known of every column, and why it is kept or not, in the order of the table."""
        check_is_fitted(self)
        return make_results(self)

    def _render_answer(self) -> str:
        return render_results(self.results_, None if np.ndim(self.mi_) else (self.mi_, self.mi_se_))

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
