"""Embedded example tables: data that ships inside packages, nothing is downloaded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn import datasets

from skmine.data.naming import suggest_name


@dataclass(frozen=True)
class Example:
    """A real table, the column to explain, and where it comes from."""

    frame: pd.DataFrame
    target: str
    description: str


@dataclass(frozen=True)
class _Recipe:
    """How a data set of scikit-learn becomes an example."""

    load: Callable[..., Any]
    target: str
    description: str
    labels: bool = False


#: Data sets that ship with scikit-learn.
RECIPES = {
    "diabetes": _Recipe(
        lambda: datasets.load_diabetes(as_frame=True, scaled=False),
        "progression",
        "diabetes (442 patients, Efron et al. 2004, ships with scikit-learn)",
    ),
    "iris": _Recipe(
        lambda: datasets.load_iris(as_frame=True),
        "species",
        "iris (150 flowers, Fisher 1936, ships with scikit-learn)",
        labels=True,
    ),
    "wine": _Recipe(
        lambda: datasets.load_wine(as_frame=True),
        "cultivar",
        "wine (178 wines, Forina et al. 1991, ships with scikit-learn)",
        labels=True,
    ),
    "breast_cancer": _Recipe(
        lambda: datasets.load_breast_cancer(as_frame=True),
        "diagnosis",
        "breast cancer (569 tumours, Street et al. 1993, ships with scikit-learn)",
        labels=True,
    ),
    "digits": _Recipe(
        lambda: datasets.load_digits(as_frame=True),
        "digit",
        "digits (1797 images of 8 x 8, Alpaydin and Kaynak 1998, ships with scikit-learn)",
    ),
    "linnerud": _Recipe(
        lambda: datasets.load_linnerud(as_frame=True),
        "Weight",
        "Linnerud (20 men, three exercises and three measurements, ships with scikit-learn)",
    ),
}


def load_example(name: str = "diabetes") -> Example:
    """A data set by its name.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no data set {name!r}; {suggest_name(name, list(RECIPES))}")
    recipe = RECIPES[name]
    bunch = recipe.load()
    frame = bunch.frame.rename(columns={"target": recipe.target})
    if recipe.labels:
        frame[recipe.target] = [str(bunch.target_names[number]) for number in frame[recipe.target]]
    return Example(frame, recipe.target, recipe.description)
