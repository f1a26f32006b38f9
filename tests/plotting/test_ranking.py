"""A ranking as a picture, and as a table in notebooks."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skmine import MINEFeatureSelector, rank_columns
from skmine.plotting import RankingDisplay


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    X = pd.DataFrame(rng.normal(size=(300, 6)), columns=[f"c{j}" for j in range(6)])
    X["c4"] += y
    X["c2"] += 2 * y
    return X, y


def names(display):
    return [t.get_text() for t in display.ax_.get_yticklabels()]


def test_from_ranking_draws_the_numbers(data):
    ranking = rank_columns(*data, random_state=0)
    display = RankingDisplay.from_ranking(ranking)
    assert names(display)[:2] == ["c2", "c4"]
    drawn = dict(zip(names(display), [b.get_width() for b in display.bars_], strict=True))
    assert drawn == pytest.approx(ranking["mi"].to_dict())
    marks = next(line for line in display.ax_.lines if line.get_marker() == "|")
    assert dict(zip(names(display), marks.get_xdata(), strict=True)) == pytest.approx(ranking["lower"].to_dict())
    assert display.ax_.figure is display.figure_
    assert "2 of 6 columns kept at a false discovery rate of 0.05" in display.ax_.get_title(loc="left")


def test_kept_columns_stand_above_the_line(data):
    ranking = rank_columns(*data, random_state=0)
    ranking["kept"] = [False, True, False, True, False, False]
    display = RankingDisplay.from_ranking(ranking)
    assert names(display)[:2] == list(ranking.index[[1, 3]])
    dashed = next(line for line in display.ax_.lines if line.get_linestyle() == "--")
    assert set(dashed.get_ydata()) == {1.5}
    colours = [b.get_facecolor() for b in display.bars_]
    assert len(set(colours[:2])) == 1
    assert colours[0] != colours[2]


def test_from_estimator_agrees(data):
    selector = MINEFeatureSelector(random_state=0).fit(*data)
    display = RankingDisplay.from_estimator(selector)
    other = RankingDisplay.from_ranking(rank_columns(*data, random_state=0))
    assert names(display) == names(other)
    assert [b.get_width() for b in display.bars_] == [b.get_width() for b in other.bars_]
    fixed = RankingDisplay.from_estimator(MINEFeatureSelector(n_features_to_select=3).fit(*data))
    assert fixed.ax_.get_title(loc="left") == "3 of 6 columns kept"
    with pytest.raises(NotFittedError):
        RankingDisplay.from_estimator(MINEFeatureSelector())


def test_given_axes_and_many_columns(data):
    import matplotlib.pyplot as plt

    ranking = pd.concat([rank_columns(*data, random_state=0)] * 40).set_axis(
        [f"a very long name of a column that goes on and on, number {i}" for i in range(240)]
    )
    _, ax = plt.subplots()
    display = RankingDisplay.from_ranking(ranking, ax=ax, top=30)
    assert display.ax_ is ax
    assert len(display.bars_) == 30
    assert "(210 more not shown)" in ax.get_title(loc="left")
    assert len(set(names(display))) == 30  # shortened names still differ
    assert max(map(len, names(display))) <= 36
    assert len(RankingDisplay.from_ranking(ranking, top=None).bars_) == 240


def test_html_shows_kept_columns_first_and_escapes_names(data):
    X, y = data
    display = RankingDisplay.from_ranking(rank_columns(X.rename(columns={"c2": "<b>c2"}), y, random_state=0))
    html = display._repr_html_()
    assert html.index("&lt;b&gt;c2") < html.index(">c4<") < html.index(">c0<")
    assert "<b>" not in html
    assert html.count(">yes<") == 2
    assert "2 of 6 columns kept" in html
    many = pd.concat([display.ranking] * 20)
    assert "more are not shown" in RankingDisplay(many, alpha=None)._repr_html_()


def test_selector_and_ranking_show_the_same(data):
    X, y = data
    one = RankingDisplay.from_estimator(MINEFeatureSelector(random_state=0).fit(X, y))
    other = RankingDisplay.from_ranking(rank_columns(X, y, random_state=0))
    pd.testing.assert_frame_equal(one.ranking, other.ranking[one.ranking.columns])
    assert one._repr_html_() == other._repr_html_()


def test_long_names_stay_apart(data):
    X, y = data
    middle = [f"a long name that begins alike, number {j}, and ends in the same way" for j in range(6)]
    display = RankingDisplay.from_ranking(rank_columns(X.set_axis(middle, axis=1), y, random_state=0))
    assert len(set(names(display))) == 6
    display.figure_.canvas.draw()
    (caption,) = display.ax_.findobj(lambda artist: "columns kept" in getattr(artist, "get_text", str)())
    assert caption.get_window_extent().x1 <= display.figure_.bbox.x1  # the caption is not cut
    ends = [f"{j} a long name that ends like all of the others in this table" for j in range(6)]
    display = RankingDisplay.from_ranking(rank_columns(X.set_axis(ends, axis=1), y, random_state=0))
    assert len(set(names(display))) == 6
    assert max(map(len, names(display))) <= 36
