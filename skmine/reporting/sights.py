"""Where the information of the best columns lies: the rows to draw, and the same in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.escapes import escape_controls
from skmine.estimators.estimator import MutualInfoEstimator
from skmine.functions.units import Unit, convert
from skmine.plotting.placement import PlacedColumn, take_column
from skmine.plotting.pointwise import MOST_POINTS
from skmine.reporting.content import Picture, Record
from skmine.reporting.table import ReportTable
from skmine.reporting.work import Sample, Work

#: Columns that are drawn. Arbitrary: a page that is scrolled through.
MOST_PICTURES = 6

#: Parts that a continuous column's values are told in.
PARTS = 5

#: Most labels that are told one by one; the others are told together.
MOST_LABELS = 8


@dataclass(frozen=True)
class Sight:
    """A column and the target as they are drawn.

    Attributes
    ----------
    picture : Picture
        The same in numbers.
    x, y : Series of shape (n,)
    pointwise : ndarray of shape (n,)
        In `unit`.
    unit : {"nats", "bits"}
    """

    picture: Picture
    x: pd.Series
    y: pd.Series
    pointwise: NDArray[np.float64]
    unit: Unit


def look_at_columns(table: ReportTable, sample: Sample, best: Sequence[str], work: Work) -> list[Sight]:
    """The rows of the sample by the best columns, with what each says of the target."""
    sights, report = [], work.report("pictures")
    target = str(table.target)
    for done, name in enumerate(best[:MOST_PICTURES]):
        sights.append(_look(sample, name, target, work))
        report(done + 1, min(len(best), MOST_PICTURES))
    return sights


def _look(sample: Sample, name: str, target: str, work: Work) -> Sight:
    X, y = sample.frame[[name]], sample.frame[target]
    estimator = MutualInfoEstimator(**work.options).fit(X, y, groups=sample.groups)
    values = convert(estimator.pointwise(X, y), work.unit)
    across, upwards = take_column(X, "X", name), take_column(y.to_frame(), "y", target)
    across, upwards = _escape(across), _escape(upwards)
    places = PlacedColumn.from_series(across), PlacedColumn.from_series(upwards)
    known = ~np.isnan(places[0].place) & ~np.isnan(places[1].place)
    in_bands = sum(place.bands is not None for place in places)
    picture = Picture(
        column=name,
        drawn_as="hexagons" if not in_bands and known.sum() > MOST_POINTS else ("points", "boxes", "mosaic")[in_bands],
        n_rows=int(known.sum()),
        mi=float(values.mean()),
        parts=_list_parts(places[0], values),
    )
    return Sight(picture, across, upwards, values, work.unit)


def _escape(series: pd.Series) -> pd.Series:
    """A column whose name and labels can be written into a picture."""
    series = series.rename(escape_controls(str(series.name)))
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return series
    return series.cat.rename_categories(_distinguish([escape_controls(str(label)) for label in series.cat.categories]))


def _distinguish(labels: Sequence[str]) -> list[str]:
    """Labels that have become equal with a number each."""
    return [label if labels.count(label) == 1 else f"{label} ({k})" for k, label in enumerate(labels)]


def _list_parts(placed: PlacedColumn, values: NDArray[np.float64]) -> tuple[Record, ...]:
    """Parts of a column's values, how many rows they are, and what they add to the mean."""
    place, parts = placed.place, []
    missing = np.isnan(place)
    if placed.bands is None:
        known = place[~missing]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1))) if len(known) else np.empty(0)
        numbers = np.searchsorted(edges[1:-1], place, side="left")
        for k, (low, high) in enumerate(pairwise(edges)):
            parts.append((f"{_write(low, placed)} to {_write(high, placed)}", (numbers == k) & ~missing))
    else:
        counts = [(int((place == k).sum()), k) for k in range(len(placed.bands))]
        shown = sorted(k for _, k in sorted(counts, key=lambda of: (-of[0], of[1]))[:MOST_LABELS])
        parts += [(placed.bands[k], place == k) for k in shown]
        parts.append(("all others", ~missing & ~np.isin(place, shown)))
    parts.append(("missing", missing))
    n = len(values)
    return tuple(
        {"part": name, "rows": int(inside.sum()), "contribution": float(values[inside].sum() / n)}
        for name, inside in parts
        if inside.any()
    )


def _write(value: float, placed: PlacedColumn) -> str:
    """An end of a part as the axis has it."""
    if not placed.is_date:
        return f"{value:.4g}"
    from matplotlib.dates import num2date

    return f"{num2date(value):%Y-%m-%d}"
