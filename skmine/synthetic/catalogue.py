"""Named laws, as two lists: pairs of single columns, and pairs of tables."""

import functools

import numpy as np
from scipy import stats

from skmine.synthetic.mixed import missing_at_random, mixed_uniform, normal_classes, parity
from skmine.synthetic.multivariate import additive_table, student_dense, student_identity
from skmine.synthetic.noisy import constant, noisy_function
from skmine.synthetic.normal import (
    correlated_gaussians,
    correlated_gaussians_with_mi,
    independent_blocks,
    independent_table,
    normal_dense,
    normal_sparse,
    normal_table,
)
from skmine.synthetic.pairs import (
    additive_uniform,
    circle,
    discrete_table,
    independent_pair,
    normal_pair,
    sign_flip,
    student_pair,
)
from skmine.synthetic.rotations import rotated, spiral, swiss_roll
from skmine.synthetic.sampler import Sampler, side_by_side, unpaired
from skmine.synthetic.transforms import (
    asinh,
    bimodal,
    half_cube,
    uniform_margins,
    wiggly,
    with_missing,
    with_noise_columns,
)


@functools.cache
def shapes() -> tuple[Sampler, ...]:
    """Laws of one column with another: smooth, wavy, stepped, weak, heavy-tailed, sharp and independent.

    Returns
    -------
    tuple of Sampler
        X and Y of shape (n,); their `mi` in nats.

    Examples
    --------
    >>> from skmine.synthetic import shapes
    >>> [sampler.name for sampler in shapes()][:3]
    ['sin 6y', 'sin 4y', 'steps']
    """
    return (
        noisy_function("sin 6y", lambda v: np.sin(6 * v), constant(0.3)),
        noisy_function("sin 4y", lambda v: np.sin(4 * v), constant(0.3)),
        noisy_function("steps", lambda v: np.floor(2 * v) % 3, constant(0.3)),
        noisy_function("fan", constant(0.0), lambda v: 0.2 + np.abs(v)),
        noisy_function("vee", np.abs, constant(0.4)),
        noisy_function("weak", lambda v: 0.2 * v, constant(1.0)),
        noisy_function("cube", lambda v: v**3 / 3, constant(0.3)),
        noisy_function("exponential", np.exp, constant(0.7)),
        noisy_function("outliers", lambda v: v, constant(0.5), stats.t(1.5)),
        student_pair(0.5, 1.5),
        sign_flip(0.3),
        circle(0.2),
        normal_pair(0.75),
        additive_uniform(0.1),
        independent_pair(),
    )


@functools.cache
def tables() -> tuple[Sampler, ...]:
    """Laws of tables with tables, of 1 to 50 columns; only laws with "missing" in their name have NaN.

    Names are those of the benchmark of Czyz et al. (NeurIPS 2023) where it has the law, except
    `bimodal-1v1-normal-0.75` and `additive-1-1-0.1`, which are `1v1-bimodal-0.75` and `1v1-additive-0.1` there.

    Returns
    -------
    tuple of Sampler
        X of shape (n, dx) and Y of shape (n, dy); their `mi` in nats.

    Examples
    --------
    >>> from skmine.synthetic import tables
    >>> {sampler.name: round(sampler.mi, 3) for sampler in tables()}["multinormal-dense-2-2-0.5"]
    0.294
    """
    return (*_list_pairs(), *_list_normal(), *_list_tails(), *_list_mapped(), *_list_others())


def _make_pair() -> Sampler:
    return normal_table("1v1-normal-0.75", [[1, 0.75], [0.75, 1]], 1)


def _list_pairs() -> tuple[Sampler, ...]:
    """One column each, and one column rolled up."""
    pair = _make_pair()
    return (
        pair,
        bimodal(pair),
        wiggly(pair),
        half_cube(pair),
        uniform_margins(pair),
        swiss_roll(uniform_margins(pair)),
        additive_table(1, 0.1),
    )


def _list_normal() -> tuple[Sampler, ...]:
    """Normal laws."""
    return (
        normal_dense(2, 0.5),
        normal_dense(3, 0.5),
        normal_dense(5, 0.5),
        normal_dense(25, 0.5),
        normal_dense(50, 0.5),
        normal_sparse(2, 2, 2.0),
        normal_sparse(3, 2, 2.0),
        normal_sparse(5, 2, 2.0),
        normal_sparse(25, 2, 2.0),
        correlated_gaussians(2, -0.9),
        correlated_gaussians_with_mi(20, 4.0),
    )


def _list_tails() -> tuple[Sampler, ...]:
    """Laws with dependent tails, long and shortened."""
    return (
        student_identity(1, 1),
        student_identity(2, 1),
        student_identity(2, 2),
        student_identity(3, 2),
        student_identity(5, 2),
        student_dense(5, 0.5, 3),
        asinh(student_identity(1, 1)),
        asinh(student_identity(2, 1)),
        asinh(student_identity(3, 2)),
    )


def _list_mapped() -> tuple[Sampler, ...]:
    """Other margins, and columns that are informative only in combination."""
    return (
        # Other margins.
        half_cube(normal_sparse(3, 2, 2.0)),
        half_cube(normal_sparse(25, 2, 2.0)),
        uniform_margins(normal_sparse(3, 2, 2.0)),
        uniform_margins(normal_sparse(5, 2, 2.0)),
        # Columns that are informative only in combination.
        spiral(normal_sparse(3, 2, 2.0)),
        spiral(normal_sparse(5, 2, 2.0)),
        spiral(normal_sparse(25, 2, 2.0)),
        spiral(uniform_margins(normal_sparse(3, 2, 2.0))),
        spiral(uniform_margins(normal_sparse(25, 2, 2.0))),
        rotated(normal_sparse(5, 2, 2.0)),
        rotated(half_cube(normal_sparse(3, 2, 2.0))),
        rotated(additive_table(3, 0.25)),
        with_noise_columns(swiss_roll(uniform_margins(_make_pair())), 3),
    )


def _list_others() -> tuple[Sampler, ...]:
    """Labels, labels with numbers, missing values, and independent tables."""
    return (
        # Labels, and labels with numbers.
        parity(3, 0.1),
        side_by_side("discrete-1-1-diagonal", discrete_table("diagonal", np.ones((4, 4)) + 4 * np.eye(4))),
        normal_classes(3, 3, 2.0),
        side_by_side("mixed_uniform-1-1-5", mixed_uniform(5)),
        # Missing values.
        with_missing(normal_dense(3, 0.5), 0.1, 0.3),
        side_by_side("missing_cells-3-3-0.75-0.2", *[with_missing(normal_pair(0.75), 0.2, 0.2)] * 3),
        with_noise_columns(side_by_side("missing_at_random", missing_at_random(0.75, -0.5, 1.0)), 2),
        # Independent.
        independent_table(1, 1),
        independent_table(25, 25),
        independent_blocks(5, 0.5),
        unpaired(student_identity(3, 2)),
    )
