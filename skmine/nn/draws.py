"""Partners that are drawn at random, a few for each row."""

import torch
from torch import Tensor

from skmine.core.pair_objective import Pairs


def shift_rows(n: int, k: int, generator: torch.Generator | None) -> Tensor:
    """Each row's own index and those of k other rows, (n, 1 + k): the batch shifted by k different offsets."""
    shifts = torch.randperm(n - 1, generator=generator, device="cpu")[:k] + 1
    shifts = torch.cat([torch.zeros(1, dtype=torch.long, device="cpu"), shifts])
    return (torch.arange(n, device="cpu")[:, None] + shifts) % n


def first_is_own(partners: Tensor) -> Pairs:
    """The pairs of rows with the partners of `shift_rows`."""
    joint = torch.zeros_like(partners, dtype=torch.bool)
    joint[:, 0] = True
    return Pairs(joint, ~joint)


def draw_partners(pairs: Pairs, k: int, generator: torch.Generator | None) -> tuple[Tensor, Pairs]:
    """For each row one of its joint partners and up to k of its marginal ones.

    Returns
    -------
    partners : int Tensor of shape (n, 1 + k)
        Their indices, the joint partner first.
    pairs : Pairs
        Which of them are partners: where a row has too few, the others are none.
    """
    device = pairs.joint.device
    lots = torch.rand(pairs.joint.shape, generator=generator, device="cpu").to(device)
    own = lots.masked_fill(~pairs.joint, -1).topk(1, 1)
    others = lots.masked_fill(~pairs.marginal, -1).topk(min(k, lots.shape[1]), 1)
    found = torch.cat([own.values, others.values], 1) >= 0
    joint = first_is_own(found).joint
    return torch.cat([own.indices, others.indices], 1), Pairs(found & joint, found & ~joint)


def save_generator(module: torch.nn.Module, state: dict[str, Tensor], prefix: str, _: object) -> None:
    """Put the state of a module's generator into its state_dict: a hook."""
    if isinstance(module.generator, torch.Generator):
        state[prefix + "generator_state"] = module.generator.get_state()


def load_generator(module: torch.nn.Module, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Take the state of a module's generator from a state_dict that has one: a hook."""
    found = state.pop(prefix + "generator_state", None)
    if found is None:
        return
    if module.generator is None:
        module.generator = torch.Generator()
    module.generator.set_state(found.cpu())  # type: ignore[operator, union-attr]
