"""Columns of many levels: what has a node of its own loses nothing."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from skmine import MINEFeatureSelector, mutual_info, rank_columns
from skmine.data.coding import fit_coding, has_node_per_value, measure_pooled
from skmine.data.conversion import make_column
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


def draw_classes(n_levels, n, seed):
    """The same with three classes, whose log odds are normal."""
    rng = np.random.default_rng(seed)
    p = np.exp(rng.normal(size=(n_levels, 3)))
    p /= p.sum(1, keepdims=True)
    level = rng.integers(0, n_levels, n)
    y = (rng.random((n, 1)) > p[level].cumsum(1)).sum(1)
    return level, y, special.entr(p.mean(0)).sum() - special.entr(p).sum(1).mean()


def draw_numbers(n_levels, n, seed):
    """The same with a normal target, whose mean and spread hang on the level; the mixture's entropy by quadrature."""
    rng = np.random.default_rng(seed)
    mean, spread = 0.7 * rng.normal(size=n_levels), np.exp(0.3 * rng.normal(size=n_levels))
    level = rng.integers(0, n_levels, n)
    grid = np.linspace(-12, 12, 4_001)
    density = stats.norm.pdf(grid[:, None], mean, spread).mean(1)
    truth = np.trapezoid(special.entr(density), grid) - np.log(spread * np.sqrt(2 * np.pi * np.e)).mean()
    return level, mean[level] + spread[level] * rng.normal(size=n), truth


@pytest.mark.parametrize(
    ("draw", "n_levels", "rows_per_level", "tolerance"),
    [
        (draw_levels, 40, 500, 0.1),
        (draw_levels, 90, 220, 0.1),
        (draw_levels, 190, 105, 0.1),
        (draw_levels, 400, 25, 0.1),
        (draw_levels, 500, 10, 0.15),
        (draw_levels, 3_000, 10, 0.15),
        (draw_classes, 400, 25, 0.1),
        (draw_classes, 500, 10, 0.15),
        (draw_numbers, 60, 100, 0.1),
        (draw_numbers, 500, 100, 0.1),
        (draw_numbers, 200, 25, 0.2),
    ],
)
def test_levels_are_read_right(draw, n_levels, rows_per_level, tolerance):
    # Of .15 to .35 nats; a mean of four draws has a standard error below 3 % of them, from the draw of the levels.
    found, covered, n = [], [], n_levels * rows_per_level
    for seed in range(4):
        level, y, truth = draw(n_levels, n, seed)
        places = np.random.default_rng(seed).permutation(n_levels)  # codes whose order says nothing
        frame = pd.DataFrame({"labels": [f"L{v}" for v in level], "codes": places[level]})
        ranking = rank_columns(frame, y, random_state=0)
        found.append(ranking["mi"].to_numpy() / truth)
        covered.append(ranking["lower"].to_numpy() <= truth)
        assert (ranking["pvalue"] < 1e-6).all()
    assert np.mean(found, axis=0) == pytest.approx([1, 1], abs=tolerance)
    assert np.mean(covered) >= 0.5  # .95 are promised; seven misses of eight pairs of twins have a chance below 1e-8


@pytest.mark.parametrize("target", ["classes", "numbers"])
def test_levels_that_say_nothing_are_not_called_dependent(target):
    # Exact intervals of P(p < .05), for labels (whose p-values are those of their levels) of ten rows each.
    rng, n = np.random.default_rng(0), 3_000
    y = rng.integers(0, 3, n) if target == "classes" else rng.normal(size=n)
    X = pd.DataFrame({f"c{j}": name_levels(rng.integers(0, 300, n)) for j in range(200)})
    ranking = rank_columns(X, y, random_state=0)
    for level in (0.05, 0.2):
        count = int((ranking["pvalue"] < level).sum())
        assert stats.binomtest(count, 200, level, alternative="greater").pvalue > 0.001, (level, count)
    # The estimates scatter around 0: theirs is the sum of 299 x 2 or so correlations.
    assert abs(ranking["mi"].mean()) < 0.003


def test_labels_that_determine_the_target_share_its_entropy():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 1_000, 50_000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nor are they the target under another name
        ranking = rank_columns(pd.DataFrame({"label": name_levels(label)}), label % 8, random_state=0)
    assert ranking["mi"].item() == pytest.approx(np.log(8), rel=0.01)
    assert ranking["lower"].item() > np.log(8) - 0.02


def test_levels_that_nearly_determine_the_target_stay_below_its_entropy():
    # 205 of 213 distances belong to one of three airports, 8 to two of them, evenly.
    rng = np.random.default_rng(0)
    owner, shared = rng.integers(0, 3, 213), rng.choice(213, 8, replace=False)
    p = np.eye(3)[owner]
    p[shared] = (p[shared] + np.eye(3)[(owner[shared] + 1) % 3]) / 2
    truth = special.entr(p.mean(0)).sum() - special.entr(p).sum(1).mean()
    distance = rng.integers(0, 213, 20_000)
    airport = (rng.random((20_000, 1)) > p[distance].cumsum(1)).sum(1)
    found = mutual_info(distance, name_levels(airport), random_state=0)
    # The mean of 20,000 rows' pointwise information: its standard deviation is below .2.
    assert found.mi == pytest.approx(truth, abs=4 * 0.2 / np.sqrt(20_000))


def test_a_target_of_many_classes():
    rng = np.random.default_rng(0)
    p = np.exp(rng.normal(size=(8, 400)))
    p /= p.sum(1, keepdims=True)
    truth = special.entr(p.mean(0)).sum() - special.entr(p).sum(1).mean()
    x = rng.integers(0, 8, 40_000)
    y = _draw_classes_of(rng, p, x)
    for column, target in ((x, y), (y, x)):
        found = mutual_info(column, [f"class {v}" for v in target], random_state=0)
        assert found.mi == pytest.approx(truth, rel=0.1)
        low, high = found.confidence_interval()
        assert low <= truth <= high


def _draw_classes_of(rng, p, x):
    cumulative = p.cumsum(1)
    return np.array([np.searchsorted(cumulative[level], u) for level, u in zip(x, rng.random(len(x)), strict=True)])


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
    single = name_levels(np.arange(10_000, 10_000 + n // 2))  # labels of one row each: half of the rows
    frame = pd.DataFrame(
        {
            "town": np.r_[single, name_levels(rng.integers(0, 50, n // 2))],
            "shop": np.r_[single[: n // 4], name_levels(rng.integers(0, 50, n - n // 4))],
            "kind": name_levels(rng.integers(0, 5, n)),
            "code": name_levels(rng.integers(0, 800, n)),  # five rows each: a node each
            "amount": rng.normal(size=n),
        }
    )
    with pytest.warns(PooledLevelsWarning) as caught:
        rank_columns(frame, rng.integers(0, 2, n), random_state=0)
    (warning,) = caught
    assert re.search(r"'town' \(and 1 more columns\) .* 50 % of the rows", str(warning.message))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rank_columns(frame[["kind", "code", "amount"]], rng.integers(0, 2, n), random_state=0)


def test_a_target_of_pooled_labels_is_named():
    rng = np.random.default_rng(0)
    y = name_levels(np.r_[np.arange(500), rng.integers(500, 600, 1_500)])
    with pytest.warns(PooledLevelsWarning, match="Column 'y' has labels .* 25 % of the rows"):
        rank_columns(rng.normal(size=(2_000, 1)), y, random_state=0)


def test_measure_pooled():
    column = make_column(np.array(["u"] * 10 + ["v"] * 6 + ["once", "twice", "thrice", None], object), "b")
    assert measure_pooled(column, fit_coding(column, 32)) == 3 / 20
    number = make_column(np.arange(10.0), "c")
    assert measure_pooled(number, fit_coding(number, 4)) == 0


@pytest.mark.parametrize("shape", ["two columns", "numbers against two", "joint"])
def test_tables_say_which_labels_were_pooled(shape):
    # A table has an indicator for 64 labels of a column at most.
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"code": name_levels(rng.integers(0, 300, 2_000)), "amount": rng.normal(size=2_000)})
    number = rng.normal(size=2_000)
    run = {
        "two columns": lambda: mutual_info(frame, number, max_iter=5, random_state=0),
        "numbers against two": lambda: mutual_info(number, frame, max_iter=5, random_state=0),
        "joint": lambda: MINEFeatureSelector("joint", max_iter=5, random_state=0).fit(frame, number),
    }
    with pytest.warns(PooledLevelsWarning, match="Column 'code' has labels .* 6[0-9] % of the rows") as caught:
        run[shape]()
    assert len([w for w in caught if w.category is PooledLevelsWarning]) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mutual_info(frame["code"], number, random_state=0)  # two columns: a node for each


@pytest.mark.parametrize("n_common", [2, 3])
def test_a_rare_class_beside_common_ones_is_read_right(n_common):
    # The common classes share the law N(0, 1), the rare one has N(2, 1): I by quadrature.
    n, n_rare, columns = 20_000, 40, 40
    p = np.r_[np.full(n_common, (1 - n_rare / n) / n_common), n_rare / n]
    grid = np.linspace(-12, 14, 20_001)
    joint = p[:, None] * stats.norm.pdf(grid, 2 * (np.arange(n_common + 1) == n_common)[:, None])
    truth = np.trapezoid(special.entr(joint.sum(0)), grid) - np.trapezoid(special.entr(joint), grid, axis=1).sum()
    truth += special.entr(p).sum()
    rng = np.random.default_rng(0)
    y = np.r_[np.full(n_rare, n_common), rng.integers(0, n_common, n - n_rare)]
    X = rng.normal(size=(n, columns)) + 2 * (y == n_common)[:, None]
    ranking = rank_columns(X, name_levels(y), random_state=0)
    error = ranking["mi"].std() / np.sqrt(columns)
    assert 0.8 * truth - 2 * error < ranking["mi"].mean() < 1.2 * truth + 2 * error
    missed = int((ranking["lower"] > truth).sum())
    assert stats.binomtest(missed, columns, 0.05, alternative="greater").pvalue > 0.001
    assert (ranking["pvalue"] < 1e-6).mean() > 0.9  # forty rows two standard deviations away, z = 12
    noise = rank_columns(rng.normal(size=(n, 60)), name_levels(y), random_state=0)
    count = int((noise["pvalue"] < 0.05).sum())
    assert stats.binomtest(count, 60, 0.05, alternative="greater").pvalue > 0.001
