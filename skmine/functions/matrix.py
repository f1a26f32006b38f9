"""What every two columns of a table share.

Design notes. Each column in turn is the target of a ranking of the columns before it, in an order of their contents:
the same grids, critics and numbers. Each pair is scored once; the two triangles of the matrix hold the same numbers.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skmine._sklearn import validate_params
from skmine.data.flaws import warn_of_columns, warn_of_pooled
from skmine.data.ladder import Ladder, encode_columns
from skmine.data.naming import resolve_discrete
from skmine.data.row_sample import choose_sample_size, draw_sample
from skmine.data.source import Source
from skmine.data.streamed_table import StreamedTable
from skmine.data.streams import open_stream
from skmine.estimation.arrangement import arrange_rows
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import score_columns
from skmine.estimation.counting import Counter
from skmine.estimation.folds import make_folds
from skmine.estimation.inference import adjust_pvalues
from skmine.estimation.plan import Plan
from skmine.estimation.streaming import Request
from skmine.functions.parameters import SHARED_CONSTRAINTS, STREAMS, check_no_groups
from skmine.functions.units import UNIT_CONSTRAINTS, Unit, convert
from skmine.selection.streamed import StreamedColumns, read_stream

#: Counts of pairs on a grid that are in memory at a time, about: a few hundred megabytes.
REQUESTS_PER_BLOCK = 1_000

#: False discovery rate, over all pairs, at which a cell is told from chance.
CHANCE_ALPHA = 0.05


@validate_params(
    {
        "table": ["array-like", "sparse matrix", *STREAMS],
        "normalize": ["boolean"],
        "with_errors": ["boolean"],
        **{
            k: SHARED_CONSTRAINTS[k]
            for k in ("discrete_features", "infinite", "cv", "device", "n_jobs", "random_state")
        },
        **UNIT_CONSTRAINTS,
        "groups": ["array-like", None],
        "time": ["array-like", None],
        "progress": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def mutual_info_matrix(
    table: Any,
    *,
    normalize: bool = False,
    with_errors: bool = False,
    discrete_features: Any = "auto",
    infinite: str = "error",
    cv: Any = 3,
    groups: Any = None,
    time: Any = None,
    unit: Unit = "nats",
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> Any:
    """Mutual information of every two columns of a table.

    Parameters
    ----------
    table : frame, array-like or sparse matrix of shape (n_samples, n_features), or a table that is read in batches
        Mixed columns; missing values are a value of their own. Tables that need not fit into memory as in
        `rank_columns`: all pairs are counted in as few passes as memory allows.
    normalize : bool, default=False
        Instead of nats, on one scale for all kinds of columns: sqrt((1 - exp(-2 MI)) / (1 - exp(-2 min H))) with the
        smaller entropy of the two, infinite for a continuous column. 1 where one column determines the other; of two
        normal columns, the absolute correlation (Linfoot 1957). 0 where the pair is not told from chance at a false
        discovery rate of 5 % over all pairs.
    with_errors : bool, default=False
        Return the standard errors (nats) and p-values of independence, too.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        As in `mutual_info_scores`; names of columns are accepted too.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, naming every column that has one, or missing.
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap. Of a table that is read in batches an int, or `HashKFold`.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay in one fold; errors and p-values then go by groups.
    time : array-like of shape (n_samples,), default=None
        Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
        (`BlockedKFold`), within each group if `groups` are given.
    unit : {"nats", "bits"}, default="nats"
        Of the estimates and their standard errors. Normalised numbers have none.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws the folds.
    progress : callable(done, total), default=None
        Called with the pairs done and to do.

    Returns
    -------
    mi : DataFrame of shape (n_features, n_features)
        Symmetric. Estimates in nats or bits, slightly negative where columns are independent (normalised: 0 then). The
        diagonal is the entropy of a discrete column (normalised: 1), and NaN for a continuous one,
        whose information about itself is infinite. Constant columns share 0. Its ``attrs`` hold ``normalized``,
        ``unit`` and ``noise``: the largest estimate that is not told from chance, at a false discovery rate of 5 %
        over all pairs (0 if all are).
    se, pvalue : DataFrame of the same shape
        Only `with_errors`; NaN on the diagonal.

    Raises
    ------
    ValueError
        If the table is empty, infinite, or has fewer rows than folds.

    Warns
    -----
    MissingColumnWarning
        If a column has no values.
    PooledLevelsWarning
        If many rows hold labels that are too many or too rare for nodes of their own.
    IdentifierWarning
        If the labels of a column are almost all distinct, or if it numbers the rows.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmine import mutual_info_matrix
    >>> X, _ = load_diabetes(as_frame=True, return_X_y=True)
    >>> matrix = mutual_info_matrix(X[["s1", "s2", "bmi"]], random_state=0)
    >>> bool(matrix.loc["s1", "s2"] > 4 * matrix.loc["s1", "bmi"])
    True
    """
    stream = open_stream(table)
    if stream is not None:
        check_no_groups(groups, "table", time)
        known = read_stream(StreamedTable(stream), discrete_features, "auto", infinite, cv, random_state)
        names, ladder = known.names, known.ladder
        found = score_streamed_pairs(known, Plan([], None, device, n_jobs, progress))
    else:
        source = Source(table, argument="table", infinite=infinite)
        n, names = source.n_rows, source.names
        rows = arrange_rows(cv, n, groups=groups, time=time, read_columns=lambda: source)
        folds = make_folds(rows.cv, n, groups=rows.units, random_state=check_random_state(random_state))
        flaws: list[str] = []
        flags = resolve_discrete(discrete_features, names)
        ladder = encode_columns(warn_of_columns(source, flaws), flags, choose_node_budgets(n, rows.units))
        warn_of_pooled(names, ladder.pooled, flaws)
        order = order_by_content(ladder, draw_sample(n, choose_sample_size(len(names))))
        found = _score_pairs(ladder, order, Plan(folds, rows.units, device, n_jobs, progress))
    frames = make_frames(found, ladder.entropies, names, normalize=normalize, unit=unit)
    return frames if with_errors else frames[0]


def make_frames(
    found: Sequence[NDArray[np.float64]],
    entropies: Sequence[float],
    names: Sequence[str],
    *,
    normalize: bool,
    unit: Unit = "nats",
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Estimates, standard errors and p-values of every two columns as frames."""
    mi, se, pvalue = found
    entropy, told = np.array(entropies), find_told(pvalue)
    np.fill_diagonal(mi, np.where(np.isinf(entropy), np.nan, entropy))
    if normalize:
        mi = _normalise(mi, told, entropy)
    noise = float(mi[~told].max(initial=0.0))
    if not normalize:
        mi, noise = convert(mi, unit), convert(noise, unit)
    of_mi, of_se, of_pvalue = (
        pd.DataFrame(values, index=names, columns=names) for values in (mi, convert(se, unit), pvalue)
    )
    of_mi.attrs = {"normalized": normalize, "noise": noise} | ({} if normalize else {"unit": unit})
    of_se.attrs["unit"] = unit
    return of_mi, of_se, of_pvalue


def find_told(pvalue: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of the pairs that are told from chance by their p-values (d, d); the diagonal always is."""
    d = len(pvalue)
    pairs = np.tril_indices(d, -1)
    told = np.eye(d, dtype=bool)
    if d > 1:
        told[pairs] = adjust_pvalues(pvalue[pairs]) <= CHANCE_ALPHA
    return told | told.T


def score_streamed_pairs(
    known: StreamedColumns, plan: Plan
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """`_score_pairs` of a table that is read in batches: all pairs are counted in as few passes as memory allows."""
    order = order_by_content(known.on_sample)
    asked: set[Request] = set()
    _score_pairs(known.on_sample, order, replace(plan, progress=None), lambda others, j: known.record(others, j, asked))
    for k, j in enumerate(order):
        asked |= known.list_second_grids(order[:k], j)
    foreseen: dict[int, set[Request]] = {}
    for request in asked:
        foreseen.setdefault(request[1], set()).add(request)
    counted: set[int] = set()

    def count(others: Sequence[int], target: int) -> Counter:
        """Before the first target of a block is scored, let go of the last block's counts."""
        if target not in counted:
            known.pairs.tables.clear()
            known.pairs.foreseen = set()
            for k in range(len(others), len(order)):
                if known.pairs.foreseen and len(known.pairs.foreseen) + len(others) > REQUESTS_PER_BLOCK:
                    break
                known.pairs.foreseen |= foreseen.get(order[k], set())
                counted.add(order[k])
        return known.count(others, target)

    return _score_pairs(known.ladder, order, plan, count)


def _score_pairs(
    ladder: Ladder,
    order: Sequence[int],
    plan: Plan,
    make_counter: Callable[[Sequence[int], int], Counter] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Estimates, standard errors and p-values of every two columns, (d, d) each; NaN on the diagonals."""
    d = len(order)
    mi, se, pvalue = (np.full((d, d), np.nan) for _ in range(3))
    for k in range(1, d):
        j, others = order[k], order[:k]
        counter = None if make_counter is None else make_counter(others, j)
        of_target = plan.report_after(k * (k - 1) // 2, d * (d - 1) // 2)
        found = score_columns(ladder.only(others), ladder.only([j]), of_target, counter)
        for values, of_pairs in ((mi, found.mi), (se, found.evidence.se), (pvalue, found.evidence.pvalue)):
            values[j, others] = values[others, j] = of_pairs
    return mi, se, pvalue


def order_by_content(ladder: Ladder, rows: NDArray[np.int64] | None = None) -> list[int]:
    """Places of the columns in an order that depends on their cells alone, of the rows in memory or of a sample.

    Critics read a pair from one side, so that it matters a little which column is the target.
    """

    def digest(j: int) -> bytes:
        codes = (grid.codes[j] for grid in (ladder.grids[-1], ladder.levels))
        return b"".join(hashlib.sha256((own if rows is None else own[rows]).tobytes()).digest() for own in codes)

    return sorted(range(len(ladder.kinds)), key=digest)


def _normalise(mi: NDArray[np.float64], told: NDArray[np.bool_], entropy: NDArray[np.float64]) -> NDArray[np.float64]:
    """MI on a scale from 0 to 1, without what may be chance."""
    d = len(mi)
    most = -np.expm1(-2 * np.minimum(entropy[:, None], entropy))
    share = np.divide(-np.expm1(-2 * np.maximum(mi, 0.0)), most, out=np.zeros((d, d)), where=most > 0)
    out: NDArray[np.float64] = np.where(told, np.sqrt(np.minimum(share, 1.0)), 0.0)
    np.fill_diagonal(out, np.where(entropy > 0, 1.0, 0.0))
    return out
