"""Pointwise mutual information as a picture: where on the plane of two columns it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.estimator import MutualInfoEstimator
from skmine.functions.units import Unit, check_unit, convert
from skmine.plotting.placement import PlacedColumn, take_column
from skmine.plotting.style import hide_frame, make_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours from rarer than chance through chance to likelier: orange, grey and blue are distinct for the colour-blind
#: too, on white and on black.
COLOURS = ("#d95f0e", "#f0a868", "#b8bec5", "#6fa8d6", "#1f6fb5")

#: Fraction of the rows whose values are within the colour scale. Arbitrary: a few extreme rows would make all others
#: grey.
COLOURED = 0.98

#: Smallest end of the colour scale in nats, so that a constant picture has one.
SMALLEST_END = 1e-3

#: Most rows that "auto" draws as points. Arbitrary: more of them hide each other.
MOST_POINTS = 5_000

#: Hexagons across the frame. Arbitrary.
HEXAGONS = 45

#: Area of all points together in square typographic points, and the smallest and largest of one of them. Arbitrary.
TOTAL_AREA = 9_000
SMALLEST_POINT = 3
LARGEST_POINT = 26

#: Width and height of a figure in inches: its frame is about square, beside the colour scale. Long names of labels
#: are added.
FIGURE_SIZE = (6.4, 5.0)

Name = str | int
Kind = Literal["auto", "points", "hexagons"]


class PointwiseDisplay:
    """Where on the plane of two columns the mutual information lies.

    Each point is a row, coloured by its pointwise mutual information in nats: how much likelier (blue) or
    rarer (orange) the row's two sides are together than by chance, given *all* columns of X and y, not only
    these two. The mean over the rows is the score. Many rows are drawn as hexagons, coloured by the mean of
    their rows.

    Labels, and whole numbers with few values, are drawn in bands and spread at random within them. Rows with
    a missing value in either column are left out, as are rows far outside and rows of rare labels among very
    many. The title counts them.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    x, y : Series of shape (n,)
        The horizontal and the vertical column: numbers, dates, booleans or labels. The axes have their names.
    pointwise : ndarray of shape (n,)
        Pointwise mutual information of each row, in nats.
    unit : {"nats", "bits"}, default="nats"
        Of these, if it is not nats.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : matplotlib PathCollection or PolyCollection
        The points, or the hexagons.
    colorbar_ : matplotlib Colorbar

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skmine import MutualInfoEstimator
    >>> from skmine.plotting import PointwiseDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(400, 2)), columns=["dose", "age"])
    >>> y = pd.Series(np.abs(X["dose"]) + 0.3 * rng.normal(size=400), name="effect")
    >>> estimator = MutualInfoEstimator((16, 16), max_iter=40, random_state=0).fit(X, y)
    >>> display = PointwiseDisplay.from_estimator(estimator, X, y, columns=("dose", "effect"))
    >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ('dose', 'effect')
    """

    def __init__(self, *, x: pd.Series, y: pd.Series, pointwise: NDArray[np.float64], unit: Unit = "nats") -> None:
        self.x = x
        self.y = y
        self.pointwise = pointwise
        self.unit = unit

    @classmethod
    def from_estimator(
        cls,
        estimator: MutualInfoEstimator,
        X: Any,
        y: Any,
        *,
        columns: tuple[Name, Name] = (0, 0),
        sides: tuple[Literal["X", "y"], Literal["X", "y"]] = ("X", "y"),
        kind: Kind = "auto",
        unit: Unit = "nats",
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> PointwiseDisplay:
        """Draw rows by a fitted `MutualInfoEstimator`.

        Parameters
        ----------
        estimator : MutualInfoEstimator
            A fitted estimator.
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            Rows that `fit` did not see show what generalises; rows of `fit` look a little better than that.
        y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
            The same rows on the other side.
        columns : tuple of 2 names or indices, default=(0, 0)
            The horizontal column, of X, and the vertical one, of y.
        sides : tuple of 2, each "X" or "y", default=("X", "y")
            Where each of `columns` is looked up: ``("X", "X")`` takes both from X.
        kind : {"auto", "points", "hexagons"}, default="auto"
            As in `plot`.
        unit : {"nats", "bits"}, default="nats"
            What to draw.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        PointwiseDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If there are no such columns, or X and y are not as in `fit`.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ImportError
            If matplotlib is not installed.
        """
        check_is_fitted(estimator)
        if len(columns) != 2 or len(sides) != 2 or not set(sides) <= {"X", "y"}:
            raise ValueError(
                f"columns and sides must have two entries each, and those of sides must be 'X' or 'y', got "
                f"columns={columns!r} and sides={sides!r}; pass for example columns=(0, 1), sides=('X', 'X')."
            )
        across, upwards = (
            take_column(X if side == "X" else y, side, column) for side, column in zip(sides, columns, strict=True)
        )
        values = convert(estimator.pointwise(X, y), check_unit(unit))
        return cls(x=across, y=upwards, pointwise=values, unit=unit).plot(ax, kind=kind, **kwargs)

    def plot(self, ax: Axes | None = None, *, kind: Kind = "auto", **kwargs: Any) -> PointwiseDisplay:
        """Draw the rows.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        kind : {"auto", "points", "hexagons"}, default="auto"
            "auto" draws hexagons for more than 5,000 rows of two continuous columns, and points otherwise.
        **kwargs
            Passed to matplotlib's ``scatter``, or ``hexbin``.

        Returns
        -------
        PointwiseDisplay
            This object, with `ax_`, `figure_`, `points_` and `colorbar_`.

        Raises
        ------
        ValueError
            If `kind` is another one, or no row has a value in both columns.
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        if kind not in ("auto", "points", "hexagons"):
            raise ValueError(f"kind must be 'auto', 'points' or 'hexagons', got {kind!r}.")
        placed = PlacedColumn.from_series(self.x), PlacedColumn.from_series(self.y)
        known = ~np.isnan(placed[0].place) & ~np.isnan(placed[1].place)
        if not known.any():
            raise ValueError(
                f"No row has a value in both {placed[0].name!r} and {placed[1].name!r}, so there is nothing to draw; "
                f"choose other columns."
            )
        ranges = [column.find_range(known) for column in placed]
        inside = known.copy()
        for column, (low, high) in zip(placed, ranges, strict=True):
            inside[known] &= (column.place[known] >= low) & (column.place[known] <= high)
        if kind == "auto":
            in_bands = any(column.bands is not None for column in placed)
            kind = "hexagons" if inside.sum() > MOST_POINTS and not in_bands else "points"
        rooms = placed[1].measure_room("y"), placed[0].measure_room("x")
        ax = make_axes(ax, (FIGURE_SIZE[0] + rooms[0], FIGURE_SIZE[1] + rooms[1]))
        rng = np.random.default_rng(0)
        places = placed[0].spread(rng)[inside], placed[1].spread(rng)[inside]
        values = np.asarray(self.pointwise, float)[inside]
        self._draw_rows(ax, kind, places, values, (*ranges[0], *ranges[1]), kwargs)
        for column, side, (low, high) in zip(placed, "xy", ranges, strict=True):
            column.label(getattr(ax, f"{side}axis"))
            margin = 0.5 if column.bands is not None else 0.02 * (high - low)
            ax.set(**{f"{side}lim": (low - margin, high + margin)})
        ax.set_title(_count_rows(known, inside), fontsize=9, loc="left")
        hide_frame(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_rows(
        self,
        ax: Axes,
        kind: Kind,
        places: tuple[NDArray[np.float64], NDArray[np.float64]],
        values: NDArray[np.float64],
        extent: tuple[float, float, float, float],
        kwargs: dict[str, Any],
    ) -> None:
        """Draw points or hexagons and their colour scale."""
        from matplotlib.colors import LinearSegmentedColormap

        end, n = max(float(np.quantile(np.abs(values), COLOURED)), SMALLEST_END), len(values)
        look: dict[str, Any] = {"cmap": LinearSegmentedColormap.from_list("pointwise", COLOURS)}
        look |= {} if "norm" in kwargs else {"vmin": -end, "vmax": end}
        self.points_: Any
        if kind == "hexagons":
            look |= {"gridsize": HEXAGONS, "reduce_C_function": np.mean, "extent": extent, "linewidths": 0.1}
            self.points_ = ax.hexbin(*places, C=values, **{**look, **kwargs})
            label = f"mean pointwise information ({self.unit})"
        else:
            area = np.clip(TOTAL_AREA / n, SMALLEST_POINT, LARGEST_POINT)
            look |= {"c": values, "s": area, "linewidths": 0, "rasterized": n > MOST_POINTS}
            self.points_ = ax.scatter(*places, **{**look, **kwargs})
            label = f"pointwise mutual information ({self.unit})"
        beyond = np.abs(np.asarray(self.points_.get_array())).max(initial=0) > self.points_.get_clim()[1]
        self.colorbar_ = ax.figure.colorbar(self.points_, ax=ax, label=label, extend="both" if beyond else "neither")
        self.colorbar_.outline.set_visible(False)


def _count_rows(known: NDArray[np.bool_], inside: NDArray[np.bool_]) -> str:
    """How many rows are shown, and how many are not, and why."""
    n_missing, n_outside = int((~known).sum()), int((known & ~inside).sum())
    notes = [f"{inside.sum():,} rows"]
    notes += [f"{n_missing:,} with a missing value not shown"] if n_missing else []
    notes += [f"{n_outside:,} outside the frame not shown"] if n_outside else []
    return ", ".join(notes)
