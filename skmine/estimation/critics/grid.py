"""The grid critic: a pretrained network reads the counts of two columns. One pair; `column_scores` does many."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.scores import score_nodes
from skmine.data.coding import FEWEST_ROWS_OF_SMALL_SAMPLE, Coding
from skmine.data.group import ColumnGroup
from skmine.data.ladder import MOST_LEVELS, encode_columns
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import read_fold_critics, score_columns
from skmine.estimation.critic import Critic, Estimate, Fit
from skmine.estimation.critics.edges import are_labels, shows_edges
from skmine.estimation.plan import Plan
from skmine.estimation.setting import Setting

#: Held-out scores above this (nats) are more than a grid can hold: of normal columns with 10,000 rows, 2 nats read 2.02
#: by the grid and 2.00 by a pair critic, 3 nats 3.07 and 2.99.
MOST_ON_A_GRID = 2.5

#: P-value above which there is little that edges could change.
SURELY_DEPENDENT = 1e-3


@dataclass(frozen=True)
class GridCritic(Critic):
    """One column on either side: the mean of the folds' critics on the grid of their nodes."""

    codings: tuple[Coding, Coding]
    values: Tensor

    name = "grid"
    needs = "one column on either side"

    @classmethod
    def accepts(cls, x: ColumnGroup, y: ColumnGroup) -> bool:
        """Whether both groups are one column."""
        return len(x) == len(y) == 1

    @classmethod
    def fit(cls, x: ColumnGroup, y: ColumnGroup, setting: Setting) -> Fit:
        """Score the pair as a ranking would, and keep the critics of its finest grid, or of its levels."""
        plan, budgets = setting.plan, choose_node_budgets(x.n_rows, setting.plan.groups)
        ladder, target = (encode_columns(side.columns, side.flags, budgets) for side in (x, y))
        scores = score_columns(ladder, target, plan)
        reading = scores.readings[0]
        grid, goal = ladder.at(reading.x_at), target.at(reading.y_at)
        values = read_fold_critics(ladder, target, reading, plan)
        a, b = (torch.from_numpy(side.codes[0].astype(np.int64)) for side in (grid, goal))
        projection = np.full(x.n_rows, np.nan)
        for fold, of_fold in zip(plan.folds, values, strict=True):
            projection[fold.test] = score_nodes(of_fold[a[fold.test]], b[fold.test]).projection.double().numpy()
        return Fit(
            estimate=Estimate(
                critic=cls.name, mi=float(scores.mi[0]), evidence=scores.evidence.at(0), projection=projection
            ),
            critic=cls(codings=(grid.codings[0], goal.codings[0]), values=values.mean(0)),
            n_iter=[0] * len(plan.folds),
        )

    def pointwise(self, x: ColumnGroup, y: ColumnGroup) -> NDArray[np.float64]:
        """Pointwise MI of every row in nats, (n,); normalised over the rows given."""
        a, b = (
            torch.from_numpy(coding.encode(side.columns[0])) for coding, side in zip(self.codings, (x, y), strict=True)
        )
        return score_nodes(self.values[a], b).pointwise.double().numpy()

    def forget_rows(self) -> "GridCritic":
        """The same without the labels that share a node."""
        x, y = self.codings
        return replace(self, codings=(x.forget_values(), y.forget_values()))

    @classmethod
    def measure_pooled(cls, x: ColumnGroup, y: ColumnGroup) -> list[float]:
        """Of the levels that have no node: those of single rows, and beyond `MOST_LEVELS`."""
        return [
            share for side in (x, y) for share in side.measure_pooled(MOST_LEVELS, fewest=FEWEST_ROWS_OF_SMALL_SAMPLE)
        ]

    @classmethod
    def find_successor(cls, found: Estimate, x: ColumnGroup, y: ColumnGroup, plan: Plan) -> str | None:
        """A pair critic where columns share more than a grid's nodes hold; a partition where labels have edges."""
        if found.evidence.held_out > MOST_ON_A_GRID:
            return "pair"
        if found.evidence.pvalue > SURELY_DEPENDENT or are_labels(x) == are_labels(y):
            return None
        column, labels = (y, x) if are_labels(x) else (x, y)
        return "partition" if shows_edges(column, labels, found.projection, plan) else None
