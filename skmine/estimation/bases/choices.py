"""Which base to start from: a choice among a dozen, on validation rows, by the score that is reported."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import optimize, stats

from skmine.core.bounds import Objective, infonce
from skmine.core.networks import load_grid_network
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.networks.partition import evaluate_node_base
from skmine.core.scores import infonce_on_grid, projection_on_grid, variance_on_grid
from skmine.data.counts import padded
from skmine.data.features import Part
from skmine.estimation.bases.canonical import (
    BARTLETT,
    Array,
    Directions,
    canonical_directions,
    first_directions,
    radius,
)
from skmine.estimation.bases.sums import Base, Derive, Grid, count, node_ends, nodes_of, read_grid

#: Canonical pairs, and matched columns, that are scored by a grid.
MOST_GRIDS = 6
#: Nodes on which columns are matched, and the most pairs of them that are tried.
COARSE, MOST_MATCHED = 32, 700
#: Columns of a table that are tried against the nodes of another, each by itself.
MOST_COLUMNS = 32
#: Validation rows that a base is chosen on.
ROWS_OF_CHOICE = 800


def grid_nodes(n_rows: int, *, one_pair: bool = False) -> int:
    """Nodes of a derived column; more where it is the only one."""
    return 32 if n_rows < 300 else 64 if n_rows < 1_500 else 192 if one_pair else 96


@dataclass(frozen=True)
class _Rows:
    """Numbers of rows to fit on and to validate on, of both sides."""

    x: Array
    y: Array
    new_x: Array
    new_y: Array

    def grid(self, of_x: Derive, of_y: Derive, column: int, side: int) -> Grid:
        """The grid of a pair of derived columns."""
        a, b = of_x(self.x)[:, column], of_y(self.y)[:, column]
        ex, ey = node_ends(a, side), node_ends(b, side)
        table = read_grid(nodes_of(a, ex), nodes_of(b, ey), (side, side))
        return Grid(of_x, of_y, column, ex, ey, table)

    def matched(self, parts_x: Sequence[Part], parts_y: Sequence[Part], side: int) -> list[Grid]:
        """Grids of columns of one table with columns of the other, each at most once, best first.

        Which belong together is decided on coarse grids by what they score on the validation rows.
        """
        if len(parts_x) * len(parts_y) > MOST_MATCHED:
            return []
        coarse = []
        for parts, old, new in ((parts_x, self.x, self.new_x), (parts_y, self.y, self.new_y)):
            values = [(part(old)[:, 0], part(new)[:, 0]) for part in parts]
            edges = [node_ends(v, COARSE) for v, _ in values]
            coarse.append([(nodes_of(v, e), nodes_of(w, e)) for (v, w), e in zip(values, edges, strict=True)])
        shape = (COARSE, COARSE)
        critic = load_grid_network(torch.device("cpu"))
        score, error = np.zeros((2, len(parts_x), len(parts_y)))
        with torch.inference_mode():
            for i, (old_x, new_x) in enumerate(coarse[0]):
                counts = torch.cat([count(old_x, old_y, shape) for old_y, _ in coarse[1]])
                tested = torch.cat([count(new_x, new_y, shape) for _, new_y in coarse[1]])
                for first in range(0, len(counts), 32):
                    part = slice(first, first + 32)
                    scores = critic(counts[part])
                    score[i, part] = infonce_on_grid(scores, tested[part]).numpy()
                    error[i, part] = variance_on_grid(projection_on_grid(scores, tested[part]), tested[part]).sqrt()
        pairs = np.stack(optimize.linear_sum_assignment(score, maximize=True), axis=1).tolist()
        # The best of many pairs looks good by chance: Bonferroni.
        least = stats.norm.isf(BARTLETT / score.size) * error / math.sqrt(len(self.new_x))
        chosen = [(i, j) for i, j in pairs if score[i, j] > least[i, j]]
        chosen.sort(key=lambda pair: -score[pair])
        return [self.grid(parts_x[i], parts_y[j], 0, side) for i, j in chosen[:MOST_GRIDS]]


def choose_for_pairs(
    x: Array,
    y: Array,
    fit: NDArray[np.int64],
    validation: NDArray[np.int64],
    parts: tuple[Sequence[Part], Sequence[Part]],
) -> tuple[Base, Directions]:
    """The base of two tables' numbers that scores best on validation rows, and the canonical directions.

    Parameters
    ----------
    x, y : ndarray of shape (n, p) and (n, q)
    fit, validation : ndarray of row numbers
    parts : (sequence of Part, sequence of Part)
        The columns within either table's numbers.
    """
    side = grid_nodes(len(fit), one_pair=x.shape[1] == y.shape[1] == 1)
    checked = validation[:ROWS_OF_CHOICE]
    rows = _Rows(x[fit], y[fit], x[validation], y[validation])
    directions = canonical_directions(rows.x, rows.y)
    candidates = [Base()]
    most = min(len(directions["linear"][2]) + 2, MOST_GRIDS) if "linear" in directions else MOST_GRIDS
    for name, (of_x, of_y, r) in directions.items():
        grids = [rows.grid(of_x, of_y, k, side) for k in range(min(len(r), most))]
        # Bent variates beyond the first ones repeat those; linear ones are uncorrelated.
        lengths = [len(r)] if name == "linear" else range(1, len(grids) + 1)
        for k in lengths:
            candidates.append(Base(f"{name} {k}", gaussian=(*first_directions(of_x, of_y, k), r[:k])))
            candidates.append(Base(f"{name} grid {k}", grids=tuple(grids[:k])))
    matched = rows.matched(*parts, side)
    candidates += [Base(f"columns {k}", grids=tuple(matched[:k])) for k in range(1, len(matched) + 1)]
    radii = rows.grid(radius, radius, 0, side)

    def value(base: Base) -> float:
        sides = base.side_x(x[checked], x[checked]), base.side_y(y[checked], y[checked])
        return float(infonce(evaluate_pair_base(*sides, base.tables)))

    found = [value(base) for base in candidates]
    for base in (candidates[0], candidates[int(np.argmax(found))]):
        candidates.append(base.plus(radii))
        found.append(value(candidates[-1]))
    return candidates[int(np.argmax(found))], directions


def choose_for_nodes(
    x: Array,
    y: Array,
    nodes: NDArray[np.int64],
    n_nodes: int,
    fit: NDArray[np.int64],
    validation: NDArray[np.int64],
    parts: Sequence[Part],
) -> tuple[Base, Directions]:
    """The same for a table and one coded column: derived columns of the table against its nodes.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    y : ndarray of shape (n, q)
        Numbers of the column, for canonical directions.
    nodes : ndarray of shape (n,)
        Its codes.
    n_nodes : int
    fit, validation : ndarray of row numbers
    parts : sequence of Part
        The columns within the table's numbers.
    """
    shape = (grid_nodes(len(fit)), padded(n_nodes))
    z = y[fit].astype(np.float64)
    directions = canonical_directions(x[fit], y[fit], of_one_column=True)
    candidates = [Base()]
    candidates += [
        Base(name, gaussian=(*first_directions(of_x, of_y, most := min(len(r), MOST_GRIDS)), r[:most]))
        for name, (of_x, of_y, r) in directions.items()
    ]
    if y.shape[1] == 1:
        # Powers, so that a variate may follow any curve of the column.
        powers = np.concatenate([z, z**2, z**3], axis=1).astype(np.float32)
        directions = canonical_directions(x[fit], powers, of_one_column=True)
    derived: list[tuple[str, Derive, int]] = [("radius", radius, 0)]
    derived += [
        (f"{name} {k + 1}", of_x, k)
        for name, (of_x, _, r) in directions.items()
        for k in range(min(len(r), MOST_GRIDS))
    ]
    derived += [(f"column {j + 1}", part, 0) for j, part in enumerate(parts[:MOST_COLUMNS])]
    single = {}
    for name, of_x, k in derived:
        values = of_x(x[fit])[:, k]
        edges = node_ends(values, shape[0])
        table = read_grid(nodes_of(values, edges), nodes[fit], shape)[:, :n_nodes]
        single[name] = Grid(of_x, None, k, edges, np.empty(0), table)
    candidates += [Base(name, grids=(grid,)) for name, grid in single.items() if name.startswith(("radius", "column"))]
    for name in directions:
        grids = [grid for key, grid in single.items() if key.startswith(name + " ")]
        candidates += [Base(f"{name} grid {k}", grids=tuple(grids[:k])) for k in range(1, len(grids) + 1)]
    rows = validation[:ROWS_OF_CHOICE]
    margin = np.bincount(nodes[rows], minlength=n_nodes) / len(rows)
    log_margin = torch.from_numpy(np.log(np.maximum(margin, 1e-30))).float()

    def value(base: Base) -> float:
        scores = evaluate_node_base(base.side_x(x[rows], x[rows]), *base.of_nodes(y[fit], nodes[fit], n_nodes))
        return float(Objective("infonce").evaluate_nodes(scores, torch.from_numpy(nodes[rows]), log_margin))

    found = [value(base) for base in candidates]
    best = candidates[int(np.argmax(found))]
    if best.name != "radius":
        candidates.append(best.plus(single["radius"]))
        found.append(value(candidates[-1]))
    return candidates[int(np.argmax(found))], directions
