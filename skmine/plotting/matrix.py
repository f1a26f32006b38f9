"""A table's pairwise information as a picture: a heat map whose neighbours are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from skmine.functions import mutual_info_matrix
from skmine.plotting.ranking import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches a column takes, and the smallest and largest side of a figure.
INCHES, SMALLEST, LARGEST = 0.28, 3.6, 12.0
#: Columns up to which cells carry their numbers, and from which on only some names fit.
MOST_NUMBERS, MOST_NAMES = 14, 80


class MatrixDisplay:
    """What every two columns of a table share, as a clustered heat map.

    Columns that share much stand beside each other (average linkage). The diagonal is left blank: it is
    the entropy of a discrete column, or infinite.

    It is recommended to use `from_table` or `from_matrix`.

    Parameters
    ----------
    matrix : DataFrame
        As `mutual_info_matrix` returns it.
    normalized : bool, default=False
        Whether it was normalised; the colours then go from 0 to 1.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
    order_ : list of str
        The columns as they are drawn.

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
        matrix : DataFrame
        normalized : bool, default=False
            Whether it was normalised.
        cluster, ax
            As in `plot`.

        Raises
        ------
        ValueError
            If it is not square, with the same names on both sides.
        """
        if list(matrix.index) != list(matrix.columns):
            raise ValueError(
                f"matrix must have the same names on both sides, got shape {matrix.shape}; pass what "
                f"mutual_info_matrix returned."
            )
        return cls(matrix=matrix, normalized=normalized).plot(ax, cluster=cluster)

    @classmethod
    def from_table(
        cls, table: Any, *, normalize: bool = True, cluster: bool = True, ax: Axes | None = None, **options: Any
    ) -> MatrixDisplay:
        """Measure a table and draw it.

        Parameters
        ----------
        table : frame, array-like or sparse matrix of shape (n_samples, n_features)
        normalize : bool, default=True
            From 0 to 1 instead of nats.
        cluster, ax
            As in `plot`.
        **options
            As the parameters of `mutual_info_matrix`.
        """
        matrix = mutual_info_matrix(table, normalize=normalize, **options)
        return cls.from_matrix(matrix, normalized=normalize, cluster=cluster, ax=ax)

    def plot(self, ax: Axes | None = None, *, cluster: bool = True) -> MatrixDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a figure of its own otherwise.
        cluster : bool, default=True
            Order the columns so that neighbours share much; otherwise they stand as they came.

        Returns
        -------
        display : MatrixDisplay
            This object, with `ax_`, `figure_`, `image_` and `order_`.
        """
        import matplotlib.pyplot as plt

        d = len(self.matrix)
        values = self.matrix.to_numpy(float)
        order = _order(values) if cluster and d > 2 else np.arange(d)
        shown = np.maximum(values[np.ix_(order, order)], 0.0)
        np.fill_diagonal(shown, np.nan)
        if ax is None:
            side = float(np.clip(INCHES * d + 1.5, SMALLEST, LARGEST))
            _, ax = plt.subplots(figsize=(side + 0.8, side), layout="constrained")
        top = 1.0 if self.normalized else max(float(np.nanmax(shown, initial=0.0)), 1e-3)
        self.image_ = ax.imshow(shown, cmap="viridis", vmin=0, vmax=top, interpolation="nearest")
        self.order_ = [str(name) for name in self.matrix.index[order]]
        names, step = shortened(self.order_), -(-d // MOST_NAMES)
        size = float(np.clip(500 / max(d, 1), 4.5, 9))
        ax.set_xticks(range(0, d, step), names[::step], rotation=90, fontsize=size)
        ax.set_yticks(range(0, d, step), names[::step], fontsize=size)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        if d <= MOST_NUMBERS:
            for i, j in zip(*np.nonzero(~np.isnan(shown)), strict=True):
                ink = "white" if shown[i, j] < 0.6 * top else "black"
                ax.text(j, i, f"{shown[i, j]:.2f}".lstrip("0"), ha="center", va="center", fontsize=7, color=ink)
        label = "shared, from 0 to 1" if self.normalized else "mutual information (nats)"
        ax.figure.colorbar(self.image_, ax=ax, label=label, shrink=0.8)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _order(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Leaves of an average-linkage tree in which columns are near that share much."""
    shared = np.nan_to_num(np.maximum(values, 0.0))
    np.fill_diagonal(shared, 0.0)
    far = shared.max(initial=0.0) - shared
    np.fill_diagonal(far, 0.0)
    distances = squareform(far, checks=False)
    tree = hierarchy.optimal_leaf_ordering(hierarchy.linkage(distances, "average"), distances)
    return np.asarray(hierarchy.leaves_list(tree), np.int64)
