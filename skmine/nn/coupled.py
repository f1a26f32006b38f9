"""An encoder trained with its critics: it keeps information about one side, and sheds information about another.

Design notes. One module holds the encoder and both losses; `core.training` trains it, and the result has the running
average of its weights. The inputs are whitened once, by a fixed layer. The encoder's outputs are standardised batch by
batch, so that their scale cannot help. Shedding is adversarial: the critics have to follow the encoder, so they are
trained in every step, and the encoder in one of `TURNS` steps only.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from skmine.core.bounds import UPPER_BOUNDS
from skmine.core.networks.encoder import Encoder, make_linear
from skmine.core.training import Training
from skmine.nn.guarded import LEAST_FRESH_ROWS, as_nats, measure_fresh, warn_if_not_parted
from skmine.nn.loss import MutualInfoLoss

#: Ridge of the whitening, relative to the mean variance: large enough for columns that are copies of each other. With
#: 1e-6 and 1e-4 the encoder of `TURNS`' measurement kept .80 nats, with 1e-2 .79.
RIDGE = 1e-4
#: Steps of the critics per step of the encoder, where something is shed. More steps shed more, and cost time: with 1,
#: 2, 3 and 5, two components of six mixed signals (2,000 rows, three draws, 400 steps of the encoder) kept .80 .80 .80
#: .79 nats of the target on fresh rows, and .014 .012 .011 .008 nats of the nuisance were left.
TURNS = 3
#: Partners per row in a step. In the same measurement 4, 16 and 64 partners kept .81 .80 .79 nats and left .014 .011
#: .010.
N_NEGATIVES = 16


@dataclass(frozen=True)
class Coupling:
    """How an encoder is trained; the names are those of `CoupledEncoder`'s parameters."""

    n_components: int
    hidden_layer_sizes: tuple[int, ...]
    minimize_weight: float
    bound: str
    minimize_bound: str
    critic_steps: int
    architecture: str
    activation: str
    learning_rate_init: float
    weight_decay: float
    batch_size: int
    max_iter: int
    encoder: nn.Module | None = None


class Coupled(nn.Module):
    """An encoder, the loss of what it keeps and the loss of what it sheds."""

    def __init__(self, encoder: nn.Module, keeps: MutualInfoLoss, sheds: MutualInfoLoss | None) -> None:
        super().__init__()
        self.encoder, self.keeps, self.sheds = encoder, keeps, sheds

    def forward(self, x: Tensor, y: Tensor, s: Tensor | None, *, train_encoder: bool) -> tuple[Tensor, Tensor]:
        """What the encoded batch shares with y, and with s, in nats; gradients reach the encoder on request."""
        z = standardise(self.encoder(x))
        if not bool(torch.isfinite(z.detach()).all()):
            raise ValueError("the encoder's training diverged; pass a smaller learning_rate_init.")
        z = z if train_encoder else z.detach()
        return self.keeps(z, y), z.new_zeros(()) if self.sheds is None or s is None else self.sheds(z, s)


def standardise(z: Tensor) -> Tensor:
    """Columns of a batch with mean 0 and variance 1."""
    z = z - z.mean(0)
    return z * torch.rsqrt(z.square().mean(0) + 1e-6)


def make_whitening_layer(x: Tensor) -> nn.Linear:
    """A fixed layer that makes columns (n, p) uncorrelated with variance 1: networks behind it learn faster."""
    p = x.shape[1]
    layer = make_linear(p, p, None)
    variances, directions = torch.linalg.eigh(torch.cov(x.double().T).reshape(p, p))
    scale = torch.rsqrt(variances.clamp(min=0) + RIDGE * variances.mean())
    with torch.no_grad():
        layer.weight.copy_(scale[:, None] * directions.T)
    return layer.requires_grad_(False)


def _make_encoder(x: Tensor, coupling: Coupling, generator: torch.Generator) -> nn.Module:
    """The caller's encoder, or layers behind the whitening one."""
    p, k = x.shape[1], coupling.n_components
    if coupling.encoder is not None:
        own = copy.deepcopy(coupling.encoder).eval()  # the caller's stays as it is
        with torch.no_grad():
            shape = tuple(own(x[:2]).shape)
        if shape != (2, k):
            raise ValueError(
                f"encoder must map {p} numbers to n_components={k}, got an output of shape {shape} for rows of shape "
                f"{(2, p)}; pass another n_components, or end it with a layer of {k} outputs."
            )
        return own.train()
    widths = [*coupling.hidden_layer_sizes, k]
    network = Encoder(p, widths, coupling.activation, generator) if len(widths) > 1 else make_linear(p, k, generator)
    return nn.Sequential(make_whitening_layer(x), network)


def train_encoder(
    x: Tensor,
    y: Tensor,
    s: Tensor | None,
    coupling: Coupling,
    generator: torch.Generator,
    device: torch.device,
    progress: Callable[[float, float], None] | None = None,
) -> tuple[nn.Module, list[tuple[float, float]]]:
    """Train an encoder of x that keeps information about y and sheds information about s.

    Parameters
    ----------
    x, y : Tensor of shape (n, p), (n, q)
    s : Tensor of shape (n, r) or None
    coupling : Coupling
    generator : torch.Generator
        Draws initial weights, batches and partners.
    device : torch.device
    progress : callable(done, total) or None

    Returns
    -------
    encoder : Module
        On the CPU, from (n, p) to (n, n_components).
    history : list of (float, float)
        For each step of the encoder, the two bounds on its batch in nats: kept, and still to be shed.

    Raises
    ------
    ValueError
        If training diverges, or an encoder of the caller's has an output of another shape.
    """
    n, k = len(x), coupling.n_components

    def loss(other: Tensor, *, minimize: bool) -> MutualInfoLoss:
        bound = coupling.minimize_bound if minimize else coupling.bound
        return MutualInfoLoss(
            k,
            other.shape[1],
            bound,
            "auto" if bound in UPPER_BOUNDS else coupling.architecture,
            activation=coupling.activation,
            n_negatives=None if bound == "loo" else N_NEGATIVES,
            minimize=minimize,
            generator=generator,
            process_group=None,
        )

    encoder = _make_encoder(x, coupling, generator)
    keeps, sheds = loss(y, minimize=False), None if s is None else loss(s, minimize=True)
    module = Coupled(encoder, keeps, sheds).to(device)
    x, y, s = x.to(device), y.to(device), None if s is None else s.to(device)
    turns = 1 if s is None else coupling.critic_steps
    history: list[tuple[float, float]] = []

    def objective(coupled: nn.Module, step: int) -> Tensor:
        rows = torch.randperm(n, generator=generator)[: coupling.batch_size].to(device)
        moves = step % turns == turns - 1
        kept, shed = coupled(x[rows], y[rows], None if s is None else s[rows], train_encoder=moves)
        if moves:
            history.append((float(kept.detach()), float(shed.detach())))
        return coupling.minimize_weight * shed - kept

    training = Training(
        module,
        n_steps=turns * coupling.max_iter,
        learning_rate=coupling.learning_rate_init,
        weight_decay=coupling.weight_decay,
    )
    for done, _ in enumerate(training.steps(objective), 1):
        if progress is not None:
            progress(done, turns * coupling.max_iter)
    average: nn.Module = training.average.get_submodule("encoder")
    return average.cpu(), history


#: Steps of the encoder whose values say how far it came.
LAST_STEPS = 20

#: Steps of the fresh critic that looks at the result: a second of computing.
CHECK_STEPS = 100


def check_parted(z: NDArray[Any], s: NDArray[Any], history: Sequence[tuple[float, float]], bound: str) -> None:
    """Warn if a representation (n, k) and what it sheds (n, r) still share more than its critics say.

    Parameters
    ----------
    z, s : ndarray of shape (n, k), (n, r)
    history : sequence of (float, float)
        As `train_encoder` returns it.
    bound : str
        Of what is shed.
    """
    if len(z) < LEAST_FRESH_ROWS:
        return
    said = sum(shed for _, shed in history[-LAST_STEPS:]) / len(history[-LAST_STEPS:])
    found, error = measure_fresh(torch.from_numpy(z), torch.from_numpy(s), n_steps=CHECK_STEPS)
    warn_if_not_parted(found, error, as_nats(said, bound))
