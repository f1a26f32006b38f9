"""The forty laws of Czyż et al. (2023), "Beyond Normal", as `skmine.synthetic` draws them."""

from benchmarks.tables.tasks import Task, make_task
from skmine.synthetic import (
    Sampler,
    additive_table,
    asinh,
    bimodal,
    half_cube,
    normal_dense,
    normal_sparse,
    normal_table,
    spiral,
    student_identity,
    swiss_roll,
    uniform_margins,
    wiggly,
)


def _list_pairs() -> list[Sampler]:
    """One column on either side, and one that is rolled up."""
    pair, student = normal_table("1v1-normal-0.75", [[1, 0.75], [0.75, 1]], 1), student_identity(1, 1)
    return [
        pair,
        uniform_margins(pair),
        additive_table(1, 0.1),
        additive_table(1, 0.75),
        bimodal(pair),
        wiggly(pair),
        half_cube(pair),
        student,
        asinh(student),
        swiss_roll(uniform_margins(pair)),
    ]


def _list_tables() -> list[Sampler]:
    """Normal laws and Student's."""
    return [
        *[normal_dense(dim, 0.5) for dim in (2, 3, 5, 25, 50)],
        *[normal_sparse(dim, 2, 2.0) for dim in (2, 3, 5, 25)],
        *[student_identity(dim, freedom) for dim, freedom in ((2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))],
    ]


def _list_mapped() -> list[Sampler]:
    """Other margins, and rotations that turn with the radius."""
    sparse = [normal_sparse(dim, 2, 2.0) for dim in (3, 5, 25)]
    uniform = [uniform_margins(law) for law in sparse]
    return [
        *uniform,
        *map(half_cube, sparse),
        *map(spiral, sparse),
        *map(spiral, uniform),
        *[asinh(student_identity(dim, freedom)) for dim, freedom in ((2, 1), (3, 2), (5, 2))],
    ]


def list_laws() -> list[Task]:
    """All of them, in the order of the paper's list."""
    return [make_task(law) for law in (*_list_pairs(), *_list_tables(), *_list_mapped())]
