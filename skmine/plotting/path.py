"""A joint selection as a picture: the information of fewer and fewer columns, and where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.selector import MINEFeatureSelector
from skmine.functions.html import KEPT_COLOUR, OTHER_COLOUR, shorten_names
from skmine.functions.units import Unit, check_unit, convert, convert_frame
from skmine.plotting.style import CURVE_SIZE, LETTER_WIDTH, make_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colour of the part with shadows: a light grey, behind everything else.
SHADOW_COLOUR = "#c9d1d9"

#: Columns of a path that are amounts of information.
AMOUNTS = ("mi", "se", "loss", "loss_se")

#: Most kept columns whose names are written. Arbitrary: more of them do not fit beside the axes.
MOST_NAMED = 12

#: Height of a line of names, relative to that of the axes.
LINE = 1 / 13


class PathDisplay:
    """The path of a joint selection: held-out nats of the remaining columns against their number.

    From right to left columns are dropped, cheapest first. In the shaded part shadows (shuffled copies of
    columns) were still among them: columns dropped there were no more informative than noise. The dot is the
    set that was kept; left of it the kept columns are dropped one by one. Their names are on the right, that of the
    column which is dropped last on top. Scores are those of the network of each round, on rows that it was not fitted
    on. Few columns can score higher than many, if most of the many are noise. Steps that drop several columns are flat.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    path : DataFrame
        As `MINEFeatureSelector.path_`; scores are in nats, or in `unit`.
    mi : float
        The score of the kept columns on the locked rows, in nats, or in `unit`.
    unit : {"nats", "bits"}, default="nats"
        Of both.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import MINEFeatureSelector
    >>> from skmine.plotting import PathDisplay
    >>> X = np.random.default_rng(0).normal(size=(500, 6))
    >>> selector = MINEFeatureSelector("joint", max_iter=40, random_state=0).fit(X, X[:, 0] * X[:, 1] > 0)
    >>> PathDisplay.from_estimator(selector).ax_.get_xlabel()
    'remaining columns'
    """

    def __init__(self, *, path: pd.DataFrame, mi: float, unit: Unit = "nats") -> None:
        self.path = path
        self.mi = mi
        self.unit = unit

    @classmethod
    def from_estimator(
        cls, selector: MINEFeatureSelector, *, unit: Unit = "nats", ax: Axes | None = None, **kwargs: Any
    ) -> PathDisplay:
        """Draw the path of a selector with ``method="joint"``.

        Parameters
        ----------
        selector : MINEFeatureSelector
            A fitted selector.
        unit : {"nats", "bits"}, default="nats"
            What to draw.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        PathDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the selector is not fitted.
        ValueError
            If it was fitted by another method, or on too few rows for a path.
        ImportError
            If matplotlib is not installed.
        """
        check_is_fitted(selector)
        if not hasattr(selector, "path_") or selector.path_.empty:
            raise ValueError(
                f"selector must have the path of a joint selection, got method={selector.method!r} and no steps; fit "
                f"it with method='joint' on a hundred rows or more."
            )
        path = convert_frame(selector.path_, AMOUNTS, check_unit(unit))
        return cls(path=path, mi=convert(float(selector.mi_), unit), unit=unit).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> PathDisplay:
        """Draw the path.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        **kwargs
            Passed to matplotlib's ``plot`` for the line.

        Returns
        -------
        PathDisplay
            This object, with `ax_`, `figure_` and `line_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        from matplotlib import rcParams
        from matplotlib.ticker import MaxNLocator

        names, ink = self._list_names(), rcParams["text.color"]
        width = LETTER_WIDTH * max(map(len, names), default=0)
        ax = make_axes(ax, (CURVE_SIZE[0] + width, CURVE_SIZE[1]))
        # Where the same number of columns was scored in several rounds, the last round counts.
        sets = self.path[~self.path.duplicated("n_left", keep="last")].sort_values("n_left")
        n, mi, se = (sets[name].to_numpy(float) for name in ("n_left", "mi", "se"))
        shadowed = sets["n_shadows"].to_numpy() > 0
        if shadowed.any():
            first = n[shadowed].min()
            ax.axvspan(first - 0.5, n.max() + 0.5, color=SHADOW_COLOUR, alpha=0.35, linewidth=0, label="with shadows")
        ax.fill_between(n, mi - se, mi + se, color=KEPT_COLOUR, alpha=0.2, linewidth=0, label="± standard error")
        (self.line_,) = ax.plot(
            n, mi, **{"marker": ".", "color": KEPT_COLOUR, "linewidth": 1.2, "markersize": 5, **kwargs}
        )
        n_kept = int(self.path["kept"].sum())
        if n_kept:
            label = f"kept: {n_kept}, {self.mi:.3f} {self.unit} on the locked rows"
            ax.plot(n_kept, self.mi, "o", color=ink, markersize=7, zorder=3, label=label)
        else:
            ax.plot(0, 0, "o", color=ink, markersize=7, zorder=3, label="no column kept", clip_on=False)
        ax.axhline(0, color=OTHER_COLOUR, linewidth=0.8)
        ax.set(xlabel="remaining columns", ylabel=f"held-out mutual information ({self.unit})")
        ax.set_xlim(0, n.max() + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8)
        for k, name in enumerate(names):
            ax.text(1.02, 1 - k * LINE, name, transform=ax.transAxes, fontsize=8, va="top")
        if names:
            ax.set_title("on the right the kept columns, the last to be dropped first", fontsize=9, loc="left")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _list_names(self) -> list[str]:
        """Names of the kept columns, that of the last to be dropped first; none where they are too many."""
        kept = self.path.loc[self.path["kept"], "dropped"]
        return shorten_names(kept[::-1]) if len(kept) <= MOST_NAMED else []
