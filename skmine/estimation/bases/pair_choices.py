"""Which base to start from, for two tables: chosen on validation rows by the score that is reported."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import optimize, stats
from torch import Tensor

from skmine.core.bounds import pointwise_infonce
from skmine.core.networks import load_grid_network
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.scores import infonce_on_grid, projection_on_grid, variance_on_grid
from skmine.data.features import Span
from skmine.estimation.bases.canonical import (
    BARTLETT,
    Directions,
    find_directions,
    find_linear_directions,
    take_directions,
)
from skmine.estimation.bases.choice import ROWS_OF_CHOICE, Choice
from skmine.estimation.bases.densities import fit_mixtures, fit_student
from skmine.estimation.bases.residuals import fit_lines, fit_sparse_lines
from skmine.estimation.bases.sums import Base, Derive, Grid, count_grid, find_edges, find_nodes, read_grid
from skmine.estimation.bases.views import VIEWS, Array, measure_rank_radius, measure_scaled_radius

#: Canonical pairs, and matched columns, that are scored by a grid each: arbitrary; each costs a pass of the network.
MOST_GRIDS = 6

#: Nodes of the coarse grids on which columns are matched: enough to see which ones belong together.
MATCHING_NODES = 32

#: Most pairs of columns that are tried for matching, 26 x 26: arbitrary; each costs a pass on a coarse grid.
MOST_MATCHED = 700

#: Pairs that go through the network at once where columns are matched, as in a chunk of that size.
MATCHED_AT_ONCE = 32

#: Nats by which a mixture of twice the components has to say more: arbitrary.
LEAST_GAIN = 0.005

#: Dictionaries whose canonical pairs are tried as lines with noise, and how many pairs: arbitrary.
LINES = ("scaled", "scaled products")
MOST_LINES = 4


def choose_grid_nodes(n_rows: int, *, one_pair: bool = False) -> int:
    """Nodes of a derived column; more where it is the only one."""
    return 32 if n_rows < 300 else 64 if n_rows < 1_500 else 192 if one_pair else 96


@dataclass(frozen=True)
class _Split:
    """Numbers of both sides, of rows to fit on and of rows to validate on."""

    x: Array
    y: Array
    new_x: Array
    new_y: Array

    def make_grid(self, of_x: Derive, of_y: Derive, column: int, side: int) -> Grid:
        """The grid of a pair of derived columns."""
        a, b = of_x(self.x)[:, column], of_y(self.y)[:, column]
        ex, ey = find_edges(a, side), find_edges(b, side)
        lookup = read_grid(find_nodes(a, ex), find_nodes(b, ey), (side, side))
        return Grid(of_x, of_y, column, ex, ey, lookup)

    def match_columns(self, spans_x: Sequence[Span], spans_y: Sequence[Span], side: int) -> list[Grid]:
        """Grids of columns of one side with columns of the other, each at most once, best first.

        Which belong together is decided on coarse grids by what they score on the validation rows.
        """
        if len(spans_x) * len(spans_y) > MOST_MATCHED:
            return []
        score, error = self._score_matches(spans_x, spans_y)
        pairs = np.stack(optimize.linear_sum_assignment(score, maximize=True), axis=1).tolist()
        # The best of many pairs looks good by chance: Bonferroni.
        least = stats.norm.isf(BARTLETT / score.size) * error / math.sqrt(len(self.new_x))
        chosen = [(i, j) for i, j in pairs if score[i, j] > least[i, j]]
        chosen.sort(key=lambda pair: -score[pair])
        return [self.make_grid(spans_x[i], spans_y[j], 0, side) for i, j in chosen[:MOST_GRIDS]]

    def _score_matches(self, spans_x: Sequence[Span], spans_y: Sequence[Span]) -> NDArray[np.float64]:
        """Scores of all pairs of columns on coarse grids, and their standard deviations per row, (2, d, e)."""
        shape = (MATCHING_NODES, MATCHING_NODES)
        coarse_x = [_code_coarsely(span, self.x, self.new_x) for span in spans_x]
        coarse_y = [_code_coarsely(span, self.y, self.new_y) for span in spans_y]
        network = load_grid_network(torch.device("cpu"))
        out = np.zeros((2, len(spans_x), len(spans_y)))
        with torch.inference_mode():
            for i, (old_x, new_x) in enumerate(coarse_x):
                counts = torch.cat([count_grid(old_x, old_y, shape) for old_y, _ in coarse_y])
                tested = torch.cat([count_grid(new_x, new_y, shape) for _, new_y in coarse_y])
                for first in range(0, len(counts), MATCHED_AT_ONCE):
                    part = slice(first, first + MATCHED_AT_ONCE)
                    values = network(counts[part])
                    out[0, i, part] = infonce_on_grid(values, tested[part]).numpy()
                    out[1, i, part] = variance_on_grid(projection_on_grid(values, tested[part]), tested[part]).sqrt()
        return out


def _code_coarsely(span: Span, old: Array, new: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of a column on rows to fit on and on rows to validate on."""
    edges = find_edges(span(old)[:, 0], MATCHING_NODES)
    return find_nodes(span(old)[:, 0], edges), find_nodes(span(new)[:, 0], edges)


def choose_for_pairs(
    x: Array,
    y: Array,
    fit: NDArray[np.int64],
    validation: NDArray[np.int64],
    spans: tuple[Sequence[Span], Sequence[Span]],
) -> tuple[Base, Directions]:
    """Choose the base of two sides that scores best on validation rows; also their canonical directions.

    Parameters
    ----------
    x, y : ndarray of shape (n, 2p) and (n, 2q)
        Both views of either side.
    fit, validation : ndarray
        Row index of either part.
    spans : (sequence of Span, sequence of Span)
        The columns within either side's matrix.
    """
    side = choose_grid_nodes(len(fit), one_pair=x.shape[1] == y.shape[1] == 2)
    checked = validation[:ROWS_OF_CHOICE]
    split = _Split(x[fit], y[fit], x[validation], y[validation])
    directions = find_directions(split.x, split.y)

    def score(base: Base) -> Tensor:
        sides = base.make_side_x(x[checked], x[checked]), base.make_side_y(y[checked], y[checked])
        return pointwise_infonce(evaluate_pair_base(*sides, base.lookups, base.power))

    # Laws with few parameters come before grids.
    choice = Choice(score, [Base(), *_list_normal(directions), *_list_residuals(split, directions)])
    student = fit_student(split.x, split.y)
    if student is not None:
        choice.add(Base("Student", density=student))
    choice.add(*_list_grids(split, directions, side))
    matched = split.match_columns(*spans, side)
    choice.add(*[Base(f"columns {k}", grids=tuple(matched[:k])) for k in range(1, len(matched) + 1)])
    radii = [split.make_grid(measure, measure, 0, side) for measure in (measure_rank_radius, measure_scaled_radius)]
    choice.add(*[Base().add_radius(grid) for grid in radii])
    _add_mixtures(split, choice)
    best = choice.take()
    choice.add(*[best.add_radius(grid) for grid in radii if not best.name.endswith("radius")])
    return choice.take(), directions


def choose_linear(x: Array, y: Array, rows: NDArray[np.int64]) -> Base:
    """The significant linear canonical pairs of so few rows that none can validate; no base where there is none."""
    directions = find_linear_directions(x[rows], y[rows])
    if not directions:
        return Base()
    of_x, of_y, r = directions["linear"]
    # As a regression's R squared is adjusted, and two rows beside, for what is fitted is used for other rows.
    n_fitted = int(np.count_nonzero(of_x.weights[:, 0]) + np.count_nonzero(of_y.weights[:, 0])) + 2
    adjusted = 1 - (1 - r**2) * (len(rows) - 1) / max(len(rows) - n_fitted, 1)
    k = int(np.count_nonzero(adjusted > 0))
    return Base("linear", gaussian=(*take_directions(of_x, of_y, k), np.sqrt(adjusted[:k]))) if k else Base()


def _count_pairs(directions: Directions) -> int:
    """Canonical pairs of a dictionary that are tried: those of the columns themselves, and two beside."""
    return min(len(directions["linear"][2]) + 2, MOST_GRIDS) if "linear" in directions else MOST_GRIDS


def _list_normal(directions: Directions) -> list[Base]:
    """Canonical pairs of every dictionary as normal ones."""
    out = []
    for name, (of_x, of_y, r) in directions.items():
        # Curved variates beyond the first ones repeat those; linear ones are uncorrelated.
        lengths = [len(r)] if name == "linear" else range(1, min(len(r), _count_pairs(directions)) + 1)
        out += [Base(f"{name} {k}", gaussian=(*take_directions(of_x, of_y, k), r[:k])) for k in lengths]
    return out


def _list_grids(split: _Split, directions: Directions, side: int) -> list[Base]:
    """Canonical pairs of every dictionary by grids."""
    out = []
    for name, (of_x, of_y, r) in directions.items():
        grids = [split.make_grid(of_x, of_y, k, side) for k in range(min(len(r), _count_pairs(directions)))]
        lengths = [len(r)] if name == "linear" else range(1, len(grids) + 1)
        out += [Base(f"{name} grid {k}", grids=tuple(grids[:k])) for k in lengths]
    return out


def _list_residuals(split: _Split, directions: Directions) -> list[Base]:
    """The leading canonical pairs as lines with noise."""
    return [
        Base(f"{name} {kind} {k}", density=density)
        for name, (of_x, of_y, r) in directions.items()
        if name in LINES
        for kind, fit in (("line", fit_lines), ("sparse line", fit_sparse_lines))
        for k, density in enumerate(fit(split.x, split.y, of_x, of_y, min(len(r), MOST_LINES)), 1)
    ]


def _add_mixtures(split: _Split, choice: Choice) -> None:
    """Mixtures of more and more components as long as they say more."""
    for view in VIEWS:
        last = -math.inf
        for mixture in fit_mixtures(split.x, split.y, view, len(split.x)):
            found = choice.add(Base(f"{view} mixture {len(mixture.means)}", density=mixture))
            if found <= last + LEAST_GAIN:
                break
            last = found
