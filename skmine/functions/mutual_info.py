"""What two tables share, and what they share given a third."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from skmine._sklearn import validate_params
from skmine.data.group import read_group
from skmine.data.source import Source
from skmine.estimation.conditional import estimate_conditional
from skmine.estimation.estimate import estimate
from skmine.estimation.setting import make_setting, report_steps
from skmine.functions.information import MutualInformation
from skmine.functions.parameters import ESTIMATOR_CONSTRAINTS
from skmine.functions.units import UNIT_CONSTRAINTS, Unit


@validate_params(
    {name: allowed for name, allowed in ESTIMATOR_CONSTRAINTS.items() if name != "verbose"} | UNIT_CONSTRAINTS,
    prefer_skip_nested_validation=True,
)
def mutual_info(
    X: Any,
    y: Any,
    z: Any = None,
    *,
    groups: Any = None,
    time: Any = None,
    unit: Unit = "nats",
    hidden_layer_sizes: Any = (128, 128),
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
    progress: Callable[[float, float], None] | None = None,
) -> MutualInformation:
    """Mutual information of two tables, or what they share beyond a third one.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples,) or (n_samples, n_features)
        Columns of any kind; missing values are a value of their own.
    y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
        The same. Several columns are taken together.
    z : frame or array-like of shape (n_samples,) or (n_samples, n_conditions), default=None
        Given z, the answer is conditional. What linear models and boosted trees predict of continuous
        columns of X and y by z, out of their folds, is taken off first, which changes no information given z
        and keeps errors in what z says from passing for a link (Robinson 1988, Econometrica 56: 931-954; Shah
        and Peters 2020, Annals of Statistics 48: 1514-1538). Where y is one column, one network that is trained
        with X and without prices I(X, Z; Y) - I(Z; Y); where it is several, I(X; (Y, Z)) - I(X; Z) or the
        former, whichever finds more, both terms with the same critic, folds and rows. The standard error
        is that of the paired difference, and the p-value that of the difference as a normal variable
        (twice the smaller one of two ways). Both are right where the rows suffice to learn what z says of X
        and y; where they do not, such as the parity of three columns of z in 800 rows, X and y that follow it
        seem linked.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay in one fold; errors and p-values go by groups.
    time : array-like of shape (n_samples,), default=None
        Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
        (`BlockedKFold`), within each group if `groups` are given.
    unit : {"nats", "bits"}, default="nats"
        Of the answer.
    hidden_layer_sizes : tuple of int, default=(128, 128)
        Widths of the layers that encode a side. This and the other parameters of training are those of
        `MutualInfoEstimator`, which says more; ``critic="grid"`` is pretrained and ignores them.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    critic : {"auto", "grid", "partition", "pair"}, default="auto"
        "auto" chooses by shape: "grid" for one column on either side, "partition" for one column or class label on
        one side, "pair" for any two tables.
    bound : {"auto", "dv", "mine", "nwj", "js", "infonce", "smile"}, default="auto"
        What training maximises. The answer is InfoNCE on held-out rows, whatever the training objective.
    base : {"auto"} or None, default="auto"
        "auto" lets critics start from what can be computed without training; None starts from 0 alone.
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap.
    learning_rate_init : float, default=0.003
        Largest learning rate.
    weight_decay : float, default=0.1
    batch_size : {"auto"} or int, default="auto"
        Rows per step.
    max_iter : int, default=12800
        Largest number of optimisation steps of a critic.
    n_iter_no_change : int, default=200
        Of 800 steps, those without a better validation score after which training stops.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of X whose every value is a category: all (True), none (False), a mask, indices or names. "auto"
        decides by type and ties.
    discrete_target : {"auto"}, bool or array-like, default="auto"
        The same for the columns of y.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, naming every column that has one, or missing.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, initial weights and batches.
    progress : callable(done, total), default=None
        Called with the steps of training that are done, and those that may be to do.

    Returns
    -------
    MutualInformation
        ``mi``, ``se``, ``pvalue``, ``n``, ``critic``, ``held_out``, ``training``, ``warnings`` and ``unit``; in nats
        or bits, with ``lower_bound(level)``, ``confidence_interval(level)`` and ``convert(unit)``.

    Raises
    ------
    ValueError
        If the input is empty, infinite, of mismatched lengths or has fewer rows than folds; if a
        parameter is out of range, or the critic does not fit the shapes.

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

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import mutual_info
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=1000)
    >>> x, y = z + rng.normal(size=(2, 1000))  # all that x and y share is z
    >>> result = mutual_info(x, y, random_state=0)
    >>> result.critic, bool(result.lower_bound() > 0)
    ('grid', True)
    >>> low, high = result.confidence_interval()
    >>> bool(low < 0.144 < high)  # 1/2 log 4/3 nats
    True
    >>> low, high = mutual_info(x, y, z, random_state=0).confidence_interval()
    >>> bool(low <= 0 <= high)
    True
    """
    x = read_group(Source(X, infinite=infinite), discrete_features)
    goal = read_group(Source(y, argument="y", infinite=infinite), discrete_target, "discrete_target", n_rows=x.n_rows)
    given = None if z is None else read_group(Source(z, argument="z", infinite=infinite), n_rows=x.n_rows)
    setting = make_setting(
        x.n_rows,
        columns=x.columns if given is None else [*x.columns, *given.columns],
        targets=goal.columns,
        groups=groups,
        time=time,
        cv=cv,
        device=device,
        n_jobs=n_jobs,
        random_state=random_state,
        hidden_layer_sizes=hidden_layer_sizes,
        activation=activation,
        bound=bound,
        base=base,
        learning_rate_init=learning_rate_init,
        weight_decay=weight_decay,
        batch_size=batch_size,
        max_iter=max_iter,
        n_iter_no_change=n_iter_no_change,
    )
    if progress is not None:
        setting = replace(setting, report=report_steps(progress, len(setting.plan.folds), max_iter))
    if given is None:
        found = estimate(x, goal, setting, critic=critic).estimate
    else:
        found = estimate_conditional(x, goal, given, setting, critic=critic)
    return MutualInformation.read(found).convert(unit)
