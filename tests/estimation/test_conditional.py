"""What two tables share given a third: the difference of two terms."""

from types import SimpleNamespace

import numpy as np
import pytest

from skmine import mutual_info
from skmine.data.group import read_group
from skmine.data.source import Source
from skmine.estimation import conditional
from skmine.estimation.critic import Estimate
from skmine.estimation.evidence import Evidence
from skmine.estimation.folds import Fold
from skmine.estimation.plan import Plan


def test_what_is_given_explains_no_less_than_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    x, y, z = (read_group(Source(rng.normal(size=(50, k)))) for k in (1, 2, 2))

    def say(first, second, *others, **parameters):
        # A critic that learnt noise of z alone scores below zero on held-out rows.
        held_out = 0.01 if len(first) + len(second) == 5 else -0.04
        evidence = Evidence(held_out=held_out, training=0.1, se=0.01, pvalue=0.5)
        return SimpleNamespace(estimate=Estimate("pair", held_out, evidence, rng.normal(size=50)))

    monkeypatch.setattr(conditional, "estimate", say)
    rows = np.arange(50)
    plan = Plan([Fold(rows[25:], rows[:25], ()), Fold(rows[:25], rows[25:], ())])
    found = conditional.estimate_conditional(x, y, z, SimpleNamespace(plan=plan), critic="pair")
    assert found.mi == pytest.approx(0.01)
    assert found.evidence.held_out == pytest.approx(0.01)


def test_what_two_columns_share_whatever_z_is_counts_where_it_is_more(monkeypatch):
    # I(X; Y | Z) >= I(X; Y) - I(Z; Y), by the chain rule.
    rng = np.random.default_rng(1)
    x, y, z = (read_group(Source(rng.normal(size=(50, k)))) for k in (1, 1, 3))
    projection = rng.normal(size=(2, 50))
    terms = conditional._Terms(np.array([0.05, 0.02]), np.array([0.04, 0.02]), np.array([0.06, 0.03]), projection)
    monkeypatch.setattr(conditional, "_is_for_one_network", lambda *groups: True)
    monkeypatch.setattr(conditional, "_price_terms", lambda *arguments: terms)
    rows = np.arange(50)
    plan = Plan([Fold(rows[25:], rows[:25], ()), Fold(rows[:25], rows[25:], ())])

    def estimate_if_they_share(shared):
        evidence = Evidence(held_out=shared, training=shared, se=0.01, pvalue=1e-9)
        found = SimpleNamespace(estimate=Estimate("pair", shared, evidence, projection[0]))
        monkeypatch.setattr(conditional, "estimate", lambda *groups, **parameters: found)
        return conditional.estimate_conditional(x, y, z, SimpleNamespace(plan=plan))

    more, less = estimate_if_they_share(0.12), estimate_if_they_share(0.01)
    assert more.mi == pytest.approx(0.12 - 0.02)
    assert less.mi == pytest.approx(0.05 - 0.02)
    # A confounder makes columns share something, too, so that the p-value stays that of the terms.
    assert more.evidence.pvalue == pytest.approx(less.evidence.pvalue, rel=1e-3)


@pytest.mark.slow
def test_curved_confounders_feign_no_link():
    # The networks of z alone score -.025 here, those of both tables -.009; their difference is no information.
    rng = np.random.default_rng([1000, 5, 1, 10])
    z, own, noise = rng.normal(size=(1000, 5)), rng.normal(size=1000), rng.normal(size=1000)
    confounder = z[:, :2].sum(1) / np.sqrt(2)
    found = mutual_info(np.sin(2 * confounder) + own, confounder**2 + noise, z, random_state=10)
    assert found.pvalue > 0.05  # of a true null
    low, high = found.confidence_interval()
    assert low <= 0 < high
