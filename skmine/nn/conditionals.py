"""Models of log p(y | x), which the upper bounds of mutual information are computed from.

Design notes. They are critics of pairs as those of `nn.critics` are, with T(x, y) = log q(y | x), but are trained by
likelihood: by joint pairs alone.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.networks.encoder import Encoder, make_linear

#: Limits of a log variance: e^14 is the square of 1,000, the largest scale at which half precision is of use.
LARGEST_LOG_VARIANCE = 14.0

#: Inputs beyond this become logarithmic: standardised ones are within it, and others do not make the model explode.
LINEAR_UP_TO = 10.0


def compress(x: Tensor) -> Tensor:
    """The same up to `LINEAR_UP_TO`, beyond it linear in log |x|; one to one."""
    ratio = x.abs().clamp(min=LINEAR_UP_TO) / LINEAR_UP_TO
    return x / ratio * (1 + ratio.log())


class Gaussian(nn.Module):
    """Independent normal laws of y's columns, with a mean and a variance that depend on x."""

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.encode_x = Encoder(dims[0], [*widths, dims[1]], activation, generator)
        self.scale_x = Encoder(dims[0], [*widths, dims[1]], activation, generator)
        self.scale = make_linear(dims[1], dims[1], None)  # zeros: all variances are 1 at the start
        self.pair_size = dims[1]

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x = compress(x)
        log_variance = LARGEST_LOG_VARIANCE * torch.tanh(self.scale(self.scale_x(x)) / LARGEST_LOG_VARIANCE)
        return torch.cat([self.encode_x(x), log_variance], -1), y

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        mean, log_variance = x.chunk(2, -1)
        squares = (y - mean).square() * torch.exp(-log_variance)
        return -0.5 * (squares + log_variance + math.log(2 * math.pi)).sum(-1)


class Categorical(nn.Module):
    """Probabilities of the classes that y says in one_hot form."""

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.encode_x = Encoder(dims[0], [*widths, dims[1]], activation, generator)
        self.pair_size = dims[1]

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return F.log_softmax(self.encode_x(compress(x)), -1), y

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return (x * y).sum(-1)
