"""Checks of a batch, and of arguments, before a critic is evaluated."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor, nn

from skmine.core.bounds import OBJECTIVES, UPPER_BOUNDS
from skmine.core.networks import ACTIVATIONS
from skmine.nn.critics import ARCHITECTURES, CONDITIONALS


def check_int(name: str, value: Any, least: int) -> None:
    """Raise `ValueError` unless an argument is an integer of at least `least`."""
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an int of at least {least}, got {value!r}.")


def check_sizes(
    *,
    dim_x: Any,
    dim_y: Any,
    n_negatives: Any,
    n_classes: Any,
    widths: Sequence[Any],
    chunk_size: Any = None,
    least_widths: int = 1,
) -> None:
    """Raise where a loss's numbers of inputs, partners, classes, units or rows cannot be used.

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
        *(() if chunk_size is None else [("chunk_size", chunk_size, 1)]),
    ):
        check_int(name, value, least)
    if len(widths) < least_widths:
        raise ValueError("hidden_layer_sizes must contain at least one width, got (); try (128, 128).")
    if n_negatives is not None and n_classes is not None:
        raise ValueError(
            f"n_negatives={n_negatives} cannot be combined with n_classes={n_classes}, where all other rows of "
            "a class are partners; leave n_negatives out."
        )


def check_choices(*, bound: Any, activation: Any, architecture: Any, temperature: Any) -> None:
    """Raise where a loss's bound, activation or architecture is not one of ours, nor a module.

    Raises
    ------
    ValueError
    """
    bounds = (*OBJECTIVES, *UPPER_BOUNDS)
    if bound not in bounds:
        raise ValueError(f"bound must be one of {', '.join(bounds)}, got {bound!r}.")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}.")
    names = (*ARCHITECTURES, *CONDITIONALS)
    if not isinstance(architecture, nn.Module) and architecture not in names:
        raise ValueError(f"architecture must be one of {', '.join(names)} or a torch Module, got {architecture!r}.")
    if not isinstance(temperature, Real) or not 0 < float(temperature) < math.inf:
        raise ValueError(f"temperature must be a positive number, got {temperature!r}; try 0.1.")


def check_upper(*, bound: str, architecture: Any, minimize: bool, n_negatives: int | None) -> None:
    """Raise where an upper bound, or a model of log p(y | x), is not used for what it is.

    Raises
    ------
    ValueError
    """
    if bound in UPPER_BOUNDS and not minimize:
        raise ValueError(f"bound={bound!r} is an upper bound, for what is minimised; pass minimize=True.")
    if bound == "loo" and n_negatives is not None:
        raise ValueError(
            f"n_negatives={n_negatives} cannot be combined with bound='loo', which compares each row of y with all "
            "rows of x; leave n_negatives out."
        )
    names = CONDITIONALS if bound in UPPER_BOUNDS else ARCHITECTURES
    if isinstance(architecture, str) and architecture not in names:
        raise ValueError(
            f"architecture must be one of {', '.join(names)} or a torch Module with bound={bound!r}, got "
            f"{architecture!r}."
        )


def check_weight(name: str, value: Any) -> None:
    """Raise `ValueError` unless an argument is a finite number of at least 0; tensors are not read."""
    if isinstance(value, torch.Tensor):
        if value.ndim:
            raise ValueError(f"{name} must be a scalar, got shape {tuple(value.shape)}; pass one number.")
    elif not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}.")


def check_rate(name: str, value: Any) -> None:
    """Raise `ValueError` unless an argument can be the weight of a new batch in a moving average."""
    if not isinstance(value, Real) or not 0 < float(value) < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}; 0.01 averages about 100 batches.")


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
