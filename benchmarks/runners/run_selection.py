"""Column selection by scikit-learn, Boruta, mrmr_selection and LassoNet.

Labels come as codes; where a value is missing, these methods get the column's median.

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
from protocol import Choose, Data, serve_choices
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import (
    RFECV,
    SelectFromModel,
    SelectKBest,
    mutual_info_classif,
    mutual_info_regression,
)
from sklearn.linear_model import LassoCV, LogisticRegressionCV
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

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
        return method(X, y, discrete_features=np.broadcast_to(data["labels"], X.shape[1]), random_state=seed)

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


def choose_by_forest(data: Data, seed: int) -> dict[str, object]:
    found = SelectFromModel(make_forest(data, seed)).fit(data["X"], data["y"])
    return answer(np.flatnonzero(found.get_support()))


def choose_by_lasso(data: Data, seed: int) -> dict[str, object]:
    """Columns of which the lasso keeps something, labels one-hot."""
    labels = np.broadcast_to(data["labels"], data["X"].shape[1])
    encoders = [OneHotEncoder(sparse_output=False) if flag else StandardScaler() for flag in labels]
    parts = [encoder.fit_transform(data["X"][:, [j]]) for j, encoder in enumerate(encoders)]
    of_column = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    if data["classes"]:
        model = LogisticRegressionCV(
            Cs=10, l1_ratios=(1,), solver="saga", cv=5, max_iter=300, use_legacy_attributes=False, random_state=seed
        )
    else:
        model = LassoCV(cv=5, random_state=seed)
    found = SelectFromModel(model, threshold=1e-5).fit(np.hstack(parts), data["y"])
    return answer(np.unique(of_column[found.get_support()]))


def fill_missing(data: Data) -> Data:
    """The same with medians where values are missing; codes that two labels' median would be are rounded down."""
    X = data["X"].astype(float)
    medians = np.nanmedian(X, axis=0)
    medians = np.where(np.broadcast_to(data["labels"], len(medians)), np.floor(medians), medians)
    return {**data, "X": np.where(np.isnan(X), medians, X)}


METHODS: dict[str, Choose] = {
    "SelectKBest": lambda data, seed: choose_first(order_by_mutual_information, data, seed),
    "mRMR": lambda data, seed: choose_first(order_by_mrmr, data, seed),
    "RFECV": choose_by_rfecv,
    "Boruta": choose_by_boruta,
    "forest": choose_by_forest,
    "lasso": choose_by_lasso,
    "LassoNet": choose_by_lassonet,
}
serve_choices(
    {name: lambda data, seed, choose=choose: choose(fill_missing(data), seed) for name, choose in METHODS.items()}
)
