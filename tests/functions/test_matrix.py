"""What every two columns of a table share."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score

from skmine import mutual_info_matrix, rank_columns
from skmine.data.counts import compute_entropy

RHO = 0.8


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 4000
    a = rng.normal(size=n)
    frame = pd.DataFrame({"a": a, "b": RHO * a + np.sqrt(1 - RHO**2) * rng.normal(size=n), "noise": rng.normal(size=n)})
    frame["sign"] = np.where(a > 0, "up", "down")
    frame["size"] = pd.cut(frame["b"], [-np.inf, -1, 0, 1, np.inf], labels=False)
    frame["flat"] = 1
    return frame


@pytest.fixture(scope="module")
def found(table):
    return mutual_info_matrix(table, with_errors=True, random_state=0)


def test_known_values(table, found):
    mi, se, pvalue = found
    # Of normal columns -1/2 log(1 - rho^2) = .511; of a column and its sign the entropy log 2.
    for one, other, truth in (("a", "b", -0.5 * np.log(1 - RHO**2)), ("a", "sign", np.log(2)), ("a", "noise", 0.0)):
        # Where the sign changes, a node of 192 holds both signs, and critics are unsure of its neighbours.
        edge = 0.03 if other == "sign" else 0.01
        assert mi.loc[one, other] == pytest.approx(truth, abs=3 * se.loc[one, other] + edge)
    plugin = mutual_info_score(table["sign"], table["size"])
    assert mi.loc["sign", "size"] == pytest.approx(plugin, abs=0.01)
    assert pvalue.loc["a", "b"] < 1e-6
    assert (mi.drop(index="flat", columns="flat").loc["noise"].drop("noise").abs() < 0.01).all()
    assert (mi["flat"] == 0).all()


def test_shape_names_and_diagonal(table, found):
    for frame in found:
        assert list(frame.index) == list(frame.columns) == list(table.columns)
        assert np.array_equal(frame, frame.T, equal_nan=True)
    mi, se, pvalue = found
    assert np.isnan(np.diag(mi)[:3]).all()
    assert mi.loc["sign", "sign"] == pytest.approx(compute_entropy(table["sign"].value_counts()))
    assert mi.loc["size", "size"] == pytest.approx(compute_entropy(table["size"].value_counts()))
    assert np.isnan(np.diag(se)).all()
    assert np.isnan(np.diag(pvalue)).all()


def test_normalised(table):
    share = mutual_info_matrix(table, normalize=True, random_state=0)
    assert share.loc["a", "b"] == pytest.approx(RHO, abs=0.02)
    assert share.loc["a", "sign"] == pytest.approx(1, abs=0.04)
    assert share.loc["sign", "sign"] == 1
    assert share.loc["a", "noise"] == 0  # what chance explains shows as nothing
    assert share.min().min() >= 0
    assert share.max().max() <= 1


@pytest.mark.parametrize("n", [149, 150, 152])
def test_the_scale_does_not_hang_on_the_number_of_rows(n):
    # 38 values, four rows each: of one kind, whatever grids so many rows have.
    rng = np.random.default_rng(0)
    a = rng.permutation(np.repeat(np.arange(38), 4)[:152])
    b = a + 5 * rng.normal(size=152)
    share = mutual_info_matrix(np.c_[a, b][:n], normalize=True, random_state=0).iloc[0, 1]
    assert share == pytest.approx(np.corrcoef(a, b)[0, 1], abs=0.08)


def test_one_scale_whatever_the_decimals():
    rng, rho = np.random.default_rng(0), 0.87
    x = rng.normal(size=5_000)
    y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=5_000)
    for decimals in (1, 2, 8):
        share = mutual_info_matrix(np.round(np.c_[x, y], decimals), normalize=True, random_state=0).iloc[0, 1]
        assert share == pytest.approx(rho, abs=0.02)


def test_one_where_a_column_determines_the_other():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 40, 5_000)
    table = pd.DataFrame({"x": [f"L{v}" for v in x], "parity": x % 2, "same": x, "noise": rng.normal(size=5_000)})
    share = mutual_info_matrix(table, normalize=True, random_state=0)
    assert share.loc["x", "same"] == pytest.approx(1, abs=0.01)
    assert share.loc["x", "parity"] == pytest.approx(1, abs=0.01)
    assert share.loc["parity", "x"] == share.loc["x", "parity"]


def test_columns_of_noise_show_nothing():
    # A false discovery rate of 5 %: a table without a link has any cell in 5 % of the tables, here 2 of 20 at most
    # (P(more) < .08).
    rng = np.random.default_rng(0)
    tables = [mutual_info_matrix(rng.normal(size=(300, 8)), normalize=True, random_state=0) for _ in range(20)]
    assert sum((table.to_numpy() != np.eye(8)).any() for table in tables) <= 2


def test_it_is_the_ranking_with_each_column_as_target(table, found):
    some = table[["a", "b", "noise", "sign"]]
    ranking = rank_columns(some.drop(columns="sign"), some["sign"], random_state=0)
    assert np.allclose(ranking["mi"].loc[["a", "b", "noise"]], found[0]["sign"][["a", "b", "noise"]], atol=0.01)


def test_same_bits_for_any_worker_and_a_report(table):
    reports = []
    one = mutual_info_matrix(table, random_state=0, progress=lambda done, total: reports.append((done, total)))
    pd.testing.assert_frame_equal(one, mutual_info_matrix(table, random_state=0, n_jobs=2), check_exact=True)
    assert reports[-1] == (15, 15)
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)


def test_the_order_of_the_columns_does_not_matter(table):
    for frame in (table, table.set_axis([f"x{j}" for j in range(table.shape[1])], axis=1)):
        whole = mutual_info_matrix(frame, random_state=0)
        for seed in range(2):
            names = np.random.default_rng(seed).permutation(frame.columns)
            again = mutual_info_matrix(frame[names], random_state=0)
            pd.testing.assert_frame_equal(whole, again.loc[frame.columns, frame.columns], rtol=1e-6)


def test_arrays_and_bad_input():
    X = np.random.default_rng(0).normal(size=(60, 3))
    assert list(mutual_info_matrix(X).columns) == ["x0", "x1", "x2"]
    assert mutual_info_matrix(X[:, :1]).shape == (1, 1)
    with pytest.raises(ValueError, match="table is empty"):
        mutual_info_matrix(np.empty((5, 0)))
    with pytest.raises(ValueError, match="contains infinity"):
        mutual_info_matrix(np.full((5, 2), np.inf))
    with pytest.raises(ValueError, match="cv=3 folds need at least 3 rows"):
        mutual_info_matrix(X[:2])
