"""Sums and differences of mutual information: of several views, and given a third side.

Design notes. Each term is a `MutualInfoLoss` of two groups of sides, whose rows are put side by side, with a sign.
A term with a minus is one that is minimised where the whole is maximised: its critic rises all the same.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from skmine.core.bounds import UPPER_BOUNDS
from skmine.nn.checks import check_int
from skmine.nn.loss import MutualInfoLoss


@dataclass(frozen=True)
class Term:
    """I(left; right) with a sign; both are numbers of sides, put side by side."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    sign: int = 1


class CombinedLoss(nn.Module):
    """A signed sum of the mutual information of sides, as a loss.

    Parameters
    ----------
    dims : sequence of int
        How many numbers a row of each side has.
    terms : sequence of Term
    minimize : bool
    options : dict
        Of each `MutualInfoLoss`.
    """

    def __init__(self, dims: Sequence[int], terms: Sequence[Term], minimize: bool, options: dict[str, Any]) -> None:
        super().__init__()
        for k, dim in enumerate(dims):
            check_int(f"dims[{k}]", dim, 1)
        bound = options.get("bound", "mine")
        if bound in UPPER_BOUNDS and any(term.sign < 0 for term in terms):
            raise ValueError(f"bound must be a lower bound where information is subtracted, got {bound!r}; try 'mine'.")
        self.dims, self.terms, self.minimize = tuple(dims), tuple(terms), minimize
        self.losses = nn.ModuleList(
            MutualInfoLoss(
                sum(dims[k] for k in term.left),
                sum(dims[k] for k in term.right),
                minimize=minimize == (term.sign > 0),
                **options,
            )
            for term in terms
        )

    def _evaluate(self, sides: Sequence[Tensor], partners: dict[str, Any]) -> Tensor:
        total: Tensor | None = None
        for term, loss in zip(self.terms, self.losses, strict=True):
            part = term.sign * loss(*self._join(sides, term), **partners)
            total = part if total is None else total + part
        assert total is not None
        return total

    def _train(self, optimizer: torch.optim.Optimizer, sides: Sequence[Tensor], partners: dict[str, Any]) -> Tensor:
        values = []
        for term, loss in zip(self.terms, self.losses, strict=True):
            assert isinstance(loss, MutualInfoLoss)
            values.append(term.sign * loss.train_critic(optimizer, *self._join(sides, term), **partners))
        return torch.stack(values).sum()

    def _join(self, sides: Sequence[Tensor], term: Term) -> tuple[Tensor, Tensor]:
        if len(sides) != len(self.dims) or len({len(side) for side in sides}) > 1:
            got = [tuple(side.shape) for side in sides]
            raise ValueError(f"sides must be {len(self.dims)} tensors with the same number of rows, got shapes {got}.")
        left, right = (
            torch.cat([sides[k].flatten(1) for k in numbers], 1) if len(numbers) > 1 else sides[numbers[0]]
            for numbers in (term.left, term.right)
        )
        return left, right


class ViewsLoss(CombinedLoss):
    """What several views share, in nats: of all pairs of them, or of all of them together.

    Parameters
    ----------
    dims : sequence of int
        How many numbers a row of each view has; two views or more.
    kind : {"pairs", "total"}, default="pairs"
        "pairs": the sum of I(V_a; V_b) over all pairs of views. "total": their total correlation, the divergence of
        their joint law from independence, as I(V_2; V_1) + I(V_3; V_1, V_2) + ...
    minimize : bool, default=False
        As in `MutualInfoLoss`.
    **options : dict
        Other parameters of `MutualInfoLoss`; each term has a critic of its own.

    Attributes
    ----------
    losses : ModuleList
        The `MutualInfoLoss` of each term.

    Raises
    ------
    ValueError
        If there are fewer than two views, or an argument cannot be used.

    See Also
    --------
    MutualInfoLoss : Two sides.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import ViewsLoss
    >>> _ = torch.manual_seed(0)
    >>> shared = torch.randn(256, 1)
    >>> views = [shared + 0.3 * torch.randn(256, 1) for _ in range(3)]
    >>> mi = ViewsLoss([1, 1, 1], "total", bound="infonce")
    >>> optimizer = torch.optim.Adam(mi.parameters(), lr=1e-2)
    >>> nats = [mi.train_critic(optimizer, views) for _ in range(60)]
    >>> bool(nats[-1] > nats[0])
    True
    """

    def __init__(self, dims: Sequence[int], kind: str = "pairs", *, minimize: bool = False, **options: Any) -> None:
        if len(dims) < 2:
            raise ValueError(f"dims must name at least two views, got {tuple(dims)}.")
        if kind not in ("pairs", "total"):
            raise ValueError(f"kind must be one of pairs, total, got {kind!r}.")
        views = range(len(dims))
        pairs = [Term((a,), (b,)) for a, b in itertools.combinations(views, 2)]
        total = [Term((b,), tuple(range(b))) for b in views[1:]]
        super().__init__(dims, pairs if kind == "pairs" else total, minimize, options)
        self.kind = kind

    def forward(self, views: Sequence[Tensor], **partners: Any) -> Tensor:
        """What the views of a batch share, in nats.

        Parameters
        ----------
        views : sequence of Tensor of shape (n, dim) or (n, ...)
            The same rows in each.
        **partners : dict
            ``labels``, ``groups``, ``positives`` and ``weight``, as in `MutualInfoLoss.forward`.

        Returns
        -------
        scalar Tensor
            The sum of the terms' values in nats.
        """
        return self._evaluate(views, partners)

    def train_critic(self, optimizer: torch.optim.Optimizer, views: Sequence[Tensor], **options: Any) -> Tensor:
        """Train all critics, and nothing else.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            Over `parameters()` of this module.
        views : sequence of Tensor of shape (n, dim) or (n, ...)
        **options : dict
            As in `MutualInfoLoss.train_critic`.

        Returns
        -------
        scalar Tensor
            The value in nats before the last step.
        """
        return self._train(optimizer, views, options)


class ConditionalLoss(CombinedLoss):
    """Mutual information I(X; Y | Z) of a batch in nats, where Z holds numbers.

    By the chain rule, I(X; Y, Z) - I(X; Z), with a critic each. The value is a difference of two bounds, and no bound
    itself. Where Z is a class, `MutualInfoLoss` with `n_classes` needs one critic only.

    Parameters
    ----------
    dim_x, dim_y, dim_z : int
        How many numbers a row of each side has.
    minimize : bool, default=False
        As in `MutualInfoLoss`.
    **options : dict
        Other parameters of `MutualInfoLoss`; `bound` is a lower one.

    Attributes
    ----------
    losses : ModuleList
        The losses of I(X; Y, Z) and of I(X; Z).

    Raises
    ------
    ValueError
        If an argument cannot be used.

    See Also
    --------
    skmine.mutual_info : A number to report, with ``given=``.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import ConditionalLoss
    >>> _ = torch.manual_seed(0)
    >>> z = torch.randn(64, 1)
    >>> mi = ConditionalLoss(1, 1, 1)
    >>> mi(z + torch.randn(64, 1), z + torch.randn(64, 1), z).shape  # nats
    torch.Size([])
    """

    def __init__(self, dim_x: int, dim_y: int, dim_z: int, *, minimize: bool = False, **options: Any) -> None:
        super().__init__((dim_x, dim_y, dim_z), (Term((0,), (1, 2)), Term((0,), (2,), -1)), minimize, options)

    def forward(self, x: Tensor, y: Tensor, z: Tensor, **partners: Any) -> Tensor:
        """I(X; Y | Z) of a batch, in nats.

        Parameters
        ----------
        x, y, z : Tensor of shape (n, dim) or (n, ...)
            The same rows of each side.
        **partners : dict
            ``labels``, ``groups``, ``positives`` and ``weight``, as in `MutualInfoLoss.forward`.

        Returns
        -------
        scalar Tensor
            The difference of the two values in nats.
        """
        return self._evaluate((x, y, z), partners)

    def train_critic(self, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, z: Tensor, **options: Any) -> Tensor:
        """Train both critics, and nothing else.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            Over `parameters()` of this module.
        x, y, z : Tensor of shape (n, dim) or (n, ...)
        **options : dict
            As in `MutualInfoLoss.train_critic`.

        Returns
        -------
        scalar Tensor
            The value in nats before the last step.
        """
        return self._train(optimizer, (x, y, z), options)
