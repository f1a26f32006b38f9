"""The pair critic: a network scores rows of two tables against each other."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from skmine.core.bounds import Objective, pointwise_infonce
from skmine.core.networks import PairNetwork, Side
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.scores import RowScores, score_rows
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation.bases import Base, Directions, choose_for_pairs
from skmine.estimation.critic import Fit
from skmine.estimation.crossfit import crossfit
from skmine.estimation.recipe import Recipe, Rows
from skmine.estimation.setting import Setting
from skmine.estimation.starts import Start
from skmine.estimation.trained import ROWS_AT_ONCE, FoldCritic, NetworkSides, TrainedCritic

#: Rows of a training block, all pairs of which are joint or marginal ones: eight cost 2.4 ms a step where as many
#: gathered pairs cost 3.6.
BLOCK = 8

#: The same for InfoNCE, which can tell log 64 = 4.2 nats apart so, and log 8 = 2.1 in blocks of eight.
BLOCK_OF_INFONCE = 64

#: Rows of a validation block: InfoNCE of 64 rows sees up to 4.2 nats.
VALIDATION_BLOCK = 64

#: Validation blocks that are scored at once, for memory.
BLOCKS_AT_ONCE = 4

#: Pairs of rows that new rows are scored by, in all: half a minute of three critics on one core. Of more than 10,000
#: rows each is scored against fewer others, and of more than 80,000 against 512, whose log is 6.2 nats.
MOST_PAIRS = 40_000_000
FEWEST_IN_CHUNK = 512

#: Rows of a tile of all pairs: 64 x 64 pairs of 128 numbers stay in a core's cache.
TILE = 64

#: How many times larger tiles are on an accelerator, which has memory enough and wants few calls.
TILES_ON_ACCELERATOR = 16


@dataclass(frozen=True)
class PairSides(NetworkSides):
    """Two tables."""

    def choose_base(self, fit: Rows, validation: Rows) -> tuple[Base, Directions]:
        """Choose among canonical pairs, matched columns and radii."""
        return choose_for_pairs(self.x, self.y, fit, validation, self.spans)

    def describe_nodes(self, base: Base) -> tuple[Tensor, ...]:
        """There are no nodes."""
        return ()

    def make_task(
        self, start: Start, fit: Rows, recipe: Recipe, generator: torch.Generator, device: torch.device
    ) -> "PairTask":
        """Blocks of rows against each other."""
        x = start.base.make_side_x(self.x, start.inputs[0](self.x))
        y = start.base.make_side_y(self.y, start.inputs[1](self.y))
        return PairTask(x.to(device), y.to(device), start.base, recipe, generator)

    def evaluate(self, critic: FoldCritic, rows: Rows) -> Tensor:
        """T of all pairs of some rows."""
        start, x, y = critic.start, self.x[rows], self.y[rows]
        side_x = start.base.make_side_x(x, start.inputs[0](x))
        side_y = start.base.make_side_y(y, start.inputs[1](y))
        return evaluate_in_tiles(critic.network, side_x, side_y, start.base)

    def score(self, values: Tensor, rows: Rows) -> RowScores:
        """Scores against the rows' own partners."""
        n = len(rows)
        return score_rows(values, torch.arange(n), torch.full((n,), 1 / n))

    def choose_chunk(self, n_rows: int) -> int:
        """Few enough for `MOST_PAIRS` in all, and no fewer than tell pairs apart."""
        return int(np.clip(MOST_PAIRS // n_rows, FEWEST_IN_CHUNK, ROWS_AT_ONCE))


class PairTask:
    """Objective and validation of a `PairNetwork`."""

    most_rows = 512

    def __init__(self, x: Side, y: Side, base: Base, recipe: Recipe, generator: torch.Generator) -> None:
        widths = x.inputs.shape[1], y.inputs.shape[1]
        self.network = PairNetwork(
            widths, recipe.hidden_layer_sizes, recipe.activation, base.lookups, base.power, generator
        )
        self.network.to(x.inputs.device)
        self.x, self.y = x, y
        bound = "dv" if recipe.bound == "auto" else recipe.bound
        self.bound, self.multiple = Objective(bound), BLOCK_OF_INFONCE if bound == "infonce" else BLOCK

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        """The bound of blocks of a batch."""
        return self.bound.evaluate_batches(self._evaluate_blocks(network, rows, self.multiple))

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        """InfoNCE of each row within larger blocks."""
        block = min(VALIDATION_BLOCK, len(rows))
        rows = rows[: len(rows) // block * block]
        parts = rows.split(BLOCKS_AT_ONCE * block)
        return torch.cat([pointwise_infonce(self._evaluate_blocks(network, p, block)).flatten() for p in parts])

    def _evaluate_blocks(self, network: Module, rows: Tensor, block: int) -> Tensor:
        rows = rows.view(-1, block)
        values: Tensor = network(self.x[rows], self.y[rows])  # (blocks, block, block)
        return values


def evaluate_in_tiles(network: PairNetwork | None, x: Side, y: Side, base: Base) -> Tensor:
    """T of all pairs of rows, in tiles that stay in a core's cache."""
    if network is None:
        rows = torch.arange(len(x)).split(TILES_ON_ACCELERATOR * TILE if x.parts is None else TILE)
        return torch.cat([evaluate_pair_base(x[some], y, base.lookups, base.power) for some in rows])
    device = network.gate.device
    x, y = network.encode(x.to(device), y.to(device))
    tile = TILE if device.type == "cpu" else TILES_ON_ACCELERATOR * TILE
    out = torch.empty(len(x), len(y))
    for i in range(0, len(x), tile):
        for j in range(0, len(y), tile):
            out[i : i + tile, j : j + tile] = network.evaluate_pairs(x[i : i + tile], y[j : j + tile])
    return out


@dataclass(frozen=True)
class PairCritic(TrainedCritic):
    """Two tables of any width: rows of the one against rows of the other."""

    name = "pair"
    needs = "at least one column on either side"

    @classmethod
    def accepts(cls, x: ColumnGroup, y: ColumnGroup) -> bool:
        """Any two groups."""
        return len(x) > 0 and len(y) > 0

    @classmethod
    def fit(cls, x: ColumnGroup, y: ColumnGroup, setting: Setting) -> Fit:
        """Cross-fit pair networks."""
        features = fit_features(x), fit_features(y)
        found = crossfit(cls(features, []).read_sides(x, y), setting)
        return found.make_fit(cls.name, cls(features, found.critics))

    def read_sides(self, x: ColumnGroup, y: ColumnGroup) -> PairSides:
        """Both groups as features."""
        of_x, of_y = self.features
        return PairSides(of_x.transform_both(x.columns), of_y.transform_both(y.columns), (of_x.spans(), of_y.spans()))
