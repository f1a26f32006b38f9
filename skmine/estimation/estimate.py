"""One number for one pair of tables: which critic, what it found, and the same critic on new rows.

Design notes. The shape decides: a column against a column is a table of counts, which the pretrained
grid critic reads; a table against a column is a `PartitionNetwork`'s; two tables are a `PairNetwork`'s.
Two columns that share more than a grid's nodes can tell apart (`BEYOND_A_GRID`) go on to a
`PairNetwork`, whose canonical pair has no nodes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.scores import score_nodes
from skmine.data.coding import Coding, Column, fit_codings
from skmine.data.features import MOST_LABELS, Features, fit_features
from skmine.data.source import is_identifier, warn_of_identifier
from skmine.estimation import inference
from skmine.estimation.critics.grid import encode_columns, fold_critics, node_budgets, score_columns
from skmine.estimation.crossfit import curves, score_tables
from skmine.estimation.fitting import Recipe
from skmine.estimation.plan import Plan
from skmine.estimation.scoring import ROWS_AT_ONCE, FittedCritic, Nodes, Tables, score_in_blocks
from skmine.exceptions import SaturationWarning, warn

CRITICS = ("auto", "grid", "partition", "pair")
#: Held-out scores above this (nats) are more than a grid can hold without loss.
BEYOND_A_GRID = 2.5


@dataclass(frozen=True)
class Block:
    """Columns that stand on one side, and whether each is discrete (None: by dtype and ties)."""

    columns: Sequence[Column]
    flags: Sequence[bool | None]

    def __len__(self) -> int:
        return len(self.columns[0].values)

    def __add__(self, other: "Block") -> "Block":
        return Block([*self.columns, *other.columns], [*self.flags, *other.flags])

    def varying(self) -> NDArray[np.bool_]:
        """Which columns are not constant, nor labels hardly two of which are alike."""
        codings = [fit_codings(c, [MOST_LABELS], discrete=f)[0] for c, f in zip(self.columns, self.flags, strict=True)]
        return np.array([c.kind != "constant" and c.n_nodes > 1 for c in codings])

    def only(self, mask: NDArray[np.bool_]) -> "Block":
        """The columns of a mask."""
        return Block(
            [c for c, m in zip(self.columns, mask, strict=True) if m],
            [f for f, m in zip(self.flags, mask, strict=True) if m],
        )

    def entropy(self) -> float:
        """Plug-in entropy of the rows' values, if all columns are discrete; infinite otherwise."""
        numbers = []
        for column, flag in zip(self.columns, self.flags, strict=True):
            kind = fit_codings(column, [192], discrete=flag)[0].kind
            if kind == "continuous":
                return math.inf
            numbers.append(pd.factorize(column.values)[0])
        _, counts = np.unique(np.stack(numbers, axis=1), axis=0, return_counts=True)
        return inference.plugin_entropy(counts)


class Model(Protocol):
    """Fitted critics of a pair of tables, for rows of the same columns."""

    def pointwise(self, x: Block, y: Block) -> NDArray[np.float64]:
        """Pointwise MI of every row in nats, (n,); normalised over the rows given."""


@dataclass(frozen=True)
class Independent:
    """Where a side is constant there is nothing to share."""

    def pointwise(self, x: Block, y: Block) -> NDArray[np.float64]:
        return np.zeros(len(x))


@dataclass(frozen=True)
class GridModel:
    """The mean of the folds' critics on the grid of two columns."""

    places: tuple[int, int]
    codings: tuple[Coding, Coding]
    critic: Tensor

    def pointwise(self, x: Block, y: Block) -> NDArray[np.float64]:
        a, b = (
            torch.from_numpy(coding.encode(block.columns[place]))
            for coding, block, place in zip(self.codings, (x, y), self.places, strict=True)
        )
        return score_nodes(self.critic[a], b).pointwise.double().numpy()


@dataclass(frozen=True)
class TrainedModel:
    """The mean of the folds' trained critics."""

    kept: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    features: tuple[Features, Features]
    coding: Coding | None
    turned: bool
    critics: list[FittedCritic]

    def pointwise(self, x: Block, y: Block) -> NDArray[np.float64]:
        first, second = (block.only(mask) for block, mask in zip((x, y), self.kept, strict=True))
        if self.turned:
            first, second = second, first
        tables = _tables(first, second, self.features, self.coding)
        return score_in_blocks(self.critics, tables, np.arange(len(x))).pointwise.double().numpy()


@dataclass(frozen=True)
class Estimate:
    """What is known of a pair of tables, in nats.

    Attributes
    ----------
    critic : {"grid", "partition", "pair"}
    mi : the estimate
    held_out, training : mean scores on rows the critics did not see, and on those they did
    se : standard error of the held-out score
    pvalue : of independence, one-sided
    n : rows
    projection : ndarray of shape (n,), NaN for rows that were not tested
        Hajek projections, whose spread is the standard error.
    history : DataFrame of curves
    n_iter : steps chosen, one a fold
    model : critics for new rows
    notes : what to be careful about, a sentence each
    """

    critic: str
    mi: float
    held_out: float
    training: float
    se: float
    pvalue: float
    n: int
    projection: NDArray[np.float64]
    history: pd.DataFrame
    n_iter: list[int]
    model: Model
    notes: tuple[str, ...] = ()


def estimate(
    x: Block,
    y: Block,
    plan: Plan,
    *,
    critic: str = "auto",
    recipe: Recipe,
    seed: np.random.SeedSequence,
    report: Callable[[int, int, float], None] | None = None,
) -> Estimate:
    """Estimate what two blocks of columns share.

    Parameters
    ----------
    x, y : Block
    plan : Plan
    critic : {"auto", "grid", "partition", "pair"}
    recipe : Recipe
        How critics are trained.
    seed : SeedSequence
    report : callable(fold, step, validation) or None

    Raises
    ------
    ValueError
        If the critic does not fit the shapes.

    Warns
    -----
    SaturationWarning
        If the rows cannot certify more than what they show.
    IdentifierWarning
        If labels are nearly all different.
    """
    _check_shapes(critic, x, y)
    kept = _kept(x), _kept(y)
    if not (kept[0].any() and kept[1].any()):
        name = _by_shape(len(kept[0]), len(kept[1])) if critic == "auto" else critic
        projection = np.full(len(x), np.nan)
        for fold in plan.folds:
            projection[fold.test] = 0.0
        none = [0] * len(plan.folds)
        return Estimate(name, 0.0, 0.0, 0.0, 0.0, 1.0, len(x), projection, curves([]), none, Independent())
    first, second = x.only(kept[0]), y.only(kept[1])
    shape = len(first.columns), len(second.columns)
    name = _by_shape(*shape) if critic == "auto" else critic
    if name == "partition" and 1 not in shape:
        name = "pair"
    cap = min(first.entropy(), second.entropy())
    if name == "grid":
        found = _on_one_grid(first, second, (int(kept[0].argmax()), int(kept[1].argmax())), plan)
        if critic == "auto" and math.isinf(cap) and found.held_out > BEYOND_A_GRID:
            trained = _by_training("pair", first, second, kept, plan, recipe, seed, report)
            found = replace(trained, pvalue=min(found.pvalue, trained.pvalue))
    else:
        found = _by_training(name, first, second, kept, plan, recipe, seed, report)
    return _capped(found, cap, plan)


def _by_shape(d_x: int, d_y: int) -> str:
    return "grid" if d_x == d_y == 1 else "partition" if 1 in (d_x, d_y) else "pair"


def partition_nodes(n_rows: int) -> int:
    """Nodes of the one column of a partition: as many as its rows can tell apart."""
    root = math.sqrt(n_rows)
    return int(np.clip(min(2 * root, max(96, root)), 32, 192)) // 16 * 16


def _check_shapes(critic: str, x: Block, y: Block) -> None:
    shape = f"X has {len(x.columns)} and y {len(y.columns)} columns"
    if critic == "grid" and (len(x.columns) > 1 or len(y.columns) > 1):
        raise ValueError(f"critic='grid' needs one column on either side, but {shape}; use critic='auto'.")
    if critic == "partition" and min(len(x.columns), len(y.columns)) > 1:
        raise ValueError(f"critic='partition' needs one column on one side, but {shape}; use critic='pair' or 'auto'.")


def _kept(block: Block) -> NDArray[np.bool_]:
    """Columns that can say anything; a warning for labels that seem to."""
    for column in block.columns:
        if column.categories is not None and is_identifier(column):
            warn_of_identifier(column)
    return block.varying()


def _on_one_grid(x: Block, y: Block, places: tuple[int, int], plan: Plan) -> Estimate:
    budgets = node_budgets(len(x))
    coded, goal = (encode_columns(block.columns, block.flags, budgets) for block in (x, y))
    scores = score_columns(coded, goal, plan)
    level = int(scores.level[0])
    codes = coded[level].codes[0], goal[level].codes[0]
    codings = coded[level].codings[0], goal[level].codings[0]
    critics = fold_critics(*codes, (codings[0].n_nodes, codings[1].n_nodes), plan)
    a, b = (torch.from_numpy(c.astype(np.int64)) for c in codes)
    projection = np.full(len(x), np.nan)
    for fold, critic in zip(plan.folds, critics, strict=True):
        projection[fold.test] = score_nodes(critic[a[fold.test]], b[fold.test]).projection.double().numpy()
    return Estimate(
        "grid",
        float(scores.mi[0]),
        float(scores.held_out[0]),
        float(scores.training[0]),
        float(scores.se[0]),
        float(scores.pvalue[0]),
        len(x),
        projection,
        curves([]),
        [0] * len(plan.folds),
        GridModel(places, codings, critics.mean(0)),
    )


def _by_training(
    name: str,
    x: Block,
    y: Block,
    kept: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    plan: Plan,
    recipe: Recipe,
    seed: np.random.SeedSequence,
    report: Callable[[int, int, float], None] | None,
) -> Estimate:
    turned = name == "partition" and len(y.columns) > 1
    if turned:
        x, y = y, x
    coding = None
    if name == "partition":
        coding = fit_codings(y.columns[0], [partition_nodes(len(x))], discrete=y.flags[0])[0]
    features = fit_features(x.columns, x.flags), fit_features(y.columns, y.flags)
    result = score_tables(_tables(x, y, features, coding), plan, recipe, seed, report)
    return Estimate(
        name,
        float(inference.debiased(result.held_out, result.training, share=inference.SHARE_OF_TRAINED)),
        result.held_out,
        result.training,
        result.se,
        result.pvalue,
        len(x),
        result.projection,
        result.history,
        [c.n_iter for c in result.critics],
        TrainedModel(kept, features, coding, turned, result.critics),
    )


def _tables(x: Block, y: Block, features: tuple[Features, Features], coding: Coding | None) -> Tables:
    nodes = None if coding is None else Nodes.of(coding, y.columns[0])
    numbers = features[0].transform(x.columns), features[1].transform(y.columns)
    return Tables(*numbers, (features[0].parts(), features[1].parts()), nodes)


def _capped(found: Estimate, cap: float, plan: Plan) -> Estimate:
    """Nothing beyond a discrete side's entropy; a warning where the rows cannot certify more."""
    n_tested = min(max(len(fold.test) for fold in plan.folds), ROWS_AT_ONCE)
    most = math.log(n_tested) - 1
    notes = found.notes
    if found.held_out > most and cap > found.held_out + found.se:
        note = (
            f"The rows show {found.held_out:.2f} nats, and {n_tested} held-out rows can show log {n_tested} = "
            f"{most + 1:.2f} at most. MI may be larger, or infinite where one side is a function of the other: read "
            f"the lower bound, which holds, or pass more rows."
        )
        notes = (*notes, note)
        warn(note, SaturationWarning)
    return replace(
        found, notes=notes, mi=min(found.mi, cap), held_out=min(found.held_out, cap), training=min(found.training, cap)
    )
