"""One network that estimates the information of every subset of a table's columns.

Design notes. A `PartitionNetwork` reads (x * m, m), m a random 0/1 mask over *candidates*: columns, or
groups of columns that are kept or dropped as one (the labels of one category, a number and its
missingness). Trained on masks of all sizes it gives I(X_S; Y), and what each row says, for any S in
one forward pass. It starts without a base: what a single column says, it learns within a few steps.
This is no kind of critic that `critic=` can name: it serves selection and conditional information.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Linear, Module

from skmine.core.bounds import Objective
from skmine.core.networks import PartitionNetwork, Side
from skmine.core.scores import RowScores, score_nodes, score_nodes_alone
from skmine.data.features import Span
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Recipe, Rows
from skmine.estimation.training_run import TrainingRun

Array = NDArray[np.float32]

#: Masks (n, candidates) of 0 and 1 for n rows.
Masks = Callable[[int, torch.Generator], Tensor]

#: Share of full masks where masks have all sizes: the whole set is asked for most.
FULL_OF_ANY_SIZE = 0.25


@dataclass(frozen=True)
class MaskedTable:
    """A table as candidates of a mask.

    Attributes
    ----------
    matrix : ndarray of shape (n, p)
        Features of all candidates.
    spans : tuple of Span
        Where in it each column is.
    candidates : tuple of int
        The candidate that each column belongs to, ascending.
    """

    matrix: Array
    spans: tuple[Span, ...]
    candidates: tuple[int, ...]

    def __len__(self) -> int:
        """Candidates."""
        return max(self.candidates, default=-1) + 1

    @property
    def candidate_of_feature(self) -> NDArray[np.int64]:
        """The candidate that each feature belongs to, (p,)."""
        return np.repeat(np.asarray(self.candidates, np.int64), [span.last - span.first for span in self.spans])

    def only(self, chosen: Sequence[int]) -> "MaskedTable":
        """Some candidates, renumbered in the order given."""
        members = [[k for k, candidate in enumerate(self.candidates) if candidate == j] for j in chosen]
        return make_masked_table(
            self.matrix,
            [self.spans[k] for columns in members for k in columns],
            [i for i, columns in enumerate(members) for _ in columns],
        )

    def append(self, other: "MaskedTable") -> "MaskedTable":
        """These candidates, then the others."""
        width = self.matrix.shape[1]
        spans = tuple(replace(s, first=s.first + width, last=s.last + width) for s in other.spans)
        candidates = tuple(len(self) + j for j in other.candidates)
        return MaskedTable(np.hstack([self.matrix, other.matrix]), self.spans + spans, self.candidates + candidates)

    def make_shadows(self, chosen: Sequence[int], rng: np.random.Generator) -> "MaskedTable":
        """Copies of some candidates, the rows of each in a random order, so that they have nothing to say."""
        copies = self.only(chosen)
        matrix = copies.matrix.copy()
        for j in range(len(chosen)):
            columns = np.flatnonzero(copies.candidate_of_feature == j)
            matrix[:, columns] = matrix[np.ix_(rng.permutation(len(matrix)), columns)]
        return replace(copies, matrix=matrix)


def make_masked_table(matrix: Array, spans: Sequence[Span], candidates: Sequence[int]) -> MaskedTable:
    """Gather a matrix of features by candidates; `candidates` says which one each column belongs to."""
    order = np.argsort(candidates, kind="stable")
    ends = np.cumsum([0, *(spans[k].last - spans[k].first for k in order)]).tolist()
    places = [np.arange(spans[k].first, spans[k].last) for k in order]
    moved = tuple(
        replace(spans[k], first=first, last=last) for k, first, last in zip(order, ends[:-1], ends[1:], strict=True)
    )
    features = np.concatenate([np.empty(0, np.int64), *places])
    return MaskedTable(np.ascontiguousarray(matrix[:, features]), moved, tuple(int(candidates[k]) for k in order))


def mask_any_size(n_candidates: int, full: float = FULL_OF_ANY_SIZE) -> Masks:
    """Masks whose size is uniform; a share of them full."""

    def draw(n: int, generator: torch.Generator) -> Tensor:
        kept = torch.rand(n, 1, generator=generator)
        kept[torch.rand(n, generator=generator) < full] = 1.0
        return (torch.rand(n, n_candidates, generator=generator) < kept).float()

    return draw


def mask_nothing(n_candidates: int) -> Masks:
    """Full masks."""

    def draw(n: int, generator: torch.Generator) -> Tensor:
        return torch.ones(n, n_candidates)

    return draw


def mask_this_one(n_candidates: int, candidate: int) -> Masks:
    """Full masks, and as many that lack one candidate, always the same."""

    def draw(n: int, generator: torch.Generator) -> Tensor:
        masks = torch.ones(n, n_candidates)
        masks[torch.rand(n, generator=generator) < 0.5, candidate] = 0.0
        return masks

    return draw


class MaskedCritic:
    """A trained network and how it reads rows under a mask."""

    def __init__(self, network: PartitionNetwork, candidate_of_feature: NDArray[np.int64], n_candidates: int) -> None:
        self.network, self.n_candidates = network, n_candidates
        self.candidate_of_feature = torch.from_numpy(candidate_of_feature).to(network.gate.device)

    def evaluate(self, x: Tensor, masks: Tensor, network: Module | None = None) -> Tensor:
        """T of rows (n, p) and all nodes, under masks (n, candidates) or one mask (candidates,): (n, H)."""
        inputs = torch.cat([x * masks[..., self.candidate_of_feature], masks.expand(len(x), -1)], 1)
        nothing = torch.empty(len(x), 0, dtype=torch.float64, device=x.device)
        values: Tensor = (network or self.network)(Side(inputs, nothing, nothing.long()))
        return values

    def score(self, table: MaskedTable, nodes: Nodes, rows: Rows, known: Sequence[int]) -> RowScores:
        """What each row says of its node when some candidates are known, in nats."""
        device = self.candidate_of_feature.device
        mask = torch.zeros(self.n_candidates, device=device)
        mask[torch.as_tensor(np.asarray(known, np.int64), device=device)] = 1.0
        with torch.inference_mode():
            values = self.evaluate(torch.from_numpy(table.matrix[rows]).to(device), mask).cpu()
        return score_nodes(values, torch.from_numpy(nodes.codes[rows]))

    def score_without(
        self, table: MaskedTable, nodes: Nodes, rows: Rows, known: Sequence[int], candidates: Sequence[int]
    ) -> NDArray[np.float64]:
        """The mean score when each of some candidates is missing from those that are known, (len(candidates),).

        Only the first layer sees which one is missing.
        """
        encoder, features = self.network.encoder, self.candidate_of_feature
        mask = torch.zeros(self.n_candidates, device=features.device)
        mask[torch.as_tensor(np.asarray(known, np.int64), device=features.device)] = 1.0
        of_input = torch.cat([features, torch.arange(self.n_candidates, device=features.device)])
        own = torch.from_numpy(nodes.codes[rows])
        out = []
        with torch.inference_mode():
            x = torch.from_numpy(table.matrix[rows]).to(features.device)
            inputs = torch.cat([x * mask[features], mask.expand(len(x), -1)], 1)
            layers = [cast(Linear, encoder.layers[0]), encoder.shortcut]
            whole = [layer(inputs) for layer in layers]
            for j in candidates:
                lost = torch.nonzero(of_input == j)[:, 0]
                first, shortcut = (
                    z - inputs[:, lost] @ layer.weight[:, lost].T for z, layer in zip(whole, layers, strict=True)
                )
                values = self.network.decode(encoder.go_on(first, shortcut)).cpu()
                out.append(float(score_nodes_alone(values, own).mean()))
        return np.array(out)


class MaskedTask:
    """Objective and validation of a masked critic."""

    multiple = 1
    most_rows = 512

    def __init__(
        self,
        critic: MaskedCritic,
        table: MaskedTable,
        nodes: Nodes,
        fit: Rows,
        recipe: Recipe,
        masks: Masks,
        generator: torch.Generator,
    ) -> None:
        self.critic, self.network, self.draw, self.generator = critic, critic.network, masks, generator
        device = critic.candidate_of_feature.device
        # Workers share large arrays with their parent, which are read-only: PyTorch wants its own.
        matrix, codes = (np.require(values, requirements="W") for values in (table.matrix, nodes.codes))
        self.x, self.codes = torch.from_numpy(matrix).to(device), torch.from_numpy(codes).to(device)
        self.log_margin = nodes.log_margin(fit).to(device)
        self.bound = Objective("infonce" if recipe.bound == "auto" else recipe.bound)

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        """The bound of a batch under masks of its own."""
        masks = self.draw(len(rows), self.generator).to(self.x.device)
        values = self.critic.evaluate(self.x[rows], masks, network)
        return self.bound.evaluate_nodes(values, self.codes[rows], self.log_margin)

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        """The score of each row with all candidates known."""
        full = torch.ones(self.critic.n_candidates, device=self.x.device)
        return score_nodes(self.critic.evaluate(self.x[rows], full, network), self.codes[rows]).pointwise


def fit_masked(
    table: MaskedTable,
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
    table : MaskedTable
    nodes : Nodes
        The target.
    fit, validation : ndarray of row index
        The step is chosen by the validation rows with all candidates known.
    recipe : Recipe
    seed : SeedSequence
    device : torch.device
    masks : callable, default=None
        What training masks; None is `mask_any_size`.
    """
    n_candidates = len(table)
    generator = torch.Generator().manual_seed(int(np.random.default_rng(seed).integers(2**62)))
    network = PartitionNetwork(
        table.matrix.shape[1] + n_candidates,
        recipe.hidden_layer_sizes,
        recipe.activation,
        torch.zeros(nodes.n_nodes, 0, dtype=torch.float64),
        torch.zeros(0, 1, 1),
        nodes.places(),
        generator,
    ).to(device)
    critic = MaskedCritic(network, table.candidate_of_feature, n_candidates)
    task = MaskedTask(critic, table, nodes, fit, recipe, masks or mask_any_size(n_candidates), generator)
    run = TrainingRun(task, recipe, fit, validation, generator, from_start=False)
    run.train()
    run.load_best()
    return critic
