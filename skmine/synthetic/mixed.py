"""Laws that are not all numbers: labels, labels beside numbers, and values that are missing."""

import numpy as np
from scipy import special
from scipy.integrate import trapezoid

from skmine.synthetic.pairs import normal_pair
from skmine.synthetic.sampler import Array, Rows, Sampler, entropy

#: Entropy of the standard normal law, in nats.
NORMAL_ENTROPY = 0.5 * np.log(2 * np.pi * np.e)


def binary_entropy(p: float | Array) -> Array:
    """Entropy in nats of an event with probability p.

    Parameters
    ----------
    p : float or array
        Probability of the event.

    Returns
    -------
    ndarray
        Nats, of the shape of p.

    Examples
    --------
    >>> from skmine.synthetic import binary_entropy
    >>> round(float(binary_entropy(0.5)), 4)  # log 2
    0.6931
    """
    return special.entr(p) + special.entr(1 - p)


def parity(dim: int, flip: float) -> Sampler:
    """X of fair bits, Y whether their sum is odd, wrong with probability `flip`.

    Y is a fair bit too, and given X a bit of bias `flip`: I = log 2 - H(flip). Any dim - 1 columns of X are
    independent of Y.

    Parameters
    ----------
    dim : int
        Number of columns of X.
    flip : float
        Probability that Y is wrong.

    Returns
    -------
    Sampler
        X of shape (n, dim), Y of shape (n, 1).

    Examples
    --------
    >>> from skmine.synthetic import parity
    >>> round(parity(3, 0.1).mi, 4)
    0.3681
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        x = rng.integers(0, 2, (n, dim))
        return x, (x.sum(1, keepdims=True) + (rng.random((n, 1)) < flip)) % 2

    return Sampler(f"parity-{dim}-1-{flip:g}", draw, float(np.log(2) - binary_entropy(flip)))


def normal_classes(dim: int, classes: int, step: float) -> Sampler:
    """Y one of equally likely classes, X normal around means that lie on a line.

    X = step Y u + E with E standard normal in `dim` columns and u = (1, ..., 1) / dim^.5. Everything
    orthogonal to u is noise, so I = I(u X; Y) = h(u X) - h(u E): the first is the entropy of a mixture
    of normals, a quadrature.

    Parameters
    ----------
    dim : int
        Number of columns of X.
    classes : int
        Number of classes.
    step : float
        Distance between the means of neighbouring classes.

    Returns
    -------
    Sampler
        X of shape (n, dim), Y of shape (n, 1) from 0 to classes - 1.

    Examples
    --------
    >>> from skmine.synthetic import normal_classes
    >>> round(normal_classes(2, 3, 20.0).mi, 4)  # far apart: log 3
    1.0986
    """
    means = step * np.arange(classes)

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        y = rng.integers(0, classes, (n, 1))
        return means[y] / np.sqrt(dim) + rng.normal(size=(n, dim)), y

    x = np.linspace(-8, means[-1] + 8, 4001)
    mixture = np.exp(-((x[:, None] - means) ** 2) / 2).mean(1) / np.sqrt(2 * np.pi)
    return Sampler(f"classes-{dim}-1-{classes}-{step:g}", draw, float(entropy(x, mixture) - NORMAL_ENTROPY))


def mixed_uniform(levels: int) -> Sampler:
    """X uniform on 0, ..., m - 1 and Y uniform on (X, X + 2): I = log m - (m - 1) / m log 2.

    Y has density 1 / 2m on the first and last unit and 1 / m between: h(Y) = log m + log 2 / m, and
    h(Y | X) = log 2 (Gao, Kannan, Oh and Viswanath, NeurIPS 2017, section 5).

    Parameters
    ----------
    levels : int
        m, the number of values of X.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import mixed_uniform
    >>> round(mixed_uniform(5).mi, 4)
    1.0549
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        x = rng.integers(0, levels, n)
        return x, x + rng.uniform(0, 2, n)

    return Sampler(f"mixed_uniform-1-1-{levels}", draw, float(np.log(levels) - (levels - 1) / levels * np.log(2)))


def missing_at_random(correlation: float, intercept: float, slope: float) -> Sampler:
    """Bivariate normal X and Y, where Y is missing with probability Phi(a + b X).

    X is always seen, and given X a missing Y says no more. Let M be the missingness, with P(M) =
    Phi(a / (1 + b^2)^.5), and Y* what is seen. By the chain rule, because M is a function of Y*,

        I(X; Y*) = I(X; M) + P(not M) I(X; Y | not M)
                 = H(P(M)) - E H(Phi(a + b X)) + P(not M) (h(Y | not M) - h(Y | X)):

    h(Y | X) = 1/2 log 2 pi e (1 - rho^2) whether or not M is known. The density of Y where it is seen
    is phi(y) Phi(-(a + b rho y) / (1 + b^2 (1 - rho^2))^.5) / P(not M), because X is normal given Y.
    Two quadratures.

    Parameters
    ----------
    correlation : float
        rho, between -1 and 1.
    intercept : float
        a.
    slope : float
        b; with 0, values are missing completely at random.

    Returns
    -------
    Sampler
        One column each; Y is NaN where it is missing.

    Examples
    --------
    >>> from skmine.synthetic import missing_at_random
    >>> round(missing_at_random(0.0, 0.0, 1.0).mi, 4)  # the missingness alone
    0.1931
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        x, y = normal_pair(correlation).draw(rng, n)
        return x, np.where(rng.normal(size=n) < intercept + slope * x, np.nan, y)

    grid = np.linspace(-9, 9, 4001)
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    unexplained = 1 - correlation**2
    seen = special.ndtr(-intercept / np.sqrt(1 + slope**2))
    given_x = binary_entropy(special.ndtr(intercept + slope * grid))
    of_missingness = binary_entropy(seen) - trapezoid(density * given_x, grid)
    where_seen = special.ndtr(-(intercept + slope * correlation * grid) / np.sqrt(1 + slope**2 * unexplained))
    value = entropy(grid, density * where_seen / seen) - NORMAL_ENTROPY - 0.5 * np.log(unexplained)
    name = f"missing_at_random-1-1-{correlation:g}-{intercept:g}-{slope:g}"
    return Sampler(name, draw, float(of_missingness + seen * value))
