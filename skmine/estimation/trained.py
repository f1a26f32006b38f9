"""What critics that are trained have in common: sides as numbers, one critic for a part of the rows, scores.

Design notes. A critic's rows are split once more: it and its base are fitted on four fifths; on the
last fifth, the validation rows, the base is chosen and the step to stop at, step 0 (the base alone)
included. All pairs of a part's rows are worked out for at most `ROWS_AT_ONCE` rows at a time; larger
parts are cut into random chunks, so time grows with the rows and memory does not.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.scores import RowScores
from skmine.data.features import Features, Span
from skmine.data.group import ColumnGroup
from skmine.estimation.bases import Base, Directions, choose_linear
from skmine.estimation.bases.choice import ROWS_OF_CHOICE, is_better
from skmine.estimation.critic import Critic
from skmine.estimation.race import choose_run
from skmine.estimation.recipe import Recipe, Rows, is_trainable, split_validation
from skmine.estimation.starts import Start, list_starts
from skmine.estimation.training_run import Report, Task, TrainingRun

Array = NDArray[np.float32]

#: Rows whose pairs are in memory at once: 4,096 x 4,096 float32 are 64 MiB.
ROWS_AT_ONCE = 4096


@dataclass
class FoldCritic:
    """A critic of one part of the rows, ready for other rows.

    Attributes
    ----------
    start : Start
    network : Module or None
        None: the base alone scored best on the validation rows.
    of_nodes : tuple of Tensor
        What the base says of the nodes, if the second side is one coded column: vectors, look-ups.
    fit : ndarray
        Index of the rows it was fitted on, validation rows left out.
    n_iter : int
        The step that was chosen.
    curve : list of dict
        Step, mean objective of the batches since the last validation, validation score.
    is_cut : bool
        Whether training ended while the validation score still rose.
    """

    start: Start
    network: Any
    of_nodes: tuple[Tensor, ...]
    fit: Rows
    n_iter: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    is_cut: bool = False


@dataclass(frozen=True)
class Sides(ABC):
    """Rows of both sides as numbers, (n, p) and (n, q), and where their columns are.

    What `crossfit.crossfit` needs of a kind of critic: how one is fitted to some rows, and what it says of others.
    """

    x: Array
    y: Array
    spans: tuple[Sequence[Span], Sequence[Span]]

    @abstractmethod
    def fit(
        self,
        rows: Rows,
        recipe: Recipe,
        seed: np.random.SeedSequence,
        device: torch.device,
        groups: NDArray[np.int64] | None = None,
        report: Report | None = None,
    ) -> FoldCritic:
        """Fit a critic to some rows.

        Parameters
        ----------
        rows : ndarray of row index
        recipe : Recipe
        seed : SeedSequence
        device : torch.device
        groups : ndarray of shape (n,) or None
        report : callable(step, validation) or None
            Called at each validation.
        """

    @abstractmethod
    def evaluate(self, critic: FoldCritic, rows: Rows) -> Tensor:
        """T of some rows and all their partners, rows or nodes: (n, m) float32."""

    @abstractmethod
    def score(self, values: Tensor, rows: Rows) -> RowScores:
        """What some rows say by the values of T of them and all partners."""

    def choose_chunk(self, n_rows: int) -> int:
        """How many of so many new rows are scored at once."""
        return ROWS_AT_ONCE


class NetworkSides(Sides):
    """Sides whose critic is a network on a base: a subclass says which network, and which bases."""

    @abstractmethod
    def choose_base(self, fit: Rows, validation: Rows) -> tuple[Base, Directions]:
        """Choose the base that scores best on the validation rows; also the canonical directions."""

    @abstractmethod
    def describe_nodes(self, base: Base) -> tuple[Tensor, ...]:
        """What a base says of the nodes of the second side; nothing where that is not one coded column."""

    @abstractmethod
    def make_task(
        self, start: Start, fit: Rows, recipe: Recipe, generator: torch.Generator, device: torch.device
    ) -> Task:
        """What is trained from a start."""

    def fit(
        self,
        rows: Rows,
        recipe: Recipe,
        seed: np.random.SeedSequence,
        device: torch.device,
        groups: NDArray[np.int64] | None = None,
        report: Report | None = None,
    ) -> FoldCritic:
        """Choose a base and train a network on some rows; the last fifth of them validates."""
        rng = np.random.default_rng(seed)
        fit, validation = split_validation(rows, groups, rng)
        if not is_trainable(len(fit), len(validation), len(rows)):
            base = choose_linear(self.x, self.y, rows)
            return FoldCritic(Start(base), None, self.describe_nodes(base), rows)
        starts = [Start()]
        if recipe.base is not None:
            starts = list_starts(*self.choose_base(fit, validation), (self.x[fit], self.y[fit]))
        runs = []
        for start in starts:
            generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
            task = self.make_task(start, fit, recipe.deepen(start.more_layers), generator, device)
            runs.append(TrainingRun(task, recipe, fit, validation, generator))
        best = choose_run(runs)
        run, start = runs[best], starts[best]
        run.train(report)
        untrained = FoldCritic(starts[0], None, self.describe_nodes(starts[0].base), fit, curve=run.curve)
        if run.state is None:
            return untrained
        nodes = self.describe_nodes(start.base)
        trained = FoldCritic(start, run.load_best(), nodes, fit, run.step, run.curve, run.is_cut)
        return trained if recipe.base is None or self._is_better(trained, untrained, validation) else untrained

    def _is_better(self, trained: FoldCritic, base: FoldCritic, validation: Rows) -> bool:
        """Whether a trained critic is better than its base by what is reported: all pairs of validation rows.

        A gain that these can hardly tell from none is left, for a base is simpler, and faster to score. With a whole
        standard error, spirals of 1,000 rows read .047 off, with half .040.
        """
        first, second = (score_in_chunks([critic], self, validation[:ROWS_OF_CHOICE]) for critic in (trained, base))
        return is_better(first.pointwise - second.pointwise)


def score_in_chunks(critics: Sequence[FoldCritic], sides: Sides, rows: Rows, most: int = ROWS_AT_ONCE) -> RowScores:
    """Scores of rows under the mean of several critics, in chunks of at most `most` rows."""
    n_chunks = -(-len(rows) // most)
    # Which rows share a chunk must not follow their order, which may be one of time.
    order = np.random.default_rng(len(rows)).permutation(len(rows)) if n_chunks > 1 else np.arange(len(rows))
    parts = []
    for places in np.array_split(order, n_chunks):
        chunk = rows[places]
        with torch.inference_mode():
            values = sides.evaluate(critics[0], chunk)
            for critic in critics[1:]:
                values = values + sides.evaluate(critic, chunk)
            parts.append(sides.score(values / len(critics), chunk))
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))

    def join(name: str) -> Tensor:
        return torch.cat([getattr(part, name) for part in parts])[back]

    return RowScores(
        pointwise=join("pointwise"),
        projection=join("projection"),
        centred=join("centred"),
        variance=sum(p.variance for p in parts),
        third_moment=sum(p.third_moment for p in parts),
        halved=join("halved"),
    )


@dataclass(frozen=True)
class TrainedCritic(Critic):
    """A kind of critic that is trained: the mean of the folds' critics, and how it reads columns."""

    features: tuple[Features, Features]
    critics: list[FoldCritic]

    def forget_rows(self) -> "TrainedCritic":
        """The same for new rows: neither the fit's values nor what was predicted of them."""
        x, y = self.features
        critics = [replace(c, start=c.start.forget_rows(), fit=c.fit[:0]) for c in self.critics]
        return replace(self, features=(x.forget_values(), y.forget_values()), critics=critics)

    @abstractmethod
    def read_sides(self, x: ColumnGroup, y: ColumnGroup) -> Sides:
        """Rows of both groups as numbers."""

    def pointwise(self, x: ColumnGroup, y: ColumnGroup) -> NDArray[np.float64]:
        """Pointwise MI of every row in nats, (n,); normalised over the rows given."""
        sides, rows = self.read_sides(x, y), np.arange(x.n_rows)
        scores = score_in_chunks(self.critics, sides, rows, sides.choose_chunk(len(rows)))
        return scores.pointwise.double().numpy()
