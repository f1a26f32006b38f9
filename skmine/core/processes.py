"""Several processes that train one module together (torch.distributed): averages over them, and rows gathered from all.

Design notes. Every function here is called by all processes of a group at the same time; where there is only one
process, nothing is communicated. Sums over processes are the same to the bit on each of them, so that replicas that
start equal stay equal.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

#: What a `process_group` argument may be: "default" is torch.distributed's group of all processes, None is no group.
ProcessGroup = Any


def find_group(process_group: ProcessGroup) -> ProcessGroup | None:
    """The group that takes part, or None where this process is alone."""
    if process_group is None or not dist.is_available() or not dist.is_initialized():
        return None
    group = dist.group.WORLD if process_group == "default" else process_group
    return group if dist.get_world_size(group) > 1 else None


def average_over_processes(tensors: Sequence[Tensor], group: ProcessGroup | None) -> list[Tensor]:
    """The mean of each tensor over the processes of a group, in one message per dtype; without a group, the same."""
    if group is None:
        return list(tensors)
    out: list[Tensor] = list(tensors)
    for dtype in dict.fromkeys(t.dtype for t in tensors):
        own = [k for k, t in enumerate(tensors) if t.dtype == dtype]
        flat = torch.cat([tensors[k].detach().flatten() for k in own])
        dist.all_reduce(flat, group=group)
        flat /= dist.get_world_size(group)
        for k, part in zip(own, flat.split([tensors[k].numel() for k in own]), strict=True):
            out[k] = part.view_as(tensors[k])
    return out


def log_mean_over_processes(log_mean: Tensor, group: ProcessGroup | None) -> Tensor:
    """Log of the mean over processes of what is given as a log."""
    if group is None:
        return log_mean
    largest = log_mean.detach().clone()
    dist.all_reduce(largest, op=dist.ReduceOp.MAX, group=group)
    (mean,) = average_over_processes([(log_mean - largest).exp()], group)
    return mean.log() + largest


def take_from_first(value: Tensor, group: ProcessGroup | None, device: torch.device) -> Tensor:
    """The tensor of the first process, on all of them; the group communicates on the given device."""
    if group is None:
        return value
    shared = value.to(device)
    dist.broadcast(shared, dist.get_global_rank(group, 0), group=group)
    return shared.to(value.device)


def check_replicas(parameters: Iterable[Tensor], group: ProcessGroup | None) -> None:
    """Raise unless all processes of a group hold the same parameters, whole.

    Raises
    ------
    ValueError
        If the parameters differ between processes.
    TypeError
        If a parameter is sharded: a part of it is no gradient to clip by its norm.
    """
    if group is None:
        return
    from torch.distributed.tensor import DTensor  # there only where torch.distributed is

    own = list(parameters)
    if any(isinstance(p, DTensor) for p in own):
        raise TypeError(
            "parameters must be whole on each process, got a sharded DTensor; use DistributedDataParallel for the loss."
        )
    flat = torch.cat([p.detach().flatten().double() for p in own])
    first = flat.clone()
    dist.broadcast(first, dist.get_global_rank(group, 0), group=group)
    differs = (flat != first).any().to(torch.int32)
    dist.all_reduce(differs, group=group)
    if int(differs):
        raise ValueError(
            "parameters must be equal on all processes, got other values on some; wrap the module in "
            "DistributedDataParallel before the first step, or pass process_group=None to train each process alone."
        )


class _Gather(torch.autograd.Function):
    """Rows of all processes; the gradient of a process's rows is the sum of what all processes say of them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: Sequence[int], group: ProcessGroup) -> Tensor:
        ctx.sizes, ctx.group = sizes, group
        padded = x.new_zeros(max(sizes), *x.shape[1:])
        padded[: len(x)] = x
        parts = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(parts, padded, group=group)
        return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        gradient = gradients[0].contiguous().clone()
        dist.all_reduce(gradient, group=ctx.group)
        rank = dist.get_rank(ctx.group)
        start = sum(ctx.sizes[:rank])
        return gradient[start : start + ctx.sizes[rank]], None, None


def gather_rows(x: Tensor, process_group: ProcessGroup = "default") -> Tensor:
    """Rows of all processes, in the order of their ranks, with gradients.

    Pass what it returns to a loss that compares rows with each other, and every process computes the loss of the
    joined batch. Gradients that are then averaged over processes, as DistributedDataParallel,
    `MutualInfoLoss.train_critic` and `backward_clipped` do, are those that one process has with the joined batch.

    Parameters
    ----------
    x : Tensor of shape (n, ...)
        Rows of this process; n may differ between processes. Integers (labels, groups) have no gradient. Number
        groups across all processes, not within each: rows of all are compared.
    process_group : {"default"}, ProcessGroup or None, default="default"
        Who takes part: all processes of `torch.distributed`, those of a group, or None, which returns x. Without
        `torch.distributed`, and with one process, x is returned, too.

    Returns
    -------
    Tensor of shape (sum of n, ...)

    Raises
    ------
    ValueError
        If rows of the processes have different shapes or dtypes.

    Notes
    -----
    The numbers of rows are exchanged first. Every process of the group has to call this at the same time, and run
    the backward pass.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import gather_rows
    >>> gather_rows(torch.ones(4, 2)).shape  # one process
    torch.Size([4, 2])
    """
    group = find_group(process_group)
    if group is None:
        return x
    told = _exchange_shapes(x, group)
    if any(one[1:] != told[0][1:] for one in told):
        raise ValueError(f"x must have rows of one shape and dtype on all processes, got {told}.")
    gathered: Tensor = _Gather.apply(x, [one[0] for one in told], group)
    return gathered


#: What may be gathered; a dtype is told by its place in this list.
_DTYPES = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
)

#: Most axes of what is gathered: arbitrary. Shapes are sent as messages of one size.
_MOST_AXES = 8


def _exchange_shapes(x: Tensor, group: ProcessGroup) -> list[tuple[int, ...]]:
    """Of each process: its number of rows, its dtype's number, and the shape of a row."""
    own = [len(x), _DTYPES.index(x.dtype), *x.shape[1:]]
    own += [-1] * (_MOST_AXES + 1 - len(own))
    told = torch.tensor(own, device=x.device)
    all_told = [torch.empty_like(told) for _ in range(dist.get_world_size(group))]
    dist.all_gather(all_told, told, group=group)
    return [tuple(int(v) for v in one if v >= 0) for one in torch.stack(all_told).cpu()]
