"""Known optima are found, what is planted is shed, and scikit-learn's contract holds."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from skmine import CoupledEncoder, MutualInfoEstimator
from skmine.exceptions import NotPartedWarning

QUICK = {"max_iter": 30, "random_state": 0}


@pytest.mark.parametrize(
    "options", [{}, {"hidden_layer_sizes": (), "architecture": "separable", "bound": "infonce"}, {"n_components": 1}]
)
def test_check_estimator(options):
    results = check_estimator(CoupledEncoder(max_iter=5, **options), on_skip=None, on_fail=None)
    assert [(r["check_name"], r["status"]) for r in results if r["status"] != "passed"] == []
    assert len(results) >= 40


def normal(r):
    """Information of two normals of correlation r, in nats."""
    return -0.5 * np.log(1 - r**2)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_linear_encoder_recovers_the_best_direction(seed):
    """Y = w X + noise of half the signal's spread: the best one number of X is w X, of 1/2 log(1 + 4) = .805 nats."""
    rng = np.random.default_rng(seed)
    mixing, w = rng.normal(size=(8, 8)), rng.normal(size=8)
    w = w / np.linalg.norm(mixing @ w)
    X = rng.normal(size=(4000, 8)) @ mixing
    y = X @ w + 0.5 * rng.normal(size=4000)
    encoder = CoupledEncoder(1, hidden_layer_sizes=(), max_iter=500, random_state=seed).fit(X, y)
    new = rng.normal(size=(1000, 8)) @ mixing
    # z is linear in X: its correlation r with w X is that of the directions, with Y r sqrt(.8), and its
    # information is normal's formula.
    r = np.corrcoef(encoder.transform(new)[:, 0], new @ w)[0, 1]
    assert normal(r * np.sqrt(0.8)) > 0.98 * normal(np.sqrt(0.8))


def test_two_views_share_their_canonical_pairs():
    """Two pairs of correlations .9 and .7 among eight columns a side: .83 + .34 nats, and two numbers hold them."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(2, 6000, 8))
    X, Y = shared
    for j, r in enumerate((0.9, 0.7)):
        Y[:, j] = r * X[:, j] + np.sqrt(1 - r**2) * Y[:, j]
    mixing = rng.normal(size=(8, 8))
    table = np.c_[X @ mixing, Y]
    encoder = CoupledEncoder(2, hidden_layer_sizes=(), maximize=range(8, 16), max_iter=500, random_state=0)
    z = encoder.fit(table[:5000]).transform(table[5000:])
    # z is linear in X, so that its information on Y is that of its canonical correlations with (Y_0, Y_1).
    best = X[5000:, :2]
    q_z, q_b = (np.linalg.qr(v - v.mean(0))[0] for v in (z, best))
    overlap = q_b.T @ q_z  # rotations of the plane that holds both
    angles = np.linalg.svd(overlap, compute_uv=False)
    lost = normal(0.9) + normal(0.7) - normal(0.9 * angles.min()) - normal(0.7 * angles.min())
    assert lost < 0.05 * (normal(0.9) + normal(0.7))


def planted(rng, n):
    """Columns that mix a signal with a nuisance, and a second view of both."""
    signal, nuisance = rng.normal(size=(2, n))
    X = np.c_[signal + nuisance, signal - nuisance, nuisance, signal + 0.5 * nuisance, 2 * nuisance]
    view = np.c_[signal, nuisance] + 0.3 * rng.normal(size=(n, 2))
    return X + 0.3 * rng.normal(size=X.shape), view, signal, nuisance


@pytest.mark.slow
def test_a_planted_nuisance_is_shed_and_the_target_kept():
    rng = np.random.default_rng(0)
    X, view, _, nuisance = planted(rng, 4000)
    new, _, signal, planted_there = planted(rng, 3000)
    found = {}
    for name, shed in (("all", None), ("fair", nuisance)):
        encoder = CoupledEncoder(2, random_state=0, max_iter=400).fit(X, view, nuisance=shed)
        z = encoder.transform(new)
        found[name] = [MutualInfoEstimator(random_state=0).fit(z, v).mi_ for v in (signal, planted_there)]
    assert found["all"][1] > 1.0  # the view holds the nuisance, and so did the representation
    assert found["fair"][1] < 0.02
    assert found["fair"][0] > 0.95 * found["all"][0]


def frame(n=120, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "site"])
    table["kind"] = pd.Categorical(rng.choice(["x", "y"], n))
    table.loc[::9, "b"] = np.nan
    return table, table["a"] + rng.normal(size=n)


def test_columns_may_be_the_view_and_the_nuisance():
    X, _ = frame()
    encoder = CoupledEncoder(1, maximize=["b", "kind"], minimize=["site"], **QUICK).fit(X)
    z = encoder.transform(X)
    assert z.shape == (120, 1)
    # Only "a" is read.
    other = X.assign(b=0.0, site=1.0, kind=pd.Categorical(["x"] * 120, categories=["x", "y"]))
    np.testing.assert_array_equal(encoder.transform(other), z)
    assert not np.allclose(encoder.transform(X.assign(a=X["a"] + 1)), z)
    by_number = CoupledEncoder(1, maximize=[1, 3], minimize=[False, False, True, False], **QUICK).fit(X)
    np.testing.assert_array_equal(by_number.transform(X), z)


def test_columns_and_an_array_are_shed_together():
    X, y = frame()
    both = CoupledEncoder(minimize=["site"], **QUICK).fit(X, y, nuisance=X["kind"]).history_
    assert both.shape == (30, 2)
    one = CoupledEncoder(minimize=["site"], **QUICK).fit(X, y).history_
    array = CoupledEncoder(**QUICK).fit(X[["a", "b", "kind"]], y, nuisance=X["kind"]).history_
    for other in (one, array):
        assert not np.allclose(both["shed"], other["shed"])
    assert (CoupledEncoder(**QUICK).fit(X, y).history_["shed"] == 0).all()
    # The same as an array of both, the column being left out of what is read.
    again = CoupledEncoder(**QUICK).fit(X[["a", "b", "kind"]], y, nuisance=X[["site", "kind"]]).history_
    np.testing.assert_allclose(again, both)


def test_the_output_is_standardised_and_named():
    X, y = frame()
    encoder = CoupledEncoder(3, **QUICK).set_output(transform="pandas").fit(X, y)
    z = encoder.transform(X)
    assert list(z.columns) == ["coupledencoder0", "coupledencoder1", "coupledencoder2"]
    np.testing.assert_allclose(z.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(z.std(ddof=0), 1, atol=1e-6)
    assert (z.index == X.index).all()


def test_in_a_pipeline_with_a_nuisance():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 4)), rng.normal(size=80)
    model = make_pipeline(StandardScaler(), CoupledEncoder(**QUICK), LinearRegression())
    model.fit(X, y, coupledencoder__nuisance=X[:, 3])
    assert model.predict(X).shape == (80,)


def test_the_seed_decides_every_bit_and_the_globals_do_not():
    X, y = frame()
    out = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        threads = torch.get_num_threads()
        state = torch.get_rng_state()
        out.append(CoupledEncoder(**QUICK).fit(X, y, nuisance=X["site"]).transform(X))
        assert torch.equal(torch.get_rng_state(), state)
        assert torch.get_num_threads() == threads
    assert np.array_equal(*out)
    other = CoupledEncoder(**{**QUICK, "random_state": 1}).fit(X, y, nuisance=X["site"]).transform(X)
    assert not np.allclose(out[0], other)


def test_pickles():
    X, y = frame()
    encoder = CoupledEncoder(**QUICK).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(X), encoder.transform(X))


X, Y = frame()


@pytest.mark.parametrize(
    ("options", "given", "words"),
    [
        ({"maximize": ["a"], "minimize": ["a"]}, (X, Y), "both name column 'a'"),
        ({"minimize": list(X.columns)}, (X, Y), "leave no column of X"),
        ({"maximize": []}, (X, Y), "maximize names no column"),
        ({"maximize": ["c"]}, (X, Y), "maximize"),
        ({"maximize": "y"}, (X, Y), "maximize"),
        ({}, (X, None), "requires y to be passed"),
        ({}, (X.assign(a=1, b=1, site=1, kind="x"), Y), "X has no column with information"),
        ({}, (X, np.zeros(120)), "y has no column with information"),
        ({}, (X, Y[:50]), "inconsistent numbers of samples"),
        ({}, (X[:1], Y[:1]), "n_samples = 1"),
        ({"n_components": 0}, (X, Y), "n_components"),
        ({"hidden_layer_sizes": (0,)}, (X, Y), "hidden_layer_sizes must hold positive"),
        ({"minimize_weight": 0}, (X, Y), "minimize_weight"),
        ({"bound": "kl"}, (X, Y), "bound"),
        ({"batch_size": 4}, (X, Y), "batch_size"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_fitted(options, given, words):
    encoder = CoupledEncoder(**options)
    with pytest.raises(ValueError, match=words):
        encoder.fit(*given)
    with pytest.raises(NotFittedError):
        encoder.transform(X)


@pytest.mark.parametrize("other", [X[["kind", "site", "b", "a"]], X[["a", "b"]]], ids=["order", "fewer"])
def test_a_failed_refit_leaves_the_encoder_as_it_was(other):
    encoder = CoupledEncoder(**QUICK).fit(X, Y)
    before = encoder.transform(X)
    with pytest.raises(ValueError, match="y has no column"):
        encoder.fit(other, np.zeros(120))
    assert list(encoder.feature_names_in_) == list(X.columns)
    np.testing.assert_array_equal(encoder.transform(X), before)


def test_divergence_is_said():
    with pytest.raises(ValueError, match="diverged; pass a smaller learning_rate_init"):
        CoupledEncoder(learning_rate_init=1e30, **QUICK).fit(X, Y)


def test_huge_numbers_and_outliers_stay_finite():
    encoder = CoupledEncoder(**QUICK).fit(1e200 * X[["a", "site"]], Y)
    np.testing.assert_allclose(
        encoder.transform(1e200 * X[["a", "site"]]),
        CoupledEncoder(**QUICK).fit(X[["a", "site"]], Y).transform(X[["a", "site"]]),
        atol=1e-3,
    )
    assert np.isfinite(encoder.transform(pd.DataFrame({"a": [1e300, -1e300], "site": 0.0}))).all()


def test_a_nuisance_of_other_length_is_refused():
    with pytest.raises(ValueError, match="nuisance"):
        CoupledEncoder().fit(X, Y, nuisance=Y[:9])
    with pytest.raises(ValueError, match="nuisance has no column with information"):
        CoupledEncoder().fit(X, Y, nuisance=np.zeros(120))


@pytest.mark.parametrize("bound", [None, "club", "loo", "js"])
def test_an_encoder_of_the_callers_and_upper_bounds(bound):
    X, y = np.random.default_rng(0).normal(size=(2, 60, 3))
    own = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    before = [p.clone() for p in own.parameters()]
    encoder = CoupledEncoder(1, encoder=own, minimize_bound=bound, critic_steps=2, **QUICK)
    z = encoder.fit(X, y, nuisance=X[:, 2]).transform(X)
    assert z.shape == (60, 1)
    assert all(torch.equal(a, b) for a, b in zip(before, own.parameters(), strict=True))  # a copy is trained
    assert any(not torch.equal(a, b) for a, b in zip(before, encoder.encoder_.parameters(), strict=True))
    with pytest.raises(ValueError, match=r"encoder must map .* n_components=2, got an output of shape \(2, 1\)"):
        CoupledEncoder(2, encoder=own, **QUICK).fit(X, y)


def test_what_is_not_shed_is_said():
    """One step of the encoder cannot shed a column that it copies, though a critic of one step says nothing."""
    X, _, signal, nuisance = planted(np.random.default_rng(0), 600)
    with pytest.warns(NotPartedWarning, match="nats on fresh rows"):
        CoupledEncoder(2, max_iter=2, random_state=0).fit(X, signal, nuisance=nuisance)


def share(z, v):
    """Information of normal columns z, linear in normal ones, on a normal number v: -1/2 log(1 - R^2)."""
    return normal(np.sqrt(LinearRegression().fit(z, v).score(z, v)))


@pytest.mark.slow
@pytest.mark.parametrize("bound", ["mine", "club"])
def test_a_planted_linear_nuisance_is_shed_in_nine_of_ten_seeds(bound):
    """The view holds the nuisance as well as the signal; what fresh rows share is known, as all is linear."""
    shed, kept = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        X, view, _, nuisance = planted(rng, 4000)
        new, _, signal, planted_there = planted(rng, 20_000)
        options = {"hidden_layer_sizes": (), "architecture": "separable", "max_iter": 300, "random_state": seed}
        free = CoupledEncoder(2, **options).fit(X, view).transform(new)
        fair = CoupledEncoder(2, minimize_bound=bound, **options).fit(X, view, nuisance=nuisance).transform(new)
        assert share(free, planted_there) > 1.0
        shed.append(share(fair, planted_there))
        kept.append(share(fair, signal) / share(free, signal))
    assert np.sum((np.array(shed) < 0.02) & (np.array(kept) > 0.95)) >= 9
