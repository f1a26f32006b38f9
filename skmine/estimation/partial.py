"""Columns less what others predict of them: what two share given a third is what is left of them.

Design notes. I(X; Y | Z) does not change where a function of Z is taken off X or Y. Of what is left Z knows little, so
that both terms of the chain rule are small, and so are their errors: with Z of a hundred columns, a critic of 500 rows
knows much less of Y by Z alone than with an X beside it that is a sum of them. Rows are predicted by models that did
not see them: linear ones first, for many columns are what networks find hard, and boosted trees where they see more.
Sums that were estimated with errors of their own on either side feign no dependence (Robinson 1988; Shah and Peters
2020).
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoLarsIC, RidgeCV
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from threadpoolctl import threadpool_limits

from skmine.data.column import Column
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation.bases.learned import FEWEST_ROWS as FEWEST_ROWS_OF_TREES
from skmine.estimation.bases.learned import NumberTrees, choose_tree_features, learn
from skmine.estimation.bases.views import VIEWS, Array, View, take_view

#: Folds of the rows, each of which models of the others predict.
FOLDS = 10

#: Rows below which nothing is predicted: only linear relations are looked for there anyway.
FEWEST_ROWS = 60

#: Share of a column's variance from which on it is taken off: arbitrary. Less of it networks learn as well.
LEAST_SHARE = 0.05

#: The share from which on a column is a copy, and what would be left is the models' own error.
MOST_SHARE = 1 - 1e-6

#: Largest inflation that is reckoned with.
MOST_INFLATION = 2.0

#: Rows for each column from which on few of these are looked for.
ROWS_PER_FEATURE_OF_FEW = 2

#: Penalties, in numbers of rows of standardised columns.
PENALTIES = np.logspace(-1, 4, 11)


@dataclass(frozen=True)
class Partialled:
    """What is left of the columns of a group.

    Attributes
    ----------
    group : ColumnGroup
    inflation : float
        Times as much as the noise alone, the variance of what is left, errors of the models included: that of the
        column of which it is most. Half of the rows have twice the errors, which shows them.
    """

    group: ColumnGroup
    inflation: float = 1.0


def partial_out(group: ColumnGroup, given: ColumnGroup, groups: NDArray[np.int64] | None) -> Partialled:
    """The columns of a group less what models predict of them by other columns.

    Parameters
    ----------
    group, given : ColumnGroup
        Columns that are not continuous, or hardly predicted, stay as they are.
    groups : ndarray of shape (n,) or None
        Linear models predict rows of groups that they did not see; of fewer groups than folds nothing is predicted.
    """
    given = given.only(given.find_varying())
    if group.n_rows < FEWEST_ROWS or not len(given):
        return Partialled(group)
    known = fit_features(given).transform_both(given.columns)
    left = [
        _take_off(column, known, groups) if column.kind(flag) == "continuous" else (column, 1.0)
        for column, flag in zip(group.columns, group.flags, strict=True)
    ]
    columns, inflations = zip(*left, strict=True)
    return Partialled(replace(group, columns=list(columns)), max(inflations))


def _take_off(column: Column, known: Array, groups: NDArray[np.int64] | None) -> tuple[Column, float]:
    """A column less what is predicted of it, as normal scores or on its own scale: what is predicted better.

    Also how many times as much as the noise alone that varies.
    """
    own = fit_features(ColumnGroup([column], [False])).transform_both([column])
    present = ~column.missing
    of_groups = None if groups is None else groups[present]
    if not _is_predictable(int(present.sum()), of_groups):
        return column, 1.0
    best, found = LEAST_SHARE, None
    for view, target in zip(VIEWS, np.split(own, 2, axis=1), strict=True):
        values = target[present, 0].astype(np.float64)
        left = _predict_what_is_left(known[present], view, values, of_groups)
        share = 1 - float(left.var() / max(values.var(), 1e-300))
        if share > MOST_SHARE:
            return column, 1.0
        if share > best:
            best, found = share, (view, values, left)
    if found is None:
        return column, 1.0
    view, values, left = found
    out = np.full(len(present), np.nan)
    out[present] = left
    return Column(column.name, out), _measure_inflation(known[present], view, values, of_groups, left)


def _is_predictable(n_rows: int, groups: NDArray[np.int64] | None) -> bool:
    """Whether there are rows enough for models, and groups of rows for their folds."""
    return n_rows >= FEWEST_ROWS and (groups is None or len(np.unique(groups)) >= FOLDS)


def _measure_inflation(
    known: Array,
    view: View,
    values: NDArray[np.float64],
    groups: NDArray[np.int64] | None,
    left: NDArray[np.float64],
) -> float:
    """How many times as much as the noise alone what is left varies, from models of half of the rows."""
    half = np.arange(len(values)) % 2 == 0 if groups is None else groups % 2 == 0
    of_groups = None if groups is None else groups[half]
    if not _is_predictable(int(half.sum()), of_groups):
        return MOST_INFLATION
    of_half = _predict_what_is_left(known[half], view, values[half], of_groups)
    errors = float(of_half.var() - left[half].var()) / max(float(left.var()), 1e-300)
    return float(np.clip(1 / (1 - min(errors, 1 - 1 / MOST_INFLATION)), 1.0, MOST_INFLATION))


def _predict_what_is_left(
    known: Array, view: View, values: NDArray[np.float64], groups: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """Values (n,) less what a linear model predicts, and of that less what trees do, where they see more."""
    splitter = KFold(FOLDS) if groups is None else GroupKFold(FOLDS)
    features = take_view(known, view).astype(np.float64)
    models: list[Any] = [RidgeCV(PENALTIES)]
    if len(values) >= ROWS_PER_FEATURE_OF_FEW * features.shape[1]:
        models.append(LassoLarsIC("bic"))  # few columns of many say all: the others would only add noise
    # What is an exact function of what is known leaves no noise, of which the criterion takes the logarithm.
    with threadpool_limits(1), warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)  # a path that ends early is one candidate among others
        each = [values - cross_val_predict(model, features, values, cv=splitter, groups=groups) for model in models]
    left = min([values - values.mean(), *each], key=np.var)
    if len(left) < FEWEST_ROWS_OF_TREES:
        return left
    read = choose_tree_features(known, left[:, None].astype(np.float32), ())
    rows = np.arange(len(left))
    less = left - learn(NumberTrees(), read, known, left, rows).predict(known, rows)[:, 0]
    return less if less.var() < (1 - LEAST_SHARE) * left.var() else left
