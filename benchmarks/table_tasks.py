"""Tasks for estimators of tables: X (n, dx) and Y (n, dy) with known mutual information.

The public ones lie in `shared/benchmark/tasks` beside the repository; without that folder,
`skmine.synthetic.tables()` takes their place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from skmine import synthetic

Array = np.ndarray

FOLDER = Path(__file__).parents[2] / "shared" / "benchmark" / "tasks"


@dataclass(frozen=True)
class Task:
    """A law with known MI; `draw(n, seed)` returns X (n, dx) and Y (n, dy)."""

    name: str
    mi: float
    draw: Callable[[int, int], tuple[Array, Array]]


def as_table(values: Array) -> Array:
    return values[:, None] if values.ndim == 1 else values


def from_file(path: Path) -> Task:
    """The first rows of a file, whatever the seed: that is the estimators' alone."""
    with np.load(path) as data:
        mi = float(data["mi"])
    return Task(path.stem, mi, partial(_rows_of, path))


def _rows_of(path: Path, n: int, seed: int) -> tuple[Array, Array]:
    with np.load(path) as data:
        X, Y = as_table(data["X"]), as_table(data["Y"])
    if n > len(X):
        raise SystemExit(f"--rows {n}: task {path.stem} has {len(X)} rows; ask for at most that many.")
    return X[:n], Y[:n]


def from_sampler(sampler: synthetic.Sampler) -> Task:
    return Task(sampler.name, sampler.mi, partial(_draw, sampler))


def _draw(sampler: synthetic.Sampler, n: int, seed: int) -> tuple[Array, Array]:
    x, y = sampler.draw(np.random.default_rng([n, seed]), n)
    return as_table(np.asarray(x)), as_table(np.asarray(y))


def large(dimensions: int, mi: float) -> Task:
    """Column i of X and column i of Y correlated, alike for all i; nothing else is."""
    sampler = synthetic.correlated_gaussians_with_mi(dimensions, mi)
    return replace(from_sampler(sampler), name=f"normal, {dimensions} x {dimensions} columns, {mi:g} nats")


def tasks(folder: Path | None = None, only: list[str] | None = None) -> list[Task]:
    """Those of a folder (of the public one, if it is there), whose names contain one of `only`."""
    if folder is not None and not folder.is_dir():
        raise SystemExit(f"--tasks {folder}: no such folder; give one that holds NAME.npz with X, Y and mi.")
    files = sorted((folder or FOLDER).glob("*.npz"))
    found = [from_file(path) for path in files] if files else [from_sampler(s) for s in synthetic.tables()]
    kept = [task for task in found if not only or any(part in task.name for part in only)]
    if not kept:
        raise SystemExit(f"--only {' '.join(only or [])}: no task has that in its name; there are {_names(found)}.")
    return kept


def _names(found: list[Task]) -> str:
    return ", ".join(task.name for task in found)
