"""The one training loop: AdamW, warm-up then cosine, clipped gradients, averaged weights.

No bound and no critic owns a loop of its own. A caller states an objective, walks through the
steps and stops by ``break``; what it reads is `Training.average`, the averaged critic.
"""

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


class Training:
    """A training run that can be walked, stopped and resumed.

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
        Share of the steps in which the rate rises linearly to its peak.
    flat : float
        Share of the steps after which the rate falls along a cosine, to nearly zero.
    largest_gradient : float
        Norm at which the gradient is clipped.
    ema_decay : float
        Largest weight of the past in the running average of the weights.

    Attributes
    ----------
    average : nn.Module
        The averaged critic, in evaluation mode.
    step : int
        Steps done.
    """

    def __init__(
        self,
        critic: nn.Module,
        *,
        n_steps: int,
        learning_rate: float,
        weight_decay: float,
        warm_up: float = 0.01,
        flat: float = 0.3,
        largest_gradient: float = 1.0,
        ema_decay: float = 0.998,
    ) -> None:
        self.critic = critic
        self.average = copy.deepcopy(critic).eval().requires_grad_(False)
        self.n_steps, self.learning_rate = n_steps, learning_rate
        self.warm_up, self.flat = warm_up, flat
        self.largest_gradient, self.ema_decay = largest_gradient, ema_decay
        self.optimizer = torch.optim.AdamW(
            critic.parameters(), learning_rate, betas=(0.9, 0.99), weight_decay=weight_decay, fused=True
        )
        self.step = 0

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        done = step / self.n_steps
        rising = min(1.0, (step + 1) / (self.warm_up * self.n_steps + 1))
        falling = 1.0 if done < self.flat else 0.5 * (1 + math.cos(math.pi * (done - self.flat) / (1 - self.flat)))
        return self.learning_rate * rising * (falling + 1e-3)

    def steps(self, objective: Callable[[nn.Module, int], Tensor]) -> Iterator[float]:
        """Run the steps that are left; yield the objective's value after each.

        Parameters
        ----------
        objective : callable(critic, step) -> scalar Tensor
            What to minimise at a step; it draws its own batch, from the step's number alone if the
            run is to be resumable.
        """
        weights: list[Tensor] = list(self.critic.parameters())
        averages: list[Tensor] = list(self.average.parameters())
        self.critic.train()
        while self.step < self.n_steps:
            for group in self.optimizer.param_groups:
                group["lr"] = self.learning_rate_at(self.step)
            with torch.enable_grad():  # the caller may be evaluating something of its own
                loss = objective(self.critic, self.step)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(weights, self.largest_gradient)
            self.optimizer.step()
            self.step += 1
            past = min(self.ema_decay, self.step / (self.step + 20))
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
        self.step = state["step"]
        self.critic.load_state_dict(state["critic"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
