"""P-values look at tested rows only: columns that were chosen on the others are no evidence there."""

import numpy as np
import pytest

from skmine import MINEFeatureSelector, MutualInfoEstimator

ROWS, COLUMNS, SEEDS = 600, 400, 12

#: Most of twelve p-values below .05 by chance: more have a probability of .0002.
MOST_BELOW = 4


def draw(seed, n_chosen, labels):
    """The columns of noise that say most on the first half of the rows, and folds that test the second."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=ROWS)
    if labels:
        y = (y > 1.8).astype(float)  # rare: an exact test
        X = (X > 1.3).astype(float)
    train, test = np.arange(ROWS // 2), np.arange(ROWS // 2, ROWS)
    best = np.argsort(-np.abs((y[train] - y[train].mean()) @ X[train]))[:n_chosen]
    return X[:, best], y, [(train, test)]


@pytest.mark.filterwarnings("ignore::skmine.exceptions.FittingWarning")
@pytest.mark.parametrize(("n_chosen", "labels"), [(1, False), (1, True), (6, False)])
@pytest.mark.parametrize("grouped", [False, True])
def test_columns_chosen_on_training_rows_are_no_evidence(n_chosen, labels, grouped):
    below = 0
    for seed in range(SEEDS):
        X, y, split = draw(seed, n_chosen, labels)
        estimator = MutualInfoEstimator(cv=split, max_iter=60, base=None, random_state=0)
        groups = np.arange(ROWS) // 2 if grouped else None  # pairs of rows: none stands on both sides
        below += estimator.fit(X, y, groups=groups).pvalue_ < 0.05
    assert below <= MOST_BELOW


def test_the_best_of_many_columns_of_noise_are_not_kept():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 1000)), rng.integers(0, 2, 1000)  # 38 of the 64 best were kept
    selector = MINEFeatureSelector("joint", max_iter=200, random_state=0).fit(X, y)
    assert not selector.support_.any()
