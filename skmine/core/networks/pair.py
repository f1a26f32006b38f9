"""The network of two sides of several columns: T(x, y) = base(x, y) + head(activation(f(x) + g(y))).

Design notes. Each row is encoded once. For each pair, only a sum, an activation and one dot product remain, so that
all pairs of a fold can be evaluated. The head starts at 0: the critic starts as its base, and moves away from it only
where that pays. The base needs no training and has two parts that cost next to nothing per pair: an inner product
(Gaussian canonical pairs), and values that are looked up (the pretrained grid critic of two derived columns).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skmine.core.networks.encoder import ACTIVATIONS, LARGEST_CRITIC_VALUE, Encoder, make_linear


@dataclass(frozen=True)
class Side:
    """Rows of one side: the inputs of the network, and those of its base.

    Attributes
    ----------
    inputs : Tensor of shape (..., n, p) or, once encoded, (..., n, h)
    vectors : Tensor of shape (..., n, k), float64
        The inner products of both sides' vectors are part of the base. In double precision, because large terms
        cancel where the sides are nearly equal.
    codes : Tensor of shape (..., n, m), int64
        Indices into the base's look-ups: of their rows on one side, of their columns on the other.
    parts : Tensor of shape (..., n, c, d), float64, or None
        The inner products of both sides' parts say what each component of a law of both sides says.
    """

    inputs: Tensor
    vectors: Tensor
    codes: Tensor
    parts: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, rows: Tensor | slice) -> "Side":
        parts = None if self.parts is None else self.parts[rows]
        return Side(self.inputs[rows], self.vectors[rows], self.codes[rows], parts)

    def to(self, device: torch.device) -> "Side":
        parts = None if self.parts is None else self.parts.to(device)
        return Side(self.inputs.to(device), self.vectors.to(device), self.codes.to(device), parts)

    def replace_inputs(self, inputs: Tensor) -> "Side":
        """The same rows with other inputs."""
        return Side(inputs, self.vectors, self.codes, self.parts)


class PairNetwork(nn.Module):
    """Evaluates rows of one side against rows of the other.

    Parameters
    ----------
    n_inputs : (int, int)
        Number of inputs of each side.
    hidden_layer_sizes : sequence of int
        Widths of each side's encoder. In the last one the sides are added.
    activation : {"silu", "relu", "gelu", "tanh"}
    lookups : Tensor of shape (m, G, H)
        The base's look-ups.
    power : float
        As in `evaluate_pair_base`.
    generator : torch.Generator
        Draws the initial weights.
    """

    def __init__(
        self,
        n_inputs: tuple[int, int],
        hidden_layer_sizes: Sequence[int],
        activation: str,
        lookups: Tensor,
        power: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.encode_x = Encoder(n_inputs[0], hidden_layer_sizes, activation, generator)
        self.encode_y = Encoder(n_inputs[1], hidden_layer_sizes, activation, generator)
        self.activation = ACTIVATIONS[activation]()
        self.head = make_linear(hidden_layer_sizes[-1], 1, None)
        self.gate = nn.Parameter(torch.ones(()))
        self.power = power
        self.lookups: Tensor
        self.register_buffer("lookups", lookups)

    def encode(self, x: Side, y: Side) -> tuple[Side, Side]:
        """Both sides with their inputs encoded."""
        return x.replace_inputs(self.encode_x(x.inputs)), y.replace_inputs(self.encode_y(y.inputs))

    def evaluate_pairs(self, x: Side, y: Side) -> Tensor:
        """T of all pairs of encoded rows: (..., n) and (..., m) of them -> (..., n, m)."""
        sums = self.activation(x.inputs.unsqueeze(-2) + y.inputs.unsqueeze(-3))  # (..., n, m, h)
        correction = self.head(sums).squeeze(-1)
        return (correction + self.gate * evaluate_pair_base(x, y, self.lookups, self.power)).clamp(
            -LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE
        )

    def forward(self, x: Side, y: Side) -> Tensor:
        return self.evaluate_pairs(*self.encode(x, y))


def evaluate_pair_base(x: Side, y: Side, lookups: Tensor, power: float = 0.0) -> Tensor:
    """The base of all pairs, (..., n, m).

    Parameters
    ----------
    x, y : Side
    lookups : Tensor of shape (k, G, H)
    power : float, default=0.0
        What the sides' parts are: 0, the log densities of a mixture's components; else quadratic forms q of Student's
        law, whose density is proportional to (1 + q)^-power.
    """
    total = x.vectors @ y.vectors.transpose(-1, -2)
    if x.parts is not None and y.parts is not None:
        forms = x.parts.transpose(-2, -3) @ y.parts.transpose(-2, -3).transpose(-1, -2)  # (..., c, n, m)
        total = total + (-power * torch.log1p(forms.clamp(min=0)).sum(-3) if power else torch.logsumexp(forms, -3))
    total = total.clamp(-2 * LARGEST_CRITIC_VALUE, 2 * LARGEST_CRITIC_VALUE).float()
    for k, lookup in enumerate(lookups):
        total = total + lookup[x.codes[..., :, None, k], y.codes[..., None, :, k]]
    return total
