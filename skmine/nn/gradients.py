"""What happens to gradients on their way back: they are reversed, limited, or taken through chunks of rows."""

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral

import torch
from torch import Tensor, nn

from skmine.core.processes import ProcessGroup, average_over_processes, find_group


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


def backward_clipped(
    task: Tensor,
    coupling: Tensor,
    parameters: Iterable[nn.Parameter],
    *,
    scaler: torch.amp.GradScaler | None = None,
    process_group: ProcessGroup = "default",
) -> Tensor:
    """Add the gradients of a task and of a mutual-information term, the second no longer than the first.

    MINE's adaptive gradient clipping (Belghazi et al. 2018, section 5.1 and appendix 8.1.2): mutual
    information has no upper limit, and its gradient could hide that of a generator's own loss::

        g = g_task + min(|g_task|, |g_coupling|) g_coupling / |g_coupling|.

    On several processes both gradients are averaged over them first, as DistributedDataParallel does, which does
    not see gradients that are replaced.

    Parameters
    ----------
    task : scalar Tensor
        A loss to be minimised, such as a generator's own.
    coupling : scalar Tensor
        A loss to be minimised, such as ``-mi(z, x)`` in nats with `MutualInfoLoss` mi.
    parameters : iterable of Parameter
        The parameters that both losses train, such as a generator's. Their ``grad`` is *replaced*. No
        other parameter gets a gradient, so train the critic by `MutualInfoLoss.train_critic`.
    scaler : torch.amp.GradScaler or None, default=None
        Scales both losses; go on with ``scaler.step(optimizer)`` and ``scaler.update()``. What overflows is left in
        the gradients, where it finds it and skips the step.
    process_group : {"default"}, ProcessGroup or None, default="default"
        Whose processes average their gradients, if there are several; None leaves this process alone.

    Returns
    -------
    scalar Tensor
        The factor that the coupling's gradient was multiplied by, at most 1.

    Raises
    ------
    ValueError
        If no parameter requires a gradient, if a loss has none, or, without a scaler and on the CPU, if the
        coupling is not finite. A gradient that overflows where the coupling is finite is left as it is.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import backward_clipped
    >>> w = torch.nn.Parameter(torch.ones(1))
    >>> backward_clipped(2 * w.sum(), -8 * w.sum(), [w])
    tensor(0.2500)
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
    if scaler is None and coupling.device.type == "cpu" and not bool(torch.isfinite(coupling.detach())):
        raise ValueError(
            "coupling must have a finite gradient, got NaN or infinity; check the network and the data behind it."
        )
    if scaler is not None:
        task, coupling = scaler.scale(task), scaler.scale(coupling)
    group = find_group(process_group)
    of_task = _differentiate(task, trained, group, retain_graph=True)
    of_coupling = _differentiate(coupling, trained, group)
    tiny = torch.finfo(torch.float32).tiny
    scale = (_norm(of_task) / _norm(of_coupling).clamp(min=tiny)).clamp(max=1.0)
    for parameter, own, other in zip(trained, of_task, of_coupling, strict=True):
        parts = [*([] if own is None else [own]), *([] if other is None else [other * scale])]
        # Each parameter gets a tensor of its own: autograd may return the same tensor for several of them.
        parameter.grad = sum(parts[1:], parts[0].clone()) if parts else None
    return scale


def _differentiate(
    loss: Tensor, parameters: Sequence[nn.Parameter], group: ProcessGroup | None, *, retain_graph: bool = False
) -> Sequence[Tensor | None]:
    """Gradients of a loss, their means over processes."""
    found = torch.autograd.grad(loss, parameters, retain_graph=retain_graph, allow_unused=True)
    if group is None:
        return found
    # A parameter that only other processes used still gets their gradient.
    whole = [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]
    return average_over_processes(whole, group)


def _norm(gradients: Iterable[Tensor | None]) -> Tensor:
    """Euclidean norm of all gradients as one vector."""
    norms = [g.norm() for g in gradients if g is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())


def backward_in_chunks(
    loss: Callable[..., Tensor],
    encoders: Sequence[Callable[[Tensor], Tensor]],
    inputs: Sequence[Tensor],
    chunk_size: int,
) -> Tensor:
    r"""Run the backward pass of a loss over all rows of a batch whose encoders' graphs do not fit into memory.

    Gradients are cached at the encoders' outputs (Gao et al. 2021, Scaling deep contrastive learning batch size): rows
    are encoded in chunks without a graph, the loss is taken back to them, and each chunk is encoded again with one.
    Gradients are added to ``grad`` as by `backward`, and equal those of the whole batch.

    Parameters
    ----------
    loss : callable(\*encoded) -> scalar Tensor
        What to minimise, of the encoded rows of all inputs, such as ``lambda z, w: -mi(z, w)`` in nats.
    encoders : sequence of callable(Tensor) -> Tensor
        One for each of the inputs; rows must not depend on each other, as they do by batch normalisation in training.
    inputs : sequence of Tensor of shape (n, ...)
    chunk_size : int
        Rows that are encoded together.

    Returns
    -------
    scalar Tensor
        The loss, without a gradient.

    Raises
    ------
    ValueError
        If `chunk_size` is less than 1, or encoders and inputs are not as many.

    Notes
    -----
    Random numbers of an encoder, for dropout, are the same in both passes, on the CPU and on the inputs' device.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import MutualInfoLoss, backward_in_chunks
    >>> _ = torch.manual_seed(0)
    >>> encoder, mi = torch.nn.Linear(5, 2), MutualInfoLoss(2, 2)
    >>> x = torch.randn(512, 5)
    >>> loss = backward_in_chunks(lambda z: -mi(z, x[:, :2]), [encoder], [x], chunk_size=64)
    >>> encoder.weight.grad.shape
    torch.Size([2, 5])
    """
    if not isinstance(chunk_size, Integral) or chunk_size < 1:
        raise ValueError(f"chunk_size must be an int of at least 1, got {chunk_size!r}.")
    if len(encoders) != len(inputs):
        raise ValueError(f"encoders and inputs must be as many, got {len(encoders)} and {len(inputs)}.")
    encoded: list[Tensor] = []
    states: list[list[_RandomState]] = []
    with torch.no_grad():
        for encoder, rows in zip(encoders, inputs, strict=True):
            parts, before = [], []
            for chunk in rows.split(chunk_size):
                before.append(_save_random_state(chunk.device))
                parts.append(encoder(chunk))
            encoded.append(torch.cat(parts).requires_grad_())
            states.append(before)
    value = loss(*encoded)
    value.backward()
    for encoder, rows, cached, before in zip(encoders, inputs, encoded, states, strict=True):
        if cached.grad is None:
            continue
        after = _save_random_state(rows.device)
        for chunk, gradient, state in zip(rows.split(chunk_size), cached.grad.split(chunk_size), before, strict=True):
            _load_random_state(state, chunk.device)
            again = encoder(chunk)
            if again.requires_grad:
                again.backward(gradient)
        _load_random_state(after, rows.device)
    return value.detach()


#: States of torch's generators, on the CPU and on a device.
_RandomState = tuple[Tensor, Tensor | None]


def _save_random_state(device: torch.device) -> _RandomState:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def _load_random_state(state: _RandomState, device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], device)
