"""Folds -> trained critics -> held-out and training scores, for one pair of tables.

Design notes. A fold's test rows see the outcome of choices that its training rows made alone
(`fitting`). A p-value needs critics of the rows before each step (`folds`). The last fold's critic is
one already; a fold in between costs one more critic, of the rows of the folds before it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skmine import inference
from skmine.core.bounds import RowScores
from skmine.core.devices import one_thread, resolve_device
from skmine.crossfit.fitting import FEWEST_ROWS, Recipe, fit_critic
from skmine.crossfit.plan import Plan
from skmine.crossfit.scoring import FittedCritic, Rows, Tables
from skmine.folds import Fold

#: Most training rows that are scored for the training score, and rows of a block of them.
ROWS_OF_TRAINING, TRAINING_BLOCK = 8192, 1024


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
