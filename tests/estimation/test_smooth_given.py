"""What Z leaves of low-degree functions: tests of many columns given others."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from skmine.data.group import read_group
from skmine.data.source import Source
from skmine.estimation.smooth_given import SmoothCondition
from tests.rates import bound_rate


def make_group(values):
    return read_group(Source(pd.DataFrame(values)), "auto")


def look(X, y, Z, groups=None):
    """Tests of every column of X."""
    condition = SmoothCondition.prepare(make_group(np.c_[y]), make_group(Z), groups)
    return condition.test([make_group(X[:, [j]]) for j in range(X.shape[1])])


@pytest.mark.parametrize(
    "confound",
    [
        lambda z, noise: z[:, [0]] + noise,
        lambda z, noise: z[:, [0]] ** 2 + noise,
        lambda z, noise: np.exp(z[:, [0]]) * noise,
        lambda z, noise: (z[:, [0]] + noise > 0) + 0.0,
    ],
    ids=["line", "square", "spread", "label"],
)
def test_what_z_explains_is_found_as_often_as_chance_says(confound):
    rng = np.random.default_rng(0)
    z, noise = rng.normal(size=(1000, 1)), rng.normal(size=(1000, 151))
    X = confound(z, noise)
    pvalues = np.array([one.evidence.pvalue for one in look(X[:, 1:], X[:, 0], z)])
    assert (pvalues < 0.05).mean() < bound_rate(0.05, 150)
    assert (pvalues > 0.5).mean() > 0.3  # nor are they small all together


def test_an_estimate_of_a_weak_link_is_its_information():
    # Given z, the pair has a correlation of .2: -log(1 - .04) / 2 = .0204 nats; of noise it is 0 on average.
    rng = np.random.default_rng(1)
    z, x = rng.normal(size=(2, 4000))
    y = z + 0.2 * x + np.sqrt(1 - 0.04) * rng.normal(size=4000)
    found = look(np.c_[x + z, rng.normal(size=(4000, 40))], y, z[:, None])
    truth = -np.log1p(-0.04) / 2
    assert found[0].mi == pytest.approx(truth, abs=4 * found[0].evidence.se)
    assert found[0].evidence.se < truth / 3
    assert found[0].evidence.pvalue < 1e-6
    noise = np.array([one.mi for one in found[1:]])
    errors = np.array([one.evidence.se for one in found[1:]])
    assert abs(noise.mean()) < 4 * np.sqrt(np.mean(errors**2) / len(noise))


def test_links_that_depend_on_z_or_bend_are_seen():
    rng = np.random.default_rng(2)
    z, X = rng.normal(size=(1500, 2)), rng.normal(size=(1500, 5))
    y = X[:, 0] * z[:, 0] + X[:, 1] ** 2 + X[:, 2] * (z[:, 1] ** 2 - 1) + rng.normal(size=1500)
    pvalues = [one.evidence.pvalue for one in look(X, y, z)]
    assert max(pvalues[:3]) < 1e-4
    assert min(pvalues[3:]) > 1e-3


@pytest.mark.parametrize(("n", "n_blocks"), [(500, 45), (1000, 100)])
def test_few_blocks_of_series_are_told_by_students_law(n, n_blocks):
    rng = np.random.default_rng(7)
    series = lfilter([1], [1, -0.5], rng.normal(size=(n + 100, 161)), axis=0)[100:]
    blocks = np.arange(n - 1) * n_blocks // (n - 1)
    X, y, z = series[:-1, 1:], series[1:, 0], series[:-1, [0]]
    tests = look(X, y, z, blocks)
    pvalues = np.array([one.evidence.pvalue for one in tests])
    sure = np.array([1.0 if one.sure_pvalue is None else one.sure_pvalue for one in tests])
    assert (pvalues < 0.05).mean() < bound_rate(0.05, 160)
    assert (sure < 0.05).mean() < bound_rate(0.05, 160)
    linked = SmoothCondition.prepare(make_group((y + 0.5 * X[:, 0])[:, None]), make_group(z), blocks)
    assert linked.combine(1.0, make_group(X[:, [0]])) < 1e-3  # a correlation of .4


@pytest.mark.parametrize(
    ("n_columns", "confound"),
    [(1, np.square), (3, lambda z: np.sin(3 * z)), (3, np.floor), (10, lambda z: z)],
    ids=["square", "wave", "steps", "line"],
)
@pytest.mark.parametrize("strength", [0.3, 1.0, 3.0])
def test_errors_of_means_do_not_pass_for_links_that_are_sure(n_columns, confound, strength):
    rng = np.random.default_rng(5)
    z, noise = rng.normal(size=(1000, n_columns)), rng.normal(size=(1000, 61))
    shared = confound(z.sum(1) / np.sqrt(n_columns))
    X = strength * (shared / shared.std())[:, None] + noise
    tests = look(X[:, 1:], X[:, 0], z)
    pvalues = np.array([1.0 if one.sure_pvalue is None else one.sure_pvalue for one in tests])
    assert (pvalues < 0.05).mean() < bound_rate(0.05, 60)


def test_a_weak_link_is_sure_where_z_says_nothing_of_one_side():
    # Given z, x and y have a correlation of .2, 9 standard errors of 2,000 rows. At most 2 are taken off, and what
    # z says of the ranks of y is not learnt to the last.
    rng = np.random.default_rng(6)
    z, (x, noise) = rng.normal(size=(2000, 3)), rng.normal(size=(2, 2000))
    y = 3 * z[:, 0] + 0.2 * x + np.sqrt(1 - 0.04) * noise
    condition = SmoothCondition.prepare(make_group(y[:, None]), make_group(z), None)
    assert condition.combine(1.0, make_group(x[:, None])) < 1e-3
    assert condition.combine(1.0, make_group(noise[::-1, None])) > 0.01
    # Where it says nearly all of both, the trained p-value stands alone.
    assert condition.combine(0.3, make_group((3 * z[:, 0] + x)[:, None])) == 0.3


def test_rows_of_a_group_are_one_observation():
    # All three columns are the same in the ten rows of a group, and independent otherwise.
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(150), 10)
    X, y, z = (rng.normal(size=(150, k))[groups] for k in (100, 1, 1))
    by_groups = np.array([one.evidence.pvalue for one in look(X, y[:, 0], z, groups)])
    by_rows = np.array([one.evidence.pvalue for one in look(X, y[:, 0], z)])
    assert (by_groups < 0.05).mean() < bound_rate(0.05, 100)
    assert (by_rows < 0.05).mean() > 0.5


def test_few_rows_or_many_columns_are_not_looked_at():
    rng = np.random.default_rng(4)
    y = make_group(rng.normal(size=(200, 1)))
    assert SmoothCondition.prepare(y, make_group(rng.normal(size=(200, 8))), None) is not None
    assert SmoothCondition.prepare(y, make_group(rng.normal(size=(200, 9))), None) is None  # 25 rows for each
    assert SmoothCondition.prepare(y, make_group(rng.normal(size=(200, 1))), np.arange(200) // 6) is None  # 34 groups
    assert SmoothCondition.prepare(y, make_group(np.ones((200, 1))), None) is None
