"""skmine's selector with its defaults: joint, marginal and mRMR."""

import warnings

import numpy as np
import pandas as pd
from protocol import Data, serve_choices

from skmine import MINEFeatureSelector

warnings.simplefilter("ignore")


def choose(method: str, data: Data, seed: int) -> dict[str, object]:
    X = pd.DataFrame(data["X"]).rename(columns="x{}".format)
    labels = X.columns[np.broadcast_to(data["labels"], X.shape[1])]
    X[labels] = X[labels].astype("Int64").astype("category")
    wanted = int(data["wanted"]) if method == "mrmr" and data["wanted"] else "auto"
    selector = MINEFeatureSelector(method, n_features_to_select=wanted, random_state=seed).fit(X, data["y"])
    answer: dict[str, object] = {"chosen": np.flatnonzero(selector.support_).tolist()}
    if method == "joint":
        answer |= {"mi": selector.mi_, "se": selector.mi_se_}
    return answer


serve_choices(
    {
        "joint": lambda data, seed: choose("joint", data, seed),
        "marginal": lambda data, seed: choose("marginal", data, seed),
        "mRMR": lambda data, seed: choose("mrmr", data, seed),
    }
)
