"""Pictures of few and many columns with long names: no text lies on another, and what is drawn is what was given."""

import itertools
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from skmine import MINEFeatureSelector, mutual_info_matrix, rank_columns
from skmine.plotting import MatrixDisplay, PathDisplay, PointwiseDisplay, RankingDisplay, TrainingDisplay

SIZES = (5, 30, 200)


def make_names(d):
    """Names of 60 characters that begin alike, as those of instruments do."""
    return [f"measurement {j:03d} of the patient at the visit, in laboratory units"[:60] for j in range(d)]


def find_ticks_out_of_sight(figure):
    """Labels of ticks that are beyond the ends of their axes, which nobody draws."""
    for axis in [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def find_overlaps(figure):
    """Pairs of texts of a figure that lie on each other by more than a point, and those that its edge cuts."""
    figure.canvas.draw()
    unseen = set(find_ticks_out_of_sight(figure))
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    texts = [text for text in texts if text not in unseen]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    inside = [(name, box) for name, box in boxes if box.width and box.height]
    cut = [name for name, box in inside if box.x0 < -1 or box.y0 < -1]
    cut += [name for name, box in inside if box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1]
    point = figure.dpi / 72
    overlaps = [
        (a, b)
        for (a, one), (b, other) in itertools.combinations(inside, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > point
        and min(one.y1, other.y1) - max(one.y0, other.y0) > point
    ]
    return overlaps + cut


def make_ranking(d, method):
    rng = np.random.default_rng(0)
    mi = np.sort(rng.exponential(0.1, d))[::-1]
    ranking = pd.DataFrame(
        {"mi": mi, "lower": mi - 0.02, "score": mi, "se": 0.01, "pvalue": 0.01, "qvalue": 0.01},
        index=pd.Index(make_names(d), name="column"),
    )
    ranking["kept"] = np.arange(d) < max(d // 5, 1)
    ranking["reason"] = ""
    ranking.attrs = {"unit": "nats", "method": method}
    if method == "joint":
        ranking[["mi", "lower", "qvalue"]] = np.nan
        ranking.iloc[d // 2 :, ranking.columns.get_indexer(["score", "se", "pvalue"])] = np.nan
    return ranking


def make_matrix(d, strong=0.0):
    rng = np.random.default_rng(0)
    values = np.abs(rng.normal(0, 0.01, (d, d)))
    values[: d // 2, : d // 2] += strong
    values = (values + values.T) / 2
    np.fill_diagonal(values, np.nan)
    return pd.DataFrame(values, index=make_names(d), columns=make_names(d))


def make_path(d):
    kept = min(10, d - 1)
    return pd.DataFrame(
        {
            "dropped": make_names(d),
            "n_left": np.arange(d, 0, -1),
            "n_shadows": np.where(np.arange(d) < d // 2, 5, 0),
            "mi": np.linspace(0.3, 0.5, d),
            "se": 0.01,
            "kept": np.arange(d) >= d - kept,
        }
    )


def make_labels(d):
    rng = np.random.default_rng(0)
    return pd.Series(np.array(make_names(d), object)[rng.integers(0, d, 300)], name=make_names(2)[0])


def make_numbers():
    return pd.Series(np.random.default_rng(1).normal(size=300), name=make_names(2)[1])


def make_history():
    steps = np.arange(0, 400, 40)
    curve = {"step": steps, "objective": steps / 1000, "validation": steps / 1000}
    return pd.concat([pd.DataFrame({"fold": fold, **curve}) for fold in range(3)])


DRAWN = {
    "ranking": lambda d: RankingDisplay.from_ranking(make_ranking(d, "marginal")),
    "joint": lambda d: RankingDisplay.from_ranking(make_ranking(d, "joint")),
    "matrix": lambda d: MatrixDisplay.from_matrix(make_matrix(d, 0.3), se=np.full((d, d), 0.01)),
    "path": lambda d: PathDisplay(path=make_path(d), mi=0.4).plot(),
    "labels across": lambda d: PointwiseDisplay(x=make_labels(d), y=make_numbers(), pointwise=np.ones(300)).plot(),
    "labels upwards": lambda d: PointwiseDisplay(x=make_numbers(), y=make_labels(d), pointwise=np.ones(300)).plot(),
}


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("d", SIZES)
@pytest.mark.parametrize("name", DRAWN)
def test_no_text_lies_on_another(name, d, style):
    with plt.style.context(style):
        display = DRAWN[name](d)
        assert find_overlaps(display.figure_) == []


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_training_curves_have_room(style):
    with plt.style.context(style):
        display = TrainingDisplay.from_history(make_history(), n_iter=[360, 200, 0], held_out_mi=0.3)
        assert find_overlaps(display.figure_) == []


@pytest.mark.parametrize("d", SIZES)
def test_what_is_drawn_is_what_was_given(d):
    ranking, matrix, path = make_ranking(d, "marginal"), make_matrix(d, 0.3), make_path(d)
    bars = RankingDisplay.from_ranking(ranking, top=None)
    assert [bar.get_width() for bar in bars.bars_] == ranking["mi"].tolist()
    gains = RankingDisplay.from_ranking(make_ranking(d, "joint"), top=None)
    assert [bar.get_width() for bar in gains.bars_] == [*ranking["mi"][: d // 2], *[0.0] * (d - d // 2)]
    heat = MatrixDisplay.from_matrix(matrix)
    shown = np.ma.filled(heat.image_.get_array(), np.nan)
    np.testing.assert_array_equal(shown, matrix.loc[heat.order_, heat.order_])
    line = PathDisplay(path=path, mi=0.4).plot().line_
    np.testing.assert_array_equal(line.get_xydata()[::-1], path[["n_left", "mi"]])


# Noise, scales and units


@pytest.mark.parametrize("known", ["attrs", "pvalue", "se", "normalized"])
def test_a_hundred_columns_of_noise_look_like_noise(known):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 100)))
    mi, se, pvalue = mutual_info_matrix(X, with_errors=True, normalize=known == "normalized", random_state=0)
    given = {"pvalue": {"pvalue": pvalue}, "se": {"se": se}}.get(known, {})
    if given:
        mi.attrs = {}  # as of a frame that went through other hands
    display = MatrixDisplay.from_matrix(mi, **given)
    grey = np.asarray(display.noise_.get_array())[..., 3] > 0
    off_diagonal = ~np.eye(100, dtype=bool)
    # By p-values a false discovery is one table in twenty; by errors alone, a few pairs in a hundred.
    assert grey[off_diagonal].mean() > (0.95 if known == "se" else 0.999)
    assert not np.diag(grey).any()
    assert display.ax_.get_title(loc="left") == "grey: not told from chance"


def test_links_are_coloured_and_noise_is_grey():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 6)), columns=list("abcdef"))
    X["f"] = X["a"] + 0.3 * rng.normal(size=400)
    display = MatrixDisplay.from_table(X, normalize=False, random_state=0)
    grey = pd.DataFrame(np.asarray(display.noise_.get_array())[..., 3] > 0, display.order_, display.order_)
    assert not grey.loc["a", "f"]
    assert grey.loc["b", "c"]
    assert len({text.get_text() for text in display.ax_.texts}) > 1


def test_scales_and_labels_come_from_the_data():
    X = np.random.default_rng(0).normal(size=(300, 4))
    X[:, 3] += X[:, 0]
    scaled = MatrixDisplay.from_matrix(mutual_info_matrix(X, normalize=True, random_state=0))
    assert scaled.image_.get_clim() == (0, 1)
    assert (np.diag(scaled.image_.get_array()) == 1).all()
    assert scaled.image_.colorbar.ax.get_ylabel() == "normalized mutual information"
    nats = mutual_info_matrix(X, random_state=0)
    drawn = {unit: MatrixDisplay.from_matrix(nats, unit=unit) for unit in (None, "nats", "bits")}
    assert drawn[None].image_.colorbar.ax.get_ylabel() == "mutual information (nats)"
    assert drawn["bits"].image_.colorbar.ax.get_ylabel() == "mutual information (bits)"
    ratio = drawn["bits"].image_.get_clim()[1] / drawn["nats"].image_.get_clim()[1]
    assert ratio == pytest.approx(1 / np.log(2))
    given = MatrixDisplay.from_matrix(mutual_info_matrix(X, unit="bits", random_state=0))
    assert given.image_.get_clim() == pytest.approx(drawn["bits"].image_.get_clim())
    with pytest.raises(ValueError, match=r"pvalue must be of the shape of matrix, \(4, 4\), got \(3, 3\)"):
        MatrixDisplay.from_matrix(nats, pvalue=np.eye(3))
    with pytest.raises(ValueError, match="unit must be 'nats' or 'bits', got 'dits'"):
        MatrixDisplay.from_matrix(nats, unit="dits")


def test_curves_and_bars_are_in_bits_where_that_is_asked_for():
    ranking = make_ranking(5, "marginal")
    bits = RankingDisplay.from_ranking(ranking, unit="bits")
    assert [bar.get_width() for bar in bits.bars_] == pytest.approx((ranking["mi"] / np.log(2)).tolist())
    assert bits.ax_.get_xlabel() == "mutual information (bits)"
    assert "MI (bits)" in bits._repr_html_()
    curves = TrainingDisplay.from_history(make_history(), n_iter=[360, 200, 0], held_out_mi=0.3, unit="bits")
    np.testing.assert_allclose(curves.lines_[0].get_ydata(), make_history()["validation"][:10] / np.log(2))
    assert curves.ax_.get_ylabel() == "mutual information (bits)"
    rows = PointwiseDisplay(x=make_numbers(), y=make_numbers(), pointwise=np.ones(300), unit="bits").plot()
    assert rows.colorbar_.ax.get_ylabel() == "pointwise mutual information (bits)"


# What is passed on


def test_keywords_go_to_matplotlib():
    assert (
        RankingDisplay.from_ranking(make_ranking(5, "marginal"), alpha=0.1, edgecolor="red").bars_[0].get_edgecolor()[0]
        == 1
    )
    assert MatrixDisplay.from_matrix(make_matrix(5), cmap="magma", vmax=2).image_.get_clim() == (0, 2)
    table = np.random.default_rng(0).normal(size=(100, 3))
    assert MatrixDisplay.from_table(table, image_kw={"cmap": "magma"}).image_.get_cmap().name == "magma"
    assert PathDisplay(path=make_path(5), mi=0.4).plot(linewidth=3).line_.get_linewidth() == 3
    curves = TrainingDisplay.from_history(make_history(), n_iter=[0, 0, 0], held_out_mi=0.3, linestyle="--")
    assert {line.get_linestyle() for line in curves.lines_} == {"--"}
    rows = PointwiseDisplay(x=make_numbers(), y=make_numbers(), pointwise=np.arange(300.0))
    assert rows.plot(alpha=0.5).points_.get_alpha() == 0.5
    assert rows.plot(kind="hexagons", cmap="magma").points_.get_cmap().name == "magma"


def test_every_display_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for draw in (*(lambda make=make: make(5) for make in DRAWN.values()), lambda: MatrixDisplay.from_table(np.eye(3))):
        with pytest.raises(ImportError, match=r"not installed; run: pip install 'skmine\[plot\]'"):
            draw()


# Rankings of every method and source


def test_every_method_and_source_has_a_ranking():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(600, 4)), columns=list("abcd"))
    y = (X["a"] + X["b"] > 0).astype(int)
    frame = X.assign(target=y)
    for method in ("marginal", "mrmr", "joint"):
        selector = MINEFeatureSelector(method, max_iter=60, random_state=0).fit(X, y)
        display = RankingDisplay.from_estimator(selector)
        drawn = {t.get_text(): b.get_width() for t, b in zip(display.ax_.get_yticklabels(), display.bars_, strict=True)}
        expected = pd.Series(selector.scores_ if method == "joint" else selector.mi_, X.columns)
        assert drawn == expected.fillna(0).to_dict()
        kept = [name for name, kept in zip(display.ranking.index, display.ranking["kept"], strict=True) if kept]
        assert set(kept) == set(selector.get_feature_names_out())
        assert ("added" in display.ax_.get_xlabel()) == (method == "joint")
        again = RankingDisplay.from_ranking(selector.results_)
        assert set(again.ranking.index) == set(X.columns)
        assert again.ax_.get_xlabel() == display.ax_.get_xlabel()
    streamed = MINEFeatureSelector(random_state=0).fit([frame[:300], frame[300:]], "target")
    assert len(RankingDisplay.from_estimator(streamed).bars_) == 4
    assert len(RankingDisplay.from_ranking(rank_columns([frame[:300], frame[300:]], "target")).bars_) == 4
    array = MINEFeatureSelector(random_state=0).fit(X.to_numpy(), y)
    assert set(RankingDisplay.from_estimator(array).ranking.index) == {"x0", "x1", "x2", "x3"}


def test_pictures_leave_global_settings_alone():
    before = dict(mpl.rcParams)
    DRAWN["matrix"](5)
    assert dict(mpl.rcParams) == before
