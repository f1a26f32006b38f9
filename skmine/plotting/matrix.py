"""The mutual information of every two columns as a picture: a heat map whose neighbours share much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.functions import mutual_info_matrix
from skmine.functions.html import shorten_names
from skmine.functions.matrix import find_told
from skmine.functions.units import Unit, check_unit, convert, read_unit
from skmine.plotting.heat_map import cluster_columns, draw_grey, make_room, write_names, write_numbers
from skmine.plotting.style import require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Smallest end of the colour scale in nats, so that weak links look weak: two normal columns with a correlation of .3.
SMALLEST_END = 0.05

#: Standard errors that an estimate has to be above 0 not to be taken for noise, where nothing else is known: they are
#: small where columns are independent, and 95 of 100 independent pairs read less than 4.4 of them (n = 300 and 2,000).
ERRORS_OF_NOISE = 5


class MatrixDisplay:
    """The mutual information of every two columns of a table, as a clustered heat map.

    Columns that share much information are neighbours (average linkage). Pairs that are not told from chance are
    grey, where that is known. The diagonal of a matrix in nats or bits is left blank: it is the entropy of a discrete
    column, or infinite. That of a normalised matrix is 1, and its scale ends there.

    It is recommended to use `from_table` or `from_matrix`.

    Parameters
    ----------
    matrix : DataFrame of shape (n_features, n_features)
        As `mutual_info_matrix` returns it: nats or bits, or numbers from 0 to 1 if it was normalised.
    normalized : bool, default=False
        Whether the matrix was normalised.
    noise : ndarray of shape (n_features, n_features), default=None
        Mask of the pairs that are no more than chance; None if that is not known.
    unit : {"nats", "bits"}, default="nats"
        Of the matrix, if it was not normalised.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
        The matrix, in the order in which it is drawn.
    noise_ : matplotlib AxesImage or None
        The grey that lies over pairs which are no more than chance.
    order_ : list of str
        The columns in the order in which they are drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmine.plotting import MatrixDisplay
    >>> X, _ = load_diabetes(as_frame=True, return_X_y=True)
    >>> display = MatrixDisplay.from_table(X[["s1", "bmi", "s2"]], random_state=0)
    >>> abs(display.order_.index("s1") - display.order_.index("s2"))
    1
    """

    def __init__(
        self,
        *,
        matrix: pd.DataFrame,
        normalized: bool = False,
        noise: NDArray[np.bool_] | None = None,
        unit: Unit = "nats",
    ) -> None:
        self.matrix = matrix
        self.normalized = normalized
        self.noise = noise
        self.unit = unit

    @classmethod
    def from_matrix(
        cls,
        matrix: pd.DataFrame,
        *,
        pvalue: Any = None,
        se: Any = None,
        normalized: bool | None = None,
        unit: Unit | None = None,
        cluster: bool = True,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> MatrixDisplay:
        """Draw a matrix that `mutual_info_matrix` returned.

        Pairs are grey that are not told from chance: by `pvalue`, at a false discovery rate of 5 % over all pairs; or
        else if they are no larger than the ``noise`` in the ``attrs`` of the matrix, where `mutual_info_matrix` leaves
        it; or else by `se`, if they are less than five standard errors above 0.

        Parameters
        ----------
        matrix : DataFrame of shape (n_features, n_features)
            Nats or bits, or numbers from 0 to 1 if it was normalised.
        pvalue, se : DataFrame or array-like of the same shape, default=None
            As `mutual_info_matrix` returns them ``with_errors``; standard errors are in the unit of the matrix.
        normalized : bool, default=None
            Whether the matrix was normalised; None: what its ``attrs`` say, or else False.
        unit : {"nats", "bits"}, default=None
            What to draw; None: the unit of the matrix. Normalised numbers have none.
        cluster : bool, default=True
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        MatrixDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If rows and columns do not have the same names, or p-values or errors are not of that shape.
        ImportError
            If matplotlib is not installed.
        """
        if list(matrix.index) != list(matrix.columns):
            raise ValueError(
                f"matrix must have the same names for its rows and its columns, got shape {matrix.shape}; pass the "
                f"result of mutual_info_matrix."
            )
        if normalized is None:
            normalized = bool(matrix.attrs.get("normalized", False))
        noise, of = _find_noise(matrix, pvalue, se, normalized), read_unit(matrix)
        shown = of if unit is None else check_unit(unit)
        if not normalized:
            matrix = convert(matrix, shown, of=of)
        display = cls(matrix=matrix, normalized=normalized, noise=noise, unit=shown)
        return display.plot(ax, cluster=cluster, **kwargs)

    @classmethod
    def from_table(
        cls,
        table: Any,
        *,
        normalize: bool = True,
        unit: Unit = "nats",
        cluster: bool = True,
        ax: Axes | None = None,
        image_kw: dict[str, Any] | None = None,
        **options: Any,
    ) -> MatrixDisplay:
        """Estimate the matrix of a table and draw it.

        Parameters
        ----------
        table : frame, array-like or sparse matrix of shape (n_samples, n_features)
            The columns to compare.
        normalize : bool, default=True
            Numbers from 0 to 1 instead of nats.
        unit : {"nats", "bits"}, default="nats"
            Of numbers that are not normalised.
        cluster : bool, default=True
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        image_kw : dict, default=None
            Passed to matplotlib's ``imshow``.
        **options
            Other parameters of `mutual_info_matrix`.

        Returns
        -------
        MatrixDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        mi, _, pvalue = mutual_info_matrix(table, normalize=normalize, unit=unit, with_errors=True, **options)
        return cls.from_matrix(mi, pvalue=pvalue, cluster=cluster, ax=ax, **(image_kw or {}))

    def plot(self, ax: Axes | None = None, *, cluster: bool = True, **kwargs: Any) -> MatrixDisplay:
        """Draw the heat map.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        cluster : bool, default=True
            Order the columns so that neighbours share much; False keeps the table's order.
        **kwargs
            Passed to matplotlib's ``imshow``, such as ``cmap`` or ``vmax``.

        Returns
        -------
        MatrixDisplay
            This object, with `ax_`, `figure_`, `image_`, `noise_` and `order_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        d = len(self.matrix)
        values = self.matrix.to_numpy(float)
        noise = np.zeros((d, d), bool) if self.noise is None else self.noise
        order = cluster_columns(np.where(noise, 0.0, values)) if cluster and d > 2 else np.arange(d)
        shown, grey = values[np.ix_(order, order)], noise[np.ix_(order, order)]
        if not self.normalized:
            np.fill_diagonal(shown, np.nan)
        self.order_ = [str(name) for name in self.matrix.index[order]]
        names = shorten_names(self.order_)
        ax, cell = make_room(ax, names)
        end = 1.0 if self.normalized else max(self._find_largest(shown, grey), convert(SMALLEST_END, self.unit))
        self.image_ = ax.imshow(
            shown, **{"cmap": "viridis", "vmin": 0, "vmax": end, "interpolation": "nearest", **kwargs}
        )
        self.noise_ = draw_grey(ax, grey) if grey.any() else None
        write_names(ax, names, cell)
        write_numbers(ax, np.maximum(shown, 0.0), self.image_, self.noise_, cell)
        label = "normalized mutual information" if self.normalized else f"mutual information ({self.unit})"
        ax.figure.colorbar(self.image_, ax=ax, label=label, shrink=0.8)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _find_largest(self, shown: NDArray[np.float64], grey: NDArray[np.bool_]) -> float:
        """The largest number that is told from chance; of nothing but noise, its largest one."""
        off_diagonal = ~np.isnan(shown)
        clear = off_diagonal & ~grey
        return float(shown[clear if clear.any() else off_diagonal].max(initial=0.0))


def _find_noise(matrix: pd.DataFrame, pvalue: Any, se: Any, normalized: bool) -> NDArray[np.bool_] | None:
    """Mask of the pairs that are no more than chance, by what is known; None where nothing is.

    Raises
    ------
    ValueError
        If what is known has another shape.
    """
    for name, given in (("pvalue", pvalue), ("se", se)):
        if given is not None and np.shape(given) != matrix.shape:
            raise ValueError(
                f"{name} must be of the shape of matrix, {matrix.shape}, got {np.shape(given)}; pass what "
                f"mutual_info_matrix returns with_errors."
            )
    values = matrix.to_numpy(float)
    if pvalue is not None:
        noise = ~find_told(np.asarray(pvalue, float))
    elif normalized or "noise" in matrix.attrs:  # a normalised matrix is 0 where a pair is not told from chance
        noise = values <= matrix.attrs.get("noise", 0.0)
    elif se is not None:
        noise = values < ERRORS_OF_NOISE * np.asarray(se, float)
    else:
        return None
    np.fill_diagonal(noise, False)
    return noise
