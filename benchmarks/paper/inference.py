"""Adversarially learned inference on 25 Gaussians, with and without the MI term.

An encoder q(z | x) and a generator p(x | z) are trained until a discriminator cannot tell (x, z) of the one
from (x, z) of the other (Dumoulin et al. 2017). That leaves open how well x is reconstructed from its z;
I(x, z) under q bounds the error, and adding I(x, z) to the encoder's objective reduces it (Belghazi et al.
2018, section 5.2, eq. 21). Networks, learning rates and steps are the same with and without.
"""

import warnings
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.common import report
from benchmarks.common.pictures import COLOURS
from benchmarks.paper.modes import CENTRES, count_modes, draw_gaussians
from benchmarks.paper.shared import (
    Coupling,
    FallingRates,
    Section,
    Setting,
    descend,
    format_interval,
    make_perceptron,
    run_all,
)
from skmine import mutual_info
from skmine.exceptions import TrainingCutWarning
from skmine.nn import MutualInfoLoss

#: Without the MI term, and with two of its bounds.
METHODS = ("ALI", "ALI + MINE", "ALI + InfoNCE")

#: Numbers of z: as many as x has.
N_LATENT = 2

#: Numbers of noise that the encoder reads in addition to x. Arbitrary.
N_NOISE = 2

#: Rows per step. Arbitrary.
BATCH = 256

#: Of all networks. Arbitrary.
LEARNING_RATE = 1e-3

#: In the paper (table 3): mean squared reconstruction errors.
PAPER = "MNIST: ALI 14.24, ALICE 3.20 and 5.20, ALI + MINE 9.73; CelebA: ALI 53.75, ALICE 8.01 and 92.56, MINE 36.11"


class Networks:
    """An encoder, a generator, and a discriminator of their pairs."""

    def __init__(self) -> None:
        self.encoder = make_perceptron(2 + N_NOISE, 128, 128, N_LATENT)
        self.generator = make_perceptron(N_LATENT, 128, 128, 2)
        self.discriminator = make_perceptron(2 + N_LATENT, 128, 128, 1)
        self.players = [*self.encoder.parameters(), *self.generator.parameters()]

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(torch.cat([x, torch.randn(len(x), N_NOISE)], 1))

    def draw_pairs(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """X, its z by the encoder, the generator's x of z, z."""
        x, z = draw_gaussians(BATCH), torch.randn(BATCH, N_LATENT)
        return x, self.encode(x), self.generator(z), z

    def compute_loss(self, x: Tensor, z_of_x: Tensor, x_of_z: Tensor, z: Tensor) -> Tensor:
        """The discriminator's, of calling (x, the encoder's z) real and (the generator's x, z) fake."""
        real, fake = self.discriminator(torch.cat([x, z_of_x], 1)), self.discriminator(torch.cat([x_of_z, z], 1))
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    def play(self, coupling: Coupling, n_steps: int) -> None:
        """Train the discriminator against the other two."""
        players, discriminator = (
            torch.optim.Adam(parameters, LEARNING_RATE, betas=(0.5, 0.999))
            for parameters in (self.players, self.discriminator.parameters())
        )
        rates = FallingRates(n_steps, players, discriminator, *coupling.optimizers)
        for _ in range(n_steps):
            with torch.no_grad():
                x, z_of_x, x_of_z, z = self.draw_pairs()
            descend(discriminator, self.compute_loss(x, z_of_x, x_of_z, z))
            x, z_of_x, x_of_z, z = self.draw_pairs()
            task = self.compute_loss(x_of_z, z, x, z_of_x)  # the labels exchanged
            coupling.descend(players, self.players, task, partial(_pair, x, z_of_x))
            rates.step()


def _pair(x: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    return x, z


def make_coupling(method: str) -> Coupling:
    # Both losses are made whatever the method: the random numbers that follow are then the same for all methods.
    losses = {
        "ALI + MINE": MutualInfoLoss(2, N_LATENT, "mine", "joint", n_negatives=4),
        "ALI + InfoNCE": MutualInfoLoss(2, N_LATENT, "infonce", "separable"),
    }
    return Coupling(losses.get(method), LEARNING_RATE)


def train(method: str, seed: int, n_steps: int) -> dict[str, object]:
    """One run, and what is measured of it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        networks = Networks()
        networks.play(make_coupling(method), n_steps)
        return {"method": method, "seed": seed, **measure(networks)}


def measure(networks: Networks) -> dict[str, object]:
    """Reconstruction, information and samples, on fresh rows."""
    with torch.no_grad():
        x = draw_gaussians(10_000)
        z = networks.encode(x)
        again, samples = networks.generator(z), networks.generator(torch.randn(10_000, N_LATENT))
    modes, good = count_modes(samples)
    wrong = float((torch.cdist(again, CENTRES).argmin(1) != torch.cdist(x, CENTRES).argmin(1)).float().mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingCutWarning)  # the report says so
        found = mutual_info(x[:4000].numpy(), z[:4000].numpy(), random_state=0)
    return {
        "error": float((again - x).square().sum(1).mean()),
        "wrong": wrong,
        "mi": found.mi,
        "cut": any("max_iter" in sentence for sentence in found.warnings),
        "modes": modes,
        "good": good,
        "pair": (x[:1500].numpy(), again[:1500].numpy()),
    }


def run(setting: Setting) -> Section:
    seeds, n_steps = setting.choose(2, 10), setting.choose(5_000, 10_000)
    found = run_all([(m, s, n_steps) for s in range(seeds) for m in METHODS], train, setting)
    section = Section("Adversarially learned inference", "Does the MI term improve the reconstruction of x from its z?")
    section.paragraphs += [
        f"25 Gaussians, z of two numbers, {n_steps:,} steps of batches of {BATCH}. Reconstruction: mean squared "
        "distance of x and the generator's x of the encoder's z, and how often that is in another mode; MI(x, z) by "
        f"`skmine.mutual_info` on 4,000 fresh rows. The paper's reconstruction errors, {PAPER}.",
    ]
    n_cut = sum(bool(r["cut"]) for r in found)
    if n_cut:
        section.paragraphs.append(
            f"MI(x, z) of {n_cut} of the {len(found)} runs still rose when its training ended: it is more than is said."
        )
    of_method = report.group_by(lambda r: r["method"], found)
    rows: list[list[object]] = []
    for method, runs in of_method.items():
        difference = [a["error"] - b["error"] for a, b in zip(runs, of_method["ALI"], strict=True)]
        means = [report.format_mean([r[k] for r in runs], 3) for k in ("error", "wrong", "mi", "good")]
        modes = report.format_mean([r["modes"] for r in runs], 1)
        rows.append([method, *means, modes, "" if method == "ALI" else format_interval(difference)])
    head = ["method", "reconstruction error", "other mode", "MI(x, z), nats", "good samples", "modes of 25",
            "error minus ALI's, paired, 95 %"]  # fmt: skip
    section.tables.append(("Reconstruction", head, rows))
    section.figure = draw_reconstructions([r for r in found if r["seed"] == 0])
    return section


def draw_reconstructions(runs: list[dict[str, object]]) -> object:
    """Reconstructed points, each with a line to its x."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(runs), 4), layout="constrained")
    for ax, run in zip(figure.subplots(1, len(runs), sharey=True), runs, strict=True):
        x, again = (np.asarray(v) for v in run["pair"])  # type: ignore[attr-defined]
        ax.plot(*np.stack([x, again], 1).transpose(2, 1, 0), color=COLOURS["F"], lw=0.3, alpha=0.5)
        ax.scatter(*again.T, s=3, color=COLOURS["skmine" if "+" in str(run["method"]) else "sklearn"])
        ax.set(title=f"{run['method']}: reconstructed x, lines to x", xlim=(-2.7, 2.7), ylim=(-2.7, 2.7),
               aspect="equal")  # fmt: skip
    return figure
