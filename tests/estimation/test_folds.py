"""Which rows a critic sees."""

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from skmine.estimation.folds import make_folds, number_groups
from skmine.estimation.hash_folds import HashKFold


def test_int_folds_partition_the_rows():
    folds = make_folds(3, 20, random_state=0)
    assert sorted(np.concatenate([f.test for f in folds]).tolist()) == list(range(20))
    for fold in folds:
        assert sorted([*fold.train, *fold.test]) == list(range(20))


def test_one_way_critics_see_earlier_steps_only():
    for n_folds, n_pieces in ((2, 3), (3, 2), (4, 2), (6, 1), (9, 1)):
        folds = make_folds(n_folds, 360, random_state=0)
        seen: set[int] = set()
        for fold in folds:
            assert len(fold.steps) == n_pieces
            assert sorted(np.concatenate([step.test for step in fold.steps])) == sorted(fold.test)
            for step in fold.steps:
                assert set(step.before) == seen
                assert not seen & set(step.test)
                seen |= set(step.test)
        assert len(folds[-1].steps[0].before) == len(folds[-1].train)


def test_pieces_are_random_and_not_too_small():
    y = np.arange(300)  # rows sorted by the target: pieces in order would see one half of it each
    for fold in make_folds(KFold(3), 300, random_state=0):
        low, high = (y[step.test].mean() for step in fold.steps)
        assert abs(low - high) < 4 * 100 / np.sqrt(12) * np.sqrt(2 / 50)
    assert [len(fold.steps) for fold in make_folds(3, 40, random_state=0)] == [1, 1, 1]
    groups = np.repeat(np.arange(60), 5)
    assert [len(fold.steps) for fold in make_folds(3, 300, groups=groups, random_state=0)] == [1, 1, 1]


def test_rows_that_are_never_tested_may_always_be_seen():
    for fold in make_folds(TimeSeriesSplit(3), 40):
        assert np.array_equal(fold.steps[0].before, fold.train)
    (only,) = make_folds(ShuffleSplit(1, test_size=0.5, random_state=0), 100, random_state=0)
    assert np.array_equal(only.steps[0].before, only.train)
    assert set(only.steps[1].before) == set(only.train) | set(only.steps[0].test)


def test_splitters_iterables_masks_and_seeds():
    y, groups = np.arange(30) % 2, np.repeat(np.arange(6), 5)
    assert len(make_folds(StratifiedKFold(5), 30, y=y)) == 5
    for fold in make_folds(GroupKFold(3), 30, groups=groups) + make_folds(LeaveOneGroupOut(), 30, groups=groups):
        assert not set(groups[fold.train]) & set(groups[fold.test])
    for fold in make_folds(3, 30, groups=groups, random_state=0):
        assert not set(groups[fold.train]) & set(groups[fold.test])
    mask = np.arange(30) < 20
    (fold,) = make_folds([(mask, ~mask)], 30)
    assert np.array_equal(fold.test, np.arange(20, 30))
    one, other, third = (make_folds(3, 30, random_state=s) for s in (0, 0, 1))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(one, other, strict=True))
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(one, third, strict=True))


@pytest.mark.parametrize(
    ("cv", "n", "groups", "message"),
    [
        (3, 2, None, "cv=3 folds need at least 3 rows"),
        (3, 6, [0, 0, 0, 1, 1, 1], "cv=3 folds need at least 3 groups, got 2"),
        (RepeatedKFold(n_splits=2, n_repeats=2), 10, None, "overlapping test folds"),
        (ShuffleSplit(4, test_size=0.5, random_state=0), 10, None, "overlapping test folds"),
        ([([0, 1, 2], [2, 3])], 4, None, "both into training and test"),
        ([([0, 1], [9])], 4, None, "cv gives row 9"),
        ([([0, 1], [])], 4, None, "without training or test rows"),
        ([], 4, None, "cv gives no split"),
        (LeaveOneOut(), 10, None, "one row per fold"),
        ([(np.arange(5), np.tile([6, 7], 3))], 9, None, "repeats rows in the test part"),
        ([([0, 0, 1], [6, 7])], 9, None, "repeats rows in the training part"),
        (KFold(3, shuffle=True, random_state=0), 20, np.repeat(np.arange(5), 4), "puts a group of split 0"),
        ([([0, 1, -1], [5])], 9, None, "cv gives row -1"),
        ([(0, 1)], 9, None, "must give pairs"),
        ([1, 2], 9, None, "must give pairs"),
        ([([0.5, 1.5], [2, 3])], 9, None, "must give pairs"),
    ],
)
@pytest.mark.filterwarnings("ignore:The groups parameter is ignored by KFold:UserWarning")
def test_bad_folds_are_refused(cv, n, groups, message):
    with pytest.raises(ValueError, match=message):
        make_folds(cv, n, groups=groups)


def test_groups_are_numbered():
    assert number_groups(["b", "a", "b"], 3).tolist() == [0, 1, 0]
    for bad, message in (
        (["a"], "one label per row"),
        ([[1], [2], [3]], "one label per row"),
        (["a", None, "a"], "1 missing"),
    ):
        with pytest.raises(ValueError, match=message):
            number_groups(np.array(bad, dtype=object), 3)


def test_pieces_by_hash_do_not_split_groups():
    folds = make_folds(HashKFold(3), 600, groups=np.arange(600))
    assert [len(fold.steps) for fold in folds] == [1, 1, 1]
    assert [len(fold.steps) for fold in make_folds(HashKFold(3), 600)] == [2, 2, 2]
