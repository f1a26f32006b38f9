"""Estimates beyond normal tables: edges, products, heavy tails, few rows, and what warnings say."""

import warnings

import numpy as np
import pytest
from scipy import stats

from skmine import MutualInfoEstimator
from skmine.exceptions import FewRowsWarning, FittingWarning, TrainingCutWarning
from skmine.synthetic import (
    correlated_gaussians_with_mi,
    draw_columns,
    encoded,
    labels,
    noisy_target,
    rotated,
    student_dense,
    wild_rows,
)

NORMAL = draw_columns(3)
EDGES = {
    "signs": lambda x: x[:, 0] * x[:, 2] > 0,
    "threshold": lambda x: x[:, 1] > 0.5,
    "corner": lambda x: (x[:, 0] > 0) & (x[:, 1] < 0.7),
    "ring": lambda x: np.abs(np.hypot(x[:, 0], x[:, 1]) - 1.3) < 0.5,
    "diagonal": lambda x: x[:, 0] + x[:, 2] > 0.3,
}


def fit(sampler, n, seed=0):
    return MutualInfoEstimator(random_state=seed).fit(*sampler.draw(np.random.default_rng(seed), n))


@pytest.mark.parametrize("name", ["ring", *(pytest.param(n, marks=pytest.mark.slow) for n in EDGES if n != "ring")])
def test_labels_with_edges_are_read_to_the_entropy(name):
    law = labels(name, NORMAL, lambda x: EDGES[name](x).astype(int))
    found = fit(law, 3_000)
    # An edge costs a few rows on either side of it; the label's own share is uncertain by .009 nats at most.
    assert found.mi_ == pytest.approx(law.mi, abs=0.03 + 0.009)
    assert found.lower_bound() <= law.mi


@pytest.mark.parametrize(
    "law",
    [
        noisy_target("product", draw_columns(3, stats.t(3)), lambda x: x[:, 0] * x[:, 2]),
        pytest.param(rotated(student_dense(4, 0.4, 2)), marks=pytest.mark.slow),
        pytest.param(wild_rows([0.8, 0.7, 0.6], 0.15, 4.0), marks=pytest.mark.slow),
        pytest.param(encoded(correlated_gaussians_with_mi(2, 1.2), 60), marks=pytest.mark.slow),
    ],
    ids=["product", "Student", "wild rows", "encoded"],
)
def test_products_tails_and_wide_tables_are_in_the_interval(law):
    low, high = fit(law, 2_000).confidence_interval(0.99)
    assert low <= law.mi <= high
    assert high - low < 0.4 * law.mi  # and that says something


@pytest.mark.parametrize("n", [10, 16, 32, 50])
def test_few_rows_say_so_and_exclude_little(n):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, 2))
    y = X[:, 0] + 0.3 * rng.normal(size=n)  # 1/2 log(1 + 1 / .09) = 1.247 nats
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FittingWarning)
        with pytest.warns(FewRowsWarning, match=f"With {n} rows only linear relations"):
            found = MutualInfoEstimator(random_state=0).fit(X, y)
    low, high = found.confidence_interval()
    assert low <= 1.247 <= high
    assert high > low
    if n >= 32:
        assert found.pvalue_ < 0.01
        assert found.mi_ > 0.5


def test_training_that_is_cut_says_so():
    x, y = np.random.default_rng(0).normal(size=(2, 3_000, 3))
    y += 3 * x  # easy, and at step 30, where the learning rate falls, not yet learned
    with pytest.warns(TrainingCutWarning, match="Training ended at max_iter=100 steps while validation scores still"):
        MutualInfoEstimator(max_iter=100, base=None, cv=[(np.arange(2_000), np.arange(2_000, 3_000))]).fit(x, y)


def test_a_large_gap_says_so():
    law = correlated_gaussians_with_mi(40, 3.0)
    with pytest.warns(FittingWarning, match="there are too few rows for what is between the tables"):
        found = fit(law, 300)
    assert found.lower_bound() <= law.mi
