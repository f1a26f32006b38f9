"""What skmine takes the columns of a table for."""

import os
from typing import Any

import pandas as pd

from skmine.data.description import describe_table
from skmine.data.files import read_table
from skmine.data.naming import resolve_discrete, suggest_name
from skmine.data.repairs import Repair, repair_table
from skmine.data.source import Source


def describe_columns(table: Any, target: str | None = None, *, discrete_features: Any = "auto") -> pd.DataFrame:
    """Describe what every column of a table is taken for, and what is odd about it.

    Parameters
    ----------
    table : frame, array-like or sparse matrix of shape (n_samples, n_features), or str or path
        As in `rank_columns`. The name of a file in any format that the command line reads; its cells are repaired as
        there.
    target : str, default=None
        The column to explain: other columns that say the same are called leaks.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        As in `rank_columns`.

    Returns
    -------
    DataFrame
        Index: names of columns, in the order of the table. Columns: ``kind``: constant, categorical, discrete or
        continuous; ``type``: numbers, flags, dates or labels; ``why`` it is of this kind; ``distinct``, the number of
        different values; ``missing`` cells and ``missing_share``; ``repairs``, what was done to cells of a file;
        ``doubts``: row numbers, identifiers, one value in nearly all rows, rare labels that share a node, columns that
        say the same as another one or as the target; ``set_aside``: empty, as nothing is left out here.

    Raises
    ------
    ValueError
        If the table is empty or cannot be read, or if no column has the target's name.

    See Also
    --------
    rank_columns : What the columns share with a target.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmine import describe_columns
    >>> table = pd.DataFrame({"row": range(40), "metres": [k % 8 for k in range(40)]})
    >>> table["feet"] = table["metres"] / 0.3048
    >>> found = describe_columns(table)
    >>> found["kind"].tolist()
    ['continuous', 'discrete', 'discrete']
    >>> found["doubts"].tolist()
    ['numbers the rows', '', "says the same as 'metres'"]
    """
    repairs: list[Repair] = []
    if isinstance(table, (str, os.PathLike)):
        table, repairs = repair_table(read_table(os.fspath(table)))
    source = Source(table, argument="table", infinite="missing")
    if target is not None and target not in source.names:
        raise ValueError(f"Target {target!r}: no column has this name; {suggest_name(target, source.names)}")
    flags = resolve_discrete(discrete_features, source.names)
    return describe_table(source, target=target, flags=flags, repairs=repairs)
