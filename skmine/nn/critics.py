"""Critics of two batches of vectors, by architecture.

Design notes. Every critic encodes the rows of each side once, by `encode(x, y)`, and then evaluates pairs of encoded
rows, by `evaluate_pairs(x, y)`. Its arguments have shapes that broadcast: (..., n, 1, h) and (..., 1, m, h) for all
pairs, or (n, 1, h) and (n, k, h) for k partners per row. A deeper network behind the encoders can represent more, and
makes each pair more expensive.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from skmine.core.networks import ACTIVATIONS, LARGEST_CRITIC_VALUE
from skmine.core.networks.encoder import Encoder, make_linear


class BatchCritic(Protocol):
    """What a loss needs of a critic."""

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Encode rows (n, p) and (m, q) as (n, h) and (m, h)."""
        ...

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """T of encoded rows: shapes broadcast, and the last axis is dropped."""
        ...


#: Largest |T| before `clip_values` cuts: the sums inside a critic overflow half precision at 65,504.
OVERFLOW = 6e4


def clip_values(values: Tensor) -> Tensor:
    """Critic values within +-`LARGEST_CRITIC_VALUE`, in single precision or better.

    Half precision could not hold sums of their exponentials. The gradient passes as if nothing was clipped; otherwise
    a critic that starts far outside would never come back.
    """
    wide = (values if values.dtype == torch.float64 else values.float()).clamp(-OVERFLOW, OVERFLOW)
    return wide.clamp(-LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE).detach() + (wide - wide.detach())


class TwoEncoders(nn.Module):
    """One deep encoder per side."""

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.encode_x = Encoder(dims[0], widths, activation, generator)
        self.encode_y = Encoder(dims[1], widths, activation, generator)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.encode_x(x), self.encode_y(y)


class Additive(TwoEncoders):
    """Two encoders, an activation of their sum and one dot product, as in `core.networks.PairNetwork`."""

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__(dims, widths, activation, generator)
        self.activation = ACTIVATIONS[activation]()
        self.head = make_linear(widths[-1], 1, generator)

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return clip_values(self.head(self.activation(x + y)).squeeze(-1))


class Separable(TwoEncoders):
    """Two encoders and their inner product: the cheapest pairs."""

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__(dims, widths, activation, generator)
        self.offset = nn.Parameter(torch.zeros(()))

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        if x.shape[-2] == 1 and y.shape[-3] == 1:  # all pairs: as a matrix product, without an array (n, m, h)
            product = x.squeeze(-2) @ y.squeeze(-3).transpose(-1, -2)
        else:
            product = (x * y).sum(-1)
        return clip_values(product / math.sqrt(x.shape[-1]) + self.offset)


class Concatenated(nn.Module):
    """Layers over (x, y), as in MINE's paper: the first one is a sum of two, the others run once per pair."""

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.first_x, self.first_y = (make_linear(dim, widths[0], generator) for dim in dims)
        layers: list[nn.Module] = [ACTIVATIONS[activation]()]
        for a, b in zip(widths, [*widths[1:], 1], strict=True):
            layers += [make_linear(a, b, generator), ACTIVATIONS[activation]()]
        self.rest = nn.Sequential(*layers[:-1])

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.first_x(x), self.first_y(y)

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return clip_values(self.rest(x + y).squeeze(-1))


class CallerCritic(nn.Module):
    """A module of the caller's: rows (n, ...) and their partners (n, ...) -> T (n,) or (n, 1)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return x, y

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        shape = torch.broadcast_shapes(x.shape[:2], y.shape[:2])
        rows = [v.expand(*shape, *v.shape[2:]).flatten(0, 1) for v in (x, y)]
        values = self.module(*rows)
        n = math.prod(shape)
        if not isinstance(values, Tensor) or tuple(values.shape) not in {(n,), (n, 1)}:
            got = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise ValueError(
                f"architecture must be a module that maps {n} rows and their {n} partners to values of shape "
                f"({n},) or ({n}, 1), got {got}; end it with a layer of one output."
            )
        return (values if values.dtype == torch.float64 else values.float()).reshape(shape)


#: Critics by their public names; "joint" is the additive critic.
ARCHITECTURES = {"joint": Additive, "separable": Separable, "concat": Concatenated}
