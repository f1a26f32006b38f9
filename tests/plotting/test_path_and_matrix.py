"""The path of a joint selection, and the matrix of all pairs, as pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skmine import MINEFeatureSelector, mutual_info_matrix
from skmine.plotting import MatrixDisplay, PathDisplay


@pytest.fixture(scope="module")
def selector():
    X = np.random.default_rng(0).normal(size=(1500, 6))
    return MINEFeatureSelector("joint", max_iter=400, random_state=0).fit(X, (X[:, 1] > 0) ^ (X[:, 4] > 0))


def test_a_path_shows_the_sets_the_shadows_and_what_was_kept(selector):
    display = PathDisplay.from_estimator(selector)
    x, y = display.line_.get_data()
    path = selector.path_
    assert list(x) == sorted(set(path["n_left"]))
    assert y[list(x).index(2)] == path.loc[path["n_left"] == 2, "mi"].iloc[-1]
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert any(label.startswith("kept: 2, ") for label in labels)
    assert "with shadows" in labels
    assert {text.get_text().strip() for text in display.ax_.texts} == {"x1", "x4"}
    _, ax = plt.subplots()
    assert PathDisplay.from_estimator(selector, ax=ax).ax_ is ax


def test_of_several_rounds_with_as_many_columns_the_last_one_counts():
    path = pd.DataFrame(
        {
            "dropped": ["a", "b", "c", "d"],
            "n_left": [3, 2, 2, 1],
            "n_shadows": [1, 1, 0, 0],
            "mi": [0.1, 0.2, 0.5, 0.3],
            "se": 0.01,
            "kept": [False, False, True, True],
        }
    )
    display = PathDisplay(path=path, mi=0.4).plot()
    assert display.line_.get_xydata().tolist() == [[1, 0.3], [2, 0.5], [3, 0.1]]


def test_a_path_may_keep_no_column(selector):
    path = selector.path_.assign(kept=False)
    display = PathDisplay(path=path, mi=0.0).plot()
    assert "no column kept" in [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_a_path_needs_a_joint_selection():
    X = np.random.default_rng(0).normal(size=(60, 2))
    with pytest.raises(NotFittedError):
        PathDisplay.from_estimator(MINEFeatureSelector("joint"))
    with pytest.raises(ValueError, match="got method='marginal' and no steps; fit it with method='joint'"):
        PathDisplay.from_estimator(MINEFeatureSelector().fit(X, X[:, 0] > 0))


def draw_pairs(d):
    """Pairs of columns that share much, and nothing with other pairs."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, d))
    X[:, d // 2 :] = X[:, : d // 2] + 0.1 * rng.normal(size=(400, d // 2))
    return pd.DataFrame(X).rename(columns="c{}".format)


@pytest.mark.parametrize("d", [6, 40, 200])
def test_columns_that_share_much_are_neighbours(d):
    table = draw_pairs(d)
    shared = np.abs(np.corrcoef(table.T)) ** 3  # any matrix will do
    matrix = pd.DataFrame(shared, index=table.columns, columns=table.columns)
    display = MatrixDisplay.from_matrix(matrix, normalized=True)
    place = {name: i for i, name in enumerate(display.order_)}
    assert all(abs(place[f"c{j}"] - place[f"c{j + d // 2}"]) == 1 for j in range(d // 2))
    assert sorted(display.order_) == sorted(table.columns)
    shown = np.asarray(np.ma.filled(display.image_.get_array(), np.nan))
    np.testing.assert_allclose(np.diag(shown), 1)  # a column determines itself
    assert len(display.ax_.get_yticks()) <= 80
    assert bool(display.ax_.texts) == (d <= 14)
    display.figure_.canvas.draw()


def test_a_matrix_is_in_nats_or_from_0_to_1():
    table = draw_pairs(4)
    display = MatrixDisplay.from_table(table, random_state=0)
    assert display.image_.get_clim() == (0, 1)
    nats = MatrixDisplay.from_table(table, normalize=False, cluster=False, random_state=0)
    assert nats.order_ == list(table.columns)
    largest = mutual_info_matrix(table, random_state=0).max().max()
    assert nats.image_.get_clim()[1] == pytest.approx(largest)
    assert MatrixDisplay.from_table(table[["c0"]], random_state=0).order_ == ["c0"]


def test_matrix_must_be_square():
    with pytest.raises(ValueError, match="same names for its rows and its columns, got shape"):
        MatrixDisplay.from_matrix(pd.DataFrame(np.eye(2), columns=["a", "b"], index=["a", "c"]))
