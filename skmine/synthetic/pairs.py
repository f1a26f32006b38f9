"""One column each: laws whose MI has a closed form, or is an integral over one dimension."""

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from scipy.integrate import trapezoid

from skmine.synthetic.sampler import Array, Sampler, entropy


def normal_pair(correlation: float) -> Sampler:
    """Bivariate normal: I = -1/2 log(1 - rho^2).

    Parameters
    ----------
    correlation : float
        rho, between -1 and 1.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import normal_pair
    >>> round(normal_pair(0.75).mi, 4)
    0.4133
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, noise = rng.normal(size=(2, n))
        return x, correlation * x + np.sqrt(1 - correlation**2) * noise

    return Sampler(f"normal {correlation:g}", draw, float(-0.5 * np.log(1 - correlation**2)))


def student_pair(correlation: float, freedom: float) -> Sampler:
    """Bivariate Student's t: I = 2 h(t) - h(t_2), whose entropies are known. Large values come together.

    Parameters
    ----------
    correlation : float
        Between -1 and 1; of the normal pair that is divided by a common random scale.
    freedom : float
        Degrees of freedom, positive.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import student_pair
    >>> round(student_pair(0.0, 1.0).mi, 4)  # uncorrelated, and dependent
    0.2242
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = normal_pair(correlation).draw(rng, n) / np.sqrt(rng.chisquare(freedom, n) / freedom)
        return x, y

    joint = stats.multivariate_t(shape=[[1, correlation], [correlation, 1]], df=freedom)
    mi = 2 * stats.t(freedom).entropy() - joint.entropy()
    return Sampler(f"Student {correlation:g}, {freedom:g} df", draw, float(mi))


def sign_flip(noise: float) -> Sampler:
    """X = B Y + noise * E with Y, E standard normal and B = +-1: uncorrelated, but far from independent.

    X is normal. Given Y = y it is a mixture of two normals at +-y, whose entropy is a quadrature.

    Parameters
    ----------
    noise : float
        Standard deviation of the noise, positive.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import sign_flip
    >>> sign_flip(0.1).mi > sign_flip(1.0).mi > 0
    True
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.normal(size=n)
        return rng.choice([-1.0, 1.0], n) * y + noise * rng.normal(size=n), y

    y = np.linspace(0, 6, 601)
    weight = np.exp(-y * y / 2)
    weight /= weight.sum()
    x = np.linspace(-6 - 8 * noise, 6 + 8 * noise, 4001)
    given = (stats.norm.pdf(x, y[:, None], noise) + stats.norm.pdf(x, -y[:, None], noise)) / 2
    mi = 0.5 * np.log(2 * np.pi * np.e * (1 + noise**2)) - weight @ entropy(x, given)
    return Sampler("sign flip", draw, float(mi))


def circle(noise: float) -> Sampler:
    """A point of the unit circle plus normal noise on both coordinates.

    I = 2 h(X) - h(X, Y). The density on the plane depends on the radius r alone: it is
    exp(-(r^2 + 1) / 2 s^2) I_0(r / s^2) / (2 pi s^2). X is a mixture of normals over the angle.

    Parameters
    ----------
    noise : float
        s, the standard deviation of the noise, positive.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import circle
    >>> circle(0.1).mi > circle(0.5).mi > 0
    True
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        angle = rng.uniform(0, 2 * np.pi, n)
        return np.cos(angle) + noise * rng.normal(size=n), np.sin(angle) + noise * rng.normal(size=n)

    r = np.linspace(0, 1 + 10 * noise, 8001)
    plane = special.ive(0, r / noise**2) * np.exp(-((r - 1) ** 2) / (2 * noise**2)) / (2 * np.pi * noise**2)
    both = -trapezoid(special.xlogy(plane, plane) * 2 * np.pi * r, r)
    x, angle = np.linspace(-1 - 8 * noise, 1 + 8 * noise, 4001), (np.arange(2_000) + 0.5) * np.pi / 2_000
    one = entropy(x, stats.norm.pdf(x[:, None], np.cos(angle), noise).mean(1))
    return Sampler("circle", draw, float(2 * one - both))


def additive_uniform(width: float) -> Sampler:
    """Y uniform on (0, 1), X = Y + uniform noise on (-w, w).

    X has a flat top of height 1 and two ramps of width 2 w, so h(X) = w and h(X | Y) = log 2 w:
    I = w - log 2 w.

    Parameters
    ----------
    width : float
        w, positive and at most 1/2.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import additive_uniform
    >>> round(additive_uniform(0.1).mi, 4)
    1.7094
    """

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = rng.uniform(size=n)
        return y + rng.uniform(-width, width, n), y

    return Sampler(f"additive {width:g}", draw, float(width - np.log(2 * width)))


def independent_pair() -> Sampler:
    """Two independent standard normals: I = 0.

    Returns
    -------
    Sampler
        One column each.

    Examples
    --------
    >>> from skmine.synthetic import independent_pair
    >>> independent_pair().mi
    0.0
    """
    return Sampler("independent", lambda rng, n: tuple(rng.normal(size=(2, n))), 0.0)


def table_mi(joint: NDArray[np.float64]) -> float:
    """I in nats of a table of joint probabilities.

    Parameters
    ----------
    joint : ndarray of shape (g, h)
        Probabilities, whose sum is 1.

    Returns
    -------
    float
        Nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import table_mi
    >>> round(table_mi(np.eye(2) / 2), 4)  # log 2
    0.6931
    """
    product = joint.sum(1, keepdims=True) * joint.sum(0)
    return float((joint[joint > 0] * np.log(joint[joint > 0] / product[joint > 0])).sum())


def discrete_table(name: str, joint: NDArray[np.float64]) -> Sampler:
    """Two discrete variables with a table of joint probabilities; I by `table_mi`.

    Parameters
    ----------
    name : str
        Name of the law.
    joint : array-like of shape (g, h)
        Proportional to the probabilities: they are divided by their sum.

    Returns
    -------
    Sampler
        X from 0 to g - 1, Y from 0 to h - 1, one column each.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import discrete_table
    >>> x, y = discrete_table("mostly equal", [[4, 1], [1, 4]]).draw(np.random.default_rng(0), 1_000)
    >>> bool(np.mean(x == y) > 0.7)
    True
    """
    joint = np.asarray(joint, float) / np.sum(joint)

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        cell = rng.choice(joint.size, n, p=joint.ravel())
        return cell // joint.shape[1], cell % joint.shape[1]

    return Sampler(name, draw, table_mi(joint))
