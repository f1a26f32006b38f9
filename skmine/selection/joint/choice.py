"""The end: the smallest set on the way down that surely lacks little of what the best one says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.recipe import Rows
from skmine.selection.joint.elimination import compute_mean_and_error
from skmine.selection.joint.models import NAMES, score_by_models
from skmine.selection.joint.problem import Comparison, Split

Array = NDArray[np.float64]

#: Sizes of sets that models are fitted to, each this share of the one before. Arbitrary.
SHARE_OF_SIZE = 0.7

#: Standard errors by which a model alone has to lose more than is tolerated: one in twenty does by chance.
SURE = 1.645

#: Steps of expectation and maximisation that weigh the parts of a mixture.
MIXING_STEPS = 30


def read_tolerance(tolerance: float | str) -> float:
    """The share that may be lacking; none for "best"."""
    return 0.0 if isinstance(tolerance, str) else float(tolerance)


def mix(scores: Sequence[Array]) -> Array:
    """Scores of the best mixture of several critics' densities, (rows,).

    A critic's score is the logarithm of a ratio of densities, and so is that of a mixture.
    """
    values = np.stack(scores, axis=1)
    top = values.max(1, keepdims=True)
    ratios = np.exp(values - top)
    weights = np.full(values.shape[1], 1 / values.shape[1])
    for _ in range(MIXING_STEPS):
        shares = ratios * weights
        weights = (shares / shares.sum(1, keepdims=True)).mean(0)
    return np.asarray(np.log(ratios @ weights) + top[:, 0])


@dataclass(frozen=True)
class Rung:
    """A set on the way down, one of falling sizes.

    Attributes
    ----------
    left : list of int
        Candidates.
    lefts : list of list of int
        As many for each split, chosen without its held-out rows.
    by_networks : ndarray of shape (rows,) or None
        What networks say of each held-out row, in nats; None where there are none.
    """

    left: list[int]
    lefts: list[list[int]]
    by_networks: Array | None = None


@dataclass(frozen=True)
class Worth:
    """What a rung's sets say of each held-out row, in nats.

    Attributes
    ----------
    rung : Rung
    scores : ndarray of shape (rows,)
        By networks and models together.
    by_models : list of ndarray of shape (rows,)
        By each model alone.
    needs_networks : bool
        Whether networks alone say more than any model.
    """

    rung: Rung
    scores: Array
    by_models: list[Array]
    needs_networks: bool


@dataclass(frozen=True)
class Chosen:
    """The place of the set that is chosen, that of the best one, and what all sets that were asked for are worth."""

    place: int
    best: int
    worths: dict[int, Worth]
    rows: Rows

    def measure_loss(self, problem: Comparison, place: int) -> tuple[float, float]:
        """Nats that a set lacks of the best one, and the standard error."""
        gaps = self.worths[self.best].scores - self.worths[place].scores
        return compute_mean_and_error(gaps, problem.groups, self.rows)


def choose_rung(
    problem: Comparison, rungs: Sequence[Rung], splits: list[Split], top: int = 0, wanted: int | None = None
) -> Chosen:
    """Choose the smallest set that surely lacks no more of the best one's information than the problem tolerates.

    Models are fitted to sets of some sizes, and to those between the smallest of these that will do and the next; they
    and the networks say together what a set is worth. The best one is that at `top`, unless another is better by more
    than a standard error; it is taken where no smaller set is surely as good, because rows are few. The place that is
    `wanted` is taken in any case.
    """
    rows = np.concatenate([held_out for _, held_out in splits])
    worths = {k: _measure_worth(problem, rungs[k], splits) for k in {top, *_find_sizes(rungs)}}
    if wanted is not None:
        worths[wanted] = _measure_worth(problem, rungs[wanted], splits)
    while True:
        places = sorted(worths)
        best = max(places, key=lambda k: float(worths[k].scores.mean()))
        chosen = Chosen(best, best, worths, rows)
        gap, se = chosen.measure_loss(problem, top)
        if gap <= se:
            best, chosen = top, replace(chosen, place=top, best=top)
        if wanted is not None:
            return replace(chosen, place=wanted)
        place = max((k for k in places if lacks_little(problem, worths[best], worths[k], rows)), default=best)
        smaller = min((k for k in places if k > place), default=len(rungs))
        if smaller - place <= 1:
            return replace(chosen, place=place)
        between = (place + smaller) // 2
        worths[between] = _measure_worth(problem, rungs[between], splits)


def _find_sizes(rungs: Sequence[Rung]) -> list[int]:
    """Places of sets, each a share of the one before."""
    places, size = [], math.inf
    for k, rung in enumerate(rungs):
        if len(rung.left) <= max(SHARE_OF_SIZE * size, 1):
            places.append(k)
            size = len(rung.left)
    return places


def lacks_little(problem: Comparison, best: Worth, other: Worth, rows: Rows) -> bool:
    """Whether a set surely lacks no more than is tolerated, and has the problem's protected candidates.

    Surely: with a standard error to spare. No model alone may surely lack more either, as any of them may be what the
    columns are for.
    """
    information = float(best.scores.mean())
    gap, se = compute_mean_and_error(best.scores - other.scores, problem.groups, rows)
    if not problem.protected <= set(other.rung.left) or gap + se > problem.tolerance * information:
        return False
    losses = [
        compute_mean_and_error(of_best - scores, problem.groups, rows)
        for of_best, scores in zip(best.by_models, other.by_models, strict=True)
    ]
    return all(gap - SURE * se <= problem.tolerance * information for gap, se in losses)


def _measure_worth(problem: Comparison, rung: Rung, splits: list[Split]) -> Worth:
    by_models = score_by_models(problem, rung.lefts, splits, NAMES)
    if rung.by_networks is None:
        return Worth(rung, mix(by_models), by_models, False)
    leads = all(rung.by_networks.mean() > scores.mean() for scores in by_models)
    return Worth(rung, mix([rung.by_networks, *by_models]), by_models, leads)
