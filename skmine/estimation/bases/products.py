"""Products of two columns that go with a column of the other side: found among all pairs by matrix products."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from skmine.estimation.bases.views import FARTHEST_OF_SUMS, Array, View, take_view

#: Most products that are kept: arbitrary.
MOST_PRODUCTS = 12

#: Level of the test of each product, over all of them: one in a hundred where there is nothing to find.
LEVEL = 0.01

#: Multiplications of a screen: about a second. Beyond, fewer rows are screened.
MOST_MULTIPLICATIONS = 1e10

#: Rows below which a screen sees too little to be worth its time: arbitrary.
FEWEST_ROWS = 100

#: Points at which the ranks of a product are written down.
QUANTILES = np.linspace(0, 1, 513)


def screen_products(x: Array, y: Array) -> NDArray[np.int64]:
    """Products of two columns of x, squares included, that go with columns of y or with their squares.

    Under independence the mean of z_i z_j t, over its standard error, is normal for every product z_i z_j and every
    t; the largest of all of them is tested at `LEVEL` by Bonferroni's rule.

    Parameters
    ----------
    x, y : ndarray of shape (n, p) and (n, q)
        Normal scores and indicators.

    Returns
    -------
    ndarray of shape (k, 2)
        Places of the two columns, the surest product first.
    """
    n, p, q = len(x), x.shape[1], 2 * y.shape[1]
    rows = int(min(n, MOST_MULTIPLICATIONS / max(p * p * q, 1)))
    if rows < FEWEST_ROWS:
        return np.empty((0, 2), np.int64)
    z = _standardise(x[:rows])
    targets = _standardise(np.concatenate([y[:rows], y[:rows] ** 2], axis=1))
    own = np.sqrt((z**2).T @ (z**2) / rows)  # (p, p): root of the mean squared product
    found = np.zeros((p, p), np.float32)
    for target in targets.T:
        found = np.maximum(found, np.abs((z * target[:, None]).T @ z))
    found /= np.sqrt(rows) * np.maximum(own, 1e-6)
    i, j = np.triu_indices(p)
    sure = found[i, j]
    least = stats.norm.isf(LEVEL / 2 / (len(i) * q))
    order = np.argsort(-sure, kind="stable")[:MOST_PRODUCTS]
    order = order[sure[order] > least]
    return np.stack([i[order], j[order]], axis=1)


def _standardise(columns: Array) -> Array:
    centred = columns - columns.mean(0)
    spread = centred.std(0)
    return np.where(spread > 0, centred / np.where(spread > 0, spread, 1), 0).astype(np.float32)


@dataclass(frozen=True)
class Products:
    """The columns of a view beside products of pairs of them: their normal scores among ranks, else their roots too.

    The root of a square is an absolute value.

    Attributes
    ----------
    view : {"ranks", "scaled"}
    pairs : ndarray of shape (k, 2)
    quantiles : ndarray of shape (k, 513)
        Of each product.
    """

    view: View
    pairs: NDArray[np.int64]
    quantiles: NDArray[np.float64]

    @classmethod
    def fit(cls, z: Array, view: View, pairs: NDArray[np.int64]) -> "Products":
        """Learn the products' quantiles from some rows."""
        products = _multiply(z, view, pairs)
        return cls(view, pairs, np.quantile(products, QUANTILES, axis=0).T.reshape(-1, len(QUANTILES)))

    def __call__(self, z: Array) -> NDArray[np.float64]:
        """(n, p + k), or (n, p + 2 k)."""
        columns = take_view(z, self.view).astype(np.float64)
        if self.view == "scaled":
            products = _multiply(z, self.view, self.pairs)
            roots = np.sign(products) * np.sqrt(np.abs(products))
            return np.concatenate([columns, products, roots], axis=1).clip(-FARTHEST_OF_SUMS, FARTHEST_OF_SUMS)
        return np.concatenate([columns, self.score_products(z)], axis=1)

    def score_products(self, z: Array) -> NDArray[np.float64]:
        """Normal scores of the products, (n, k)."""
        products = _multiply(z, self.view, self.pairs)
        if not len(self.pairs):
            return products
        least = QUANTILES[1] / 2
        return np.stack(
            [
                special.ndtri(np.interp(column, places, QUANTILES).clip(least, 1 - least))
                for column, places in zip(products.T, self.quantiles, strict=True)
            ],
            axis=1,
        )


def _multiply(z: Array, view: View, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    columns = take_view(z, view).astype(np.float64)
    return columns[:, pairs[:, 0]] * columns[:, pairs[:, 1]]
