"""Mutual information of two batches as a differentiable number.

Design notes. The value is that of a bound on this batch, as a paper would report it. The gradient is that of the
bound's training objective (`core.bounds.Objective`). Both are joined as ``value.detach() + objective -
objective.detach()``, so that one number serves both. Marginal pairs are rows of the batch with other rows of it: all
of them, a few at random, or those of the same class.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.bounds import Objective
from skmine.nn.checks import check_batch, check_choices, check_int, check_precision, check_rate, check_sizes
from skmine.nn.critics import ARCHITECTURES, BatchCritic, CallerCritic
from skmine.nn.gradients import reversed_gradient


class MutualInfoLoss(nn.Module):
    """Mutual information I(X; Y) of a batch in nats, by a critic that is trained together with your network.

    Add ``-loss(x, z)`` to what you minimise to make two representations share information; add ``+loss(x, z)``
    with ``minimize=True`` to make them share none.

    Parameters
    ----------
    dim_x, dim_y : int
        How many numbers a row of x, and a row of y, has.
    bound : {"mine", "dv", "nwj", "js", "infonce", "smile"}, default="mine"
        The formula of the value, where T are the critic's values, E_j is the mean over joint pairs and E_m
        the mean over marginal pairs:

        - "dv": E_j T - log E_m exp T, a lower bound in expectation over a fixed critic (Donsker and
          Varadhan 1983; Belghazi et al. 2018, eq. 5).
        - "mine": the same value; its gradient divides by a moving average of E_m exp T, which removes
          most of the bias of small batches (Belghazi et al. 2018, eq. 12).
        - "nwj": E_j T - E_m exp(T - 1) (Nguyen et al. 2010), MINE-f in Belghazi et al. (2018).
        - "infonce": mean log softmax of the row's own partner among all partners, plus the log of their
          number, which the value cannot exceed (van den Oord et al. 2018).
        - "smile": "dv" with T clipped to +-5 in E_m (Song and Ermon 2020, eq. 17): not a bound, but its
          variance is small. Its gradient is that of "js", as its authors train it.
        - "js": -E_j softplus(-T) - E_m softplus(T) (Hjelm et al. 2019, eq. 4). This is *not* mutual
          information, but twice a lower bound of the Jensen-Shannon divergence, minus 2 log 2: at most
          0, and -1.386 if the critic is uninformative. Its best T is the log density ratio, and its
          gradient is stable.
    architecture : {"joint", "separable", "concat"} or Module, default="joint"
        The critic. "joint": the additive critic, one encoder per side, an activation of their sum and a
        dot product. "separable": the inner product of two encoders, the cheapest for large batches.
        "concat": layers over (x, y) for each pair, as in MINE's paper. A module of your own maps rows
        (n, ...) and their partners (n, ...) to critic values (n,) or (n, 1); it is evaluated on every
        pair of the batch unless `n_negatives` asks for fewer.
    hidden_layer_sizes : int or sequence of int, default=(128, 128)
        Widths of the critic's layers; of each encoder where it has two. Ignored for a module of your own.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
        Activation between the critic's layers. Ignored for a module of your own.
    n_negatives : int or None, default=None
        How many partners are drawn for the marginal pairs of each row; None takes all other rows of the
        batch.
    n_classes : int or None, default=None
        The number of labels to condition on: the value is I(X; Y | label), `forward` takes the labels,
        and marginal pairs stay within a class. The critic reads the labels too, except for a module of your
        own, which reads x and y only.
    minimize : bool, default=False
        For a loss that is minimised: the gradient that reaches x and y lowers the value, while the
        critic's own gradient raises it, with one optimiser in one backward pass.
    rate : float, default=0.01
        Weight of a new batch in MINE's moving average; between 0 and 1.
    generator : torch.Generator or None, default=None
        A generator on the CPU that draws initial weights and partners. None uses torch's global generator;
        a compiled module draws its partners from the global one in any case.

    Attributes
    ----------
    critic : Module
        Returns a critic value T for each pair.
    objective : Module
        The bound. Holds MINE's moving average as a buffer of the state_dict.

    Raises
    ------
    ValueError
        If an argument has a value that cannot be used; `forward` raises it for a batch that cannot be used.
    TypeError
        Raised by `forward` if a tensor has the wrong type.

    See Also
    --------
    skmine.CoupledEncoder : The same as a scikit-learn transformer.
    skmine.MutualInfoEstimator : A number to report, from rows that no critic was trained on.

    Notes
    -----
    The value is computed on the rows that the critic is trained on, so it is for training, not for reporting.
    Standardise inputs whose scales are very different. Half precision under autocast is safe: critic values are
    summed in single precision. Critic values are clipped at +-30, except those of a module of your own.

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
        check_sizes(dim_x=dim_x, dim_y=dim_y, n_negatives=n_negatives, n_classes=n_classes, widths=widths)
        check_choices(bound=bound, activation=activation, architecture=architecture)
        check_rate("rate", rate)
        if generator is not None and generator.device.type != "cpu":
            raise ValueError(f"generator must be on the CPU, got one on {generator.device}; use torch.Generator().")
        self.dim_x, self.dim_y, self.bound = dim_x, dim_y, bound
        self.n_negatives, self.n_classes, self.minimize = n_negatives, n_classes, minimize
        self.generator = generator
        with torch.device("cpu"):  # whatever torch's default device is; `to` then moves everything
            self.objective = Objective(bound, rate)
            if isinstance(architecture, nn.Module):
                self.critic: nn.Module = CallerCritic(architecture)
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
        x : Tensor of shape (n, dim_x) or (n, ...)
            Rows of dim_x numbers each.
        y : Tensor of shape (n, dim_y) or (n, ...)
            The same rows on the other side.
        labels : int Tensor of shape (n,) or None, default=None
            The class of each row, from 0 to n_classes - 1; only with `n_classes`.

        Returns
        -------
        scalar Tensor
            The bound's value in nats; its gradient is the bound's training gradient.

        Raises
        ------
        ValueError
            If there are fewer than two rows, different numbers of rows, rows of the wrong size, NaN or
            infinity, labels without `n_classes` or `n_classes` without labels, no class with two rows, or
            values of the wrong shape from a module of your own.
        TypeError
            If a tensor does not hold floats, or not floats of the critic's dtype.
        """
        self._check(x, y, labels)
        if self.minimize:
            x, y = reversed_gradient(x), reversed_gradient(y)
        value = self._evaluate(x, y, labels)
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
        """Train the critic alone, with its own optimiser; no gradient reaches x or y.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            Over `parameters()` of this module.
        x : Tensor of shape (n, dim_x) or (n, ...)
        y : Tensor of shape (n, dim_y) or (n, ...)
        labels : int Tensor of shape (n,) or None, default=None
            x, y and labels are as in `forward`.
        n_steps : int, default=1
            How many steps to take on this batch.
        largest_gradient : float, default=1.0
            Norm at which the critic's gradient is clipped.

        Returns
        -------
        scalar Tensor
            The value in nats before the last step, without a gradient.

        Raises
        ------
        ValueError
            As in `forward`, or if `n_steps` is less than 1.
        TypeError
            As in `forward`.
        """
        check_int("n_steps", n_steps, 1)
        self._check(x, y, labels)
        x, y = x.detach(), y.detach()
        value = torch.zeros(())
        for _ in range(n_steps):
            optimizer.zero_grad(set_to_none=True)
            with torch.enable_grad():
                value = self._evaluate(x, y, labels)
                (-value).backward()
            nn.utils.clip_grad_norm_(self.parameters(), largest_gradient)
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return value.detach()

    def _check(self, x: Tensor, y: Tensor, labels: Tensor | None) -> None:
        check_batch(x, y, labels, (self.dim_x, self.dim_y), self.n_classes)
        if not isinstance(self.critic, CallerCritic):
            check_precision(x, y, next(self.critic.parameters()))

    def _evaluate(self, x: Tensor, y: Tensor, labels: Tensor | None) -> Tensor:
        """The objective of a checked batch: value and training gradient."""
        n = len(x)
        if not isinstance(self.critic, CallerCritic):
            x, y = x.flatten(1), y.flatten(1)
            if labels is not None:
                given = F.one_hot(labels.long(), cast(int, self.n_classes)).to(x.dtype)
                x, y = torch.cat([x, given], 1), torch.cat([y, given], 1)
        critic = cast(BatchCritic, self.critic)
        x, y = critic.encode(x, y)
        if self.n_negatives is not None and self.n_negatives < n - 1:
            partners = self._draw_partners(n, self.n_negatives).to(x.device)
            values = critic.evaluate_pairs(x[:, None], y[partners])  # (n, 1 + k)
            return self.objective.evaluate_partners(
                values[:, 0], values[:, 1:], torch.ones_like(values[:, 1:], dtype=torch.bool)
            )
        values = critic.evaluate_pairs(x[:, None], y[None])  # (n, n)
        if labels is None:
            return self.objective.evaluate_batches(values[None])
        itself = torch.eye(n, dtype=torch.bool, device=values.device)
        return self.objective.evaluate_partners(values.diagonal(), values, (labels[:, None] == labels) & ~itself)

    def _draw_partners(self, n: int, k: int) -> Tensor:
        """Each row's own index and those of k other rows, (n, 1 + k): the batch shifted by k different offsets."""
        generator = None if torch.compiler.is_compiling() else self.generator  # a compiled graph cannot hold one
        shifts = torch.randperm(n - 1, generator=generator, device="cpu")[:k] + 1
        shifts = torch.cat([torch.zeros(1, dtype=torch.long, device="cpu"), shifts])
        return (torch.arange(n, device="cpu")[:, None] + shifts) % n
