"""What fitted estimators are on disk: plain values and arrays, and the versions that wrote them.

Design notes. Critics hold tensors, networks, indexes and frames, which skops does not take. The state of an estimator
has arrays in their place, and is turned back when it is loaded. Only our own objects and torch's modules are looked
into; whatever else is there, such as scikit-learn's trees, is stored as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skmine._version import __version__
from skmine.exceptions import VersionWarning, warn

#: Where a state says which versions wrote it.
VERSIONS = "_skmine_versions"


@dataclass(frozen=True)
class StoredTensor:
    """A tensor as an array; `trained`: whether it is a module's parameter."""

    values: NDArray[Any]
    trained: bool

    @classmethod
    def store(cls, tensor: torch.Tensor) -> "StoredTensor":
        return cls(tensor.detach().cpu().numpy(), isinstance(tensor, torch.nn.Parameter))

    def restore(self) -> torch.Tensor:
        tensor = torch.from_numpy(np.array(self.values))
        return torch.nn.Parameter(tensor) if self.trained else tensor


@dataclass(frozen=True)
class StoredIndex:
    """Labels of categories, in order."""

    labels: list[Any]

    @classmethod
    def store(cls, index: pd.Index) -> "StoredIndex":
        return cls(index.tolist())

    def restore(self) -> pd.Index:
        labels = np.empty(len(self.labels), object)
        labels[:] = self.labels
        return pd.Index(labels, dtype=object)


@dataclass(frozen=True)
class StoredFrame:
    """A frame's columns as arrays."""

    columns: dict[str, NDArray[Any]]

    @classmethod
    def store(cls, frame: pd.DataFrame) -> "StoredFrame":
        return cls({name: frame[name].to_numpy() for name in frame.columns})

    def restore(self) -> pd.DataFrame:
        return pd.DataFrame(self.columns)


#: How each kind of object is stored.
STORES: dict[type, Callable[[Any], Any]] = {
    torch.Tensor: StoredTensor.store,
    pd.Index: StoredIndex.store,
    pd.DataFrame: StoredFrame.store,
}
STORED = (StoredTensor, StoredIndex, StoredFrame)


def store(value: Any) -> Any:
    """A copy of a value in which arrays stand for tensors, indexes and frames."""
    for kind, convert in STORES.items():
        if isinstance(value, kind):
            return convert(value)
    return _rebuild(value, store)


def restore(value: Any) -> Any:
    """The value that `store` was given."""
    return value.restore() if isinstance(value, STORED) else _rebuild(value, restore)


def _rebuild(value: Any, convert: Callable[[Any], Any]) -> Any:
    """A copy of a container, of an object of ours or of a module, with its parts converted; anything else as it is."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(convert, value))
    if isinstance(value, dict):
        copied = value.copy()
        copied.update((name, convert(part)) for name, part in value.items())
        return copied
    if _is_looked_into(value):
        copied = object.__new__(type(value))
        copied.__dict__.update(_rebuild(vars(value), convert))
        return copied
    return value


def _is_looked_into(value: Any) -> bool:
    if isinstance(value, (type, BaseEstimator)) or not hasattr(value, "__dict__"):
        return False
    return isinstance(value, torch.nn.Module) or type(value).__module__.partition(".")[0] == "skmine"


class PersistentEstimator(BaseEstimator):
    """An estimator whose pickles, and skops files, hold arrays and the versions that wrote them."""

    def __getstate__(self) -> dict[str, Any]:
        return {**store(dict(super().__getstate__())), VERSIONS: _get_versions()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        here, state = _get_versions(), dict(state)
        written = state.pop(VERSIONS, {})
        if written != here:
            said = ", ".join(f"{name} {written.get(name, 'of a version unknown')}, here {here[name]}" for name in here)
            warn(
                f"This {type(self).__name__} was stored by other versions ({said}), so its answers may differ; fit it "
                f"again, or install those versions.",
                VersionWarning,
            )
        super().__setstate__(restore(state))


def _get_versions() -> dict[str, str]:
    """Versions that critics depend on; torch's without its build."""
    return {"skmine": __version__, "torch": str(torch.__version__).partition("+")[0]}
