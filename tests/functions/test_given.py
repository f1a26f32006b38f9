"""rank_columns beyond columns that are known."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skmine import mutual_info, rank_columns
from skmine.exceptions import FewRowsWarning, IdentifierWarning
from skmine.selection import beyond


def draw(n=400, seed=0):
    """`through` is related to y only through z, `own` by itself, `noise` not at all."""
    rng = np.random.default_rng(seed)
    z, own = rng.normal(size=(2, n))
    X = pd.DataFrame({"z": z, "through": z + 0.7 * rng.normal(size=n), "own": own, "noise": rng.normal(size=n)})
    return X, z + 0.6 * own + 0.7 * rng.normal(size=n)


@pytest.fixture(scope="module")
def ranking():
    X, y = draw()
    return rank_columns(X.assign(flat=1), y, given=["z"], random_state=0)


def test_what_is_related_only_through_known_columns_is_not_kept(ranking):
    X, y = draw()
    alone = rank_columns(X, y, random_state=0)
    assert alone.loc["through", "kept"]
    assert ranking.index.tolist()[0] == "own"
    assert set(ranking.index) == {"own", "through", "noise", "flat"}  # not z
    assert ranking["kept"].to_dict() == {"own": True, "through": False, "noise": False, "flat": False}
    # Given z, y is .6 own + .7 N: 1/2 log(1 + .36/.49); four standard errors, and .05 that 400 rows may miss.
    row = ranking.loc["own"]
    assert row["mi"] == pytest.approx(0.5 * np.log1p(0.36 / 0.49), abs=4 * row["se"] + 0.05)
    assert 0 < row["lower"] < 0.5 * np.log1p(0.36 / 0.49)
    assert ranking.loc["through", "lower"] <= 0
    assert ranking.loc["flat", ["mi", "se", "pvalue", "reason", "flag"]].tolist() == [0, 0, 1, "constant", "constant"]
    assert (ranking["qvalue"] >= ranking["pvalue"]).all()
    assert ranking.attrs == {"alpha": 0.05, "unit": "nats", "given": ["z"]}


def test_a_column_has_the_numbers_of_mutual_info(ranking):
    X, y = draw()
    found, row = mutual_info(X["own"], y, X["z"], random_state=0), ranking.loc["own"]
    assert row[["mi", "score", "se", "pvalue"]].tolist() == [found.mi, found.held_out, found.se, found.pvalue]
    assert row["lower"] == found.lower_bound()


def test_workers_and_tables_give_the_same_bits(ranking):
    X, y = draw()
    done = []
    found = rank_columns(
        X[["own"]].assign(flat=1),
        y,
        given=pl.DataFrame({"z": X["z"]}),
        n_jobs=2,
        random_state=0,
        progress=lambda *counts: done.append(counts),
    )
    numbers = ["kind", "mi", "score", "se", "lower", "pvalue"]
    pd.testing.assert_frame_equal(found[numbers], ranking.loc[["own", "flat"], numbers])
    assert done == [(1, 2), (2, 2)]
    assert found.attrs["given"] == ["z"]


def test_links_with_known_columns_are_found():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 2)), columns=["z", "partner"])
    y = ((X["z"] > 0) ^ (X["partner"] > 0)).astype(int)
    y = np.where(rng.random(400) < 0.15, 1 - y, y)
    assert not rank_columns(X, y, random_state=0)["kept"].any()  # neither says anything alone
    given = rank_columns(X, y, given=[0], random_state=0)
    assert given.loc["partner", "kept"]
    # Given the sign of z, y is that of the other but for 15 %: log 2 less the entropy of .15, .271 nats.
    truth = np.log(2) + 0.15 * np.log(0.15) + 0.85 * np.log(0.85)
    assert given.loc["partner", "lower"] < truth
    assert given.loc["partner", "mi"] == pytest.approx(truth, abs=4 * given.loc["partner", "se"] + 0.1)


@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
def test_groups_targets_and_units():
    X, y = draw(60)
    both = np.c_[y, np.random.default_rng(1).normal(size=60)]
    several = rank_columns(X, both, given=["z"], random_state=0)
    one = rank_columns(X, y, given=["z"], unit="bits", random_state=0)
    assert several.loc["own", "mi"] == pytest.approx(one.loc["own", "mi"] * np.log(2))
    assert several.loc["own", "pvalue"] == pytest.approx(2 * one.loc["own", "pvalue"])  # the choice of a target is paid
    grouped = rank_columns(X, y, given=["z"], groups=np.arange(60) // 2, random_state=0)
    assert set(grouped.index) == {"own", "through", "noise"}
    nobody = rank_columns(X, y, given=[], random_state=0)
    pd.testing.assert_frame_equal(nobody, rank_columns(X, y, random_state=0))


def test_warnings_are_said_once():
    X, y = draw(45)
    X["row"] = np.arange(45)
    with pytest.warns() as caught:
        rank_columns(X, y, given=["z"], cv=2, random_state=0)
    kinds = [one.category for one in caught]
    assert kinds.count(FewRowsWarning) == 1
    assert kinds.count(IdentifierWarning) == 1
    few = next(str(one.message) for one in caught if one.category is FewRowsWarning)
    assert few.startswith("Column 'through' (and 3 more columns): With 45 rows")


def test_what_cannot_be_given_is_refused():
    X, y = draw(60)
    with pytest.raises(ValueError, match="given names 'tz', which is not a column of the table; did you mean 'z'"):
        rank_columns(X, y, given=["tz"])
    with pytest.raises(ValueError, match="given holds every column of X, so that none is left to rank"):
        rank_columns(X, y, given=list(X.columns))
    with pytest.raises(ValueError, match="X and given have inconsistent numbers of samples: 60 and 59"):
        rank_columns(X, y, given=X[["z"]][:-1])
    with pytest.raises(ValueError, match="given needs all rows at hand, but X is read in batches"):
        rank_columns([X.assign(y=y)], "y", given=["z"])
    with pytest.raises(ValueError, match="'given' parameter of rank_columns must be"):
        rank_columns(X, y, given="z")


def test_only_columns_in_which_something_is_seen_are_trained_on(monkeypatch):
    rng = np.random.default_rng(5)
    X, y = draw(600)
    X = X.assign(**{f"noise{k}": rng.normal(size=600) for k in range(30)}, wave=rng.uniform(-3, 3, 600))
    y = y + 2 * np.sin(8 * X["wave"])  # no product of low-degree functions sees it
    trained = []
    monkeypatch.setattr(beyond, "estimate_conditional", lambda x, *rest, **more: trained.append(x.columns[0].name))
    ranking = rank_columns(X, y, given=["z"], random_state=0)
    assert {"own", "wave"} <= set(trained)
    assert len(trained) < 15  # of 32 others a tenth by chance
    others = ranking.drop(index=trained)
    assert (others["pvalue"] > beyond.SCREENED).all()
    assert (others["lower"] <= 0).all()
    assert np.array_equal(others["mi"], others["score"])
    assert abs(others["mi"].mean()) < 4 * others["se"].mean() / np.sqrt(len(others))
