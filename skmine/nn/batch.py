"""A batch as the caller gives it: two sides, and which of their rows are partners.

Design notes. Rows of y are followed by `negatives`, which are partners of marginal pairs only. Labels and groups are
given once for both sides, or as a pair, for the rows of x and for those of y. From all of them follow two masks: which
pairs are joint, and which are marginal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from skmine.core.pair_objective import Pairs
from skmine.nn.gradients import reversed_gradient

#: Types of labels and groups: torch's integers, except the unsigned ones of more than 8 bits, which lack most
#: operations.
INTS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)

#: One int per row, for both sides or for each.
Codes = Tensor | Sequence[Tensor] | None


@dataclass(frozen=True)
class Batch:
    """Two sides and their pairs.

    Attributes
    ----------
    x : Tensor of shape (n, ...)
    y : Tensor of shape (m, ...)
        Rows of y, negatives last.
    labels : (Tensor of shape (n,), Tensor of shape (m,)) or None
        Classes to condition on.
    pairs : Pairs
    plain : bool
        Whether row i's only joint pair is with row i, and all its others are marginal.
    grouped : bool
        Whether groups keep rows apart.
    """

    x: Tensor
    y: Tensor
    labels: tuple[Tensor, Tensor] | None
    pairs: Pairs
    plain: bool
    grouped: bool

    def detach(self) -> "Batch":
        """The same without gradients to the rows."""
        return replace(self, x=self.x.detach(), y=self.y.detach())

    def reverse(self, strength: float | Tensor) -> "Batch":
        """The same with gradients to the rows that are reversed, as `reversed_gradient` does."""
        return replace(self, x=reversed_gradient(self.x, strength), y=reversed_gradient(self.y, strength))

    @property
    def half(self) -> bool:
        """Whether gradients to the rows go on in float16."""
        return torch.float16 in (self.x.dtype, self.y.dtype)


def read_batch(
    x: Tensor,
    y: Tensor,
    labels: Codes,
    groups: Codes,
    positives: Tensor | str | None,
    negatives: Tensor | None,
    *,
    dims: tuple[int, int],
    n_classes: int | None,
) -> Batch:
    """Check a batch and find its pairs.

    Parameters
    ----------
    x, y, labels, groups, positives, negatives
        As in `MutualInfoLoss.forward`.
    dims : (int, int)
        Numbers per row of each side.
    n_classes : int or None

    Raises
    ------
    ValueError
        If shapes, numbers of rows, labels, groups or values cannot be used.
    TypeError
        If x, y or negatives is not a tensor of floats, or labels or groups are not tensors.
    """
    sides = {"x": x, "y": y, **({} if negatives is None else {"negatives": negatives})}
    for name, value in sides.items():
        _check_side(name, value, dims[name != "x"])
    n, m, n_extra = len(x), len(y), 0 if negatives is None else len(negatives)
    if positives is None and m != n:
        raise ValueError(
            f"x and y must have the same number of rows, got {n} and {m}; pass both of one batch, other rows of y as "
            "negatives, or positives to say which rows belong together."
        )
    if n < 1 or (n < 2 and m + n_extra < 2):
        raise ValueError(f"x must have at least 2 rows to make marginal pairs, got {n}; use larger batches.")
    if labels is None and n_classes is not None:
        raise ValueError(f"labels must be given with n_classes={n_classes}, got no labels; pass one per row.")
    if labels is not None and n_classes is None:
        raise ValueError("labels need n_classes, got labels and n_classes=None; create the loss with n_classes.")
    of_labels, of_groups = (
        None if codes is None else _read_codes(name, codes, (n, m, n_extra), x.device)
        for name, codes in (("labels", labels), ("groups", groups))
    )
    joint = _find_joint(positives, of_groups, (n, m, n_extra), x.device)
    marginal = ~joint
    if of_groups is not None:
        marginal &= ~_match(of_groups, (n, m, n_extra))
    own: tuple[Tensor, Tensor] | None = None
    if of_labels is not None:
        if len(of_labels[1]) != m + n_extra:
            raise ValueError(
                f"labels must cover the negatives, got {len(of_labels[1])} for {m + n_extra} rows; pass a pair: labels "
                "of x, and those of y and of the negatives."
            )
        same = of_labels[0][:, None] == of_labels[1]
        joint, marginal, own = joint & same, marginal & same, (of_labels[0], of_labels[1])
    plain = n_extra == 0 and positives is None and groups is None and labels is None
    batch = Batch(
        x, y if negatives is None else torch.cat([y, negatives]), own, Pairs(joint, marginal), plain, groups is not None
    )
    if not torch.compiler.is_compiling():  # reading values would break the compiled graph
        _check_values(sides, batch, of_groups, n_classes)
    return batch


def _check_side(name: str, value: Any, dim: int) -> None:
    if isinstance(value, (list, tuple)):
        raise TypeError(
            f"{name} must be a tensor of floats, got a {type(value).__name__}; for several views use ViewsLoss."
        )
    if not isinstance(value, Tensor) or not value.is_floating_point():
        kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(f"{name} must be a tensor of floats, got {kind}; use {name}.float(), or one_hot for labels.")
    side = "x" if name == "x" else "y"
    if value.ndim < 2 or math.prod(value.shape[1:]) != dim:
        raise ValueError(
            f"{name} must have shape (n, {dim}), because dim_{side}={dim}, got {tuple(value.shape)}; reshape it or "
            f"change dim_{side}."
        )


def _read_codes(name: str, codes: Any, sizes: tuple[int, int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Codes of the rows of x and of y; those of y may include the negatives."""
    n, m, n_extra = sizes
    pair = isinstance(codes, (list, tuple)) and len(codes) == 2 and all(isinstance(c, Tensor) for c in codes)
    own: tuple[Any, Any] = (codes[0], codes[1]) if pair else (codes, codes)
    for value, allowed in zip(own, ((n,), (m, m + n_extra)), strict=True):
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"{name} must be a tensor of ints, got {kind}; use torch.as_tensor({name}).")
        if value.dtype not in INTS or value.ndim != 1 or all(len(value) != size for size in allowed):
            raise ValueError(
                f"{name} must be ints of shape ({allowed[-1]},), got {value.dtype} of shape {tuple(value.shape)}; pass "
                f"one int per row, for example {name}.long()."
            )
    return own[0].to(device, non_blocking=True), own[1].to(device, non_blocking=True)


def _match(groups: tuple[Tensor, Tensor], sizes: tuple[int, int, int]) -> Tensor:
    """Which rows of x and y are of one group, (n, m + n_extra); negatives without a group are of none."""
    same = groups[0][:, None] == groups[1]
    return _pad(same, sizes[1] + sizes[2])


def _pad(mask: Tensor, width: int) -> Tensor:
    """More columns, of False."""
    return torch.cat([mask, mask.new_zeros(len(mask), width - mask.shape[1])], 1)


def _find_joint(
    positives: Any, groups: tuple[Tensor, Tensor] | None, sizes: tuple[int, int, int], device: torch.device
) -> Tensor:
    """Which pairs are joint, (n, m + n_extra)."""
    n, m, n_extra = sizes
    if positives is None:
        index = torch.arange(n, device=device)
        return index[:, None] == torch.arange(m + n_extra, device=device)
    if isinstance(positives, str):
        if positives != "group" or groups is None:
            raise ValueError(
                f"positives must be a bool tensor of shape ({n}, {m}), or 'group' together with groups, got "
                f"{positives!r} and groups={'given' if groups is not None else None}; pass both."
            )
        return _pad(groups[0][:, None] == groups[1][:m], m + n_extra)
    if not isinstance(positives, Tensor) or positives.dtype != torch.bool or positives.shape != (n, m):
        got = f"{positives.dtype} of shape {tuple(positives.shape)}" if isinstance(positives, Tensor) else positives
        raise ValueError(f"positives must be a bool tensor of shape ({n}, {m}), or 'group', got {got}; make it a mask.")
    return _pad(positives, m + n_extra)


def _check_values(
    sides: dict[str, Tensor], batch: Batch, groups: tuple[Tensor, Tensor] | None, n_classes: int | None
) -> None:
    """Checks that read values. On a device that would wait for it in every step; NaN says the same there.

    Nor are they made under autocast: what overflows there, a GradScaler looks for, and skips the step.
    """
    device = batch.x.device.type
    if device != "cpu":
        return
    if not torch.is_autocast_enabled(device):
        for name, value in sides.items():
            if not bool(torch.isfinite(value.detach()).all()):
                raise ValueError(
                    f"{name} must be finite, got NaN or infinity; check the network or the data it comes from."
                )
    if batch.labels is not None and n_classes is not None:
        for codes in batch.labels:
            least, largest = int(codes.min()), int(codes.max())
            if least < 0 or largest >= n_classes:
                raise ValueError(
                    f"labels must be from 0 to n_classes - 1 = {n_classes - 1}, got {least} to {largest}; encode them "
                    f"or use a larger n_classes."
                )
    if bool(batch.pairs.find_paired().any()):
        return
    n = len(batch.x)
    if groups is not None:
        n_groups = len(torch.cat([c.long() for c in groups]).unique())
        within = "" if batch.labels is None else " of one class"
        raise ValueError(
            f"groups must leave at least two rows{within} of different groups to make marginal pairs, got {n} rows of "
            f"{n_groups} {'group' if n_groups == 1 else 'groups'}; use larger batches, or pass negatives."
        )
    if batch.labels is not None:
        n_labels = len(batch.labels[0].unique())
        raise ValueError(
            f"labels must contain at least one class twice to make marginal pairs, got {n} rows of {n_labels} classes; "
            "use larger batches."
        )
    raise ValueError(
        "positives must leave a row with a positive and with another row, got all pairs or none; use larger batches."
    )
