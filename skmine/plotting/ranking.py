"""A ranking of columns as a picture: estimates as bars, their lower bounds, and which are kept."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimation.inference import adjust_pvalues, format_pvalue
from skmine.estimators.selector import MINEFeatureSelector
from skmine.functions.ranking import order_ranking
from skmine.plotting.style import KEPT_COLOUR, LONGEST_NAME, OTHER_COLOUR, hide_frame, make_axes, shorten_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Fewest rows of the table in a notebook. Arbitrary.
SHORTEST_TABLE = 10

#: Rows of that table after the kept ones, so that the best column that was not kept is seen. Arbitrary.
NEXT_BEST = 3

#: Most rows of that table. Arbitrary: longer ones are not read.
LONGEST_TABLE = 30

#: Height of a row in inches: letters of 8 points and some space.
ROW_HEIGHT = 0.24

#: Height of title, axis and legend in inches.
FRAME_HEIGHT = 1.3

#: Width of a figure in inches, as of all figures with curves; long names widen it, at most twice.
WIDTH = 7.0

#: Width in inches of a letter of 8 points, on average.
LETTER_WIDTH = 0.075

#: Smallest right end of the axis in nats, so that a ranking of zeros has one.
SMALLEST_END = 1e-3


class RankingDisplay:
    """Columns ranked by mutual information, with the kept columns above a line.

    Bars are estimates in nats. A thin mark on each is its 95 % lower bound, for that column alone. Kept columns
    come first, the best on top, above a dashed line: with false discovery rate `alpha`. In a notebook the
    object is shown as a table, with p-values.

    It is recommended to use `from_estimator` or `from_ranking`.

    Parameters
    ----------
    ranking : DataFrame
        As `skmine.rank_columns` returns it: indexed by column names, with ``mi``, ``lower`` and ``score``
        in nats, ``pvalue``, ``qvalue`` and ``kept``.
    alpha : float or None
        The false discovery rate behind ``kept``; None if a number of columns was asked for.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib BarContainer

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmine import rank_columns
    >>> from skmine.plotting import RankingDisplay
    >>> X, y = load_diabetes(as_frame=True, return_X_y=True)
    >>> display = RankingDisplay.from_ranking(rank_columns(X, y, random_state=0))
    >>> display.ax_.get_xlabel()
    'mutual information (nats)'
    """

    def __init__(self, ranking: pd.DataFrame, *, alpha: float | None) -> None:
        self.ranking = ranking
        self.alpha = alpha

    @classmethod
    def from_ranking(
        cls, ranking: pd.DataFrame, *, alpha: float = 0.05, top: int | None = 50, ax: Axes | None = None
    ) -> RankingDisplay:
        """Draw a ranking that `skmine.rank_columns` returned.

        Parameters
        ----------
        ranking : DataFrame
            As `skmine.rank_columns` returns it.
        alpha : float, default=0.05
            The false discovery rate that was given to `rank_columns`.
        top : int or None, default=50
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.

        Returns
        -------
        RankingDisplay
            With the attributes that `plot` sets.
        """
        return cls(ranking, alpha=alpha).plot(ax, top=top)

    @classmethod
    def from_estimator(
        cls, estimator: MINEFeatureSelector, *, top: int | None = 50, ax: Axes | None = None
    ) -> RankingDisplay:
        """Draw the ranking of a fitted `MINEFeatureSelector`.

        Parameters
        ----------
        estimator : MINEFeatureSelector
            A fitted selector.
        top : int or None, default=50
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.

        Returns
        -------
        RankingDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the selector is not fitted.
        """
        check_is_fitted(estimator)
        names = getattr(estimator, "feature_names_in_", [f"x{j}" for j in range(estimator.n_features_in_)])
        ranking = pd.DataFrame(
            {
                "mi": estimator.mi_,
                "score": estimator.scores_,
                "lower": estimator.scores_lower_,
                "pvalue": estimator.pvalues_,
                "qvalue": adjust_pvalues(estimator.pvalues_, estimator.fdr),
                "kept": estimator.support_,
            },
            index=pd.Index(names, name="column"),
        )
        alpha = estimator.alpha if estimator.n_features_to_select == "auto" else None
        return cls(order_ranking(ranking), alpha=alpha).plot(ax, top=top)

    def plot(self, ax: Axes | None = None, *, top: int | None = 50) -> RankingDisplay:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure, as high as the columns need.
        top : int or None, default=50
            How many columns to show; None shows all. The title counts the others.

        Returns
        -------
        RankingDisplay
            This object, with `ax_`, `figure_` and `bars_`.
        """
        from matplotlib import rcParams

        rows = self._sort_kept_first()
        shown = rows if top is None else rows.head(top)
        n, n_kept = len(shown), int(shown["kept"].sum())
        labels = shorten_names(shown.index)
        more = max(max(map(len, labels)) - LONGEST_NAME, 0)  # long names widen the figure, not narrow the bars
        ax = make_axes(ax, (min(WIDTH + LETTER_WIDTH * more, 2 * WIDTH), FRAME_HEIGHT + ROW_HEIGHT * n))
        place = np.arange(n)
        mi, lower = shown["mi"].to_numpy(float), shown["lower"].to_numpy(float)
        colours = np.where(shown["kept"], KEPT_COLOUR, OTHER_COLOUR)
        ink = rcParams["text.color"]
        self.bars_ = ax.barh(place, mi, color=colours, height=0.72)
        ax.plot(lower, place, linestyle="none", marker="|", markersize=8, markeredgewidth=1.4, color=ink, zorder=3,
                label="95 % lower bound")  # fmt: skip
        if 0 < n_kept < n:
            ax.axhline(n_kept - 0.5, linestyle="--", linewidth=1, color=ink)
        ax.axvline(0, linewidth=0.8, color=ink)
        ax.set_yticks(place, labels, fontsize=8)
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_xlim(min(0.0, lower.min(), mi.min()) * 1.05, max(mi.max(), lower.max(), SMALLEST_END) * 1.05)
        ax.set_xlabel("mutual information (nats)")
        hidden = f"\n({len(rows) - n} more not shown)" if len(rows) > n else ""
        ax.set_title(self._caption() + hidden, fontsize=9, loc="left")
        ax.legend(loc="lower right", fontsize=8, frameon=False)
        hide_frame(ax)
        ax.tick_params(axis="y", length=0)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _sort_kept_first(self) -> pd.DataFrame:
        """The ranking with the kept columns first."""
        return self.ranking.iloc[np.argsort(~self.ranking["kept"].to_numpy(bool), kind="stable")]

    def _caption(self) -> str:
        rule = "" if self.alpha is None else f" at a false discovery rate of {self.alpha:g}"
        return f"{int(self.ranking['kept'].sum())} of {len(self.ranking)} columns kept{rule}"

    def _repr_html_(self) -> str:
        """The kept columns and the next best ones as a table with bars, for notebooks."""
        rows = self._sort_kept_first()
        n_kept = int(rows["kept"].sum())
        shown = rows.head(min(max(n_kept + NEXT_BEST, SHORTEST_TABLE), LONGEST_TABLE))
        longest = max(shown["mi"].max(), 1e-9)
        body = "".join(
            f"<tr><td style='text-align:left'>{escape(name)}</td>"
            f"<td>{row.mi:.4f}</td>"
            f"<td style='text-align:left'><div style='height:0.8em;width:{8 * max(row.mi, 0) / longest:.2f}em;"
            f"background:{KEPT_COLOUR if row.kept else OTHER_COLOUR}'></div></td>"
            f"<td>{row.lower:.4f}</td><td>{escape(format_pvalue(row.pvalue))}</td>"
            f"<td>{escape(format_pvalue(row.qvalue))}</td><td>{'yes' if row.kept else ''}</td></tr>"
            for name, row in zip(shorten_names(shown.index), shown.itertuples(), strict=True)
        )
        head = "".join(
            f"<th{span}>{title}</th>"
            for title, span in (
                ("column", " style='text-align:left'"),
                ("MI (nats)", " colspan='2' style='text-align:left'"),
                *((title, "") for title in ("95 % lower", "p", "q", "kept")),
            )
        )
        hidden = f" {len(rows) - len(shown)} more are not shown." if len(rows) > len(shown) else ""
        return (
            f"<table style='font-variant-numeric:tabular-nums'><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
            f"</table><p>{escape(self._caption())}.{hidden}</p>"
        )
