"""Critics of two batches of vectors, by the shape of their networks.

Design notes. All of them encode the rows of either side once and then let pairs meet:
`encode(x, y)`, then `meet(x, y)` of encoded (..., n, 1, h) and (..., 1, m, h) rows, or of any other two
shapes that broadcast: all pairs of a batch, or a few partners a row. The deeper the network behind
the meeting, the more it can say and the more each pair costs.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from skmine.core.networks import ACTIVATIONS, LARGEST_CRITIC_VALUE
from skmine.core.networks.encoder import Encoder, linear


class Critic(Protocol):
    """What a loss asks of a critic."""

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Rows (n, p) and (m, q) as what meets, (n, h) and (m, h)."""
        ...

    def meet(self, x: Tensor, y: Tensor) -> Tensor:
        """T of encoded rows whose shapes broadcast, less the last axis."""
        ...


#: Score at which a critic's own sums may overflow, of half precision.
OVERFLOW = 6e4


def bounded(scores: Tensor) -> Tensor:
    """Scores within +-`LARGEST_CRITIC_VALUE`, in single precision or better: half precision could not hold their sums.

    Gradients pass as if nothing was cut, or a critic that starts far outside would never come back.
    """
    wide = (scores if scores.dtype == torch.float64 else scores.float()).clamp(-OVERFLOW, OVERFLOW)
    return wide.clamp(-LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE).detach() + (wide - wide.detach())


class Towers(nn.Module):
    """A deep encoder a side."""

    def __init__(self, dims: tuple[int, int], widths: Sequence[int], activation: str, draw: torch.Generator) -> None:
        super().__init__()
        self.encode_x = Encoder(dims[0], widths, activation, draw)
        self.encode_y = Encoder(dims[1], widths, activation, draw)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.encode_x(x), self.encode_y(y)


class Joint(Towers):
    """Encoders, an activation of their sum and one dot product, as in `core.critics.PairNetwork`."""

    def __init__(self, dims: tuple[int, int], widths: Sequence[int], activation: str, draw: torch.Generator) -> None:
        super().__init__(dims, widths, activation, draw)
        self.activation = ACTIVATIONS[activation]()
        self.head = linear(widths[-1], 1, draw)

    def meet(self, x: Tensor, y: Tensor) -> Tensor:
        return bounded(self.head(self.activation(x + y)).squeeze(-1))


class Separable(Towers):
    """Encoders and their inner product: the cheapest pairs."""

    def __init__(self, dims: tuple[int, int], widths: Sequence[int], activation: str, draw: torch.Generator) -> None:
        super().__init__(dims, widths, activation, draw)
        self.offset = nn.Parameter(torch.zeros(()))

    def meet(self, x: Tensor, y: Tensor) -> Tensor:
        if x.shape[-2] == 1 and y.shape[-3] == 1:  # all pairs, whose h terms need not be in memory together
            product = x.squeeze(-2) @ y.squeeze(-3).transpose(-1, -2)
        else:
            product = (x * y).sum(-1)
        return bounded(product / math.sqrt(x.shape[-1]) + self.offset)


class Concatenated(nn.Module):
    """Layers over (x, y), as in the paper: the first is a sum of two, the others see every pair."""

    def __init__(self, dims: tuple[int, int], widths: Sequence[int], activation: str, draw: torch.Generator) -> None:
        super().__init__()
        self.first_x, self.first_y = (linear(dim, widths[0], draw) for dim in dims)
        layers: list[nn.Module] = [ACTIVATIONS[activation]()]
        for a, b in zip(widths, [*widths[1:], 1], strict=True):
            layers += [linear(a, b, draw), ACTIVATIONS[activation]()]
        self.rest = nn.Sequential(*layers[:-1])

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.first_x(x), self.first_y(y)

    def meet(self, x: Tensor, y: Tensor) -> Tensor:
        return bounded(self.rest(x + y).squeeze(-1))


class OfCaller(nn.Module):
    """A module of the caller's: rows (n, ...) and their partners (n, ...) -> T (n,) or (n, 1)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return x, y

    def meet(self, x: Tensor, y: Tensor) -> Tensor:
        shape = torch.broadcast_shapes(x.shape[:2], y.shape[:2])
        rows = [v.expand(*shape, *v.shape[2:]).flatten(0, 1) for v in (x, y)]
        scores = self.module(*rows)
        n = math.prod(shape)
        if not isinstance(scores, Tensor) or tuple(scores.shape) not in {(n,), (n, 1)}:
            got = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
            raise ValueError(
                f"architecture must be a module that maps {n} rows and their {n} partners to scores of shape "
                f"({n},) or ({n}, 1), got {got}."
            )
        return (scores if scores.dtype == torch.float64 else scores.float()).reshape(shape)


ARCHITECTURES = {"joint": Joint, "separable": Separable, "concat": Concatenated}
