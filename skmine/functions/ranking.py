"""Every column by itself: tables in, scores out.

Design notes. One function, `marginal_scores`, stands behind the score function, the data frame
and the selector, so that they cannot disagree. It sees the table column by column; y may have
several columns, in which case a column's score is its best one and its p-value pays for the choice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils._param_validation import validate_params

from skmine.data.naming import discrete_flags
from skmine.data.source import Table, take_target, target_columns, warned
from skmine.estimation import inference
from skmine.estimation.critics.grid import Scores, best_target, encode_columns, node_budgets, score_columns
from skmine.estimation.estimate import Block
from skmine.estimation.folds import group_numbers, make_folds
from skmine.estimation.plan import Plan
from skmine.functions.parameters import SHARED_CONSTRAINTS
from skmine.selection.leaks import leaks, warn_of_leak

#: Share of the best score from which on a column may be the target itself.
SUSPECT = 0.95


def marginal_scores(
    X: Any,
    y: Any,
    *,
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    cv: Any = 3,
    groups: Any = None,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[str], Scores]:
    """Names and scores of every column of X: the engine behind the functions and the selector.

    Parameters are those of `rank_columns`; X and y may be whatever `columns.Table` reads.
    """
    table = Table(X)
    flags = discrete_flags(discrete_features, table.names)
    n = len(table)
    targets = target_block(y, n, discrete_target)
    if groups is not None:
        groups = group_numbers(groups, n)
    folds = make_folds(cv, n, y=targets.columns[0].values, groups=groups, random_state=random_state)
    budgets = node_budgets(n)
    coded = encode_columns(warned(table), flags, budgets)
    results = []
    for number, (target, flag) in enumerate(zip(targets.columns, targets.flags, strict=True)):
        goal = encode_columns([target], [flag], budgets)
        if goal[-1].n_nodes[0] == 1:
            raise ValueError(
                f"Target {target.name!r} has labels that are nearly all different, as an identifier's are; pass a "
                f"target that groups rows, or discrete_target=False for numbers."
            )
        plan = Plan(folds, groups, device, n_jobs, _shifted(progress, number, len(targets.columns), len(table.names)))
        results.append(score_columns(coded, goal, plan))
    result = best_target(results)
    _warn_of_leaks(table, flags, targets, result)
    return table.names, result


def target_block(y: Any, n: int, discrete_target: Any) -> Block:
    """The checked targets of n rows (`columns.target_columns`).

    Raises
    ------
    ValueError
        If the targets will not do, or there are not n rows of them.
    """
    columns = target_columns(y)
    if n != len(columns[0].values):
        raise ValueError(
            f"X and y have inconsistent numbers of samples: {n} and {len(columns[0].values)} rows; "
            f"pass one target value a row."
        )
    return Block(columns, [None if isinstance(discrete_target, str) else bool(discrete_target)] * len(columns))


def _warn_of_leaks(table: Table, flags: Sequence[bool | None], targets: Block, result: Scores) -> None:
    """The target itself scores as high as any column can, so only those are looked at."""
    best = float(result.held_out.max())
    for j in np.flatnonzero(result.held_out >= SUSPECT * best).tolist() if best > 0 else []:
        for name in leaks(Block([table.column(j)], [flags[j]]), targets):
            warn_of_leak(name)


def _shifted(
    progress: Callable[[int, int], None] | None, number: int, n_targets: int, d: int
) -> Callable[[int, int], None] | None:
    """A report of the columns of one target as one of the columns of all targets."""
    if progress is None:
        return None
    return lambda done, _: progress(number * d + done, n_targets * d)


@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "y": ["array-like"],
        **{
            k: SHARED_CONSTRAINTS[k]
            for k in ("discrete_features", "discrete_target", "cv", "device", "n_jobs", "random_state")
        },
        "groups": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def mutual_info_scores(
    X: Any,
    y: Any,
    *,
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    cv: Any = 3,
    groups: Any = None,
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
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap.
    groups : array-like of shape (n_samples,), default=None
        Rows that belong together stay in one fold (a splitter that parts them is refused); errors
        and p-values then go by groups. They need some ten groups a fold, none much larger than the
        others.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Workers. The numbers do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws the folds.

    Returns
    -------
    scores : ndarray of shape (n_features,)
        Lower bounds, in expectation, of I(X_j; Y) in nats, from rows that the critic never saw; about
        0, of either sign, for an independent column, exactly 0 for a constant one. The best of
        several targets is a little too high for having been chosen; its p-value is not.
    pvalues : ndarray of shape (n_features,)

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
    _, result = marginal_scores(
        X,
        y,
        discrete_features=discrete_features,
        discrete_target=discrete_target,
        cv=cv,
        groups=groups,
        device=device,
        n_jobs=n_jobs,
        random_state=random_state,
    )
    return result.held_out, result.pvalue


@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "y": ["array-like", str],
        **SHARED_CONSTRAINTS,
        "groups": ["array-like", None],
        "progress": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def rank_columns(
    X: Any,
    y: Any,
    *,
    alpha: float = 0.05,
    fdr: inference.FalseDiscovery = "bh",
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    cv: Any = 3,
    groups: Any = None,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Rank the columns of a table by mutual information with a target.

    Parameters
    ----------
    X : frame, array-like or sparse matrix of shape (n_samples, n_features)
        Mixed columns: numbers, booleans, dates, strings, categoricals; missing values are a value
        of their own. pandas and polars frames keep their column names.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or str
        Numbers or class labels; a string names a column of the frame X, which is then taken out.
    alpha : float, default=0.05
        False discovery rate at which columns are kept.
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli, which holds under any dependence of the columns.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        As in `mutual_info_scores`; names of columns are accepted too.
    discrete_target, cv, groups, device, n_jobs, random_state
        As in `mutual_info_scores`.
    progress : callable(done, total), default=None
        Called with the columns done and to do, over all targets, as blocks of them are done.

    Returns
    -------
    DataFrame
        Index: column names, best first. Columns: ``kind`` (constant, continuous, discrete,
        categorical); ``mi``, the estimate; ``score``, the held-out part that ranks; ``se``, its
        standard error; ``lower``, its 95 % lower bound for that column by itself (all in nats);
        ``pvalue``; ``qvalue``, the p-value adjusted for the number of columns; ``kept``.

    Raises
    ------
    ValueError
        As `mutual_info_scores`; also if columns share a name, or y names no column.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmine import rank_columns
    >>> X, y = load_diabetes(as_frame=True, return_X_y=True)
    >>> ranking = rank_columns(X, y, random_state=0)
    >>> sorted(ranking.index[:2])
    ['bmi', 's5']
    """
    if isinstance(y, str):
        X, y = take_target(X, y)
    names, result = marginal_scores(
        X,
        y,
        discrete_features=discrete_features,
        discrete_target=discrete_target,
        cv=cv,
        groups=groups,
        device=device,
        n_jobs=n_jobs,
        random_state=random_state,
        progress=progress,
    )
    qvalue = inference.false_discovery_qvalues(result.pvalue, fdr)
    frame = pd.DataFrame(
        {
            "kind": result.kind,
            "mi": result.mi,
            "score": result.held_out,
            "se": result.se,
            "lower": result.lower_bound(0.95),
            "pvalue": result.pvalue,
            "qvalue": qvalue,
            "kept": qvalue <= alpha,
        },
        index=pd.Index(names, name="column"),
    )
    return frame.sort_values("score", ascending=False, kind="stable")
