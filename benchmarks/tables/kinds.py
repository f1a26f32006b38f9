"""Laws beyond the public tasks, by kind: what a critic finds hard, each with its truth and its numbers of rows.

Kinds: products of heavy-tailed columns, labels with edges, steps, wide encodings, mixtures, heavy tails and wild rows,
images of digits.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from benchmarks.tables.tasks import Array, Task, make_task
from skmine import synthetic


@dataclass(frozen=True)
class Case:
    """A law of a kind, and the rows that it is drawn with; made when it is asked for."""

    kind: str
    n: int
    make: Callable[[], synthetic.Sampler]

    @functools.cached_property
    def task(self) -> Task:
        return replace(make_task(self.make()), name=f"{self.kind}: {self.make().name}, n = {self.n:,}")


def _add_noise(sampler: synthetic.Sampler, columns: int, scale: float = 1.0) -> synthetic.Sampler:
    """Independent columns beside those of Y."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x, y = sampler.draw(rng, n)
        return x, np.column_stack([y, scale * rng.normal(size=(n, columns))])

    return synthetic.Sampler(f"{sampler.name} + {columns} columns", draw, sampler.mi)


def _make_product(freedom: float, dim: int, noise: float, name: str, function) -> synthetic.Sampler:
    columns = synthetic.draw_columns(dim, stats.t(freedom) if np.isfinite(freedom) else None)
    return synthetic.noisy_target(f"{name}, t({freedom:g}), {dim} columns, noise {noise:g}", columns, function, noise)


def _list_products() -> list[Case]:
    kind = "products"
    make = functools.partial(functools.partial, _make_product)
    return [
        Case(kind, 2_000, lambda: _add_noise(_make_product(2.5, 4, 1.0, "x1 x3", lambda x: x[:, 1] * x[:, 3]), 1)),
        Case(kind, 3_000, lambda: _add_noise(
            _make_product(1.7, 3, 2.0, "x0 x2 + x1", lambda x: x[:, 0] * x[:, 2] + x[:, 1]), 2)),
        Case(kind, 1_500, lambda: _add_noise(_make_product(np.inf, 6, 0.5, "x0 x1", lambda x: x[:, 0] * x[:, 1]), 1)),
        Case(kind, 4_000, lambda: _add_noise(
            _make_product(3, 2, 0.7, "x0 - 2 x1", lambda x: x[:, 0] - 2 * x[:, 1]), 1)),
        Case(kind, 2_000, make(2, 3, 1.0, "x0 x1", lambda x: x[:, 0] * x[:, 1])),
        Case(kind, 5_000, make(np.inf, 8, 0.5, "x0 x1 + x2 x3", lambda x: x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3])),
        Case(kind, 3_000, make(3, 5, 1.0, "sum of |x|", lambda x: np.abs(x).sum(1))),
    ]  # fmt: skip


def _label(name: str, dim: int, rule: Callable[[Array], Array], flip: float = 0.0, law=None) -> synthetic.Sampler:
    return synthetic.labels(name, synthetic.draw_columns(dim, law), lambda x: rule(x).astype(int), flip)


def _list_edges() -> list[Case]:
    kind, uniform = "edges", stats.uniform()
    return [
        Case(kind, 3_000, lambda: _label("signs of x1 and x2, 4 columns", 4, lambda x: x[:, 1] * x[:, 2] > 0)),
        Case(kind, 1_500, lambda: _label("x0 > .4, 3 columns", 3, lambda x: x[:, 0] > 0.4)),
        Case(kind, 500, lambda: _label("x1 > -.3, 2 columns", 2, lambda x: x[:, 1] > -0.3)),
        Case(kind, 3_000, lambda: _label("corner, 3 columns", 3, lambda x: (x[:, 0] > 0.2) & (x[:, 2] < 0.5))),
        Case(kind, 3_000, lambda: _label("ring, 3 columns", 3,
                                         lambda x: np.abs(np.hypot(x[:, 0], x[:, 1]) - 1.2) < 0.4)),
        Case(kind, 3_000, lambda: _label("diagonal, 5 columns", 5, lambda x: x[:, 0] + 2 * x[:, 3] > 0.5)),
        Case(kind, 4_000, lambda: _label("3 x 3 board, uniform, 3 columns", 3,
                                         lambda x: np.floor(3 * x[:, :2]).sum(1) % 2, 0.0, uniform)),
        Case(kind, 4_000, lambda: _label("4 x 4 board, uniform, flipped .05", 2,
                                         lambda x: np.floor(4 * x[:, :2]).sum(1) % 2, 0.05, uniform)),
        Case(kind, 2_500, lambda: _label("three classes, steps of two columns", 4,
                                         lambda x: (x[:, 0] > 0) * 1 + (x[:, 1] > x[:, 2]) * 1, 0.05)),
        Case(kind, 3_000, lambda: synthetic.noisy_target(
            "steps of two columns", synthetic.draw_columns(3), lambda x: np.floor(x[:, 0]) + 2 * (x[:, 1] > 0), 0.3)),
        Case(kind, 2_000, lambda: _label("signs of three, 5 columns, flipped .02", 5,
                                         lambda x: x[:, :3].prod(1) > 0, 0.02)),
    ]  # fmt: skip


def _list_wide() -> list[Case]:
    kind = "wide"
    dense = synthetic.normal_table("code", 0.3 * np.eye(60) + 0.7, 59)
    gaussians = synthetic.correlated_gaussians_with_mi
    return [
        Case(kind, 512, lambda: synthetic.encoded(gaussians(2, 1.5), 150)),
        Case(kind, 1_024, lambda: synthetic.encoded(gaussians(3, 2.2), 300, seed=3)),
        Case(kind, 2_500, lambda: synthetic.encoded(gaussians(3, 2.8), 120, seed=1)),
        Case(kind, 5_000, lambda: synthetic.encoded(gaussians(4, 2.0), 100, seed=2)),
        Case(kind, 2_000, lambda: synthetic.encoded(gaussians(1, 1.0), 400, layers=3, seed=5)),
        Case(kind, 3_000, lambda: synthetic.rotated(gaussians(40, 3.0))),
        Case(kind, 2_000, lambda: dense),
        Case(kind, 3_000, lambda: _label("sum of 100 columns", 100, lambda x: x.sum(1) > 0)),
        Case(kind, 4_000, lambda: _label("sum of 20 of 100 columns, 3 classes, flipped .1", 100,
                                         lambda x: np.digitize(x[:, :20].sum(1), [-2, 2]), 0.1)),
    ]  # fmt: skip


def make_clusters(seed: int, components: int, dim: int, spread: float, most: float) -> synthetic.NormalMixture:
    """Clusters, each with correlations of its own between random directions of both sides."""
    rng = np.random.default_rng(seed)

    def draw_rotation() -> Array:
        return np.linalg.qr(rng.normal(size=(dim, dim)))[0]

    covariances = []
    for _ in range(components):
        roots = [draw_rotation() * rng.uniform(0.4, 1.0, dim) for _ in range(2)]
        cross = roots[0] @ np.diag(rng.uniform(0.3, most, dim)) @ roots[1].T
        covariances.append(np.block([[roots[0] @ roots[0].T, cross], [cross.T, roots[1] @ roots[1].T]]))
    weights, means = rng.dirichlet(np.full(components, 5.0)), spread * rng.normal(size=(components, 2 * dim))
    return synthetic.NormalMixture(weights, means, np.array(covariances), dim)


def _make_mixture(seed: int, components: int, dim: int, spread: float, most: float) -> synthetic.Sampler:
    law = make_clusters(seed, components, dim, spread, most)
    return synthetic.normal_mixture(f"mixture of {components} in {dim} + {dim} columns", law)


def _list_mixtures() -> list[Case]:
    kind = "mixtures"

    def bend(law: synthetic.Sampler) -> synthetic.Sampler:
        def of_rows(x: Array) -> Array:
            out = np.array(x)
            out[:, 0] += 0.4 * x[:, -1] ** 2
            return out

        return synthetic.transformed("bent", law, of_rows)

    return [
        Case(kind, 5_000, lambda: _make_mixture(1, 4, 2, 1.5, 0.9)),
        Case(kind, 5_000, lambda: synthetic.spiral(_make_mixture(2, 3, 2, 1.5, 0.95), 0.15)),
        Case(kind, 8_000, lambda: bend(synthetic.spiral(_make_mixture(3, 5, 3, 1.2, 0.95), 0.1))),
        Case(kind, 4_000, lambda: bend(_make_mixture(4, 6, 2, 2.0, 0.8))),
        Case(kind, 10_000, lambda: bend(synthetic.spiral(_make_mixture(5, 5, 3, 1.5, 0.97), 0.15))),
    ]


def _list_tails() -> list[Case]:
    kind = "tails"

    return [
        Case(kind, 5_000, lambda: synthetic.rotated(synthetic.student_dense(8, 0.3, 2))),
        Case(kind, 3_000, lambda: synthetic.rotated(synthetic.student_identity(5, 1.5), 1)),
        Case(kind, 4_000, lambda: synthetic.rotated(synthetic.student_table(
            "paired", np.block([[np.eye(6), 0.7 * np.eye(6)], [0.7 * np.eye(6), np.eye(6)]]), 6, 3), 2)),
        Case(kind, 2_000, lambda: synthetic.wild_rows([0.7] * 4, 0.1, 5.0)),
        Case(kind, 5_000, lambda: synthetic.wild_rows([0.9, 0.8, 0.7, 0.6, 0.5], 0.2, 3.0)),
        Case(kind, 4_000, lambda: synthetic.rotated(synthetic.wild_rows([0.9] * 3 + [0.0] * 5, 0.1, 10.0), 4)),
    ]  # fmt: skip


def _list_digits() -> list[Case]:
    kind, make = "digits", functools.partial(functools.partial, synthetic.digit_pairs)
    return [
        Case(kind, 4_000, make(noise=1.0)),
        Case(kind, 4_000, make(0.3)),
        Case(kind, 2_000, make(noise=1.0, labels=True)),
    ]


@functools.cache
def list_cases() -> list[Case]:
    """All laws."""
    return [*_list_products(), *_list_edges(), *_list_wide(), *_list_mixtures(), *_list_tails(), *_list_digits()]
