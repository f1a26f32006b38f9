"""Mutual information of two batches as a differentiable number.

Design notes. The value is a bound's on this batch, as a paper would report it; the gradient is that
of the bound's training objective (`core.bounds.Objective`). Value and gradient are put together as
``value.detach() + objective - objective.detach()``, so that one number serves both. Marginal pairs are
rows of the batch against other rows of it: all of them, a few at random, or those of the same class.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.bounds import OBJECTIVES, Objective
from skmine.core.networks import ACTIVATIONS
from skmine.nn.checks import check_batch, check_int, check_precision, check_rate
from skmine.nn.critics import ARCHITECTURES, Critic, OfCaller
from skmine.nn.gradients import reversed_gradient


class MutualInfoLoss(nn.Module):
    """I(X; Y) of a batch in nats, by a critic that is trained along with whatever made the batch.

    ``-loss(x, z)`` couples two representations, ``+loss(x, z)`` with ``minimize=True`` parts them.

    Parameters
    ----------
    dim_x, dim_y : int
        Numbers a row has on either side.
    bound : {"mine", "dv", "nwj", "js", "infonce", "smile"}, default="mine"
        What the value is, with T the critic's scores, E_j over joint and E_m over marginal pairs:

        - "dv": E_j T - log E_m exp T, a lower bound in expectation over a fixed critic (Donsker and
          Varadhan 1983; Belghazi et al. 2018, eq. 5).
        - "mine": the same value; its gradient divides by a moving average of E_m exp T, which removes
          most of a small batch's bias (Belghazi et al. 2018, eq. 12).
        - "nwj": E_j T - E_m exp(T - 1) (Nguyen et al. 2010), MINE-f in Belghazi et al. (2018).
        - "infonce": mean log of exp T's share among a row and its partners, plus the log of their
          number, which it cannot exceed (van den Oord et al. 2018).
        - "smile": "dv" with T clipped to +-5 in E_m (Song and Ermon 2020, eq. 17), no bound but of
          little variance; its gradient is that of "js", as its authors train it.
        - "js": -E_j softplus(-T) - E_m softplus(T) (Hjelm et al. 2019, eq. 4). It is *not* mutual
          information but twice a lower bound of the Jensen-Shannon divergence, less 2 log 2: at most
          0, and -1.386 where T says nothing. Its best T is the log density ratio, its gradient calm.
    architecture : {"joint", "separable", "concat"} or Module, default="joint"
        The critic. "joint": an encoder a side, an activation of their sum and a dot product.
        "separable": the encoders' inner product, the cheapest for large batches. "concat": layers
        over (x, y) for each pair, the paper's. A module of your own maps rows (n, ...) and their
        partners (n, ...) to scores (n,) or (n, 1); it sees every pair of the batch unless
        `n_negatives` says fewer.
    hidden_layer_sizes : int or sequence of int, default=(128, 128)
        Widths of the critic's layers, each side's own where it has two encoders.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    n_negatives : int or None, default=None
        Partners drawn for each row's marginal pairs; None takes all other rows of the batch.
    n_classes : int or None, default=None
        The number of labels to condition on: the value is I(X; Y | label), `forward` takes the labels,
        and marginal pairs stay within a class. Critics read the labels, save a module of your own, which only
        sees what x and y hold.
    minimize : bool, default=False
        For a loss that is minimised: the gradient that reaches x and y lowers the value while the
        critic's own raises it, by one optimiser in one backward pass.
    rate : float, default=0.01
        Weight of a new batch in MINE's moving average.
    generator : torch.Generator or None, default=None
        Of the CPU; draws initial weights and partners. None takes torch's global generator, and so do the
        partners of a compiled module.

    Attributes
    ----------
    critic : Module
    objective : Module
        Keeps MINE's moving average, a buffer of the state_dict.

    Raises
    ------
    ValueError, TypeError
        Where an argument cannot be used; `forward` the same where a batch cannot.

    See Also
    --------
    skmine.CoupledEncoder : The same as a scikit-learn transformer.
    skmine.MutualInfoEstimator : A number to report, from rows that no critic saw.

    Notes
    -----
    The value is of the rows that the critic is trained on; it is for training. Standardise inputs of very
    different scales. Half precision under autocast is safe: scores are summed in single precision. The
    critics' scores are cut at +-30; those of a module of your own are not.

    References
    ----------
    Belghazi et al. (2018), Mutual Information Neural Estimation, ICML.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import MutualInfoLoss
    >>> _ = torch.manual_seed(0)
    >>> encoder, mi = torch.nn.Linear(5, 1), MutualInfoLoss(1, 1)
    >>> optimizer = torch.optim.Adam([*encoder.parameters(), *mi.parameters()], lr=1e-2)
    >>> for _ in range(100):
    ...     x = torch.randn(128, 5)
    ...     y = x[:, :1] + 0.1 * torch.randn(128, 1)
    ...     loss = -mi(encoder(x), y)
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     optimizer.step()
    >>> bool(-loss > 0.5)
    True
    """

    def __init__(
        self,
        dim_x: int,
        dim_y: int,
        bound: str = "mine",
        architecture: str | nn.Module = "joint",
        *,
        hidden_layer_sizes: int | Sequence[int] = (128, 128),
        activation: str = "silu",
        n_negatives: int | None = None,
        n_classes: int | None = None,
        minimize: bool = False,
        rate: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        given: Any = hidden_layer_sizes
        widths = (given,) if isinstance(given, Integral) else tuple(given)
        for name, value, least in (
            ("dim_x", dim_x, 1),
            ("dim_y", dim_y, 1),
            *(() if n_negatives is None else [("n_negatives", n_negatives, 1)]),
            *(() if n_classes is None else [("n_classes", n_classes, 2)]),
            *(("hidden_layer_sizes", width, 1) for width in widths),
        ):
            check_int(name, value, least)
        if bound not in OBJECTIVES:
            raise ValueError(f"bound must be one of {', '.join(OBJECTIVES)}, got {bound!r}.")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}.")
        if not widths:
            raise ValueError("hidden_layer_sizes must hold at least one width, got (); try (128, 128).")
        check_rate("rate", rate)
        if generator is not None and generator.device.type != "cpu":
            raise ValueError(f"generator must be on the CPU, got one on {generator.device}; use torch.Generator().")
        if n_negatives is not None and n_classes is not None:
            raise ValueError(
                f"n_negatives={n_negatives} does not go with n_classes={n_classes}: all other rows of a class are "
                "partners; leave n_negatives out."
            )
        self.dim_x, self.dim_y, self.bound = dim_x, dim_y, bound
        self.n_negatives, self.n_classes, self.minimize = n_negatives, n_classes, minimize
        self.generator = generator
        if not isinstance(architecture, nn.Module) and architecture not in ARCHITECTURES:
            raise ValueError(
                f"architecture must be one of {', '.join(ARCHITECTURES)} or a torch Module, got {architecture!r}."
            )
        with torch.device("cpu"):  # whatever the default is: `to` moves all of it
            self.objective = Objective(bound, rate)
            if isinstance(architecture, nn.Module):
                self.critic: nn.Module = OfCaller(architecture)
            else:
                if generator is None:
                    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
                dims = int(dim_x) + (n_classes or 0), int(dim_y) + (n_classes or 0)
                self.critic = ARCHITECTURES[architecture](dims, [int(w) for w in widths], activation, generator)

    def extra_repr(self) -> str:
        return f"{self.dim_x}, {self.dim_y}, bound={self.bound!r}, minimize={self.minimize}"

    def forward(self, x: Tensor, y: Tensor, labels: Tensor | None = None) -> Tensor:
        """Mutual information of a batch, in nats.

        Parameters
        ----------
        x : Tensor of shape (n, dim_x), or (n, ...) of as many numbers a row
        y : Tensor of shape (n, dim_y), the same
        labels : int Tensor of shape (n,), or None
            With `n_classes`: each row's class, below it.

        Returns
        -------
        scalar Tensor
            The bound's value; its gradient is the bound's training gradient.

        Raises
        ------
        ValueError
            If there are fewer than two rows, rows of different number or of the wrong size, NaN or
            infinite numbers, labels where none belong or none where they do, no two rows of one class, or
            scores of the wrong shape from a critic of the caller's.
        TypeError
            If a tensor is not of floats, or not of the critic's.
        """
        self._check(x, y, labels)
        if self.minimize:
            x, y = reversed_gradient(x), reversed_gradient(y)
        value = self._of_batch(x, y, labels)
        return value.detach() - (value - value.detach()) if self.minimize else value

    def train_critic(
        self,
        optimizer: torch.optim.Optimizer,
        x: Tensor,
        y: Tensor,
        labels: Tensor | None = None,
        *,
        n_steps: int = 1,
        largest_gradient: float = 1.0,
    ) -> Tensor:
        """Steps of an optimiser of the critic's own; no gradient reaches x or y.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            Over `parameters()` of this module.
        x, y, labels : as `forward` takes them
        n_steps : int, default=1
        largest_gradient : float, default=1.0
            Norm at which the critic's gradient is clipped.

        Returns
        -------
        scalar Tensor
            The value before the last step, without a graph.
        """
        check_int("n_steps", n_steps, 1)
        self._check(x, y, labels)
        x, y = x.detach(), y.detach()
        value = torch.zeros(())
        for _ in range(n_steps):
            optimizer.zero_grad(set_to_none=True)
            with torch.enable_grad():
                value = self._of_batch(x, y, labels)
                (-value).backward()
            nn.utils.clip_grad_norm_(self.parameters(), largest_gradient)
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return value.detach()

    def _check(self, x: Tensor, y: Tensor, labels: Tensor | None) -> None:
        check_batch(x, y, labels, (self.dim_x, self.dim_y), self.n_classes)
        if not isinstance(self.critic, OfCaller):
            check_precision(x, y, next(self.critic.parameters()))

    def _of_batch(self, x: Tensor, y: Tensor, labels: Tensor | None) -> Tensor:
        """The objective: value and training gradient."""
        n = len(x)
        if not isinstance(self.critic, OfCaller):
            x, y = x.flatten(1), y.flatten(1)
            if labels is not None:
                given = F.one_hot(labels.long(), cast(int, self.n_classes)).to(x.dtype)
                x, y = torch.cat([x, given], 1), torch.cat([y, given], 1)
        critic = cast(Critic, self.critic)
        x, y = critic.encode(x, y)
        if self.n_negatives is not None and self.n_negatives < n - 1:
            partners = self._partners(n, self.n_negatives).to(x.device)
            scores = critic.meet(x[:, None], y[partners])  # (n, 1 + k)
            return self.objective.evaluate_partners(
                scores[:, 0], scores[:, 1:], torch.ones_like(scores[:, 1:], dtype=torch.bool)
            )
        scores = critic.meet(x[:, None], y[None])  # (n, n)
        if labels is None:
            return self.objective.evaluate_batches(scores[None])
        itself = torch.eye(n, dtype=torch.bool, device=scores.device)
        return self.objective.evaluate_partners(scores.diagonal(), scores, (labels[:, None] == labels) & ~itself)

    def _partners(self, n: int, k: int) -> Tensor:
        """Each row's own number and k others, (n, 1 + k): the batch turned by different steps."""
        generator = None if torch.compiler.is_compiling() else self.generator  # which a graph could not hold
        turns = torch.randperm(n - 1, generator=generator, device="cpu")[:k] + 1
        steps = torch.cat([torch.zeros(1, dtype=torch.long, device="cpu"), turns])
        return (torch.arange(n, device="cpu")[:, None] + steps) % n
