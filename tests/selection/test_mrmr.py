"""Relevance less redundancy, on what relevance was measured with."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from skmine import MINEFeatureSelector
from skmine.selection import mrmr


def find_kept(selector):
    return selector.get_support(indices=True).tolist()


@pytest.fixture
def overlapping():
    """Columns 0 and 1 say different things of y; column 4 is a noisy copy of column 0."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 4))
    y = 2 * X[:, 0] + X[:, 1] + 0.3 * rng.normal(size=2000)
    return np.c_[X, X[:, 0] + 0.3 * rng.normal(size=2000)], y


def test_mrmr_takes_what_the_others_do_not_say(overlapping):
    # By relevance alone the copy would come second.
    two = {"n_features_to_select": 2, "random_state": 0}
    assert find_kept(MINEFeatureSelector("marginal", **two).fit(*overlapping)) == [0, 4]
    assert find_kept(MINEFeatureSelector("mrmr", **two).fit(*overlapping)) == [0, 1]
    assert find_kept(MINEFeatureSelector("mrmr", random_state=0).fit(*overlapping)) in ([0, 1], [0, 1, 4])  # no noise
    assert find_kept(MINEFeatureSelector("mrmr", always_keep=[3], **two).fit(*overlapping)) == [0, 3]


def test_it_takes_the_splitters_and_targets_that_marginal_takes(overlapping):
    X, y = overlapping
    targets = np.c_[y > 0, X[:, 1] > 0]
    for method in ("marginal", "mrmr"):
        selector = MINEFeatureSelector(method, cv=StratifiedKFold(3), random_state=0).fit(X, targets)
        assert {0, 1} <= set(find_kept(selector))


def test_redundancy_is_measured_on_the_folds_of_relevance(overlapping, monkeypatch):
    plans = []
    for name in ("score_marginally", "add_by_relevance"):
        original = getattr(mrmr, name)

        def record(*args, _original=original, **options):
            found = _original(*args, **options)
            plans.append(args[2] if isinstance(found, list) else found.plan)
            return found

        monkeypatch.setattr(mrmr, name, record)
    # A generator moves on: whoever draws folds from it twice gets others.
    MINEFeatureSelector("mrmr", random_state=np.random.RandomState(0)).fit(*overlapping)
    relevance, redundancy = plans
    assert len(relevance.folds) == len(redundancy.folds) == 3
    for one, other in zip(relevance.folds, redundancy.folds, strict=True):
        assert np.array_equal(one.train, other.train)
        assert np.array_equal(one.test, other.test)


def test_it_goes_on_while_the_set_gains():
    # Twenty columns that overlap: redundancy exceeds relevance after one, but together they know the four latents.
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(2000, 4))
    X = latents @ rng.normal(size=(4, 20)) + 0.7 * rng.normal(size=(2000, 20))
    y = latents.sum(1) + 0.5 * rng.normal(size=2000) > 0
    kept = find_kept(MINEFeatureSelector("mrmr", random_state=0).fit(X[:1500], y[:1500]))
    everything = LogisticRegression().fit(X[:1500], y[:1500]).score(X[1500:], y[1500:])
    # 500 test rows have a standard error of .014.
    assert LogisticRegression().fit(X[:1500, kept], y[:1500]).score(X[1500:, kept], y[1500:]) > everything - 0.028
    few = find_kept(MINEFeatureSelector("mrmr", tolerance=0.5, random_state=0).fit(X[:1500], y[:1500]))
    assert len(few) < len(kept)
