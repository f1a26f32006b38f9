"""One network that prices every subset of a table's columns.

Design notes. A `PartitionNetwork` reads (x * m, m), m a random 0/1 mask over *entries*: columns, or
groups of columns that stand and fall together (labels of one category, a number and its
missingness). Trained on masks of all sizes it gives I(X_S; Y), and what each row says, for any S in
one forward pass. It starts without a base: what a single column says, it learns in no time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module

from skmine.core.bounds import Objective
from skmine.core.networks import PartitionNetwork, Side
from skmine.core.scores import RowScores, score_nodes
from skmine.data.features import Part
from skmine.estimation.fitting import Recipe, Walk
from skmine.estimation.scoring import Nodes, Rows

Array = NDArray[np.float32]
#: Masks (n, entries) of 0 and 1 for n rows.
Masks = Callable[[int, torch.Generator], Tensor]


@dataclass(frozen=True)
class Entries:
    """A table as entries of a mask.

    Attributes
    ----------
    matrix : ndarray of shape (n, p)
        Features of all entries.
    parts : tuple of Part
        Where in it each column is.
    owners : tuple of int
        The entry that each column belongs to, ascending.
    """

    matrix: Array
    parts: tuple[Part, ...]
    owners: tuple[int, ...]

    def __len__(self) -> int:
        return max(self.owners, default=-1) + 1

    @property
    def owner(self) -> NDArray[np.int64]:
        """The entry that each feature belongs to, (p,)."""
        return np.repeat(np.asarray(self.owners, np.int64), [part.last - part.first for part in self.parts])

    def only(self, chosen: Sequence[int]) -> "Entries":
        """Some entries, renumbered in the order given."""
        members = [[k for k, owner in enumerate(self.owners) if owner == j] for j in chosen]
        return gathered(
            self.matrix,
            [self.parts[k] for of_entry in members for k in of_entry],
            [i for i, of_entry in enumerate(members) for _ in of_entry],
        )

    def beside(self, other: "Entries") -> "Entries":
        """These entries, then the others."""
        width = self.matrix.shape[1]
        parts = tuple(replace(p, first=p.first + width, last=p.last + width) for p in other.parts)
        owners = tuple(len(self) + j for j in other.owners)
        return Entries(np.hstack([self.matrix, other.matrix]), self.parts + parts, self.owners + owners)

    def shuffled(self, chosen: Sequence[int], rng: np.random.Generator) -> "Entries":
        """Copies of some entries, the rows of each in a random order: what has nothing to say."""
        copies = self.only(chosen)
        matrix = copies.matrix.copy()
        for j in range(len(chosen)):
            columns = np.flatnonzero(copies.owner == j)
            matrix[:, columns] = matrix[np.ix_(rng.permutation(len(matrix)), columns)]
        return replace(copies, matrix=matrix)


def gathered(matrix: Array, parts: Sequence[Part], owners: Sequence[int]) -> Entries:
    """Entries of a table's features: `owners` says which one each column of the table belongs to."""
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum([0, *(parts[k].last - parts[k].first for k in order)]).tolist()
    places = [np.arange(parts[k].first, parts[k].last) for k in order]
    moved = tuple(
        replace(parts[k], first=first, last=last) for k, first, last in zip(order, ends[:-1], ends[1:], strict=True)
    )
    columns = np.concatenate([np.empty(0, np.int64), *places])
    return Entries(np.ascontiguousarray(matrix[:, columns]), moved, tuple(int(owners[k]) for k in order))


def any_size(n_entries: int, full: float = 0.25) -> Masks:
    """Masks whose size is uniform; a share of them full."""

    def draw(n: int, generator: torch.Generator) -> Tensor:
        kept = torch.rand(n, 1, generator=generator)
        kept[torch.rand(n, generator=generator) < full] = 1.0
        return (torch.rand(n, n_entries, generator=generator) < kept).float()

    return draw


def at_most_one_out(n_entries: int, full: float = 0.5) -> Masks:
    """Full masks, and masks that lack one entry."""

    def draw(n: int, generator: torch.Generator) -> Tensor:
        masks = torch.ones(n, n_entries)
        out = torch.randint(n_entries, (n,), generator=generator)
        lacking = torch.rand(n, generator=generator) >= full
        masks[lacking, out[lacking]] = 0.0
        return masks

    return draw


def with_and_without(n_entries: int, entry: int) -> Masks:
    """Full masks, and as many that lack one entry, always the same."""

    def draw(n: int, generator: torch.Generator) -> Tensor:
        masks = torch.ones(n, n_entries)
        masks[torch.rand(n, generator=generator) < 0.5, entry] = 0.0
        return masks

    return draw


class MaskedCritic:
    """A trained network and how it reads rows under a mask."""

    def __init__(self, network: PartitionNetwork, owner: NDArray[np.int64], n_entries: int) -> None:
        self.network, self.n_entries = network, n_entries
        self.owner = torch.from_numpy(owner).to(network.features.device)

    def __call__(self, x: Tensor, masks: Tensor, network: Module | None = None) -> Tensor:
        """T of rows (n, p) and all nodes, under masks (n, entries) or one mask (entries,): (n, H)."""
        inputs = torch.cat([x * masks[..., self.owner], masks.expand(len(x), -1)], 1)
        nothing = torch.empty(len(x), 0, dtype=torch.float64, device=x.device)
        scores: Tensor = (network or self.network)(Side(inputs, nothing, nothing.long()))
        return scores

    def pointwise(
        self, entries: Entries, nodes: Nodes, rows: Rows, subset: Sequence[int] | NDArray[np.int64]
    ) -> Tensor:
        """What each row says of its node when a subset of the entries is known, in nats, (len(rows),)."""
        return self.scores(entries, nodes, rows, subset).pointwise

    def scores(
        self, entries: Entries, nodes: Nodes, rows: Rows, subset: Sequence[int] | NDArray[np.int64]
    ) -> RowScores:
        """The same with its Hajek projections, whose spread is its standard error."""
        device = self.owner.device
        mask = torch.zeros(self.n_entries, device=device)
        mask[torch.as_tensor(np.asarray(subset, np.int64), device=device)] = 1.0
        with torch.inference_mode():
            scores = self(torch.from_numpy(entries.matrix[rows]).to(device), mask).cpu()
        return score_nodes(scores, torch.from_numpy(nodes.codes[rows]))


class _Task:
    """Objective and validation of a masked critic."""

    multiple, most_rows = 1, 512

    def __init__(
        self,
        critic: MaskedCritic,
        entries: Entries,
        nodes: Nodes,
        fit: Rows,
        recipe: Recipe,
        masks: Masks,
        generator: torch.Generator,
    ) -> None:
        self.masked, self.critic, self.draw, self.generator = critic, critic.network, masks, generator
        device = critic.owner.device
        self.x, self.codes = torch.from_numpy(entries.matrix).to(device), torch.from_numpy(nodes.codes).to(device)
        self.log_margin = nodes.log_margin(fit).to(device)
        self.bound = Objective("infonce" if recipe.bound == "auto" else recipe.bound)

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        masks = self.draw(len(rows), self.generator).to(self.x.device)
        return self.bound.evaluate_nodes(self.masked(self.x[rows], masks, network), self.codes[rows], self.log_margin)

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        full = torch.ones(self.masked.n_entries, device=self.x.device)
        return score_nodes(self.masked(self.x[rows], full, network), self.codes[rows]).pointwise


def fit_masked(
    entries: Entries,
    nodes: Nodes,
    fit: Rows,
    validation: Rows,
    recipe: Recipe,
    seed: np.random.SeedSequence,
    device: torch.device,
    *,
    masks: Masks | None = None,
) -> MaskedCritic:
    """Train a masked critic.

    Parameters
    ----------
    entries : Entries
    nodes : Nodes
        The target.
    fit, validation : ndarray of row numbers
        The step is chosen by the validation rows with all entries known.
    recipe : Recipe
    seed : SeedSequence
    device : torch.device
    masks : callable, default=None
        What training masks; None is `any_size`.
    """
    n_entries = len(entries)
    generator = torch.Generator().manual_seed(int(np.random.default_rng(seed).integers(2**62)))
    network = PartitionNetwork(
        entries.matrix.shape[1] + n_entries,
        recipe.hidden_layer_sizes,
        recipe.activation,
        torch.zeros(nodes.n_nodes, 0, dtype=torch.float64),
        torch.zeros(0, 1, 1),
        nodes.places(),
        generator,
    ).to(device)
    critic = MaskedCritic(network, entries.owner, n_entries)
    task = _Task(critic, entries, nodes, fit, recipe, masks or any_size(n_entries), generator)
    walk = Walk(task, recipe, fit, validation, generator, from_start=False)
    walk.until(walk.n_steps)
    walk.trained()
    return critic
