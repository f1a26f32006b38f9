"""Sets of columns chosen jointly: what is known to matter together is kept, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from skmine import MINEFeatureSelector, rank_columns
from skmine.exceptions import FewRowsWarning, InformationLossWarning, LeakWarning


def joint(X, y, **options):
    return MINEFeatureSelector("joint", random_state=0, **options).fit(X, y)


def chosen(selector):
    return selector.get_support(indices=True).tolist()


def parity(n, d, k=2, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, d))
    return X, (X[:, :k] > 0).sum(1) % 2


@pytest.fixture(scope="module")
def xor():
    X, y = parity(2000, 8)
    return X, y, joint(X, y)


def test_columns_that_matter_only_together(xor):
    _, _, selector = xor
    assert chosen(selector) == [0, 1]
    assert selector.scores_[:2].min() > 0.4
    # A dropped column adds nothing: its gain has a standard error of about .01.
    assert np.abs(selector.scores_[2:]).max() < 0.05
    assert selector.mi_ - 1.645 * selector.mi_se_ <= np.log(2)
    assert selector.mi_ > 0.5
    assert selector.ranking_[:2].tolist() == [1, 1]
    assert sorted(selector.ranking_[2:]) == list(range(2, 8))


def test_the_path_leads_from_all_columns_to_none(xor):
    path = xor[2].path_
    assert list(path.columns) == ["dropped", "n_left", "n_shadows", "mi", "se", "loss", "loss_se", "kept"]
    assert path.index.name == "step"
    assert path["n_left"].tolist() == list(range(8, 0, -1))
    assert sorted(path["dropped"]) == [f"x{j}" for j in range(8)]
    assert set(path["dropped"].iloc[-2:]) == {"x0", "x1"}
    assert path["kept"].tolist() == [False] * 6 + [True] * 2
    at_two, at_one = path["mi"].iloc[-2:]
    assert at_two > 0.5
    assert abs(at_one) < 0.05


def test_a_pair_among_many_is_screened_in():
    X, y = parity(3000, 80)
    selector = joint(X, y)
    assert chosen(selector) == [0, 1]
    assert selector.screened_.sum() == 16
    assert np.isnan(selector.scores_[selector.screened_]).all()


def test_of_copies_one_stays_and_the_better_one():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 4))
    y = X[:, 0] + X[:, 1] ** 2 + 0.5 * rng.normal(size=4000)
    noisy = X[:, 1] + 0.1 * rng.normal(size=4000)
    selector = joint(np.c_[noisy, X, X[:, 0], 3 * X[:, 0] + 1], y)
    assert chosen(selector) == [1, 2]
    assert np.isnan(selector.scores_[5:]).all()  # copies, up to an increasing transform


def test_labels_missing_values_and_groups_of_columns():
    rng = np.random.default_rng(0)
    n = 3000
    frame = pd.DataFrame(rng.integers(0, 4, size=(n, 6)).astype(str)).rename(columns="c{}".format)
    frame["gap"] = np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n))
    y = ((frame["c1"] == frame["c4"]) ^ frame["gap"].isna()).astype(int)
    selector = joint(frame, y)
    assert selector.get_feature_names_out().tolist() == ["c1", "c4", "gap"]
    grouped = joint(frame, y, feature_groups=[["c1", "c4"], ["c0", "c2"]])
    assert grouped.get_feature_names_out().tolist() == ["c1", "c4", "gap"]
    assert grouped.scores_[1] == grouped.scores_[4]
    assert grouped.path_["n_left"].iloc[0] == 5


def make_weak_columns(n, seed, informative=12, d=24):
    """Twelve columns that say equally little, and as many that say nothing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    total = X[:, :informative].sum(1) / np.sqrt(informative)
    return X, (rng.random(n) < 1 / (1 + np.exp(1.3 - 1.3 * total))).astype(int)


@pytest.mark.parametrize("n", [1320, 1360])  # about the number of rows at which the search once changed its ways
def test_many_weak_columns_are_kept_at_every_number_of_rows(n):
    kept = np.array(chosen(joint(*make_weak_columns(n, seed=0))))
    assert (kept < 12).sum() >= 10
    assert (kept >= 12).sum() <= 2


def test_a_rare_pair_is_found():
    # One row in thirty-three is positive, and the sign of a product says which: I = .0126 nats.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8000, 12))
    y = (rng.random(8000) < np.where(X[:, 0] * X[:, 1] > 0, 0.055, 0.005)).astype(int)
    assert chosen(joint(X, y)) == [0, 1]


def test_the_best_of_much_noise_is_not_kept_beside_a_weak_column():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(2000, 800))
    y = 0.25 * X[:, 7] + rng.normal(size=2000)
    assert chosen(joint(X, y, max_iter=200)) == [7]


def test_searches_of_halves_of_the_rows_vote():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(480, 5))
    y = X[:, 0] + X[:, 1] + 0.5 * rng.normal(size=480)
    X[:, 4] = X[:, 1] + 0.05 * rng.normal(size=480)  # halves may keep either, and one of the two stays
    selector = joint(X, y, n_resamples=2, max_iter=200)
    assert len(chosen(selector)) == 2
    assert 0 in chosen(selector)
    assert selector.frequency_[0] == 1
    assert set(selector.frequency_) <= {0.0, 0.5, 1.0}
    assert selector.support_[selector.frequency_ > 0.5].all()  # echoes are dropped among the others only
    again = joint(X, y, n_resamples=2, max_iter=200, n_jobs=2)
    assert np.array_equal(again.frequency_, selector.frequency_)
    assert again.mi_ == selector.mi_
    assert not hasattr(again.set_params(n_resamples=None).fit(X, y), "frequency_")


def test_fewer_columns_than_carry_the_information_are_said_to_lose_it():
    X, y = parity(2000, 5)
    with pytest.warns(InformationLossWarning, match=r"n_features_to_select=1 gives up 0\.6\d+ \(\+- 0\.\d+\) of 0\.6"):
        assert len(chosen(joint(X, y, n_features_to_select=1))) == 1


@pytest.mark.parametrize("method", ["joint", "mrmr"])
@pytest.mark.parametrize("tolerance", ["worst", 1.0, -0.1])
def test_tolerance_is_a_share_or_the_best(method, tolerance):
    with pytest.raises(ValueError, match="'tolerance' parameter"):
        MINEFeatureSelector(method, tolerance=tolerance).fit(*parity(200, 2))


@pytest.mark.parametrize("seed", range(4))
def test_noise_keeps_nothing(seed):
    # The locked rows alone let one in a hundred through.
    rng = np.random.default_rng(seed)
    selector = joint(rng.normal(size=(400, 6)), rng.normal(size=400), max_iter=200)
    assert chosen(selector) == []
    assert (selector.mi_, selector.mi_se_) == (0, 0)
    with pytest.warns(UserWarning, match="No features were selected"):
        selector.transform(np.zeros((3, 6)))


def test_what_is_always_kept(xor):
    X, y, _ = xor
    constant = np.c_[X, np.ones(len(X))]
    selector = joint(constant, y, always_keep=[5, 8])
    assert chosen(selector) == [0, 1, 5, 8]
    everything = joint(X, y, always_keep=np.ones(8, bool))
    assert chosen(everything) == list(range(8))
    assert everything.mi_ > 0.3
    one_more = joint(X, y, always_keep=[5], n_features_to_select=3)
    assert chosen(one_more) == [0, 1, 5]


def test_several_targets_are_explained_together():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 6))
    Y = np.c_[X[:, 0] + 0.5 * rng.normal(size=2000), X[:, 4] > 0]
    assert chosen(joint(X, Y)) == [0, 4]


def test_groups_of_rows_are_never_parted():
    # A column that only tells groups apart explains a target that only groups share, until whole groups are held out.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 20)
    X = np.c_[rng.normal(size=60)[groups], rng.normal(size=(1200, 2))]
    y = rng.normal(size=60)[groups] + 0.1 * rng.normal(size=1200)
    assert 0 in chosen(joint(X, y))
    assert chosen(MINEFeatureSelector("joint", random_state=0).fit(X, y, groups=groups)) == []


@pytest.mark.filterwarnings("ignore::skmine.exceptions.SaturationWarning")  # 150 locked rows show log 150 nats at most
@pytest.mark.parametrize("method", ["marginal", "joint", "mrmr"])
def test_leaks_are_named(method):
    X, y = parity(600, 3)
    frame = pd.DataFrame(X, columns=list("abc")).assign(leak=np.where(y == 1, "yes", "no"))
    with pytest.warns(LeakWarning, match="Column 'leak' is the target"):
        MINEFeatureSelector(method, random_state=0, max_iter=40).fit(frame, y)
    number = X[:, 0] + X[:, 1]
    with pytest.warns(LeakWarning, match="Column 'leak' is the target"):
        MINEFeatureSelector(method, random_state=0, max_iter=40).fit(frame.assign(leak=-3 * number), number)


def test_noisy_copies_are_no_leaks(recwarn):
    X, y = parity(600, 3)
    frame = pd.DataFrame(X, columns=list("abc")).assign(near=np.where(np.arange(600) == 7, 1 - y, y))
    rank_columns(frame, y, random_state=0)
    assert not [w for w in recwarn if issubclass(w.category, LeakWarning)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"feature_groups": [["a", "z"]]}, r"feature_groups\[0\] names 'z', which is not a column"),
        ({"feature_groups": [["a"], ["b", "a"]]}, "feature_groups holds column 'a' twice"),
        ({"feature_groups": ["ab"]}, r"feature_groups\[0\] must be a list of columns, got 'ab'"),
        ({"feature_groups": [[]]}, r"feature_groups\[0\] is empty"),
        ({"always_keep": ["z"]}, "always_keep names 'z', which is not a column"),
        ({"always_keep": [0, 1], "n_features_to_select": 1}, "always_keep holds 2 columns of X, more than"),
        ({"n_features_to_select": 3, "feature_groups": [["a", "b"]]}, "more than the 2 columns and groups"),
        ({"cv": [(np.arange(9), np.arange(9, 12))]}, "method='joint' splits the rows itself"),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes must hold positive whole numbers"),
    ],
    ids=str,
)
def test_bad_parameters_are_named(bad, message):
    X, y = parity(60, 3)
    selector = MINEFeatureSelector("joint", **bad)
    with pytest.raises(ValueError, match=message):
        selector.fit(pd.DataFrame(X, columns=list("abc")), y)
    assert not hasattr(selector, "support_")


def test_a_change_of_method_leaves_nothing_of_the_other(xor):
    X, y, _ = xor
    selector = joint(X, y, max_iter=40)
    assert hasattr(selector, "path_")
    selector.set_params(method="marginal").fit(X, y)
    assert not hasattr(selector, "path_")
    assert np.ndim(selector.mi_) == 1


def test_layer_sizes_make_a_difference(xor):
    X, y, _ = xor
    one, other = (joint(X, y, max_iter=60, hidden_layer_sizes=sizes) for sizes in ((8,), (32, 32)))
    assert not np.array_equal(one.scores_, other.scores_, equal_nan=True)


@pytest.mark.parametrize("n", [400, 1500])  # few rows, many rows
def test_workers_change_no_bit(n):
    X, y = parity(n, 6)
    one, two = (joint(X, y, max_iter=60, n_jobs=n_jobs) for n_jobs in (None, 2))
    for name in ("scores_", "scores_se_", "pvalues_", "ranking_", "support_", "mi_"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True), name
    assert one.path_.equals(two.path_)


def test_a_search_uses_the_workers_it_is_given(monkeypatch):
    from skmine.selection.joint import problem

    asked = []

    class Recording(problem.Parallel):
        def __init__(self, n_jobs=None, **options):
            asked.append(n_jobs)
            super().__init__(n_jobs=n_jobs, **options)

    monkeypatch.setattr(problem, "Parallel", Recording)
    joint(*parity(400, 4), max_iter=20, n_jobs=2)
    assert asked
    assert set(asked) == {2}


def test_few_rows_are_judged_column_by_column_and_say_so():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(32, 4))
    y = X[:, 0] + 0.3 * rng.normal(size=32)
    with pytest.warns(FewRowsWarning, match="With 32 rows method='joint' trains no network.*pass at least 107 rows"):
        found = joint(X, y)
    assert found.support_.tolist() == [True, False, False, False]
    assert found.pvalues_[0] < 1e-3
    assert found.scores_se_[0] > 0
    assert (found.pvalues_[1:] > 0.01).all()
