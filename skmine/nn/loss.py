"""Mutual information of two batches as a differentiable number.

Design notes. The value is that of a bound on this batch, as a paper would report it. The gradient is that of the
bound's training objective (`core.pair_objective`). Both are joined as ``value.detach() + objective -
objective.detach()``, so that one number serves both. Which pairs are joint and which are marginal, `nn.batch` finds;
marginal ones are all that may be, or a few of them at random.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from numbers import Integral
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.bounds import UPPER_BOUNDS
from skmine.core.pair_objective import PairBatch, PairObjective, Pairs
from skmine.core.processes import ProcessGroup, average_over_processes, check_replicas, find_group, take_from_first
from skmine.nn.batch import Batch, Codes, read_batch
from skmine.nn.checks import (
    check_choices,
    check_int,
    check_precision,
    check_rate,
    check_sizes,
    check_upper,
    check_weight,
)
from skmine.nn.critics import CONDITIONALS, BatchCritic, CallerCritic, make_critic
from skmine.nn.draws import draw_partners, first_is_own, load_generator, save_generator, shift_rows

#: Numbers that the pairs of a batch may hold in memory before they are evaluated in chunks, and those of a chunk:
#: 256 MB and 64 MB in single precision; the graph of the backward pass has about three of them.
LARGEST_WHOLE = 2**26
LARGEST_CHUNK = 2**24


class MutualInfoLoss(nn.Module):
    """Mutual information I(X; Y) of a batch in nats, by a critic that is trained together with your network.

    Add ``-loss(x, z)`` to what you minimise to make two representations share information; add ``+loss(x, z)``
    with ``minimize=True`` to make them share none.

    Parameters
    ----------
    dim_x, dim_y : int
        How many numbers a row of x, and a row of y, has.
    bound : {"mine", "dv", "nwj", "js", "infonce", "smile", "club", "loo"}, default="mine"
        The formula of the value, where T are the critic's values, E_j is the mean over joint pairs and E_m
        the mean over marginal pairs:

        - "dv": E_j T - log E_m exp T (Donsker and Varadhan 1983; Belghazi et al. 2018, eq. 5). On a batch
          it is no bound: the log of a mean over few rows is too low on average, so the value is too high.
          With `groups` its gradient is that of "mine".
        - "mine": the same value; its gradient divides by a moving average of E_m exp T, which removes
          most of the bias of small batches (Belghazi et al. 2018, eq. 12).
        - "nwj": E_j T - E_m exp(T - 1) (Nguyen et al. 2010), MINE-f in Belghazi et al. (2018). A lower bound
          on average over new rows, with a spread that grows as the root of exp(MI).
        - "infonce": mean log softmax of the row's own partner among all partners, plus the log of their
          number, which the value cannot exceed (van den Oord et al. 2018). A lower bound on average over new
          rows. Of several positives of a row, each is compared with the row's marginal partners.
        - "smile": "dv" with T clipped to +-5 in E_m (Song and Ermon 2020, eq. 17): not a bound, but its
          variance is small. Its gradient is that of "js", as its authors train it.
        - "js": -E_j softplus(-T) - E_m softplus(T) (Hjelm et al. 2019, eq. 4). This is *not* mutual
          information, but twice a lower bound of the Jensen-Shannon divergence, minus 2 log 2: at most
          0, and -1.386 if the critic is uninformative. Its best T is the log density ratio, and its
          gradient is stable.

        With ``minimize=True`` also two upper bounds, of which the critic models log q(y | x) and is trained
        by likelihood. They are upper bounds only where q is the true law, and for a better q on these rows
        than on others not even then: look at fresh rows (`GuardedLoss.check`).

        - "club": E_j log q - E_m log q (Cheng et al. 2020).
        - "loo": E_j log q(y | x) - log of the mean of q(y | x') over the other rows x', leave-one-out
          (Poole et al. 2019). Not with `n_negatives`.
    architecture : str or Module, default="auto"
        The critic; "auto" is "joint", or "gaussian" for an upper bound.

        - "joint": the additive critic, one encoder per side, an activation of their sum and a dot product.
        - "separable": the inner product of two encoders, the cheapest for large batches.
        - "cosine": their cosine, over a temperature that is trained; with ``hidden_layer_sizes=()`` that of
          x and y themselves.
        - "concat": layers over (x, y) for each pair, as in MINE's paper.
        - "gaussian", "categorical": for upper bounds, log q(y | x) of normal columns y, or of classes y in
          one_hot form.
        - A module of your own that maps rows (n, ...) and their partners (n, ...) to critic values (n,) or
          (n, 1); it is evaluated on every pair of the batch unless `n_negatives` asks for fewer. If it has
          methods ``encode(x, y)`` and ``meet(x, y)``, each row is encoded once, and ``meet`` gets encoded
          rows (n, 1, ...) and (1, m, ...) or (n, k, ...) and returns values (n, m) or (n, k).
    hidden_layer_sizes : int or sequence of int, default=(128, 128)
        Widths of the critic's layers; of each encoder where it has two. Ignored for a module of your own.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
        Activation between the critic's layers. Ignored for a module of your own.
    n_negatives : int or None, default=None
        How many partners are drawn for the marginal pairs of each row; None takes all that may be. Of several
        positives one is drawn.
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
        A generator on the CPU that draws initial weights and partners; its state is in the state_dict. None
        uses torch's global generator; a compiled module draws its partners from the global one in any case.
    temperature : float, default=0.1
        Of the cosine critic, at the start.
    chunk_size : int or None, default=None
        Rows of x whose pairs are in memory together; their values are computed again in the backward pass,
        and value and gradient are those of the whole batch. None takes all rows where their pairs take less
        than 256 MB, and else as many as take 64 MB; a module of your own is then not cut.
    process_group : {"default"}, ProcessGroup or None, default="default"
        Whose processes train this loss together, if there are several (`torch.distributed`): `train_critic`
        averages its gradients over them and "mine" its moving average, and they draw the same partners. None
        leaves each process alone.

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
    GuardedLoss : Keeps the critic ahead of what it minimises, and looks at fresh rows.
    ViewsLoss : Several views; ConditionalLoss : given a third side; gather_rows : several processes.
    skmine.CoupledEncoder : The same as a scikit-learn transformer.
    skmine.MutualInfoEstimator : A number to report, from rows that no critic was trained on.

    Notes
    -----
    The value is computed on the rows that the critic is trained on, so it is for training, not for reporting: of
    finite batches it is too high where the critic knows these rows, "dv" and "mine" are too high in any case,
    "infonce" is at most the log of the number of partners plus one. Partners from few groups (a batch of few
    images) leave their own group out, which tells the critic something: by log(G / (G - 1)) of G equal groups, the
    value is too high.

    Standardise inputs whose scales are very different. Under autocast the critic computes in single precision, and
    gradients fit into half precision for inputs up to 1,000. Critic values are clipped at +-30, except those of a
    module of your own and of an upper bound. NaN and infinity are errors on the CPU; on a device, where looking
    would wait for it in every step, and under autocast, they lead to NaN, which a GradScaler finds.

    With DistributedDataParallel the value is that of this process's rows; see `gather_rows` for that of all.

    References
    ----------
    Belghazi et al. (2018), Mutual Information Neural Estimation, ICML.
    Cheng et al. (2020), CLUB: A Contrastive Log-ratio Upper Bound of Mutual Information, ICML.
    Poole et al. (2019), On Variational Bounds of Mutual Information, ICML.

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
        architecture: str | nn.Module = "auto",
        *,
        hidden_layer_sizes: int | Sequence[int] = (128, 128),
        activation: str = "silu",
        n_negatives: int | None = None,
        n_classes: int | None = None,
        minimize: bool = False,
        rate: float = 0.01,
        generator: torch.Generator | None = None,
        temperature: float = 0.1,
        chunk_size: int | None = None,
        process_group: ProcessGroup = "default",
    ) -> None:
        super().__init__()
        if isinstance(architecture, str) and architecture == "auto":
            architecture = "gaussian" if bound in UPPER_BOUNDS else "joint"
        given: Any = hidden_layer_sizes
        widths = (given,) if isinstance(given, Integral) else tuple(given)
        check_choices(bound=bound, activation=activation, architecture=architecture, temperature=temperature)
        check_sizes(
            dim_x=dim_x,
            dim_y=dim_y,
            n_negatives=n_negatives,
            n_classes=n_classes,
            widths=widths,
            chunk_size=chunk_size,
            least_widths=0 if architecture == "cosine" and dim_x == dim_y else 1,
        )
        check_rate("rate", rate)
        check_upper(bound=bound, architecture=architecture, minimize=minimize, n_negatives=n_negatives)
        if generator is not None and generator.device.type != "cpu":
            raise ValueError(f"generator must be on the CPU, got one on {generator.device}; use torch.Generator().")
        self.dim_x, self.dim_y, self.bound = dim_x, dim_y, bound
        self.n_negatives, self.n_classes, self.minimize = n_negatives, n_classes, minimize
        self.chunk_size, self.process_group = chunk_size, process_group
        self.generator = generator
        self.register_state_dict_post_hook(save_generator)
        self.register_load_state_dict_pre_hook(load_generator)
        self._replicas_checked = False
        self._shared_generator: torch.Generator | None = None
        own = generator or torch.Generator().manual_seed(int(torch.randint(2**62, (), device="cpu")))
        self._labels_of_y = architecture not in CONDITIONALS
        dims = int(dim_x) + (n_classes or 0), int(dim_y) + (n_classes or 0) * self._labels_of_y
        with torch.device("cpu"):  # whatever torch's default device is; `to` then moves everything
            self.objective = PairObjective(bound, rate, process_group)
            self.critic = make_critic(architecture, dims, [int(w) for w in widths], activation, temperature, own)

    def extra_repr(self) -> str:
        return f"{self.dim_x}, {self.dim_y}, bound={self.bound!r}, minimize={self.minimize}"

    def forward(
        self,
        x: Tensor,
        y: Tensor,
        labels: Codes = None,
        *,
        groups: Codes = None,
        positives: Tensor | str | None = None,
        negatives: Tensor | None = None,
        weight: float | Tensor = 1.0,
    ) -> Tensor:
        """Mutual information of a batch, in nats.

        Parameters
        ----------
        x : Tensor of shape (n, dim_x) or (n, ...)
            Rows of dim_x numbers each.
        y : Tensor of shape (m, dim_y) or (m, ...)
            The same rows on the other side; as many as x unless `positives` is given.
        labels : int Tensor of shape (n,), pair of them, or None, default=None
            The class of each row, from 0 to n_classes - 1; only with `n_classes`. A pair holds those of x and
            those of y, which are followed by those of the negatives.
        groups : int Tensor of shape (n,), pair of them, or None, default=None
            What each row belongs to: an image, a sequence, a subject. Rows of one group are never marginal
            partners of each other. A pair holds those of x and those of y, which may be followed by those of
            the negatives; without theirs, negatives belong to no group.
        positives : bool Tensor of shape (n, m), "group" or None, default=None
            Which rows of y belong to each row of x, its joint pairs; all others are marginal partners, unless
            `groups` keeps them apart. A row's positives share its weight, and rows without one do not count.
            "group" takes all pairs of a group. None takes row i for row i.
        negatives : Tensor of shape (k, dim_y), (k, ...) or None, default=None
            More rows of y, partners of marginal pairs only: a queue of earlier batches, or hard negatives.
        weight : float or scalar Tensor, default=1.0
            What the value, and the gradient that reaches x, y and negatives, is multiplied by; the gradient
            of the critic is not. So a weight that rises from 0 trains the critic from the start.

        Returns
        -------
        scalar Tensor
            The bound's value in nats, times the weight; its gradient is the bound's training gradient.

        Raises
        ------
        ValueError
            If there are fewer than two rows, different numbers of rows, rows of the wrong size, NaN or
            infinity, labels without `n_classes` or `n_classes` without labels, no class with two rows, one
            group only, no positive, or values of the wrong shape from a module of your own.
        TypeError
            If a tensor does not hold floats, or not floats of the critic's dtype.
        """
        check_weight("weight", weight)
        batch = self._read(x, y, labels, groups=groups, positives=positives, negatives=negatives)
        if isinstance(weight, Tensor):
            weight = weight.detach()
        if self.minimize or isinstance(weight, Tensor) or weight != 1:
            batch = batch.reverse(weight if self.minimize else -weight)
        objective = self._evaluate(batch)
        change = objective - objective.detach()
        value = weight * objective.detach()
        return value - change if self.minimize else value + change

    def train_critic(
        self,
        optimizer: torch.optim.Optimizer,
        x: Tensor,
        y: Tensor,
        labels: Codes = None,
        *,
        n_steps: int = 1,
        largest_gradient: float = 1.0,
        groups: Codes = None,
        positives: Tensor | str | None = None,
        negatives: Tensor | None = None,
    ) -> Tensor:
        """Train the critic alone, with its own optimiser; no gradient reaches x or y.

        On several processes the gradients are averaged, so that all make the same step; call it on each of them,
        on the module itself: ``ddp.module.train_critic(...)``.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            Over `parameters()` of this module.
        x : Tensor of shape (n, dim_x) or (n, ...)
        y : Tensor of shape (m, dim_y) or (m, ...)
        labels : int Tensor of shape (n,), pair of them, or None, default=None
            x, y and labels are as in `forward`.
        n_steps : int, default=1
            How many steps to take on this batch.
        largest_gradient : float, default=1.0
            Norm at which the critic's gradient is clipped. With few groups in a batch pass ``math.inf``: a batch in
            which two of them are close has a large gradient, and is as rare, so that clipping it biases the critic
            (of 2.31 nats, "mine" on 8 images of 16 rows each stayed at 2.0 to 2.1).
        groups, positives, negatives : Tensor or None, default=None
            As in `forward`.

        Returns
        -------
        scalar Tensor
            The value in nats before the last step, without a gradient; the mean over processes.

        Raises
        ------
        ValueError
            As in `forward`, if `n_steps` is less than 1, or if processes hold different weights.
        TypeError
            As in `forward`, or if weights are sharded over processes.
        """
        check_int("n_steps", n_steps, 1)
        batch = self._read(x, y, labels, groups=groups, positives=positives, negatives=negatives).detach()
        group = find_group(self.process_group)
        weights = [p for p in self.parameters() if p.requires_grad]
        if not self._replicas_checked:
            check_replicas(self.parameters(), group)
            self._replicas_checked = True
        value = torch.zeros(())
        for _ in range(n_steps):
            with torch.enable_grad():
                value = self._evaluate(batch)
                # Not by `backward`, whose gradients DistributedDataParallel takes for those of its own.
                found = torch.autograd.grad(-value, weights, allow_unused=True)
            gradients = [torch.zeros_like(p) if g is None else g for p, g in zip(weights, found, strict=True)]
            *gradients, value = average_over_processes([*gradients, value.detach()], group)
            optimizer.zero_grad(set_to_none=True)
            for parameter, gradient in zip(weights, gradients, strict=True):
                parameter.grad = gradient
            nn.utils.clip_grad_norm_(weights, largest_gradient)
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return value.detach()

    def _read(self, x: Tensor, y: Tensor, labels: Codes, **partners: Any) -> Batch:
        batch = read_batch(x, y, labels, **partners, dims=(self.dim_x, self.dim_y), n_classes=self.n_classes)
        if not isinstance(self.critic, CallerCritic):
            check_precision(batch.x, batch.y, next(self.critic.parameters()))
        return batch

    def _evaluate(self, batch: Batch) -> Tensor:
        """The objective of a batch: value and training gradient, which the critic follows upwards."""
        if self.bound not in UPPER_BOUNDS:
            return self.objective.evaluate(self._encode(batch), half=batch.half)
        value, _ = self.objective.evaluate_upper(self._encode(batch))
        # The rows follow the value and the critic the likelihood: what the value says of the critic is taken off.
        same, likelihood = self.objective.evaluate_upper(self._encode(batch.detach()))
        change = value - same + likelihood
        return value.detach() + change - change.detach()

    def _encode(self, batch: Batch) -> PairBatch:
        """The encoded rows of a batch, its pairs, and what evaluates them."""
        critic, own = cast(BatchCritic, self.critic), not isinstance(self.critic, CallerCritic)

        def in_single_precision() -> Any:
            return torch.autocast(batch.x.device.type, enabled=False) if own else nullcontext()

        x, y = self._flatten(batch) if own else (batch.x, batch.y)
        with in_single_precision():
            x, y = critic.encode(x, y)
        partners, pairs = self._choose_pairs(batch)

        def evaluate_rows(rows: slice) -> Tensor:
            with in_single_precision():
                return critic.evaluate_pairs(x[rows][:, None], y[None] if partners is None else y[partners[rows]])

        dtype = torch.float64 if torch.float64 in (batch.x.dtype, batch.y.dtype) else torch.float32
        return PairBatch(evaluate_rows, pairs, dtype, self._choose_chunk(pairs), partners is None, batch.grouped)

    def _flatten(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Rows (n, p) and (m, q) as the critic reads them: in its precision, with labels."""
        dtype = next(self.critic.parameters()).dtype
        x, y = batch.x.flatten(1).to(dtype), batch.y.flatten(1).to(dtype)
        if batch.labels is not None:
            of_x, of_y = (F.one_hot(c.long(), cast(int, self.n_classes)).to(dtype) for c in batch.labels)
            x, y = torch.cat([x, of_x], 1), torch.cat([y, of_y], 1) if self._labels_of_y else y
        return x, y

    def _choose_chunk(self, pairs: Pairs) -> int | None:
        if self.chunk_size is not None or torch.compiler.is_compiling():
            return self.chunk_size
        n, m = pairs.joint.shape
        size = cast(BatchCritic, self.critic).pair_size
        return None if size is None or n * m * size <= LARGEST_WHOLE else max(1, LARGEST_CHUNK // (m * size))

    def _choose_pairs(self, batch: Batch) -> tuple[Tensor | None, Pairs]:
        """The partners of each row, (n, 1 + k), where some are drawn, and which pairs are joint and marginal."""
        n, k = len(batch.x), self.n_negatives
        if k is None or (batch.plain and k >= n - 1):
            return None, batch.pairs
        if batch.plain:
            partners = self._draw_partners(n, k).to(batch.x.device)
            return partners, first_is_own(partners)
        return draw_partners(batch.pairs, k, self._find_generator())

    def _draw_partners(self, n: int, k: int) -> Tensor:
        return shift_rows(n, k, self._find_generator())

    def _find_generator(self) -> torch.Generator | None:
        """What partners are drawn from: processes that train together draw the same ones."""
        if torch.compiler.is_compiling():  # a compiled graph cannot hold one
            return None
        group = find_group(self.process_group) if self.training else None
        if group is None:
            return self.generator
        if self._shared_generator is None:
            seed = torch.randint(2**62, (), generator=self.generator, device="cpu")
            device = next((p.device for p in self.parameters()), seed.device)
            self._shared_generator = torch.Generator().manual_seed(int(take_from_first(seed, group, device)))
        return self._shared_generator
