"""What a batch must be before a critic reads it."""

import math
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

INTS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def check_int(name: str, value: Any, least: int) -> None:
    """Raise where an argument is no whole number of at least so much."""
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an int of at least {least}, got {value!r}.")


def check_rate(name: str, value: Any) -> None:
    """Raise where the weight of a moving average is none."""
    if not isinstance(value, Real) or not 0 < float(value) < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}; 0.01 averages about 100 batches.")


def check_batch(x: Tensor, y: Tensor, labels: Tensor | None, dims: tuple[int, int], n_classes: int | None) -> None:
    """Raise where two sides, and the labels that are conditioned on, are no batch.

    Parameters
    ----------
    x, y : Tensor of shape (n, ...)
    labels : Tensor of shape (n,) or None
    dims : (int, int)
        Numbers a row has on either side.
    n_classes : int or None

    Raises
    ------
    ValueError, TypeError
    """
    for name, value, dim in (("x", x, dims[0]), ("y", y, dims[1])):
        if not isinstance(value, Tensor) or not value.is_floating_point():
            kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
            raise TypeError(
                f"{name} must be a tensor of floats, got {kind}; use {name}.float(), or one_hot for labels."
            )
        if value.ndim < 2 or math.prod(value.shape[1:]) != dim:
            raise ValueError(f"{name} must have shape (n, {dim}), as dim_{name} says, got {tuple(value.shape)}.")
    n = len(x)
    if len(y) != n:
        raise ValueError(f"x and y must have as many rows as each other, got {n} and {len(y)}.")
    if n < 2:
        raise ValueError(f"x must have at least 2 rows, which marginal pairs are made of, got {n}; use larger batches.")
    if (labels is None) != (n_classes is None):
        given = "no labels" if labels is None else "labels"
        raise ValueError(f"labels go with n_classes and n_classes with labels, got {given} and n_classes={n_classes}.")
    if labels is not None and not isinstance(labels, Tensor):
        raise TypeError(f"labels must be a tensor of ints, got {type(labels).__name__}; use torch.as_tensor(labels).")
    if labels is not None and (labels.dtype not in INTS or labels.shape != (n,)):
        raise ValueError(f"labels must be ints of shape ({n},), got {labels.dtype} of shape {tuple(labels.shape)}.")
    if not torch.compiler.is_compiling():  # reading values would break the graph
        _check_values(x, y, labels, n_classes)


def check_precision(x: Tensor, y: Tensor, parameter: Tensor) -> None:
    """Raise where a critic's own parameters are of another type or elsewhere than the batch.

    Raises
    ------
    TypeError, ValueError
    """
    for name, value in (("x", x), ("y", y)):
        if value.dtype != parameter.dtype and not torch.is_autocast_enabled(value.device.type):
            raise TypeError(
                f"{name} must be {parameter.dtype}, as the critic is, got {value.dtype}; use "
                f"{name}.to({parameter.dtype}), or loss.double()."
            )
        if value.device != parameter.device:
            raise ValueError(
                f"{name} must be on {parameter.device}, where the critic is, got {value.device}; use "
                f"loss.to({name}.device)."
            )


def _check_values(x: Tensor, y: Tensor, labels: Tensor | None, n_classes: int | None) -> None:
    for name, value in (("x", x), ("y", y)):
        if not bool(torch.isfinite(value.detach()).all()):
            raise ValueError(f"{name} must be finite, got NaN or infinity; look at the network or data it comes from.")
    if labels is None or n_classes is None:
        return
    least, largest = int(labels.min()), int(labels.max())
    if least < 0 or largest >= n_classes:
        raise ValueError(f"labels must be from 0 to n_classes - 1 = {n_classes - 1}, got {least} to {largest}.")
    if int(torch.bincount(labels.long()).max()) < 2:
        raise ValueError(
            f"labels must name some class twice, within which marginal pairs are made, got {len(labels)} rows of "
            "as many classes; use larger batches."
        )
