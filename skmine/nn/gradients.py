"""What is done to gradients on their way: turned round, and kept from drowning others."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


class _Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return -gradients[0]


def reversed_gradient(x: Tensor) -> Tensor:
    """The same tensor; what flows back through it changes its sign (Ganin and Lempitsky 2015).

    Parameters
    ----------
    x : Tensor

    Returns
    -------
    Tensor of the same shape

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import reversed_gradient
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> reversed_gradient(x).sum().backward()
    >>> x.grad
    tensor([-1., -1.])
    """
    out: Tensor = _Reversed.apply(x)
    return out


def backward_clipped(task: Tensor, coupling: Tensor, parameters: Iterable[nn.Parameter]) -> float:
    """Add the gradients of a task and of a mutual-information term, the latter no longer than the former.

    MINE's adaptive gradient clipping (Belghazi et al. 2018, section 5.1 and appendix 8.1.2):
    mutual information can grow without bound, and its gradient would drown a generator's own,

        g = g_task + min(|g_task|, |g_coupling|) g_coupling / |g_coupling|.

    Parameters
    ----------
    task, coupling : scalar Tensor
        Losses, both to be minimised.
    parameters : iterable of Parameter
        Those that both losses move, such as a generator's. Their ``grad`` is *replaced*; no other
        parameter gets one, so train the critic by `MutualInfoLoss.train_critic`.

    Returns
    -------
    float
        What the coupling's gradient was multiplied by, at most 1.

    Raises
    ------
    ValueError
        If there are no parameters.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import backward_clipped
    >>> w = torch.nn.Parameter(torch.ones(1))
    >>> backward_clipped(2 * w.sum(), -8 * w.sum(), [w])
    0.25
    >>> w.grad
    tensor([0.])
    """
    moved = list(parameters)
    if not moved:
        raise ValueError(
            "parameters must hold at least one parameter, got none; pass for example generator.parameters()."
        )
    of_task = torch.autograd.grad(task, moved, retain_graph=True, allow_unused=True)
    of_coupling = torch.autograd.grad(coupling, moved, allow_unused=True)
    scale = (_norm(of_task) / _norm(of_coupling).clamp(min=torch.finfo(torch.float32).tiny)).clamp(max=1.0)
    for parameter, own, other in zip(moved, of_task, of_coupling, strict=True):
        added = None if other is None else other * scale
        parameter.grad = added if own is None else own if added is None else own + added
    return float(scale)


def _norm(gradients: Iterable[Tensor | None]) -> Tensor:
    """Euclidean norm of all together."""
    norms = [g.norm() for g in gradients if g is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())
