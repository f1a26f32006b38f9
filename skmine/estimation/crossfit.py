"""Folds -> trained critics -> held-out and training scores, for one pair of sides.

Design notes. All choices are made on training rows; test rows are only scored. A p-value needs critics of the
rows before each step (`folds`): the last fold's own critic can be used for that, and each fold in between costs
one more critic, of the rows of the folds before it. That one only has to detect dependence, so it takes half
the steps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.devices import one_thread, resolve_device
from skmine.core.scores import RowScores
from skmine.estimation import fitting_cost, inference
from skmine.estimation.critic import Critic, Estimate, Fit, make_curves
from skmine.estimation.evidence import Evidence
from skmine.estimation.folds import Fold
from skmine.estimation.recipe import Recipe, Rows
from skmine.estimation.setting import Setting
from skmine.estimation.trained import FoldCritic, Sides, score_in_chunks
from skmine.estimation.training_run import Report

#: Most training rows that are scored for the training score: time, which grows with the rows of a chunk.
ROWS_OF_TRAINING = 8192

#: Rows of a chunk of them. A chunk's score is at most its log, 6.9 nats.
TRAINING_CHUNK = 1024


#: Rows from which on a critic that serves the p-value alone is fitted: of fewer, canonical pairs are never significant.
FEWEST_BEFORE = 8


@dataclass(frozen=True)
class CrossFit:
    """What cross-fitting says of two sides.

    Attributes
    ----------
    evidence : Evidence
    projection : ndarray of shape (n,)
        Hajek projections of every row that was tested, NaN for others.
    critics : list of FoldCritic, one per fold
    trend : Trend
    """

    evidence: Evidence
    projection: NDArray[np.float64]
    critics: list[FoldCritic]
    trend: fitting_cost.Trend

    def make_fit(self, name: str, critic: Critic) -> Fit:
        """The same as what a kind of critic gives."""
        held_out = self.evidence.held_out
        mi = fitting_cost.correct_trained(held_out, self.evidence.training, self.trend)
        return Fit(
            estimate=Estimate(
                critic=name,
                mi=mi,
                evidence=self.evidence,
                projection=self.projection,
                unseen=fitting_cost.compute_unseen(mi),
                promise=fitting_cost.compute_promise(mi, held_out, self.trend),
            ),
            critic=critic,
            n_iter=[c.n_iter for c in self.critics],
            history=make_curves([c.curve for c in self.critics]),
            is_cut=any(c.is_cut for c in self.critics),
        )


def crossfit(sides: Sides, setting: Setting) -> CrossFit:
    """Cross-fit critics of two sides.

    Where several workers train, they do not report.
    """
    plan, folds = setting.plan, setting.plan.folds
    jobs = [_Job(fold.train, fold.test, setting.recipe, own=True) for fold in folds]
    jobs += [_Job(f.steps[0].before, f.test, setting.recipe, own=False) for f in folds if _needs_another(f)]
    seeds = setting.spawn_seeds(len(jobs))
    with one_thread():
        results = Parallel(n_jobs=plan.n_jobs)(
            delayed(_run_job)(job, sides, seed, plan.device, plan.groups, _make_report(setting, k))
            for k, (job, seed) in enumerate(zip(jobs, seeds, strict=True))
        )
    own, others = results[: len(folds)], iter(results[len(folds) :])
    one_way, compared = [], []
    for fold, result in zip(folds, own, strict=True):
        if _needs_another(fold):
            smaller = next(others).scores
            one_way.append((fold, smaller))
            compared.append((fold, result.scores.pointwise - smaller.pointwise))
        elif _is_one_way(fold):
            one_way.append((fold, result.scores))
    of_partners = float(np.mean([float((r.scores.pointwise - r.scores.halved).double().mean()) for r in own]))
    of_models = float(np.mean([r.critic.start.base.learned is not None for r in own]))
    trend = replace(_measure_trend(compared, plan.groups), of_partners=of_partners, of_models=of_models)
    return _collect(own, setting, len(sides.x), _compute_pvalue(one_way, plan.groups), trend)


@dataclass(frozen=True)
class _Job:
    """A critic's rows, those it scores, and whether it is a fold's own, which the training score is of."""

    train: Rows
    test: Rows
    recipe: Recipe
    own: bool


@dataclass(frozen=True)
class _Result:
    critic: FoldCritic
    scores: RowScores
    training: float


def _run_job(
    job: _Job,
    sides: Sides,
    seed: np.random.SeedSequence,
    device: str,
    groups: NDArray[np.int64] | None,
    report: Report | None,
) -> _Result:
    """Fit and score one critic; runs in a worker."""
    with one_thread():
        critic = sides.fit(job.train, job.recipe, seed, resolve_device(device), groups, report)
        scores = score_in_chunks([critic], sides, job.test)
        training = math.nan
        if job.own:
            own = score_in_chunks([critic], sides, critic.fit[:ROWS_OF_TRAINING], TRAINING_CHUNK)
            training = float(own.pointwise.double().mean())
        return _Result(critic=critic, scores=scores, training=training)


def _collect(
    results: Sequence[_Result], setting: Setting, n: int, pvalue: float, trend: fitting_cost.Trend
) -> CrossFit:
    """What the folds' own critics say, put together."""
    folds, groups = setting.plan.folds, setting.plan.groups
    sizes = np.array([len(f.test) for f in folds], float)
    projection = np.full(n, np.nan)
    held_out, variances = [], []
    for fold, result in zip(folds, results, strict=True):
        held_out.append(float(result.scores.pointwise.double().mean()))
        values = result.scores.projection.double().numpy()
        projection[fold.test] = values
        variances.append(inference.compute_sum_variance(values, None if groups is None else groups[fold.test]))
    evidence = Evidence(
        held_out=float(sizes @ held_out / sizes.sum()),
        training=float(np.mean([result.training for result in results])),
        se=math.sqrt(sum(variances)) / float(sizes.sum()),
        pvalue=pvalue,
    )
    critics = [result.critic for result in results]
    return CrossFit(evidence=evidence, projection=projection, critics=critics, trend=trend)


def _measure_trend(compared: Sequence[tuple[Fold, Tensor]], groups: NDArray[np.int64] | None) -> fitting_cost.Trend:
    """What more rows promise, from how much better critics of more rows score the same rows.

    With a cost of c / n, critics of n and of m < n rows differ by c (1 / m - 1 / n), and those of n rows lack c / n:
    the difference over n / m - 1.
    """
    gain = weights = variance = 0.0
    for fold, difference in compared:
        values = difference.double().numpy()
        ratio = len(fold.train) / len(fold.steps[0].before) - 1
        own = inference.compute_sum_variance(values, None if groups is None else groups[fold.test]) / len(values) ** 2
        gain += ratio * float(values.mean())
        variance += ratio**2 * own
        weights += ratio**2
    return fitting_cost.Trend(gain / weights, math.sqrt(variance) / weights) if weights else fitting_cost.Trend()


def _make_report(setting: Setting, fold: int) -> Report | None:
    report = setting.report
    if report is None or setting.plan.n_jobs not in (None, 1):
        return None
    return lambda step, validation: report(fold, step, validation)


def _is_one_way(fold: Fold) -> bool:
    """Whether a fold's own critic saw nothing of its rows, nor of those that later folds test."""
    return len(fold.steps[0].before) == len(fold.train)


def _needs_another(fold: Fold) -> bool:
    """Whether a fold needs one critic more, of the rows before it, and has enough of them."""
    return FEWEST_BEFORE <= len(fold.steps[0].before) < len(fold.train)


def _compute_pvalue(one_way: Sequence[tuple[Fold, RowScores]], groups: NDArray[np.int64] | None) -> float:
    """P-value of independence, from scores under one-way critics."""
    if not one_way:
        return 1.0
    centred = [scores.centred.double().numpy() for _, scores in one_way]
    moments = [(scores.variance, scores.third_moment) for _, scores in one_way]
    n_groups = None
    if groups is not None:
        of_tested = [groups[fold.test] for fold, _ in one_way]
        moments = [
            (inference.compute_sum_variance(values, numbers, around_mean=False), 0.0)
            for values, numbers in zip(centred, of_tested, strict=True)
        ]
        n_groups = [len(np.unique(numbers)) for numbers in of_tested]
    variances, third_moments = np.array(moments).T
    # Few rows have few permutations, of which the observed one is one.
    least = math.exp(-sum(math.lgamma(len(values) + 1) for values in centred))
    pvalue = float(
        inference.compute_pvalues(
            [values.sum() for values in centred],
            variances,
            third_moments,
            [len(fold.steps[0].before) for fold, _ in one_way],
            [len(values) for values in centred],
            n_groups,
        )
    )
    return max(pvalue, least)
