"""Maps of whole rows that keep mutual information: rolled up, or rotated. See `skmine.synthetic.transforms`."""

import functools

import numpy as np
from scipy import stats

from skmine.synthetic.sampler import Array, Sampler
from skmine.synthetic.transforms import transformed


def swiss_roll(sampler: Sampler) -> Sampler:
    """One column X in (0, 1) rolled up in the plane, Y unchanged.

    (t cos t, t sin t) / 21 with t = 3 pi / 2 (1 + 2 x): t is 21 times the distance from the origin, so it is known.

    Parameters
    ----------
    sampler : Sampler
        A law with X of shape (n,) or (n, 1), between 0 and 1.

    Returns
    -------
    Sampler
        X of shape (n, 2), with the same mutual information.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import normal_pair, swiss_roll, uniform_margins
    >>> swiss_roll(uniform_margins(normal_pair(0.75))).draw(np.random.default_rng(0), 5)[0].shape
    (5, 2)
    """

    def roll(x: Array) -> Array:
        (column,) = x.reshape(len(x), -1).T
        t = 1.5 * np.pi * (1 + 2 * column)
        return np.column_stack([t * np.cos(t), t * np.sin(t)]) / 21

    return transformed("swissroll_x", sampler, roll, lambda y: y)


def spiral(sampler: Sampler, speed: float | None = None) -> Sampler:
    """Each row x rotated in one plane by an angle ``speed |x|^2``: ``expm(speed |x|^2 A) x``, A generating rotations.

    A rotation does not change ``|x|``, so the angle is known, and the rotation can be undone.

    Parameters
    ----------
    sampler : Sampler
        X and Y of at least two columns each.
    speed : float or None, default=None
        Radians; None takes 1 / the number of columns, so that standard normal rows are rotated by one radian
        on average. X is rotated in the plane of its first and second columns, Y in that of its second and
        third (or of its only two).

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information; its `draw` raises `ValueError` if a side
        has one column.

    Examples
    --------
    >>> from skmine.synthetic import normal_dense, spiral
    >>> spiral(normal_dense(3, 0.5)).mi == normal_dense(3, 0.5).mi
    True
    """

    def rotate(rows: Array, first: int) -> Array:
        dim = rows.shape[1]
        if dim < 2:
            raise ValueError(
                f"sampler must have at least two columns on each side, got {dim} in {sampler.name}; use a wider law."
            )
        angle = (1 / dim if speed is None else speed) * (rows**2).sum(1)
        out = np.array(rows, float)
        one, two = rows[:, first], rows[:, first + 1]
        out[:, first] = np.cos(angle) * one - np.sin(angle) * two
        out[:, first + 1] = np.sin(angle) * one + np.cos(angle) * two
        return out

    return transformed("spiral", sampler, lambda x: rotate(x, 0), lambda y: rotate(y, min(1, y.shape[1] - 2)))


def rotated(sampler: Sampler, seed: int = 0) -> Sampler:
    """X and Y, each multiplied by an orthogonal matrix of its own, which is drawn once from the seed.

    Undone by the transpose. A single column is not changed.

    Parameters
    ----------
    sampler : Sampler
        The law to transform.
    seed : int, default=0
        Draws the two matrices.

    Returns
    -------
    Sampler
        X and Y of the same shapes, with the same mutual information.

    Examples
    --------
    >>> from skmine.synthetic import normal_sparse, rotated
    >>> law = normal_sparse(3, 2, 2.0)
    >>> rotated(law).mi == law.mi
    True
    """
    return transformed(
        "rotated", sampler, lambda x: x @ _rotation(x.shape[1], seed, 0), lambda y: y @ _rotation(y.shape[1], seed, 1)
    )


@functools.cache
def _rotation(dim: int, seed: int, side: int) -> Array:
    if dim == 1:
        return np.eye(1)
    return stats.special_ortho_group.rvs(dim, random_state=np.random.default_rng([seed, side]))
