"""Column selection by scikit-learn, Boruta, mrmr_selection and LassoNet.

SelectKBest and mRMR need the number of columns. Where it is not given, five-fold cross-validation of
gradient boosting chooses it. Forests have 100 trees of depth 7 on at most 5,000 rows each, as
Boruta's authors advise; RFECV drops a fifth of the columns in each step.
"""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from boruta import BorutaPy
from lassonet import LassoNetClassifierCV, LassoNetRegressorCV
from mrmr import mrmr_classif, mrmr_regression
from protocol import Data, serve_choices
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import RFECV, SelectKBest, mutual_info_classif, mutual_info_regression
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")

#: Numbers of columns that cross-validation chooses among: all small ones, then steps of a fifth to a third.
SIZES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 64]

Order = Callable[[Data, int], list[int]]


def answer(chosen: list[int] | np.ndarray) -> dict[str, object]:
    return {"chosen": [int(j) for j in chosen]}


def choose_first(order: Order, data: Data, seed: int) -> dict[str, object]:
    """The first columns of an order, as many as are wanted or as cross-validation chooses."""
    X, y, classes, wanted = data["X"], data["y"], bool(data["classes"]), int(data["wanted"])
    columns = order(data, seed)
    if not wanted:
        model = (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(random_state=seed)
        sizes = sorted({min(k, X.shape[1]) for k in SIZES})
        wanted = max(sizes, key=lambda k: cross_val_score(model, X[:, columns[:k]], y, cv=5).mean())
    return answer(sorted(columns[:wanted]))


def order_by_mutual_information(data: Data, seed: int) -> list[int]:
    def score(X: np.ndarray, y: np.ndarray) -> np.ndarray:
        method = mutual_info_classif if data["classes"] else mutual_info_regression
        return method(X, y, discrete_features=bool(data["labels"]), random_state=seed)

    return list(np.argsort(-SelectKBest(score, k="all").fit(data["X"], data["y"]).scores_))


def order_by_mrmr(data: Data, seed: int) -> list[int]:
    frame = pd.DataFrame(data["X"]).rename(columns=str)
    method = mrmr_classif if data["classes"] else mrmr_regression
    found = method(X=frame, y=pd.Series(data["y"]), K=frame.shape[1], show_progress=False, n_jobs=1)
    found = [int(name) for name in found]
    return found + [j for j in range(frame.shape[1]) if j not in found]


def make_forest(data: Data, seed: int) -> RandomForestClassifier | RandomForestRegressor:
    return (RandomForestClassifier if data["classes"] else RandomForestRegressor)(
        100, max_depth=7, max_features="sqrt", max_samples=min(5_000, len(data["y"])), n_jobs=1, random_state=seed
    )


def choose_by_rfecv(data: Data, seed: int) -> dict[str, object]:
    found = RFECV(make_forest(data, seed), step=0.2, cv=5).fit(data["X"], data["y"])
    return answer(np.flatnonzero(found.support_))


def choose_by_boruta(data: Data, seed: int) -> dict[str, object]:
    found = BorutaPy(make_forest(data, seed), n_estimators=100, random_state=seed).fit(data["X"], data["y"])
    return answer(np.flatnonzero(found.support_))


def choose_by_lassonet(data: Data, seed: int) -> dict[str, object]:
    """Its own cross-validated path, on standardised columns (and target)."""
    X, y = StandardScaler().fit_transform(data["X"]).astype(np.float32), data["y"]
    if data["classes"]:
        model = LassoNetClassifierCV(cv=3, random_state=seed, torch_seed=seed)
    else:
        model = LassoNetRegressorCV(cv=3, random_state=seed, torch_seed=seed)
        y = ((y - y.mean()) / y.std()).astype(np.float32)
    model.fit(X, y)
    return answer(np.flatnonzero(model.best_selected_.numpy()))


serve_choices(
    {
        "SelectKBest": lambda data, seed: choose_first(order_by_mutual_information, data, seed),
        "mRMR": lambda data, seed: choose_first(order_by_mrmr, data, seed),
        "RFECV": choose_by_rfecv,
        "Boruta": choose_by_boruta,
        "LassoNet": choose_by_lassonet,
    }
)
