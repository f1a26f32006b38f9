"""Tasks for estimators of tables: X (n, dx) and Y (n, dy) with known mutual information.

The public ones are in `shared/benchmark/tasks` beside the repository; without that folder,
`skmine.synthetic.tables()` takes their place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from skmine import synthetic

Array = np.ndarray

#: The public tasks of Czyż et al. (2023): too large for the repository.
FOLDER = Path(__file__).parents[3] / "shared" / "benchmark" / "tasks"


@dataclass(frozen=True)
class Task:
    """A law with known MI; `draw(n, seed)` returns X (n, dx) and Y (n, dy)."""

    name: str
    mi: float
    draw: Callable[[int, int], tuple[Array, Array]]


def to_matrix(values: Array) -> Array:
    return values[:, None] if values.ndim == 1 else values


def read_task(path: Path) -> Task:
    """The first rows of a file, whatever the seed: the seed then is the estimators' alone."""
    with np.load(path) as data:
        mi = float(data["mi"])
    return Task(path.stem, mi, partial(_read_rows, path))


def _read_rows(path: Path, n: int, seed: int) -> tuple[Array, Array]:
    with np.load(path) as data:
        X, Y = to_matrix(data["X"]), to_matrix(data["Y"])
    if n > len(X):
        raise SystemExit(f"--rows {n}: task {path.stem} has {len(X)} rows; ask for at most that many.")
    return X[:n], Y[:n]


def make_task(sampler: synthetic.Sampler) -> Task:
    return Task(sampler.name, sampler.mi, partial(_draw, sampler))


def _draw(sampler: synthetic.Sampler, n: int, seed: int) -> tuple[Array, Array]:
    x, y = sampler.draw(np.random.default_rng([n, seed]), n)
    return to_matrix(np.asarray(x)), to_matrix(np.asarray(y))


def make_large_task(dimensions: int, mi: float) -> Task:
    """Column i of X and column i of Y are equally correlated for all i; nothing else is."""
    sampler = synthetic.correlated_gaussians_with_mi(dimensions, mi)
    return replace(make_task(sampler), name=f"normal, {dimensions} x {dimensions} columns, {mi:g} nats")


def list_tasks(folder: Path | None = None, only: list[str] | None = None) -> list[Task]:
    """Those of a folder (of the public one, if it is there), whose names contain one of `only`."""
    if folder is not None and not folder.is_dir():
        raise SystemExit(f"--tasks {folder}: no such folder; give one that holds NAME.npz with X, Y and mi.")
    files = sorted((folder or FOLDER).glob("*.npz"))
    found = [read_task(path) for path in files] if files else [make_task(s) for s in synthetic.tables()]
    return choose_named(found, only)


def choose_named(tasks: list[Task], only: list[str] | None) -> list[Task]:
    """Those whose names contain one of `only`; all if that is None."""
    chosen = [task for task in tasks if not only or any(part in task.name for part in only)]
    if not chosen:
        names = ", ".join(task.name for task in tasks)
        raise SystemExit(f"--only {' '.join(only or [])}: no task has that in its name; there are {names}.")
    return chosen
