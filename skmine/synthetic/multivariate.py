"""Tables that are all numbers: normal, Student's t and additive laws, whose MI has a closed form.

Names are those of the benchmark of Czyz et al., "Beyond Normal: On the Evaluation of Mutual Information
Estimators" (NeurIPS 2023), where it has the law: the columns of X, those of Y, then the parameters.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from skmine.synthetic.pairs import additive_uniform, normal_pair
from skmine.synthetic.sampler import Array, Sampler, side_by_side


def normal_table(name: str, covariance: ArrayLike, dim_x: int) -> Sampler:
    """X and Y jointly normal with mean zero.

    A normal law's entropy is 1/2 log det(2 pi e S), and the factors 2 pi e cancel in
    h(X) + h(Y) - h(X, Y): I = 1/2 log(det S_xx det S_yy / det S).

    Parameters
    ----------
    name : str
    covariance : array-like of shape (dx + dy, dx + dy)
        Positive definite; X's columns come first.
    dim_x : int
        dx, the number of X's columns.
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
    """Ones on the diagonal, `correlation` everywhere else; (dim, dim)."""
    return np.full((dim, dim), correlation) + (1 - correlation) * np.eye(dim)


def normal_dense(dim: int, correlation: float) -> Sampler:
    """X and Y of `dim` columns each, any two of all 2 dim columns equally correlated."""
    name = f"multinormal-dense-{dim}-{dim}-{correlation:g}"
    return normal_table(name, equal_correlations(2 * dim, correlation), dim)


def normal_sparse(dim: int, pairs: int, strength: float) -> Sampler:
    """X_k linked with Y_k for the first `pairs` of `dim` columns each, all else independent.

    A linked pair shares a latent: X_k = (E + s U) / (1 + s^2)^.5 and Y_k = (F + s U) / (1 + s^2)^.5,
    E, F, U standard normal. Its correlation is r = s^2 / (1 + s^2), and I = -pairs / 2 log(1 - r^2).
    """
    covariance = np.eye(2 * dim)
    linked = np.arange(pairs)
    covariance[linked, dim + linked] = covariance[dim + linked, linked] = strength**2 / (1 + strength**2)
    return normal_table(f"multinormal-sparse-{dim}-{dim}-{pairs}-{strength:.1f}", covariance, dim)


def correlated_gaussians(dim: int, correlation: float) -> Sampler:
    """X_k and Y_k correlated for each of `dim` columns, all else independent: I = -dim/2 log(1 - rho^2).

    The test bed of MINE (Belghazi et al., ICML 2018, section 4.1) and of most variational bounds since.
    """
    name = f"correlated_gaussians-{dim}-{dim}-{correlation:.2g}"
    return side_by_side(name, *[normal_pair(correlation)] * dim)


def correlated_gaussians_with_mi(dim: int, mi: float) -> Sampler:
    """`correlated_gaussians` of a wanted I in nats: rho^2 = 1 - exp(-2 I / dim)."""
    return correlated_gaussians(dim, float(np.sqrt(-np.expm1(-2 * mi / dim))))


def student_table(name: str, dispersion: ArrayLike, dim_x: int, freedom: float) -> Sampler:
    """X and Y jointly of a multivariate Student's t: a normal table, each row divided by one random scale.

    Dependent even where the dispersion is the identity, because a row's columns are large together.
    With p columns the entropy is 1/2 log det S + p c + g(0) - g(p), where c depends on nu alone and
    g(p) = log Gamma((nu + p) / 2) - (nu + p) / 2 digamma((nu + p) / 2) (Arellano-Valle, Contreras-Reyes
    and Genton, Scandinavian Journal of Statistics 2013); hence, S being the dispersion,

        I = 1/2 log(det S_xx det S_yy / det S) + g(dx + dy) - g(dx) - g(dy) + g(0).

    Parameters
    ----------
    name : str
    dispersion : array-like of shape (dx + dy, dx + dy)
        Positive definite; X's columns come first.
    dim_x : int
        dx, the number of X's columns.
    freedom : float
        Degrees of freedom nu > 0.
    """
    normal = normal_table(name, dispersion, dim_x)

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = normal.draw(rng, n)
        scale = np.sqrt(rng.chisquare(freedom, (n, 1)) / freedom)
        return x / scale, y / scale

    def g(dim: int) -> float:
        half = (freedom + dim) / 2
        return special.gammaln(half) - half * special.digamma(half)

    dim = len(np.asarray(dispersion))
    return Sampler(name, draw, float(normal.mi + g(dim) - g(dim_x) - g(dim - dim_x) + g(0)))


def student_identity(dim: int, freedom: float) -> Sampler:
    """Student's t of `dim` columns each, uncorrelated: only the sizes of X and Y go together."""
    return student_table(f"student-identity-{dim}-{dim}-{freedom:g}", np.eye(2 * dim), dim, freedom)


def student_dense(dim: int, correlation: float, freedom: float) -> Sampler:
    """Student's t of `dim` columns each, any two columns equally correlated."""
    name = f"student-dense-{dim}-{dim}-{correlation:g}-{freedom:g}"
    return student_table(name, equal_correlations(2 * dim, correlation), dim, freedom)


def additive_table(dim: int, width: float) -> Sampler:
    """`dim` independent columns of `additive_uniform` each: I = dim (w - log 2 w)."""
    return side_by_side(f"additive-{dim}-{dim}-{width:g}", *[additive_uniform(width)] * dim)


def independent_table(dim_x: int, dim_y: int) -> Sampler:
    """Independent standard normal columns: I = 0."""
    return normal_table(f"independent-{dim_x}-{dim_y}", np.eye(dim_x + dim_y), dim_x)


def independent_blocks(dim: int, correlation: float) -> Sampler:
    """`dim` columns each, equally correlated within X and within Y, independent across: I = 0."""
    block = equal_correlations(dim, correlation)
    return normal_table(f"independent-blocks-{dim}-{dim}-{correlation:g}", linalg.block_diag(block, block), dim)
