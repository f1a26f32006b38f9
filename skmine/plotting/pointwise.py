"""Pointwise mutual information as a picture: where on the plane of two columns it sits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skmine.data.column import make_column
from skmine.data.naming import suggest_name
from skmine.data.source import Source
from skmine.estimators.estimator import MutualInfoEstimator
from skmine.plotting.ranking import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Rarer than chance, as chance would have it, likelier: told apart by the colour-blind too, on white and on black.
COLOURS = ("#d95f0e", "#f0a868", "#b8bec5", "#6fa8d6", "#1f6fb5")

#: The part of the rows whose colours are not at the end of the scale.
COLOURED = 0.98

#: More rows than these are drawn as hexagons, so many across.
MOST_POINTS, HEXAGONS = 5_000, 45

#: Whole numbers with so few values stand in bands, as labels do; of labels, so many bands at most.
FEW_VALUES, MOST_LABELS = 12, 30

#: Half the width of a band, of a distance of 1.
JITTER = 0.32

#: The frame holds the middle of a column's rows, this part of them, and its width again on either side.
FRAMED = 0.9

Name = str | int


class PointwiseDisplay:
    """Where on the plane of two columns the information sits.

    A point is a row, coloured by its pointwise mutual information in nats: how much likelier (blue)
    or rarer (orange) the row's two sides are together than chance would have it, given *all* columns
    of X and y, not these two alone. The rows' mean is the score. Many rows are drawn as hexagons with
    the mean of their rows.

    Labels and whole numbers with few values stand in bands, spread at random within. Rows with a missing
    value in either column have no place and are left out, as are those far outside and those of the
    rarest among very many labels. The title counts them.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    x, y : Series of shape (n,)
        The columns across and upwards: numbers, dates, booleans, labels; their names name the axes.
    pointwise : ndarray of shape (n,)
        In nats.

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

    def __init__(self, *, x: pd.Series, y: pd.Series, pointwise: NDArray[np.float64]) -> None:
        self.x = x
        self.y = y
        self.pointwise = pointwise

    @classmethod
    def from_estimator(
        cls,
        estimator: MutualInfoEstimator,
        X: Any,
        y: Any,
        *,
        columns: tuple[Name, Name] = (0, 0),
        sides: tuple[Literal["X", "y"], Literal["X", "y"]] = ("X", "y"),
        kind: Literal["auto", "points", "hexagons"] = "auto",
        ax: Axes | None = None,
    ) -> PointwiseDisplay:
        """Draw rows under a fitted `MutualInfoEstimator`.

        Parameters
        ----------
        estimator : MutualInfoEstimator
            Fitted.
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
        y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
            Rows that `fit` did not see show what holds beyond it; its own rows look a little better than that.
        columns : tuple of 2 names or indices, default=(0, 0)
            The column across, of X, and the one upwards, of y.
        sides : tuple of 2, each "X" or "y", default=("X", "y")
            Where `columns` are looked up: ``("X", "X")`` takes both from X.
        kind, ax
            As in `plot`.

        Raises
        ------
        ValueError
            If there are no such columns, or X and y are not as in `fit`.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        if len(columns) != 2 or len(sides) != 2 or not set(sides) <= {"X", "y"}:
            raise ValueError(
                f"columns and sides must have two entries each, and sides be 'X' or 'y', got columns={columns!r} and "
                f"sides={sides!r}; pass for example columns=(0, 1), sides=('X', 'X')."
            )
        across, upwards = (
            _series(X if side == "X" else y, side, column) for side, column in zip(sides, columns, strict=True)
        )
        return cls(x=across, y=upwards, pointwise=estimator.pointwise(X, y)).plot(ax, kind=kind)

    def plot(self, ax: Axes | None = None, *, kind: Literal["auto", "points", "hexagons"] = "auto") -> PointwiseDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a figure of its own otherwise.
        kind : {"auto", "points", "hexagons"}, default="auto"
            "auto" draws hexagons where there are more than 5,000 rows and both columns are continuous.

        Returns
        -------
        display : PointwiseDisplay
            This object, with `ax_`, `figure_`, `points_` and `colorbar_`.
        """
        if kind not in ("auto", "points", "hexagons"):
            raise ValueError(f"kind must be 'auto', 'points' or 'hexagons', got {kind!r}.")
        import matplotlib.pyplot as plt
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        axes = _Axis.of(self.x), _Axis.of(self.y)
        known = ~np.isnan(axes[0].place) & ~np.isnan(axes[1].place)
        if not known.any():
            raise ValueError(
                f"No row has a value in both {axes[0].name!r} and {axes[1].name!r}, so none has a place; choose other "
                f"columns."
            )
        spans = [axis.span(known) for axis in axes]
        inside = known.copy()
        for axis, (low, high) in zip(axes, spans, strict=True):
            inside[known] &= (axis.place[known] >= low) & (axis.place[known] <= high)
        n, values = int(inside.sum()), np.asarray(self.pointwise, float)[inside]
        if kind == "auto":
            in_bands = any(axis.bands is not None for axis in axes)
            kind = "hexagons" if n > MOST_POINTS and not in_bands else "points"
        if ax is None:
            _, ax = plt.subplots(figsize=(6.4, 5.0), layout="constrained")
        largest = max(float(np.quantile(np.abs(values), COLOURED)), 1e-3)
        style: dict[str, Any] = {
            "cmap": LinearSegmentedColormap.from_list("pointwise", COLOURS),
            "norm": Normalize(-largest, largest),
        }
        rng = np.random.default_rng(0)
        across, upwards = (axis.spread(rng)[inside] for axis in axes)
        extent = (*spans[0], *spans[1])
        self.points_: Any
        if kind == "hexagons":
            self.points_ = ax.hexbin(across, upwards, values, gridsize=HEXAGONS, reduce_C_function=np.mean,
                                     extent=extent, linewidths=0.1, **style)  # fmt: skip
        else:
            self.points_ = ax.scatter(across, upwards, np.clip(9_000 / n, 3, 26), values, linewidths=0,
                                      rasterized=n > MOST_POINTS, **style)  # fmt: skip
        clipped = np.abs(np.asarray(self.points_.get_array())).max(initial=0) > largest
        label = "pointwise mutual information (nats)" if kind == "points" else "mean pointwise information (nats)"
        self.colorbar_ = ax.figure.colorbar(self.points_, ax=ax, label=label, extend="both" if clipped else "neither")
        self.colorbar_.outline.set_visible(False)
        for axis, side, (low, high) in zip(axes, "xy", spans, strict=True):
            axis.label(getattr(ax, f"{side}axis"))
            margin = 0.5 if axis.bands is not None else 0.02 * (high - low)
            ax.set(**{f"{side}lim": (low - margin, high + margin)})
        notes = [f"{n:,} rows"]
        notes += [f"{(~known).sum():,} with a missing value not shown"] if not known.all() else []
        notes += [f"{(known & ~inside).sum():,} outside the frame not shown"] if n < known.sum() else []
        ax.set_title(", ".join(notes), fontsize=9, loc="left")
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


@dataclass(frozen=True)
class _Axis:
    """A column as places along an axis; `bands` are the names of 0, 1, ... where it has them."""

    name: str
    place: NDArray[np.float64]
    bands: list[str] | None
    dates: bool

    @classmethod
    def of(cls, series: pd.Series) -> _Axis:
        name = shortened([series.name])[0]
        if pd.api.types.is_datetime64_any_dtype(series.dtype):
            from matplotlib.dates import date2num

            stamps = pd.DatetimeIndex(series).tz_localize(None)
            place = np.full(len(stamps), np.nan)
            place[stamps.notna()] = date2num(stamps[stamps.notna()].to_numpy())
            return cls(name, place, None, True)
        if isinstance(series.dtype, pd.CategoricalDtype):
            labels, codes = series.cat.categories, series.cat.codes.to_numpy()
        else:
            column = make_column(series, name)
            if column.categories is not None:
                labels, codes = column.categories, column.values
            else:
                labels = np.unique(column.values[~column.missing])
                whole = column.integral or series.dtype in (bool, "boolean")
                if not whole or len(labels) > FEW_VALUES:
                    return cls(name, column.values, None, False)
                codes = np.where(column.missing, -1, np.searchsorted(labels, column.values))
                labels = labels.astype(bool) if series.dtype in (bool, "boolean") else labels.astype(int)
        # Only labels that occur; of very many, the most frequent ones.
        counts = np.bincount(codes[codes >= 0], minlength=len(labels))
        shown = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_LABELS, int((counts > 0).sum()))])
        place = np.full(len(labels) + 1, np.inf)
        place[shown], place[-1] = np.arange(len(shown)), np.nan
        return cls(name, place[codes], shortened(labels[j] for j in shown), False)

    def span(self, known: NDArray[np.bool_]) -> tuple[float, float]:
        """What the frame holds: all rows, or the middle and its surroundings where tails are heavy."""
        if self.bands is not None:
            return 0.0, max(len(self.bands) - 1.0, 0.0)
        values = self.place[known]
        low, high = np.quantile(values, [(1 - FRAMED) / 2, (1 + FRAMED) / 2])
        low, high = 2 * low - high, 2 * high - low
        low, high = max(low, values.min()), min(high, values.max())
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def spread(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Places, spread at random within bands."""
        if self.bands is None:
            return self.place
        return self.place + rng.uniform(-JITTER, JITTER, len(self.place))

    def label(self, scale: Any) -> None:
        """Name an axis and its bands."""
        scale.set_label_text(self.name)
        if self.bands is not None:
            turned = scale.axis_name == "x" and sum(map(len, self.bands)) > 50
            scale.set_ticks(range(len(self.bands)), self.bands, fontsize=8, rotation=90 if turned else 0)
        elif self.dates:
            scale.axis_date()


def _series(data: Any, side: str, wanted: Name) -> pd.Series:
    """A column of X or y by name or number, as pandas keeps it."""
    source = Source(data, argument=side)
    names = source.names
    if isinstance(wanted, str):
        if wanted not in names:
            raise ValueError(f"columns names {wanted!r}, which is no column of {side}; {suggest_name(wanted, names)}")
        place = names.index(wanted)
    else:
        place = int(wanted)
        if not -len(names) <= place < len(names):
            raise ValueError(
                f"columns has index {wanted}, but {side} has {len(names)} columns; pass one from 0 to "
                f"{len(names) - 1}, or a name."
            )
        place %= len(names)
    raw = _keep_display_type(source.raw(place))
    if raw is not None:
        return raw.rename(names[place])
    column = source.column(place)
    if column.categories is None:
        values = column.values
        if column.integral and not column.missing.any():
            values = values.astype(np.int64)
        return pd.Series(values, name=names[place])
    return pd.Series(pd.Categorical.from_codes(column.values, column.categories), name=names[place])


def _keep_display_type(raw: Any) -> pd.Series | None:
    """A column whose canonical form would lose what its axis should say: dates, booleans, levels."""
    if isinstance(raw, pd.Series):
        kept = isinstance(raw.dtype, pd.CategoricalDtype) or raw.dtype.kind in "Mb"
        return raw.reset_index(drop=True) if kept else None
    if not isinstance(raw, np.ndarray):  # polars
        return pd.Series(raw.to_numpy()) if raw.dtype.is_temporal() else None
    return pd.Series(raw) if raw.dtype.kind in "Mb" else None
