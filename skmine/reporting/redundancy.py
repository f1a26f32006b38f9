"""What columns repeat: the matrix of every two, and groups of columns that say nearly the same."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from skmine.functions import mutual_info_matrix
from skmine.plotting.heat_map import group_columns
from skmine.reporting.content import Record, Redundancy
from skmine.reporting.table import ReportTable
from skmine.reporting.work import Sample, Work

#: Most columns of the matrix beside the target: its pairs, of about 15 milliseconds each, take ten seconds.
MOST_COLUMNS = 40

#: Most columns where there is no target, and the matrix is the report.
MOST_WITHOUT_TARGET = 60

#: Normalised information from which on columns of a group repeat each other: normal ones with a correlation of .7.
LEAST_REPEATED = 0.7

#: Most pairs that are listed. Arbitrary.
MOST_PAIRS = 15


def compare_columns(table: ReportTable, sample: Sample, best: Sequence[str], work: Work) -> Redundancy | None:
    """Compare the best columns, or the first ones, and the target; None where there are not two columns."""
    most = MOST_WITHOUT_TARGET if table.target is None else MOST_COLUMNS
    targets = [] if table.target is None else [table.target]
    names = [*targets, *best[:most]]
    if len(names) < 2:
        return None
    mi, _, pvalue = mutual_info_matrix(
        sample.frame[names],
        normalize=True,
        with_errors=True,
        groups=sample.groups,
        **work.options,
        progress=work.report("redundancy"),
    )
    values = mi.to_numpy(float)
    return Redundancy(
        names=tuple(names),
        n_left_out=len(best) - len(names) + len(targets),
        n_rows=len(sample.rows),
        shared=tuple(tuple(map(float, row)) for row in values),
        pairs=_list_pairs(mi, pvalue),
        groups=_list_groups(mi.drop(index=targets, columns=targets)),
    )


def _list_pairs(mi: pd.DataFrame, pvalue: pd.DataFrame) -> tuple[Record, ...]:
    """The pairs that share most, of those that share anything."""
    names, values = list(mi.columns), mi.to_numpy(float)
    rows, columns = np.tril_indices(len(names), -1)
    order = np.argsort(-values[rows, columns], kind="stable")[:MOST_PAIRS]
    return tuple(
        {
            "first": names[j],
            "second": names[i],
            "shared": float(values[i, j]),
            "pvalue": float(pvalue.iloc[i, j]),
        }
        for i, j in zip(rows[order], columns[order], strict=True)
        if values[i, j] > 0
    )


def _list_groups(mi: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Columns that repeat each other, the largest groups first."""
    if len(mi) < 2:
        return ()
    numbers = group_columns(mi.to_numpy(float), LEAST_REPEATED)
    groups = [tuple(mi.index[numbers == number]) for number in dict.fromkeys(numbers.tolist())]
    return tuple(sorted((group for group in groups if len(group) > 1), key=len, reverse=True))
