"""Information bottleneck: digits behind a deterministic, a variational and a MINE bottleneck.

Cross-entropy of the labels from Z, plus a weight times an estimate of I(X; Z): none, the variational bound
KL(q(z | x) || N(0, 1)) of Alemi et al. (2017), or MINE's, of a critic that is trained against the encoder (Belghazi et
al. 2018, section 5.3). Encoders, splits and initial weights are the same for all; the weight of the term is chosen on
a part of the training rows. The noise of Z is known, so that I(X; Z) of test rows has exact bounds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from benchmarks.common import report
from benchmarks.common.pictures import COLOURS
from benchmarks.paper.digits import Digits, read_mnist, read_small_digits
from benchmarks.paper.shared import (
    FallingRates,
    Section,
    Setting,
    descend,
    format_interval,
    make_perceptron,
    run_all,
)
from skmine.nn import MutualInfoLoss, noisy_information

#: Weights that validation rows choose from, by bottleneck. Arbitrary: three, each about three times the one before.
WEIGHTS: dict[str, tuple[float, ...]] = {
    "deterministic": (0.0,),
    "noise alone": (0.0,),
    "variational": (1e-3, 3e-3, 1e-2),
    "MINE": (0.1, 0.3, 1.0),
}

#: Steps of MINE's critic for each step of the encoder. Arbitrary.
CRITIC_STEPS = 4

#: Proportion of the training rows that weights are trained on, before the others choose. Arbitrary.
TRAINING_PROPORTION = 0.75

#: Draws of Z that the labels' probabilities are averaged over, as in the paper.
N_DRAWS = 12

#: Test errors of MNIST in the paper (table 4).
PAPER = "deterministic 1.38 %, variational 1.13 %, MINE 1.01 %"

Results = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Size:
    """Units of the encoder's two layers, and numbers of Z. Arbitrary: a quarter of 64 pixels."""

    width: int = 256
    n_latent: int = 16


@dataclass(frozen=True)
class Attempt:
    """Digits, networks, and how long they are trained."""

    name: str
    digits: Callable[[], Digits]
    n_train: int
    n_test: int
    n_steps: int
    size: Size = Size()


class Bottleneck(nn.Module):
    """X to the mean and standard deviation of Z, Z to the labels."""

    def __init__(self, method: str, n_pixels: int, size: Size) -> None:
        super().__init__()
        self.noisy = method != "deterministic"
        self.encoder = make_perceptron(n_pixels, size.width, size.width, 2 * size.n_latent)
        self.decoder = nn.Linear(size.n_latent, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Z, its mean and its standard deviation."""
        mean, spread = self.encoder(x).chunk(2, 1)
        sigma = F.softplus(spread - 1)
        return (mean + sigma * torch.randn_like(mean) if self.noisy else mean), mean, sigma


def compute_divergence(mean: Tensor, sigma: Tensor) -> Tensor:
    """KL(N(mean, sigma) || N(0, 1)), averaged over rows."""
    return (0.5 * (mean.square() + sigma.square() - 1) - sigma.log()).sum(1).mean()


def train(
    method: str, weight: float, x: Tensor, y: Tensor, n_steps: int, size: Size = Size(), batch: int = 128
) -> Bottleneck:
    net = Bottleneck(method, x.shape[1], size)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    loss = MutualInfoLoss(x.shape[1], size.n_latent, "mine", n_negatives=8, minimize=True)
    critic = torch.optim.Adam(loss.parameters(), 1e-3)
    rates = FallingRates(n_steps, optimizer, critic)
    for _ in range(n_steps):
        rows = torch.randint(len(x), (batch,))
        z, mean, sigma = net(x[rows])
        task = F.cross_entropy(net.decoder(z), y[rows])
        if method == "MINE":
            loss.train_critic(critic, x[rows], z, n_steps=CRITIC_STEPS)
            task = task + weight * loss(x[rows], z)
        elif method == "variational":
            task = task + weight * compute_divergence(mean, sigma)
        descend(optimizer, task)
        rates.step()
    return net


def predict(net: Bottleneck, x: Tensor) -> Tensor:
    """Probabilities of the labels, (n, 10): the mean over draws of Z."""
    with torch.no_grad():
        return torch.stack([net.decoder(net(x)[0]).softmax(1) for _ in range(N_DRAWS)]).mean(0)


def compute_error(net: Bottleneck, x: Tensor, y: Tensor) -> float:
    """Proportion of wrong labels."""
    return float((predict(net, x).argmax(1) != y).float().mean())


def compute_loss(net: Bottleneck, x: Tensor, y: Tensor) -> float:
    """Cross-entropy: more precise than the error where rows are few."""
    return float(F.nll_loss(predict(net, x).clamp(min=1e-12).log(), y))


def bound_information(net: Bottleneck, x: Tensor) -> tuple[float, float]:
    """Bounds of I(X; Z) in nats; without noise it is infinite, and the lower one has reached the log of the rows."""
    if not net.noisy:
        return math.log(len(x)), math.inf
    with torch.no_grad():
        _, mean, sigma = net(x)
        bounds = noisy_information(mean, sigma)
    return float(bounds.lower), float(bounds.upper)


def train_from_seed(seed: int, method: str, weight: float, x: Tensor, y: Tensor, attempt: Attempt) -> Bottleneck:
    torch.manual_seed(seed)
    return train(method, weight, x, y, attempt.n_steps, attempt.size)


def choose_weight(seed: int, method: str, x: Tensor, y: Tensor, attempt: Attempt) -> float:
    """The weight with the smallest loss on a part of the rows, trained on the others."""
    n = int(TRAINING_PROPORTION * len(x))

    def validate(weight: float) -> float:
        return compute_loss(train_from_seed(seed, method, weight, x[:n], y[:n], attempt), x[n:], y[n:])

    weights = WEIGHTS[method]
    return min(weights, key=validate) if len(weights) > 1 else weights[0]


def compare_methods(attempt: Attempt, seed: int) -> Results:
    """Every method on one split."""
    digits = attempt.digits()
    sizes = {"train_size": attempt.n_train, "test_size": attempt.n_test}
    parts = train_test_split(digits.images, digits.labels, **sizes, random_state=seed, stratify=digits.labels)
    train_x, test_x, train_y, test_y = map(torch.from_numpy, parts)
    out: Results = {}
    with torch.random.fork_rng():
        for method in WEIGHTS:
            weight = choose_weight(seed, method, train_x, train_y, attempt)
            net = train_from_seed(seed, method, weight, train_x, train_y, attempt)
            lower, upper = bound_information(net, test_x)
            error = compute_error(net, test_x, test_y)
            out[method] = {"error": error, "weight": weight, "lower": lower, "upper": upper}
    return out


def list_small(setting: Setting) -> list[Attempt]:
    return [Attempt("Z of 16", read_small_digits, 1_078, 719, setting.choose(400, 800))]


def list_mnist(setting: Setting) -> list[Attempt]:
    n_steps = setting.choose(100, 300)
    return [
        Attempt("Z of 16", read_mnist, 3_000, 2_000, n_steps),
        Attempt("Z of 64", read_mnist, 3_000, 2_000, n_steps, Size(n_latent=64)),
        Attempt("1,000 training rows", read_mnist, 1_000, 2_000, n_steps),
    ]


def run(setting: Setting) -> Section:
    section = Section("Information bottleneck", "Do digits generalise better behind a bottleneck, best behind MINE's?")
    return report_attempts(section, list_small(setting), setting.choose(3, 12), setting)


def run_mnist(setting: Setting) -> Section:
    question = "Do digits of 28 x 28 pixels generalise better behind a bottleneck, best behind MINE's?"
    section = Section("Information bottleneck of MNIST", question)
    return report_attempts(section, list_mnist(setting), setting.choose(1, 3), setting)


def report_attempts(section: Section, attempts: list[Attempt], seeds: int, setting: Setting) -> Section:
    """Compare the methods of every attempt on several splits."""
    runs = [(attempt, seed) for attempt in attempts for seed in range(seeds)]
    found = run_all(runs, compare_methods, setting)
    section.paragraphs += [
        f"{attempts[0].digits().name}, {seeds} splits, batches of 128, {CRITIC_STEPS} steps of MINE's critic for each "
        "step of the encoder; weights chosen on a quarter of the training rows. I(X; Z) lies between exact bounds of "
        "the test rows (`skmine.nn.noisy_information`), of which the lower one is at most the log of their number, and "
        f"the upper one is far off for many numbers; without noise it is infinite. The paper, MNIST: {PAPER}.",
        " ".join(f"{a.name}: encoders of {a.size.width} and {a.size.width} units, {a.n_train:,} training rows, "
                 f"{a.n_steps:,} steps." for a in attempts),
    ]  # fmt: skip
    rows: list[list[object]] = []
    by_attempt = {a.name: [f for f, (b, _) in zip(found, runs, strict=True) if a is b] for a in attempts}
    for name, results in by_attempt.items():
        rows += [[name, *row] for row in compare_errors(results)]
    head = ["attempt", "bottleneck", "test error, %", "minus deterministic's, paired, 95 %", "I(X; Z) at least, nats",
            "at most", "weights chosen"]  # fmt: skip
    section.tables.append(("Errors", head, rows))
    section.figure = draw_picture(by_attempt)
    return section


def compare_errors(found: list[Results]) -> list[list[object]]:
    """A row for each bottleneck, with errors in percent beside the deterministic one's."""
    base = [f["deterministic"]["error"] for f in found]
    rows: list[list[object]] = []
    for method in WEIGHTS:
        errors = [f[method]["error"] for f in found]
        difference = [100 * (a - b) for a, b in zip(errors, base, strict=True)]
        chosen = sorted({f[method]["weight"] for f in found})
        rows.append([method, report.format_mean([100 * e for e in errors], 2),
                     "" if method == "deterministic" else format_interval(difference),
                     *("" if method == "deterministic" else report.format_mean([f[method][side] for f in found], 2)
                       for side in ("lower", "upper")),
                     " ".join(f"{w:g}" for w in chosen)])  # fmt: skip
    return rows


def draw_picture(by_attempt: dict[str, list[Results]]) -> object:
    """Test error against the lower bound of I(X; Z)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.5 + 4.5 * len(by_attempt), 4), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(by_attempt)))
    colours = [COLOURS[name] for name in ("F", "ennemi", "sklearn", "skmine")]
    for ax, (name, found) in zip(axes, by_attempt.items(), strict=True):
        for method, colour in zip(WEIGHTS, colours, strict=True):
            points = np.array([[f[method]["lower"], 100 * f[method]["error"]] for f in found])
            ax.scatter(*points.T, s=12, alpha=0.5, color=colour)
            ax.scatter(*points.mean(0), s=120, marker="*", color=colour, label=method)
        ax.set(xlabel="I(X; Z) at least, nats", ylabel="test error, %", title=f"{name}: dots are splits, stars means")
    axes[0].legend()
    return figure
