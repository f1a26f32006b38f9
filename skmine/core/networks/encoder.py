"""What the trained networks share: layers from a generator of our own, encoders, the largest critic value."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: Largest |T|: e^30 is far above any density ratio a sample can show, and finite in float32.
LARGEST_CRITIC_VALUE = 30.0

ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


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
