"""Minimising that is sure: what fresh rows share after training, and what was kept.

Two tasks. A planted nuisance: an encoder of (s + v, s - v, v) is to keep the task's s + v, and to shed v; s alone
is the answer, and what is left of v is computed from a correlation of fresh rows: all is linear and normal.
Digits with a shifted domain: scikit-learn's images, half of them brighter by a quarter of the range; an encoder is to
name the digit, learnt on the darker half alone, and to hide the domain. A linear model and boosting, trained on fresh
images of both domains, then guess the domain of others (.5 is chance), and the classifier's accuracy is measured.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from benchmarks.common import pictures, report
from skmine.core.bounds import UPPER_BOUNDS
from skmine.nn import GuardedLoss, MutualInfoLoss

#: Ways to minimise: the bound, and its weight in the task with a planted nuisance.
WAYS = {"InfoNCE, guarded": ("infonce", 50.0), "CLUB, guarded": ("club", 50.0), "leave-one-out, guarded": ("loo", 50.0)}

#: Weights of the domain's information beside the cross-entropy of the digits.
WEIGHTS = (0.0, 1.0, 5.0, 20.0)

#: What is added to each pixel of the other domain, of a range from 0 to 1.
SHIFT = 0.25

#: Of the critic of the domain. One layer of 64 falls behind unseen: boosting then still names nine domains of ten.
LAYERS = (128, 128)

#: Promises: nats left of the nuisance, share of the target kept, the probes' and the classifier's accuracy.
MOST_LEFT = 0.02
LEAST_KEPT = 0.95
MOST_PROBED = 0.65
LEAST_ACCURACY = 0.80


def standardise(z: Tensor) -> Tensor:
    return (z - z.mean(0)) / (z.std(0) + 1e-4)


def make_guarded(n_inputs: int, bound: str, layers: tuple[int, ...], n_steps: int, seed: int) -> GuardedLoss:
    draw = torch.Generator().manual_seed(seed)
    architecture = "gaussian" if bound in UPPER_BOUNDS else "separable"
    loss = MutualInfoLoss(n_inputs, 1, bound, architecture, hidden_layer_sizes=layers, minimize=True, generator=draw)
    return GuardedLoss(loss, n_steps=n_steps)


def train(
    parameters: Sequence[nn.Parameter], n_steps: int, learning_rate: float, compute_loss: Callable[[], Tensor]
) -> None:
    optimizer = torch.optim.Adam(parameters, learning_rate)
    for _ in range(n_steps):
        loss = compute_loss()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def correlate(z: Tensor, other: Tensor) -> float:
    return float(np.corrcoef(z[:, 0].numpy(), other[:, 0].numpy())[0, 1])


def shed_nuisance(bound: str, weight: float, seed: int, n_steps: int) -> tuple[float, float]:
    """Nats left of the nuisance on fresh rows, and the share of the target's variance that is kept."""
    draw = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    encoder, guarded = nn.Linear(3, 1), make_guarded(1, bound, (64,), 3, seed)
    nn.init.constant_(encoder.weight, 0.3)

    def observe(n: int) -> tuple[Tensor, Tensor, Tensor]:
        s, v = torch.randn(2, n, 1, generator=draw)
        return torch.cat([s + v, s - v, v], 1), s, v

    def compute_loss() -> Tensor:
        x, s, v = observe(128)
        z = encoder(x)
        return (z - s - v).square().mean() + guarded(standardise(z), v, weight=weight)

    train(list(encoder.parameters()), n_steps, 1e-2, compute_loss)
    x, s, v = observe(20_000)
    z = encoder(x).detach()
    return -0.5 * math.log(1 - correlate(z, v) ** 2), correlate(z, s) ** 2


@dataclass(frozen=True)
class Parted:
    """What is left of the domain, by two probes and by `GuardedLoss.check` in nats, and the digits' accuracy."""

    linear: float
    boosted: float
    nats: float
    accuracy: float

    @property
    def good(self) -> bool:
        return max(self.linear, self.boosted) < MOST_PROBED and self.accuracy >= LEAST_ACCURACY


def part_domains(weight: float, seed: int, n_steps: int) -> Parted:
    """Hide the domain of digits; measured on images that nothing was trained on."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    images, digits = load_digits(return_X_y=True)
    domain = rng.permutation(len(digits)) % 2
    rows = torch.from_numpy(images / 16 + SHIFT * domain[:, None]).float()
    names, sides = torch.from_numpy(digits).long(), torch.from_numpy(2.0 * domain - 1).float()[:, None]
    order = torch.from_numpy(rng.permutation(len(digits)))
    known, fresh = order[: len(order) // 2], order[len(order) // 2 :]
    encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
    classifier = nn.Linear(16, 10)
    guarded = make_guarded(16, "js", LAYERS, 8, seed)

    def compute_loss() -> Tensor:
        batch = known[torch.from_numpy(rng.choice(len(known), 256, replace=False))]
        z = standardise(encoder(rows[batch]))
        source = sides[batch, 0] < 0
        task = nn.functional.cross_entropy(classifier(z[source]), names[batch][source])
        return task + guarded(z, sides[batch], weight=weight)

    train([*encoder.parameters(), *classifier.parameters()], n_steps, 1e-3, compute_loss)
    with torch.no_grad():
        z = standardise(encoder(rows[fresh]))
        right = (classifier(z).argmax(1) == names[fresh])[sides[fresh, 0] < 0]
    nats = guarded.check(z, sides[fresh], warn_above=math.inf)
    probes = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), HistGradientBoostingClassifier()
    linear, boosted = (float(cross_val_score(probe, z.numpy(), domain[fresh.numpy()], cv=3).mean()) for probe in probes)
    return Parted(linear, boosted, nats, float(right.float().mean()))


def add_nuisance_table(out: report.Report, seeds: int, n_steps: int) -> None:
    lines = []
    for name, (bound, weight) in WAYS.items():
        left, kept = np.array([shed_nuisance(bound, weight, seed, n_steps) for seed in range(seeds)]).T
        good = int(((left < MOST_LEFT) & (kept > LEAST_KEPT)).sum())
        lines.append([name, report.format_mean(left), f"{left.max():.4f}", f"{kept.min():.4f}", f"{good} of {seeds}"])
    head = [
        "minimised by",
        "nats left",
        "most left",
        "least kept of the target",
        f"below {MOST_LEFT}, {LEAST_KEPT} kept",
    ]
    out.add_table("A planted linear nuisance (the task alone keeps .35 nats)", head, lines)


def add_domain_table(out: report.Report, seeds: int, n_steps: int) -> dict[float, list[Parted]]:
    found = {w: [part_domains(w, seed, n_steps) for seed in range(seeds)] for w in WEIGHTS}
    lines = []
    for weight, runs in found.items():
        means = [
            report.format_mean([getattr(r, name) for r in runs], 3)
            for name in ("linear", "boosted", "nats", "accuracy")
        ]
        lines.append([f"{weight:g}", *means, f"{sum(r.good for r in runs)} of {seeds}"])
    head = ["weight", "linear probe", "boosting", "nats by a fresh critic", "accuracy, source"]
    promise = f"both probes below {MOST_PROBED}, accuracy from {LEAST_ACCURACY:.2f}"
    out.add_table("Digits with a shifted domain (log 2 = .693 nats)", [*head, promise], lines)
    return found


def draw_picture(found: dict[float, list[Parted]]):
    """Accuracy against what a probe sees, a point per seed."""
    figure, axes = pictures.make_panels(1, 1, (6, 4))
    ax = axes[0, 0]
    for weight, runs in found.items():
        ax.plot([r.boosted for r in runs], [r.accuracy for r in runs], "o", label=f"weight {weight:g}")
    ax.axvline(0.5, color="grey", linestyle=":")
    ax.set(
        xlabel="accuracy of boosting that guesses the domain (.5: chance)", ylabel="accuracy of digits, source domain"
    )
    ax.grid(alpha=0.3)
    ax.legend(fontsize=8)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "loss.parting", "loss_parting")
    parser.add_argument("--seeds", type=int, default=10, help="of each task")
    parser.add_argument("--steps", type=int, nargs=2, default=[250, 600], help="of the encoder, in either task")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Minimising that is sure", report.get_command())
    add_nuisance_table(out, options.seeds, options.steps[0])
    found = add_domain_table(out, options.seeds, options.steps[1])
    out.write(options.output, draw_picture(found))


if __name__ == "__main__":
    main()
