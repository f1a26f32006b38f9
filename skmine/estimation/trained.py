"""What critics that are trained have in common: sides as numbers, one critic for a part of the rows, scores.

Design notes. A critic's rows are split once more: it and its base are fitted on four fifths; on the
last fifth, the validation rows, the base is chosen and the step to stop at, step 0 (the base alone)
included. All pairs of a part's rows are worked out for at most `ROWS_AT_ONCE` rows at a time; larger
parts are cut into random chunks, so time grows with the rows and memory does not.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.scores import RowScores
from skmine.data.features import Features, Span
from skmine.data.group import ColumnGroup
from skmine.estimation.bases import Base, Direction, Directions, choose_linear
from skmine.estimation.bases.products import Products
from skmine.estimation.bases.views import View, measure_rank_radius, measure_scaled_radius, take_view
from skmine.estimation.critic import Critic
from skmine.estimation.recipe import Recipe, Rows, is_trainable, split_validation
from skmine.estimation.training_run import Report, Task, TrainingRun

Array = NDArray[np.float32]

#: Rows whose pairs are in memory at once: 4,096 x 4,096 float32 are 64 MiB.
ROWS_AT_ONCE = 4096

#: Canonical variates among a network's inputs: arbitrary; the others are in the columns that stand beside them.
MOST_VARIATES = 8

#: What columns are scaled by where variates stand beside them, so that those come first: arbitrary.
BESIDE_VARIATES = 0.1

#: Scaled values and variates are all but linear up to here, and logarithmic beyond: four quartile ranges, in which
#: all but the last of a few thousand normal rows lie.
NEAR = 4.0

#: Correlation above which a column's views say the same to a network: arbitrary.
ALIKE = 0.98

#: Layers that critics have beside those that were asked for where they start from nothing: with as many, clusters that
#: were swirled and bent read 2.18 of 2.30 nats, with none 2.12 after four times the steps.
MORE_LAYERS = 3

#: Several starts race each other: after each of these shares of the steps before the learning rate falls, those that
#: are too far behind the best one are left.
STRETCHES = (1 / 4, 1 / 2, 1)

#: How far behind the best one a start may be and go on: so many times what it gained in the second half of its steps.
#: Gains of critics that had yet to catch up fell slowly (from 240 steps on .18 .10 .05 .03 for each doubling).
HOPE = 2.5


@dataclass(frozen=True)
class Inputs:
    """What a network reads of a side: canonical variates, the columns, products of columns, radii.

    Attributes
    ----------
    view : {"ranks", "scaled"}
        Of the columns. On their own scale what is far out is brought closer.
    direction : Direction or None
        Canonical variates, which then come first.
    products : Products or None
        Products of columns that go with the other side.
    """

    view: View = "ranks"
    direction: Direction | None = None
    products: Products | None = None

    def __call__(self, z: Array) -> Array:
        columns = take_view(z, self.view)
        if self.view == "scaled":
            columns = _bring_closer(columns)
        parts = [columns, np.log1p(measure_rank_radius(z)), np.log1p(measure_scaled_radius(z))]
        if self.products is not None:
            parts.append(self.products.score_products(z))
        if self.direction is not None:
            parts[0] = BESIDE_VARIATES * columns
            parts.insert(0, _bring_closer(self.direction(z)[:, :MOST_VARIATES]))
        return np.concatenate(parts, axis=1, dtype=np.float32)


def _bring_closer(values: NDArray[Any]) -> NDArray[Any]:
    """Values that grow like logarithms beyond `NEAR`."""
    return NEAR * np.arcsinh(values / NEAR)


@dataclass(frozen=True)
class Start:
    """What a critic starts from: a base, inputs of either side, and layers beside those that were asked for."""

    base: Base = field(default_factory=Base)
    inputs: tuple[Inputs, Inputs] = (Inputs(), Inputs())
    more_layers: int = 0


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
        starts = _find_starts(self, fit, validation, recipe)
        runs = []
        for start in starts:
            generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
            task = self.make_task(start, fit, recipe.deepen(start.more_layers), generator, device)
            runs.append(TrainingRun(task, recipe, fit, validation, generator))
        best = choose_run(runs)
        run, start = runs[best], starts[best]
        run.train(report)
        # One standard error: a gain that the validation rows cannot tell from none is left where there is
        # a base, which is simpler, and faster to score.
        gain = run.best_scores - runs[0].start_scores
        least = 0.0 if recipe.base is None else float(gain.std()) / math.sqrt(len(gain))
        if run.state is None or float(gain.mean()) <= least:
            return FoldCritic(starts[0], None, self.describe_nodes(starts[0].base), fit, curve=run.curve)
        return FoldCritic(start, run.load_best(), self.describe_nodes(start.base), fit, run.step, run.curve, run.is_cut)


def choose_run(runs: Sequence[TrainingRun]) -> int:
    """Let several runs race each other; the place of the best one.

    All train up to where their learning rates fall; beyond, those that are behind and still rise fast enough.
    """
    running = list(range(len(runs)))
    best = 0
    for stretch in STRETCHES:
        if len(running) == 1:
            break
        for k in running:
            runs[k].train_until(int(stretch * runs[k].falls_from))
        best = max(running, key=lambda k: runs[k].best)
        running = [k for k in running if k == best or _may_overtake(runs[k], runs[best])]
    for k in running:
        while k != best and runs[k].rises() and _may_overtake(runs[k], runs[best]) and runs[k].double():
            runs[k].train_until(runs[k].falls_from)
    return max(running, key=lambda k: runs[k].best)


def _may_overtake(run: TrainingRun, best: TrainingRun) -> bool:
    """Whether a run may be where the best one is now, if it trains on."""
    return best.best - run.best <= HOPE * run.measure_gain()


def _find_starts(sides: NetworkSides, fit: Rows, validation: Rows, recipe: Recipe) -> list[Start]:
    """What to start from: the base that validates best, and nothing, with the columns in either view."""
    if recipe.base is None:
        return [Start()]
    base, directions = sides.choose_base(fit, validation)
    products = _find_products(directions)
    view: View = "scaled" if base.name.startswith(("scaled", "Student")) else "ranks"
    directed = directions.get("linear" if view == "ranks" else "scaled", (None, None))
    starts = [Start(base, tuple(Inputs(view, directed[k], products[k]) for k in range(2)))]
    views: list[View] = ["ranks"]
    if _views_differ(sides.x[fit]) or _views_differ(sides.y[fit]):
        views.append("scaled")
    for view in views:
        starts.append(Start(inputs=tuple(Inputs(view, None, products[k]) for k in range(2)), more_layers=MORE_LAYERS))
    return starts


def _find_products(directions: Directions) -> tuple[Products | None, Products | None]:
    """The products that were found on either side."""
    if "products" not in directions:
        return None, None
    found = [direction.dictionary for direction in directions["products"][:2]]
    return tuple(d if isinstance(d, Products) and len(d.pairs) else None for d in found)


def _views_differ(z: Array) -> bool:
    """Whether columns on their own scale are more than their normal scores, even brought closer."""
    ranks, scaled = take_view(z, "ranks"), _bring_closer(take_view(z, "scaled"))
    spread = scaled.std(0)
    r = ((ranks - ranks.mean(0)) * (scaled - scaled.mean(0))).mean(0) / np.maximum(ranks.std(0) * spread, 1e-9)
    return bool((r[spread > 0] < ALIKE).any())


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
    )


@dataclass(frozen=True)
class TrainedCritic(Critic):
    """A kind of critic that is trained: the mean of the folds' critics, and how it reads columns."""

    features: tuple[Features, Features]
    critics: list[FoldCritic]

    @abstractmethod
    def read_sides(self, x: ColumnGroup, y: ColumnGroup) -> Sides:
        """Rows of both groups as numbers."""

    def pointwise(self, x: ColumnGroup, y: ColumnGroup) -> NDArray[np.float64]:
        """Pointwise MI of every row in nats, (n,); normalised over the rows given."""
        scores = score_in_chunks(self.critics, self.read_sides(x, y), np.arange(x.n_rows))
        return scores.pointwise.double().numpy()
