"""What the displays share: axes of their own, frames, and what to do where matplotlib is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width and height in inches of a figure with curves. Arbitrary, a text column wide.
CURVE_SIZE = (7.0, 4.2)

#: Width in inches of a letter of 8 points, on average.
LETTER_WIDTH = 0.075


def require_matplotlib() -> None:
    """Import matplotlib, or say what to do.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Displays are drawn by matplotlib, which is not installed; run: pip install 'skmine[plot]'"
        ) from error


def make_axes(ax: Axes | None, size: tuple[float, float], *, square: bool = False) -> Axes:
    """The given axes, or those of a new figure of a size in inches; square cells need a layout of their own."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, new = plt.subplots(figsize=size, layout="compressed" if square else "constrained")
    return new


def add_legend(ax: Axes, *, below: bool) -> None:
    """Write the legend: below the axes of a figure of our own, where it hides nothing, else inside of them."""
    handles, labels = ax.get_legend_handles_labels()
    if below:
        ax.figure.legend(handles, labels, loc="outside lower right", ncols=2, fontsize=8, frameon=False)
    else:
        ax.legend(handles, labels, loc="best", fontsize=8, frameon=False)


def hide_frame(ax: Axes) -> None:
    """Leave only the axes themselves of the frame, below and on the left."""
    ax.spines[["top", "right"]].set_visible(False)
