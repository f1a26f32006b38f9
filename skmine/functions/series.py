"""What earlier rows say: information at lags, and transfer entropy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skmine._sklearn import validate_params
from skmine.data.lagging import read_lags
from skmine.data.source import Source, take_target
from skmine.estimation.inference import FalseDiscovery
from skmine.functions.lagged import set_aside
from skmine.functions.parameters import SHARED_CONSTRAINTS
from skmine.functions.ranking import make_ranking
from skmine.functions.units import UNIT_CONSTRAINTS, Unit
from skmine.selection.lagged import SeriesTable, score_lags, score_transfer

#: Of both functions that measure.
SERIES_CONSTRAINTS: dict[str, list[Any]] = {
    "x": ["array-like"],
    "y": ["array-like", str],
    "time": ["array-like", str, None],
    "groups": ["array-like", str, None],
    "progress": [callable, None],
    **SHARED_CONSTRAINTS,
    **UNIT_CONSTRAINTS,
}


@validate_params({**SERIES_CONSTRAINTS, "lags": ["array-like", int]}, prefer_skip_nested_validation=True)
def lagged_mutual_info(
    x: Any,
    y: Any,
    lags: Any = range(11),
    *,
    time: Any = None,
    groups: Any = None,
    alpha: float = 0.05,
    fdr: FalseDiscovery = "by",
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    infinite: str = "error",
    cv: Any = 3,
    unit: Unit = "nats",
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Mutual information of a series with what others, or itself, were some rows before: I(x of t - lag; y of t).

    Parameters
    ----------
    x : frame or array-like of shape (n_samples,) or (n_samples, n_features)
        One series or several, of any kind; a missing value is a value of its own.
    y : array-like of shape (n_samples,) or str
        The series that is explained; a string names a column of the frame x, which is then taken out. Pass a series as
        x and y for what it says of itself.
    lags : int or sequence of int, default=range(11)
        Rows before; 0 is the row itself, and negative ones are rows after.
    time : array-like of shape (n_samples,) or str, default=None
        Times of the rows, numbers or dates; a string names a column of the frame x. None: rows are in the order of
        time. A lag is a number of rows: where times are missing, it is longer.
    groups : array-like of shape (n_samples,) or str, default=None
        Series of a panel, such as one per sensor, which are taken to be independent of each other; lags do not reach
        over their borders.
    alpha : float, default=0.05
        False discovery rate at which lags are kept.
    fdr : {"bh", "by"}, default="by"
        Benjamini-Yekutieli, which holds under any dependence, as lags of one series depend on each other; or
        Benjamini-Hochberg. Over all columns and lags.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of x whose every value is a category, as in `rank_columns`.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    infinite : {"error", "missing"}, default="error"
        What infinite values of x are.
    cv : int or BlockedKFold, default=3
        Folds of blocks of consecutive rows.
    unit : {"nats", "bits"}, default="nats"
        Of ``mi``, ``score``, ``se`` and ``lower``.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
    progress : callable(done, total), default=None
        Called with the columns and lags done and to do.

    Returns
    -------
    DataFrame
        One row for each column and lag (its index), in their order, with the columns that `rank_columns` gives:
        ``mi``, ``score``, ``se``, ``lower``, ``pvalue``, ``qvalue`` (over columns and lags), ``kept`` and others; and
        ``n``, the rows that have every lag, which all are measured on. `skmine.plotting.LaggedInformationDisplay`
        draws it.

    Raises
    ------
    ValueError
        If lags, times or groups cannot be used, if no row has every lag, or as `rank_columns`.

    Notes
    -----
    Errors and p-values go by blocks of rows (`BlockedKFold`): series that move slowly, each by itself, are not called
    dependent for that.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import lagged_mutual_info
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=2000)
    >>> y = np.roll(x, 3) + rng.normal(size=2000)  # three rows later, 1/2 log 2 = .347 nats
    >>> found = lagged_mutual_info(x, y, range(6), random_state=0)
    >>> [lag for _, lag in found.index[found["kept"]]]
    [3]
    """
    lags = read_lags(lags)
    flags = {"discrete_features": discrete_features, "discrete_target": discrete_target}
    table = _read_table(x, y, lags, time=time, groups=groups, infinite=infinite, cv=cv, **flags)
    found = score_lags(table, device=device, n_jobs=n_jobs, random_state=random_state, progress=progress)
    ranking = make_ranking(found, alpha, fdr, unit).loc[found.names]
    ranking.index = pd.MultiIndex.from_product([table.source.names, lags], names=["column", "lag"])
    return _note_rows(ranking, table)


def _read_table(
    x: Any, y: Any, lags: Sequence[int], *, time: Any, groups: Any, infinite: str, **options: Any
) -> SeriesTable:
    """Columns, target, times and groups, which may be names of columns of a frame."""
    if isinstance(y, str):
        x, y = take_target(x, y)
    x, time, groups = set_aside(x, time, groups)
    return SeriesTable.read(Source(x, infinite=infinite), y, lags, time=time, groups=groups, **options)


def _note_rows(ranking: pd.DataFrame, table: SeriesTable) -> pd.DataFrame:
    """The ranking with its rows, and the blocks that its errors go by."""
    out = ranking.assign(n=len(table.lagged.rows))
    folds = table.together["cv"]
    out.attrs = {**ranking.attrs, "block_length": folds.block_length, "gap": folds.gap}
    return out


@validate_params(
    {**SERIES_CONSTRAINTS, "lags": ["array-like", int], "given": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def transfer_entropy(
    x: Any,
    y: Any,
    lags: Any = 1,
    given: Any = None,
    *,
    time: Any = None,
    groups: Any = None,
    alpha: float = 0.05,
    fdr: FalseDiscovery = "bh",
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    infinite: str = "error",
    cv: Any = 3,
    unit: Unit = "nats",
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """What the past of each series says of a target beyond the target's own past: transfer entropy.

    I(y of t; x of t - 1, ..., t - lags | y of t - 1, ..., t - lags, and the same of `given`) [1]_, by critics that are
    trained on other rows. Of linear normal series it is half of Granger's causality [2]_.

    Parameters
    ----------
    x : frame or array-like of shape (n_samples,) or (n_samples, n_features)
        One source or several, each by itself, of any kind.
    y : array-like of shape (n_samples,) or str
        The series that is explained; a string names a column of the frame x, which is then taken out.
    lags : int or sequence of int, default=1
        What the past is: so many rows before, or these lags, from 1 on; of all series.
    given : frame or array-like of shape (n_samples,) or (n_samples, n_conditions), default=None
        Other series whose past is known as well, such as a common driver.
    time : array-like of shape (n_samples,) or str, default=None
        Times of the rows, numbers or dates; a string names a column of the frame x. None: rows are in the order of
        time. A lag is a number of rows: where times are missing, it is longer.
    groups : array-like of shape (n_samples,) or str, default=None
        Series of a panel, such as one per sensor, which are taken to be independent of each other; lags do not reach
        over their borders.
    alpha : float, default=0.05
        False discovery rate at which sources are kept.
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli, which holds under any dependence of the sources.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of x whose every value is a category, as in `rank_columns`.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    infinite : {"error", "missing"}, default="error"
        What infinite values of x are.
    cv : int or BlockedKFold, default=3
        Folds of blocks of consecutive rows.
    unit : {"nats", "bits"}, default="nats"
        Of ``mi``, ``score``, ``se`` and ``lower``.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers, one source each. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
    progress : callable(done, total), default=None
        Called with the sources done and to do.

    Returns
    -------
    DataFrame
        One row for each source, in the order of x, with the columns that `rank_columns` gives: ``mi``, the transfer
        entropy; ``score``, ``se``, ``lower``, ``pvalue``, ``qvalue`` (over the sources), ``kept`` and others; and
        ``n``, the rows that have every lag.

    Raises
    ------
    ValueError
        If lags, times or groups cannot be used, or if no row has every lag.

    Warns
    -----
    SkmineWarning
        What `mutual_info` warns of, once for all sources.

    Notes
    -----
    A source takes about as long as `mutual_info` given a third table: from 10 seconds of a core with 1,000 rows.

    References
    ----------
    .. [1] Schreiber (2000), "Measuring information transfer", Physical Review Letters 85.
    .. [2] Barnett, Barrett and Seth (2009), "Granger causality and transfer entropy are equivalent for Gaussian
       variables", Physical Review Letters 103.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import transfer_entropy
    >>> from skmine.synthetic import linear_series
    >>> law = linear_series("one way", [[[0.5, 0.0], [0.6, 0.3]]])
    >>> x, y = law.draw(np.random.default_rng(0), 1000)
    >>> found = transfer_entropy(x, y, random_state=0)
    >>> bool(abs(found["mi"].iloc[0] - law.transfer_entropy) < 3 * found["se"].iloc[0])
    True
    """
    lags = list(range(1, lags + 1)) if isinstance(lags, (int, np.integer)) else lags
    lags = read_lags(lags, least=1)
    flags = {"discrete_features": discrete_features, "discrete_target": discrete_target}
    table = _read_table(x, y, [0, *lags], time=time, groups=groups, infinite=infinite, cv=cv, **flags)
    known = None if given is None else Source(given, argument="given", infinite=infinite)
    if known is not None and known.n_rows != table.source.n_rows:
        raise ValueError(
            f"given has {known.n_rows} rows, but x has {table.source.n_rows}; pass one row of given for each row of x."
        )
    options = {"device": device, "n_jobs": n_jobs, "random_state": random_state, "progress": progress}
    ranking = make_ranking(score_transfer(table, lags, known, **options), alpha, fdr, unit)
    return _note_rows(ranking.loc[table.source.names], table)
