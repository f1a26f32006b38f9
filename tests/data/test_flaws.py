"""Columns that number or identify rows are flagged, and warned of wherever columns are read."""

import numpy as np
import pandas as pd
import pytest

from skmine import MINEFeatureSelector, mutual_info, mutual_info_matrix, mutual_info_scores, rank_columns
from skmine.data.conversion import make_column
from skmine.data.flaws import find_flaw, is_row_number
from skmine.exceptions import IdentifierWarning

N = 120

CALLS = {
    "rank_columns": lambda X, y: rank_columns(X, y, random_state=0),
    "mutual_info_scores": lambda X, y: mutual_info_scores(X, y, random_state=0),
    "mutual_info_matrix": lambda X, y: mutual_info_matrix(X, random_state=0),
    "mutual_info": lambda X, y: mutual_info(X[["row"]], y, random_state=0),
    "marginal": lambda X, y: MINEFeatureSelector(n_features_to_select=1, random_state=0).fit(X, y),
    "mrmr": lambda X, y: MINEFeatureSelector("mrmr", n_features_to_select=1, random_state=0).fit(X, y),
    "joint": lambda X, y: MINEFeatureSelector("joint", max_iter=20, random_state=0).fit(X, y),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_row_number_is_warned_of_once(name):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"row": np.arange(N), "a": rng.normal(size=N), "b": rng.normal(size=N)})
    with pytest.warns(
        IdentifierWarning, match="Column 'row' numbers the rows, from 0 to 119: .*; drop it, unless"
    ) as seen:
        CALLS[name](X, X["a"].to_numpy() + rng.normal(size=N))
    assert len(seen) == 1
    assert seen[0].filename == __file__


def test_what_numbers_the_rows():
    for values in (
        np.arange(N),
        np.arange(1, N + 1),
        np.arange(N) * 1.0,
        np.arange(N).astype(str),
        np.arange(N, dtype=object),
    ):
        assert is_row_number(make_column(values, "a"))
    for values in (
        np.arange(9),
        np.arange(2, N),
        np.arange(N)[::-1],
        np.r_[np.arange(N), np.nan],
        np.arange(N) % 2 == 0,
        np.r_[0, np.arange(N - 2), N - 1],
        pd.date_range("2000", periods=N).to_numpy(),
    ):
        assert not is_row_number(make_column(values, "a"))


def test_flaws_in_words():
    assert find_flaw(make_column(np.full(N, np.nan), "a")) == "no values"
    assert find_flaw(make_column(np.ones(N), "a")) == "constant"
    assert find_flaw(make_column(np.array([f"row {k}" for k in range(N)]), "a")) == "labels almost all distinct"
    assert find_flaw(make_column(np.arange(N), "a")) == "row number"
    assert find_flaw(make_column(np.random.default_rng(0).normal(size=N), "a")) == ""


def test_a_row_number_is_kept_if_its_information_is_real():
    y = np.arange(N) + np.random.default_rng(0).normal(size=N)
    with pytest.warns(IdentifierWarning):
        ranking = rank_columns(
            pd.DataFrame({"step": np.arange(N), "noise": np.random.default_rng(1).normal(size=N)}), y
        )
    assert ranking.loc["step", ["kept", "reason", "flag"]].tolist() == [True, "", "row number"]
    with pytest.warns(IdentifierWarning):
        ranking = rank_columns(pd.DataFrame({"step": np.arange(N)}), np.random.default_rng(0).permutation(N) * 1.5)
    assert ranking.loc["step", ["kept", "reason", "flag"]].tolist() == [False, "q > 0.05", "row number"]
