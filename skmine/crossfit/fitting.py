"""One critic of one part of the rows: trained on some, stopped by others.

Design notes. A critic's rows are parted once more: it and its base are fitted on four fifths; on the
last fifth, the validation rows, the base is chosen and the step to stop at, step 0 (the base alone)
included.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module

from skmine import bases
from skmine.bases import Base
from skmine.core.bounds import Objective, infonce_of_rows, score_nodes
from skmine.core.critics import PairCritic, PartitionCritic, Side
from skmine.core.training import Training
from skmine.crossfit.scoring import FittedCritic, Inputs, Nodes, Rows, Tables

#: Rows of a training block: all pairs of a block are joint or marginal ones.
BLOCK, BLOCK_OF_INFONCE = 8, 64
#: Rows of a validation block, and the most rows validated on.
VALIDATION_BLOCK, MOST_VALIDATION = 128, 1536
#: Share of a critic's rows that validates, and the fewest rows worth a network at all.
VALIDATION_SHARE, FEWEST_ROWS = 0.2, 40
#: Times a run is validated, and the most passes through its rows.
VALIDATIONS, MOST_EPOCHS = 32, 50


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

    def rows_a_step(self, n_rows: int) -> int:
        return int(np.clip(n_rows // 8, 64, 512)) if isinstance(self.batch_size, str) else self.batch_size

    def steps(self, n_rows: int) -> int:
        return min(self.max_iter, MOST_EPOCHS * -(-n_rows // self.rows_a_step(n_rows)))


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
    inputs = Inputs(linear[0]), Inputs(linear[1])
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    x, nodes = base.side_x(tables.x, inputs[0](tables.x)), tables.nodes
    task: _Pairs | _Rows
    if nodes is None:
        y = base.side_y(tables.y, inputs[1](tables.y))
        task = _Pairs(x.to(device), y.to(device), base.tables, recipe, generator)
    else:
        of_nodes = base.of_nodes(tables.y[fit], nodes.codes[fit], nodes.n_nodes)
        task = _Rows(x.to(device), nodes, of_nodes, fit, recipe, generator)
    run = train(task, recipe, fit, validation, generator, report)
    # One standard error: a gain that the validation rows cannot tell from none is left where there is
    # a base, which is simpler, and faster to score.
    least = 0.0 if recipe.base is None else float(run.gain.std()) / math.sqrt(len(run.gain))
    network: PairCritic | PartitionCritic | None = None
    if run.state is not None and float(run.gain.mean()) > least:
        network = task.critic
        network.load_state_dict(run.state)
        network.eval().requires_grad_(False)
    chosen = run.step if network is not None else 0
    return FittedCritic(base, inputs, network, _of_nodes(base, tables, fit), fit, chosen, run.curve)


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

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        """To maximise: of a batch of row numbers, a scalar."""

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        """The score of each row, whose mean is compared."""


@dataclass(frozen=True)
class Run:
    """The best weights of a training run by its validation rows.

    Attributes
    ----------
    state : dict or None
        None where no step was better than the start.
    step : int
    gain : Tensor of shape (v,)
        What they add to each validation row's score at the start.
    curve : list of dict
    """

    state: dict[str, Tensor] | None
    step: int
    gain: Tensor
    curve: list[dict[str, float]]


def train(
    task: Task,
    recipe: Recipe,
    fit: Rows,
    validation: Rows,
    generator: torch.Generator,
    report: Callable[[int, float], None] | None = None,
    *,
    from_start: bool = True,
) -> Run:
    """Train a task's critic and find its best step.

    Parameters
    ----------
    task : Task
    recipe : Recipe
    fit, validation : ndarray of row numbers
    generator : torch.Generator
        Orders the batches.
    report : callable(step, validation) or None
    from_start : bool, default=True
        Whether a step has to be better than no training at all.
    """
    device = next(task.critic.parameters()).device
    n_steps = recipe.steps(len(fit))
    training = Training(
        task.critic,
        n_steps=n_steps,
        learning_rate=recipe.learning_rate_init,
        weight_decay=recipe.weight_decay,
        warm_up=0.1,
        memory=0.99,
    )
    batches = _batches(torch.from_numpy(fit).to(device), recipe.rows_a_step(len(fit)), task.multiple, generator)
    checked = torch.from_numpy(validation[:MOST_VALIDATION]).to(device)
    every = max(n_steps // VALIDATIONS, 5)
    with torch.inference_mode():
        of_base = of_best = task.validate(training.average, checked)
    score = float(of_base.mean())
    best = score if from_start else -math.inf
    curve = [{"step": 0, "objective": math.nan, "validation": score}]
    chosen, state, values = 0, None, []
    if report is not None:
        report(0, score)
    for value in training.steps(lambda network, _: -task.objective(network, next(batches))):
        values.append(-value)
        if not math.isfinite(value):
            break
        if training.step % every and training.step != n_steps:
            continue
        with torch.inference_mode():
            of_rows = task.validate(training.average, checked)
        score = float(of_rows.mean())
        curve.append({"step": training.step, "objective": float(np.mean(values)), "validation": score})
        values = []
        if report is not None:
            report(training.step, score)
        if score > best:
            best, chosen, of_best = score, training.step, of_rows
            state = {k: v.clone() for k, v in training.average.state_dict().items()}
        elif training.step - chosen >= recipe.n_iter_no_change:
            break
    return Run(state, chosen, of_best - of_base, curve)


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
    """Objective and validation of a `PairCritic`."""

    def __init__(self, x: Side, y: Side, of_base: Tensor, recipe: Recipe, generator: torch.Generator) -> None:
        widths = x.inputs.shape[1], y.inputs.shape[1]
        self.critic = PairCritic(widths, recipe.hidden_layer_sizes, recipe.activation, of_base, generator)
        self.critic.to(x.inputs.device)
        self.x, self.y = x, y
        bound = "dv" if recipe.bound == "auto" else recipe.bound
        self.bound, self.multiple = Objective(bound), BLOCK_OF_INFONCE if bound == "infonce" else BLOCK

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        return self.bound.of_blocks(self._blocks(network, rows, self.multiple))

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        block = min(VALIDATION_BLOCK, len(rows))
        rows = rows[: len(rows) // block * block]
        parts = [infonce_of_rows(self._blocks(network, part, block)).flatten() for part in rows.split(4 * block)]
        return torch.cat(parts)

    def _blocks(self, network: Module, rows: Tensor, block: int) -> Tensor:
        rows = rows.view(-1, block)
        scores: Tensor = network(self.x[rows], self.y[rows])
        return scores


class _Rows:
    """Objective and validation of a `PartitionCritic`."""

    multiple = 1

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
        self.critic = PartitionCritic(*sizes, recipe.activation, *of_base, nodes.places(), generator)
        self.critic.to(x.inputs.device)
        self.x, self.codes = x, torch.from_numpy(nodes.codes).to(x.inputs.device)
        self.log_margin = nodes.log_margin(fit).to(x.inputs.device)
        self.bound = Objective("infonce" if recipe.bound == "auto" else recipe.bound)

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        return self.bound.of_nodes(network(self.x[rows]), self.codes[rows], self.log_margin)

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        return score_nodes(network(self.x[rows]), self.codes[rows]).pointwise
