"""Several columns each, jointly normal, whose MI has a closed form.

Names are those of the benchmark of Czyz et al., "Beyond Normal: On the Evaluation of Mutual Information
Estimators" (NeurIPS 2023), where it has the law: the columns of X, those of Y, then the parameters.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from skmine.synthetic.pairs import normal_pair
from skmine.synthetic.sampler import Array, Sampler, side_by_side


def normal_table(name: str, covariance: ArrayLike, dim_x: int) -> Sampler:
    """X and Y jointly normal with mean zero.

    A normal law's entropy is 1/2 log det(2 pi e S), and the factors 2 pi e cancel in
    h(X) + h(Y) - h(X, Y): I = 1/2 log(det S_xx det S_yy / det S).

    Parameters
    ----------
    name : str
        Name of the law.
    covariance : array-like of shape (dx + dy, dx + dy)
        Positive definite; X's columns come first.
    dim_x : int
        dx, the number of X's columns.

    Returns
    -------
    Sampler
        X of shape (n, dx), Y of shape (n, dy).

    Examples
    --------
    >>> from skmine.synthetic import normal_table
    >>> round(normal_table("pair", [[1, 0.75], [0.75, 1]], 1).mi, 4)
    0.4133
    """
    covariance = np.asarray(covariance, float)
    root = np.linalg.cholesky(covariance)

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        rows = rng.normal(size=(n, len(root))) @ root.T
        return rows[:, :dim_x], rows[:, dim_x:]

    log_dets = [
        np.linalg.slogdet(part)[1] for part in (covariance[:dim_x, :dim_x], covariance[dim_x:, dim_x:], covariance)
    ]
    return Sampler(name, draw, float(log_dets[0] + log_dets[1] - log_dets[2]) / 2)


def equal_correlations(dim: int, correlation: float) -> Array:
    """A matrix with ones on the diagonal and `correlation` everywhere else.

    Parameters
    ----------
    dim : int
        Number of rows and columns.
    correlation : float
        Value off the diagonal.

    Returns
    -------
    ndarray of shape (dim, dim)
        A correlation matrix.

    Examples
    --------
    >>> from skmine.synthetic import equal_correlations
    >>> equal_correlations(2, 0.5)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    return np.full((dim, dim), correlation) + (1 - correlation) * np.eye(dim)


def normal_dense(dim: int, correlation: float) -> Sampler:
    """X and Y of `dim` columns each, any two of all 2 dim columns equally correlated.

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    correlation : float
        Correlation of any two columns.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import normal_dense
    >>> round(normal_dense(2, 0.5).mi, 4)
    0.2939
    """
    name = f"multinormal-dense-{dim}-{dim}-{correlation:g}"
    return normal_table(name, equal_correlations(2 * dim, correlation), dim)


def normal_sparse(dim: int, pairs: int, strength: float) -> Sampler:
    """X_k linked with Y_k for the first `pairs` of `dim` columns each, all else independent.

    A linked pair shares a latent: X_k = (E + s U) / (1 + s^2)^.5 and Y_k = (F + s U) / (1 + s^2)^.5,
    E, F, U standard normal. Its correlation is r = s^2 / (1 + s^2), and I = -pairs / 2 log(1 - r^2).

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    pairs : int
        How many columns of X are linked with one of Y.
    strength : float
        s; the larger, the stronger the link.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import normal_sparse
    >>> round(normal_sparse(5, 2, 2.0).mi, 4)
    1.0217
    """
    covariance = np.eye(2 * dim)
    linked = np.arange(pairs)
    covariance[linked, dim + linked] = covariance[dim + linked, linked] = strength**2 / (1 + strength**2)
    return normal_table(f"multinormal-sparse-{dim}-{dim}-{pairs}-{strength:.1f}", covariance, dim)


def correlated_gaussians(dim: int, correlation: float) -> Sampler:
    """X_k and Y_k correlated for each of `dim` columns, all else independent: I = -dim/2 log(1 - rho^2).

    The test bed of MINE (Belghazi et al., ICML 2018, section 4.1) and of most variational bounds since.

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    correlation : float
        rho, of X_k and Y_k.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import correlated_gaussians
    >>> round(correlated_gaussians(20, 0.5).mi, 4)
    2.8768
    """
    name = f"correlated_gaussians-{dim}-{dim}-{correlation:.2g}"
    return side_by_side(name, *[normal_pair(correlation)] * dim)


def correlated_gaussians_with_mi(dim: int, mi: float) -> Sampler:
    """`correlated_gaussians` with a given I in nats: rho^2 = 1 - exp(-2 I / dim).

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    mi : float
        I(X; Y) in nats.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import correlated_gaussians_with_mi
    >>> round(correlated_gaussians_with_mi(20, 4.0).mi, 4)
    4.0
    """
    return correlated_gaussians(dim, float(np.sqrt(-np.expm1(-2 * mi / dim))))


def independent_table(dim_x: int, dim_y: int) -> Sampler:
    """Independent standard normal columns: I = 0.

    Parameters
    ----------
    dim_x : int
        Number of columns of X.
    dim_y : int
        Number of columns of Y.

    Returns
    -------
    Sampler
        X of shape (n, dim_x), Y of shape (n, dim_y).

    Examples
    --------
    >>> from skmine.synthetic import independent_table
    >>> independent_table(3, 2).mi
    0.0
    """
    return normal_table(f"independent-{dim_x}-{dim_y}", np.eye(dim_x + dim_y), dim_x)


def independent_blocks(dim: int, correlation: float) -> Sampler:
    """`dim` columns each, equally correlated within X and within Y, independent across: I = 0.

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    correlation : float
        Of any two columns of one side.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import independent_blocks
    >>> abs(independent_blocks(4, 0.5).mi) < 1e-9
    True
    """
    block = equal_correlations(dim, correlation)
    return normal_table(f"independent-blocks-{dim}-{dim}-{correlation:g}", linalg.block_diag(block, block), dim)
