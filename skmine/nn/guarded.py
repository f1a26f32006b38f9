"""Minimising that is sure: a critic that is kept ahead of what it judges, and a look at fresh rows.

Design notes. What a critic says of its own batch is small when two sides share nothing, and also when the critic has
fallen behind. The first defence trains it several steps before each of its answers, whatever weight the answer has in
the caller's loss. The second is a critic that has seen nothing yet, trained on some fresh rows and scored on others.
"""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from skmine.exceptions import NotPartedWarning, warn
from skmine.nn.batch import Codes
from skmine.nn.checks import check_int
from skmine.nn.loss import MutualInfoLoss

#: Weight of a new batch in what the critic said of late: about 20 batches.
RECENT = 0.05

#: Nats that fresh rows may show beyond what the critic said, and two standard errors more: arbitrary, a tenth of the
#: information in one fair coin.
TOLERANCE = 0.07

#: The fresh critic: its layers, and its rows per step. Large enough for what a few thousand rows can show. It is a
#: separable one, whose steps take a tenth of the additive one's time.
FRESH_LAYERS = (64, 64)
FRESH_BATCH = 128

#: Rows of which half, and a quarter of that, still are pairs.
LEAST_FRESH_ROWS = 16

#: Steps between two looks at validation rows.
PATIENCE_STEP = 20


class GuardedLoss:
    """Mutual information to be minimised, with a critic that is trained before each answer.

    Parameters
    ----------
    loss : MutualInfoLoss
        With ``minimize=True``. Its parameters are trained here: leave them out of your own optimiser.
    n_steps : int, default=5
        Steps of the critic before each answer.
    learning_rate : float, default=0.003
        Of the critic, by Adam; as large as yours or larger.
    largest_gradient : float, default=1.0
        Norm at which the critic's gradient is clipped. With few groups in a batch pass ``math.inf``: clipping
        biases the critic there (`MutualInfoLoss.train_critic`), which then says less than the rows share.

    Attributes
    ----------
    optimizer : torch.optim.Optimizer
        Of the critic; save its state_dict with that of the loss.
    said : scalar Tensor or None
        What the critic said of late, in nats: a moving average over about 20 batches.

    Raises
    ------
    ValueError
        If the loss is one to be maximised, or an argument cannot be used.

    See Also
    --------
    skmine.CoupledEncoder : The same as a scikit-learn transformer.

    Notes
    -----
    A critic can only keep out what it can see: give it two layers, and at least the width of the encoder. One layer of
    64 left .33 of .69 nats of a shifted domain in digits, two of 128 left none that fresh rows showed.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import GuardedLoss, MutualInfoLoss
    >>> _ = torch.manual_seed(0)
    >>> encoder = torch.nn.Linear(3, 1)
    >>> optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-2)
    >>> guarded = GuardedLoss(MutualInfoLoss(1, 1, "infonce", minimize=True))
    >>> for _ in range(30):
    ...     x = torch.randn(64, 3)
    ...     task = (encoder(x) - x[:, :1] - x[:, 1:2]).square().mean()
    ...     loss = task + 5.0 * guarded(encoder(x), x[:, 1:2])
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     optimizer.step()
    >>> x = torch.randn(800, 3)
    >>> nats = guarded.check(encoder(x), x[:, 1:2], warn_above=float("inf"))
    """

    def __init__(
        self, loss: MutualInfoLoss, *, n_steps: int = 5, learning_rate: float = 3e-3, largest_gradient: float = 1.0
    ) -> None:
        if not isinstance(loss, MutualInfoLoss) or not loss.minimize:
            raise ValueError(
                "loss must be a MutualInfoLoss with minimize=True, got another; create one for minimising."
            )
        check_int("n_steps", n_steps, 1)
        if not 0 < learning_rate < math.inf:
            raise ValueError(f"learning_rate must be a positive number, got {learning_rate!r}.")
        if not largest_gradient > 0:
            raise ValueError(f"largest_gradient must be positive, or inf not to clip, got {largest_gradient!r}.")
        self.loss, self.n_steps, self.largest_gradient = loss, n_steps, largest_gradient
        self.optimizer = torch.optim.Adam(loss.parameters(), learning_rate)
        self.said: Tensor | None = None

    def __call__(
        self, x: Tensor, y: Tensor, labels: Codes = None, *, weight: float | Tensor = 1.0, **partners: Any
    ) -> Tensor:
        """Train the critic on a batch, then return its value, whose gradient reaches x and y only.

        Parameters
        ----------
        x, y, labels
            As in `MutualInfoLoss.forward`.
        weight : float or scalar Tensor, default=1.0
            What the value is multiplied by; the critic is trained whatever it is, also where it is 0.
        **partners : dict
            ``groups``, ``positives``, ``negatives``, as there.

        Returns
        -------
        scalar Tensor
            The value in nats, times the weight, to be minimised.
        """
        said = self.loss.train_critic(
            self.optimizer, x, y, labels, n_steps=self.n_steps, largest_gradient=self.largest_gradient, **partners
        )
        self.said = said if self.said is None else torch.lerp(self.said, said, RECENT)
        trained = [p for p in self.loss.parameters() if p.requires_grad]
        for p in trained:
            p.requires_grad_(False)
        try:
            return self.loss(x, y, labels, weight=weight, **partners)
        finally:
            for p in trained:
                p.requires_grad_(True)

    def check(
        self,
        x: Tensor,
        y: Tensor,
        labels: Codes = None,
        *,
        groups: Tensor | None = None,
        n_steps: int = 300,
        warn_above: float = TOLERANCE,
        seed: int = 0,
    ) -> float:
        """Look at fresh rows: how much do they share, by a critic that is trained on half of them alone?

        Parameters
        ----------
        x, y : Tensor of shape (n, ...)
            Rows that the encoder was not trained on, encoded as they are now.
        labels : int Tensor of shape (n,) or None, default=None
        groups : int Tensor of shape (n,) or None, default=None
            As in `MutualInfoLoss.forward`; no group is in both halves.
        n_steps : int, default=300
            Steps of the fresh critic.
        warn_above : float, default=0.07
            Nats beyond what the critic said of late, and beyond two standard errors, at which to warn.
        seed : int, default=0
            Draws the halves, and the fresh critic's weights and batches; the global generator is left alone.

        Returns
        -------
        float
            InfoNCE of held-out rows in nats: on average at most what the two sides share.

        Warns
        -----
        NotPartedWarning
            If the critic says parted, and the rows do not.
        """
        options = {"n_classes": self.loss.n_classes}
        found, error = measure_fresh(x, y, labels, groups, n_steps=n_steps, seed=seed, **options)
        said = None if self.said is None else as_nats(float(self.said), self.loss.bound)
        warn_if_not_parted(found, error, said, warn_above)
        return found


def as_nats(value: float, bound: str) -> float:
    """What a bound says of shared information: "js" is -2 log 2 where there is none."""
    return value + 2 * math.log(2) if bound == "js" else value


def warn_if_not_parted(found: float, error: float, said: float | None, warn_above: float = TOLERANCE) -> None:
    """Warn if fresh rows share more, in nats, than a critic said."""
    if found - 2 * error <= max(said or 0.0, 0.0) + warn_above:
        return
    of_critic = "" if said is None else f", of which the critic says {said:.2f}"
    warn(
        f"the two sides still share {found:.2f} +- {error:.2f} nats on fresh rows{of_critic}: they are not parted. "
        "Train the critic more steps or at a larger learning rate, raise the weight of what is minimised, or train "
        "longer.",
        NotPartedWarning,
    )


def measure_fresh(
    x: Tensor,
    y: Tensor,
    labels: Codes = None,
    groups: Tensor | None = None,
    *,
    n_classes: int | None = None,
    n_steps: int = 300,
    seed: int = 0,
) -> tuple[float, float]:
    """InfoNCE in nats of each half of the rows by a critic trained on the other half, and its standard error."""
    if len(x) < LEAST_FRESH_ROWS:
        raise ValueError(
            f"x must have at least {LEAST_FRESH_ROWS} rows to be halved and compared, got {len(x)}; pass more."
        )
    draw = torch.Generator().manual_seed(seed)
    unit = torch.arange(len(x)) if groups is None else groups.cpu().unique(return_inverse=True)[1]
    half = torch.randperm(int(unit.max()) + 1, generator=draw)[unit] % 2
    whole = {"x": _scale(x.detach()), "y": _scale(y.detach())}
    whole |= {k: v for k, v in (("labels", labels), ("groups", groups)) if isinstance(v, Tensor)}
    values: list[Tensor] = []
    for of_half in (0, 1):
        train, test = (torch.nonzero(half == k)[:, 0].to(x.device) for k in (1 - of_half, of_half))
        critic = _train_fresh({k: v[train] for k, v in whole.items()}, n_classes, n_steps, draw)
        values += _score_fresh(critic, {k: v[test] for k, v in whole.items()})
    every = torch.stack(values)
    return float(every.mean()), float(every.std(correction=0) / math.sqrt(len(every)))


def _scale(rows: Tensor) -> Tensor:
    """Columns with mean 0 and variance 1, flat, in single precision."""
    rows = rows.flatten(1).float()
    return (rows - rows.mean(0)) / rows.std(0).clamp(min=torch.finfo(torch.float32).tiny ** 0.5)


def _train_fresh(rows: dict[str, Tensor], n_classes: int | None, n_steps: int, draw: torch.Generator) -> MutualInfoLoss:
    """A critic of these rows; a quarter of them decides when to stop."""
    n, device = len(rows["x"]), rows["x"].device
    critic = MutualInfoLoss(
        rows["x"].shape[1],
        rows["y"].shape[1],
        "infonce",
        "separable",
        hidden_layer_sizes=FRESH_LAYERS,
        n_classes=n_classes,
        generator=draw,
        process_group=None,
    ).to(device)
    order = torch.randperm(n, generator=draw).to(device)
    validation, train = order[: n // 4], order[n // 4 :]
    optimizer = torch.optim.AdamW(critic.parameters(), 3e-3, weight_decay=0.05)
    best, state = 0.0, None
    for step in range(n_steps):
        batch = train[torch.randperm(len(train), generator=draw)[:FRESH_BATCH].to(device)]
        given: dict[str, Any] = {k: v[batch] for k, v in rows.items()}
        critic.train_critic(optimizer, **given)
        if step % PATIENCE_STEP == PATIENCE_STEP - 1:
            value = float(torch.stack(_score_fresh(critic, {k: v[validation] for k, v in rows.items()})).mean())
            if value > best:
                best, state = value, copy.deepcopy(critic.state_dict())
    if state is None:  # nothing was found: a critic that says nothing
        for p in critic.critic.parameters():
            nn.init.zeros_(p)
    else:
        critic.load_state_dict(state)
    return critic


def _score_fresh(critic: MutualInfoLoss, rows: dict[str, Tensor]) -> list[Tensor]:
    """The value of each batch of rows, in nats."""
    n = len(rows["x"])
    n_batches = max(1, n // FRESH_BATCH)
    with torch.no_grad():
        return [critic(**{k: v.tensor_split(n_batches)[b] for k, v in rows.items()}) for b in range(n_batches)]
