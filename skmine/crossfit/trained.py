"""Folds -> trained critics -> held-out and training scores, for one pair of tables.

Design notes. A fold's training rows are parted once more: the critic and its base are fitted on four
fifths; on the last fifth, the validation rows, the base is chosen and the step to stop at, step 0
(the base alone) included. The fold's test rows see the outcome of those choices only.

A p-value needs critics of the rows before each step (`folds`). The last fold's critic is one
already; a fold in between costs one more critic, of the rows of the folds before it.

What is all pairs of a part's rows is worked out for at most `ROWS_AT_ONCE` rows at a time; larger
parts are cut into random blocks, so time grows with the rows and memory does not.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module

from skmine import bases, inference
from skmine.bases import Base, Direction
from skmine.core.bounds import Objective, RowScores, infonce_of_rows, score_rows
from skmine.core.critics import PairCritic, PartitionCritic, Side
from skmine.core.critics.pair import base_scores
from skmine.core.critics.partition import node_base
from skmine.core.devices import one_thread, resolve_device
from skmine.core.training import Training
from skmine.crossfit.plan import Plan
from skmine.features import Part
from skmine.folds import Fold

Array = NDArray[np.float32]
Rows = NDArray[np.int64]

#: Rows whose pairs are in memory at once, and tiles in which a network scores them.
ROWS_AT_ONCE, TILE = 4096, 64
#: Most training rows that are scored for the training score, and rows of a block of them.
ROWS_OF_TRAINING, TRAINING_BLOCK = 8192, 1024
#: Rows of a training block: all pairs of a block are joint or marginal ones.
BLOCK, BLOCK_OF_INFONCE = 8, 64
#: Rows of a validation block, and the most rows validated on.
VALIDATION_BLOCK, MOST_VALIDATION = 128, 1536
#: Share of a critic's rows that validates, and the fewest rows worth a network at all.
VALIDATION_SHARE, FEWEST_ROWS = 0.2, 40
#: Times a run is validated, and the most passes through its rows.
VALIDATIONS, MOST_EPOCHS = 32, 50
#: Canonical variates among a network's inputs; beside them, the columns themselves are scaled down.
MOST_VARIATES, BESIDE_VARIATES = 8, 0.1


@dataclass(frozen=True)
class Recipe:
    """How a critic is trained; names are the estimator's."""

    hidden_layer_sizes: tuple[int, ...] = (128, 128)
    activation: str = "silu"
    bound: str = "dv"
    with_base: bool = True
    learning_rate_init: float = 3e-3
    weight_decay: float = 0.1
    batch_size: int | None = None
    max_iter: int = 800
    n_iter_no_change: int = 200


@dataclass(frozen=True)
class Nodes:
    """A coded column.

    Attributes
    ----------
    codes : ndarray of shape (n,)
    n_nodes : int
    ordered : bool
        Whether the nodes are an order's, or labels.
    """

    codes: NDArray[np.int64]
    n_nodes: int
    ordered: bool

    def places(self) -> Tensor | None:
        """Mid-ranks of ordered nodes."""
        if not self.ordered:
            return None
        share = np.bincount(self.codes, minlength=self.n_nodes) / len(self.codes)
        return torch.from_numpy(np.cumsum(share) - share / 2).float()


@dataclass(frozen=True)
class Tables:
    """Rows of both sides as numbers, (n, p) and (n, q), and where their columns are.

    `nodes` where the second side is one coded column.
    """

    x: Array
    y: Array
    parts: tuple[Sequence[Part], Sequence[Part]]
    nodes: Nodes | None = None


@dataclass(frozen=True)
class Inputs:
    """What a network reads of a side: canonical variates, the columns, their radius."""

    direction: Direction | None

    def __call__(self, z: Array) -> Array:
        length = np.log1p((z.astype(np.float64) ** 2).sum(1, keepdims=True))
        if self.direction is None:
            return np.concatenate([z, length], axis=1, dtype=np.float32)
        variates = self.direction(z)[:, :MOST_VARIATES]
        return np.concatenate([variates, BESIDE_VARIATES * z, length], axis=1, dtype=np.float32)


@dataclass
class FittedCritic:
    """A critic of one part of the rows, ready for other rows.

    Attributes
    ----------
    base : Base
    inputs : (Inputs, Inputs)
    network : PairCritic, PartitionCritic or None
        None: the base alone scored best on the validation rows.
    of_nodes : (vectors, tables) or None
        The base of the coded column's nodes, if the second side is one.
    fit : ndarray
        The rows it was fitted on, validation rows left out.
    n_iter : int
        The step that was chosen.
    curve : list of dict
        Step, objective on the batches since the last row, validation score.
    """

    base: Base
    inputs: tuple[Inputs, Inputs]
    network: PairCritic | PartitionCritic | None
    of_nodes: tuple[Tensor, Tensor] | None
    fit: Rows
    n_iter: int
    curve: list[dict[str, float]] = field(default_factory=list)

    def matrix(self, x: Array, y: Array) -> Tensor:
        """T of all rows of x and all rows of y, or all nodes: (n, m) float32."""
        side_x = self.base.side_x(x, self.inputs[0](x))
        with torch.inference_mode():
            if self.of_nodes is not None:
                assert not isinstance(self.network, PairCritic)
                return node_matrix(self.network, side_x, *self.of_nodes)
            assert not isinstance(self.network, PartitionCritic)
            return pair_matrix(self.network, side_x, self.base.side_y(y, self.inputs[1](y)), self.base.tables)

    def score(self, tables: Tables, rows: Rows, most: int = ROWS_AT_ONCE) -> RowScores:
        """The rows' scores, in blocks of at most `most`."""
        return score_in_blocks([self], tables, rows, most)


def node_matrix(network: PartitionCritic | None, x: Side, vectors: Tensor, tables: Tensor) -> Tensor:
    """T of rows and all nodes."""
    if network is None:
        return node_base(x, vectors, tables)
    device = network.tables.device
    scores: Tensor = network(x.to(device))
    return scores.cpu()


def pair_matrix(network: PairCritic | None, x: Side, y: Side, tables: Tensor) -> Tensor:
    """T of all pairs of rows, in tiles that stay in a core's cache."""
    if network is None:
        return base_scores(x, y, tables)
    device = network.tables.device
    x, y = network.encode(x.to(device), y.to(device))
    tile = TILE if device.type == "cpu" else 16 * TILE
    out = torch.empty(len(x), len(y))
    for i in range(0, len(x), tile):
        for j in range(0, len(y), tile):
            out[i : i + tile, j : j + tile] = network.score(x[i : i + tile], y[j : j + tile])
    return out


def score_in_blocks(critics: Sequence[FittedCritic], tables: Tables, rows: Rows, most: int = ROWS_AT_ONCE) -> RowScores:
    """Scores of rows under the mean of several critics, in blocks of at most `most` rows."""
    n_blocks = -(-len(rows) // most)
    # Which rows share a block must not follow their order, which may be one of time.
    order = np.random.default_rng(len(rows)).permutation(len(rows)) if n_blocks > 1 else np.arange(len(rows))
    parts, places = [], []
    for place in np.array_split(order, n_blocks):
        block = rows[place]
        x, y = tables.x[block], tables.y[block]
        scores = critics[0].matrix(x, y)
        for critic in critics[1:]:
            scores = scores + critic.matrix(x, y)
        scores = scores / len(critics)
        if tables.nodes is None:
            own, weight = torch.arange(len(block)), torch.full((len(block),), 1 / len(block))
        else:
            own = torch.from_numpy(tables.nodes.codes[block])
            weight = torch.bincount(own, minlength=scores.shape[1]) / len(block)
        parts.append(score_rows(scores, own, weight))
        places.append(place)
    back = np.empty(len(rows), np.int64)
    back[np.concatenate(places)] = np.arange(len(rows))

    def joined(name: str) -> Tensor:
        return torch.cat([getattr(part, name) for part in parts])[back]

    return RowScores(
        joined("pointwise"),
        joined("projection"),
        joined("centred"),
        sum(p.variance for p in parts),
        sum(p.third_moment for p in parts),
    )


# One critic --------------------------------------------------------------------------------------------


def parted(rows: Rows, groups: NDArray[np.int64] | None, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Rows to fit on and rows to validate on; groups stay whole."""
    if groups is None:
        order = rng.permutation(rows)
        n = max(round(VALIDATION_SHARE * len(rows)), 1)
        return order[n:], order[:n]
    present = rng.permutation(np.unique(groups[rows]))
    chosen = np.isin(groups[rows], present[: max(round(VALIDATION_SHARE * len(present)), 1)])
    return rng.permutation(rows[~chosen]), rng.permutation(rows[chosen])


def fit_critic(
    tables: Tables,
    rows: Rows,
    recipe: Recipe,
    seed: np.random.SeedSequence,
    device: torch.device,
    groups: NDArray[np.int64] | None = None,
    report: Callable[[int, float], None] | None = None,
) -> FittedCritic:
    """Train a critic on some rows.

    Parameters
    ----------
    tables : Tables
    rows : ndarray of row numbers
    recipe : Recipe
    seed : SeedSequence
    device : torch.device
    groups : ndarray of shape (n,) or None
    report : callable(step, validation) or None
        Called at each validation.
    """
    rng = np.random.default_rng(seed)
    fit, validation = parted(rows, groups, rng)
    nodes = tables.nodes
    base = Base()
    directions: bases.Directions = {}
    few = min(len(fit), len(validation)) < FEWEST_ROWS * VALIDATION_SHARE or len(rows) < FEWEST_ROWS
    if recipe.with_base and not few:
        if nodes is None:
            base, directions = bases.choose_for_pairs(tables.x, tables.y, fit, validation, tables.parts)
        else:
            base, directions = bases.choose_for_nodes(
                tables.x, tables.y, nodes.codes, nodes.n_nodes, fit, validation, tables.parts[0]
            )
    of_nodes = None if nodes is None else base.of_nodes(tables.y[fit], nodes.codes[fit], nodes.n_nodes)
    if few:
        return FittedCritic(base, (Inputs(None), Inputs(None)), None, of_nodes, fit, 0)
    linear = directions.get("linear", (None, None))
    inputs = Inputs(linear[0]), Inputs(linear[1])
    x = base.side_x(tables.x, inputs[0](tables.x))
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    batch_size = recipe.batch_size or int(np.clip(len(fit) // 8, 64, 512))
    n_steps = min(recipe.max_iter, MOST_EPOCHS * -(-len(fit) // batch_size))
    critic: PairCritic | PartitionCritic
    if nodes is None or of_nodes is None:
        y = base.side_y(tables.y, inputs[1](tables.y))
        critic = PairCritic(
            (x.inputs.shape[1], y.inputs.shape[1]), recipe.hidden_layer_sizes, recipe.activation, base.tables, generator
        )
        task: _Pairs | _Rows = _Pairs(x.to(device), y.to(device), recipe.bound)
    else:
        critic = PartitionCritic(
            x.inputs.shape[1], recipe.hidden_layer_sizes, recipe.activation, *of_nodes, nodes.places(), generator
        )
        task = _Rows(x.to(device), torch.from_numpy(nodes.codes).to(device), nodes.n_nodes, fit, recipe.bound)
    critic.to(device)
    training = Training(
        critic,
        n_steps=n_steps,
        learning_rate=recipe.learning_rate_init,
        weight_decay=recipe.weight_decay,
        warm_up=0.1,
        memory=0.99,
    )
    batches = _batches(torch.from_numpy(fit).to(device), batch_size, task.multiple, generator)
    checked = torch.from_numpy(validation[:MOST_VALIDATION]).to(device)
    every = max(n_steps // VALIDATIONS, 5)
    with torch.inference_mode():
        of_base = of_best = task.validate(training.average, checked)
    best = float(of_base.mean())
    curve = [{"step": 0, "objective": math.nan, "validation": best}]
    chosen, state, values = 0, None, []
    if report is not None:
        report(0, best)
    for value in training.steps(lambda network, _: -task.objective(network, next(batches))):
        values.append(-value)
        if not math.isfinite(value):
            break
        if training.step % every and training.step != n_steps:
            continue
        with torch.inference_mode():
            of_rows = task.validate(training.average, checked)
        score = float(of_rows.mean())
        curve.append({"step": training.step, "objective": float(np.mean(values)), "validation": score})
        values = []
        if report is not None:
            report(training.step, score)
        if score > best:
            best, chosen, of_best = score, training.step, of_rows
            state = {k: v.clone() for k, v in training.average.state_dict().items()}
        elif training.step - chosen >= recipe.n_iter_no_change:
            break
    network: PairCritic | PartitionCritic | None = None
    # One standard error: a gain that the validation rows cannot tell from none is left where there is
    # a base, which is simpler, and faster to score.
    gain = of_best - of_base
    least = float(gain.std()) / math.sqrt(len(gain)) if recipe.with_base else 0.0
    if state is None or float(gain.mean()) <= least:
        chosen = 0
    else:
        network = critic
        network.load_state_dict(state)
        network.eval().requires_grad_(False)
    return FittedCritic(base, inputs, network, of_nodes, fit, chosen, curve)


def _batches(rows: Tensor, size: int, multiple: int, generator: torch.Generator):  # type: ignore[no-untyped-def]
    """Endless batches of rows, each pass in a new order."""
    size = max(min(size, len(rows)) // multiple, 1) * multiple
    while True:
        order = rows[torch.randperm(len(rows), generator=generator).to(rows.device)]
        if len(order) < size:  # fewer rows than a block: some stand twice
            order = order.repeat(-(-size // len(order)))
        for first in range(0, len(order) - size + 1, size):
            yield order[first : first + size]


class _Pairs:
    """Objective and validation of a `PairCritic`."""

    def __init__(self, x: Side, y: Side, bound: str) -> None:
        self.x, self.y, self.bound = x, y, Objective(bound)
        self.multiple = BLOCK_OF_INFONCE if bound == "infonce" else BLOCK

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        return self.bound.of_blocks(self._blocks(network, rows, self.multiple))

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        block = min(VALIDATION_BLOCK, len(rows))
        rows = rows[: len(rows) // block * block]
        parts = [infonce_of_rows(self._blocks(network, part, block)).flatten() for part in rows.split(4 * block)]
        return torch.cat(parts)

    def _blocks(self, network: Module, rows: Tensor, block: int) -> Tensor:
        rows = rows.view(-1, block)
        scores: Tensor = network(self.x[rows], self.y[rows])
        return scores


class _Rows:
    """Objective and validation of a `PartitionCritic`."""

    multiple = 1

    def __init__(self, x: Side, codes: Tensor, n_nodes: int, fit: Rows, bound: str) -> None:
        self.x, self.codes, self.n_nodes, self.bound = x, codes, n_nodes, Objective(bound)
        margin = torch.bincount(codes[torch.from_numpy(fit).to(codes.device)], minlength=n_nodes) / len(fit)
        self.log_margin = margin.clamp(min=1e-12).log()

    def objective(self, network: Module, rows: Tensor) -> Tensor:
        return self.bound.of_nodes(network(self.x[rows]), self.codes[rows], self.log_margin)

    def validate(self, network: Module, rows: Tensor) -> Tensor:
        own = self.codes[rows]
        weight = torch.bincount(own, minlength=self.n_nodes) / len(rows)
        return score_rows(network(self.x[rows]), own, weight).pointwise


# All folds ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """What cross-fitting says of a pair of tables, in nats.

    Attributes
    ----------
    held_out, training, se, pvalue : float
    projection : ndarray of shape (n,)
        Of every row that was tested, NaN for others: their mean is near the held-out score, their
        spread its standard error.
    critics : list of FittedCritic, one a fold
    history : DataFrame
        Curves: fold, step, objective, validation.
    """

    held_out: float
    training: float
    se: float
    pvalue: float
    projection: NDArray[np.float64]
    critics: list[FittedCritic]
    history: pd.DataFrame


def score_tables(
    tables: Tables,
    plan: Plan,
    recipe: Recipe,
    seed: np.random.SeedSequence,
    report: Callable[[int, int, float], None] | None = None,
) -> Trained:
    """Cross-fit critics of two tables.

    Parameters
    ----------
    tables : Tables
    plan : Plan
    recipe : Recipe
    seed : SeedSequence
    report : callable(fold, step, validation) or None
        Progress; where several workers train, they do not report.
    """
    folds = plan.folds
    jobs = [_Job(fold.train, fold.test, k) for k, fold in enumerate(folds)]
    jobs += [_Job(before, folds[k].test, None) for k, before in _extra_steps(folds)]
    seeds = seed.spawn(len(jobs))
    with one_thread():
        done = Parallel(n_jobs=plan.n_jobs)(
            delayed(_run)(job, tables, recipe, one, plan.device, plan.groups, _of_fold(report, k, plan))
            for k, (job, one) in enumerate(zip(jobs, seeds, strict=True))
        )
    n = len(tables.x)
    sizes = np.array([len(f.test) for f in folds], float)
    projection = np.full(n, np.nan)
    held, trained, spread = [], [], []
    for fold, result in zip(folds, done, strict=False):
        held.append(float(result.scores.pointwise.double().mean()))
        trained.append(result.training)
        values = result.scores.projection.double().numpy()
        projection[fold.test] = values
        spread.append(inference.variance_of_sum(values, None if plan.groups is None else plan.groups[fold.test]))
    history = pd.concat(
        [pd.DataFrame(r.critic.curve).assign(fold=k) for k, r in enumerate(done[: len(folds)]) if r.critic.curve]
        or [pd.DataFrame({"fold": [], "step": [], "objective": [], "validation": []})],
        ignore_index=True,
    )[["fold", "step", "objective", "validation"]]
    return Trained(
        float(sizes @ held / sizes.sum()),
        float(np.mean(trained)),
        math.sqrt(sum(spread)) / float(sizes.sum()),
        _one_way_pvalue(folds, done, plan.groups),
        projection,
        [r.critic for r in done[: len(folds)]],
        history.astype({"fold": int, "step": int}),
    )


@dataclass(frozen=True)
class _Job:
    train: Rows
    test: Rows
    fold: int | None


@dataclass(frozen=True)
class _Result:
    critic: FittedCritic
    scores: RowScores
    training: float


def _run(
    job: _Job,
    tables: Tables,
    recipe: Recipe,
    seed: np.random.SeedSequence,
    device: str,
    groups: NDArray[np.int64] | None,
    report: Callable[[int, float], None] | None,
) -> _Result:
    """Fit and score one critic; runs in a worker."""
    with one_thread():
        critic = fit_critic(tables, job.train, recipe, seed, resolve_device(device), groups, report)
        scores = critic.score(tables, job.test)
        training = math.nan
        if job.fold is not None:
            own = critic.score(tables, critic.fit[:ROWS_OF_TRAINING], TRAINING_BLOCK)
            training = float(own.pointwise.double().mean())
        return _Result(critic, scores, training)


def _of_fold(
    report: Callable[[int, int, float], None] | None, fold: int, plan: Plan
) -> Callable[[int, float], None] | None:
    if report is None or plan.n_jobs not in (None, 1):
        return None
    return lambda step, validation: report(fold, step, validation)


def _before(folds: Sequence[Fold], k: int) -> Rows:
    """Training rows of a fold that no later fold is tested on."""
    tested_later = np.concatenate([np.empty(0, np.int64), *[f.test for f in folds[k:]]])
    return folds[k].train[~np.isin(folds[k].train, tested_later)]


def _extra_steps(folds: Sequence[Fold]) -> list[tuple[int, Rows]]:
    """Folds whose one-way critic is not their own, and its rows."""
    out = []
    for k in range(len(folds)):
        before = _before(folds, k)
        if FEWEST_ROWS <= len(before) < len(folds[k].train):
            out.append((k, before))
    return out


def _one_way_pvalue(folds: Sequence[Fold], done: Sequence[_Result], groups: NDArray[np.int64] | None) -> float:
    extra = {k: done[len(folds) + i] for i, (k, _) in enumerate(_extra_steps(folds))}
    z, skewness, weights = [], [], []
    for k, fold in enumerate(folds):
        before = _before(folds, k)
        if len(before) == len(fold.train):
            scores = done[k].scores
        elif k in extra:
            scores = extra[k].scores
        else:
            continue
        centred = scores.centred.double().numpy()
        n, variance, third = len(centred), scores.variance, scores.third_moment
        if groups is not None:
            variance, third = inference.variance_of_sum(centred, groups[fold.test], around_mean=False), 0.0
        if variance <= inference.SILENT**2 * n:
            z.append(math.nan)
            skewness.append(0.0)
        else:
            score = centred.sum() / math.sqrt(variance)
            if groups is not None:
                score = float(inference.few_groups(score, len(np.unique(groups[fold.test]))))
            z.append(score)
            skewness.append(third / variance**1.5)
        weights.append(math.sqrt(float(len(before)) * n))
    return float(inference.combine_one_way(z, skewness, weights)) if z else 1.0
