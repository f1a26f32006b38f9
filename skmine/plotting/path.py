"""A joint selection as a picture: the information of fewer and fewer columns, and where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.selector import MINEFeatureSelector
from skmine.plotting.style import CURVE_SIZE, KEPT_COLOUR, OTHER_COLOUR, make_axes, shorten_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colour of the part with shadows: a light grey, behind everything else.
SHADOW_COLOUR = "#c9d1d9"

#: Most kept columns whose names are written where they are dropped. Arbitrary: more of them overlap.
MOST_NAMED = 12


class PathDisplay:
    """The path of a joint selection: held-out nats of the remaining columns against their number.

    From right to left columns are dropped, cheapest first. In the shaded part shadows (shuffled copies of
    columns) were still among them: columns dropped there were no more informative than noise. The dot is the
    set that was kept; left of it the kept columns are dropped one by one, each with its name. Scores are
    those of the network of each round, on rows that it was not fitted on. Few columns can score higher than
    many, if most of the many are noise. Steps that drop several columns are flat.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    path : DataFrame
        As `MINEFeatureSelector.path_`; scores are in nats.
    mi : float
        The score of the kept columns on the locked rows, in nats.

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

    def __init__(self, *, path: pd.DataFrame, mi: float) -> None:
        self.path = path
        self.mi = mi

    @classmethod
    def from_estimator(cls, selector: MINEFeatureSelector, *, ax: Axes | None = None) -> PathDisplay:
        """Draw the path of a selector with ``method="joint"``.

        Parameters
        ----------
        selector : MINEFeatureSelector
            A fitted selector.
        ax : matplotlib Axes or None, default=None
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
        """
        check_is_fitted(selector)
        if not hasattr(selector, "path_") or selector.path_.empty:
            raise ValueError(
                f"selector must have the path of a joint selection, got method={selector.method!r} and no steps; fit "
                f"it with method='joint' on a hundred rows or more."
            )
        return cls(path=selector.path_, mi=float(selector.mi_)).plot(ax)

    def plot(self, ax: Axes | None = None) -> PathDisplay:
        """Draw the path.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        PathDisplay
            This object, with `ax_`, `figure_` and `line_`.
        """
        from matplotlib.ticker import MaxNLocator

        ax = make_axes(ax, CURVE_SIZE)
        # Where the same number of columns was scored in several rounds, the last round counts.
        sets = self.path[~self.path.duplicated("n_left", keep="last")].sort_values("n_left")
        n, mi, se = (sets[name].to_numpy(float) for name in ("n_left", "mi", "se"))
        shadowed = sets["n_shadows"].to_numpy() > 0
        if shadowed.any():
            first = n[shadowed].min()
            ax.axvspan(first - 0.5, n.max() + 0.5, color=SHADOW_COLOUR, alpha=0.35, linewidth=0, label="with shadows")
        ax.fill_between(n, mi - se, mi + se, color=KEPT_COLOUR, alpha=0.2, linewidth=0, label="± standard error")
        (self.line_,) = ax.plot(n, mi, ".-", color=KEPT_COLOUR, linewidth=1.2, markersize=5)
        self._name_the_kept(ax)
        n_kept = int(self.path["kept"].sum())
        if n_kept:
            label = f"kept: {n_kept}, {self.mi:.3f} nats on the locked rows"
            ax.plot(n_kept, self.mi, "o", color="black", markersize=7, zorder=3, label=label)
        else:
            ax.plot(0, 0, "o", color="black", markersize=7, zorder=3, label="no column kept", clip_on=False)
        ax.axhline(0, color=OTHER_COLOUR, linewidth=0.8)
        ax.set(xlabel="remaining columns", ylabel="held-out mutual information (nats)")
        ax.set_xlim(0, n.max() + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _name_the_kept(self, ax: Axes) -> None:
        """Write the names of the kept columns, each where it is dropped."""
        kept = self.path[self.path["kept"]]
        if len(kept) > MOST_NAMED:
            return
        for name, n_left, mi in zip(shorten_names(kept["dropped"]), kept["n_left"], kept["mi"], strict=True):
            ax.annotate(f" {name}", (n_left, mi), fontsize=8, va="top", xytext=(2, -3), textcoords="offset points")
