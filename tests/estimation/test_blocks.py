"""Memory of rows, blocks, folds of blocks, and which rows are taken to belong together."""

import warnings

import numpy as np
import pytest
from scipy.signal import lfilter
from sklearn.datasets import load_iris, load_wine
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit, cross_val_score

from skmine import BlockedKFold
from skmine.data.column import Column
from skmine.data.row_order import RowOrder
from skmine.data.source import Source
from skmine.estimation.arrangement import arrange_rows
from skmine.estimation.autocorrelation import compute_autocorrelations, measure_memory
from skmine.exceptions import AutocorrelatedRowsWarning


def draw_series(memory, n, d=1, seed=0):
    """Autoregressive series of the first order, (n, d)."""
    steps = np.random.default_rng(seed).normal(size=(n + 300, d))
    return lfilter([1], [1, -memory], steps, axis=0)[300:]


def make_columns(values):
    return [Column(f"x{j}", column) for j, column in enumerate(np.atleast_2d(values.T))]


def in_order(n):
    return RowOrder.read(None, None, n)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_memory_of_autoregressive_series_is_the_known_one(memory):
    n = 20_000
    x, y = draw_series(memory, n, 2).T
    # Products decay as memory^2k; ranks of normal values correlate as 6 / pi asin(r / 2), 2 % less at most. The sum
    # ends where a twentieth is left, and varies by about sqrt(2 tau^2 reach / n) < 5 %.
    tau = (1 + memory**2) / (1 - memory**2)
    found = measure_memory(make_columns(x), make_columns(y), in_order(n))
    assert found.times == pytest.approx(tau, rel=0.15)
    assert found.reach == pytest.approx(np.log(0.05) / np.log(max(memory, 1e-9)) / 2 + 1, abs=1 + 0.1 * tau)


def test_memory_of_one_side_alone_is_none():
    x, y = draw_series(0.95, 5_000), np.random.default_rng(1).normal(size=5_000)
    assert measure_memory(make_columns(x), make_columns(y), in_order(5_000)).times < 1.1


def test_autocorrelations_do_not_reach_over_the_borders_of_series():
    levels = np.tile(np.repeat([0.0, 1.0], 5), 50)  # within series of five rows nothing changes
    order = RowOrder.read(None, np.arange(500) // 5, 500)
    of_ranks = compute_autocorrelations(Column("x", levels), order, 7)[0]
    assert of_ranks == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0, 0.0], abs=1e-9)


def test_blocks_are_consecutive_and_keep_a_gap():
    n = 200
    time = np.random.default_rng(0).permutation(n)
    splitter = BlockedKFold(3, block_length=10, gap=4)
    rows = arrange_rows(splitter, n, time=time)
    assert len(np.unique(rows.units)) == n // 10
    for block in range(n // 10):
        assert np.ptp(time[rows.units == block]) == 9
    tested = []
    for train, test in rows.cv:
        tested += test.tolist()
        assert np.abs(time[train][:, None] - time[test]).min() == 5
        assert set(rows.units[test]).isdisjoint(rows.units[train])
    assert sorted(tested) == list(range(n))


def test_blocks_and_gaps_end_with_their_series():
    groups = np.repeat([0, 1, 2, 3], 25)
    rows = arrange_rows(BlockedKFold(2, block_length=10, gap=3), 100, groups=groups)
    for block in np.unique(rows.units):
        assert len(np.unique(groups[rows.units == block])) == 1
    train, test = rows.cv[0]
    assert 25 not in test or 24 in train or 24 in test  # the row before is of another series


def test_rows_of_one_time_stay_together():
    time = np.repeat(np.arange(40), 5)
    rows = arrange_rows(BlockedKFold(2, block_length=12, gap=0), 200, time=time)
    for one in range(40):
        assert len(np.unique(rows.units[time == one])) == 1


def test_short_series_with_levels_of_their_own_are_blocks():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(80), 10)
    x, y = (rng.normal(size=80)[groups] + 0.3 * rng.normal(size=800) for _ in range(2))
    rows = arrange_rows(
        3,
        800,
        groups=groups,
        time=np.tile(np.arange(10), 80),
        read_columns=lambda: make_columns(x),
        targets=make_columns(y),
    )
    assert (rows.units == groups).all()


def test_lengths_follow_the_memory_and_leave_blocks():
    for memory, n, low, high in ((0.5, 3_000, 8, 24), (0.9, 3_000, 40, 110), (0.97, 3_000, 200, 200)):
        x, y = draw_series(memory, n, 2).T
        rows = arrange_rows(BlockedKFold(3), n, read_columns=lambda x=x: make_columns(x), targets=make_columns(y))
        assert low <= np.bincount(rows.units).max() <= high


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_remember_longer_than_blocks_can_be_are_warned_of(seed):
    walk = np.cumsum(np.random.default_rng(seed).normal(size=(500, 2)), axis=0)
    with pytest.warns(AutocorrelatedRowsWarning, match="blocks of 500 rows can have 33 at most: .* Pass differences"):
        arrange(walk[:, :1], walk[:, 1], time=np.arange(500))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        arrange(np.diff(walk[:, :1], axis=0), np.diff(walk[:, 1]), time=np.arange(499))
        # Two memories of 33 rows, (1 + .97^2) / (1 - .97^2), are no longer than 3,000 / 15.
        slow = draw_series(0.97, 3000, 2, seed)
        arrange(slow[:, :1], slow[:, 1], time=np.arange(3000))


def test_splitter_serves_scikit_learn():
    x = draw_series(0.9, 300, 2)
    scores = cross_val_score(Ridge(), x, x[:, 0], cv=BlockedKFold(4))
    assert scores.shape == (4,)
    assert BlockedKFold(4).get_n_splits() == 4
    panel = BlockedKFold(2, block_length=5).split(np.zeros((20, 1)), groups=np.repeat([0, 1], 10))
    assert [test.tolist() for _, test in panel] == [[*range(5), *range(10, 15)], [*range(5, 10), *range(15, 20)]]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BlockedKFold(1), "n_splits must be at least 2, got 1"),
        (lambda: BlockedKFold(block_length=0), "block_length must be 'auto' or a whole number of rows from 1"),
        (lambda: BlockedKFold(gap=-1), "gap must be 'auto' or a whole number of rows from 0"),
        (lambda: arrange_rows(KFold(3), 30, time=np.arange(30)), "time needs folds of blocks, got cv=KFold"),
        (
            lambda: arrange_rows(BlockedKFold(3, block_length=20, gap=0), 30),
            "30 rows make 2 blocks of 20 rows, fewer than",
        ),
    ],
)
def test_what_makes_no_blocks_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# Warning --------------------------------------------------------------------------------------------


def arrange(x, y, cv=3, **options):
    return arrange_rows(cv, len(y), read_columns=lambda: Source(x), targets=list(Source(y)), **options)


def warns(*args, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        arrange(*args, **options)
    return any(issubclass(one.category, AutocorrelatedRowsWarning) for one in caught)


@pytest.mark.parametrize("memory", [0.5, 0.7, 0.9, 0.97])
def test_series_are_warned_of(memory):
    for seed in range(20):
        x = draw_series(memory, 1_000, 3, seed)
        assert warns(x[:, 1:], x[:, 0])
        assert warns(x[:, 1:], x[:, 0], cv=KFold(3))


def test_series_are_not_warned_of_where_something_says_so():
    x = draw_series(0.9, 1_000, 3)
    time, groups = np.arange(1_000), np.arange(1_000) // 50
    for options in ({"time": time}, {"groups": groups}, {"cv": BlockedKFold(3)}, {"cv": TimeSeriesSplit(3)}):
        assert not warns(x[:, 1:], x[:, 0], **options)
    assert not warns(x[:, 1:], x[:, 0], cv=GroupKFold(3))


def test_independent_rows_are_not_warned_of():
    for seed in range(500):
        x = np.random.default_rng(seed).normal(size=(1_000, 4))
        assert not warns(x[:, 1:], x[:, 0])


def test_sorted_rows_are_not_warned_of():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 3))
    y = x[:, 0] + rng.normal(size=900)
    classes = np.digitize(y, [-1, 0, 1])
    labels = np.array(list("dacb"))[classes]
    for order, target in ((np.argsort(y), y), (np.argsort(-y), y), (np.argsort(classes), classes)):
        assert not warns(x[order], target[order])
    order = np.argsort(labels)
    assert not warns(x[order], labels[order])
    for load in (load_iris, load_wine):
        assert not warns(*load(return_X_y=True))


def test_memory_of_one_side_is_not_warned_of():
    x, y = draw_series(0.9, 1_000, 3), np.random.default_rng(5).normal(size=1_000)
    assert not warns(x, y)
