"""What is done to gradients on their way: turned round, and kept from drowning others."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


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
    return x.detach() - (x - x.detach())


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
        If no parameter requires a gradient, a loss has none, or the coupling's is not finite.

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
    moved = [p for p in parameters if p.requires_grad]
    if not moved:
        raise ValueError(
            "parameters must hold at least one parameter that requires a gradient, got none; pass for example "
            "generator.parameters()."
        )
    for name, loss in (("task", task), ("coupling", coupling)):
        if not loss.requires_grad:
            raise ValueError(f"{name} must be a loss of the parameters, got a tensor without a gradient.")
    of_task = torch.autograd.grad(task, moved, retain_graph=True, allow_unused=True)
    of_coupling = torch.autograd.grad(coupling, moved, allow_unused=True)
    length = _norm(of_coupling)
    if not bool(torch.isfinite(length)):
        raise ValueError("coupling has a gradient that is not finite; look at the network and data behind it.")
    scale = (_norm(of_task) / length.clamp(min=torch.finfo(torch.float32).tiny)).clamp(max=1.0)
    for parameter, own, other in zip(moved, of_task, of_coupling, strict=True):
        parts = [*([] if own is None else [own]), *([] if other is None else [other * scale])]
        # A tensor of its own each: autograd may hand out one for several parameters.
        parameter.grad = sum(parts[1:], parts[0].clone()) if parts else None
    return float(scale)


def _norm(gradients: Iterable[Tensor | None]) -> Tensor:
    """Euclidean norm of all together."""
    norms = [g.norm() for g in gradients if g is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())
