"""A mosaic of two columns of labels: tiles whose areas are shares of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skmine.plotting.placement import PlacedColumn
from skmine.plotting.pointwise import COLOURED, COLOURS, SMALLEST_END
from skmine.plotting.style import hide_frame
from skmine.reporting.sights import Sight

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Space between tiles, as a share of the frame.
GAP = 0.006

#: Shares of the frame that a label needs, beside and below it: narrower tiles have none.
LEAST_LABELLED = 0.035

#: Letters of all labels below the frame together above which they are written vertically. Arbitrary.
MOST_LETTERS = 40


def draw_mosaic(ax: Axes, sight: Sight) -> None:
    """Tiles as wide as the column's values are frequent and as high as the target's are there, coloured by what
    they say of each other.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    x, y = (PlacedColumn.from_series(series) for series in (sight.x, sight.y))
    known = np.isfinite(x.place) & np.isfinite(y.place)
    counts, means = _count(x, y, known, sight.pointwise)
    end = max(float(np.quantile(np.abs(sight.pointwise[known]), COLOURED)), SMALLEST_END)
    colours = ScalarMappable(Normalize(-end, end), LinearSegmentedColormap.from_list("pointwise", COLOURS))
    of_x = counts.sum(1, keepdims=True)
    left = np.concatenate([[0.0], np.cumsum(of_x[:, 0] / counts.sum())])
    tops = np.cumsum(np.divide(counts, of_x, out=np.zeros_like(counts), where=of_x > 0), axis=1)
    bottoms = np.hstack([np.zeros((len(tops), 1)), tops[:, :-1]])
    _draw_tiles(ax, left, bottoms, tops, np.asarray(colours.to_rgba(means)))
    _write_labels(ax.xaxis, x, (left[:-1] + left[1:]) / 2, np.diff(left))
    widest = int(np.argmax((tops[:, :] - bottoms > LEAST_LABELLED).sum(1)))
    _write_labels(ax.yaxis, y, (bottoms[widest] + tops[widest]) / 2, tops[widest] - bottoms[widest])
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_title(f"{int(known.sum()):,} rows; a tile's area is its share of them", fontsize=9, loc="left")
    bar = ax.figure.colorbar(colours, ax=ax, label=f"mean pointwise information ({sight.unit})")
    bar.outline.set_visible(False)
    hide_frame(ax)


def _count(
    x: PlacedColumn, y: PlacedColumn, known: NDArray[np.bool_], pointwise: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows of each tile, and the mean of their pointwise information."""
    places = x.place[known].astype(int), y.place[known].astype(int)
    counts, sums = np.zeros((2, len(x.bands or ()), len(y.bands or ())))
    np.add.at(counts, places, 1)
    np.add.at(sums, places, pointwise[known])
    return counts, np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)


def _draw_tiles(
    ax: Axes, left: NDArray[np.float64], bottoms: NDArray[np.float64], tops: NDArray[np.float64], colours: Any
) -> None:
    from matplotlib.patches import Rectangle

    for i, j in np.ndindex(*tops.shape):
        corner = float(left[i]) + GAP / 2, float(bottoms[i, j]) + GAP / 2
        width, height = float(left[i + 1] - left[i]) - GAP, float(tops[i, j] - bottoms[i, j]) - GAP
        if min(width, height) > 0:
            ax.add_patch(Rectangle(corner, width, height, facecolor=colours[i, j]))


def _write_labels(axis: Any, column: PlacedColumn, places: Iterable[float], sizes: NDArray[np.float64]) -> None:
    """The names of the bands that have room, and the column's."""
    labels = [
        (place, name)
        for place, name, size in zip(places, column.bands or (), sizes, strict=True)
        if size > LEAST_LABELLED
    ]
    vertical = axis.axis_name == "x" and sum(len(name) for _, name in labels) > MOST_LETTERS
    axis.set_ticks([place for place, _ in labels], [name for _, name in labels], fontsize=8)
    axis.set_tick_params(length=0, labelrotation=90 if vertical else 0)
    axis.set_label_text(column.name)
