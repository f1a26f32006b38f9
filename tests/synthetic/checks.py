"""A truth's second way: the mean log density ratio of a law's own rows."""

import numpy as np

N = 200_000


def rows(sampler, seed=0, n=N):
    return sampler.draw(np.random.default_rng(seed), n)


def assert_mean_is(log_ratio, mi):
    assert abs(log_ratio.mean() - mi) < 4 * log_ratio.std() / np.sqrt(len(log_ratio))
