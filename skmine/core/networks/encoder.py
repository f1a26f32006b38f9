"""What the trained networks share: seeded layers, encoders, the largest critic value."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: Largest |T|. e^30 is 1e13, far above every density ratio that a sample can show, and sums of it are finite in
#: float32.
LARGEST_CRITIC_VALUE = 30.0

#: Activations by name: scikit-learn's "relu" and "tanh", and two smooth ones.
ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


def make_linear(n_inputs: int, n_outputs: int, generator: torch.Generator | None) -> nn.Linear:
    """A linear layer with torch's usual initial weights, drawn from the given generator; None gives zeros."""
    layer = nn.Linear(n_inputs, n_outputs, device="meta").to_empty(device="cpu")
    bound = 1 / math.sqrt(max(n_inputs, 1))
    with torch.no_grad():
        for parameter in layer.parameters():
            if generator is None:
                parameter.zero_()
            else:
                parameter.uniform_(-bound, bound, generator=generator)
    return layer


class Encoder(nn.Module):
    """Layers with activations between them, plus a linear short-cut; the output is linear."""

    def __init__(self, n_inputs: int, widths: Sequence[int], activation: str, generator: torch.Generator) -> None:
        super().__init__()
        sizes = [n_inputs, *widths]
        self.layers = nn.ModuleList([make_linear(a, b, generator) for a, b in itertools.pairwise(sizes)])
        self.shortcut = make_linear(n_inputs, widths[-1], generator)
        self.activation = ACTIVATIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        return self.go_on(self.layers[0](x), self.shortcut(x))

    def go_on(self, first: Tensor, shortcut: Tensor) -> Tensor:
        """The output, from that of the first layer and of the short-cut."""
        z = first
        for layer in self.layers[1:]:
            z = layer(self.activation(z))
        return z + shortcut
