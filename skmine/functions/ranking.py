"""Every column by itself, or beyond others that are known, as a data frame.

Design notes. `rank_columns` dresses what `selection.marginal.score_marginally` finds, as `mutual_info_scores` does, or
what `selection.beyond.score_beyond` does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine._sklearn import validate_params
from skmine.data.flaws import ROW_NUMBER
from skmine.data.source import Source, take_target
from skmine.data.streamed_table import StreamedTable
from skmine.data.streams import open_stream
from skmine.estimation.inference import LEAST_PVALUE_SHOWN, FalseDiscovery, adjust_pvalues
from skmine.functions.parameters import SHARED_CONSTRAINTS, STREAMS, check_named_target, check_no_groups
from skmine.functions.units import UNIT_CONSTRAINTS, Unit, convert_frame
from skmine.selection.beyond import Given, score_beyond
from skmine.selection.marginal import ScoredColumns, score_marginally
from skmine.selection.streamed import score_stream

#: Columns of a ranking that are amounts of information.
AMOUNTS = ("mi", "score", "se", "lower")


@validate_params(
    {
        "X": ["array-like", "sparse matrix", *STREAMS],
        "y": ["array-like", str],
        **SHARED_CONSTRAINTS,
        **UNIT_CONSTRAINTS,
        "given": ["array-like", None],
        "groups": ["array-like", None],
        "time": ["array-like", str, None],
        "progress": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def rank_columns(
    X: Any,
    y: Any,
    *,
    given: Any = None,
    alpha: float = 0.05,
    fdr: FalseDiscovery = "bh",
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    infinite: str = "error",
    cv: Any = 3,
    groups: Any = None,
    time: Any = None,
    unit: Unit = "nats",
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Rank the columns of a table by mutual information with a target, or by what they say beyond known columns.

    Parameters
    ----------
    X : frame, array-like or sparse matrix of shape (n_samples, n_features), or a table that is read in batches
        Mixed columns: numbers, booleans, dates, strings, categoricals; missing values are a value
        of their own. pandas and polars frames keep their column names. A column of strings that are all numbers,
        none with a leading zero, or all dates (ISO 8601, or as people write them where one of the strings decides the
        order of day and month) is what they say; make it categorical to keep labels.
        The path of a file that the command line reads, or the URL of a database.
        Tables that need not fit into memory are read in batches, several times: the path of a text table such as CSV,
        of a Parquet file or of a folder of them, a PyArrow data set, a polars lazy frame, a DuckDB relation, a Dask
        data frame, a list of frames, or a function that returns frames or record batches, the same at each call.
        y is then the name of a column.
        Nodes come from 200,000 rows (of fewer, all), labels and numbers of few values are counted exactly, and scores
        and p-values are those of all rows.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or str
        Numbers or class labels; a string names a column of the frame X, which is then taken out.
    given : array-like, default=None
        Columns that are known: names, indices or a mask of columns of X, which are not ranked then, or a table of as
        many rows. The numbers of a column are those of I(X_j; Y | given), as `mutual_info` estimates them given a
        third table: a column that is related to y only through the given ones says nothing, and one that says
        something only together with them does. All columns are looked at without training first (a hundred in about
        10 seconds), where there are 100 rows, and 25 for each feature of the given ones. An estimate, which takes
        about 10 seconds of a core with 1,000 rows, and a minute where links are strong, is trained only of those in
        which that sees something at .05; the others are not kept, and their numbers are of low-degree functions.
        `n_jobs` shares the estimates out. With several targets the best one counts. Not for a
        table that is read in batches. ``MINEFeatureSelector("joint", always_keep=...)`` looks for the smallest set
        beyond known columns.
    alpha : float, default=0.05
        False discovery rate at which columns are kept.
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli, which holds under any dependence of the columns.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        As in `mutual_info_scores`; names of columns are accepted too.
    discrete_target : {"auto"} or bool, default="auto"
        The same for y.
    infinite : {"error", "missing"}, default="error"
        What infinite values of X are: refused, naming every column that has one, or missing.
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap. Of a table that is read in batches an int, or `HashKFold`, whose folds
        are those of the table in memory.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay in one fold; errors and p-values then go by groups. Not for a table that is read in
        batches.
    time : array-like of shape (n_samples,) or str, default=None
        Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
        (`BlockedKFold`), within each group if `groups` are given. A string names a column of the frame X, which is then
        taken out. Not for a table that is read in batches.
    unit : {"nats", "bits"}, default="nats"
        Of ``mi``, ``score``, ``se`` and ``lower``.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws the folds.
    progress : callable(done, total), default=None
        Called with the columns done and to do, over all targets, as chunks of them are done.

    Returns
    -------
    DataFrame
        Index: column names, ordered by p-value (those below 1e-16 count as equal), then by lower bound, so
        that kept columns come first. Columns: ``kind``: constant, categorical (labels),
        discrete (numbers that repeat: five rows for each distinct value, or two of at most ten values) or
        continuous; ``mi``, the estimate; ``score``, the held-out score; ``se``, its standard error;
        ``lower``, a 95 % lower bound for that column on its own (all in nats, or in `unit`);
        ``pvalue``; ``qvalue``, the p-value adjusted for the number of columns; ``kept``; ``reason``, why a
        column is not kept: it is constant, has no values, its labels are almost all distinct, or its q-value
        is above `alpha`; ``flag``, what is odd about a column, kept or not: "constant", "no values", "labels
        almost all distinct", or "row number" (0, 1, ... or 1, 2, ... in row order, as an index is, or a time
        step; or distinct whole numbers in a column named as an index is, such as "Unnamed: 0"); "" for others.
        Its ``attrs`` hold ``unit``, ``alpha`` and, if columns are given, their names (``given``).

    Raises
    ------
    ValueError
        As `mutual_info_scores`; also if columns share a name, y names no column, or `given` names none, holds all
        columns, or comes with a table that is read in batches.

    Warns
    -----
    AutocorrelatedRowsWarning
        If rows look like a time series, and neither `groups` nor `time` nor blocks as `cv` are passed.
    SkmineWarning
        Given columns: what `mutual_info` warns of, once for all columns.
    IdentifierWarning
        If the labels of a column are almost all distinct, or if it numbers the rows.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmine import rank_columns
    >>> X, y = load_diabetes(as_frame=True, return_X_y=True)
    >>> ranking = rank_columns(X, y, random_state=0)
    >>> sorted(ranking.index[:2])
    ['bmi', 's5']
    """
    options: dict[str, Any] = {
        "discrete_features": discrete_features,
        "discrete_target": discrete_target,
        "infinite": infinite,
        "cv": cv,
        "device": device,
        "n_jobs": n_jobs,
        "random_state": random_state,
        "progress": progress,
    }
    stream = open_stream(X)
    if stream is not None:
        check_no_groups(groups, "X", time)
        if given is not None:
            raise ValueError("given needs all rows at hand, but X is read in batches; read it into a frame.")
        found, _ = score_stream(StreamedTable(stream, check_named_target(y)), **options)
        return make_ranking(found, alpha, fdr, unit)
    if isinstance(y, str):
        X, y = take_target(X, y)
    if isinstance(time, str):
        X, time = take_target(X, time, "time", "Column of times")
    source, together = Source(X, infinite=options.pop("infinite")), {"groups": groups, "time": time}
    known = None if given is None else Given.read(given, source, discrete_features)
    if known is None:
        return make_ranking(score_marginally(source, y, **together, **options), alpha, fdr, unit)
    ranking = make_ranking(score_beyond(source, y, known, **together, **options), alpha, fdr, unit)
    ranking.attrs["given"] = known.names
    return ranking


def make_ranking(found: ScoredColumns, alpha: float, fdr: FalseDiscovery, unit: Unit = "nats") -> pd.DataFrame:
    """Scores as the data frame that `rank_columns` returns."""
    scores, evidence = found.scores, found.scores.evidence
    qvalue = adjust_pvalues(evidence.pvalue, fdr)
    frame = pd.DataFrame(
        {
            "kind": scores.kind,
            "mi": scores.mi,
            "score": evidence.held_out,
            "se": evidence.se,
            "lower": scores.lower_bound(0.95),
            "pvalue": evidence.pvalue,
            "qvalue": qvalue,
            "kept": qvalue <= alpha,
            "reason": _give_reasons(qvalue, found.flaws, alpha),
            "flag": found.flaws,
        },
        index=pd.Index(found.names, name="column"),
    )
    frame.attrs["alpha"] = alpha
    return order_ranking(convert_frame(frame, AMOUNTS, unit))


def order_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """Order a ranking by p-value, then by lower bound, best first; so kept columns always come first.

    P-values below 1e-16 are extrapolations and count as equal.
    """
    pvalue = np.maximum(ranking["pvalue"].to_numpy(), LEAST_PVALUE_SHOWN)
    return ranking.iloc[np.lexsort([-ranking["lower"].to_numpy(), pvalue])]


def put_kept_first(ranking: pd.DataFrame) -> pd.DataFrame:
    """A ranking with the kept columns first, in the same order otherwise."""
    return ranking.iloc[np.argsort(~ranking["kept"].to_numpy(bool), kind="stable")]


def _give_reasons(qvalue: NDArray[np.float64], flaws: list[str], alpha: float) -> list[str]:
    """Why each column is not kept, in a few words; empty for those that are."""
    # A row number may be a time, so its q-value decides.
    reasons = [flaw if flaw != ROW_NUMBER else "" for flaw in flaws]
    return ["" if q <= alpha else reason or f"q > {alpha:g}" for q, reason in zip(qvalue, reasons, strict=True)]
