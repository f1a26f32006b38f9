"""A training run that keeps the best weights by its validation rows."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from skmine.core.training import Training
from skmine.estimation.recipe import Recipe, Rows

#: Most rows validated on: scores of spread .8 have a standard error of .02 nats then.
MOST_VALIDATION = 1536

#: Times a run is validated: every 50 steps of 800. Arbitrary.
VALIDATIONS = 16

#: Nats by which the second half of a plateau has to be better than its first for a run to become twice as long; at
#: least one standard error, too.
WORTH_DOUBLING = 0.01

#: Fewest steps between two validations, so that short runs are not all validation.
FEWEST_STEPS_BETWEEN = 5

#: Share of the steps in which the learning rate rises to its peak. So warmed up, 800 steps at 3e-3 reached what
#: 2,000 at 1e-3 did on the public tasks.
WARM_UP = 0.1

#: Decay of the running average of the weights, which then holds about the last hundred of 800 steps.
EMA_DECAY = 0.99

#: Called at each validation with the step and the validation score.
Report = Callable[[int, float], None]


class Task(Protocol):
    """What a training run is about: a network, what it maximises and what it is chosen by."""

    @property
    def network(self) -> Module: ...

    @property
    def multiple(self) -> int:
        """A batch holds a multiple of this many rows."""

    @property
    def most_rows(self) -> int:
        """A batch of "auto" holds at most this many rows."""

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        """To maximise: a scalar of a batch, given by its row index."""

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        """The score of each row, whose mean is compared."""


class TrainingRun:
    """A training run that keeps the best weights by its validation rows, and may be stopped and resumed.

    Parameters
    ----------
    task : Task
    recipe : Recipe
    fit, validation : ndarray
        Row index of either part.
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
    curve : list of dict
    n_steps : int
    is_cut : bool
        Whether training was at its end while validation still rose.
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
        device = next(task.network.parameters()).device
        self.task, self.recipe = task, recipe
        batch_size = recipe.choose_batch_size(len(fit), task.most_rows)
        self.n_steps = recipe.count_steps(len(fit), batch_size)
        self._training = Training(
            task.network,
            n_steps=self.n_steps,
            learning_rate=recipe.learning_rate_init,
            weight_decay=recipe.weight_decay,
            warm_up=WARM_UP,
            ema_decay=EMA_DECAY,
        )
        batches = _draw_batches(torch.from_numpy(fit).to(device), batch_size, task.multiple, generator)
        self._losses = self._training.steps(lambda network, _: -task.objective(network, next(batches)))
        self._checked = torch.from_numpy(validation[:MOST_VALIDATION]).to(device)
        self._every = max(self.n_steps // VALIDATIONS, FEWEST_STEPS_BETWEEN)
        self._seen = {0: self._validate()}
        score = float(self._seen[0].mean())
        self.best, self.step = score if from_start else -math.inf, 0
        self.state: dict[str, Tensor] | None = None
        self._ended = self.is_cut = False
        self.curve = [{"step": 0, "objective": math.nan, "validation": score}]

    @property
    def falls_from(self) -> int:
        """The step from which on the learning rate falls."""
        return self._training.falls_from

    def train(self, report: Report | None = None) -> None:
        """Train to the end: as long as the validation scores of a plateau rise, a run becomes twice as long.

        The validations that went before are reported as well.
        """
        if report is not None:
            for point in self.curve:
                report(int(point["step"]), point["validation"])
        while True:
            self.train_until(self.falls_from, report)
            if self._ended or not self.recipe.grows or not self.rises():
                break
            if not self.double():
                self.is_cut = True
                break
        self.train_until(self.n_steps, report)

    def double(self) -> bool:
        """Make the run twice as long, before its learning rate falls; whether `max_iter` and patience let it."""
        if self._ended or not self.recipe.grows or self.n_steps >= self.recipe.max_iter:
            return False
        self.n_steps = min(2 * self.n_steps, self.recipe.max_iter)
        self._training.extend(self.n_steps)
        self._every = max(self.n_steps // VALIDATIONS, FEWEST_STEPS_BETWEEN)
        return True

    def rises(self) -> bool:
        """Whether the second half of the steps so far brought so much that as many more are worth their time."""
        gain = self._compare_halves()
        return float(gain.mean()) > max(WORTH_DOUBLING, float(gain.std()) / math.sqrt(len(gain)))

    def measure_gain(self) -> float:
        """Nats by which the validation score rose in the second half of the steps so far."""
        return float(self._compare_halves().mean())

    def _compare_halves(self) -> Tensor:
        """What each validation row gained in the second half of the steps so far."""
        before = max(step for step in self._seen if step <= self._training.step / 2)
        return self._seen[max(self._seen)] - self._seen[before]

    def train_until(self, step: int, report: Report | None = None) -> None:
        """Train up to a step, or until nothing better has come for as long as the recipe has patience."""
        training, objectives = self._training, []
        while training.step < step and not self._ended:
            loss = next(self._losses, math.nan)
            if not math.isfinite(loss):
                self._ended = True
                break
            objectives.append(-loss)
            if training.step % self._every and training.step not in (step, self.n_steps):
                continue
            self._look(float(np.mean(objectives)), report)
            objectives = []

    def load_best(self) -> Any:
        """The network with the best weights."""
        network = self.task.network
        if self.state is not None:
            network.load_state_dict(self.state)
        return network.eval().requires_grad_(False)

    def _look(self, objective: float, report: Report | None) -> None:
        """Validate, and keep what is better."""
        training, scores = self._training, self._validate()
        score = float(scores.mean())
        self._seen[training.step] = scores
        self.curve.append({"step": training.step, "objective": objective, "validation": score})
        if report is not None:
            report(training.step, score)
        if score > self.best:
            self.best, self.step = score, training.step
            self.state = {k: v.clone() for k, v in training.average.state_dict().items()}
        elif training.step - self.step >= self.recipe.choose_patience(self.n_steps):
            self._ended = True

    def _validate(self) -> Tensor:
        with torch.inference_mode():
            return self.task.validate(self._training.average, self._checked)


def _draw_batches(rows: Tensor, size: int, multiple: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless batches of rows, each pass in a new order."""
    size = max(min(size, len(rows)) // multiple, 1) * multiple
    while True:
        order = rows[torch.randperm(len(rows), generator=generator).to(rows.device)]
        if len(order) < size:  # fewer rows than a block: some stand twice
            order = order.repeat(-(-size // len(order)))
        for first in range(0, len(order) - size + 1, size):
            yield order[first : first + size]
