"""What every kind of critic keeps to, and how a kind is chosen."""

import pickle

import numpy as np
import pytest

from skmine.data.group import ColumnGroup, read_group
from skmine.data.source import Source
from skmine.estimation.critic import Critic
from skmine.estimation.critics import CRITICS
from skmine.estimation.estimate import estimate
from skmine.estimation.setting import make_setting

#: Columns of x and y that each kind accepts, and that it does not.
SHAPES = {
    "grid": ([(1, 1)], [(2, 1), (1, 2), (2, 2)]),
    "partition": ([(1, 1), (3, 1), (1, 3)], [(2, 2)]),
    "pair": ([(1, 1), (3, 1), (2, 2)], []),
}


def make_group(values):
    return read_group(Source(np.asarray(values)))


def draw(shape, n=400, seed=0):
    """Normal columns; the first of either side share 1/2 log(1 / (1 - .64)) = .511 nats."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, shape[0])), rng.normal(size=(n, shape[1]))
    y[:, 0] = 0.8 * x[:, 0] + 0.6 * y[:, 0]
    return make_group(x), make_group(y)


def make_small_setting(n=400):
    return make_setting(n, random_state=0, hidden_layer_sizes=(16,), max_iter=40)


def test_every_kind_is_listed_once_under_its_name():
    assert set(CRITICS) == set(SHAPES)
    for name, kind in CRITICS.items():
        assert issubclass(kind, Critic)
        assert kind.name == name
        assert kind.needs


@pytest.mark.parametrize("name", CRITICS)
def test_what_a_kind_accepts(name):
    accepted, refused = SHAPES[name]
    for shape in accepted:
        assert CRITICS[name].accepts(*draw(shape, 5))
    for shape in refused:
        assert not CRITICS[name].accepts(*draw(shape, 5))
        with pytest.raises(ValueError, match=f"critic='{name}' needs {CRITICS[name].needs}, but X has"):
            estimate(*draw(shape), make_small_setting(), critic=name)


@pytest.mark.parametrize(("shape", "name"), [((1, 1), "grid"), ((2, 1), "partition"), ((1, 2), "partition"),
                                             ((2, 2), "pair")])  # fmt: skip
def test_auto_takes_the_first_kind_that_accepts(shape, name):
    assert estimate(*draw(shape), make_small_setting()).estimate.critic == name


@pytest.mark.parametrize(("name", "shape"), [(name, shape) for name in CRITICS for shape in SHAPES[name][0]])
def test_a_fit_says_what_is_there(name, shape):
    x, y = draw(shape)
    setting = make_small_setting()
    fit = CRITICS[name].fit(x, y, setting)
    evidence = fit.estimate.evidence
    # .511 nats less what so few rows cannot show; three standard errors of 400 rows are .15.
    assert 0.25 < evidence.held_out < 0.511 + 0.15
    assert evidence.held_out <= evidence.training + 0.02
    assert 0.02 < evidence.se < 0.1
    assert evidence.pvalue < 1e-6
    assert len(fit.n_iter) == len(setting.plan.folds)
    # Every row is tested once. A projection is s_i - (r_i + c_i) / 2, and r and c are 1 on average.
    assert fit.estimate.n == 400
    assert np.mean(fit.estimate.projection) + 1 == pytest.approx(evidence.held_out, abs=0.02)


@pytest.mark.parametrize("name", CRITICS)
def test_a_fitted_critic_scores_new_rows_also_after_pickling(name):
    shape = SHAPES[name][0][-1]
    critic = CRITICS[name].fit(*draw(shape), make_small_setting()).critic
    new = draw(shape, seed=1)
    scores = critic.pointwise(*new)
    assert scores.shape == (400,)
    assert 0.2 < scores.mean() < 0.511 + 0.15
    again = pickle.loads(pickle.dumps(critic))
    assert np.array_equal(again.pointwise(*new), scores)


def test_constant_columns_are_left_out_of_fit_and_of_new_rows():
    x, y = draw((1, 1))
    wide = ColumnGroup([*make_group(np.ones((400, 2))).columns, *x.columns], [None] * 3)
    result = estimate(wide, y, make_small_setting())
    assert result.estimate.critic == "grid"  # one column is left
    assert np.array_equal(result.model.pointwise(wide, y), estimate(x, y, make_small_setting()).model.pointwise(x, y))
    nothing = estimate(make_group(np.ones((400, 2))), y, make_small_setting())
    assert (nothing.estimate.mi, nothing.estimate.evidence.pvalue) == (0, 1)
    assert not nothing.model.pointwise(wide, y).any()


@pytest.mark.parametrize("swapped", [False, True])
def test_labels_with_an_edge_in_a_column_go_on_to_a_partition(swapped):
    rng = np.random.default_rng(0)
    x = rng.random((400, 1))
    sides = [x, x < 0.37][:: -1 if swapped else 1]
    found = estimate(*map(make_group, sides), make_setting(400, random_state=0))
    truth = -(0.37 * np.log(0.37) + 0.63 * np.log(0.63))
    assert found.estimate.critic == "partition"
    assert found.estimate.mi == pytest.approx(truth, abs=0.05)  # the grid's nodes alone lose .06
    # Five new numbers are no labels: the column that is coded stays the same.
    assert found.model.pointwise(*(make_group(side[:5]) for side in sides)).mean() > 0


@pytest.mark.parametrize("seed", range(3))
def test_smooth_labels_stay_on_the_grid(seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(3, size=1_000)
    x = rng.normal(codes.astype(float))[:, None]
    assert estimate(make_group(x), make_group(codes[:, None]), make_small_setting(1_000)).estimate.critic == "grid"
