"""An independent estimate by nearest neighbours (Kraskov, Stoegbauer and Grassberger 2004), as scikit-learn has it."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from skmine.data.conversion import make_column
from skmine.functions import rank_columns
from skmine.functions.units import convert
from skmine.reporting.content import Check, Record
from skmine.reporting.table import count_units, take_groups
from skmine.reporting.work import Sample, Work

#: Most columns that are estimated again.
MOST_COLUMNS = 8

#: Fewest rows, or groups of rows, with a value in a column for its neighbours to say anything.
FEWEST_ROWS = 30

#: Difference in nats, share of the larger estimate, and standard errors, within which two estimates agree: neighbours
#: are biased by a few hundredths of a nat, and see smooth links only. Arbitrary.
NATS_OF_DIFFERENCE = 0.05
SHARE_OF_DIFFERENCE = 0.2
ERRORS_OF_DIFFERENCE = 3


def check_by_neighbours(sample: Sample, target: str, names: Sequence[str], work: Work) -> Check:
    """Estimate the best columns once more, by another method and on the same rows."""
    records = [record for name in names[:MOST_COLUMNS] if (record := _compare(sample, name, target, work)) is not None]
    if not records:
        said = "No column has enough rows for an estimate by nearest neighbours."
        return Check("Nearest neighbours (KSG)", "not done", said)
    far = [record["column"] for record in records if not record["agrees"]]
    said = f"An independent method, on those of {len(sample.rows)} rows that have a value: "
    said += (
        f"{', '.join(far)}: the two differ by more than both methods' errors explain; look at the picture."
        if far
        else "both methods agree within their errors."
    )
    return Check("Nearest neighbours (KSG)", "look" if far else "fine", said, tuple(records))


def _compare(sample: Sample, name: str, target: str, work: Work) -> Record | None:
    """Both estimates, of the rows of the sample that have a value; None where these are too few."""
    rows = sample.frame[[name, target]].dropna()
    groups = take_groups(sample.groups, rows.index.to_numpy())
    if count_units(len(rows), groups) < FEWEST_ROWS or rows[name].nunique() < 2 or rows[target].nunique() < 2:
        return None
    x, y = (make_column(rows[column].reset_index(drop=True), column) for column in (name, target))
    is_discrete = [column.kind(None) != "continuous" for column in (x, y)]
    codes = [
        np.unique(column.values, return_inverse=True)[1].reshape(-1) if discrete else np.asarray(column.values, float)
        for column, discrete in zip((x, y), is_discrete, strict=True)
    ]
    estimate = mutual_info_classif if is_discrete[1] else mutual_info_regression
    ksg = float(estimate(codes[0][:, None], codes[1], discrete_features=[is_discrete[0]], random_state=work.seed)[0])
    found = rank_columns(rows[[name]], rows[target], groups=groups, **work.options).iloc[0]
    mi, se = float(found["mi"]), float(found["se"])
    allowed = NATS_OF_DIFFERENCE + SHARE_OF_DIFFERENCE * max(mi, ksg) + ERRORS_OF_DIFFERENCE * se
    return {
        "column": name,
        "rows": len(rows),
        "mi": float(convert(mi, work.unit)),
        "ksg": float(convert(ksg, work.unit)),
        "agrees": abs(mi - ksg) <= allowed,
    }
