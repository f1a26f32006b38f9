"""What the experiments share: a setting, runs over seeds, small networks, an MI term, paired differences."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch
from joblib import Parallel, delayed
from scipy import stats
from torch import Tensor, nn

from skmine.nn import MutualInfoLoss, backward_clipped

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """How much is run: `quick` takes at most ten minutes of one core."""

    quick: bool
    n_jobs: int = 1

    def choose(self, quick: T, full: T) -> T:
        return quick if self.quick else full


@dataclass
class Section:
    """What an experiment reports: paragraphs, tables (title, head, rows), a picture."""

    title: str
    question: str
    paragraphs: list[str] = field(default_factory=list)
    tables: list[tuple[str, list[str], list[list[object]]]] = field(default_factory=list)
    figure: Any = None


def run_all(runs: Sequence[tuple[Any, ...]], function: Callable[..., T], setting: Setting) -> list[T]:
    """A function of each run's arguments, on one thread each."""
    return list(Parallel(n_jobs=setting.n_jobs, verbose=5)(delayed(_run_on_one_thread)(function, run) for run in runs))


def _run_on_one_thread(function: Callable[..., T], run: tuple[Any, ...]) -> T:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return function(*run)
    finally:
        torch.set_num_threads(threads)


def make_perceptron(*widths: int) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def format_interval(differences: Sequence[float]) -> str:
    """Mean of paired differences and its 95 % interval (Student)."""
    d = np.asarray(differences, float)
    if len(d) < 2:
        return f"{d.mean():+.4f}"
    half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return f"{d.mean():+.4f} ({d.mean() - half:+.4f} to {d.mean() + half:+.4f})"


class FallingRates:
    """Learning rates that stay up for half of the steps and then fall to nearly nothing."""

    def __init__(self, n_steps: int, *optimizers: torch.optim.Optimizer) -> None:
        self.n_steps, self.done = n_steps, 0
        self.groups = [(group, group["lr"]) for optimizer in optimizers for group in optimizer.param_groups]

    def step(self) -> None:
        self.done += 1
        for group, first in self.groups:
            group["lr"] = first * min(1.0, 2 * (1 - self.done / self.n_steps) + 0.02)


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of an optimiser."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


class Coupling:
    """An MI term that is added to an objective, with the optimiser of its critic; without a loss, nothing.

    Parameters
    ----------
    loss : MutualInfoLoss or None
    learning_rate : float
        Of the critic.
    """

    def __init__(self, loss: MutualInfoLoss | None, learning_rate: float) -> None:
        self.loss = loss
        self.optimizers = [] if loss is None else [torch.optim.Adam(loss.parameters(), learning_rate)]

    def descend(
        self,
        optimizer: torch.optim.Optimizer,
        parameters: Iterable[nn.Parameter],
        task: Tensor,
        pairs: Callable[[], tuple[Tensor, Tensor]],
    ) -> None:
        """One step on a task and the MI of pairs, whose gradient is clipped to the task's.

        `pairs` is called only where there is an MI term: what it draws at random would change a run without one.
        """
        if self.loss is None:
            descend(optimizer, task)
            return
        x, y = pairs()
        self.loss.train_critic(self.optimizers[0], x, y)
        backward_clipped(task, -self.loss(x, y), parameters)
        optimizer.step()
