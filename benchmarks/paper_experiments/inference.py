"""Adversarially learned inference on 25 Gaussians, with and without the MI term.

An encoder q(z | x) and a generator p(x | z) are trained until a discriminator cannot tell (x, z) of the one
from (x, z) of the other (Dumoulin et al. 2017). That leaves open how well x is found again from its z;
I(x, z) under q bounds it, and adding I(x, z) to the encoder's objective brings it down (Belghazi et al.
2018, section 5.2, eq. 21). Networks, rates and steps are the same with and without.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks import report
from benchmarks.paper_experiments.modes import CENTRES, covered, gaussians
from benchmarks.paper_experiments.shared import Falling, Section, Setting, descend, interval, over, perceptron
from skmine import mutual_info
from skmine.nn import MutualInfoLoss, backward_clipped

METHODS = ("ALI", "ALI + MINE", "ALI + InfoNCE")
#: Numbers of z, and of the noise that the encoder reads beside x.
N_LATENT, N_NOISE = 2, 2

#: In the paper (table 3): mean squared reconstruction errors.
PAPER = "MNIST: ALI 14.24, ALICE 3.20 and 5.20, ALI + MINE 9.73; CelebA: ALI 53.75, ALICE 8.01 and 92.56, MINE 36.11"


def trained(method: str, seed: int, n_steps: int) -> dict[str, object]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return _trained(method, seed, n_steps)


def _trained(method: str, seed: int, n_steps: int, batch: int = 256, rate: float = 1e-3) -> dict[str, object]:
    encoder, generator = perceptron(2 + N_NOISE, 128, 128, N_LATENT), perceptron(N_LATENT, 128, 128, 2)
    discriminator = perceptron(2 + N_LATENT, 128, 128, 1)
    sides = [*encoder.parameters(), *generator.parameters()]
    ours, theirs = (
        torch.optim.Adam(parameters, rate, betas=(0.5, 0.999)) for parameters in (sides, discriminator.parameters())
    )
    coupling = {
        "ALI + MINE": MutualInfoLoss(2, N_LATENT, "mine", "joint", n_negatives=4),
        "ALI + InfoNCE": MutualInfoLoss(2, N_LATENT, "infonce", "separable"),
    }.get(method)
    critic = None if coupling is None else torch.optim.Adam(coupling.parameters(), rate)
    falling = Falling(n_steps, ours, theirs, *([] if critic is None else [critic]))

    def encoded(x: Tensor) -> Tensor:
        return encoder(torch.cat([x, torch.randn(len(x), N_NOISE)], 1))

    def pairs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x, z = gaussians(batch), torch.randn(batch, N_LATENT)
        return x, encoded(x), generator(z), z

    for _ in range(n_steps):
        with torch.no_grad():
            x, of_x, of_z, z = pairs()
        descend(theirs, _told_apart(discriminator, x, of_x, of_z, z))
        x, of_x, of_z, z = pairs()
        task = _told_apart(discriminator, of_z, z, x, of_x)  # the labels turned round
        if coupling is None or critic is None:
            descend(ours, task)
        else:
            coupling.train_critic(critic, x, of_x)
            backward_clipped(task, -coupling(x, of_x), sides)
            ours.step()
        falling.step()
    with torch.no_grad():
        x = gaussians(10_000)
        z = encoded(x)
        again, samples = generator(z), generator(torch.randn(10_000, N_LATENT))
    modes, good = covered(samples)
    wrong = float((torch.cdist(again, CENTRES).argmin(1) != torch.cdist(x, CENTRES).argmin(1)).float().mean())
    return {
        "method": method,
        "seed": seed,
        "error": float((again - x).square().sum(1).mean()),
        "wrong": wrong,
        "mi": mutual_info(x[:4000].numpy(), z[:4000].numpy(), random_state=0).mi,
        "modes": modes,
        "good": good,
        "pair": (x[:1500].numpy(), again[:1500].numpy()),
    }


def _told_apart(discriminator: nn.Module, x: Tensor, of_x: Tensor, of_z: Tensor, z: Tensor) -> Tensor:
    """Loss of calling (x, q's z) real and (p's x, z) fake."""
    real, fake = discriminator(torch.cat([x, of_x], 1)), discriminator(torch.cat([of_z, z], 1))
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def run(setting: Setting) -> Section:
    seeds, n_steps = setting.choose(2, 10), setting.choose(5_000, 10_000)
    found = over([(m, s, n_steps) for s in range(seeds) for m in METHODS], trained, setting)
    section = Section("Adversarially learned inference", "Does the MI term bring x back from its z?")
    section.paragraphs += [
        f"25 Gaussians, z of two numbers, {n_steps:,} steps of batches of 256. Reconstruction: mean squared distance "
        "of x and the generator's x of the encoder's z, and how often that is another mode; MI(x, z) by "
        f"`skmine.mutual_info` on 4,000 fresh rows. The paper's reconstruction errors, {PAPER}.",
    ]
    of_method = report.by(lambda r: r["method"], found)
    rows: list[list[object]] = []
    for method, runs in of_method.items():
        less = [a["error"] - b["error"] for a, b in zip(runs, of_method["ALI"], strict=True)]
        means = [report.mean([r[k] for r in runs], 3) for k in ("error", "wrong", "mi", "good")]
        modes = report.mean([r["modes"] for r in runs], 1)
        rows.append([method, *means, modes, "" if method == "ALI" else interval(less)])
    head = ["method", "reconstruction error", "other mode", "MI(x, z), nats", "good samples", "modes of 25",
            "error less ALI's, paired, 95 %"]  # fmt: skip
    section.tables.append(("Reconstruction", head, rows))
    section.figure = picture([r for r in found if r["seed"] == 0])
    return section


def picture(runs: list[dict[str, object]]) -> object:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(runs), 4), layout="constrained")
    for ax, run in zip(figure.subplots(1, len(runs), sharey=True), runs, strict=True):
        x, again = (np.asarray(v) for v in run["pair"])  # type: ignore[attr-defined]
        ax.plot(*np.stack([x, again], 1).transpose(2, 1, 0), color=report.COLOURS["F"], lw=0.3, alpha=0.5)
        ax.scatter(*again.T, s=3, color=report.COLOURS["skmine" if "+" in str(run["method"]) else "sklearn"])
        ax.set(title=f"{run['method']}: x again, a line to x", xlim=(-2.7, 2.7), ylim=(-2.7, 2.7), aspect="equal")
    return figure
