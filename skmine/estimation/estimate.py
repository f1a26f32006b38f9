"""One number for one pair of column groups: which kind of critic, and what it found.

Design notes. `critics.CRITICS` lists the kinds; unless one is named, the first that accepts the groups is taken.
A kind may name a successor to go on to, where it has found more than it can hold. Whatever the kind, nothing is
reported beyond a discrete side's entropy, and a warning says where so few rows cannot certify more.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.flaws import warn_of_pooled_labels
from skmine.data.group import ColumnGroup
from skmine.estimation.critic import Critic, Estimate, Fit, make_curves
from skmine.estimation.critics import CRITICS
from skmine.estimation.evidence import Evidence
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import FEWEST_ROWS
from skmine.estimation.setting import Setting
from skmine.estimation.smooth_tables import combine_with_smooth_tables
from skmine.estimation.trained import ROWS_AT_ONCE
from skmine.exceptions import (
    FewRowsWarning,
    FittingWarning,
    SaturationWarning,
    SkmineWarning,
    TrainingCutWarning,
    warn,
)

#: Nats below log n' from which on n' held-out rows are close to all that they can certify (McAllester and Stratos
#: 2020): of normal columns with 10,000 rows, 6 nats read 5.81, and 8 nats 7.21.
SATURATION_MARGIN = 1.0

#: A gap between training and held-out score of more than so many nats, or than the held-out score, is large; one of
#: less than the second number never is.
LARGE_GAP = 1.0
LEAST_GAP = 0.25


@dataclass(frozen=True)
class Model:
    """A fitted critic and the columns that it reads, for new rows of the same columns.

    Attributes
    ----------
    critic : Critic or None
        None where a side is constant: there is nothing to share.
    varying : (ndarray, ndarray)
        Masks of the columns that the critic reads, on either side.
    """

    critic: Critic | None
    varying: tuple[NDArray[np.bool_], NDArray[np.bool_]]

    def pointwise(self, x: ColumnGroup, y: ColumnGroup) -> NDArray[np.float64]:
        """Pointwise MI of every row in nats, (n,); normalised over the rows given."""
        if self.critic is None:
            return np.zeros(x.n_rows)
        return self.critic.pointwise(x.only(self.varying[0]), y.only(self.varying[1]))


#: A sentence about an estimate, and the class of its warning.
Caveat = tuple[str, type[SkmineWarning]]


@dataclass(frozen=True)
class Result:
    """An estimate, the model behind it, and how that was trained."""

    estimate: Estimate
    model: Model
    n_iter: list[int]
    history: pd.DataFrame
    caveats: tuple[Caveat, ...] = ()

    def warn(self) -> None:
        """Say what is to be said of the estimate."""
        for sentence, category in self.caveats:
            warn(sentence, category)


def estimate(x: ColumnGroup, y: ColumnGroup, setting: Setting, *, critic: str = "auto", quiet: bool = False) -> Result:
    """Estimate what two groups of columns share.

    Parameters
    ----------
    x, y : ColumnGroup
    setting : Setting
    critic : str, default="auto"
        A kind of critic, or "auto".
    quiet : bool, default=False
        Whether to raise no warning: columns of identifiers and of pooled labels were named before, and the caller
        says what the estimate's caveats are (`Result.warn`).

    Raises
    ------
    ValueError
        If the critic does not fit the shapes.

    Warns
    -----
    SaturationWarning
        If the rows cannot certify more than what they show.
    TrainingCutWarning
        If training ended at `max_iter` while validation scores still rose.
    FittingWarning
        If critics know their own rows much better than others.
    FewRowsWarning
        If there are too few rows for a network.
    IdentifierWarning
        If labels are almost all distinct, or if a column numbers the rows.
    PooledLevelsWarning
        If many rows hold labels that are too many or too rare for numbers of their own.
    """
    kind = _choose_kind(critic, x, y)
    if not quiet:
        x.warn_of_identifiers()
        y.warn_of_identifiers()
    varying = x.find_varying(), y.find_varying()
    if not (varying[0].any() and varying[1].any()):
        return _find_nothing(kind.name, varying, setting.plan, x.n_rows)
    first, second = x.only(varying[0]), y.only(varying[1])
    kind = _choose_kind(critic, first, second)
    if not quiet:
        warn_of_pooled_labels([*first.columns, *second.columns], kind.measure_pooled(first, second))
    cap = min(first.compute_entropy(), second.compute_entropy())
    found = kind.fit(first, second, setting)
    if critic == "auto":
        successor = kind.find_successor(found.estimate, first, second, setting.plan)
        if successor == "partition" or (successor == "pair" and _can_go_on(first, second, found.estimate, cap)):
            found = _choose_fit(found, CRITICS[successor].fit(first, second, setting))
    found = _combine_pvalues(found, first, second, setting.plan)
    caveats = tuple(one for find_caveat in CAVEATS if (one := find_caveat(found, cap, setting)) is not None)
    number = found.estimate
    number = replace(number, notes=(*number.notes, *(sentence for sentence, _ in caveats))).cap(cap).note_disagreement()
    if is_of_few_rows(found, setting):
        number = replace(number, reach=min(cap, math.log(x.n_rows)))
    model = Model(critic=found.critic.forget_rows(), varying=varying)
    result = Result(number, model, found.n_iter, found.history, caveats)
    if not quiet:
        result.warn()
    return result


def _choose_kind(critic: str, x: ColumnGroup, y: ColumnGroup) -> type[Critic]:
    """The kind that is asked for, or the first that accepts the shapes."""
    if critic == "auto":
        return next(kind for kind in CRITICS.values() if kind.accepts(x, y))
    kind = CRITICS[critic]
    if not kind.accepts(x, y):
        raise ValueError(
            f"critic={critic!r} needs {kind.needs}, but X has {len(x)} and y {len(y)} columns; use critic='auto'."
        )
    return kind


def _find_nothing(name: str, varying: tuple[NDArray[np.bool_], NDArray[np.bool_]], plan: Plan, n: int) -> Result:
    """The result where a side is constant."""
    projection = np.full(n, np.nan)
    for fold in plan.folds:
        projection[fold.test] = 0.0
    evidence = Evidence(held_out=0.0, training=0.0, se=0.0, pvalue=1.0)
    return Result(
        estimate=Estimate(critic=name, mi=0.0, evidence=evidence, projection=projection),
        model=Model(critic=None, varying=varying),
        n_iter=[0] * len(plan.folds),
        history=make_curves([]),
    )


def _can_go_on(x: ColumnGroup, y: ColumnGroup, found: Estimate, cap: float) -> bool:
    """Whether both sides are numbers, of which a network reads more than nodes, and may share more than was found."""
    sides = [(c, f) for side in (x, y) for c, f in zip(side.columns, side.flags, strict=True)]
    return all(c.kind(f) != "categorical" for c, f in sides) and found.evidence.held_out < cap - SATURATION_MARGIN


def _choose_fit(first: Fit, second: Fit) -> Fit:
    """The fit with the higher held-out score, with the smaller of both p-values: dependence was seen by either."""
    better = max(second, first, key=lambda fit: fit.estimate.evidence.held_out)
    pvalue = min(first.estimate.evidence.pvalue, second.estimate.evidence.pvalue)
    evidence = replace(better.estimate.evidence, pvalue=pvalue)
    return replace(better, estimate=replace(better.estimate, evidence=evidence))


def _combine_pvalues(found: Fit, x: ColumnGroup, y: ColumnGroup, plan: Plan) -> Fit:
    """The fit with the p-value of tables, where rows are independent; that of two columns has it already."""
    if len(x) + len(y) == 2 or plan.groups is not None:
        return found
    evidence, tested = found.estimate.evidence, np.sort(np.concatenate([fold.test for fold in plan.folds]))
    evidence = replace(evidence, pvalue=combine_with_smooth_tables(evidence.pvalue, x, y, tested))
    return replace(found, estimate=replace(found.estimate, evidence=evidence))


def find_saturation(found: Fit, cap: float, setting: Setting) -> Caveat | None:
    """Whether the rows cannot certify more than what they show."""
    n_tested = min(max(len(fold.test) for fold in setting.plan.folds), ROWS_AT_ONCE)
    most, evidence = math.log(n_tested), found.estimate.evidence
    if evidence.held_out <= most - SATURATION_MARGIN or cap <= evidence.held_out + evidence.se:
        return None
    sentence = (
        f"The rows show {evidence.held_out:.2f} nats, and {n_tested} held-out rows can show log {n_tested} = "
        f"{most:.2f} at most. MI may be larger, or infinite where one side is a function of the other: read "
        f"the lower bound, which holds, or pass more rows."
    )
    return sentence, SaturationWarning


def find_cut(found: Fit, cap: float, setting: Setting) -> Caveat | None:
    """Whether training ended while validation scores still rose."""
    if not found.is_cut:
        return None
    most = setting.recipe.max_iter
    sentence = (
        f"Training ended at max_iter={most} steps while validation scores still rose, so the estimate is too low; pass "
        f"a larger max_iter, such as {4 * most}."
    )
    return sentence, TrainingCutWarning


def find_large_gap(found: Fit, cap: float, setting: Setting) -> Caveat | None:
    """Whether critics know their own rows much better than others."""
    evidence = found.estimate.evidence
    gap = evidence.training - evidence.held_out
    if gap <= min(LARGE_GAP, max(evidence.held_out, LEAST_GAP)):
        return None
    sentence = (
        f"Critics score the rows that they were trained on {evidence.training:.2f} nats and others "
        f"{evidence.held_out:.2f}: there are too few rows for what is between the tables, and the estimate is "
        f"uncertain by much of the gap. Read the lower bound, pass more rows or fewer columns."
    )
    return sentence, FittingWarning


def find_few_rows(found: Fit, cap: float, setting: Setting) -> Caveat | None:
    """Whether no network was trained, for want of rows."""
    if not is_of_few_rows(found, setting):
        return None
    n = found.estimate.n
    sentence = (
        f"With {n} rows only linear relations are looked for, and the interval reaches up to what so many rows could "
        f"show; pass at least {math.ceil(FEWEST_ROWS * n / min(len(f.train) for f in setting.plan.folds))} rows."
    )
    return sentence, FewRowsWarning


def is_of_few_rows(found: Fit, setting: Setting) -> bool:
    """Whether a critic that would be trained has fewer rows than that takes."""
    return found.estimate.critic != "grid" and min(len(fold.train) for fold in setting.plan.folds) < FEWEST_ROWS


#: What an estimate is looked at for.
CAVEATS = (find_saturation, find_cut, find_large_gap, find_few_rows)
