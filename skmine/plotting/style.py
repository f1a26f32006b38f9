"""What the displays share: colours, names that fit, axes of their own, frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colour of what was kept, chosen or estimated: a mid-tone, readable on white and on black.
KEPT_COLOUR = "#1f9e89"

#: Colour of everything else, and of zero lines: a mid-tone too.
OTHER_COLOUR = "#8d99a6"

#: Characters of a name; longer ones lose their middle, unless that makes two names equal. 36 of them take 2.7 inches.
LONGEST_NAME = 36

#: Width and height in inches of a figure with curves. Arbitrary, a text column wide.
CURVE_SIZE = (7.0, 4.2)


def shorten_names(names: Iterable[object]) -> list[str]:
    """Names without their middles where they are long, as far as they stay distinct."""
    full = [str(name) for name in names]
    for longest in (LONGEST_NAME, 2 * LONGEST_NAME):
        half = (longest - 1) // 2
        short = [name if len(name) <= longest else f"{name[:half]}…{name[-half:]}" for name in full]
        if len(set(short)) == len(set(full)):
            return short
    return full


def make_axes(ax: Axes | None, size: tuple[float, float], *, square: bool = False) -> Axes:
    """The given axes, or those of a new figure of a size in inches; square cells need a layout of their own."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, new = plt.subplots(figsize=size, layout="compressed" if square else "constrained")
    return new


def hide_frame(ax: Axes) -> None:
    """Leave only the axes themselves of the frame, below and on the left."""
    ax.spines[["top", "right"]].set_visible(False)
