"""Mixtures of normal laws of X and Y together: their pointwise mutual information is known, its mean is I."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from skmine.synthetic.sampler import Array, Sampler

#: Rows of the Monte Carlo mean that is I: its standard error is .002 nats where pointwise values have a spread of 1.
ROWS_OF_MEAN = 250_000


@dataclass(frozen=True)
class NormalMixture:
    """A mixture of normal laws of the columns of X, then those of Y.

    Parameters
    ----------
    weights : array-like of shape (k,)
        Their sum is 1.
    means : array-like of shape (k, dx + dy)
    covariances : array-like of shape (k, dx + dy, dx + dy)
    dim_x : int
        dx.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import NormalMixture
    >>> law = NormalMixture([1.0], [[0, 0]], [[[1, 0.5], [0.5, 1]]], 1)
    >>> np.round(law.pointwise(np.zeros((1, 1)), np.zeros((1, 1))), 3)  # -1/2 log(1 - .25)
    array([0.144])
    """

    weights: ArrayLike
    means: ArrayLike
    covariances: ArrayLike
    dim_x: int

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        """Draw independent rows.

        Parameters
        ----------
        rng : Generator
        n : int

        Returns
        -------
        x, y : ndarray of shape (n, dx) and (n, dy)
        """
        means, roots = np.asarray(self.means, float), np.linalg.cholesky(np.asarray(self.covariances, float))
        which = rng.choice(len(means), n, p=np.asarray(self.weights, float))
        rows = means[which] + np.einsum("nij,nj->ni", roots[which], rng.normal(size=(n, means.shape[1])))
        return rows[:, : self.dim_x], rows[:, self.dim_x :]

    def pointwise(self, x: Array, y: Array) -> Array:
        """Pointwise mutual information of rows, log p(x, y) / p(x) p(y).

        Parameters
        ----------
        x, y : ndarray of shape (n, dx) and (n, dy)

        Returns
        -------
        ndarray of shape (n,)
            Nats; the mean over the law is I.
        """
        dim = np.shape(self.means)[1]
        of_x, of_y = np.arange(self.dim_x), np.arange(self.dim_x, dim)
        joint = self._log_density(np.column_stack([x, y]), np.arange(dim))
        return joint - self._log_density(x, of_x) - self._log_density(y, of_y)

    def _log_density(self, rows: Array, columns: NDArray[np.int64]) -> Array:
        weights, means, covariances = (np.asarray(v, float) for v in (self.weights, self.means, self.covariances))
        parts = [
            np.log(w) + stats.multivariate_normal(m[columns], c[np.ix_(columns, columns)]).logpdf(rows)
            for w, m, c in zip(weights, means, covariances, strict=True)
        ]
        return np.asarray(special.logsumexp(np.reshape(parts, (len(parts), -1)), axis=0))


def normal_mixture(name: str, law: NormalMixture) -> Sampler:
    """A mixture of normal laws; I is the mean of its pointwise values over 250,000 rows, drawn once.

    Parameters
    ----------
    name : str
        Name of the law.
    law : NormalMixture

    Returns
    -------
    Sampler
        X of shape (n, dx), Y of shape (n, dy).

    Examples
    --------
    >>> from skmine.synthetic import NormalMixture, normal_mixture
    >>> apart = NormalMixture([0.5, 0.5], [[9, 9], [-9, -9]], [[[1, 0], [0, 1]]] * 2, 1)
    >>> round(normal_mixture("two clusters", apart).mi, 2)  # log 2
    0.69
    """
    rows = law.draw(np.random.default_rng(0), ROWS_OF_MEAN)
    return Sampler(name, law.draw, float(law.pointwise(*rows).mean()))


def wild_rows(correlations: Sequence[float], share: float, scale: float) -> Sampler:
    """Pairs of correlated normal columns, and a share of rows that are independent and wider.

    Parameters
    ----------
    correlations : sequence of float
        Of column i of X with column i of Y.
    share : float
        Probability of a wild row, whose columns are independent normal ones.
    scale : float
        Standard deviation of a wild row's columns; those of others have 1.

    Returns
    -------
    Sampler
        As many columns on either side as there are correlations; I as in `normal_mixture`.

    Examples
    --------
    >>> from skmine.synthetic import wild_rows
    >>> wild_rows([0.8, 0.8], 0.2, 3.0).mi > 0
    True
    """
    dim = len(correlations)
    tame = np.block([[np.eye(dim), np.diag(correlations)], [np.diag(correlations), np.eye(dim)]])
    law = NormalMixture([1 - share, share], np.zeros((2, 2 * dim)), [tame, scale**2 * np.eye(2 * dim)], dim)
    return normal_mixture(f"wild_rows-{dim}-{share:g}-{scale:g}", law)
