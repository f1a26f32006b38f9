"""What every two columns say of a target together, as a picture: a heat map of redundancy and synergy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.functions.html import shorten_names
from skmine.functions.information_table import AMOUNTS, information_table
from skmine.functions.matrix import CHANCE_ALPHA
from skmine.functions.units import Unit, check_unit, convert, convert_frame, read_unit
from skmine.plotting.heat_map import cluster_columns, draw_grey, make_room, write_names, write_numbers
from skmine.plotting.style import require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Smallest end of the colour scale in nats, so that weak interaction looks weak. Arbitrary.
SMALLEST_END = 0.02


class InteractionDisplay:
    """Co-information of every two columns with a target, as a heat map.

    Blue cells are pairs that repeat each other (redundancy), red ones pairs that say more together than alone
    (synergy); grey ones are not told from 0. The diagonal says what each column says alone.

    It is recommended to use `from_table`.

    Parameters
    ----------
    table : DataFrame
        As `information_table` returns it.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
        Co-information, in the order in which it is drawn.
    order_ : list of str
        The columns in the order in which they are drawn.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skmine import information_table
    >>> from skmine.plotting import InteractionDisplay
    >>> a, b = np.random.default_rng(0).integers(0, 2, size=(2, 500))
    >>> table = information_table(pd.DataFrame({"a": a, "b": b}), a ^ b, max_iter=200, random_state=0)
    >>> InteractionDisplay.from_table(table).order_
    ['a', 'b']
    """

    def __init__(self, *, table: pd.DataFrame) -> None:
        self.table = table

    @classmethod
    def from_data(cls, X: Any, y: Any, *, ax: Axes | None = None, **options: Any) -> InteractionDisplay:
        """Estimate the table of a frame and a target, and draw it.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            The columns.
        y : array-like of shape (n_samples,)
            The target.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **options
            Other parameters of `information_table`.

        Returns
        -------
        InteractionDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        return cls.from_table(information_table(X, y, **options), ax=ax)

    @classmethod
    def from_table(
        cls, table: pd.DataFrame, *, unit: Unit | None = None, ax: Axes | None = None, **kwargs: Any
    ) -> InteractionDisplay:
        """Draw a table that `information_table` returned.

        Parameters
        ----------
        table : DataFrame
        unit : {"nats", "bits"}, default=None
            What to draw; None: the unit of the table.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        InteractionDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If the frame is no such table.
        ImportError
            If matplotlib is not installed.
        """
        missing = [name for name in ("first", "second", "qvalue", *AMOUNTS) if name not in table]
        if missing:
            raise ValueError(f"table has no column {missing[0]!r}; pass what information_table returns.")
        if unit is not None:
            table = convert_frame(table, AMOUNTS, check_unit(unit))
        return cls(table=table).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> InteractionDisplay:
        """Draw the heat map.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        **kwargs
            Passed to matplotlib's ``imshow``, such as ``cmap`` or ``vmax``.

        Returns
        -------
        InteractionDisplay
            This object, with `ax_`, `figure_`, `image_` and `order_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        names, alone, values, grey = self._arrange()
        order = cluster_columns(np.where(grey, 0.0, values)) if len(names) > 2 else np.arange(len(names))
        values, grey = values[np.ix_(order, order)], grey[np.ix_(order, order)]
        self.order_ = [names[j] for j in order]
        shown = shorten_names(self.order_)
        ax, cell = make_room(ax, shown)
        unit = read_unit(self.table)
        end = max(float(np.abs(values[~grey]).max(initial=0.0)), convert(SMALLEST_END, unit))
        given = {"cmap": "RdBu", "vmin": -end, "vmax": end, "interpolation": "nearest", **kwargs}
        self.image_ = ax.imshow(np.where(np.eye(len(names), dtype=bool), np.nan, values), **given)
        over = draw_grey(ax, grey) if grey.any() else None
        write_names(ax, shown, cell)
        texts = np.where(np.eye(len(names), dtype=bool), alone[order], values)
        write_numbers(ax, texts, self.image_, over, cell)
        lines = ["red: synergy, blue: redundancy", ax.get_title(loc="left"), "diagonal: each alone"]
        ax.set_title("\n".join(filter(None, lines)), fontsize=9, loc="left")
        ax.figure.colorbar(self.image_, ax=ax, label=f"co-information ({unit})", shrink=0.8)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _arrange(self) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Names, what each says alone, co-information (d, d), and a mask of the pairs that are not told from 0."""
        names = list(dict.fromkeys([*self.table["first"].astype(str), *self.table["second"].astype(str)]))
        place = {name: j for j, name in enumerate(names)}
        d = len(names)
        alone, values, grey = np.zeros(d), np.zeros((d, d)), np.zeros((d, d), bool)
        for row in self.table.to_dict("records"):
            i, j = place[str(row["first"])], place[str(row["second"])]
            alone[i], alone[j] = row["mi_first"], row["mi_second"]
            values[i, j] = values[j, i] = row["co_information"]
            grey[i, j] = grey[j, i] = row["qvalue"] >= CHANCE_ALPHA
        return names, alone, values, grey
