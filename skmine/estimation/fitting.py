"""One critic of one part of the rows: trained on some, stopped by others.

Design notes. A critic's rows are parted once more: it and its base are fitted on four fifths; on the
last fifth, the validation rows, the base is chosen and the step to stop at, step 0 (the base alone)
included. A critic of nodes also starts from nothing: a base of single columns is hard to unlearn where
they act in products and sums (Friedman's five columns: 1.1 nats of 10,000 rows from the base, 1.5
without).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module

from skmine.core.bounds import Objective, pointwise_infonce
from skmine.core.networks import PairNetwork, PartitionNetwork, Side
from skmine.core.scores import score_nodes
from skmine.core.training import Training
from skmine.estimation import bases
from skmine.estimation.bases import Base
from skmine.estimation.scoring import FittedCritic, Inputs, Nodes, Rows, Tables

#: Rows of a training block: all pairs of a block are joint or marginal ones.
BLOCK, BLOCK_OF_INFONCE = 8, 64
#: Rows of a validation block, and the most rows validated on.
VALIDATION_BLOCK, MOST_VALIDATION = 128, 1536
#: Share of a critic's rows that validates, and the fewest rows worth a network at all.
VALIDATION_SHARE, FEWEST_ROWS = 0.2, 40
#: Times a run is validated, and the most passes through its rows.
VALIDATIONS, MOST_EPOCHS = 32, 50
#: Critics of nodes start from a base and from nothing; one step in so many tells which goes on.
TRIAL = 4


@dataclass(frozen=True)
class Recipe:
    """How a critic is trained; names and defaults are the estimator's."""

    hidden_layer_sizes: tuple[int, ...] = (128, 128)
    activation: str = "silu"
    bound: str = "auto"
    base: str | None = "auto"
    learning_rate_init: float = 3e-3
    weight_decay: float = 0.1
    batch_size: int | str = "auto"
    max_iter: int = 800
    n_iter_no_change: int = 200

    def rows_a_step(self, n_rows: int, most: int) -> int:
        return int(np.clip(n_rows // 8, 64, most)) if isinstance(self.batch_size, str) else self.batch_size

    def steps(self, n_rows: int, batch_size: int) -> int:
        return min(self.max_iter, MOST_EPOCHS * -(-n_rows // batch_size))


def parted(rows: Rows, groups: NDArray[np.int64] | None, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Rows to fit on and rows to validate on; groups stay whole."""
    if groups is None:
        order = rng.permutation(rows)
        n = max(round(VALIDATION_SHARE * len(rows)), 1)
        return order[n:], order[:n]
    present = rng.permutation(np.unique(groups[rows]))
    chosen = np.isin(groups[rows], present[: max(round(VALIDATION_SHARE * len(present)), 1)])
    return rng.permutation(rows[~chosen]), rng.permutation(rows[chosen])


def fit_critic(
    tables: Tables,
    rows: Rows,
    recipe: Recipe,
    seed: np.random.SeedSequence,
    device: torch.device,
    groups: NDArray[np.int64] | None = None,
    report: Callable[[int, float], None] | None = None,
) -> FittedCritic:
    """Train a critic on some rows.

    Parameters
    ----------
    tables : Tables
    rows : ndarray of row numbers
    recipe : Recipe
    seed : SeedSequence
    device : torch.device
    groups : ndarray of shape (n,) or None
    report : callable(step, validation) or None
        Called at each validation.
    """
    rng = np.random.default_rng(seed)
    fit, validation = parted(rows, groups, rng)
    if min(len(fit), len(validation)) < FEWEST_ROWS * VALIDATION_SHARE or len(rows) < FEWEST_ROWS:
        return FittedCritic(Base(), (Inputs(None), Inputs(None)), None, _of_nodes(Base(), tables, fit), fit, 0)
    base, directions = (Base(), {}) if recipe.base is None else _chosen_base(tables, fit, validation)
    linear = directions.get("linear", (None, None))
    starts = [_Start(base, (Inputs(linear[0]), Inputs(linear[1])))]
    if recipe.base is not None and tables.nodes is not None:
        starts.append(_Start(Base(), (Inputs(None), Inputs(None))))
    walks = []
    for start in starts:
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        walks.append(Walk(start.task(tables, fit, recipe, generator, device), recipe, fit, validation, generator))
    best = 0
    if len(walks) > 1:
        for walk in walks:
            walk.until(walk.n_steps // TRIAL)
        best = int(np.argmax([walk.best for walk in walks]))
    walk, start = walks[best], starts[best]
    walk.until(walk.n_steps, report)
    # One standard error: a gain that the validation rows cannot tell from none is left where there is
    # a base, which is simpler, and faster to score.
    gain = walk.of_best - walks[0].of_start
    least = 0.0 if recipe.base is None else float(gain.std()) / math.sqrt(len(gain))
    if walk.state is None or float(gain.mean()) <= least:
        return FittedCritic(base, starts[0].inputs, None, _of_nodes(base, tables, fit), fit, 0, walk.curve)
    return FittedCritic(
        start.base, start.inputs, walk.trained(), _of_nodes(start.base, tables, fit), fit, walk.step, walk.curve
    )


@dataclass(frozen=True)
class _Start:
    """What a critic starts from."""

    base: Base
    inputs: tuple[Inputs, Inputs]

    def task(
        self, tables: Tables, fit: Rows, recipe: Recipe, generator: torch.Generator, device: torch.device
    ) -> "_Pairs | _Rows":
        x, nodes = self.base.side_x(tables.x, self.inputs[0](tables.x)), tables.nodes
        if nodes is None:
            y = self.base.side_y(tables.y, self.inputs[1](tables.y))
            return _Pairs(x.to(device), y.to(device), self.base.tables, recipe, generator)
        of_nodes = self.base.of_nodes(tables.y[fit], nodes.codes[fit], nodes.n_nodes)
        return _Rows(x.to(device), nodes, of_nodes, fit, recipe, generator)


def _chosen_base(tables: Tables, fit: Rows, validation: Rows) -> tuple[Base, bases.Directions]:
    nodes = tables.nodes
    if nodes is None:
        return bases.choose_for_pairs(tables.x, tables.y, fit, validation, tables.parts)
    return bases.choose_for_nodes(tables.x, tables.y, nodes.codes, nodes.n_nodes, fit, validation, tables.parts[0])


def _of_nodes(base: Base, tables: Tables, fit: Rows) -> tuple[Tensor, Tensor] | None:
    """What the base says of the nodes, if the second side is a coded column."""
    nodes = tables.nodes
    return None if nodes is None else base.of_nodes(tables.y[fit], nodes.codes[fit], nodes.n_nodes)


class Task(Protocol):
    """What a training run is about: a critic, what it maximises and what it is chosen by."""

    @property
    def critic(self) -> Module: ...

    @property
    def multiple(self) -> int:
        """A batch holds a multiple of so many rows."""

    @property
    def most_rows(self) -> int:
        """A batch of "auto" holds at most so many rows."""

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        """To maximise: of a batch of row numbers, a scalar."""

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        """The score of each row, whose mean is compared."""


class Walk:
    """A training run that keeps the best weights by its validation rows, and may be stopped and resumed.

    Parameters
    ----------
    task : Task
    recipe : Recipe
    fit, validation : ndarray of row numbers
    generator : torch.Generator
        Orders the batches.
    from_start : bool, default=True
        Whether a step has to be better than no training at all.

    Attributes
    ----------
    best : float
        The best validation score.
    step : int
        Where it was.
    state : dict or None
        The weights then; None for those at the start.
    of_start, of_best : Tensor of shape (v,)
        The validation rows' scores at the start and then.
    curve : list of dict
    n_steps : int
    """

    def __init__(
        self,
        task: Task,
        recipe: Recipe,
        fit: Rows,
        validation: Rows,
        generator: torch.Generator,
        *,
        from_start: bool = True,
    ) -> None:
        device = next(task.critic.parameters()).device
        self.task, self.recipe = task, recipe
        batch_size = recipe.rows_a_step(len(fit), task.most_rows)
        self.n_steps = recipe.steps(len(fit), batch_size)
        self._training = Training(
            task.critic,
            n_steps=self.n_steps,
            learning_rate=recipe.learning_rate_init,
            weight_decay=recipe.weight_decay,
            warm_up=0.1,
            ema_decay=0.99,
        )
        batches = _batches(torch.from_numpy(fit).to(device), batch_size, task.multiple, generator)
        self._values = self._training.steps(lambda network, _: -task.objective(network, next(batches)))
        self._checked = torch.from_numpy(validation[:MOST_VALIDATION]).to(device)
        self._every = max(self.n_steps // VALIDATIONS, 5)
        self.of_start = self.of_best = self._validate()
        score = float(self.of_start.mean())
        self.best, self.step = score if from_start else -math.inf, 0
        self.state: dict[str, Tensor] | None = None
        self._ended = False
        self.curve = [{"step": 0, "objective": math.nan, "validation": score}]

    def until(self, step: int, report: Callable[[int, float], None] | None = None) -> None:
        """Train up to a step, or until `n_iter_no_change` steps brought nothing better.

        A report is also of the validations that went before.
        """
        if report is not None:
            for point in self.curve:
                report(int(point["step"]), point["validation"])
        training, values = self._training, []
        while training.step < step and not self._ended:
            value = next(self._values, math.nan)
            if not math.isfinite(value):
                self._ended = True
                break
            values.append(-value)
            if training.step % self._every and training.step != self.n_steps:
                continue
            of_rows = self._validate()
            score = float(of_rows.mean())
            self.curve.append({"step": training.step, "objective": float(np.mean(values)), "validation": score})
            values = []
            if report is not None:
                report(training.step, score)
            if score > self.best:
                self.best, self.step, self.of_best = score, training.step, of_rows
                self.state = {k: v.clone() for k, v in training.average.state_dict().items()}
            elif training.step - self.step >= self.recipe.n_iter_no_change:
                self._ended = True

    def trained(self) -> Any:
        """The critic with the best weights."""
        network = self.task.critic
        if self.state is not None:
            network.load_state_dict(self.state)
        return network.eval().requires_grad_(False)

    def _validate(self) -> Tensor:
        with torch.inference_mode():
            return self.task.validate(self._training.average, self._checked)


def _batches(rows: Tensor, size: int, multiple: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless batches of rows, each pass in a new order."""
    size = max(min(size, len(rows)) // multiple, 1) * multiple
    while True:
        order = rows[torch.randperm(len(rows), generator=generator).to(rows.device)]
        if len(order) < size:  # fewer rows than a block: some stand twice
            order = order.repeat(-(-size // len(order)))
        for first in range(0, len(order) - size + 1, size):
            yield order[first : first + size]


class _Pairs:
    """Objective and validation of a `PairNetwork`."""

    most_rows = 512

    def __init__(self, x: Side, y: Side, of_base: Tensor, recipe: Recipe, generator: torch.Generator) -> None:
        widths = x.inputs.shape[1], y.inputs.shape[1]
        self.critic = PairNetwork(widths, recipe.hidden_layer_sizes, recipe.activation, of_base, generator)
        self.critic.to(x.inputs.device)
        self.x, self.y = x, y
        bound = "dv" if recipe.bound == "auto" else recipe.bound
        self.bound, self.multiple = Objective(bound), BLOCK_OF_INFONCE if bound == "infonce" else BLOCK

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        return self.bound.evaluate_batches(self._blocks(network, rows, self.multiple))

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        block = min(VALIDATION_BLOCK, len(rows))
        rows = rows[: len(rows) // block * block]
        parts = [pointwise_infonce(self._blocks(network, part, block)).flatten() for part in rows.split(4 * block)]
        return torch.cat(parts)

    def _blocks(self, network: Module, rows: Tensor, block: int) -> Tensor:
        rows = rows.view(-1, block)
        scores: Tensor = network(self.x[rows], self.y[rows])
        return scores


class _Rows:
    """Objective and validation of a `PartitionNetwork`."""

    multiple, most_rows = 1, 256

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
        self.critic = PartitionNetwork(*sizes, recipe.activation, *of_base, nodes.places(), generator)
        self.critic.to(x.inputs.device)
        self.x, self.codes = x, torch.from_numpy(nodes.codes).to(x.inputs.device)
        self.log_margin = nodes.log_margin(fit).to(x.inputs.device)
        self.bound = Objective("infonce" if recipe.bound == "auto" else recipe.bound)

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        return self.bound.evaluate_nodes(network(self.x[rows]), self.codes[rows], self.log_margin)

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        return score_nodes(network(self.x[rows]), self.codes[rows]).pointwise
