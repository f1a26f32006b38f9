"""What the pictures share: a colour and a marker per method, panels, rows of names, a legend above all panels."""

from collections.abc import Sequence
from typing import Any

#: Lines that a picture compares with: chance, a promise, the truth. Grey reads on white and on black.
GREY = "#8d99a6"

#: A colour per method, the same in every picture: told apart by the colour-blind, read on white and on black.
COLOURS = {
    "skmine": "#1f9e89",
    "skmine, p": "#74c9b4",
    "sklearn": "#d1762b",
    "ennemi": "#8c6bb1",
    "dcor": "#5b8ccc",
    "F": "#8d99a6",
    "xi": "#c2407a",
    "skmine, classical MINE": "#74c9b4",
    "SMILE-joint": "#c2407a",
    "InfoNCE": "#8a6d3b",
    "MINE": "#b8a042",
    "KSG": "#d1762b",
    "CCA": "#555f6b",
    "ennemi chain rule": "#8c6bb1",
    "GMM-MI": "#5b8ccc",
    "entropies": "#b5523c",
    "skmine joint": "#1f9e89",
    "skmine mRMR": "#74c9b4",
    "skmine marginal": "#555f6b",
    "SelectKBest": "#d1762b",
    "forest": "#b5523c",
    "lasso": "#b8a042",
    "mRMR": "#8c6bb1",
    "RFECV": "#5b8ccc",
    "Boruta": "#c2407a",
    "LassoNet": "#8a6d3b",
    "all columns": "#8d99a6",
    "labels": "#1f9e89",
    "codes": "#b8a042",
    "Miller-Madow": "#8c6bb1",
}

#: A marker per method as well, in pictures of more methods than colours alone tell apart; others are circles.
MARKERS = {
    "skmine, classical MINE": "h",
    "SMILE-joint": "s",
    "InfoNCE": "D",
    "MINE": "v",
    "KSG": "P",
    "CCA": "X",
    "ennemi": "^",
    "ennemi chain rule": "<",
    "GMM-MI": "*",
    "entropies": "d",
    "skmine joint": "*",
    "skmine mRMR": "h",
    "skmine marginal": "p",
    "SelectKBest": "P",
    "forest": "v",
    "lasso": "<",
    "mRMR": "X",
    "RFECV": "s",
    "Boruta": "^",
    "LassoNet": "D",
    "all columns": ".",
    "sklearn": "P",
    "Miller-Madow": "^",
}


def get_style(method: str) -> dict[str, Any]:
    """Colour and marker of a method, as arguments of `plot`."""
    return {"color": COLOURS.get(method, GREY), "marker": MARKERS.get(method, "o")}


def make_panels(down: int, across: int, size: tuple[float, float], **shared: Any) -> tuple[Any, Any]:
    """A figure and its axes, (down, across)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(down, across, squeeze=False, **shared)


def name_rows(ax: Any, names: Sequence[str], **style: Any) -> None:
    """Names instead of numbers on the y axis, the first one on top."""
    ax.set_yticks(range(len(names)), names, **style)
    ax.set_ylim(len(names) - 0.4, -0.6)


def add_legend(figure: Any, ax: Any, n_columns: int) -> None:
    """The legend of one panel, above all of them."""
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=n_columns, fontsize=8)
