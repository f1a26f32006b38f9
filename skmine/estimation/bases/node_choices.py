"""Which base to start from, for a table and one coded column: chosen on validation rows by what is reported."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.networks.partition import evaluate_node_base
from skmine.core.scores import score_nodes
from skmine.data.counts import pad_side
from skmine.data.features import Span
from skmine.estimation.bases.canonical import Columns, Directions, find_directions, take_directions
from skmine.estimation.bases.choice import ROWS_OF_CHOICE, Choice
from skmine.estimation.bases.learned import (
    FEWEST_ROWS,
    LARGE_TREES,
    LEAST_PROBABILITY,
    MOST_COLUMNS_OF_LARGE_TREES,
    MOST_ROUNDS_OF_LARGE_TREES,
    Labels,
    LabelTrees,
    Logistic,
    NumberTrees,
    TreeFeatures,
    choose_reading,
    choose_tree_features,
    learn,
)
from skmine.estimation.bases.pair_choices import MOST_GRIDS, choose_grid_nodes
from skmine.estimation.bases.residuals import tabulate_line
from skmine.estimation.bases.sums import Base, Derive, Grid, average_nodes, find_edges, find_nodes, read_grid
from skmine.estimation.bases.views import Array, has_long_tails, measure_rank_radius, measure_scaled_radius, take_view

#: Columns of a table that are tried against the nodes of another, each by itself: arbitrary.
MOST_COLUMNS = 32

#: Correlation with the column's normal scores above which a curve of it says the same to trees: arbitrary.
ALIKE = 0.9

#: Rows for each column from which on trees read canonical variates: arbitrary.
ROWS_PER_VARIATE_COLUMN = 50


@dataclass(frozen=True)
class CodedSide:
    """The side that is one coded column.

    Attributes
    ----------
    numbers : ndarray of shape (n, 2q)
        Both views of its features, for canonical directions.
    codes : ndarray of shape (n,)
    n_nodes : int
    ordered : bool
        Whether the nodes are an order's, or labels.
    """

    numbers: Array
    codes: NDArray[np.int64]
    n_nodes: int
    ordered: bool = True

    def describe(self, base: Base) -> tuple[Tensor, Tensor]:
        """What a base says of the nodes: vectors (H, k) and look-ups (m, G, H).

        Where a node lies is read from all rows, as the nodes themselves are.
        """
        return base.describe_nodes(self.numbers, self.codes, self.n_nodes)


def choose_for_nodes(
    x: Array, column: CodedSide, fit: NDArray[np.int64], validation: NDArray[np.int64], spans: Sequence[Span]
) -> tuple[Base, Directions]:
    """Choose the base of a table and one coded column that scores best on validation rows; also canonical directions.

    Parameters
    ----------
    x : ndarray of shape (n, 2p)
        Both views of the table.
    column : CodedSide
    fit, validation : ndarray
        Row index of either part.
    spans : sequence of Span
        The columns within the table's matrix.
    """
    y = column.numbers
    z, of_column = take_view(y[fit], "ranks").astype(np.float64), y[fit]
    directions = find_directions(x[fit], of_column, of_one_column=True)
    candidates = [Base()]
    candidates += [
        Base(name, gaussian=(*take_directions(of_x, of_y, most := min(len(r), MOST_GRIDS)), r[:most]))
        for name, (of_x, of_y, r) in directions.items()
    ]
    if z.shape[1] == 1:
        # Powers, so that a variate may follow any curve of the column.
        scaled = take_view(y[fit], "scaled")
        of_column = np.concatenate([z, z**2, z**3, scaled, z**2, z**3], axis=1).astype(np.float32)
        directions = find_directions(x[fit], of_column, of_one_column=True)
    single = _read_single_grids(x, column, fit, directions, spans)
    alone = ("radius", "scaled radius", "column")
    candidates += [Base(name, grids=(grid,)) for name, grid in single.items() if name.startswith(alone)]
    for name in directions:
        grids = [single[f"{name} {k + 1}"] for k in range(MOST_GRIDS) if f"{name} {k + 1}" in single]
        candidates += [Base(f"{name} grid {k}", grids=tuple(grids[:k])) for k in range(1, len(grids) + 1)]
    candidates += _list_learned(x, column, fit, directions, of_column)
    choice = Choice(_make_node_score(x, column, validation[:ROWS_OF_CHOICE]), candidates)
    best = choice.take()
    if not best.name.endswith("radius"):
        choice.add(*[best.add_radius(single[name]) for name in ("radius", "scaled radius")])
    return choice.take(), directions


def _read_single_grids(
    x: Array, column: CodedSide, fit: NDArray[np.int64], directions: Directions, spans: Sequence[Span]
) -> dict[str, Grid]:
    """Grids of the radius, of canonical variates and of columns of x, each against the coded column, by name."""
    derived: list[tuple[str, Derive, int]] = [
        ("radius", measure_rank_radius, 0),
        ("scaled radius", measure_scaled_radius, 0),
    ]
    derived += [
        (f"{name} {k + 1}", of_x, k)
        for name, (of_x, _, r) in directions.items()
        for k in range(min(len(r), MOST_GRIDS))
    ]
    derived += [(f"column {j + 1}", span, 0) for j, span in enumerate(spans[:MOST_COLUMNS])]
    shape = (choose_grid_nodes(len(fit)), pad_side(column.n_nodes))
    out = {}
    for name, of_x, k in derived:
        values = of_x(x[fit])[:, k]
        edges = find_edges(values, shape[0])
        lookup = read_grid(find_nodes(values, edges), column.codes[fit], shape)[:, : column.n_nodes]
        out[name] = Grid(of_x, None, k, edges, np.empty(0), lookup)
    return out


def _list_learned(
    x: Array, column: CodedSide, fit: NDArray[np.int64], directions: Directions, of_column: Array
) -> list[Base]:
    """Bases of models that predict the column; `of_column` is what canonical directions read of it."""
    if len(fit) < FEWEST_ROWS:
        return []
    z, codes = x[fit], column.codes[fit]
    targets = take_view(column.numbers[fit], "ranks")
    # Variates of many columns fit the rows that they were found on; trees would trust them.
    few = z.shape[1] // 2 * ROWS_PER_VARIATE_COLUMN < len(z)
    of_table = [
        of_x for name, (of_x, _, _) in directions.items() if few and name in ("few", "linear", "scaled", "products")
    ]
    read = choose_tree_features(z, targets, of_table)
    if not column.ordered:
        share = np.bincount(codes, minlength=column.n_nodes) / len(codes)
        log_share = np.log(np.maximum(share, LEAST_PROBABILITY))
        families: list[tuple[str, Labels, TreeFeatures | Columns]] = [
            ("logistic", Logistic(log_share), Columns()),
            ("trees", LabelTrees(log_share), read),
        ]
        if z.shape[1] // 2 <= MOST_COLUMNS_OF_LARGE_TREES:
            large = LabelTrees(log_share, LARGE_TREES, MOST_ROUNDS_OF_LARGE_TREES)
            families.append(("large trees", large, Columns()))
        return [Base(name, learned=learn(family, reads, z, codes, fit)) for name, family, reads in families]
    out = []
    for name, target in _list_targets(column.numbers[fit], of_column, directions):
        reads = choose_reading(NumberTrees(), [Columns(), read], z, target)
        learned = learn(NumberTrees(), reads, z, target, fit)
        predicted = learned.predict(z, fit)[:, 0]
        shape = (choose_grid_nodes(len(fit)), pad_side(column.n_nodes))
        edges = find_edges(predicted, shape[0])
        places = find_nodes(predicted, edges)
        lookups = [(name, read_grid(places, codes, shape)[:, : column.n_nodes])]
        if name == "trees":
            lookups.append(
                (f"{name} line", _tabulate_noise(predicted, target, places, codes, (shape[0], column.n_nodes)))
            )
        out += [
            Base(name, grids=(Grid(None, None, 0, edges, np.empty(0), lookup),), learned=learned)
            for name, lookup in lookups
        ]
    return out


def _list_targets(y: Array, of_column: Array, directions: Directions) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """What trees predict of a number: itself, and the curve of it that goes with the table best where that bends."""
    ranks = take_view(y, "ranks")[:, 0].astype(float)
    yield "trees", ranks if has_long_tails(y) else take_view(y, "scaled")[:, 0].astype(float)
    best = max(directions.values(), key=lambda found: found[2][0], default=None)
    if best is not None:
        curve = best[1](of_column)[:, 0]
        if abs(np.corrcoef(curve, ranks)[0, 1]) < ALIKE:
            yield "curved trees", curve


def _tabulate_noise(
    predicted: NDArray[np.float64],
    target: NDArray[np.float64],
    places: NDArray[np.int64],
    codes: NDArray[np.int64],
    shape: tuple[int, int],
) -> Tensor:
    """The look-up of predictions with noise of one law, each node where its rows are on average."""
    at_predicted, at_target = average_nodes(predicted, places, shape[0]), average_nodes(target, codes, shape[1])
    return torch.from_numpy(tabulate_line(predicted, target, at_predicted, at_target)).float()


def _make_node_score(x: Array, column: CodedSide, rows: NDArray[np.int64]) -> Callable[[Base], Tensor]:
    """The scores of some rows under a base of a table and a coded column."""
    codes = torch.from_numpy(column.codes[rows])

    def score(base: Base) -> Tensor:
        values = evaluate_node_base(base.make_side_x(x[rows], x[rows], rows), *column.describe(base))
        return score_nodes(values, codes).pointwise

    return score
