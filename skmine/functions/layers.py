"""What users have of a network: the outputs of its layers at several epochs, and the noise that is added to them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

#: A point of a plane: an epoch and a layer.
Place = tuple[Hashable, Hashable]


@dataclass(frozen=True)
class Layers:
    """Outputs of layers, by epoch and layer.

    Attributes
    ----------
    epochs, names : list
        As the user calls them, in the order given.
    outputs : dict of ndarray of shape (n, n_units), by (epoch, name)
        A layer has the same number of units in every epoch.
    """

    epochs: list[Hashable]
    names: list[Hashable]
    outputs: dict[Place, NDArray[Any]]

    @property
    def n_rows(self) -> int:
        return len(next(iter(self.outputs.values())))

    def count_units(self, name: Hashable) -> int:
        return self.outputs[self.epochs[0], name].shape[1]

    @classmethod
    def read(cls, layers: Any) -> "Layers":
        """Read a mapping or list of epochs, each a mapping or list of layers.

        Raises
        ------
        TypeError
            If it is nested otherwise, or outputs are no numbers.
        ValueError
            If there are none, if rows, layers or units differ between epochs, or if a number is not finite.
        """
        outputs: dict[Place, NDArray[Any]] = {}
        names: list[Hashable] = []
        epochs = _list_entries(layers, "layers", "epochs, each a mapping or list of layers")
        for epoch, of_epoch in epochs:
            argument = f"layers[{epoch!r}]"
            found = dict(_list_entries(of_epoch, argument, "layers, each an array of shape (n_samples, n_units)"))
            names = names or list(found)
            if set(found) != set(names):
                raise ValueError(
                    f"{argument} must have the layers of the first epoch, {', '.join(map(repr, names))}, got "
                    f"{', '.join(map(repr, found))}."
                )
            for name in names:
                outputs[epoch, name] = _read_array(found[name], f"{argument}[{name!r}]")
        self = cls([epoch for epoch, _ in epochs], names, outputs)
        self._check_shapes()
        return self

    def _check_shapes(self) -> None:
        for (epoch, name), values in self.outputs.items():
            expected = self.n_rows, self.count_units(name)
            if values.shape != expected:
                raise ValueError(
                    f"layers[{epoch!r}][{name!r}] has {values.shape[0]} rows and {values.shape[1]} units, expected "
                    f"{expected[0]} rows, as all layers have, and {expected[1]} units, as in the first epoch."
                )
        if self.n_rows < 2:
            raise ValueError(
                f"layers must have at least two rows, which are compared with each other, got {self.n_rows}."
            )

    def read_noise(self, noise: Any) -> dict[Hashable, NDArray[np.float64]] | None:
        """Standard deviations of the noise by layer, (1, 1) to (n, n_units); None without noise.

        Raises
        ------
        TypeError
            If it is no number.
        ValueError
            If layers are unknown or left out, or a value is not positive or does not broadcast.
        """
        if noise is None:
            return None
        given = dict(noise) if isinstance(noise, Mapping) else dict.fromkeys(self.names, noise)
        if set(given) != set(self.names):
            odd = [name for name in (*given, *self.names) if (name in given) != (name in self.names)]
            raise ValueError(
                f"noise must have a standard deviation for each layer, {', '.join(map(repr, self.names))}; "
                f"{odd[0]!r} is {'no layer' if odd[0] in given else 'left out'}."
            )
        out = {}
        for name in self.names:
            argument = f"noise[{name!r}]" if isinstance(noise, Mapping) else "noise"
            sigma = np.atleast_2d(_read_numbers(given[name], argument).astype(np.float64))
            shape = self.n_rows, self.count_units(name)
            if sigma.ndim > 2 or any(size not in (1, most) for size, most in zip(sigma.shape, shape, strict=True)):
                raise ValueError(
                    f"{argument} must be one number or broadcast to the shape {shape} of layer {name!r}, got "
                    f"{np.shape(given[name])}."
                )
            if not ((sigma > 0) & np.isfinite(sigma)).all():
                raise ValueError(
                    f"{argument} must be positive and finite, got {sigma.min():g}; pass noise=None for layers without "
                    "noise."
                )
            out[name] = sigma
        return out


def _list_entries(value: Any, argument: str, kind: str) -> list[tuple[Hashable, Any]]:
    """Names and entries of a mapping, numbers and entries of a list."""
    if isinstance(value, Mapping):
        entries = list(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        entries = list(enumerate(value))
    else:
        raise TypeError(f"{argument} must be a mapping or list of {kind}, got {type(value).__name__}.")
    if not entries:
        raise ValueError(f"{argument} is empty; pass a mapping or list of {kind}.")
    return entries


def _read_numbers(value: Any, argument: str) -> NDArray[Any]:
    """Real numbers of an array or tensor."""
    if isinstance(value, Tensor):
        value = value.detach().double().cpu().numpy() if value.is_floating_point() else value.detach().cpu().numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} must hold real numbers, got {type(value).__name__} of {array.dtype}.")
    return array


def _read_array(value: Any, argument: str) -> NDArray[Any]:
    """Outputs of a layer as (n, n_units)."""
    array = _read_numbers(value, argument)
    if array.ndim == 0 or not array.size:
        raise ValueError(f"{argument} must have shape (n_samples, n_units), got {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{argument} must be finite, got NaN or infinity; check the network and the data behind it.")
    return array.reshape(len(array), -1)
