"""Where tensors live, and how many threads torch may take."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve_device(name: str) -> torch.device:
    """The torch device of a name.

    "auto" is CUDA where there is one, else the CPU. It never picks MPS: its kernels round
    differently between releases of macOS, so that device is taken on request only.

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
    """One torch thread inside, the caller's number again outside.

    A sum's last bits depend on how many threads share it; with one, they do not depend on the
    machine's cores or on how many workers run.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
