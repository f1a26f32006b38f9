"""Embedded example tables: data that ships inside packages, nothing is downloaded."""

from dataclasses import dataclass

import pandas as pd
from sklearn.datasets import load_diabetes


@dataclass(frozen=True)
class Example:
    """A real table, the column to explain, and where it comes from."""

    frame: pd.DataFrame
    target: str
    description: str


def load_example() -> Example:
    """The diabetes study of Efron et al. (2004): 442 patients, 10 measurements, one year's progress."""
    frame = load_diabetes(as_frame=True, scaled=False).frame
    return Example(
        frame.rename(columns={"target": "progression"}),
        "progression",
        "diabetes (442 patients, Efron et al. 2004, ships with scikit-learn)",
    )
