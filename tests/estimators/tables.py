"""Tables that the tests of the estimator share, and fits of them."""

import numpy as np

from skmine import MutualInfoEstimator

FITTED = ("mi_", "mi_se_", "pvalue_", "held_out_mi_", "training_mi_")
SMALL = {"hidden_layer_sizes": (16, 16), "max_iter": 40}


def data(n=300, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, X[:, :2].sum(1) + rng.normal(size=n)  # 1/2 log 3 nats


def tables(n=300, seed=0):
    X, y = data(n, seed)
    return X, np.c_[y, np.random.default_rng(seed + 1).normal(size=n)]


def same_bits(one, other):
    return all(getattr(one, a) == getattr(other, a) for a in FITTED)


def fitted(X, y, **options):
    return MutualInfoEstimator(**{"random_state": 0, **options}).fit(X, y)
