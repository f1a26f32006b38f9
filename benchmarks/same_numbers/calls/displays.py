"""Calls of the displays and of the samplers."""

from typing import Any

import numpy as np

from benchmarks.same_numbers.calls.data import draw_table, load_diabetes_frame
from benchmarks.same_numbers.calls.register import register


@register
def displays() -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    from skmine import MINEFeatureSelector, MutualInfoEstimator, rank_columns
    from skmine.plotting import MatrixDisplay, PathDisplay, PointwiseDisplay, RankingDisplay, TrainingDisplay

    X, y = load_diabetes_frame()
    Z, t = draw_table(400)
    ranked = RankingDisplay.from_ranking(rank_columns(X, y, random_state=0))
    chosen = RankingDisplay.from_estimator(MINEFeatureSelector(random_state=0).fit(X, y))
    matrix = MatrixDisplay.from_table(X.iloc[:, :5], random_state=0)
    path = PathDisplay.from_estimator(MINEFeatureSelector("joint", max_iter=40, random_state=0).fit(Z, t))
    fitted = MutualInfoEstimator((16,), max_iter=40, random_state=0).fit(Z, t)
    trained, points = TrainingDisplay.from_estimator(fitted), PointwiseDisplay.from_estimator(fitted, Z, t)
    return [
        [bar.get_width() for bar in ranked.bars_],
        [bar.get_width() for bar in chosen.bars_],
        np.asarray(matrix.image_.get_array(), float),
        path.line_.get_xydata(),
        [line.get_xydata() for line in trained.lines_],
        [np.asarray(points.points_.get_offsets(), float), np.asarray(points.points_.get_array(), float)],
    ]


@register
def samplers() -> Any:
    from skmine import synthetic

    found = [*synthetic.shapes(), *synthetic.tables()]
    return [[one.mi, one.draw(np.random.default_rng(0), 50)] for one in found]
