"""The partition critic: a network scores rows of a table against the nodes of one column.

Design notes. A base of single columns is hard to unlearn where they act in products and sums (Friedman's
five columns: 1.1 nats of 10,000 rows from the base, 1.5 without), so this critic also starts from nothing.
"""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from skmine.core.bounds import Objective
from skmine.core.networks import PartitionNetwork, Side
from skmine.core.networks.partition import evaluate_node_base
from skmine.core.scores import RowScores, score_nodes
from skmine.data.coding import Coding
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation.bases import Base, CodedSide, Directions, choose_for_nodes
from skmine.estimation.bases.views import has_long_tails
from skmine.estimation.critic import Estimate, Fit
from skmine.estimation.critics.edges import are_labels
from skmine.estimation.crossfit import crossfit
from skmine.estimation.nodes import Nodes, choose_node_count, code_target
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import Recipe, Rows
from skmine.estimation.setting import Setting
from skmine.estimation.starts import Start
from skmine.estimation.trained import FoldCritic, NetworkSides, TrainedCritic

#: Held-out scores above this (nats), with p-values below that, may be more than nodes can hold: x0 x1 + noise of
#: heavy-tailed columns, .92 nats, reads .84 by nodes and .90 without.
MOST_ON_NODES = 0.1
SURELY_DEPENDENT = 1e-6


@dataclass(frozen=True)
class PartitionSides(NetworkSides):
    """A table and one coded column, which is y; `of_fit` says whether these are the rows that critics are fitted on."""

    nodes: Nodes
    of_fit: bool = False

    @property
    def column(self) -> CodedSide:
        """The coded column as a base reads it."""
        return CodedSide(self.y, self.nodes.codes, self.nodes.n_nodes, self.nodes.ordered)

    def choose_base(self, fit: Rows, validation: Rows) -> tuple[Base, Directions]:
        """Choose among canonical variates, single columns and the radius, each against the nodes."""
        return choose_for_nodes(self.x, self.column, fit, validation, self.spans[0])

    def describe_nodes(self, base: Base) -> tuple[Tensor, Tensor]:
        """Vectors and look-ups of the nodes."""
        return self.column.describe(base)

    def make_task(
        self, start: Start, fit: Rows, recipe: Recipe, generator: torch.Generator, device: torch.device
    ) -> "PartitionTask":
        """Rows against nodes."""
        x = start.base.make_side_x(self.x, start.inputs[0](self.x), np.arange(len(self.x))).to(device)
        return PartitionTask(x, self.nodes, self.describe_nodes(start.base), fit, recipe, generator)

    def evaluate(self, critic: FoldCritic, rows: Rows) -> Tensor:
        """T of some rows and all nodes."""
        x = self.x[rows]
        side = critic.start.base.make_side_x(x, critic.start.inputs[0](x), rows if self.of_fit else None)
        if critic.network is None:
            return evaluate_node_base(side, *critic.of_nodes)
        values: Tensor = critic.network(side.to(critic.network.gate.device))
        return values.cpu()

    def score(self, values: Tensor, rows: Rows) -> RowScores:
        """Scores against the nodes."""
        return score_nodes(values, torch.from_numpy(self.nodes.codes[rows]))


class PartitionTask:
    """Objective and validation of a `PartitionNetwork`."""

    multiple = 1
    most_rows = 256

    def __init__(
        self,
        x: Side,
        nodes: Nodes,
        of_base: tuple[Tensor, Tensor],
        fit: Rows,
        recipe: Recipe,
        generator: torch.Generator,
    ) -> None:
        sizes = x.inputs.shape[1], recipe.hidden_layer_sizes
        self.network = PartitionNetwork(*sizes, recipe.activation, *of_base, nodes.places(), generator)
        self.network.to(x.inputs.device)
        self.x, self.codes = x, torch.from_numpy(nodes.codes).to(x.inputs.device)
        self.log_margin = nodes.log_margin(fit).to(x.inputs.device)
        self.bound = Objective("infonce" if recipe.bound == "auto" else recipe.bound)

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        """The bound of a batch's rows against the nodes."""
        return self.bound.evaluate_nodes(network(self.x[rows]), self.codes[rows], self.log_margin)

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        """The reported score of each row."""
        return score_nodes(network(self.x[rows]), self.codes[rows]).pointwise


@dataclass(frozen=True)
class PartitionCritic(TrainedCritic):
    """A table of any width and one column, or class label, on either side: rows against the column's nodes.

    Attributes
    ----------
    coding : Coding
        Of the one column.
    swapped : bool
        Whether that is x. What new rows hold does not change it.
    """

    coding: Coding
    swapped: bool

    name = "partition"
    needs = "one column on one side"

    @classmethod
    def accepts(cls, x: ColumnGroup, y: ColumnGroup) -> bool:
        """Whether either group is one column."""
        return 1 in (len(x), len(y))

    @classmethod
    def measure_pooled(cls, x: ColumnGroup, y: ColumnGroup) -> list[float]:
        """Of labels without an indicator on x's side, and without a node on y's."""
        return [*x.measure_pooled(), *y.measure_pooled(choose_node_count(y.n_rows))]

    @classmethod
    def fit(cls, x: ColumnGroup, y: ColumnGroup, setting: Setting) -> Fit:
        """Cross-fit partition networks."""
        swapped = _codes_x(x, y)
        table, target = _orient(x, y, swapped)
        untrained = cls((fit_features(table), fit_features(target)), [], code_target(target)[0], swapped)
        found = crossfit(replace(untrained.read_sides(x, y), of_fit=True), setting)
        return found.make_fit(cls.name, replace(untrained, critics=found.critics))

    def forget_rows(self) -> "PartitionCritic":
        """The same for new rows: neither the fit's values nor what was predicted of them."""
        return replace(cast("PartitionCritic", super().forget_rows()), coding=self.coding.forget_values())

    @classmethod
    def find_successor(cls, found: Estimate, x: ColumnGroup, y: ColumnGroup, plan: Plan) -> str | None:
        """A pair critic, which has no nodes, where the column has tails that nodes are too wide for."""
        _, target = _orient(x, y, _codes_x(x, y))
        shares = found.evidence.held_out > MOST_ON_NODES and found.evidence.pvalue < SURELY_DEPENDENT
        return "pair" if shares and has_long_tails(fit_features(target).transform_both(target.columns)) else None

    def read_sides(self, x: ColumnGroup, y: ColumnGroup) -> PartitionSides:
        """The table as features, and the column as features and nodes."""
        table, target = _orient(x, y, self.swapped)
        of_table, of_target = self.features
        return PartitionSides(
            of_table.transform_both(table.columns),
            of_target.transform_both(target.columns),
            (of_table.spans(), of_target.spans()),
            Nodes.read(self.coding, target.columns[0], target.flags[0]),
        )


def _codes_x(x: ColumnGroup, y: ColumnGroup) -> bool:
    """Whether the one column that is coded is x: where y has several, or x alone of two columns has labels."""
    return len(y) > 1 or (len(x) == 1 and are_labels(x) and not are_labels(y))


def _orient(x: ColumnGroup, y: ColumnGroup, swapped: bool) -> tuple[ColumnGroup, ColumnGroup]:
    """The table, and the one column that is coded."""
    return (y, x) if swapped else (x, y)
