"""Checks of a batch, and of arguments, before a critic is evaluated."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor, nn

from skmine.core.bounds import OBJECTIVES
from skmine.core.networks import ACTIVATIONS
from skmine.nn.critics import ARCHITECTURES

#: Types of labels: torch's integers, except the unsigned ones of more than 8 bits, which lack most operations.
INTS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def check_int(name: str, value: Any, least: int) -> None:
    """Raise `ValueError` unless an argument is an integer of at least `least`."""
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an int of at least {least}, got {value!r}.")


def check_sizes(*, dim_x: Any, dim_y: Any, n_negatives: Any, n_classes: Any, widths: Sequence[Any]) -> None:
    """Raise where a loss's numbers of inputs, partners, classes or units cannot be used.

    Raises
    ------
    ValueError
    """
    for name, value, least in (
        ("dim_x", dim_x, 1),
        ("dim_y", dim_y, 1),
        *(() if n_negatives is None else [("n_negatives", n_negatives, 1)]),
        *(() if n_classes is None else [("n_classes", n_classes, 2)]),
        *(("hidden_layer_sizes", width, 1) for width in widths),
    ):
        check_int(name, value, least)
    if not widths:
        raise ValueError("hidden_layer_sizes must contain at least one width, got (); try (128, 128).")
    if n_negatives is not None and n_classes is not None:
        raise ValueError(
            f"n_negatives={n_negatives} cannot be combined with n_classes={n_classes}, where all other rows of "
            "a class are partners; leave n_negatives out."
        )


def check_choices(*, bound: Any, activation: Any, architecture: Any) -> None:
    """Raise where a loss's bound, activation or architecture is not one of ours, nor a module.

    Raises
    ------
    ValueError
    """
    if bound not in OBJECTIVES:
        raise ValueError(f"bound must be one of {', '.join(OBJECTIVES)}, got {bound!r}.")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}.")
    if not isinstance(architecture, nn.Module) and architecture not in ARCHITECTURES:
        raise ValueError(
            f"architecture must be one of {', '.join(ARCHITECTURES)} or a torch Module, got {architecture!r}."
        )


def check_rate(name: str, value: Any) -> None:
    """Raise `ValueError` unless an argument can be the weight of a new batch in a moving average."""
    if not isinstance(value, Real) or not 0 < float(value) < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}; 0.01 averages about 100 batches.")


def check_batch(x: Tensor, y: Tensor, labels: Tensor | None, dims: tuple[int, int], n_classes: int | None) -> None:
    """Raise unless two sides, and the labels to condition on, make up a batch.

    Parameters
    ----------
    x, y : Tensor of shape (n, ...)
    labels : Tensor of shape (n,) or None
    dims : (int, int)
        Numbers per row of each side.
    n_classes : int or None

    Raises
    ------
    ValueError
        If shapes, numbers of rows, labels or values cannot be used.
    TypeError
        If x or y is not a tensor of floats, or labels are not a tensor.
    """
    for name, value, dim in (("x", x, dims[0]), ("y", y, dims[1])):
        _check_side(name, value, dim)
    n = len(x)
    if len(y) != n:
        raise ValueError(f"x and y must have the same number of rows, got {n} and {len(y)}; pass both of one batch.")
    if n < 2:
        raise ValueError(f"x must have at least 2 rows to make marginal pairs, got {n}; use larger batches.")
    if labels is None and n_classes is not None:
        raise ValueError(f"labels must be given with n_classes={n_classes}, got no labels; pass one per row.")
    if labels is not None and n_classes is None:
        raise ValueError("labels need n_classes, got labels and n_classes=None; create the loss with n_classes.")
    if labels is not None:
        _check_labels(labels, n)
    if not torch.compiler.is_compiling():  # reading values would break the compiled graph
        _check_values(x, y, labels, n_classes)


def _check_side(name: str, value: Any, dim: int) -> None:
    if not isinstance(value, Tensor) or not value.is_floating_point():
        kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(f"{name} must be a tensor of floats, got {kind}; use {name}.float(), or one_hot for labels.")
    if value.ndim < 2 or math.prod(value.shape[1:]) != dim:
        raise ValueError(
            f"{name} must have shape (n, {dim}), because dim_{name}={dim}, got {tuple(value.shape)}; reshape it or "
            f"change dim_{name}."
        )


def _check_labels(labels: Any, n: int) -> None:
    if not isinstance(labels, Tensor):
        raise TypeError(f"labels must be a tensor of ints, got {type(labels).__name__}; use torch.as_tensor(labels).")
    if labels.dtype not in INTS or labels.shape != (n,):
        raise ValueError(
            f"labels must be ints of shape ({n},), got {labels.dtype} of shape {tuple(labels.shape)}; pass one int per "
            f"row, for example labels.long()."
        )


def check_precision(x: Tensor, y: Tensor, parameter: Tensor) -> None:
    """Raise unless a batch has the dtype and the device of a critic's parameters.

    Raises
    ------
    TypeError
        If the dtype is another one, outside autocast.
    ValueError
        If the device is another one.
    """
    for name, value in (("x", x), ("y", y)):
        if value.dtype != parameter.dtype and not torch.is_autocast_enabled(value.device.type):
            raise TypeError(
                f"{name} must be {parameter.dtype}, the dtype of the critic, got {value.dtype}; use "
                f"{name}.to({parameter.dtype}), or loss.double()."
            )
        if value.device != parameter.device:
            raise ValueError(
                f"{name} must be on {parameter.device}, the device of the critic, got {value.device}; use "
                f"loss.to({name}.device)."
            )


def _check_values(x: Tensor, y: Tensor, labels: Tensor | None, n_classes: int | None) -> None:
    for name, value in (("x", x), ("y", y)):
        if not bool(torch.isfinite(value.detach()).all()):
            raise ValueError(
                f"{name} must be finite, got NaN or infinity; check the network or the data it comes from."
            )
    if labels is None or n_classes is None:
        return
    least, largest = int(labels.min()), int(labels.max())
    if least < 0 or largest >= n_classes:
        raise ValueError(
            f"labels must be from 0 to n_classes - 1 = {n_classes - 1}, got {least} to {largest}; encode them or use "
            f"a larger n_classes."
        )
    if int(torch.bincount(labels.long()).max()) < 2:
        raise ValueError(
            f"labels must contain at least one class twice to make marginal pairs, got {len(labels)} rows of "
            f"{len(labels)} classes; use larger batches."
        )
