"""Information over lags as a picture: estimates with intervals, what is noise, and which lags are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from skmine.functions.html import KEPT_COLOUR, OTHER_COLOUR, shorten_names
from skmine.functions.ranking import AMOUNTS
from skmine.functions.units import Unit, check_unit, convert_frame, read_unit
from skmine.plotting.style import CURVE_SIZE, add_legend, hide_frame, make_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Confidence of an interval, as of all displays.
LEVEL = 0.95


class LaggedInformationDisplay:
    """What one series says of another, lag by lag.

    Dots are estimates in nats, or bits, with 95 % intervals around them; filled ones are kept at the false discovery
    rate of the call. The band around 0 is the noise: where estimates of lags that say nothing lie in 95 of 100 cases.

    It is recommended to use `from_lags`.

    Parameters
    ----------
    lags : DataFrame
        Of one column, as `skmine.lagged_mutual_info` returns it: indexed by lag, with ``mi``, ``score``, ``se`` and
        ``kept``, in nats unless its ``attrs`` say bits.
    column : str
        Its name.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib ErrorbarContainer

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import lagged_mutual_info
    >>> from skmine.plotting import LaggedInformationDisplay
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=500)
    >>> y = np.roll(x, 2) + rng.normal(size=500)
    >>> display = LaggedInformationDisplay.from_lags(lagged_mutual_info(x, y, range(5), random_state=0))
    >>> display.ax_.get_xlabel()
    'lag (rows)'
    """

    def __init__(self, lags: pd.DataFrame, *, column: str) -> None:
        self.lags = lags
        self.column = column

    @classmethod
    def from_lags(
        cls,
        found: pd.DataFrame,
        *,
        column: str | None = None,
        unit: Unit | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> LaggedInformationDisplay:
        """Draw what `skmine.lagged_mutual_info` returned.

        Parameters
        ----------
        found : DataFrame
            As `skmine.lagged_mutual_info` returns it.
        column : str, default=None
            The column to draw; None: the one that says most at any lag.
        unit : {"nats", "bits"}, default=None
            What to draw; None: the unit of `found`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        LaggedInformationDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If no column has that name.
        ImportError
            If matplotlib is not installed.
        """
        names = list(dict.fromkeys(found.index.get_level_values("column")))
        column = found["mi"].idxmax()[0] if column is None else column
        if column not in names:
            raise ValueError(f"column={column!r} is not among the columns, {', '.join(map(repr, names[:8]))}.")
        lags = convert_frame(found, AMOUNTS, read_unit(found) if unit is None else check_unit(unit)).loc[column]
        lags.attrs = {**found.attrs, "unit": read_unit(found) if unit is None else unit}
        return cls(lags.sort_index(), column=column).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> LaggedInformationDisplay:
        """Draw the lags.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        **kwargs
            Passed to matplotlib's ``errorbar``.

        Returns
        -------
        LaggedInformationDisplay
            This object, with `ax_`, `figure_` and `bars_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        from matplotlib.ticker import MaxNLocator

        own, ax = ax is None, make_axes(ax, CURVE_SIZE)
        lag, mi, kept = self.lags.index.to_numpy(), self.lags["mi"].to_numpy(float), self.lags["kept"].to_numpy(bool)
        width, noise = self._measure_widths()
        ax.axhspan(-noise, noise, color=OTHER_COLOUR, alpha=0.25, linewidth=0, label="noise")
        ax.axhline(0, linewidth=0.8, color=OTHER_COLOUR)
        style = {"linestyle": "none", "color": KEPT_COLOUR, "elinewidth": 1.2, "capsize": 2, **kwargs}
        self.bars_ = ax.errorbar(lag, mi, yerr=width, **style, label="95 % interval")
        for chosen, fill, label in ((kept, KEPT_COLOUR, "kept"), (~kept, "white", "not kept")):
            if chosen.any():
                ax.plot(lag[chosen], mi[chosen], "o", markersize=6, markerfacecolor=fill, markeredgecolor=KEPT_COLOUR,
                        label=label, zorder=3)  # fmt: skip
        add_legend(ax, below=own)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("lag (rows)")
        ax.set_ylabel(f"mutual information ({read_unit(self.lags)})")
        ax.set_title(self._caption(), fontsize=9, loc="left")
        hide_frame(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _measure_widths(self) -> tuple[Any, float]:
        """Half widths of the intervals, and of the band of noise.

        An interval reckons with the sampling error and with half of what was corrected. The noise is what those lags
        vary by that are not kept; where all are, the smallest error.
        """
        z = float(stats.norm.isf((1 - LEVEL) / 2))
        se = self.lags["se"].to_numpy(float)
        width = z * np.hypot(se, (self.lags["mi"] - self.lags["score"]).to_numpy(float) / 2)
        quiet = ~self.lags["kept"].to_numpy(bool)
        return width, float(np.median(width[quiet]) if quiet.any() else width.min())

    def _caption(self) -> str:
        n, kept = int(self.lags["n"].iloc[0]), int(self.lags["kept"].sum())
        name = shorten_names([self.column])[0]
        rule = f" at a false discovery rate of {self.lags.attrs['alpha']:g}" if "alpha" in self.lags.attrs else ""
        return f"{name}: {kept} of {len(self.lags)} lags kept{rule}; {n} rows"
