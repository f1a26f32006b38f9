"""Mode collapse: a GAN on 25 Gaussians, with and without the MI term; `stacks` plays the same game with digits.

The generator reads noise and a code; I(G(noise, code); code) is added to its objective, its gradient no
longer than the adversarial one (Belghazi et al. 2018, section 5.1). The critic sees blurred samples: without noise,
the information between samples and code is infinite, and can grow for ever within one mode; blurred, it grows only as
the samples spread. Networks, learning rates and steps are the same with and without.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.common import report
from benchmarks.common.pictures import COLOURS
from benchmarks.paper.shared import Coupling, FallingRates, Section, Setting, descend, make_perceptron, run_all
from skmine.nn import MutualInfoLoss

#: 25 modes on a grid.
CENTRES = torch.cartesian_prod(torch.linspace(-2, 2, 5), torch.linspace(-2, 2, 5))

#: Standard deviation of a mode. Arbitrary: a twentieth of the distance between modes.
SPREAD = 0.05

#: Standard deviations from a centre within which a sample is good: as Srivastava et al. (2017, VEEGAN) count.
GOOD = 3.0

#: A mode is covered by this proportion of its due number of good samples. Arbitrary.
COVERS = 0.1

#: Standard deviation of the noise on the samples that MINE's critic sees: six times a mode's, so that its critic cannot
#: read the code from where in a mode a sample is.
BLUR = 0.3

#: Samples that modes are counted in: 400 per mode.
N_SAMPLES = 10_000

#: With and without the MI term.
METHODS = ("GAN", "GAN + MINE")


@dataclass(frozen=True)
class Game:
    """Networks and how they are trained."""

    generator: nn.Module
    discriminator: nn.Module
    data: Callable[[int], Tensor]
    n_noise: int
    n_code: int
    n_steps: int
    batch: int = 256
    learning_rate: float = 2e-3

    def draw_latent(self, n: int) -> tuple[Tensor, Tensor]:
        return torch.randn(n, self.n_noise), 2 * torch.rand(n, self.n_code) - 1

    def sample(self, n: int) -> tuple[Tensor, Tensor]:
        """Samples and their codes."""
        noise, code = self.draw_latent(n)
        return self.generator(torch.cat([noise, code], 1)), code

    def play(self, loss: MutualInfoLoss | None) -> None:
        """Train, by Goodfellow's non-saturating losses and the MI term, if there is one."""
        generator, discriminator = (
            torch.optim.Adam(net.parameters(), self.learning_rate, betas=(0.5, 0.999))
            for net in (self.generator, self.discriminator)
        )
        coupling = Coupling(loss, self.learning_rate)
        rates = FallingRates(self.n_steps, generator, discriminator, *coupling.optimizers)
        for _ in range(self.n_steps):
            with torch.no_grad():
                fake, _ = self.sample(self.batch)
            real = self.data(self.batch)
            descend(
                discriminator,
                F.softplus(-self.discriminator(real)).mean() + F.softplus(self.discriminator(fake)).mean(),
            )
            fake, code = self.sample(self.batch)
            task = F.softplus(-self.discriminator(fake)).mean()
            coupling.descend(generator, self.generator.parameters(), task, partial(blur, fake, code))
            rates.step()


def blur(samples: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
    """What MINE's critic sees."""
    return samples + BLUR * torch.randn_like(samples), code


def make_loss(method: str, dim: int, n_code: int) -> MutualInfoLoss | None:
    return MutualInfoLoss(dim, n_code, n_negatives=4) if method == "GAN + MINE" else None


def draw_gaussians(n: int) -> Tensor:
    return CENTRES[torch.randint(25, (n,))] + SPREAD * torch.randn(n, 2)


def count_modes(samples: Tensor) -> tuple[int, float]:
    """Modes that are covered, and the proportion of good samples."""
    distance, mode = torch.cdist(samples, CENTRES).min(1)
    good = distance < GOOD * SPREAD
    counts = torch.bincount(mode[good], minlength=25)
    return int((counts >= COVERS * len(samples) / 25).sum()), float(good.float().mean())


def train_on_gaussians(method: str, seed: int, n_steps: int) -> dict[str, object]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        game = Game(make_perceptron(4, 128, 128, 2), make_perceptron(2, 128, 128, 1), draw_gaussians, 2, 2, n_steps)
        game.play(make_loss(method, 2, 2))
        with torch.no_grad():
            samples, _ = game.sample(N_SAMPLES)
    modes, good = count_modes(samples)
    return {"method": method, "seed": seed, "modes": modes, "good": good, "samples": samples[:2000].numpy()}


def run(setting: Setting) -> Section:
    seeds, n_steps = setting.choose(2, 10), setting.choose(5_000, 9_000)
    found = run_all([(m, s, n_steps) for s in range(seeds) for m in METHODS], train_on_gaussians, setting)
    section = Section("25 Gaussians", "Does the MI term keep a GAN from dropping modes?")
    section.paragraphs += [
        f"{n_steps:,} steps of batches of 256; MINE's critic sees samples with noise of {BLUR:g}. A sample is good "
        f"within {GOOD:g} standard deviations of a centre, and a mode is covered by a tenth of its due number of good "
        f"samples among {N_SAMPLES:,}. The paper shows the same as a picture: a GAN that misses modes, and GAN + MINE "
        "on all 25.",
    ]
    rows: list[list[object]] = []
    for method, runs in report.group_by(lambda r: r["method"], found).items():
        modes = [r["modes"] for r in runs]
        rows.append([method, " ".join(map(str, modes)), f"{sum(m == 25 for m in modes)} of {len(runs)}",
                     report.format_mean(modes, 1), report.format_mean([r["good"] for r in runs], 3)])  # fmt: skip
    head = ["method", "modes of 25, one number per seed", "all 25", "mean", "good samples"]
    section.tables.append(("Modes covered", head, rows))
    section.figure = draw_samples([r for r in found if r["seed"] == 0])
    return section


def draw_samples(runs: list[dict[str, object]]) -> object:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * (len(runs) + 1), 4), layout="constrained")
    axes = figure.subplots(1, len(runs) + 1, sharex=True, sharey=True)
    shown = {"data": draw_gaussians(2000).numpy(), **{str(r["method"]): r["samples"] for r in runs}}
    for ax, (name, points) in zip(axes, shown.items(), strict=True):
        ax.scatter(*np.asarray(points).T, s=3, alpha=0.4, color=COLOURS["skmine" if "+" in name else "F"])
        ax.set(title=name, xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal")
    return figure
