"""Several columns each, not normal: Student's t and additive laws, whose MI has a closed form.

Names are those of the benchmark of Czyz et al., "Beyond Normal: On the Evaluation of Mutual Information
Estimators" (NeurIPS 2023), where it has the law: the columns of X, those of Y, then the parameters.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from skmine.synthetic.normal import equal_correlations, normal_table
from skmine.synthetic.pairs import additive_uniform
from skmine.synthetic.sampler import Array, Sampler, side_by_side


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
        Name of the law.
    dispersion : array-like of shape (dx + dy, dx + dy)
        Positive definite; X's columns come first.
    dim_x : int
        dx, the number of X's columns.
    freedom : float
        Degrees of freedom nu > 0.

    Returns
    -------
    Sampler
        X of shape (n, dx), Y of shape (n, dy).

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import student_table
    >>> round(student_table("uncorrelated", np.eye(2), 1, 1.0).mi, 4)
    0.2242
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
    """Student's t of `dim` columns each, uncorrelated: only the lengths of X and Y are dependent.

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    freedom : float
        Degrees of freedom, positive.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import student_identity
    >>> round(student_identity(2, 1).mi, 4)
    0.4319
    """
    return student_table(f"student-identity-{dim}-{dim}-{freedom:g}", np.eye(2 * dim), dim, freedom)


def student_dense(dim: int, correlation: float, freedom: float) -> Sampler:
    """Student's t of `dim` columns each, any two columns equally correlated.

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    correlation : float
        Correlation of any two columns.
    freedom : float
        Degrees of freedom, positive.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import student_dense
    >>> round(student_dense(3, 0.5, 1e7).mi, 4)  # nearly normal
    0.4133
    """
    name = f"student-dense-{dim}-{dim}-{correlation:g}-{freedom:g}"
    return student_table(name, equal_correlations(2 * dim, correlation), dim, freedom)


def additive_table(dim: int, width: float) -> Sampler:
    """Independent pairs of columns, each by `additive_uniform`: I = dim (w - log 2 w).

    Parameters
    ----------
    dim : int
        Number of columns of X, and of Y.
    width : float
        w, positive and at most 1/2.

    Returns
    -------
    Sampler
        X and Y of shape (n, dim).

    Examples
    --------
    >>> from skmine.synthetic import additive_table
    >>> round(additive_table(3, 0.1).mi, 4)
    5.1283
    """
    return side_by_side(f"additive-{dim}-{dim}-{width:g}", *[additive_uniform(width)] * dim)
