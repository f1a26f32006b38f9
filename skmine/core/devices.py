"""Where tensors live, and how many threads torch may use."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

#: Names of devices: torch's own, and "auto".
DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve_device(name: str) -> torch.device:
    """The torch device of a name.

    "auto" is CUDA if the machine has it, otherwise the CPU. It never chooses MPS, whose kernels round differently
    between releases of macOS: that device must be asked for.

    Raises
    ------
    ValueError
        If the name is unknown or the machine has no such device.
    """
    if name not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {name!r}.")
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = "cuda" if present["cuda"] else "cpu"
    if not present[name]:
        raise ValueError(f"device={name!r} is not available on this machine; use 'cpu' or 'auto'.")
    return torch.device(name)


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one torch thread inside the block, and the caller's number of threads again afterwards.

    The last bits of a sum depend on how many threads share it. With one thread they depend neither on the number of
    cores nor on the number of workers.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
