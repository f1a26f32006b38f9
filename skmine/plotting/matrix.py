"""The mutual information of every two columns as a picture: a heat map whose neighbours share much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from skmine.functions import mutual_info_matrix
from skmine.plotting.style import make_axes, shorten_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches per column: room for a number of three digits.
INCHES = 0.28

#: Smallest side of the heat map in inches. Arbitrary.
SMALLEST_SIDE = 3.6

#: Largest side of the heat map in inches. Arbitrary, about a screen's height.
LARGEST_SIDE = 12.0

#: Most columns whose cells show their numbers. Arbitrary: more numbers are not read.
MOST_NUMBERS = 14

#: Most names on an axis: of more columns, every second or third name is written. Arbitrary.
MOST_NAMES = 80

#: Smallest and largest size of letters in points.
FONT_SIZES = (4.5, 9)

#: Smallest end of the colour scale in nats, so that a matrix of zeros has one.
SMALLEST_END = 1e-3

#: Fraction of the colour scale above which numbers are black: there viridis is bright.
BRIGHT = 0.6


class MatrixDisplay:
    """The mutual information of every two columns of a table, as a clustered heat map.

    Columns that share much information are neighbours (average linkage). The diagonal is left blank: it is
    the entropy of a discrete column, or infinite.

    It is recommended to use `from_table` or `from_matrix`.

    Parameters
    ----------
    matrix : DataFrame of shape (n_features, n_features)
        As `mutual_info_matrix` returns it: nats, or numbers from 0 to 1 if it was normalised.
    normalized : bool, default=False
        Whether the matrix was normalised; the colour scale then ends at 1.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
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

    def __init__(self, *, matrix: pd.DataFrame, normalized: bool = False) -> None:
        self.matrix = matrix
        self.normalized = normalized

    @classmethod
    def from_matrix(
        cls, matrix: pd.DataFrame, *, normalized: bool = False, cluster: bool = True, ax: Axes | None = None
    ) -> MatrixDisplay:
        """Draw a matrix that `mutual_info_matrix` returned.

        Parameters
        ----------
        matrix : DataFrame of shape (n_features, n_features)
            Nats, or numbers from 0 to 1 if it was normalised.
        normalized : bool, default=False
            Whether the matrix was normalised.
        cluster : bool, default=True
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.

        Returns
        -------
        MatrixDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If rows and columns do not have the same names.
        """
        if list(matrix.index) != list(matrix.columns):
            raise ValueError(
                f"matrix must have the same names for its rows and its columns, got shape {matrix.shape}; pass the "
                f"result of mutual_info_matrix."
            )
        return cls(matrix=matrix, normalized=normalized).plot(ax, cluster=cluster)

    @classmethod
    def from_table(
        cls, table: Any, *, normalize: bool = True, cluster: bool = True, ax: Axes | None = None, **options: Any
    ) -> MatrixDisplay:
        """Estimate the matrix of a table and draw it.

        Parameters
        ----------
        table : frame, array-like or sparse matrix of shape (n_samples, n_features)
            The columns to compare.
        normalize : bool, default=True
            Numbers from 0 to 1 instead of nats.
        cluster : bool, default=True
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **options
            Other parameters of `mutual_info_matrix`.

        Returns
        -------
        MatrixDisplay
            With the attributes that `plot` sets.
        """
        matrix = mutual_info_matrix(table, normalize=normalize, **options)
        return cls.from_matrix(matrix, normalized=normalize, cluster=cluster, ax=ax)

    def plot(self, ax: Axes | None = None, *, cluster: bool = True) -> MatrixDisplay:
        """Draw the heat map.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        cluster : bool, default=True
            Order the columns so that neighbours share much; False keeps the table's order.

        Returns
        -------
        MatrixDisplay
            This object, with `ax_`, `figure_`, `image_` and `order_`.
        """
        d = len(self.matrix)
        values = self.matrix.to_numpy(float)
        order = _cluster(values) if cluster and d > 2 else np.arange(d)
        shown = np.maximum(values[np.ix_(order, order)], 0.0)
        np.fill_diagonal(shown, np.nan)
        side = float(np.clip(INCHES * d + 1.5, SMALLEST_SIDE, LARGEST_SIDE))
        ax = make_axes(ax, (side + 0.8, side), square=True)
        end = 1.0 if self.normalized else max(float(np.nanmax(shown, initial=0.0)), SMALLEST_END)
        self.image_ = ax.imshow(shown, cmap="viridis", vmin=0, vmax=end, interpolation="nearest")
        self.order_ = [str(name) for name in self.matrix.index[order]]
        names, step = shorten_names(self.order_), -(-d // MOST_NAMES)
        size = float(np.clip(500 / max(d, 1), *FONT_SIZES))
        ax.set_xticks(range(0, d, step), names[::step], rotation=90, fontsize=size)
        ax.set_yticks(range(0, d, step), names[::step], fontsize=size)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        if d <= MOST_NUMBERS:
            for i, j in zip(*np.nonzero(~np.isnan(shown)), strict=True):
                ink = "white" if shown[i, j] < BRIGHT * end else "black"
                ax.text(j, i, f"{shown[i, j]:.2f}".lstrip("0"), ha="center", va="center", fontsize=7, color=ink)
        label = "normalized mutual information" if self.normalized else "mutual information (nats)"
        ax.figure.colorbar(self.image_, ax=ax, label=label, shrink=0.8)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _cluster(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order of the leaves of an average-linkage tree, in which columns are close that share much."""
    shared = np.nan_to_num(np.maximum(values, 0.0))
    np.fill_diagonal(shared, 0.0)
    far = shared.max(initial=0.0) - shared
    np.fill_diagonal(far, 0.0)
    distances = squareform(far, checks=False)
    tree = hierarchy.optimal_leaf_ordering(hierarchy.linkage(distances, "average"), distances)
    return np.asarray(hierarchy.leaves_list(tree), np.int64)
