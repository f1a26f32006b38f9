"""A ranking of columns as a picture: estimates as bars, how sure they are, and which are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.results import make_ranking_of_results
from skmine.estimators.selector import MINEFeatureSelector
from skmine.functions.html import (
    KEPT_COLOUR,
    LONGEST_NAME,
    OTHER_COLOUR,
    choose_amount,
    render_ranking,
    shorten_names,
)
from skmine.functions.ranking import AMOUNTS, put_kept_first
from skmine.functions.units import Unit, check_unit, convert_frame, read_unit
from skmine.plotting.style import LETTER_WIDTH, add_legend, hide_frame, make_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Height of a row in inches: letters of 8 points and some space.
ROW_HEIGHT = 0.24

#: Height of title, axis and legend in inches.
FRAME_HEIGHT = 1.5

#: Width of a figure in inches, as of all figures with curves; long names widen it, at most twice.
WIDTH = 7.0

#: Smallest right end of the axis in nats, so that a ranking of zeros has one.
SMALLEST_END = 1e-3


class RankingDisplay:
    """Columns ranked by mutual information, with the kept columns above a line.

    Bars are estimates in nats, or bits. A thin mark on each is its 95 % lower bound, for that column alone. Of a
    joint selection, bars are what a kept column adds to the other kept ones, and another column to all kept ones, with
    standard errors; columns that no network saw have none. Kept columns come first, the best on top, above a dashed
    line: with false discovery rate `alpha`, where that decided. In a notebook the object is shown as a table, with
    p-values and reasons.

    It is recommended to use `from_estimator` or `from_ranking`.

    Parameters
    ----------
    ranking : DataFrame
        As `skmine.rank_columns` returns it, or as `MINEFeatureSelector.results_`: indexed by column names, with ``mi``,
        ``lower``, ``score`` and ``se`` in nats unless its ``attrs`` say bits, ``pvalue``, ``qvalue`` and ``kept``.
    alpha : float or None
        The false discovery rate behind ``kept``; None if it was not one that decided.

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
        cls,
        ranking: pd.DataFrame,
        *,
        alpha: float | None = None,
        unit: Unit | None = None,
        top: int | None = 50,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> RankingDisplay:
        """Draw a ranking that `skmine.rank_columns` returned, or the `results_` of a selector.

        Parameters
        ----------
        ranking : DataFrame
            As `skmine.rank_columns` returns it, or as `MINEFeatureSelector.results_`.
        alpha : float, default=None
            The false discovery rate that decided; None: what the ranking's ``attrs`` say.
        unit : {"nats", "bits"}, default=None
            What to draw; None: the ranking's unit.
        top : int or None, default=50
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        RankingDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ranking = convert_frame(ranking, AMOUNTS, read_unit(ranking) if unit is None else check_unit(unit))
        alpha = ranking.attrs.get("alpha") if alpha is None else alpha
        return cls(ranking, alpha=alpha).plot(ax, top=top, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: MINEFeatureSelector,
        *,
        unit: Unit = "nats",
        top: int | None = 50,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> RankingDisplay:
        """Draw the ranking of a fitted `MINEFeatureSelector`, whatever its method.

        Parameters
        ----------
        estimator : MINEFeatureSelector
            A fitted selector.
        unit : {"nats", "bits"}, default="nats"
            What to draw.
        top : int or None, default=50
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        RankingDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the selector is not fitted.
        ImportError
            If matplotlib is not installed.
        """
        check_is_fitted(estimator)
        return cls.from_ranking(make_ranking_of_results(estimator.results_), unit=unit, top=top, ax=ax, **kwargs)

    def plot(self, ax: Axes | None = None, *, top: int | None = 50, **kwargs: Any) -> RankingDisplay:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure, as high as the columns need.
        top : int or None, default=50
            How many columns to show; None shows all. The title counts the others.
        **kwargs
            Passed to matplotlib's ``barh``.

        Returns
        -------
        RankingDisplay
            This object, with `ax_`, `figure_` and `bars_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        rows = put_kept_first(self.ranking)
        shown = rows if top is None else rows.head(top)
        n = len(shown)
        labels = shorten_names(shown.index)
        own = ax is None
        more = max(max(map(len, labels)) - LONGEST_NAME, 0)  # long names widen the figure, not narrow the bars
        ax = make_axes(ax, (min(WIDTH + LETTER_WIDTH * more, 2 * WIDTH), FRAME_HEIGHT + ROW_HEIGHT * n))
        self._draw_bars(ax, shown, kwargs)
        add_legend(ax, below=own)
        ax.set_yticks(np.arange(n), labels, fontsize=8)
        ax.set_ylim(n - 0.4, -0.6)
        called = "mutual information" if choose_amount(shown) == "mi" else "information added"
        ax.set_xlabel(f"{called} ({read_unit(shown)})")
        hidden = f"\n({len(rows) - n} more not shown)" if len(rows) > n else ""
        ax.set_title(self._caption() + hidden, fontsize=9, loc="left")
        hide_frame(ax)
        ax.tick_params(axis="y", length=0)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_bars(self, ax: Axes, shown: pd.DataFrame, kwargs: dict[str, Any]) -> None:
        """Bars, and marks of how sure each is."""
        from matplotlib import rcParams

        ink, amount, place = rcParams["text.color"], choose_amount(shown), np.arange(len(shown))
        values = np.nan_to_num(shown[amount].to_numpy(float))
        colours = np.where(shown["kept"], KEPT_COLOUR, OTHER_COLOUR)
        self.bars_ = ax.barh(place, values, **{"color": colours, "height": 0.72, **kwargs})
        if amount == "mi":
            ends = shown["lower"].to_numpy(float)
            ax.plot(ends, place, linestyle="none", marker="|", markersize=8, markeredgewidth=1.4, color=ink, zorder=3,
                    label="95 % lower bound")  # fmt: skip
        else:
            se = np.nan_to_num(shown["se"].to_numpy(float))
            ends, known = np.concatenate([values - se, values + se]), shown[amount].notna().to_numpy()
            ax.errorbar(values[known], place[known], xerr=se[known], linestyle="none", elinewidth=1.2, color=ink,
                        label="± standard error")  # fmt: skip
        n_kept = int(shown["kept"].sum())
        if 0 < n_kept < len(shown):
            ax.axhline(n_kept - 0.5, linestyle="--", linewidth=1, color=ink)
        ax.axvline(0, linewidth=0.8, color=ink)
        ax.set_xlim(min(0.0, ends.min(), values.min()) * 1.05, max(values.max(), ends.max(), SMALLEST_END) * 1.05)

    def _caption(self) -> str:
        rule = "" if self.alpha is None else f" at a false discovery rate of {self.alpha:g}"
        given = self.ranking.attrs.get("given")
        beyond = "" if given is None else f", beyond {', '.join(shorten_names(given))}"
        return f"{int(self.ranking['kept'].sum())} of {len(self.ranking)} columns kept{rule}{beyond}"

    def _repr_html_(self) -> str:
        """The kept columns and the next best ones as a table with bars, for notebooks."""
        return render_ranking(put_kept_first(self.ranking), self._caption())
