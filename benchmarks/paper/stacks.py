"""Mode collapse on stacks of three digits: 1,000 modes, with and without the MI term.

The game is that of `modes`. A classifier of digits says which mode a sample shows, and how sure it is: modes alone
would also count noise. Attempts differ in digits, networks and steps; both methods of an attempt have the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from torch import nn

from benchmarks.common import report
from benchmarks.paper.digits import Digits, read_mnist, read_small_digits
from benchmarks.paper.modes import METHODS, Game, make_loss
from benchmarks.paper.shared import Section, Setting, make_perceptron, run_all

#: Stacks that modes are counted in: 26 per mode.
N_STACKS = 26_000

#: Numbers of noise and of the code that a generator reads. Arbitrary.
N_NOISE, N_CODE = 32, 16

#: Probability from which on the classifier is sure of a digit. Arbitrary.
SURE = 0.9

#: Modes of stacked MNIST in the paper, of 1,000 (table 1).
PAPER = "DCGAN 99, ALI 16, unrolled GAN 48.7, VEEGAN 150, PacGAN 1000, GAN + MINE 1000"

#: A generator and a discriminator of stacks of images of a side.
Networks = Callable[[int], tuple[nn.Module, nn.Module]]


def make_perceptrons(side: int, width: int = 256, width_of_discriminator: int = 256) -> tuple[nn.Module, nn.Module]:
    pixels = 3 * side**2
    generator = nn.Sequential(make_perceptron(N_NOISE + N_CODE, width, width, pixels), nn.Sigmoid())
    return generator, make_perceptron(pixels, width_of_discriminator, width_of_discriminator, 1)


def make_convolutions(side: int) -> tuple[nn.Module, nn.Module]:
    """Half as deep as those of Radford et al. (2016, DCGAN), with the digits as channels."""
    small = side // 4
    generator = nn.Sequential(
        nn.Linear(N_NOISE + N_CODE, 64 * small**2), nn.Unflatten(1, (64, small, small)), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 3, 4, 2, 1), nn.Sigmoid(), nn.Flatten(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Unflatten(1, (3, side, side)), nn.Conv2d(3, 32, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(64 * small**2, 1),
    )  # fmt: skip
    return generator, discriminator


@dataclass(frozen=True)
class Attempt:
    """Digits, networks and how they are trained."""

    name: str
    digits: Callable[[], Digits]
    networks: Networks
    n_steps: int
    batch: int = 256
    learning_rate: float = 2e-3


@dataclass(frozen=True)
class Judge:
    """A classifier of digits, how often it is right about others, and how often it is sure of them."""

    model: MLPClassifier
    accuracy: float
    sure: float


@cache
def train_judge(read: Callable[[], Digits]) -> Judge:
    """Train on four fifths of the images; the others say how good it is."""
    digits = read()
    x, x_new, y, y_new = train_test_split(digits.images, digits.labels, test_size=0.2, random_state=0)
    model = MLPClassifier((128,), random_state=0, max_iter=300).fit(x, y)
    return Judge(model, float(model.score(x_new, y_new)), measure_sureness(model.predict_proba(x_new)))


def measure_sureness(probabilities: NDArray[np.float64]) -> float:
    """Proportion of the images that the classifier is sure of."""
    return float((probabilities.max(1) >= SURE).mean())


def train(attempt: Attempt, method: str, seed: int) -> dict[str, object]:
    digits, judge = attempt.digits(), train_judge(attempt.digits)
    pool = torch.from_numpy(digits.images)

    def draw_stacks(n: int) -> torch.Tensor:
        return pool[torch.randint(len(pool), (n, 3))].flatten(1)

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        game = Game(*attempt.networks(digits.side), draw_stacks, N_NOISE, N_CODE,
                    attempt.n_steps, attempt.batch, attempt.learning_rate)  # fmt: skip
        game.play(make_loss(method, 3 * digits.side**2, N_CODE))
        with torch.no_grad():  # in batches, as a network with batch normalisation knows them
            samples = torch.cat([game.sample(1_000)[0] for _ in range(N_STACKS // 1_000)]).numpy()
    probabilities = judge.model.predict_proba(samples.reshape(-1, digits.side**2))
    counts = np.bincount(probabilities.argmax(1).reshape(-1, 3) @ [100, 10, 1], minlength=1000)
    p = counts / counts.sum()
    return {"attempt": attempt.name, "method": method, "seed": seed, "modes": int((counts > 0).sum()),
            "kl": float((p[p > 0] * np.log(1000 * p[p > 0])).sum()), "sure": measure_sureness(probabilities),
            "samples": samples[:4].reshape(4, 3, digits.side, digits.side).copy()}  # fmt: skip


def list_small(setting: Setting) -> list[Attempt]:
    n_steps = setting.choose(1_500, 3_000)
    return [Attempt("perceptrons", read_small_digits, make_perceptrons, n_steps)]


def list_mnist(setting: Setting) -> list[Attempt]:
    n_steps = setting.choose(300, 1_000)
    weak = partial(make_perceptrons, width_of_discriminator=32)
    return [
        Attempt("perceptrons", read_mnist, make_perceptrons, n_steps, 128, 1e-3),
        Attempt("weak discriminator", read_mnist, weak, n_steps, 128, 1e-3),
        Attempt("convolutions", read_mnist, make_convolutions, n_steps, 64, 5e-4),
    ]


def run(setting: Setting) -> Section:
    section = Section("Stacked digits", "The same with 1,000 modes: three digits side by side.")
    return report_attempts(section, list_small(setting), setting)


def run_mnist(setting: Setting) -> Section:
    question = "Does the MI term keep a GAN from dropping modes where digits have 28 x 28 pixels?"
    return report_attempts(Section("Stacked MNIST", question), list_mnist(setting), setting)


def report_attempts(section: Section, attempts: list[Attempt], setting: Setting) -> Section:
    """Play every attempt from several seeds."""
    seeds = setting.choose(1, 3)
    found = run_all([(a, m, s) for a in attempts for s in range(seeds) for m in METHODS], train, setting)
    judge, name = train_judge(attempts[0].digits), attempts[0].digits().name
    section.paragraphs += [
        f"{name}, {seeds} seeds, {N_STACKS:,} samples. A classifier of digits, right about "
        f"{100 * judge.accuracy:.1f} % of images that it was not trained on, names the mode. It is sure of a digit "
        f"from a probability of {SURE:g} on, as of {100 * judge.sure:.0f} % of these images. KL is the divergence of "
        f"the modes' proportions from equal ones. The paper, stacked MNIST: {PAPER}.",
        " ".join(f"{a.name.capitalize()}: {a.n_steps:,} steps of batches of {a.batch}, learning rate "
                 f"{a.learning_rate:g}." for a in attempts),
    ]  # fmt: skip
    rows: list[list[object]] = []
    for (attempt, method), runs in report.group_by(lambda r: (r["attempt"], r["method"]), found).items():
        modes = [r["modes"] for r in runs]
        rows.append([attempt, method, " ".join(map(str, modes)), report.format_mean(modes, 1),
                     report.format_mean([r["kl"] for r in runs], 3),
                     report.format_mean([r["sure"] for r in runs], 3)])  # fmt: skip
    head = ["attempt", "method", "modes of 1,000, one number per seed", "mean", "KL, nats", "sure digits"]
    section.tables.append(("Modes found", head, rows))
    section.figure = draw_stacks([r for r in found if r["seed"] == 0])
    return section


def draw_stacks(runs: list[dict[str, object]]) -> object:
    """Four stacks of each run."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 1.3 * len(runs)), layout="constrained")
    for ax, run in zip(np.atleast_1d(figure.subplots(len(runs), 1)), runs, strict=True):
        strip = np.hstack([np.hstack(list(stack)) for stack in np.asarray(run["samples"])])
        ax.imshow(strip, cmap="gray_r")
        ax.set(title=f"{run['attempt']}, {run['method']}", xticks=[], yticks=[])
    return figure
