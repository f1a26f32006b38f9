"""Critics trained on batches of few images with many rows each, evaluated on batches of many images.

Y is one normal number per image, X that number with noise of .1: log(101) / 2 = 2.31 nats. A batch has 8 images with 16
rows each. Where rows of an image may be marginal partners of each other, critics learn that a partner is often of the
same image; `groups` names them. Each critic is then evaluated on 20 batches of 512 different images.
"""

import math

import numpy as np
import torch
from torch import Tensor

from benchmarks.common import pictures, report
from skmine.nn import MutualInfoLoss

#: Bounds that have a value in nats.
BOUNDS = ("dv", "mine", "nwj", "infonce", "smile")

#: Standard deviation of the noise, and the truth in nats.
NOISE = 0.1
TRUTH = 0.5 * math.log(1 + NOISE**-2)

#: Images and rows of each in a batch to train on; images in one to evaluate on, and how many such batches.
IMAGES, ROWS = 8, 16
FRESH_IMAGES, N_FRESH = 512, 20

#: Promise: nats from the truth.
CLOSE = 0.15


def draw_rows(n_images: int, n_rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    y = torch.randn(n_images, 1, generator=generator).repeat_interleave(n_rows, 0)
    return y + NOISE * torch.randn(len(y), 1, generator=generator), y


def measure(bound: str, seed: int, n_steps: int, *, grouped: bool) -> float:
    """Mean value in nats on fresh images."""
    draw = torch.Generator().manual_seed(seed)
    loss = MutualInfoLoss(1, 1, bound, hidden_layer_sizes=(64, 64), generator=draw)
    optimizer = torch.optim.Adam(loss.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    groups = torch.arange(IMAGES).repeat_interleave(ROWS) if grouped else None
    for _ in range(n_steps):
        # Not clipped: a batch in which two images are close has a large gradient, and is as rare.
        loss.train_critic(optimizer, *draw_rows(IMAGES, ROWS, draw), groups=groups, largest_gradient=math.inf)
        schedule.step()
    with torch.no_grad():
        return float(np.mean([float(loss.eval()(*draw_rows(FRESH_IMAGES, 1, draw))) for _ in range(N_FRESH)]))


def draw_picture(found: dict[str, tuple[list[float], list[float]]]):
    """Values with groups and without, a point per seed, and the truth."""
    figure, axes = pictures.make_panels(1, 1, (6, 4))
    ax = axes[0, 0]
    for k, name in enumerate(("with groups", "without groups")):
        points = [(i + 0.2 * k - 0.1, value) for i, values in enumerate(found.values()) for value in values[k]]
        ax.plot(*np.array(points).T, "o", markersize=4, label=name)
    ax.axhline(TRUTH, color="grey", linestyle=":", label="truth")
    ax.set(xticks=range(len(found)), xticklabels=list(found), ylabel="nats on fresh images")
    ax.grid(alpha=0.3)
    ax.legend(fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "loss.partners", "loss_partners")
    parser.add_argument("--seeds", type=int, default=5, help="of each bound")
    parser.add_argument("--steps", type=int, default=1_500, help="of training")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Critics of few groups", report.get_command())
    found = {}
    for bound in BOUNDS:
        with_groups, without = (
            [measure(bound, seed, options.steps, grouped=grouped) for seed in range(options.seeds)]
            for grouped in (True, False)
        )
        found[bound] = (with_groups, without)
    lines = [
        [
            bound,
            report.format_mean(values[0], 3),
            f"{min(values[0]):.3f} to {max(values[0]):.3f}",
            f"{sum(abs(value - TRUTH) < CLOSE for value in values[0])} of {options.seeds}",
            report.format_mean(values[1], 3),
        ]
        for bound, values in found.items()
    ]
    head = ["bound", "with groups", "smallest to largest", f"within {CLOSE}", "without groups"]
    out.add_table(f"Nats on fresh images (truth {TRUTH:.3f})", head, lines)
    out.write(options.output, draw_picture(found))


if __name__ == "__main__":
    main()
