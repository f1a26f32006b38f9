"""Critics of two batches of vectors, by architecture.

Design notes. Every critic encodes the rows of each side once, by `encode(x, y)`, and then evaluates pairs of encoded
rows, by `evaluate_pairs(x, y)`. Its arguments have shapes that broadcast: (..., n, 1, h) and (..., 1, m, h) for all
pairs, or (n, 1, h) and (n, k, h) for k partners per row. A deeper network behind the encoders can represent more, and
makes each pair more expensive.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.networks import ACTIVATIONS, LARGEST_CRITIC_VALUE
from skmine.core.networks.encoder import Encoder, make_linear
from skmine.nn.conditionals import Categorical, Gaussian


class BatchCritic(Protocol):
    """What a loss needs of a critic."""

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Encode rows (n, p) and (m, q) as (n, h) and (m, h)."""
        ...

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """T of encoded rows: shapes broadcast, and the last axis is dropped."""
        ...

    @property
    def pair_size(self) -> int | None:
        """Numbers that the evaluation of one pair holds in memory; None if that is not known."""
        ...


#: Largest |T| before `clip_values` cuts: what is beyond overflows single precision soon.
OVERFLOW = 1e30


def clip_values(values: Tensor) -> Tensor:
    """Critic values within +-`LARGEST_CRITIC_VALUE`.

    The gradient passes where a value is clipped, or a critic that starts far outside would never come back, and is
    divided there by how far outside it is: by inputs that are k times as large it becomes k times as small, and fits
    into half precision.
    """
    wide = values.clamp(-OVERFLOW, OVERFLOW)
    return wide * (LARGEST_CRITIC_VALUE / wide.detach().abs().clamp(min=LARGEST_CRITIC_VALUE))


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
        self.pair_size = widths[-1]

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return clip_values(self.head(self.activation(x + y)).squeeze(-1))


def multiply_pairs(x: Tensor, y: Tensor) -> Tensor:
    """Inner products of rows whose shapes broadcast."""
    if x.shape[-2] == 1 and y.shape[-3] == 1:  # all pairs: as a matrix product, without an array (n, m, h)
        return x.squeeze(-2) @ y.squeeze(-3).transpose(-1, -2)
    return (x * y).sum(-1)


class Separable(TwoEncoders):
    """Two encoders and their inner product: the cheapest pairs."""

    pair_size = 1

    def __init__(
        self, dims: tuple[int, int], widths: Sequence[int], activation: str, generator: torch.Generator
    ) -> None:
        super().__init__(dims, widths, activation, generator)
        self.offset = nn.Parameter(torch.zeros(()))

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return clip_values(multiply_pairs(x, y) / math.sqrt(x.shape[-1]) + self.offset)


class Cosine(nn.Module):
    """The cosine of two encoded rows over a temperature, which is trained; without layers, that of the rows."""

    pair_size = 1

    def __init__(
        self,
        dims: tuple[int, int],
        widths: Sequence[int],
        activation: str,
        generator: torch.Generator,
        temperature: float,
    ) -> None:
        super().__init__()
        self.encode_x, self.encode_y = (
            Encoder(dim, widths, activation, generator) if widths else nn.Identity() for dim in dims
        )
        self.log_temperature = nn.Parameter(torch.tensor(math.log(temperature)))
        self.offset = nn.Parameter(torch.zeros(()))

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return F.normalize(self.encode_x(x), dim=-1), F.normalize(self.encode_y(y), dim=-1)

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return clip_values(multiply_pairs(x, y) * torch.exp(-self.log_temperature) + self.offset)


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
        self.pair_size = sum(widths)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.first_x(x), self.first_y(y)

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        return clip_values(self.rest(x + y).squeeze(-1))


class CallerCritic(nn.Module):
    """A module of the caller's: rows (n, ...) and their partners (n, ...) -> T (n,) or (n, 1)."""

    pair_size = None

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
        return _widen(values).reshape(shape)


class CallerPairs(CallerCritic):
    """A module of the caller's that encodes each row once, by `encode`, and evaluates pairs of these, by `meet`."""

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        encoded = cast(Any, self.module).encode(x, y)
        if len(encoded[0]) != len(x) or len(encoded[1]) != len(y):
            raise ValueError(
                f"architecture.encode must return one encoded row for each of {len(x)} and {len(y)} rows, got "
                f"{len(encoded[0])} and {len(encoded[1])}."
            )
        return encoded[0], encoded[1]

    def evaluate_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        shape = torch.broadcast_shapes(x.shape[:2], y.shape[:2])
        values = cast(Any, self.module).meet(x, y)
        if not isinstance(values, Tensor) or values.shape != shape:
            got = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise ValueError(
                f"architecture.meet must return values of shape {tuple(shape)} for encoded rows of shapes "
                f"{tuple(x.shape)} and {tuple(y.shape)}, got {got}."
            )
        return _widen(values)


def _widen(values: Tensor) -> Tensor:
    """Single precision or better: half could not hold sums of exponentials."""
    return values if values.dtype == torch.float64 else values.float()


#: Critics by their public names; "joint" is the additive critic.
ARCHITECTURES = {"joint": Additive, "separable": Separable, "concat": Concatenated, "cosine": Cosine}

#: Models of log p(y | x) by their public names, for the upper bounds.
CONDITIONALS = {"gaussian": Gaussian, "categorical": Categorical}


def make_critic(
    architecture: str | nn.Module,
    dims: tuple[int, int],
    widths: Sequence[int],
    activation: str,
    temperature: float,
    generator: torch.Generator,
) -> nn.Module:
    """A critic by its name, or around a module of the caller's."""
    if isinstance(architecture, nn.Module):
        own = all(callable(getattr(architecture, name, None)) for name in ("encode", "meet"))
        return CallerPairs(architecture) if own else CallerCritic(architecture)
    if architecture == "cosine":
        return Cosine(dims, widths, activation, generator, temperature)
    kind = {**ARCHITECTURES, **CONDITIONALS}[architecture]
    made: nn.Module = kind(dims, widths, activation, generator)
    return made
