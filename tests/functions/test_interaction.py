"""co_information and information_table: laws whose redundancy or synergy is known, and what a table's columns are."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from skmine import co_information, information_table, mutual_info
from skmine.exceptions import FewRowsWarning, PooledLevelsWarning

#: Steps of training: enough for the laws here.
STEPS = {"max_iter": 200, "random_state": 0}


def flip(rng, bits, p):
    return np.where(rng.random(len(bits)) < p, 1 - bits, bits)


def binary_entropy(p):
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def draw_xor(rng, n):
    """Neither says anything alone."""
    x, z = rng.integers(0, 2, (2, n))
    return x, flip(rng, x ^ z, 0.1), z, binary_entropy(0.1) - math.log(2)


def draw_copy(rng, n):
    """Given a copy of x there is nothing left."""
    x = rng.integers(0, 2, n)
    return x, flip(rng, x, 0.1), x, math.log(2) - binary_entropy(0.1)


def draw_collider(rng, n):
    """X and y are independent; their sum with noise ties them: correlation -1/2 given z."""
    x, y = rng.normal(size=(2, n))
    return x, y, x + y + rng.normal(size=n), 0.5 * math.log(1 - 0.25)


def draw_normal(rng, n):
    """X, z = x + e and y = x + z + e': 1/2 log 3 alone (correlation^2 of 2/3), and 1/2 log 3/2 given z."""
    x = rng.normal(size=n)
    z = x + rng.normal(size=n)
    return x, x + z + rng.normal(size=n), z, 0.5 * math.log(3) - 0.5 * math.log(1.5)


@pytest.mark.parametrize("draw", [draw_xor, draw_copy, draw_collider, draw_normal])
def test_laws_whose_co_information_is_known(draw):
    x, y, z, truth = draw(np.random.default_rng(1), 800)
    found = co_information(x, y, z, **STEPS)
    # Three standard errors of the rows, and .02 that critics of 800 rows may miss.
    assert found.co_information == pytest.approx(truth, abs=3 * found.se + 0.02)
    low, high = found.confidence_interval(0.999)
    assert low < truth < high
    assert found.pvalue < 0.001
    assert found.co_information == pytest.approx(found.mi - found.mi_given)
    alone = mutual_info(x, y, **STEPS)
    assert found.mi == alone.mi


def test_independent_sides_have_none():
    x, y, z = np.random.default_rng(0).normal(size=(3, 500))
    found = co_information(x, y, z, **STEPS)
    low, high = found.confidence_interval()
    assert low <= 0 <= high
    assert found.pvalue > 0.01


def test_answers_come_in_bits_and_say_what_they_are():
    x, y, z, _ = draw_xor(np.random.default_rng(0), 400)
    nats = co_information(x, y, z, **STEPS)
    bits = co_information(x, y, z, unit="bits", **STEPS)
    assert bits.co_information == pytest.approx(nats.co_information / math.log(2))
    assert bits.confidence_interval() == pytest.approx([end / math.log(2) for end in nats.confidence_interval()])
    assert nats.convert("bits") == bits
    assert str(bits).startswith(f"{bits.co_information:+.4f} bits (s.e. {bits.se:.4f}, 95 % interval ")
    assert "given z" in bits._repr_html_()
    assert repr(bits) == f"<CoInformation: {bits}>"


def test_so_few_rows_that_no_network_is_trained_say_so_and_reach_far():
    x, y, z = np.random.default_rng(0).normal(size=(3, 30))
    with pytest.warns(FewRowsWarning, match="With 30 rows only linear relations"):
        found = co_information(x, y, z, **STEPS)
    # Of the second term nothing up to log 30 can be excluded.
    assert found.confidence_interval()[0] == -math.log(30)
    assert found.warnings
    with pytest.warns(FewRowsWarning, match="Pair 'x0' and 'x1' .and 2 more pairs.: With 30 rows"):
        information_table(np.c_[x, z, x**2], y, **STEPS)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 600))
    X = pd.DataFrame({"a": a, "noise": rng.normal(size=600), "b": b, "copy": a})
    return X, a ^ b, information_table(X, a ^ b, **STEPS)


def test_a_table_has_a_row_per_pair_and_its_identities(table):
    _, _, found = table
    assert len(found) == 6
    assert found.attrs["unit"] == "nats"
    assert found["mi_together"].is_monotonic_decreasing
    alone, together = found[["mi_first", "mi_second"]], found["mi_together"]
    np.testing.assert_allclose(found["co_information"], alone.sum(axis=1) - together)
    np.testing.assert_allclose(found["redundancy_mmi"], alone.min(axis=1))
    np.testing.assert_allclose(found["synergy_mmi"], together - alone.max(axis=1))
    np.testing.assert_allclose(found["redundancy_mmi"] - found["synergy_mmi"], found["co_information"])
    assert (found["qvalue"] >= found["pvalue"]).all()


def test_pairs_that_say_all_together_are_on_top(table):
    _, _, found = table
    pairs = [frozenset(pair) for pair in found[["first", "second"]].itertuples(index=False)]
    assert set(pairs[:2]) == {frozenset("ab"), frozenset(["b", "copy"])}
    top, rest = found.iloc[:2], found.iloc[2:]
    # log 2, which is what a discrete target holds at most: .05 that critics of 600 rows may miss.
    assert (top["synergy_mmi"] > math.log(2) - 0.05).all()
    assert (top["mi_together"] < math.log(2) + 3 * top["se"]).all()
    assert (rest["co_information"].abs() < 0.02).all()
    assert (rest["qvalue"] > 0.01).all()


def test_workers_subsets_and_units_give_the_same_numbers(table):
    X, y, found = table
    again = information_table(X, y, columns=["b", "a"], n_jobs=2, unit="bits", **STEPS)
    assert again.attrs["unit"] == "bits"
    row = again.iloc[0]
    assert (row["first"], row["second"]) == ("b", "a")
    ours = found[(found["first"] == "a") & (found["second"] == "b")].iloc[0]
    assert row["mi_together"] == pytest.approx(ours["mi_together"] / math.log(2), rel=1e-12)
    assert row["pvalue"] == ours["pvalue"]


def test_progress_counts_pairs():
    rng = np.random.default_rng(0)
    seen = []
    information_table(rng.normal(size=(60, 3)), rng.normal(size=60), progress=lambda *of: seen.append(of), **STEPS)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_pooled_labels_and_identifiers_are_named_once():
    rng = np.random.default_rng(0)
    many = pd.Series([f"label {k}" for k in rng.integers(0, 150, 600)])
    y = rng.integers(0, 2, 600)
    for ask in (
        lambda: co_information(pd.DataFrame({"many": many}), y, rng.normal(size=600), **STEPS),
        lambda: information_table(pd.DataFrame({"many": many, "x": rng.normal(size=600)}), y, **STEPS),
    ):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            ask()
        pooled = [str(one.message) for one in said if one.category is PooledLevelsWarning]
        assert len(pooled) == 1
        assert "'many'" in pooled[0]


def test_pairs_need_two_columns():
    X, y = np.random.default_rng(0).normal(size=(50, 2)), np.arange(50)
    with pytest.raises(ValueError, match="columns must name at least two columns, to be looked at together, got 1"):
        information_table(X, y, columns=[0])
    with pytest.raises(ValueError, match="columns names 'u'"):
        information_table(pd.DataFrame(X, columns=["a", "b"]), y, columns=["a", "u"])
    with pytest.raises(ValueError, match="at least two columns"):
        information_table(X[:, :1], y)
