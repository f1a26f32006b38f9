"""Folds -> trained critics -> held-out and training scores, for one pair of tables.

Design notes. A fold's test rows see the outcome of choices that its training rows made alone
(`fitting`). A p-value needs critics of the rows before each step (`folds`). The last fold's critic is
one already; a fold in between costs one more critic, of the rows of the folds before it. That one
only has to see that there is something, so it takes half the steps.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skmine.core.devices import one_thread, resolve_device
from skmine.core.scores import RowScores
from skmine.estimation import inference
from skmine.estimation.fitting import FEWEST_ROWS, Recipe, fit_critic
from skmine.estimation.folds import Fold
from skmine.estimation.plan import Plan
from skmine.estimation.scoring import FittedCritic, Rows, Tables

#: Most training rows that are scored for the training score, and rows of a block of them.
ROWS_OF_TRAINING, TRAINING_BLOCK = 8192, 1024
#: Columns of the curves.
CURVES = {"fold": int, "step": int, "objective": float, "validation": float}


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
        `curves` of the critics.
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
    jobs = [_Job(fold.train, fold.test, own=True) for fold in folds]
    jobs += [_Job(fold.steps[0].before, fold.test, own=False) for fold in folds if _needs_another(fold)]
    seeds = seed.spawn(len(jobs))
    shorter = replace(recipe, max_iter=-(-recipe.max_iter // 2), n_iter_no_change=-(-recipe.n_iter_no_change // 2))
    with one_thread():
        done = Parallel(n_jobs=plan.n_jobs)(
            delayed(_run)(
                job, tables, recipe if job.own else shorter, one, plan.device, plan.groups, _of_fold(report, k, plan)
            )
            for k, (job, one) in enumerate(zip(jobs, seeds, strict=True))
        )
    own, others = done[: len(folds)], iter(done[len(folds) :])
    sizes = np.array([len(f.test) for f in folds], float)
    projection = np.full(len(tables.x), np.nan)
    held, spread, one_way = [], [], []
    for fold, result in zip(folds, own, strict=True):
        held.append(float(result.scores.pointwise.double().mean()))
        values = result.scores.projection.double().numpy()
        projection[fold.test] = values
        spread.append(inference.variance_of_sum(values, None if plan.groups is None else plan.groups[fold.test]))
        if _needs_another(fold):
            one_way.append((fold, next(others).scores))
        elif _is_one_way(fold):
            one_way.append((fold, result.scores))
    critics = [result.critic for result in own]
    return Trained(
        float(sizes @ held / sizes.sum()),
        float(np.mean([result.training for result in own])),
        math.sqrt(sum(spread)) / float(sizes.sum()),
        _pvalue(one_way, plan.groups),
        projection,
        critics,
        curves(critics),
    )


def curves(critics: Sequence[FittedCritic]) -> pd.DataFrame:
    """What training went through, a fold each; no rows for critics that were not trained."""
    rows = [{"fold": fold, **point} for fold, critic in enumerate(critics) for point in critic.curve]
    return pd.DataFrame(rows, columns=list(CURVES)).astype(CURVES)


@dataclass(frozen=True)
class _Job:
    """A critic's rows, those it scores, and whether it is a fold's own, which the training score is of."""

    train: Rows
    test: Rows
    own: bool


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
        if job.own:
            own = critic.score(tables, critic.fit[:ROWS_OF_TRAINING], TRAINING_BLOCK)
            training = float(own.pointwise.double().mean())
        return _Result(critic, scores, training)


def _of_fold(
    report: Callable[[int, int, float], None] | None, fold: int, plan: Plan
) -> Callable[[int, float], None] | None:
    if report is None or plan.n_jobs not in (None, 1):
        return None
    return lambda step, validation: report(fold, step, validation)


def _is_one_way(fold: Fold) -> bool:
    """Whether a fold's own critic saw nothing of its rows, nor of those that later folds test."""
    return len(fold.steps[0].before) == len(fold.train)


def _needs_another(fold: Fold) -> bool:
    """Whether a fold needs one critic more, of the rows before it, and has enough of them."""
    return FEWEST_ROWS <= len(fold.steps[0].before) < len(fold.train)


def _pvalue(one_way: Sequence[tuple[Fold, RowScores]], groups: NDArray[np.int64] | None) -> float:
    """Of independence, from scores under one-way critics."""
    if not one_way:
        return 1.0
    centred = [scores.centred.double().numpy() for _, scores in one_way]
    moments = [(scores.variance, scores.third_moment) for _, scores in one_way]
    n_groups = None
    if groups is not None:
        of_tested = [groups[fold.test] for fold, _ in one_way]
        moments = [
            (inference.variance_of_sum(values, numbers, around_mean=False), 0.0)
            for values, numbers in zip(centred, of_tested, strict=True)
        ]
        n_groups = [len(np.unique(numbers)) for numbers in of_tested]
    variances, third_moments = np.array(moments).T
    return float(
        inference.one_way_pvalues(
            [values.sum() for values in centred],
            variances,
            third_moments,
            [len(fold.steps[0].before) for fold, _ in one_way],
            [len(values) for values in centred],
            n_groups,
        )
    )
