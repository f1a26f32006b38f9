"""The network of two columns: it reads their counts, and is trained once for all pairs of columns.

The numbers in its features (the 1/4 and 1/2 added to counts, the -3 of the gate, the scale of log n) are part of what
the weights have learned: a change of any of them needs a new training.
"""

import functools
import hashlib
import io
import json
from importlib import resources
from pathlib import Path
from typing import IO

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.networks.encoder import LARGEST_CRITIC_VALUE

#: Rows that counts are scaled down to before the network reads them. It was trained on 310,000 at most, and goes wrong
#: far beyond (a normal pair of correlation .7, 48 x 48 nodes, 10 million rows: the score is 5.5 nats too low); scaled
#: so it loses less from 100,000 on: .003 of .336 nats at a million rows of 96 x 96 nodes, where it lost .015.
MOST_ROWS = 100_000


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, each after SiLU, added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(x))))


class GridNetwork(nn.Module):
    """Reads counts and returns critic values for every cell: counts (B, G, H) -> T (B, G, H).

    On a grid of nodes, the counts are all there is to know about a pair of columns. So the critic of a pair is a
    function of its counts, and this function can be learned once, on synthetic laws, for all pairs of columns. The
    network is a U-Net over a pyramid of counts: cells are folded `FOLD` x `FOLD` into channels, so that the trunk
    runs on a sixteenth of the cells. Each level also reads the features of the counts *pooled to its own
    resolution*: pooled counts are sufficient statistics there, pooled features are not. The head returns a
    correction and a gate for every cell,

        T = correction + sigmoid(gate - 3) * log((N + 1/2) / (E + 1/2)),

    where E are the counts expected under independence. Bad weights lose information, but never report too much of
    it: T is scored on rows whose counts the network did not read.

    Tensors inside are (B, H, W, C) in memory ("channels last"), the layout that CPUs convolve fastest.

    Parameters
    ----------
    channels : tuple of int, default=(32, 48, 64)
        Channels at 1/4, 1/8 and 1/16 of the grid's resolution.
    """

    #: Cells per side that are folded into channels. With 4 the trunk runs on a sixteenth of the cells; the shipped
    #: weights are tied to it.
    FOLD = 4
    #: Both sides of a grid must be a multiple of this: cells are folded by `FOLD`, and two levels halve them again.
    MULTIPLE = 4 * FOLD

    def __init__(self, channels: tuple[int, int, int] = (32, 48, 64)) -> None:
        super().__init__()
        c0, c1, c2 = channels
        cells = self.FOLD**2
        self.stem_cells = nn.Conv2d(2 * cells, c0, 3, padding=1)
        self.stem_context = nn.Conv2d(2 * self.FOLD + 4 + 3, c0, 3, padding=1)
        self.fine = ResidualBlock(c0)
        self.down1, self.pooled1 = nn.Conv2d(c0, c1, 2, 2), nn.Conv2d(4, c1, 1)
        self.middle = ResidualBlock(c1)
        self.down2, self.pooled2 = nn.Conv2d(c1, c2, 2, 2), nn.Conv2d(4, c2, 1)
        self.coarse = nn.Sequential(ResidualBlock(c2), ResidualBlock(c2))
        self.up2, self.middle_out = nn.ConvTranspose2d(c2, c1, 2, 2), ResidualBlock(c1)
        self.up1, self.fine_out = nn.ConvTranspose2d(c1, c0, 2, 2), ResidualBlock(c0)
        self.head = nn.Conv2d(c0, 2 * cells, 1)
        self.refine_cells = nn.Conv2d(2 * cells, c0, 3, padding=1)
        self.refine_trunk = nn.Conv2d(c0, c0, 3, padding=1)
        self.refine_out = nn.Conv2d(c0, 2 * cells, 3, padding=1)
        for parameter in self.refine_out.parameters():
            nn.init.zeros_(parameter)
        use_channels_last(self)

    def forward(self, counts: Tensor) -> Tensor:
        k = self.FOLD
        b, g, h = counts.shape
        n = counts.sum((1, 2)).view(b, 1, 1, 1)
        scale = (MOST_ROWS / n).clamp(max=1)
        counts, n = counts * scale[..., 0], n * scale
        rows = counts.sum(2).view(b, g // k, 1, k, 1)
        columns = counts.sum(1).view(b, 1, h // k, 1, k)
        folded = counts.view(b, g // k, k, h // k, k).permute(0, 1, 3, 2, 4)  # (B, G/4, H/4, 4, 4)
        folded = folded.reshape(b, g // k, h // k, k * k)
        expected = (rows * (columns / n.unsqueeze(-1))).view(b, g // k, h // k, k * k)
        cells = torch.cat(_residuals(folded, expected), -1).permute(0, 3, 1, 2)  # (B, 32, G/4, H/4)
        ratio = cells[:, k * k :]

        pooled = folded.sum(-1).unsqueeze(1)  # (B, 1, G/4, H/4)
        margins = [
            torch.log(rows + 0.1).view(b, g // k, 1, k).permute(0, 3, 1, 2).expand(-1, -1, -1, h // k),
            torch.log(columns + 0.1).view(b, 1, h // k, k).permute(0, 3, 1, 2).expand(-1, -1, g // k, -1),
        ]
        context = torch.cat([*margins, *_pooled_features(pooled, n), *_positions(pooled, n)], 1)
        context = context.contiguous(memory_format=torch.channels_last)
        x0 = self.fine(self.stem_cells(cells) + self.stem_context(context))
        pooled = F.avg_pool2d(pooled, 2) * 4
        x1 = self.middle(self.down1(x0) + self.pooled1(torch.cat(_pooled_features(pooled, n), 1)))
        pooled = F.avg_pool2d(pooled, 2) * 4
        x2 = self.coarse(self.down2(x1) + self.pooled2(torch.cat(_pooled_features(pooled, n), 1)))
        x1 = self.middle_out(x1 + self.up2(x2))
        x0 = self.fine_out(x0 + self.up1(x1))
        refined = self.refine_out(F.silu(self.refine_cells(cells) + self.refine_trunk(x0)))
        correction, gate = (self.head(x0) + refined).chunk(2, 1)  # (B, 16, G/4, H/4) each
        values = torch.addcmul(correction, torch.sigmoid(gate - 3), ratio)
        values = values.permute(0, 2, 3, 1).reshape(b, g // k, h // k, k, k).permute(0, 1, 3, 2, 4)
        return values.reshape(b, g, h).clamp(-LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE)


def _residuals(counts: Tensor, expected: Tensor) -> list[Tensor]:
    """Two features of counts: the Pearson residual, compressed like a square root, and the smoothed log ratio."""
    pearson = (counts - expected) * torch.rsqrt(expected + 0.25)
    return [pearson * torch.rsqrt(1 + pearson.abs()), torch.log((counts + 0.5) / (expected + 0.5))]


def _pooled_features(counts: Tensor, n: Tensor) -> list[Tensor]:
    """Four features of counts (B, 1, G, H), each of the same shape."""
    expected = counts.sum(3, keepdim=True) * counts.sum(2, keepdim=True) / n
    occupied = (expected > 0).to(counts.dtype)
    return [*_residuals(counts, expected), torch.log(expected + 1e-2) * 0.2, occupied]


def _positions(counts: Tensor, n: Tensor) -> list[Tensor]:
    """Mid-rank of each grid row and column, in (-1, 1), and the size of the sample."""
    row, column = counts.sum(3, keepdim=True) / n, counts.sum(2, keepdim=True) / n
    size = torch.log(n) / 5 - 1.5
    features = ((row.cumsum(2) - row / 2) * 2 - 1, (column.cumsum(3) - column / 2) * 2 - 1, size)
    return [f.expand(-1, -1, *counts.shape[2:]) for f in features]


#: File of the shipped weights, and its record.
WEIGHTS = "grid_critic.npz"
RECORD = "grid_critic.json"


@functools.lru_cache(maxsize=4)
def load_grid_network(device: torch.device) -> GridNetwork:
    """The pretrained network on a device, in evaluation mode. Shared by all callers: do not train it.

    Raises
    ------
    ValueError
        If the weights are not those of their record.
    """
    with torch.device("meta"):  # draws no initial weights, so the global generator is left alone
        network = GridNetwork()
    load_weights(network, io.BytesIO(read_shipped_weights()))
    return network.eval().requires_grad_(False).to(device)


def read_shipped_weights() -> bytes:
    """The file of the shipped weights, if it is that of its record.

    Raises
    ------
    ValueError
    """
    folder = resources.files("skmine.core.weights")
    found, record = folder.joinpath(WEIGHTS).read_bytes(), json.loads(folder.joinpath(RECORD).read_text())
    if hashlib.sha256(found).hexdigest() != record["sha256"]:
        raise ValueError(
            f"The pretrained weights {WEIGHTS!r} are not those of their record {RECORD!r}: the file was changed or is "
            f"damaged; install skmine anew."
        )
    return found


def use_channels_last(module: nn.Module) -> None:
    """Change the memory layout of a module's convolutions to the one that CPUs run fastest, in place."""
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def save_weights(network: nn.Module, file: Path) -> None:
    """Write a module's parameters as float32 arrays, without pickle."""
    np.savez(file, **{name: value.detach().cpu().numpy() for name, value in network.state_dict().items()})


def load_weights(network: nn.Module, file: Path | IO[bytes]) -> None:
    """Replace a module's parameters by those that `save_weights` wrote; every parameter must be in the file.

    The arrays are copied into memory that torch allocates: on some processors the last bits of a result depend on
    where in memory its inputs begin, and NumPy aligns them differently.
    """
    with np.load(file, allow_pickle=False) as arrays:
        network.load_state_dict({name: torch.from_numpy(arrays[name]).clone() for name in arrays.files}, assign=True)
    use_channels_last(network)
