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
from skmine.estimation.setting import Setting
from skmine.estimation.trained import ROWS_AT_ONCE
from skmine.exceptions import SaturationWarning, warn

#: Nats below log n' from which on n' held-out rows are close to all that they can certify (McAllester and Stratos
#: 2020): of normal columns with 10,000 rows, 6 nats read 5.81, and 8 nats 7.21.
SATURATION_MARGIN = 1.0


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


@dataclass(frozen=True)
class Result:
    """An estimate, the model behind it, and how that was trained."""

    estimate: Estimate
    model: Model
    n_iter: list[int]
    history: pd.DataFrame


def estimate(x: ColumnGroup, y: ColumnGroup, setting: Setting, *, critic: str = "auto", quiet: bool = False) -> Result:
    """Estimate what two groups of columns share.

    Parameters
    ----------
    x, y : ColumnGroup
    setting : Setting
    critic : str, default="auto"
        A kind of critic, or "auto".
    quiet : bool, default=False
        Whether columns of identifiers and of pooled labels were named before.

    Raises
    ------
    ValueError
        If the critic does not fit the shapes.

    Warns
    -----
    SaturationWarning
        If the rows cannot certify more than what they show.
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
    successor = kind.find_successor(found.estimate)
    if critic == "auto" and successor is not None and _can_go_on(first, second, found.estimate, cap):
        found = _choose_fit(found, CRITICS[successor].fit(first, second, setting))
    number = _note_saturation(found.estimate, cap, setting.plan).cap(cap)
    model = Model(critic=found.critic, varying=varying)
    return Result(estimate=number, model=model, n_iter=found.n_iter, history=found.history)


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


def _note_saturation(found: Estimate, cap: float, plan: Plan) -> Estimate:
    """The estimate with a note, and a warning, where the rows cannot certify more than what they show."""
    n_tested = min(max(len(fold.test) for fold in plan.folds), ROWS_AT_ONCE)
    most, evidence = math.log(n_tested), found.evidence
    if evidence.held_out <= most - SATURATION_MARGIN or cap <= evidence.held_out + evidence.se:
        return found
    note = (
        f"The rows show {evidence.held_out:.2f} nats, and {n_tested} held-out rows can show log {n_tested} = "
        f"{most:.2f} at most. MI may be larger, or infinite where one side is a function of the other: read "
        f"the lower bound, which holds, or pass more rows."
    )
    warn(note, SaturationWarning)
    return replace(found, notes=(*found.notes, note))
