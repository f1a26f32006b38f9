"""A joint selection as a picture: what ever fewer columns say together, and where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.selector import MINEFeatureSelector
from skmine.plotting.ranking import KEPT_COLOUR, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Shadows' colour, and the most kept columns that are named at their drops.
SHADOW_COLOUR, MOST_NAMED = "#c9d1d9", 12


class PathDisplay:
    """The path of a joint selection: held-out nats of the columns left against their number.

    From right to left columns are dropped, those first that cost least. In the shaded part shadows
    (shuffled copies of columns) were still standing: what fell there told no more than noise. The dot
    is the set that was kept; left of it, the kept columns fall one by one, each named where it does.
    Scores are those of the network of each round, on rows that it was not fitted on; few columns say
    more than many where many are mostly noise. Steps that drop several columns show as flat pieces.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    path : DataFrame
        As `MINEFeatureSelector.path_`.
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
    'columns left'
    """

    def __init__(self, *, path: pd.DataFrame, mi: float) -> None:
        self.path = path
        self.mi = mi

    @classmethod
    def from_estimator(cls, selector: MINEFeatureSelector, *, ax: Axes | None = None) -> PathDisplay:
        """Draw a selector that was fitted by ``method="joint"``.

        Parameters
        ----------
        selector : MINEFeatureSelector
        ax : matplotlib Axes, default=None
            Where to; a figure of its own otherwise.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If it was fitted by another method, or on too few rows for a path.
        """
        check_is_fitted(selector)
        if not hasattr(selector, "path_") or selector.path_.empty:
            raise ValueError(
                f"PathDisplay needs the path of a joint selection, but the selector has method={selector.method!r} and "
                f"no steps; fit it with method='joint' on a hundred rows or more."
            )
        return cls(path=selector.path_, mi=float(selector.mi_)).plot(ax)

    def plot(self, ax: Axes | None = None) -> PathDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a figure of its own otherwise.

        Returns
        -------
        display : PathDisplay
            This object, with `ax_`, `figure_` and `line_`.
        """
        import matplotlib.pyplot as plt
        from matplotlib.ticker import MaxNLocator

        if ax is None:
            _, ax = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
        # A set is scored once, where its first column falls.
        sets = self.path[~self.path.duplicated("n_left", keep="last")].sort_values("n_left")
        n, mi, se = (sets[name].to_numpy(float) for name in ("n_left", "mi", "se"))
        shadowed = sets["n_shadows"].to_numpy() > 0
        if shadowed.any():
            first = n[shadowed].min()
            ax.axvspan(first - 0.5, n.max() + 0.5, color=SHADOW_COLOUR, alpha=0.35, linewidth=0, label="shadows stand")
        ax.fill_between(n, mi - se, mi + se, color=KEPT_COLOUR, alpha=0.2, linewidth=0, label="± standard error")
        (self.line_,) = ax.plot(n, mi, ".-", color=KEPT_COLOUR, linewidth=1.2, markersize=5)
        self._name_the_kept(ax)
        n_kept = int(self.path["kept"].sum())
        if n_kept:
            label = f"kept: {n_kept}, {self.mi:.3f} nats on the locked rows"
            ax.plot(n_kept, self.mi, "o", color="black", markersize=7, zorder=3, label=label)
        else:
            ax.plot(0, 0, "o", color="black", markersize=7, zorder=3, label="nothing was kept", clip_on=False)
        ax.axhline(0, color="#8d99a6", linewidth=0.8)
        ax.set(xlabel="columns left", ylabel="held-out nats, together")
        ax.set_xlim(0, n.max() + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _name_the_kept(self, ax: Axes) -> None:
        """The kept columns, each where it falls."""
        kept = self.path[self.path["kept"]]
        if len(kept) > MOST_NAMED:
            return
        for name, n_left, mi in zip(shortened(kept["dropped"]), kept["n_left"], kept["mi"], strict=True):
            ax.annotate(f" {name}", (n_left, mi), fontsize=8, va="top", xytext=(2, -3), textcoords="offset points")
