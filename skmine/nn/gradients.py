"""What happens to gradients on their way back: their sign is reversed, or their length is limited."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def reversed_gradient(x: Tensor, strength: float | Tensor = 1.0) -> Tensor:
    """Return the same tensor; the gradient that flows back through it changes its sign.

    The gradient reversal layer of Ganin and Lempitsky (2015).

    Parameters
    ----------
    x : Tensor
        Of any shape.
    strength : float or scalar Tensor, default=1.0
        What the gradient is multiplied by, beside -1: 0 stops it, and a strength that rises from 0 during
        training lets what is behind settle first, as its authors do. The value has no gradient by it.

    Returns
    -------
    Tensor
        Equal to x, of the same shape.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import reversed_gradient
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> reversed_gradient(x, strength=0.5).sum().backward()
    >>> x.grad
    tensor([-0.5000, -0.5000])
    """
    if isinstance(strength, Tensor):
        strength = strength.detach()
    return x.detach() - strength * (x - x.detach())


def backward_clipped(task: Tensor, coupling: Tensor, parameters: Iterable[nn.Parameter]) -> float:
    """Add the gradients of a task and of a mutual-information term, the second no longer than the first.

    MINE's adaptive gradient clipping (Belghazi et al. 2018, section 5.1 and appendix 8.1.2): mutual
    information has no upper limit, and its gradient could hide that of a generator's own loss,

        g = g_task + min(|g_task|, |g_coupling|) g_coupling / |g_coupling|.

    Parameters
    ----------
    task : scalar Tensor
        A loss to be minimised, such as a generator's own.
    coupling : scalar Tensor
        A loss to be minimised, such as ``-mi(z, x)`` in nats with `MutualInfoLoss` mi.
    parameters : iterable of Parameter
        The parameters that both losses train, such as a generator's. Their ``grad`` is *replaced*. No
        other parameter gets a gradient, so train the critic by `MutualInfoLoss.train_critic`.

    Returns
    -------
    float
        The factor that the coupling's gradient was multiplied by, at most 1.

    Raises
    ------
    ValueError
        If no parameter requires a gradient, if a loss has none, or if the coupling's is not finite.

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
    trained = [p for p in parameters if p.requires_grad]
    if not trained:
        raise ValueError(
            "parameters must contain at least one parameter that requires a gradient, got none; pass for example "
            "generator.parameters()."
        )
    for name, loss in (("task", task), ("coupling", coupling)):
        if not loss.requires_grad:
            raise ValueError(
                f"{name} must be a loss computed from the parameters, got a tensor without a gradient; do not "
                f"detach it."
            )
    of_task = torch.autograd.grad(task, trained, retain_graph=True, allow_unused=True)
    of_coupling = torch.autograd.grad(coupling, trained, allow_unused=True)
    length = _norm(of_coupling)
    if not bool(torch.isfinite(length)):
        raise ValueError(
            "coupling must have a finite gradient, got NaN or infinity; check the network and the data behind it."
        )
    scale = (_norm(of_task) / length.clamp(min=torch.finfo(torch.float32).tiny)).clamp(max=1.0)
    for parameter, own, other in zip(trained, of_task, of_coupling, strict=True):
        parts = [*([] if own is None else [own]), *([] if other is None else [other * scale])]
        # Each parameter gets a tensor of its own: autograd may return the same tensor for several of them.
        parameter.grad = sum(parts[1:], parts[0].clone()) if parts else None
    return float(scale)


def _norm(gradients: Iterable[Tensor | None]) -> Tensor:
    """Euclidean norm of all gradients as one vector."""
    norms = [g.norm() for g in gradients if g is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())
