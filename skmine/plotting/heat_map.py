"""What a heat map of columns is made of: room for cells and names, their order, and grey for what is noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from skmine.functions.html import OTHER_COLOUR
from skmine.plotting.style import make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches per column: room for a number of three digits.
INCHES = 0.28

#: Smallest and largest side of the heat map in inches. Arbitrary: the latter is about a screen's height.
SIDES = (2.4, 10.5)

#: Inches beside and above the heat map: colour scale and title.
BESIDE = 1.6
ABOVE = 0.7

#: Most names on an axis: of more columns, every second or third name is written. Arbitrary.
MOST_NAMES = 80

#: Smallest and largest size of letters in points, their share of the room of a line, and the width of a letter of
#: this size.
FONT_SIZES = (4.5, 9)
SHARE_OF_LINE = 0.75
WIDTH_OF_LETTER = 0.62

#: Most columns whose cells show their numbers, and the points that a cell needs for them. Arbitrary: more numbers are
#: not read.
MOST_NUMBERS = 14
CELL_OF_NUMBER = 15

#: Brightness of a cell, from 0 to 1, above which its number is black.
BRIGHT = 0.5

#: How much of the grey of noise is colour, and how much background.
SHARE_OF_GREY = 0.35


def make_room(ax: Axes | None, names: list[str]) -> tuple[Axes, float]:
    """Axes with room for so many cells and such names, and the size of a cell in points."""
    d, longest = max(len(names), 1), max(map(len, names), default=0)
    if ax is not None:
        box = ax.get_window_extent()
        return ax, min(box.width, box.height) * 72 / ax.figure.dpi / d
    side = float(np.clip(INCHES * d, *SIDES))
    cell = side * 72 / d
    room = longest * WIDTH_OF_LETTER * _choose_font(d, cell)[0] / 72
    return make_axes(None, (side + room + BESIDE, side + room + ABOVE), square=True), cell


def _choose_font(d: int, cell: float) -> tuple[float, int]:
    """Size of the letters of names in points, and of how many columns one is written."""
    step = max(-(-d // MOST_NAMES), int(np.ceil(FONT_SIZES[0] / SHARE_OF_LINE / cell)))
    return float(np.clip(SHARE_OF_LINE * cell * step, *FONT_SIZES)), step


def write_names(ax: Axes, names: list[str], cell: float) -> None:
    """Write the names of the columns on both axes."""
    size, step = _choose_font(len(names), cell)
    places = range(0, len(names), step)
    ax.set_xticks(places, names[::step], rotation=90, fontsize=size)
    ax.set_yticks(places, names[::step], fontsize=size)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def draw_grey(ax: Axes, grey: NDArray[np.bool_]) -> Any:
    """Lay grey over cells, and say what it means."""
    from matplotlib.colors import to_rgb

    colour = SHARE_OF_GREY * np.array(to_rgb(OTHER_COLOUR)) + (1 - SHARE_OF_GREY) * np.array(to_rgb(ax.get_facecolor()))
    ax.set_title("grey: not told from chance", fontsize=9, loc="left")
    return ax.imshow(np.dstack([np.broadcast_to(colour, (*grey.shape, 3)), grey]), interpolation="nearest")


def write_numbers(ax: Axes, numbers: NDArray[np.float64], image: Any, grey: Any, cell: float) -> None:
    """Write the number of each cell that has one, black on bright ones, where there is room for them."""
    if len(numbers) > MOST_NUMBERS or cell < CELL_OF_NUMBER:
        return
    colours = np.asarray(image.cmap(image.norm(np.ma.asarray(image.get_array()))))
    colours = np.where(colours[..., 3:] > 0, colours[..., :3], 1.0)  # blank cells are as bright as the page
    if grey is not None:
        over = np.asarray(grey.get_array())
        colours = np.where(over[..., 3:] > 0, over[..., :3], colours)
    bright = colours @ [0.299, 0.587, 0.114] > BRIGHT
    for i, j in zip(*np.nonzero(~np.isnan(numbers)), strict=True):
        text = f"{numbers[i, j]:.2f}".replace("-0.00", "0.00").replace("0.", ".", 1)
        ax.text(j, i, text, ha="center", va="center", fontsize=7, color="black" if bright[i, j] else "white")


def cluster_columns(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order of the leaves of an average-linkage tree, in which columns are close that share much."""
    distances, _ = _measure_distances(values)
    tree = hierarchy.optimal_leaf_ordering(hierarchy.linkage(distances, "average"), distances)
    return np.asarray(hierarchy.leaves_list(tree), np.int64)


def group_columns(values: NDArray[np.float64], least: float) -> NDArray[np.int64]:
    """The number of each column's group, by the same tree: columns of a group share `least` or more on average."""
    distances, largest = _measure_distances(values)
    tree = hierarchy.linkage(distances, "average")
    return np.asarray(hierarchy.fcluster(tree, largest - least, "distance"), np.int64)


def _measure_distances(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """How much less every two columns share than the two that share most, and what those share."""
    shared = np.nan_to_num(np.maximum(values, 0.0))
    np.fill_diagonal(shared, 0.0)
    largest = float(shared.max(initial=0.0))
    far = largest - shared
    np.fill_diagonal(far, 0.0)
    return squareform(far, checks=False), largest
