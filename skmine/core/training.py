"""The one training loop: AdamW, warm-up then cosine, clipped gradients, averaged weights.

No bound and no critic has a loop of its own. A caller states an objective, iterates over the steps and stops by
``break``. What it reads is `Training.average`, the critic with averaged weights.
"""

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

#: AdamW's memory of gradients and of squared gradients. Squares are remembered for 100 steps: torch's default of
#: 1,000 is longer than many of these runs, so that their first steps would count until the end.
BETAS = (0.9, 0.99)

#: Smallest learning rate, relative to the peak. Arbitrary, so that the last steps still move; the weights that are
#: read are averages over many steps.
LOWEST_RATE = 1e-3

#: After k steps the past has at most the weight k / (k + this) in the running average, so that the initial weights
#: are forgotten quickly. Arbitrary: from step `AVERAGE_START * ema_decay / (1 - ema_decay)` on it has no effect.
AVERAGE_START = 20


class Training:
    """A training run that can be iterated, stopped and resumed.

    Parameters
    ----------
    critic : nn.Module
        Trained in place.
    n_steps : int
        Length of the learning-rate schedule.
    learning_rate : float
        Its peak.
    weight_decay : float
    warm_up : float
        Fraction of the steps in which the learning rate rises linearly to its peak.
    decay_start : float
        Fraction of the steps after which the learning rate falls along a cosine, to nearly zero.
    largest_gradient : float
        Norm at which the gradient is clipped.
    ema_decay : float
        Largest weight of the past in the running average of the weights.

    Attributes
    ----------
    average : nn.Module
        The critic with averaged weights, in evaluation mode.
    step : int
        Number of steps done.
    """

    def __init__(
        self,
        critic: nn.Module,
        *,
        n_steps: int,
        learning_rate: float,
        weight_decay: float,
        warm_up: float = 0.01,
        decay_start: float = 0.3,
        largest_gradient: float = 1.0,
        ema_decay: float = 0.998,
    ) -> None:
        self.critic = critic
        self.average = copy.deepcopy(critic).eval().requires_grad_(False)
        self.n_steps, self.learning_rate = n_steps, learning_rate
        self.warm_up, self.decay_start = warm_up, decay_start
        self.largest_gradient, self.ema_decay = largest_gradient, ema_decay
        self.optimizer = torch.optim.AdamW(
            critic.parameters(), learning_rate, betas=BETAS, weight_decay=weight_decay, fused=True
        )
        self.step = 0

    @property
    def falls_from(self) -> int:
        """The step from which on the learning rate falls."""
        return int(self.decay_start * self.n_steps)

    def extend(self, n_steps: int) -> None:
        """Make a run longer, before its learning rate falls: it stays at its peak for as much longer.

        Raises
        ------
        ValueError
            If the learning rate falls already: it would have to rise again.
        """
        if self.step > self.falls_from:
            raise ValueError(f"n_steps cannot become {n_steps} at step {self.step}, as the learning rate is falling.")
        self.n_steps = n_steps

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        done, start = step / self.n_steps, self.decay_start
        rising = min(1.0, (step + 1) / (self.warm_up * self.n_steps + 1))
        falling = 1.0 if done < start else 0.5 * (1 + math.cos(math.pi * (done - start) / (1 - start)))
        return self.learning_rate * rising * (falling + LOWEST_RATE)

    def steps(self, objective: Callable[[nn.Module, int], Tensor]) -> Iterator[float]:
        """Run the remaining steps; yield the objective's value after each.

        Parameters
        ----------
        objective : callable(critic, step) -> scalar Tensor
            What to minimise at a step. It draws its own batch; if the run is to be resumable, from the step's
            number alone.
        """
        weights: list[Tensor] = list(self.critic.parameters())
        averages: list[Tensor] = list(self.average.parameters())
        self.critic.train()
        while self.step < self.n_steps:
            for group in self.optimizer.param_groups:
                group["lr"] = self.learning_rate_at(self.step)
            with torch.enable_grad():  # the caller may be inside torch.no_grad()
                loss = objective(self.critic, self.step)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(weights, self.largest_gradient)
            self.optimizer.step()
            self.step += 1
            past = min(self.ema_decay, self.step / (self.step + AVERAGE_START))
            with torch.no_grad():
                torch._foreach_lerp_(averages, weights, 1 - past)
            yield loss.item()

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed run needs."""
        return {
            "step": self.step,
            "critic": self.critic.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        self.step = state["step"]
        self.critic.load_state_dict(state["critic"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
