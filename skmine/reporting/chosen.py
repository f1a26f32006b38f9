"""The set of columns that jointly carry the information, and its test on rows that the choice did not see."""

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skmine.estimators.results import order_results
from skmine.estimators.selector import MINEFeatureSelector
from skmine.functions import mutual_info
from skmine.functions.ranking import put_kept_first
from skmine.functions.records import list_records
from skmine.functions.units import convert_frame
from skmine.reporting.content import ChosenSet
from skmine.reporting.table import ReportTable, count_units
from skmine.reporting.work import Sample, Work
from skmine.selection.joint.choose import FEWEST_UNITS, lock_rows

#: What of the selector's results is told.
TOLD = ["kind", "score", "se", "kept", "reason", "rank", "flag"]


def choose_set(table: ReportTable, sample: Sample, work: Work) -> ChosenSet:
    """Choose columns on the sample, and measure what they say on all other rows.

    Where the sample is the whole table, these are the rows that the selector locks away before it looks at any.
    """
    target, others = str(table.target), table.others
    n_units = count_units(len(sample.rows), sample.groups)
    if n_units < FEWEST_UNITS:
        why = f"{n_units} rows, or groups of rows, are too few to choose on some and test on others"
        return ChosenSet((), (), len(sample.rows), 0, why_not=f"{why}; {FEWEST_UNITS} are needed")
    selector = MINEFeatureSelector("joint", alpha=work.alpha, fdr=work.fdr, **work.options)
    selector.fit(sample.frame[others], sample.frame[target], groups=sample.groups)
    work.report("search")(1, 1)
    results = put_kept_first(order_results(convert_frame(selector.results_, ("score", "se"), work.unit)))
    names = [str(name) for name in results.index[results["kept"]]]
    columns = tuple(list_records(results[TOLD]))
    searched, tested = split_rows(table, sample, work.seed)
    if not names:
        why = "no set of columns was confirmed on the rows that the choice did not see"
        return ChosenSet((), columns, len(searched), len(tested), why_not=why)
    found = mutual_info(
        table.frame[names],
        table.frame[target],
        groups=table.groups,
        unit=work.unit,
        **{**work.options, "cv": [(searched, tested)]},
        progress=work.report("test"),
    )
    low, high = found.confidence_interval()
    return ChosenSet(
        names=tuple(names),
        columns=columns,
        n_searched=len(searched),
        n_tested=len(tested),
        mi=found.mi,
        se=found.se,
        low=low,
        high=high,
        pvalue=found.pvalue,
        held_out=found.held_out,
    )


def split_rows(table: ReportTable, sample: Sample, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that the choice looks at, and those that test it."""
    if sample.is_whole:
        lock = lock_rows(len(sample.rows), sample.groups, check_random_state(seed))
        return lock.train, lock.test
    return sample.rows, np.setdiff1d(np.arange(len(table.frame)), sample.rows)
