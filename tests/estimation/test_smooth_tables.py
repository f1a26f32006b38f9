"""P-values of tables by low-degree functions of columns, pairs of columns and whole rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skmine import MutualInfoEstimator
from skmine.data.group import read_group
from skmine.data.source import Source
from skmine.estimation.smooth_tables import combine_with_smooth_tables


def combine(trained, x, y):
    return combine_with_smooth_tables(trained, read_group(Source(x)), read_group(Source(y)), np.arange(len(x)))


def draw_mixed(rng, n):
    return pd.DataFrame(
        {
            "label": rng.choice(list("abcd"), n, p=[0.6, 0.3, 0.09, 0.01]),
            "count": rng.poisson(0.5, n),
            "gap": np.where(rng.random(n) < 0.2, np.nan, rng.standard_cauchy(n)),
        }
    )


@pytest.mark.parametrize("n", [60, 300])
@pytest.mark.parametrize(("p", "q"), [(1, 3), (4, 4), (40, 1), ("mixed", 2)])
def test_independent_tables(n, p, q):
    rng = np.random.default_rng([n, q])
    found = []
    for _ in range(150):
        x = draw_mixed(rng, n) if p == "mixed" else rng.normal(size=(n, p))
        found.append(combine(rng.random(), x, rng.normal(size=(n, q))))
    # Fails only where the interval of the rate lies above 1.3 times the level.
    for level in (0.05, 0.01):
        low = stats.binomtest(int((np.array(found) < level).sum()), len(found)).proportion_ci(0.999).low
        assert low <= 1.3 * level


LINKS = {
    "a sum of columns": lambda x, noise: 0.5 * x.sum(1) / 2 + noise,
    "one column of four": lambda x, noise: 0.4 * x[:, 0] + noise,
    "a product": lambda x, noise: 0.5 * x[:, 0] * x[:, 1] + noise,
    "an XOR of signs": lambda x, noise: (x[:, 0] * x[:, 1] > noise).astype(float),
    "a radius": lambda x, noise: 0.4 * ((x**2).sum(1) - 4) / np.sqrt(8) + noise,
    "a spread": lambda x, noise: np.exp(0.5 * x.sum(1) / 2) * noise,
}


@pytest.mark.parametrize("name", LINKS)
def test_links_are_seen_where_no_critic_was_trained(name):
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(20):
        x = rng.normal(size=(300, 4))
        seen.append(combine(rng.random(), x, LINKS[name](x, rng.normal(size=300))[:, None]) < 0.01)
    assert np.mean(seen) >= 0.8


def test_what_the_trained_critic_sees_stays():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 300, 3))
    assert combine(1e-8, x, y) < 1e-7
    few = rng.normal(size=(2, 40, 3))
    assert combine(0.3, *few) == 0.3


def test_estimators_of_tables_see_a_weak_product():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = 0.4 * X[:, 0] * X[:, 1] + rng.normal(size=300)
    # A correlation of .37 between y and the product: -150 log(1 - .14) = 22 is a p-value of about 1e-10 of that alone.
    assert MutualInfoEstimator(random_state=0).fit(X, y).pvalue_ < 1e-4
    # Rows that come in groups are not independent: they leave the critic's own p-value.
    groups = np.arange(300) // 3
    assert 0 <= MutualInfoEstimator(random_state=0).fit(X, y, groups=groups).pvalue_ <= 1
