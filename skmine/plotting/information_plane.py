"""An information plane as a picture: what layers say of the target against what they say of their input, by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skmine.functions.html import OTHER_COLOUR, shorten_names
from skmine.functions.plane import WITHOUT_NOISE, InformationPlane
from skmine.functions.units import Unit
from skmine.plotting.style import CURVE_SIZE, hide_frame, make_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Markers of layers, in turn.
MARKERS = "osD^vP"

#: Room around the points, as a proportion of their range. Arbitrary.
MARGIN = 0.08

#: A limit is drawn if it is at most so many times the largest number: further off it would push them together.
NEAR = 3

#: Text beside the line of a limit.
LIMIT_TEXT: dict[str, Any] = {"xytext": (3, 3), "textcoords": "offset points", "fontsize": 8}


class InformationPlaneDisplay:
    """Layers in the plane of I(X; T) and I(T; Y), in nats or bits, from the first epoch to the last.

    Dots are lower bounds of I(X; T), with a line to the upper ones, and estimates of I(T; Y) with their standard
    errors. Dashed lines are what neither can exceed: H(Y), and the log of the number of rows, which lower bounds
    can certify at most.

    It is recommended to use `from_plane`.

    Parameters
    ----------
    plane : InformationPlane
        As `skmine.information_plane` returns it, with noise.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : dict of matplotlib PathCollection
        The dots of each layer.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import information_plane
    >>> from skmine.plotting import InformationPlaneDisplay
    >>> x = np.random.default_rng(0).normal(size=(300, 1))
    >>> plane = information_plane([[x], [2 * x]], x[:, 0] > 0, noise=1.0, random_state=0)
    >>> display = InformationPlaneDisplay.from_plane(plane)
    >>> display.ax_.get_xlabel()
    'I(X; T), lower bound (nats)'
    """

    def __init__(self, *, plane: InformationPlane) -> None:
        self.plane = plane

    @classmethod
    def from_plane(
        cls, plane: InformationPlane, *, unit: Unit | None = None, ax: Axes | None = None, **kwargs: Any
    ) -> InformationPlaneDisplay:
        """Draw what `skmine.information_plane` returned.

        Parameters
        ----------
        plane : InformationPlane
            As `skmine.information_plane` returns it, with noise.
        unit : {"nats", "bits"}, default=None
            What to draw; None: the unit of `plane`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        InformationPlaneDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If the noise of the layers was not known.
        ImportError
            If matplotlib is not installed.
        """
        return cls(plane=plane if unit is None else plane.convert(unit)).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> InformationPlaneDisplay:
        """Draw the plane.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        **kwargs
            Passed to matplotlib's ``scatter``, such as ``cmap``, or ``norm="log"`` for epochs that double.

        Returns
        -------
        InformationPlaneDisplay
            This object, with `ax_`, `figure_` and `points_`.

        Raises
        ------
        ValueError
            If the noise of the layers was not known.
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        if not self.plane.has_noise:
            raise ValueError(f"There is no plane to draw. {WITHOUT_NOISE}")
        ax = make_axes(ax, CURVE_SIZE)
        table, unit = self.plane.table, self.plane.unit
        layers, epochs = (list(table.index.unique(level)) for level in ("layer", "epoch"))
        shades = _shade(epochs)
        scale = {} if "norm" in kwargs else {"vmin": min(shades), "vmax": max(shades)}
        style = {"cmap": "viridis", "s": 36, "zorder": 3, **scale, **kwargs}
        self.points_ = {}
        for place, (layer, label) in enumerate(zip(layers, shorten_names([str(name) for name in layers]), strict=True)):
            rows = table.xs(layer, level="layer").loc[epochs]
            x, y = rows["i_xt_lower"].to_numpy(), rows["i_ty"].to_numpy()
            ax.plot(x, y, color=OTHER_COLOUR, linewidth=1, zorder=2)
            reach = [np.zeros(len(x)), np.maximum(rows["i_xt_upper"].to_numpy() - x, 0)]
            ax.errorbar(x, y, rows["i_ty_se"], reach, "none", ecolor=OTHER_COLOUR, elinewidth=0.8, alpha=0.6, zorder=1)
            marker = MARKERS[place % len(MARKERS)]
            self.points_[layer] = ax.scatter(x, y, c=shades, marker=marker, label=label, **style)
        self._draw_limits(ax)
        if len(epochs) > 1:
            bar = ax.figure.colorbar(next(iter(self.points_.values())), ax=ax, label="epoch")
            if shades != epochs:
                bar.set_ticks(shades, labels=[str(epoch) for epoch in epochs])
        ax.legend(loc="best", fontsize=8, frameon=False, title="layer", title_fontsize=8)
        ax.set(xlabel=f"I(X; T), lower bound ({unit})", ylabel=f"I(T; Y) ({unit})")
        ax.set_title(f"{len(epochs)} epochs of {len(layers)} layers; {self.plane.n} rows", fontsize=9, loc="left")
        hide_frame(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_limits(self, ax: Axes) -> None:
        """Draw what the numbers cannot exceed, where it is near them; upper bounds may leave the picture."""
        table, plane = self.plane.table, self.plane
        tops = {"x": float(table["i_xt_lower"].max()), "y": float((table["i_ty"] + table["i_ty_se"]).max())}
        style: dict[str, Any] = {"color": OTHER_COLOUR, "linewidth": 0.8, "linestyle": "--"}
        if plane.most < NEAR * tops["x"]:
            ax.axvline(plane.most, **style)
            ax.annotate(f"log {plane.n}", (plane.most, 0), xycoords=("data", "axes fraction"), **LIMIT_TEXT)
            tops["x"] = max(tops["x"], plane.most)
        if plane.entropy < NEAR * tops["y"]:
            ax.axhline(plane.entropy, **style)
            ax.annotate("H(Y)", (0, plane.entropy), xycoords=("axes fraction", "data"), **LIMIT_TEXT)
            tops["y"] = max(tops["y"], plane.entropy)
        lows = min(0.0, float(table["i_xt_lower"].min())), min(0.0, float((table["i_ty"] - table["i_ty_se"]).min()))
        for low, (axis, top) in zip(lows, tops.items(), strict=True):
            ax.set(**{f"{axis}lim": (low - MARGIN * (top - low), top + MARGIN * (top - low))})


def _shade(epochs: list[Any]) -> list[Any]:
    """Numbers of epochs, which colours stand for: themselves, or their places where they are names."""
    numbers = [isinstance(epoch, (int, float, np.number)) for epoch in epochs]
    return epochs if all(numbers) else list(range(len(epochs)))
