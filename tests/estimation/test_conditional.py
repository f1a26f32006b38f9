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
