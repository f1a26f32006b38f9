"""What the experiments share: a setting, runs over seeds, small networks, paired differences."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch
from joblib import Parallel, delayed
from scipy import stats
from torch import Tensor, nn

from skmine.core.devices import one_thread

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
    """What an experiment has to say: paragraphs, tables (title, head, rows), a picture."""

    title: str
    question: str
    paragraphs: list[str] = field(default_factory=list)
    tables: list[tuple[str, list[str], list[list[object]]]] = field(default_factory=list)
    figure: Any = None


def over(runs: Sequence[tuple[Any, ...]], function: Callable[..., T], setting: Setting) -> list[T]:
    """A function of each run's arguments, one thread each."""
    return list(Parallel(n_jobs=setting.n_jobs, verbose=5)(delayed(_alone)(function, run) for run in runs))


def _alone(function: Callable[..., T], run: tuple[Any, ...]) -> T:
    with one_thread():
        return function(*run)


def perceptron(*widths: int) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def interval(differences: Sequence[float]) -> str:
    """Mean of paired differences and its 95 % interval (Student)."""
    d = np.asarray(differences, float)
    if len(d) < 2:
        return f"{d.mean():+.4f}"
    reach = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return f"{d.mean():+.4f} ({d.mean() - reach:+.4f} to {d.mean() + reach:+.4f})"


class Falling:
    """Optimisers whose learning rates stay up for half of the steps and then fall to nearly nothing."""

    def __init__(self, n_steps: int, *optimizers: torch.optim.Optimizer) -> None:
        self.n_steps, self.done = n_steps, 0
        self.rates = [(group, group["lr"]) for optimizer in optimizers for group in optimizer.param_groups]

    def step(self) -> None:
        self.done += 1
        for group, rate in self.rates:
            group["lr"] = rate * min(1.0, 2 * (1 - self.done / self.n_steps) + 0.02)


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of an optimiser."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
