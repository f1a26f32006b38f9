"""Batches that come once: what they say together is what all rows say, however they are cut."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import PredefinedSplit
from sklearn.utils.estimator_checks import (
    check_estimators_partial_fit_n_features,
    check_n_features_in_after_fitting,
)

from skmine import HashKFold, MINEFeatureSelector
from skmine.estimation.hash_folds import make_hash_folds
from skmine.exceptions import FewRowsWarning, PooledLevelsWarning

N, FIRST = 16_000, 10_000

#: The seed that `random_state=0` gives the folds of batches.
SEED = int(np.random.RandomState(0).randint(2**31 - 1))


def draw(n=N):
    rng = np.random.default_rng(0)
    y = rng.normal(size=n)
    X = pd.DataFrame(
        {
            "linear": y + rng.normal(size=n),
            "null": rng.normal(size=n),
            "label": rng.choice(["a", "b", "c"], n),
            "flag": y + rng.normal(size=n) > 0,
        }
    )
    X.loc[:50, "linear"] = np.nan
    return X, y


def fit_batches(X, y, ends, **options):
    selector = MINEFeatureSelector(random_state=0, **options)
    for first, end in zip([0, *ends], [*ends, len(X)], strict=True):
        selector.partial_fit(X.iloc[first:end], y[first:end])
    return selector


def test_batches_after_the_first_may_be_cut_anywhere():
    X, y = draw()
    one, other = fit_batches(X, y, [FIRST]), fit_batches(X, y, [FIRST, 11_000, 11_001, 15_000])
    for name in ("scores_", "mi_", "pvalues_", "scores_lower_", "ranking_", "support_"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_batches_say_what_all_rows_say():
    """Edges of the first 10,000 rows move a score less than its standard error."""
    X, y = draw()
    batches = fit_batches(X, y, [FIRST])
    whole = MINEFeatureSelector(cv=HashKFold(3, seed=SEED)).fit(X, y)
    assert (np.abs(batches.scores_ - whole.scores_) <= whole.scores_se_ + 1e-4).all()
    assert np.array_equal(batches.support_, whole.support_)
    assert batches.support_.tolist() == [True, False, False, True]
    assert batches.mi_[0] == pytest.approx(0.5 * np.log(2) * (1 - 51 / N), abs=3 * batches.scores_se_[0] + 0.005)
    assert list(batches.transform(X.iloc[:5]).shape) == [5, 2]


def test_short_first_batches_have_rows_of_every_fold():
    """Folds by chance would leave one of three without the 15 rows for 7 seeds of 1,000."""
    for n_splits in (3, 5, 100):
        for seed in range(500 if n_splits < 100 else 5):
            folds = make_hash_folds(n_splits, seed)
            first = np.arange(int(n_splits * (np.log(n_splits) + 4)), dtype=np.uint64)
            assert len(set(folds.number_pieces(first, 1, 0))) == n_splits, (n_splits, seed)


def test_state_can_be_stored_between_batches():
    X, y = draw()
    first = MINEFeatureSelector(random_state=0).partial_fit(X.iloc[:FIRST], y[:FIRST])
    restored = pickle.loads(pickle.dumps(first))
    for selector in (first, restored):
        selector.partial_fit(X.iloc[FIRST:], y[FIRST:])
    assert np.array_equal(first.scores_, restored.scores_)
    assert np.array_equal(first.scores_, fit_batches(X, y, [FIRST]).scores_)


def test_parts_are_counted_anywhere_and_merged_in_any_order():
    X, y = draw()
    first = MINEFeatureSelector(random_state=0).partial_fit(X.iloc[:FIRST], y[:FIRST])
    ends = [FIRST, 12_000, 12_500, N]
    stored = pickle.dumps([first.branch(part) for part in (1, 2, 3)])

    def count(order):
        branches = pickle.loads(stored)
        for k, branch in enumerate(branches):
            with pytest.raises(NotFittedError):
                branch.transform(X)
            for begin in range(ends[k], ends[k + 1], 1000):  # batches of a part come in order
                branch.partial_fit(X[begin : begin + 1000], y[begin : begin + 1000])
        whole = pickle.loads(pickle.dumps(first))
        return whole.merge([branches[k] for k in order])

    one, other = count([0, 1, 2]), count([2, 0, 1])
    for name in ("scores_", "mi_", "pvalues_", "scores_lower_", "ranking_", "support_"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    parts = np.repeat([0, 1, 2, 3], np.diff([0, *ends]))
    folds = np.concatenate(
        [
            HashKFold(3, seed=SEED).number_pieces(np.arange(rows, dtype=np.uint64), 1, part)
            for part, rows in enumerate(np.bincount(parts))
        ]
    )
    whole = MINEFeatureSelector(cv=PredefinedSplit(folds)).fit(X, y)  # rows have the folds of their parts
    assert (np.abs(one.scores_ - whole.scores_) <= whole.scores_se_ + 1e-4).all()
    assert one.support_.tolist() == [True, False, False, True]


def test_parts_that_cannot_be_added_are_refused():
    X, y = draw()
    first = MINEFeatureSelector(random_state=0).partial_fit(X.iloc[:FIRST], y[:FIRST])
    scores = first.scores_
    rest = first.branch(1).partial_fit(X.iloc[FIRST:], y[FIRST:])
    with pytest.raises(ValueError, match="Part 1 is in two"):
        first.merge([rest, rest])
    other = MINEFeatureSelector(random_state=0).partial_fit(X.iloc[-FIRST:], y[-FIRST:])
    with pytest.raises(ValueError, match="nodes of another first batch"):
        first.merge([rest, other.branch(2)])
    with pytest.raises(TypeError, match="others must be a list of MINEFeatureSelector"):
        first.merge(rest)
    with pytest.raises(ValueError, match="part must be a whole number from 0 on, got -1"):
        first.branch(-1)
    assert first.scores_ is scores
    with pytest.raises(NotFittedError, match="call partial_fit"):
        MINEFeatureSelector().branch(1)
    assert not hasattr(MINEFeatureSelector("joint"), "merge")


def test_fit_forgets_batches():
    X, y = draw(FIRST)
    selector = MINEFeatureSelector(random_state=0).partial_fit(X, y).fit(X, y)
    again = selector.partial_fit(X, y)
    assert np.array_equal(again.scores_, MINEFeatureSelector(random_state=0).partial_fit(X, y).scores_)


def test_classes_that_the_first_batch_lacks_have_nodes():
    X, y = draw()
    classes = np.where(y > 1, "high", "low")
    order = np.argsort(classes == "high", kind="stable")  # all low ones first
    X, classes = X.iloc[order], classes[order]
    selector = MINEFeatureSelector(random_state=0)
    selector.partial_fit(X.iloc[:FIRST], classes[:FIRST], classes=["high", "low"])
    assert selector.mi_.max() < 1e-3
    selector.partial_fit(X.iloc[FIRST:], classes[FIRST:])
    whole = MINEFeatureSelector(cv=HashKFold(3, seed=SEED)).fit(X, classes)
    assert selector.mi_ == pytest.approx(whole.mi_, abs=0.005)
    with pytest.raises(ValueError, match="has one class or value only"):
        MINEFeatureSelector().partial_fit(X.iloc[:FIRST], classes[:FIRST])


def test_what_the_first_batch_cannot_tell_is_said():
    X, y = draw(400)
    with pytest.warns(FewRowsWarning, match="Edges of nodes come from the first batch, which has 400 rows"):
        MINEFeatureSelector(random_state=0).partial_fit(X, y)
    X, y = draw()
    X["late"] = np.where(np.arange(N) < FIRST, 0.0, y)
    with pytest.warns(FewRowsWarning, match="Column 'late' held one value in the first batch"):
        fit_batches(X, y, [FIRST])
    X["late"] = [f"k{i % 900}" for i in range(N)]
    with pytest.warns(PooledLevelsWarning, match="Column 'late'"):
        fit_batches(X, y, [FIRST])


def test_what_does_not_fit_is_refused_and_nothing_counted():
    X, y = draw()
    selector = MINEFeatureSelector(random_state=0).partial_fit(X.iloc[:FIRST], y[:FIRST])
    before = selector.scores_.copy()
    holes = np.where(np.arange(100) == 7, np.nan, y[:100])
    for data, target, said in [
        (X.iloc[:100], holes, "Target 'y' has 1 missing values in a batch of 100 rows"),
        (X.iloc[:100].assign(null="x"), y[:100], "Column 'null' holds labels such as 'x'"),
        (X.iloc[:100], y[:99], "inconsistent numbers of samples: 100 and 99"),
        (X.iloc[:100], np.c_[y, y][:100], "y has 2 columns"),
    ]:
        with pytest.raises(ValueError, match=said):
            selector.partial_fit(data, target)
    selector.partial_fit(X.iloc[FIRST:], y[FIRST:])
    assert not np.array_equal(selector.scores_, before)
    assert np.array_equal(selector.scores_, fit_batches(X, y, [FIRST]).scores_)
    with pytest.raises(ValueError, match="groups cannot be kept whole over batches"):
        selector.partial_fit(X, y, groups=np.zeros(N))
    with pytest.raises(ValueError, match="needs all rows at hand"):
        MINEFeatureSelector(cv=[(np.arange(5), np.arange(5, 9))]).partial_fit(X, y)


@pytest.mark.filterwarnings("ignore")
def test_a_fold_without_rows_is_refused():
    X, y = draw(2)
    with pytest.raises(ValueError, match="One of 3 folds has none of the 2 rows"):
        MINEFeatureSelector(random_state=0).partial_fit(X, y)


def test_joint_selection_takes_no_batches():
    assert hasattr(MINEFeatureSelector(), "partial_fit")
    assert hasattr(MINEFeatureSelector("mrmr"), "partial_fit")
    assert not hasattr(MINEFeatureSelector("joint"), "partial_fit")


@pytest.mark.parametrize("method", ["marginal", "mrmr"])
def test_an_interrupt_leaves_a_batch_uncounted(method, monkeypatch):
    X, y = draw()
    selector = MINEFeatureSelector(method, random_state=0).partial_fit(X.iloc[:FIRST], y[:FIRST])
    before = selector.scores_.copy()
    with monkeypatch.context() as patch:
        patch.setattr(MINEFeatureSelector, "_keep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            selector.partial_fit(X.iloc[FIRST:], y[FIRST:])
    assert np.array_equal(selector.scores_, before)
    selector.partial_fit(X.iloc[FIRST:], y[FIRST:])
    whole = fit_batches(X, y, [FIRST], method=method)
    for name in ("scores_", "pvalues_", "ranking_"):
        assert np.array_equal(getattr(selector, name), getattr(whole, name)), name


def interrupt(*arguments):
    raise KeyboardInterrupt


def draw_repeated(n=3000):
    """Two columns that say the same, one that adds to them, one of noise, labels and a missing share."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=n)
    first = y + rng.normal(size=n)
    X = pd.DataFrame(
        {
            "first": first,
            "again": first + 0.05 * rng.normal(size=n),
            "second": np.where(rng.random(n) < 0.1, np.nan, y + rng.normal(size=n)),
            "noise": rng.normal(size=n),
            "label": rng.choice(["a", "b"], n),
        }
    )
    return X, y


def test_mrmr_of_batches_is_that_of_all_rows():
    X, y = draw_repeated()
    options = {"method": "mrmr", "n_features_to_select": 2}
    one, other = fit_batches(X, y, [1000], **options), fit_batches(X, y, [7, 1500, 2999], **options)
    whole = MINEFeatureSelector(random_state=0, **options).fit([X.assign(y=y)], "y")  # in the order of the sample
    for name in ("scores_", "mi_", "pvalues_", "scores_lower_", "ranking_", "support_"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert np.array_equal(getattr(one, name), getattr(whole, name)), name
    assert one.n_sampled_ == len(X)
    assert one.support_[2]
    assert one.support_[:2].sum() == 1  # not both of those that say the same
    arrays = MINEFeatureSelector("mrmr", n_features_to_select=2, random_state=0)
    values = X[["first", "again", "second", "noise"]].to_numpy()
    for rows in (slice(0, 100), slice(100, None)):
        arrays.partial_fit(values[rows].tolist(), y[rows].tolist())
    assert arrays.support_.tolist() == one.support_[:4].tolist()


def test_mrmr_samples_parts_anywhere(monkeypatch):
    monkeypatch.setattr("skmine.data.row_sample.ROWS_OF_SAMPLE", 800)
    monkeypatch.setattr("skmine.data.row_sample.FEWEST_SAMPLED", 800)
    X, y = draw_repeated()
    first = MINEFeatureSelector("mrmr", random_state=0).partial_fit(X[:1000], y[:1000])
    others = [first.branch(k).partial_fit(X[1000 * k :][:1000], y[1000 * k :][:1000]) for k in (1, 2)]
    stored = pickle.dumps(first)
    one, other = (pickle.loads(stored).merge(some) for some in (others, others[::-1]))
    for name in ("scores_", "ranking_", "support_"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.n_sampled_ == 800
    assert one.support_[2]
    with pytest.raises(ValueError, match="Part 1 is in two"):
        one.merge(others)
    with pytest.raises(ValueError, match="one has method='marginal'"):
        one.merge([MINEFeatureSelector(random_state=0)])


def test_mrmr_refuses_batches_that_do_not_fit():
    X, y = draw_repeated()
    selector = MINEFeatureSelector("mrmr", random_state=0).partial_fit(X[:1000], y[:1000])
    before = selector.scores_
    for data, said in [
        (X[:100].assign(noise="x"), "Column 'noise' holds labels such as 'x' in some rows and numbers in rows before"),
        (X[:100].assign(label=1.5), "Column 'label' holds numbers in some rows and labels in rows before"),
        (X[:100].assign(noise=np.inf), "Column 'noise' contains infinity"),
    ]:
        with pytest.raises(ValueError, match=said):
            selector.partial_fit(data, y[:100])
    assert selector.scores_ is before
    with pytest.raises(ValueError, match="another method took in"):
        selector.set_params(method="marginal").partial_fit(X[1000:], y[1000:])


def test_a_selector_takes_tables_in_batches():
    X, y = draw(2000)
    frame = X.assign(y=y)
    batches = [frame.iloc[:900], frame.iloc[900:]]
    one = MINEFeatureSelector(random_state=0).fit(batches, "y")
    whole = MINEFeatureSelector(cv=HashKFold(3, seed=SEED)).fit(X, y)
    assert np.array_equal(one.scores_, whole.scores_)
    assert one.feature_names_in_.tolist() == list(X.columns)
    assert one.transform(X).shape == (2000, 2)
    assert not hasattr(one, "n_sampled_")
    mrmr = MINEFeatureSelector("mrmr", random_state=0).fit(batches, "y")
    assert mrmr.n_sampled_ == 2000
    assert mrmr.support_.tolist() == [True, False, False, True]
    assert not hasattr(mrmr.fit(X, y), "n_sampled_")
    with pytest.raises(TypeError, match="y must be the name of one of its columns"):
        MINEFeatureSelector().fit(batches, y)
    with pytest.raises(ValueError, match="groups need all rows at hand"):
        MINEFeatureSelector().fit(batches, "y", groups=np.zeros(2000))
    with pytest.raises(ValueError, match="Target 'z': no column has this name"):
        MINEFeatureSelector("joint").fit(batches, "z")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ["marginal", "mrmr"])
@pytest.mark.parametrize("check", [check_estimators_partial_fit_n_features, check_n_features_in_after_fitting])
def test_scikit_learns_checks_of_partial_fit_pass(check, method):
    check("MINEFeatureSelector", MINEFeatureSelector(method, max_iter=1))
