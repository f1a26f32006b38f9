"""Which base to start from: one of about a dozen, chosen on validation rows by the score that is reported."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import optimize, stats
from torch import Tensor

from skmine.core.bounds import Objective, infonce
from skmine.core.networks import load_grid_network
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.networks.partition import evaluate_node_base
from skmine.core.scores import infonce_on_grid, projection_on_grid, variance_on_grid
from skmine.data.counts import pad_side
from skmine.data.features import Span
from skmine.estimation.bases.canonical import (
    BARTLETT,
    Array,
    Directions,
    compute_radius,
    find_directions,
    take_directions,
)
from skmine.estimation.bases.sums import Base, Derive, Grid, count_grid, find_edges, find_nodes, read_grid

#: Canonical pairs, and matched columns, that are scored by a grid each: arbitrary; each costs a pass of the network.
MOST_GRIDS = 6

#: Nodes of the coarse grids on which columns are matched: enough to see which ones belong together.
MATCHING_NODES = 32

#: Most pairs of columns that are tried for matching, 26 x 26: arbitrary; each costs a pass on a coarse grid.
MOST_MATCHED = 700

#: Pairs that go through the network at once where columns are matched, as in a chunk of that size.
MATCHED_AT_ONCE = 32

#: Columns of a table that are tried against the nodes of another, each by itself: arbitrary.
MOST_COLUMNS = 32

#: Validation rows that a base is chosen on, all pairs of them at once: arbitrary.
ROWS_OF_CHOICE = 800


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
    x, y : ndarray of shape (n, p) and (n, q)
    fit, validation : ndarray
        Row index of either part.
    spans : (sequence of Span, sequence of Span)
        The columns within either side's matrix.
    """
    side = choose_grid_nodes(len(fit), one_pair=x.shape[1] == y.shape[1] == 1)
    checked = validation[:ROWS_OF_CHOICE]
    split = _Split(x[fit], y[fit], x[validation], y[validation])
    directions = find_directions(split.x, split.y)
    candidates = [Base()]
    most = min(len(directions["linear"][2]) + 2, MOST_GRIDS) if "linear" in directions else MOST_GRIDS
    for name, (of_x, of_y, r) in directions.items():
        grids = [split.make_grid(of_x, of_y, k, side) for k in range(min(len(r), most))]
        # Curved variates beyond the first ones repeat those; linear ones are uncorrelated.
        lengths = [len(r)] if name == "linear" else range(1, len(grids) + 1)
        for k in lengths:
            candidates.append(Base(f"{name} {k}", gaussian=(*take_directions(of_x, of_y, k), r[:k])))
            candidates.append(Base(f"{name} grid {k}", grids=tuple(grids[:k])))
    matched = split.match_columns(*spans, side)
    candidates += [Base(f"columns {k}", grids=tuple(matched[:k])) for k in range(1, len(matched) + 1)]
    radii = split.make_grid(compute_radius, compute_radius, 0, side)

    def score(base: Base) -> float:
        sides = base.make_side_x(x[checked], x[checked]), base.make_side_y(y[checked], y[checked])
        return float(infonce(evaluate_pair_base(*sides, base.lookups)))

    found = [score(base) for base in candidates]
    for base in (candidates[0], candidates[int(np.argmax(found))]):
        candidates.append(base.add_radius(radii))
        found.append(score(candidates[-1]))
    return candidates[int(np.argmax(found))], directions


@dataclass(frozen=True)
class CodedSide:
    """The side that is one coded column.

    Attributes
    ----------
    numbers : ndarray of shape (n, q)
        Its features, for canonical directions.
    codes : ndarray of shape (n,)
    n_nodes : int
    """

    numbers: Array
    codes: NDArray[np.int64]
    n_nodes: int

    def describe(self, base: Base, fit: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """What a base says of the nodes: vectors (H, k) and look-ups (m, G, H)."""
        return base.describe_nodes(self.numbers[fit], self.codes[fit], self.n_nodes)


def choose_for_nodes(
    x: Array, column: CodedSide, fit: NDArray[np.int64], validation: NDArray[np.int64], spans: Sequence[Span]
) -> tuple[Base, Directions]:
    """The same for a table and one coded column: derived columns of the table against its nodes.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    column : CodedSide
    fit, validation : ndarray
        Row index of either part.
    spans : sequence of Span
        The columns within the table's matrix.
    """
    y = column.numbers
    z = y[fit].astype(np.float64)
    directions = find_directions(x[fit], y[fit], of_one_column=True)
    candidates = [Base()]
    candidates += [
        Base(name, gaussian=(*take_directions(of_x, of_y, most := min(len(r), MOST_GRIDS)), r[:most]))
        for name, (of_x, of_y, r) in directions.items()
    ]
    if y.shape[1] == 1:
        # Powers, so that a variate may follow any curve of the column.
        powers = np.concatenate([z, z**2, z**3], axis=1).astype(np.float32)
        directions = find_directions(x[fit], powers, of_one_column=True)
    single = _read_single_grids(x, column, fit, directions, spans)
    candidates += [Base(name, grids=(grid,)) for name, grid in single.items() if name.startswith(("radius", "column"))]
    for name in directions:
        grids = [grid for key, grid in single.items() if key.startswith(name + " ")]
        candidates += [Base(f"{name} grid {k}", grids=tuple(grids[:k])) for k in range(1, len(grids) + 1)]
    score = _make_node_score(x, column, fit, validation[:ROWS_OF_CHOICE])
    found = [score(base) for base in candidates]
    best = candidates[int(np.argmax(found))]
    if best.name != "radius":
        candidates.append(best.add_radius(single["radius"]))
        found.append(score(candidates[-1]))
    return candidates[int(np.argmax(found))], directions


def _read_single_grids(
    x: Array, column: CodedSide, fit: NDArray[np.int64], directions: Directions, spans: Sequence[Span]
) -> dict[str, Grid]:
    """Grids of the radius, of canonical variates and of columns of x, each against the coded column, by name."""
    derived: list[tuple[str, Derive, int]] = [("radius", compute_radius, 0)]
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


def _make_node_score(
    x: Array, column: CodedSide, fit: NDArray[np.int64], rows: NDArray[np.int64]
) -> Callable[[Base], float]:
    """The score of a base of a table and a coded column on some rows."""
    codes = column.codes[rows]
    margin = np.bincount(codes, minlength=column.n_nodes) / len(rows)
    log_margin = torch.from_numpy(np.log(np.maximum(margin, 1e-30))).float()
    objective = Objective("infonce")

    def score(base: Base) -> float:
        values = evaluate_node_base(base.make_side_x(x[rows], x[rows]), *column.describe(base, fit))
        return float(objective.evaluate_nodes(values, torch.from_numpy(codes), log_margin))

    return score
