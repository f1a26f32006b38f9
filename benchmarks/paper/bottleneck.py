"""Information bottleneck: digits behind a deterministic, a variational and a MINE bottleneck.

Cross-entropy of the labels from Z, plus a weight times an estimate of I(X; Z): none, the variational bound
KL(q(z | x) || N(0, 1)) of Alemi et al. (2017), or MINE's, of a critic that is trained against the encoder (Belghazi et
al. 2018, section 5.3). Encoders, splits and initial weights are the same for all; the weight of the term is chosen on
a part of the training rows.
"""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from benchmarks.common import report
from benchmarks.common.pictures import COLOURS
from benchmarks.paper.modes import read_digits
from benchmarks.paper.shared import (
    FallingRates,
    Section,
    Setting,
    descend,
    format_interval,
    make_perceptron,
    run_all,
)
from skmine import mutual_info
from skmine.nn import MutualInfoLoss

#: Weights that validation rows choose from, by bottleneck. Arbitrary: three, each about three times the one before.
WEIGHTS: dict[str, tuple[float, ...]] = {
    "deterministic": (0.0,),
    "noise alone": (0.0,),
    "variational": (1e-3, 3e-3, 1e-2),
    "MINE": (0.1, 0.3, 1.0),
}

#: Numbers of Z. Arbitrary: a quarter of the pixels.
N_LATENT = 16

#: Steps of MINE's critic for each step of the encoder. Arbitrary.
CRITIC_STEPS = 4

#: Proportion of the training rows that weights are trained on, before the others choose. Arbitrary.
TRAINING_PROPORTION = 0.75

#: Draws of Z that the labels' probabilities are averaged over, as in the paper.
N_DRAWS = 12

#: Test errors of MNIST in the paper (table 4).
PAPER = "deterministic 1.38 %, variational 1.13 %, MINE 1.01 %"

Results = dict[str, dict[str, float]]


class Bottleneck(nn.Module):
    """X to the mean and standard deviation of Z, Z to the labels."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.noisy = method != "deterministic"
        self.encoder, self.decoder = make_perceptron(64, 256, 256, 2 * N_LATENT), nn.Linear(N_LATENT, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Z, its mean and its standard deviation."""
        mean, spread = self.encoder(x).chunk(2, 1)
        sigma = F.softplus(spread - 1)
        return (mean + sigma * torch.randn_like(mean) if self.noisy else mean), mean, sigma


def compute_divergence(mean: Tensor, sigma: Tensor) -> Tensor:
    """KL(N(mean, sigma) || N(0, 1)), averaged over rows."""
    return (0.5 * (mean.square() + sigma.square() - 1) - sigma.log()).sum(1).mean()


def train(method: str, weight: float, x: Tensor, y: Tensor, n_steps: int, batch: int = 128) -> Bottleneck:
    net = Bottleneck(method)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    loss = MutualInfoLoss(64, N_LATENT, "mine", n_negatives=8, minimize=True)
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


def train_from_seed(seed: int, method: str, weight: float, x: Tensor, y: Tensor, n_steps: int) -> Bottleneck:
    torch.manual_seed(seed)
    return train(method, weight, x, y, n_steps)


def choose_weight(seed: int, method: str, x: Tensor, y: Tensor, n_steps: int) -> float:
    """The weight with the smallest loss on a part of the rows, trained on the others."""
    n = int(TRAINING_PROPORTION * len(x))

    def validate(weight: float) -> float:
        return compute_loss(train_from_seed(seed, method, weight, x[:n], y[:n], n_steps), x[n:], y[n:])

    weights = WEIGHTS[method]
    return min(weights, key=validate) if len(weights) > 1 else weights[0]


def compare_methods(seed: int, n_steps: int) -> Results:
    """Every method on one split."""
    images, labels = read_digits()
    train_x, test_x, train_y, test_y = (
        torch.from_numpy(v) for v in train_test_split(images, labels, test_size=0.4, random_state=seed, stratify=labels)
    )
    out: Results = {}
    with torch.random.fork_rng():
        for method in WEIGHTS:
            weight = choose_weight(seed, method, train_x, train_y, n_steps)
            net = train_from_seed(seed, method, weight, train_x, train_y, n_steps)
            with torch.no_grad():
                z = net(test_x)[0].numpy()
            mi = mutual_info(test_x.numpy(), z, random_state=0).mi
            out[method] = {"error": compute_error(net, test_x, test_y), "weight": weight, "mi": mi}
    return out


def run(setting: Setting) -> Section:
    seeds, n_steps = setting.choose(3, 12), setting.choose(400, 800)
    found = run_all([(s, n_steps) for s in range(seeds)], compare_methods, setting)
    section = Section("Information bottleneck", "Do digits generalise better behind a bottleneck, best behind MINE's?")
    section.paragraphs += [
        f"scikit-learn's digits (8 x 8), {seeds} splits of 60 % to train on, {n_steps:,} steps of batches of 128, Z of "
        f"{N_LATENT} numbers, {CRITIC_STEPS} steps of MINE's critic for each step of the encoder; weights chosen on a "
        "quarter of the training rows. MI(X, Z) by `skmine.mutual_info` on the 719 test rows; 240 are held out in turn "
        f"and certify log 240 = {np.log(240):.1f} nats at most. The paper, MNIST: {PAPER}.",
    ]
    base = [f["deterministic"]["error"] for f in found]
    rows: list[list[object]] = []
    for method in WEIGHTS:
        errors = [f[method]["error"] for f in found]
        difference = [100 * (a - b) for a, b in zip(errors, base, strict=True)]
        chosen = sorted({f[method]["weight"] for f in found})
        rows.append([method, report.format_mean([100 * e for e in errors], 2),
                     "" if method == "deterministic" else format_interval(difference),
                     report.format_mean([f[method]["mi"] for f in found], 2),
                     " ".join(f"{w:g}" for w in chosen)])  # fmt: skip
    head = ["bottleneck", "test error, %", "minus deterministic's, paired, 95 %", "MI(X, Z), nats", "weights chosen"]
    section.tables.append(("Errors", head, rows))
    section.figure = draw_picture(found)
    return section


def draw_picture(found: list[Results]) -> object:
    """Test error against MI(X, Z)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    colours = [COLOURS[name] for name in ("F", "ennemi", "sklearn", "skmine")]
    for method, colour in zip(WEIGHTS, colours, strict=True):
        points = np.array([[f[method]["mi"], 100 * f[method]["error"]] for f in found])
        ax.scatter(*points.T, s=12, alpha=0.5, color=colour)
        ax.scatter(*points.mean(0), s=120, marker="*", color=colour, label=method)
    ax.set(xlabel="MI(X, Z), nats", ylabel="test error, %", title="One dot per split, a star for the mean")
    ax.legend()
    return figure
