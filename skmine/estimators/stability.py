"""How surely a selector chooses what it chooses.

Design notes. Half of the rows without replacement is what Meinshausen and Buhlmann's theory of stability
selection is about; with replacement, the same row would be trained and tested on.
"""

from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from skmine._sklearn import (
    HasMethods,
    Interval,
    RealNotInt,
    count_rows,
    index_rows,
    set_random_states,
    validate_params,
)
from skmine.data.source import Source
from skmine.estimation.folds import number_groups
from skmine.functions.parameters import AT_LEAST_TWO, SHARED_CONSTRAINTS


@validate_params(
    {
        "selector": [HasMethods(["fit", "get_support"])],
        "n_resamples": [AT_LEAST_TWO],
        "max_samples": [Interval(RealNotInt, 0, 1, closed="neither")],
        "groups": ["array-like", None],
        **{k: SHARED_CONSTRAINTS[k] for k in ("n_jobs", "random_state")},
    },
    prefer_skip_nested_validation=True,
)
def selection_stability(
    selector: Any,
    X: Any,
    y: Any,
    *,
    n_resamples: int = 20,
    max_samples: float = 0.5,
    groups: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> pd.DataFrame:
    """How often each column stands when a selector sees only some of the rows.

    Parameters
    ----------
    selector : estimator
        `MINEFeatureSelector` or any of scikit-learn's selectors; cloned, and left as it is.
    X : frame or array-like of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
    n_resamples : int, default=20
        Number of fits, each on new rows drawn without replacement.
    max_samples : float, default=0.5
        Share of the rows in a fit: half of them is Meinshausen and Buhlmann's choice [1]_.
    groups : array-like of shape (n_samples,), default=None
        Rows that belong together: whole groups are drawn, and the selector is given them as well.
    n_jobs : int, default=None
        Fits at a time.
    random_state : int, RandomState or None, default=None
        Draws the rows, and sets every ``random_state`` of the clones.

    Returns
    -------
    DataFrame
        One row per column, the most frequent first: ``frequency``, the proportion of fits that kept it, and
        ``se``, its binomial standard error. ``attrs["stability"]`` is Nogueira's measure [2]_: 1 if all fits
        kept the same columns, 0 if they agree as much as random choices do, NaN if all fits kept all columns,
        or none.

    Raises
    ------
    ValueError
        If a parameter is out of range, or too few rows are left for a fit.

    See Also
    --------
    MINEFeatureSelector : With ``method="joint"`` and ``n_resamples``, one fit gives such frequencies, with one screen
        of the columns for all resamples, and keeps what most of them keep.

    References
    ----------
    .. [1] Meinshausen, N., Buhlmann, P. (2010), "Stability selection". Journal of the Royal Statistical
       Society B 72(4).
    .. [2] Nogueira, S., Sechidis, K., Brown, G. (2018), "On the stability of feature selection
       algorithms". Journal of Machine Learning Research 18(174), equation 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import MINEFeatureSelector, selection_stability
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(600, 4))
    >>> y = X[:, 2] + rng.normal(size=600)
    >>> table = selection_stability(MINEFeatureSelector(), X, y, n_resamples=8, random_state=0)
    >>> table.index[0], float(table["frequency"].iloc[0])
    ('x2', 1.0)
    """
    random_state = check_random_state(random_state)
    numbers = np.arange(count_rows(X)) if groups is None else number_groups(groups, count_rows(X))
    present = np.unique(numbers)
    n_drawn = max(round(max_samples * len(present)), 1)
    draws = []
    for _ in range(n_resamples):
        rows = np.flatnonzero(np.isin(numbers, random_state.choice(present, n_drawn, replace=False)))
        one = clone(selector)
        set_random_states(one, random_state)
        draws.append((one, rows))
    options = None if groups is None else numbers
    masks = Parallel(n_jobs=n_jobs)(delayed(_find_kept)(one, X, y, rows, options) for one, rows in draws)
    return _count_frequencies(np.array(masks, float), Source(X).names)


def _find_kept(selector: Any, X: Any, y: Any, rows: NDArray[np.int64], groups: NDArray[np.int64] | None) -> Any:
    """The columns that one fit keeps; runs in a worker."""
    given = {} if groups is None else {"groups": groups[rows]}
    return selector.fit(index_rows(X, rows), index_rows(y, rows), **given).get_support()


def _count_frequencies(masks: NDArray[np.float64], names: Any) -> pd.DataFrame:
    n, frequency = len(masks), masks.mean(0)
    share = float(frequency.mean())
    frame = pd.DataFrame(
        {"frequency": frequency, "se": np.sqrt(frequency * (1 - frequency) / n)}, index=pd.Index(names, name="column")
    ).sort_values("frequency", ascending=False, kind="stable")
    by_lot = share * (1 - share)
    frame.attrs["stability"] = 1 - float(masks.var(0, ddof=1).mean()) / by_lot if by_lot else np.nan
    return frame
