"""The critic of two tables: T(x, y) = base(x, y) + head(act(f(x) + g(y))).

Design notes. Both sides are encoded once a row; only their sum, an activation and one dot product
are left for each pair, so that all pairs of a fold can be scored. The head starts at 0: the critic
starts as its base and can only leave it for something better. The base is what can be said without
training, of two forms that cost next to nothing a pair: an inner product (Gaussian canonical pairs)
and looked-up tables (the pretrained grid critic of two derived columns).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skmine.core.networks.grid import LARGEST_SCORE

ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


@dataclass(frozen=True)
class Side:
    """Rows of one side: what the network reads, and what the base reads.

    Attributes
    ----------
    inputs : Tensor of shape (..., n, p) or, once encoded, (..., n, h)
    vectors : Tensor of shape (..., n, k), float64
        The sides' inner products are part of the base. Near-equal sides make large terms cancel.
    codes : Tensor of shape (..., n, m), int64
        Rows (columns, on the other side) of the base's tables.
    """

    inputs: Tensor
    vectors: Tensor
    codes: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, rows: Tensor | slice) -> "Side":
        return Side(self.inputs[rows], self.vectors[rows], self.codes[rows])

    def to(self, device: torch.device) -> "Side":
        return Side(self.inputs.to(device), self.vectors.to(device), self.codes.to(device))


def linear(n_inputs: int, n_outputs: int, generator: torch.Generator | None) -> nn.Linear:
    """A linear layer with torch's usual initial weights, from a generator of our own; None: zeros."""
    layer = nn.Linear(n_inputs, n_outputs, device="meta").to_empty(device="cpu")
    reach = 1 / math.sqrt(max(n_inputs, 1))
    with torch.no_grad():
        for parameter in layer.parameters():
            if generator is None:
                parameter.zero_()
            else:
                parameter.uniform_(-reach, reach, generator=generator)
    return layer


class Encoder(nn.Module):
    """Layers with activations between them and a linear short-cut; the last one stays linear."""

    def __init__(self, n_inputs: int, widths: Sequence[int], activation: str, generator: torch.Generator) -> None:
        super().__init__()
        sizes = [n_inputs, *widths]
        self.layers = nn.ModuleList([linear(a, b, generator) for a, b in itertools.pairwise(sizes)])
        self.shortcut = linear(n_inputs, widths[-1], generator)
        self.activation = ACTIVATIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        z = self.layers[0](x)
        for layer in self.layers[1:]:
            z = layer(self.activation(z))
        return z + self.shortcut(x)


class PairCritic(nn.Module):
    """Scores rows of one table against rows of another.

    Parameters
    ----------
    n_inputs : (int, int)
        Inputs of either side.
    hidden_layer_sizes : sequence of int
        Widths of either side's encoder. The last is where the sides meet.
    activation : {"silu", "relu", "gelu", "tanh"}
    tables : Tensor of shape (m, G, H)
        The base's tables.
    generator : torch.Generator
        Draws the initial weights.
    """

    def __init__(
        self,
        n_inputs: tuple[int, int],
        hidden_layer_sizes: Sequence[int],
        activation: str,
        tables: Tensor,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.encode_x = Encoder(n_inputs[0], hidden_layer_sizes, activation, generator)
        self.encode_y = Encoder(n_inputs[1], hidden_layer_sizes, activation, generator)
        self.activation = ACTIVATIONS[activation]()
        self.head = linear(hidden_layer_sizes[-1], 1, None)
        self.gate = nn.Parameter(torch.ones(()))
        self.tables: Tensor
        self.register_buffer("tables", tables)

    def encode(self, x: Side, y: Side) -> tuple[Side, Side]:
        """Both sides with their inputs encoded."""
        return (
            Side(self.encode_x(x.inputs), x.vectors, x.codes),
            Side(self.encode_y(y.inputs), y.vectors, y.codes),
        )

    def score(self, x: Side, y: Side) -> Tensor:
        """T of all pairs of encoded rows: (..., n) and (..., m) of them -> (..., n, m)."""
        met = self.activation(x.inputs.unsqueeze(-2) + y.inputs.unsqueeze(-3))  # (..., n, m, h)
        corrected = self.head(met).squeeze(-1)
        return (corrected + self.gate * base_scores(x, y, self.tables)).clamp(-LARGEST_SCORE, LARGEST_SCORE)

    def forward(self, x: Side, y: Side) -> Tensor:
        return self.score(*self.encode(x, y))


def base_scores(x: Side, y: Side, tables: Tensor) -> Tensor:
    """The base of all pairs, (..., n, m)."""
    total = (x.vectors @ y.vectors.transpose(-1, -2)).clamp(-2 * LARGEST_SCORE, 2 * LARGEST_SCORE).float()
    for k, table in enumerate(tables):
        total = total + table[x.codes[..., :, None, k], y.codes[..., None, :, k]]
    return total
