"""Bases as sums: Gaussian canonical pairs, laws of both sides, grids of derived columns; for rows old and new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.networks import Side, finish_critic, load_grid_network
from skmine.data.coding import place_edges
from skmine.data.counts import count_pairs, pad_side
from skmine.estimation.bases.canonical import Direction
from skmine.estimation.bases.densities import Density
from skmine.estimation.bases.learned import Labels, Learned
from skmine.estimation.bases.residuals import Residuals
from skmine.estimation.bases.views import Array

#: From a table's numbers to derived columns, (n, p) -> (n, k).
Derive = Callable[[Array], NDArray[np.float64]]


@dataclass(frozen=True)
class Grid:
    """A pair of derived columns on a grid, or one against a coded column: a look-up of T and the edges.

    Without `of_x` the derived column is what the base's models predict.
    """

    of_x: Derive | None
    of_y: Derive | None
    column: int
    edges_x: NDArray[np.float64]
    edges_y: NDArray[np.float64]
    lookup: Tensor


@dataclass(frozen=True)
class Base:
    """A sum of Gaussian canonical pairs, of a law of both sides and of grids.

    Attributes
    ----------
    name : str
    gaussian : (Direction, Direction, correlations) or None
    grids : tuple of Grid
    density : Density, Residuals or None
    learned : Learned or None
        Models of a coded column. Their predictions are log odds of its nodes, which are added, or one number, which a
        grid places.
    """

    name: str = "none"
    gaussian: tuple[Direction, Direction, NDArray[np.float64]] | None = None
    grids: tuple[Grid, ...] = ()
    density: Density | Residuals | None = None
    learned: Learned | None = None

    @property
    def has_odds(self) -> bool:
        """Whether models say the log odds of nodes."""
        return self.learned is not None and isinstance(self.learned.family, Labels)

    @property
    def power(self) -> float:
        """As `core.networks.pair.evaluate_pair_base` wants it."""
        return 0.0 if self.density is None else self.density.power

    def add_radius(self, grid: Grid) -> "Base":
        """The same with the grid of the radii added."""
        name = "radius" if self.name == "none" else f"{self.name} + radius"
        return replace(self, name=name, grids=(*self.grids, grid))

    def forget_rows(self) -> "Base":
        """The same for new rows only: what models say of the rows that they were fitted on is not kept."""
        return self if self.learned is None else replace(self, learned=self.learned.forget_rows())

    def describe_nodes(self, z: Array, nodes: NDArray[np.int64], n_nodes: int) -> tuple[Tensor, Tensor]:
        """For a coded column: vectors of its nodes (H, k), and look-ups (m, G, H).

        A node is where the rows that it holds are on average.
        """
        middle = np.stack([average_nodes(column, nodes, n_nodes) for column in z.T], axis=1)
        numbers: Array = middle.astype(np.float32)
        vectors = replace(self, grids=()).make_side_y(numbers, numbers).vectors
        if self.has_odds:
            vectors = torch.cat([vectors, torch.eye(n_nodes, dtype=torch.float64)], 1)
        return vectors, self.lookups

    @property
    def lookups(self) -> Tensor:
        """The grids' look-ups of T, (m, G, H)."""
        return torch.stack([g.lookup for g in self.grids]) if self.grids else torch.zeros(0, 1, 1)

    def make_side_x(self, z: Array, inputs: Array, rows: NDArray[np.int64] | None = None) -> Side:
        """What the critic reads of rows of the first table; `rows` says which rows of the fit they are, if so."""
        predicted = np.empty((len(z), 0)) if self.learned is None else self.learned.predict(z, rows)
        vectors = predicted if self.has_odds else np.empty((len(z), 0))
        codes = [find_nodes((g.of_x(z) if g.of_x else predicted)[:, g.column], g.edges_x) for g in self.grids]
        if self.gaussian is not None:
            direction, _, r = self.gaussian
            a = direction(z)
            factor = r / (1 - r * r)
            own = (factor * r * a * a).sum(1, keepdims=True) / 2
            constant = -0.5 * np.log1p(-r * r).sum()
            vectors = np.concatenate([a * factor, constant - own, np.ones_like(own), vectors], axis=1)
        if self.density is None:
            return _make_side(inputs, vectors, codes)
        parts, own = self.density.describe_x(z)
        return _make_side(inputs, np.column_stack([vectors, own, np.ones(len(z))]), codes, parts)

    def make_side_y(self, z: Array, inputs: Array) -> Side:
        """What the critic reads of rows of the second table."""
        vectors, codes = (
            np.empty((len(z), 0)),
            [find_nodes(g.of_y(z)[:, g.column], g.edges_y) for g in self.grids if g.of_y],
        )
        if self.gaussian is not None:
            _, direction, r = self.gaussian
            b = direction(z)
            own = (r * r / (1 - r * r) * b * b).sum(1, keepdims=True) / 2
            vectors = np.concatenate([b, np.ones_like(own), -own], axis=1)
        if self.density is None:
            return _make_side(inputs, vectors, codes)
        parts, own = self.density.describe_y(z)
        return _make_side(inputs, np.column_stack([vectors, np.ones(len(z)), own]), codes, parts)


def _make_side(
    inputs: Array,
    vectors: NDArray[np.float64],
    codes: Sequence[NDArray[np.int64]],
    parts: NDArray[np.float64] | None = None,
) -> Side:
    stacked = np.stack(codes, axis=1) if codes else np.empty((len(inputs), 0), np.int64)
    return Side(
        torch.from_numpy(np.ascontiguousarray(inputs, np.float32)),
        torch.from_numpy(vectors),
        torch.from_numpy(stacked),
        None if parts is None else torch.from_numpy(parts),
    )


def find_edges(values: NDArray[np.float64], n_nodes: int) -> NDArray[np.float64]:
    """Inner edges of a derived column's nodes; a value of many rows is a node."""
    return np.unique(np.quantile(values, place_edges(n_nodes)))


def find_nodes(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Node of each value of a derived column."""
    return np.searchsorted(edges, values, side="right")


def average_nodes(values: NDArray[Any], nodes: NDArray[np.int64], n_nodes: int) -> NDArray[np.float64]:
    """Mean of the rows that each node holds, (n_nodes,); 0 for nodes without rows."""
    sizes = np.maximum(np.bincount(nodes, minlength=n_nodes), 1)
    return np.asarray(np.bincount(nodes, values, minlength=n_nodes) / sizes)


def count_grid(code_x: NDArray[np.int64], code_y: NDArray[np.int64], shape: tuple[int, int]) -> Tensor:
    """Counts of two coded columns, (1, G, H)."""
    return torch.from_numpy(count_pairs([code_x], code_y, [np.arange(len(code_x))], shape)[0])


def read_grid(code_x: NDArray[np.int64], code_y: NDArray[np.int64], shape: tuple[int, int]) -> Tensor:
    """The grid critic of two coded columns of the rows to be fitted on; 0 beyond the nodes in use."""
    used = pad_side(int(code_x.max()) + 1), pad_side(int(code_y.max()) + 1)
    counts = count_grid(code_x, code_y, used)
    lookup = torch.zeros(shape)
    with torch.inference_mode():
        lookup[: used[0], : used[1]] = finish_critic(load_grid_network(torch.device("cpu"))(counts), counts)[0]
    return lookup.clone()
