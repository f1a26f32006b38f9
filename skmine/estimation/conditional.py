"""Conditional mutual information I(X; Y | Z).

Design notes. What can be predicted by Z is taken off X and Y first (`partial`). If y is one column, one masked network
then estimates both terms of the chain rule, I(X, Z; Y) and I(Z; Y), whose difference may be small. A network that
sometimes lacks X (`critics.masked`) gives both for the same rows with the same weights, so that most of their errors
cancel. But a network learns faster with a copy of Z beside it, and such an X would seem to add information; so critics
of either term alone, which may start from a base, replace the masked network wherever their held-out score is higher,
and nothing replaces what Z is said to explain where that is less than nothing: the difference would be noise.
By the chain rule I(X; Y | Z) is at least I(X; Y) - I(Z; Y). Where Z says nothing of what is left of Y, this is mostly
all there is, and that of two columns takes no training: of both, what has the higher held-out score is taken.
If y is several columns, it is the chain rule the other way round, I(X; (Y, Z)) - I(X; Z), both with the same kind of
critic, folds and rows.
The p-value is that of the networks' difference, and where y is one column also of what low-degree functions of x and y
share that z does not explain (`smooth_given`): trained critics spend half of the rows on the search for a link.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skmine.core.devices import one_thread, resolve_device
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation import fitting_cost, inference
from skmine.estimation.critic import Estimate
from skmine.estimation.critics.masked import MaskedTable, fit_masked, make_masked_table, mask_this_one
from skmine.estimation.crossfit import ROWS_OF_TRAINING
from skmine.estimation.estimate import estimate
from skmine.estimation.evidence import Evidence
from skmine.estimation.nodes import Nodes, code_target
from skmine.estimation.partial import Partialled, partial_out
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import FEWEST_ROWS, Recipe, Rows, split_validation
from skmine.estimation.setting import Setting
from skmine.estimation.smooth_given import SmoothCondition
from skmine.exceptions import SkmineWarning

#: Candidates of the mask.
X = 0
Z = 1

#: What is known in the first term, and in the second.
TERMS = ([X, Z], [Z])

#: Times `FEWEST_ROWS` that a masked network needs, as it has two terms to learn.
ROWS_FOR_BOTH_TERMS = 2


@dataclass(frozen=True)
class Condition:
    """What is the same for every X that is looked at beyond Z.

    Attributes
    ----------
    y, z : ColumnGroup
    left : Partialled
        What is left of Y.
    alone : Estimate or None
        What Z says of that, by critics of "partition"; None where other critics may be taken.
    smooth : SmoothCondition or None
        What Z leaves of Y's functions; None of several columns, where rows are too few, and where no p-value is wanted.
    """

    y: ColumnGroup
    z: ColumnGroup
    left: Partialled
    alone: Estimate | None
    smooth: SmoothCondition | None

    @classmethod
    def prepare(
        cls,
        y: ColumnGroup,
        z: ColumnGroup,
        setting: Setting,
        *,
        for_several: bool = True,
        for_pvalues: bool = True,
    ) -> "Condition":
        """Prepare what an X needs; for several, also what Z says of Y by the critics that they most likely take."""
        left, alone = partial_out(y, z, setting.plan.groups), None
        if for_several and _is_for_one_network(z, left.group, z, setting.plan):
            alone = _estimate_quietly(z, left.group, setting, "partition")
        smooth = SmoothCondition.prepare(y, z, setting.plan.groups) if for_pvalues and len(y) == 1 else None
        return cls(y, z, left, alone, smooth)


def estimate_conditional(
    x: ColumnGroup,
    y: ColumnGroup,
    z: ColumnGroup,
    setting: Setting,
    *,
    critic: str = "auto",
    condition: Condition | None = None,
) -> Estimate:
    """Estimate I(X; Y | Z).

    Parameters
    ----------
    x, y, z : ColumnGroup
    setting : Setting
    critic : str, default="auto"
    condition : Condition or None
        That of y and z with this setting, if it is at hand: the numbers are the same, and come sooner.

    Returns
    -------
    Estimate
        Its p-value is that of the difference of both terms as a normal variable, and of low-degree functions.
    """
    if condition is None:
        condition = Condition.prepare(y, z, setting, for_several=False)
    of_x, of_y = partial_out(x, z, setting.plan.groups), condition.left
    found = _estimate_what_is_left((of_x.group, of_y.group, z), setting, critic, condition.alone)
    pvalue = found.evidence.pvalue
    if condition.smooth is not None:
        pvalue = condition.smooth.combine(float(pvalue), x)
    hidden = fitting_cost.compute_hidden(found.mi, of_x.inflation * of_y.inflation)
    return replace(found, promise=found.promise + hidden, evidence=replace(found.evidence, pvalue=pvalue))


def _estimate_what_is_left(
    groups: tuple[ColumnGroup, ColumnGroup, ColumnGroup], setting: Setting, critic: str, of_z: Estimate | None
) -> Estimate:
    """Estimate I(X; Y | Z) of columns that Z knows little of; `of_z`: what it does know, if that is at hand."""
    x, y, z = groups
    if critic in ("auto", "partition") and _is_for_one_network(x, y, z, setting.plan):
        both = estimate(x + z, y, setting, critic=critic).estimate
        # Of the same kind, though z may be one column: another kind could miss what this one sees of z.
        alone = of_z
        if alone is None or alone.critic != both.critic:
            alone = _estimate_quietly(z, y, setting, both.critic)
        terms = _price_terms(x, y, z, (both, alone), setting)
        ways = [_take_terms(terms, (both, alone), setting)]
        if critic == "auto" and len(x) == 1:
            ways.append(_take_without_z(_estimate_quietly(x, y, setting, critic), terms, alone, setting))
        best = max(ways, key=lambda way: way.evidence.held_out)
        return replace(best, evidence=replace(best.evidence, pvalue=ways[0].evidence.pvalue))
    ways = [_subtract((x, y + z), (x, z), setting, critic)]
    if critic in ("auto", "pair"):
        ways.append(_subtract((x + z, y), (z, y), setting, critic))
    # Either way is an identity, and falls short by what its critics do not find: Bonferroni pays for the choice.
    best = max(ways, key=lambda way: way.evidence.held_out)
    pvalue = min(1.0, len(ways) * min(way.evidence.pvalue for way in ways))
    return replace(best, evidence=replace(best.evidence, pvalue=pvalue))


def _take_terms(terms: "_Terms", estimates: tuple[Estimate, Estimate], setting: Setting) -> Estimate:
    """The difference of both terms."""
    mi, held_out, training = (float(a - b) for a, b in (terms.mi, terms.held_out, terms.training))
    return _take_difference(mi, held_out, training, terms.projection[0] - terms.projection[1], estimates, setting)


def _take_without_z(pair: Estimate, terms: "_Terms", alone: Estimate, setting: Setting) -> Estimate:
    """What x and y share whatever z is, less what z says of y: no more than what they share given z."""
    known = max(float(terms.mi[1]), 0.0)
    held_out, training = pair.evidence.held_out - known, pair.evidence.training - float(terms.training[1])
    return _take_difference(
        pair.mi - known, held_out, training, pair.projection - terms.projection[1], (pair, alone), setting
    )


def _subtract(
    first: tuple[ColumnGroup, ColumnGroup], second: tuple[ColumnGroup, ColumnGroup], setting: Setting, critic: str
) -> Estimate:
    """What two sides share, less what two others do."""
    both = estimate(*first, setting, critic=critic).estimate
    alone = _estimate_quietly(*second, setting, both.critic)
    # What z alone explains must not be underestimated: its held-out score would be too low.
    known = max(alone.mi, 0.0)
    held_out, training = both.evidence.held_out - known, both.evidence.training - alone.evidence.training
    difference = both.projection - alone.projection
    return _take_difference(both.mi - known, held_out, training, difference, (both, alone), setting)


def _estimate_quietly(x: ColumnGroup, y: ColumnGroup, setting: Setting, critic: str) -> Estimate:
    """The second term; its warnings would repeat the first one's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkmineWarning)
        return estimate(x, y, setting, critic=critic).estimate


def _is_for_one_network(x: ColumnGroup, y: ColumnGroup, z: ColumnGroup, plan: Plan) -> bool:
    """Whether y is one column, all three vary, and there are rows enough to train on."""
    trainable = min(len(fold.train) for fold in plan.folds) >= ROWS_FOR_BOTH_TERMS * FEWEST_ROWS
    return len(y) == 1 and trainable and all(bool(group.find_varying().any()) for group in (x, y, z))


@dataclass(frozen=True)
class _Terms:
    """What both terms say: arrays of two numbers, and projections (2, n)."""

    mi: NDArray[np.float64]
    held_out: NDArray[np.float64]
    training: NDArray[np.float64]
    projection: NDArray[np.float64]


def _price_terms(
    x: ColumnGroup, y: ColumnGroup, z: ColumnGroup, alone: tuple[Estimate, Estimate], setting: Setting
) -> _Terms:
    """Both terms by one masked network per fold, or by critics of either alone where those say more."""
    plan = setting.plan
    first, given = x.only(x.find_varying()), z.only(z.find_varying())
    both = first + given
    features = fit_features(both)
    candidates = [X] * len(first) + [Z] * len(given)
    table = make_masked_table(features.transform(both.columns), features.spans(), candidates)
    _, nodes = code_target(y)
    seed = int(setting.seed.generate_state(1, np.uint64)[0])
    seeds = np.random.SeedSequence(seed).spawn(len(plan.folds))
    with one_thread():
        found: Sequence[_FoldTerms] = Parallel(n_jobs=plan.n_jobs)(
            delayed(_price_fold)(table, nodes, (fold.train, fold.test), plan, setting.recipe, one)
            for fold, one in zip(plan.folds, seeds, strict=True)
        )
    sizes = np.array([len(fold.test) for fold in plan.folds], float)
    held_out, training = (np.array([getattr(f, name) for f in found]) for name in ("held_out", "training"))
    held_out = sizes @ held_out / sizes.sum()
    training = training.mean(0)
    mi = fitting_cost.correct_bias(held_out, training, weights=fitting_cost.TRAINED_WEIGHTS)
    projection = np.full((2, x.n_rows), np.nan)
    for fold, one in zip(plan.folds, found, strict=True):
        projection[:, fold.test] = one.projection
    for k, term in enumerate(alone):
        if term.evidence.held_out > held_out[k]:
            mi[k], held_out[k], training[k] = term.mi, term.evidence.held_out, term.evidence.training
            projection[k] = term.projection
    if held_out[1] < 0:  # a critic that knows nothing says more than one that learnt noise of z
        mi[1], held_out[1], training[1], projection[1] = 0.0, 0.0, 0.0, 0.0
    return _Terms(mi=mi, held_out=held_out, training=training, projection=projection)


@dataclass(frozen=True)
class _FoldTerms:
    """What one fold's network says with x and without: two numbers each, and (2, tested rows)."""

    held_out: NDArray[np.float64]
    training: NDArray[np.float64]
    projection: NDArray[np.float64]


def _price_fold(
    table: MaskedTable, nodes: Nodes, rows: tuple[Rows, Rows], plan: Plan, recipe: Recipe, seed: np.random.SeedSequence
) -> _FoldTerms:
    """Train on the first rows and score the second; runs in a worker."""
    train, test = rows
    with one_thread():
        fit, validation = split_validation(train, plan.groups, np.random.default_rng(seed))
        masks = mask_this_one(len(table), X)
        critic = fit_masked(table, nodes, fit, validation, recipe, seed, resolve_device(plan.device), masks=masks)
        tested = [critic.score(table, nodes, test, known) for known in TERMS]
        trained = [critic.score(table, nodes, fit[:ROWS_OF_TRAINING], known).pointwise for known in TERMS]
        return _FoldTerms(
            held_out=np.array([float(s.pointwise.double().mean()) for s in tested]),
            training=np.array([float(s.double().mean()) for s in trained]),
            projection=np.stack([s.projection.double().numpy() for s in tested]),
        )


def _take_difference(
    mi: float,
    held_out: float,
    training: float,
    projection: NDArray[np.float64],
    terms: tuple[Estimate, Estimate],
    setting: Setting,
) -> Estimate:
    """What the paired difference of two terms says."""
    both, alone = terms
    se = compute_paired_error(projection, setting.plan)
    # What either critic may have missed of a strong confounder does not cancel.
    unseen = fitting_cost.compute_unseen(min(both.mi, alone.mi))
    pvalue = float(inference.normal_sf(held_out / np.hypot(se, unseen))) if se > 0 else 1.0
    return replace(
        both,
        mi=mi,
        unseen=float(np.hypot(unseen, fitting_cost.compute_unseen(mi))),
        evidence=Evidence(held_out=held_out, training=training, se=se, pvalue=pvalue),
        projection=projection,
        notes=tuple(dict.fromkeys(both.notes + alone.notes)),
    )


def compute_paired_error(difference: NDArray[np.float64], plan: Plan) -> float:
    """Standard error of the mean of a value per row (n,), fold by fold, groups moving together."""
    total = sum(
        inference.compute_sum_variance(difference[fold.test], None if plan.groups is None else plan.groups[fold.test])
        for fold in plan.folds
    )
    return float(np.sqrt(total)) / sum(len(fold.test) for fold in plan.folds)
