"""MutualInfoEstimator: one number for any two tables, and how sure it is.

Design notes. `fit` does the work of `estimation.estimate` and keeps its result. A fit that is refused or
interrupted leaves the estimator as it was: unfitted, if it was.
`score` is the held-out number on rows that are given, so `GridSearchCV` maximises an honest bound.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skmine._sklearn import fit_context
from skmine.data.group import ColumnGroup, read_group
from skmine.data.source import Source
from skmine.data.streams import open_stream
from skmine.estimation.estimate import estimate
from skmine.estimation.setting import FoldReport, make_setting, report_steps
from skmine.estimators.answers import AnswerInHtml
from skmine.estimators.persistence import PersistentEstimator
from skmine.estimators.validation import tag_mixed_tables, unchanged_by_failure, validate_source
from skmine.functions.information import MutualInformation
from skmine.functions.parameters import ESTIMATOR_CONSTRAINTS, check_named_targets, check_no_groups
from skmine.functions.progress import show_bar
from skmine.selection.streamed import draw_sampled_rows


class MutualInfoEstimator(AnswerInHtml, PersistentEstimator):
    """Mutual information of two tables in nats, with its uncertainty.

    Columns of any kind may stand on either side: numbers, booleans, dates, strings, categoricals,
    missing values (a value of their own). Critics are cross-fitted: every row is scored by a critic
    that never saw it. Between single columns, strictly increasing transforms change no bit of the answer; tables are
    also read on their own scale, so there they change it within its error.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=(128, 128)
        Widths of the layers that encode a side. Ignored, like the other parameters of training, by
        ``critic="grid"``, which is pretrained.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    critic : {"auto", "grid", "partition", "pair"}, default="auto"
        "auto" chooses by shape. "grid" is for one column on either side: a pretrained network reads their
        counts (where they share more than it can resolve, "auto" takes "pair"; where boosted trees find
        sharp edges of labels in a column, "partition"). "partition" is for one column, or class label, on
        one side: a network scores rows against the column's nodes. "pair" scores rows of two tables
        against each other.
    bound : {"auto", "dv", "mine", "nwj", "js", "infonce", "smile"}, default="auto"
        What training maximises: Donsker-Varadhan, the same with MINE's bias-corrected gradient,
        Nguyen-Wainwright-Jordan (MINE-f), Jensen-Shannon, InfoNCE, SMILE. "auto" is "infonce" for
        "partition" (there it is the cross-entropy of the nodes) and "dv" for "pair". The reported
        numbers are InfoNCE on held-out rows, whatever the training objective.
    base : {"auto"} or None, default="auto"
        "auto" lets critics start from what can be computed without training (canonical pairs, products, Student's
        law, mixtures, boosted trees and more; chosen on validation rows) and from 0 with three layers more, as a
        race. None starts from 0 alone: ``critic="pair", bound="mine", base=None`` is
        the classical MINE, scored on held-out rows.
    cv : int, splitter or iterable, default=3
        Folds; `BlockedKFold` for rows in the order of time. Test folds must not overlap; a single split, such as
        ``[(train, test)]``, is cheaper.
    learning_rate_init : float, default=0.003
        Largest learning rate; it warms up and falls along a cosine.
    weight_decay : float, default=0.1
    batch_size : {"auto"} or int, default="auto"
        Rows per step; "auto" is an eighth of the rows, at least 64, at most 512 (256 for "partition").
    max_iter : int, default=12800
        Largest number of optimisation steps of a critic. A run has 800 steps, or 50 passes through the rows, and
        becomes twice as long as often as its validation score still rises.
    n_iter_no_change : int, default=200
        Of 800 steps, those without a better validation score after which training stops; of longer or shorter runs,
        as many in proportion.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of X whose every value is a category: all (True), none (False), a mask, indices, or
        names of a frame's columns. "auto", unlike in scikit-learn, decides by type and ties.
    discrete_target : {"auto"}, bool or array-like, default="auto"
        The same for the columns of y.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, naming every column that has one, or missing.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers; each trains one fold. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, initial weights and batches.
    verbose : int, default=0
        1 shows a progress bar with fold, step and validation score on standard error.

    Attributes
    ----------
    mi_ : float
        The estimate in nats: the held-out score, plus what fitting cost it, by up to half of its gap to the training
        score or by the trend of held-out scores over training rows. Never clamped: a value slightly below 0 is noise,
        even beside a small p-value, as a test needs fewer rows than an estimate.
    mi_se_ : float
        Standard error of the held-out score.
    pvalue_ : float
        P-value of independence, one-sided: from the permutation law of the score under critics that were trained on
        other rows, and from low-degree functions of columns, pairs of columns and whole rows, put together by Cauchy's
        rule.
    held_out_mi_ : float
        Mean score of rows under critics that never saw them: at most MI in expectation.
    training_mi_ : float
        Mean score of rows under their own critics.
    critic_ : {"grid", "partition", "pair"}
        The critic that was used.
    n_iter_ : list of int
        The step chosen for each fold's critic; 0 is the base alone.
    history_ : DataFrame
        Curves: ``fold``, ``step``, ``objective`` (training), ``validation`` (nats). Empty for "grid".
    n_sampled_ : int
        Of a table that is read in batches: rows of the sample that stands for it.
    n_features_in_ : int
        Columns of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Defined only when X has feature names that are all strings.

    See Also
    --------
    mutual_info : The same as a function, and conditional mutual information.
    rank_columns : Every column of a table by itself.

    Notes
    -----
    A fitted estimator keeps up to 4,096 quantiles of each column of numbers, and frequent labels, rather than the rows.
    It can be pickled, or stored by skops, and warns (`VersionWarning`) where other versions load it.

    `sample_weight` is not accepted: a weight of 2 would mean a row that is both in training and in
    test. Pass rows that belong together as `groups`.

    References
    ----------
    .. [1] Belghazi et al. (2018), "Mutual information neural estimation", ICML.
    .. [2] Poole et al. (2019), "On variational bounds of mutual information", ICML, eq. 12.
    .. [3] McAllester and Stratos (2020), "Formal limitations on the measurement of mutual information".

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import MutualInfoEstimator
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(1000, 2))
    >>> y = X.sum(axis=1) + rng.normal(size=1000)  # 1/2 log 3 = .549 nats
    >>> estimator = MutualInfoEstimator(random_state=0).fit(X, y)
    >>> estimator.critic_
    'partition'
    >>> low, high = estimator.confidence_interval()
    >>> bool(low < 0.549 < high)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = ESTIMATOR_CONSTRAINTS

    # Groups and times are used whenever they are passed: ignoring them would put rows that belong together into both
    # training and test.
    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True, "time": True}

    def __init__(
        self,
        hidden_layer_sizes: Any = (128, 128),
        *,
        activation: str = "silu",
        critic: str = "auto",
        bound: str = "auto",
        base: str | None = "auto",
        cv: Any = 3,
        learning_rate_init: float = 3e-3,
        weight_decay: float = 0.1,
        batch_size: Any = "auto",
        max_iter: int = 12_800,
        n_iter_no_change: int = 200,
        discrete_features: Any = "auto",
        discrete_target: Any = "auto",
        infinite: str = "error",
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.critic = critic
        self.bound = bound
        self.base = base
        self.cv = cv
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.n_iter_no_change = n_iter_no_change
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.infinite = infinite
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, *, groups: Any = None, time: Any = None) -> "MutualInfoEstimator":
        """Estimate what X and y share.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            Numbers, booleans, dates, strings (read as `rank_columns` does) or categoricals; missing values are allowed.
            Of a table that is read in batches, such as a folder of Parquet files (see `rank_columns`), a sample of
            `n_sampled_` rows stands for it.
        y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
            The same. Several columns are taken together. Of a table that is read in batches: the name of one of its
            columns, or a list of names; the other columns are X.
        groups : array-like of shape (n_samples,), default=None
            Rows of a group stay in one fold; errors and p-values go by groups. Under metadata
            routing they are requested by default.
        time : array-like of shape (n_samples,), default=None
            Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
            (`BlockedKFold`), within each group if `groups` are given. Requested by default as well.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the input is empty, infinite, of mismatched lengths or has fewer rows than folds, or
            if the critic does not fit the shapes.

        Warns
        -----
        AutocorrelatedRowsWarning
            If rows look like a time series, and neither `groups` nor `time` nor blocks as `cv` are passed.
        SaturationWarning
            If the tables share about as much as the held-out rows can certify, or more.
        TrainingCutWarning
            If training ended at `max_iter` while validation scores still rose.
        FittingWarning
            If critics know the rows they were trained on much better than others.
        FewRowsWarning
            If a fold trains on fewer than 40 rows: only linear relations are looked for then.
        IdentifierWarning
            If the labels of a column are almost all distinct, or if it numbers the rows.
        PooledLevelsWarning
        If many rows hold labels that are too many or too rare for numbers of their own.
        """
        stream = open_stream(X)
        with unchanged_by_failure(self):
            if hasattr(self, "n_sampled_"):
                del self.n_sampled_
            if stream is not None:
                check_no_groups(groups, "X", time)
                X, y = draw_sampled_rows(stream, check_named_targets(y))
                self.n_sampled_ = len(X)
            x = self._read_x(X, reset=True)
            goal = self._read_y(y, x.n_rows)
            together: dict[str, Any] = {"groups": groups, "time": time}
            setting = make_setting(x.n_rows, columns=x.columns, targets=goal.columns, **together, **self._get_options())
            with _show_progress(bool(self.verbose), len(setting.plan.folds), self.max_iter) as report:
                found = estimate(x, goal, replace(setting, report=report), critic=self.critic)
            self._result, self._model = MutualInformation.read(found.estimate), found.model
            self._n_targets = len(goal)
            self.mi_, self.mi_se_, self.pvalue_ = self._result.mi, self._result.se, self._result.pvalue
            self.held_out_mi_, self.training_mi_ = self._result.held_out, self._result.training
            self.critic_, self.n_iter_, self.history_ = self._result.critic, found.n_iter, found.history
        return self

    n_sampled_: int

    def pointwise(self, X: Any, y: Any) -> NDArray[np.float64]:
        """Pointwise mutual information of rows, from the mean of the folds' critics.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
        y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
            Classes that `fit` did not see are accepted.

        Returns
        -------
        ndarray of shape (n_samples,)
            Log of how much more likely the row's two sides are together than by chance, in nats,
            normalised over the rows given. The mean is `score`.

        Raises
        ------
        ValueError
            If columns are not those of `fit`, or lengths differ.
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        x = self._read_x(X, reset=False)
        goal = self._read_y(y, x.n_rows)
        if len(goal) != self._n_targets:
            raise ValueError(
                f"y has {len(goal)} columns, but MutualInfoEstimator was fitted on {self._n_targets}; pass "
                f"the same ones."
            )
        return self._model.pointwise(x, goal)

    def score(self, X: Any, y: Any) -> float:
        """Held-out mutual information of rows that `fit` did not see, in nats.

        On rows that `fit` did see it is no bound. On n rows it is at most log n; of trained critics at most log 4096,
        and of many rows, each of which is scored against fewer others to save time, at most log 512.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
        y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)

        Returns
        -------
        float
            A lower bound of MI in expectation.
        """
        return float(self.pointwise(X, y).mean())

    def lower_bound(self, level: float = 0.95) -> float:
        """One-sided lower confidence bound of the mutual information.

        Parameters
        ----------
        level : float, default=0.95

        Returns
        -------
        float
            Nats; never above 0 where the p-value does not reject independence at 1 - level.
        """
        check_is_fitted(self)
        return self._result.lower_bound(level)

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval around the estimate.

        It accounts for sampling error, for the cost of fitting, and for what the trend of held-out scores over
        training rows promises, but not for information that no critic found or that this many rows cannot show
        (`SaturationWarning`). `lower_bound` holds in either case. Of few rows (`FewRowsWarning`) it reaches up to
        log n, or to a label's entropy.

        Parameters
        ----------
        level : float, default=0.95

        Returns
        -------
        low, high : float
            Nats; low is never above 0 where the p-value does not reject independence at 1 - level.
        """
        check_is_fitted(self)
        return self._result.confidence_interval(level)

    def _render_answer(self) -> str:
        check_is_fitted(self)
        return self._result.render(["nats", "bits"])

    def _get_options(self) -> dict[str, Any]:
        names = set(self.get_params(deep=False)) - {
            "critic",
            "discrete_features",
            "discrete_target",
            "infinite",
            "verbose",
        }
        return {name: getattr(self, name) for name in names}

    def _read_x(self, X: Any, *, reset: bool) -> ColumnGroup:
        return read_group(validate_source(self, X, reset=reset, infinite=self.infinite), self.discrete_features)

    def _read_y(self, y: Any, n_rows: int) -> ColumnGroup:
        if y is None:
            raise ValueError("MutualInfoEstimator requires y to be passed, but the target y is None.")
        return read_group(
            Source(y, argument="y", infinite=self.infinite), self.discrete_target, "discrete_target", n_rows=n_rows
        )

    def __sklearn_tags__(self) -> Any:
        return tag_mixed_tables(super().__sklearn_tags__())


@contextmanager
def _show_progress(wanted: bool, n_folds: int, n_steps: int) -> Iterator[FoldReport | None]:
    """One bar on standard error with fold, step and validation score."""
    with show_bar("fitting", wanted=wanted) as bar:
        if bar is None:
            yield None
            return
        share = report_steps(bar.report, n_folds, n_steps)

        def report(fold: int, step: int, validation: float) -> None:
            name = f"fold {fold + 1}/{n_folds}" if fold < n_folds else "p-value"
            bar.describe(f"{name}, step {step}, validation {validation:.4f} nats")
            share(fold, step, validation)

        yield report
