"""Bases: what needs no training, and that the right one is chosen."""

import numpy as np
import pytest
import torch
from scipy import special, stats

from skmine.core.bounds import infonce
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.networks.partition import evaluate_node_base
from skmine.core.scores import score_nodes
from skmine.data.features import Span
from skmine.estimation import bases
from skmine.estimation.bases import CodedSide
from skmine.estimation.bases.canonical import Columns
from skmine.estimation.bases.densities import Density
from skmine.estimation.bases.learned import (
    LARGE_TREES,
    MOST_ROUNDS_OF_LARGE_TREES,
    LabelTrees,
    NumberTrees,
    choose_reading,
    choose_tree_features,
    learn,
)
from skmine.estimation.bases.products import screen_products
from skmine.estimation.bases.residuals import tabulate_line
from skmine.estimation.bases.views import has_long_tails
from skmine.synthetic import (
    NormalMixture,
    draw_columns,
    noisy_target,
    normal_dense,
    normal_sparse,
    rotated,
    spiral,
    student_dense,
    student_identity,
    wild_rows,
    with_noise_columns,
)

ROWS = np.arange(3000)
FIT, VALIDATION, TEST = ROWS[:1600], ROWS[1600:2000], ROWS[2000:]


def numbers(sampler, seed=0):
    return [to_views(v) for v in sampler.draw(np.random.default_rng(seed), 3000)]


def noisy_product(noise):
    """The product of two heavy-tailed columns of four, with noise."""
    law = stats.t(2.5)
    return noisy_target("product", draw_columns(4, law), lambda x: x[:, 1] * x[:, 3], noise)


def to_views(values):
    """Normal scores, and beside them the values themselves."""
    ranks = stats.norm.ppf((stats.rankdata(values, axis=0) - 0.5) / len(values))
    return np.hstack([ranks, values]).astype(np.float32)


def find_spans(*tables):
    return tuple(tuple(Span(j, j + 1, False) for j in range(z.shape[1] // 2)) for z in tables)


def held_out(base, x, y):
    sides = base.make_side_x(x[TEST], x[TEST]), base.make_side_y(y[TEST], y[TEST])
    return float(infonce(evaluate_pair_base(*sides, base.lookups, base.power)))


@pytest.mark.parametrize(
    ("sampler", "name", "share"),
    [
        (normal_dense(4, 0.5), None, 0.85),
        (normal_sparse(5, 2, 2.0), "linear", 0.9),
        (student_identity(3, 2), None, 0.75),
        (rotated(student_dense(4, 0.5, 2)), "Student", 0.85),
        (wild_rows([0.8] * 3, 0.2, 5.0), "mixture", 0.85),
        (spiral(normal_sparse(3, 2, 2.0)), "radial", 0.85),
        (with_noise_columns(noisy_product(0.7), 1), "scaled products", 0.85),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_the_base_holds_most_of_a_law_without_training(sampler, name, share):
    x, y = numbers(sampler)
    base, _ = bases.choose_for_pairs(x, y, FIT, VALIDATION, find_spans(x, y))
    assert name is None or name in base.name
    # 1,000 rows tell about 1 nat to .03, one standard error.
    assert share * sampler.mi - 0.09 < held_out(base, x, y) < sampler.mi + 0.12


def test_independence_offers_nothing():
    x, y = map(to_views, np.random.default_rng(0).normal(size=(2, 3000, 3)))
    base, directions = bases.choose_for_pairs(x, y, FIT, VALIDATION, find_spans(x, y))
    assert abs(held_out(base, x, y)) < 0.02
    assert len(directions) <= 1  # Bartlett's test at .01, a handful of dictionaries


def test_canonical_pairs_are_those_of_the_law():
    rng = np.random.default_rng(1)
    n = 20_000
    x, y = rng.normal(size=(n, 4)), rng.normal(size=(n, 3))
    y[:, 0] = 0.9 * x[:, 1] + np.sqrt(0.19) * y[:, 0]
    y[:, 1] = 0.5 * x[:, 2] + np.sqrt(0.75) * y[:, 1]
    x, y = x @ rng.normal(size=(4, 4)), y @ rng.normal(size=(3, 3))
    a, b, r = bases.find_canonical_pairs(x - x.mean(0), y - y.mean(0))
    assert r == pytest.approx([0.9, 0.5], abs=4 / np.sqrt(n))
    u, v = (x - x.mean(0)) @ a, (y - y.mean(0)) @ b
    assert np.allclose(u.T @ u / n, np.eye(2), atol=1e-6)
    assert np.allclose(u.T @ v / n, np.diag(r), atol=1e-6)


def test_collinear_and_too_many_columns():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    twice = np.c_[x, x, x.sum(1)].astype(np.float32)
    y = (x[:, :1] + 0.5 * rng.normal(size=(300, 1))).astype(np.float32)
    wide = np.c_[twice, rng.normal(size=(300, 500))].astype(np.float32)
    y = to_views(y)
    for table in map(to_views, (twice, wide)):
        base, _ = bases.choose_for_pairs(table, y, np.arange(200), np.arange(200, 300), find_spans(table, y))
        side = base.make_side_x(table, table)
        assert np.isfinite(side.vectors.numpy()).all()


def test_nodes_have_their_base_too():
    x, y = numbers(normal_sparse(3, 2, 2.0))
    nodes = np.searchsorted(np.quantile(y[:, 0], np.arange(1, 32) / 32), y[:, 0])
    column = CodedSide(y[:, [0, 3]], nodes, 32)
    base, _ = bases.choose_for_nodes(x, column, FIT, VALIDATION, find_spans(x)[0])
    vectors, lookups = column.describe(base)
    assert vectors.shape[0] == 32
    assert lookups.shape[0] == len(base.grids)
    assert base.name != "none"


def evaluate(density, x, y):
    """T of all pairs of rows under a law of both sides alone."""
    base = bases.Base("law", density=density)
    return evaluate_pair_base(base.make_side_x(x, x), base.make_side_y(y, y), base.lookups, base.power).numpy()


def test_a_mixture_says_the_log_ratio_of_its_densities():
    law = NormalMixture([0.3, 0.7], [[0, 0, 0], [1, -1, 2]], [np.eye(3) + 0.5, np.eye(3) + 0.2], 2)
    x, y = law.draw(np.random.default_rng(0), 50)
    density = Density("scaled", np.log([0.3, 0.7]), np.array(law.means, float), np.array(law.covariances), 2)
    both = [np.hstack([v, v]).astype(np.float32) for v in (x, y)]
    expected = [law.pointwise(np.repeat(x[i : i + 1], 50, 0), y) for i in range(50)]
    np.testing.assert_allclose(evaluate(density, *both), expected, atol=1e-4)


def test_student_says_the_log_ratio_of_its_densities():
    dispersion, freedom = np.array([[1, 0.6, 0.3], [0.6, 1, 0.2], [0.3, 0.2, 1]]), 2.5
    rows = stats.multivariate_t([0, 0, 0], dispersion, freedom).rvs(40, random_state=0)
    x, y = rows[:, :1], rows[:, 1:]
    density = Density("scaled", np.zeros(1), np.zeros((1, 3)), dispersion[None], 1, freedom)
    both = [np.hstack([v, v]).astype(np.float32) for v in (x, y)]
    margins = [
        stats.multivariate_t(np.zeros(v.shape[1]), s, freedom).logpdf(v)
        for v, s in ((x, dispersion[:1, :1]), (y, dispersion[1:, 1:]))
    ]
    exact = stats.multivariate_t([0, 0, 0], dispersion, freedom).logpdf(rows) - margins[0] - margins[1]
    found = evaluate(density, *both).diagonal()
    np.testing.assert_allclose(found - found.mean(), exact - exact.mean(), atol=1e-4)  # up to a constant


def test_products_are_found_among_thousands_and_none_in_noise():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 2_000, 60)).astype(np.float32)
    assert len(screen_products(x, y)) <= 1  # tested at .01 over all products
    y[:, 7] += x[:, 3] * x[:, 41]
    y[:, 9] += 2 * np.abs(x[:, 5])
    found = {tuple(pair) for pair in screen_products(x, y)}
    assert {(3, 41), (5, 5)} <= found


def test_few_columns_of_many_are_found_and_none_in_noise():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 2_000, 40))
    x, y = map(to_views, values)
    assert "few" not in bases.canonical.find_directions(x, y)  # .01 over all pairs of columns
    values[1, :, 4] += 0.5 * values[0, :, 31]
    of_x, of_y, r = bases.canonical.find_directions(x, to_views(values[1]))["few"]
    assert (of_x.dictionary.places, of_y.dictionary.places) == ((31,), (4,))
    assert r[0] == pytest.approx(0.5 / np.sqrt(1.25), abs=0.05)  # 2.5 standard errors


def test_long_tails_are_told_from_others():
    rng = np.random.default_rng(0)
    assert not has_long_tails(to_views(rng.normal(size=(5_000, 3))))
    assert not has_long_tails(to_views(rng.uniform(-1.7, 1.7, size=(5_000, 3))))
    assert has_long_tails(to_views(rng.standard_t(2, size=(5_000, 1))))


def test_a_sparse_line_of_heavy_tails_is_all_but_exact():
    rng = np.random.default_rng(0)
    values = rng.standard_t(2, size=(3_000, 3))
    product, noise = values[:, 0] * values[:, 1], rng.normal(size=(3_000, 2))
    x, y = to_views(values), to_views(np.column_stack([product + noise[:, 0], noise[:, 1]]))
    base, _ = bases.choose_for_pairs(x, y, FIT, VALIDATION, find_spans(x, y))
    assert "sparse line" in base.name
    exact = stats.norm.logpdf(y[TEST, 2][None] - product[TEST][:, None])  # up to what depends on y alone
    least = float(infonce(torch.from_numpy(exact - special.logsumexp(exact, axis=0))))
    assert held_out(base, x, y) > least - 0.03  # canonical weights lost .05


def test_large_trees_find_boards():
    rng = np.random.default_rng(0)
    values = rng.uniform(size=(3_000, 2))
    labels = (np.floor(4 * values).sum(1) % 2).astype(int)
    z, share = to_views(values), np.log(np.bincount(labels) / 3_000)
    derived = choose_tree_features(z[FIT], labels[FIT, None], ())
    found = []
    for family, read in (
        (LabelTrees(share), derived),
        (LabelTrees(share, LARGE_TREES, MOST_ROUNDS_OF_LARGE_TREES), Columns()),
    ):
        learned = learn(family, read, z[FIT], labels[FIT], FIT)
        found.append(learned.predict(z[TEST])[np.arange(1_000), labels[TEST]].mean())
    assert np.log(2) > found[1] > found[0] + 0.02


def code_in_nodes(y, n_nodes=64):
    """A column as it is coded."""
    nodes = np.searchsorted(np.quantile(y, np.arange(1, n_nodes) / n_nodes), y)
    return CodedSide(to_views(y[:, None]), nodes, n_nodes)


def test_a_spread_that_differs_in_a_corner_is_found():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3_000, 4))
    wide = (values[:, 0] > 0.2) & (values[:, 1] < 0.4)
    x, column = to_views(values), code_in_nodes(np.where(wide, 3.0, 0.5) * rng.normal(size=3_000))
    base, _ = bases.choose_for_nodes(x, column, FIT, VALIDATION, find_spans(x)[0])
    vectors = evaluate_node_base(base.make_side_x(x[TEST], x[TEST]), *column.describe(base))
    found = float(score_nodes(vectors, torch.from_numpy(column.codes[TEST])).pointwise.mean())
    # The information between a normal law's scale, one of two, and a number of that law, by quadrature.
    grid, share = np.linspace(-24, 24, 20_001), stats.norm.sf(0.2) * stats.norm.cdf(0.4)
    each = [p * stats.norm.pdf(grid, scale=s) for p, s in ((share, 3.0), (1 - share, 0.5))]
    of_both = np.trapezoid(special.entr(sum(each)) - sum(special.entr(part) for part in each), grid)
    truth = of_both + stats.entropy([share, 1 - share])
    assert "curved trees" in base.name
    # 400 rows of so spread scores are .03 off by chance; grids of products read .2.
    assert truth - 0.06 < found < truth + 0.06


@pytest.mark.parametrize("name", ["steps", "product"])
def test_trees_read_what_they_predict_better_from(name):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(1_500, 4))
    means = {"steps": np.floor(values[:, 0]) + 2 * (values[:, 1] > 0), "product": values[:, 0] * values[:, 1]}
    z, target = to_views(values), means[name] + 0.3 * rng.normal(size=1_500)
    derived = choose_tree_features(z, target[:, None].astype(np.float32), ())
    found = choose_reading(NumberTrees(), [Columns(), derived], z, target)
    assert (found is derived) == (name == "product")


def test_a_line_with_noise_is_tabulated():
    # b = a + noise of two standard normal laws: log ratio of N(a, 1) to N(0, 2).
    rng = np.random.default_rng(0)
    a = rng.normal(size=4_000)
    at_a, at_b = np.linspace(-1, 1, 7), np.linspace(-1.5, 1.5, 9)
    found = tabulate_line(a, a + rng.normal(size=4_000), at_a, at_b)
    exact = stats.norm.logpdf(at_b - at_a[:, None]) - stats.norm.logpdf(at_b, scale=np.sqrt(2))
    # The margin is a mean over 512 rows, whose standard error is a twentieth of it at most.
    np.testing.assert_allclose(found, exact, atol=0.2)


def test_models_predict_rows_that_they_did_not_see():
    rng = np.random.default_rng(0)
    z, labels = to_views(rng.normal(size=(600, 3))), rng.integers(0, 2, 600)
    rows = rng.permutation(5_000)[:600]
    share = np.log(np.bincount(labels) / 600)
    learned = learn(LabelTrees(share), Columns(), z, labels, rows)
    own = learned.predict(z, rows)[np.arange(600), labels].mean()
    fitted = learned.predict(z)[np.arange(600), labels].mean()
    assert own < 0.01 < fitted  # labels are noise: nothing can be known of a row without its label
    forgetful = learned.forget_rows()
    np.testing.assert_array_equal(forgetful.predict(z, rows), learned.predict(z))
