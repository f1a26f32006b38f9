"""Columns of many levels: what has a node of its own loses nothing."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from skmine import mutual_info, rank_columns
from skmine.data.coding import fit_coding, has_node_per_value, measure_pooled
from skmine.data.column import make_column
from skmine.exceptions import PooledLevelsWarning


def draw_levels(n_levels, n, seed):
    """A level of each row, a 0/1 target whose odds hang on the level, and I(level; target) of the drawn law in nats."""
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-1.5 * rng.normal(size=n_levels)))
    level = rng.integers(0, n_levels, n)

    def entropy(p):
        return -(p * np.log(p) + (1 - p) * np.log1p(-p))

    return level, (rng.random(n) < p[level]).astype(int), entropy(p.mean()) - entropy(p).mean()


def name_levels(levels):
    """Levels as labels that are no numbers."""
    return np.array([f"level {v}" for v in levels])


@pytest.mark.parametrize("n_levels", [40, 90, 120, 190])
def test_levels_are_read_within_a_tenth(n_levels):
    # 20,000 rows: the plug-in's standard error is below .004 of .15 nats, and four draws halve it.
    found = []
    for seed in range(4):
        level, y, truth = draw_levels(n_levels, 20_000, seed)
        frame = pd.DataFrame({"labels": [f"L{v}" for v in level], "codes": level})
        ranking = rank_columns(frame, y, random_state=0)
        found.append(ranking["mi"] / truth)
        assert (ranking["score"] <= truth + 3 * ranking["se"]).all()
    assert np.mean(found, axis=0) == pytest.approx([1, 1], abs=0.1)


def test_both_sides_may_have_many_levels():
    # y is x or, half of the time, any of 60 labels: I = sum of p log p / q over equal and unequal pairs.
    rng, n, k = np.random.default_rng(0), 300_000, 60
    x = rng.integers(0, k, n)
    y = np.where(rng.random(n) < 0.5, x, rng.integers(0, k, n))
    equal, other = 0.5 + 0.5 / k, 0.5 / k
    truth = equal * np.log(equal * k) + (k - 1) * other * np.log(other * k)
    result = mutual_info([f"a{v}" for v in x], [f"b{v}" for v in y], random_state=0)
    assert result.mi == pytest.approx(truth, rel=0.02)


def test_what_has_a_node_of_its_own():
    few = make_column(np.array([1.0, 2.0, 3.0, np.nan] * 5), "a")
    assert has_node_per_value(few, fit_coding(few, 4))
    assert not has_node_per_value(few, fit_coding(few, 3))
    rare = make_column(np.array(["u", "v"] * 10 + ["once", "twice"], object), "b")
    assert not has_node_per_value(rare, fit_coding(rare, 32))  # rare labels share a node
    many = make_column(np.arange(100.0), "c")
    assert not has_node_per_value(many, fit_coding(many, 32))


def test_pooled_labels_are_named_once_with_their_share():
    rng = np.random.default_rng(0)
    n = 4_000
    frame = pd.DataFrame(
        {
            "town": name_levels(rng.integers(0, 800, n)),  # five rows each: 192 nodes cannot hold them
            "shop": name_levels(rng.integers(0, 500, n)),
            "kind": name_levels(rng.integers(0, 5, n)),
            "amount": rng.normal(size=n),
        }
    )
    with pytest.warns(PooledLevelsWarning) as caught:
        rank_columns(frame, rng.integers(0, 2, n), random_state=0)
    (warning,) = caught
    share = re.search(r"'town' \(and 1 more columns\) .* (\d+) % of the rows", str(warning.message))[1]
    # 191 labels keep a node: the most frequent ones, with eight rows or so each.
    assert 0.5 < int(share) / 100 < 0.8
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rank_columns(frame[["kind", "amount"]], rng.integers(0, 2, n), random_state=0)


def test_a_target_of_pooled_labels_is_named():
    rng = np.random.default_rng(0)
    with pytest.warns(PooledLevelsWarning, match="Column 'y' has labels"):
        rank_columns(rng.normal(size=(2_000, 1)), name_levels(rng.integers(0, 400, 2_000)), random_state=0)


def test_measure_pooled():
    column = make_column(np.array(["u"] * 10 + ["v"] * 6 + ["once", "twice", "thrice", None], object), "b")
    assert measure_pooled(column, fit_coding(column, 32)) == 3 / 20
    number = make_column(np.arange(10.0), "c")
    assert measure_pooled(number, fit_coding(number, 4)) == 0
