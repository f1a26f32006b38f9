"""Every column beyond those that are known: a source, a target and given columns in, scores out.

Design notes. Each column is one estimate of I(X_j; Y | given) by `estimation.conditional`, all with the same folds and
seed, so that the number of a column is that of `mutual_info`, whoever its neighbours are. What the given columns say of
the target is the same for all columns, and is estimated once.

Of many columns most say nothing, and a trained estimate of each takes seconds. So all are looked at without training
first, by what given columns leave of their functions (`smooth_given`), and as in a ranking by what these leave of the
target, which sees fast waves, too. Only columns that either finds are estimated; the others keep the larger p-value,
above `SCREENED`, so that below it p-values are those of trained estimates, of some columns only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from skmine.data.flaws import warn_of_columns
from skmine.data.group import ColumnGroup, read_group, warn_of_pooled_groups
from skmine.data.ladder import encode_columns
from skmine.data.naming import find_columns, resolve_discrete
from skmine.data.readers import read_frame
from skmine.data.source import Source
from skmine.data.target import read_target
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.collected_warnings import Warned, collect_warnings, warn_once_per_kind
from skmine.estimation.column_scores import ColumnScores, choose_best_target, score_columns
from skmine.estimation.conditional import Condition, estimate_conditional
from skmine.estimation.critic import Estimate
from skmine.estimation.evidence import Evidence
from skmine.estimation.plan import Plan
from skmine.estimation.setting import Setting, make_setting
from skmine.estimation.smooth_given import SmoothTest
from skmine.selection.leaks import find_leaks, warn_of_leak
from skmine.selection.marginal import ScoredColumns

#: P-value, of either look without training, up to which a column gets a trained estimate: one in ten of noise does.
SCREENED = 0.05


@dataclass(frozen=True)
class Given:
    """Columns that are known, and the places of those that are not."""

    group: ColumnGroup
    others: list[int]

    @property
    def names(self) -> list[str]:
        """Of the known columns."""
        return [column.name for column in self.group.columns]

    @classmethod
    def read(cls, given: Any, source: Source, discrete_features: Any) -> "Given | None":
        """Read names, indices or a mask of a source's columns, or a table of as many rows; None of no columns.

        Raises
        ------
        ValueError
            If columns are unknown, all columns are given, or the table has other rows.
        """
        every = range(len(source.names))
        if read_frame(given) is not None or len(np.shape(given)) > 1:
            table = Source(given, argument="given", infinite=source.infinite)
            return cls(read_group(table, n_rows=source.n_rows), list(every))
        places = list(dict.fromkeys(find_columns(given, source.names, "given")))
        if len(places) == len(source.names):
            raise ValueError("given holds every column of X, so that none is left to rank; leave one out of it.")
        flags = resolve_discrete(discrete_features, source.names)
        known = ColumnGroup([source.column(j) for j in places], [flags[j] for j in places])
        return cls(known, [j for j in every if j not in places]) if places else None


def score_beyond(
    source: Source,
    y: Any,
    given: Given,
    *,
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    cv: Any = 3,
    groups: Any = None,
    time: Any = None,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> ScoredColumns:
    """Score every column of a source that is not given, by what it says of a target beyond those that are.

    Parameters are those of `rank_columns`.
    """
    flags = resolve_discrete(discrete_features, source.names)
    targets = read_target(y, source.n_rows, discrete_target)
    setting = make_setting(
        source.n_rows,
        columns=[*(source.column(j) for j in given.others), *given.group.columns],
        targets=targets.columns,
        groups=groups,
        time=time,
        cv=cv,
        device=device,
        random_state=random_state,
    )
    flaws: list[str] = []
    columns = warn_of_columns((source.column(j) for j in given.others), flaws)
    sides = [ColumnGroup([column], [flags[j]]) for column, j in zip(columns, given.others, strict=True)]
    for side in sides:
        for name in find_leaks(side, targets):
            warn_of_leak(name)
    scores = score_sides(sides, given.group, targets, setting, n_jobs=n_jobs, progress=progress, looks_first=True)
    return ScoredColumns([source.names[j] for j in given.others], scores, flaws)


def score_sides(
    sides: Sequence[ColumnGroup],
    given: ColumnGroup,
    targets: ColumnGroup,
    setting: Setting,
    *,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    looks_first: bool = False,
) -> ColumnScores:
    """Score sides of one column or several, each by what it says of a target beyond given columns.

    Parameters
    ----------
    sides : sequence of ColumnGroup
    given : ColumnGroup
    targets : ColumnGroup
        With several the best one counts.
    setting : Setting
    n_jobs : int or None
    progress : callable(done, total) or None
    looks_first : bool, default=False
        Whether sides, of one column each then, are trained on only if a look without training finds something.

    Returns
    -------
    ColumnScores
        One number for each side; its kind is that of its first column.
    """
    given.warn_of_identifiers()
    warn_of_pooled_groups([*sides, given, targets])
    goals = [ColumnGroup([column], [flag]) for column, flag in zip(targets.columns, targets.flags, strict=True)]
    conditions = [Condition.prepare(goal, given, setting) for goal in goals]
    looks = [_look(sides, condition, setting.plan) if looks_first else {} for condition in conditions]
    found = _score_all(sides, conditions, looks, setting, n_jobs, progress)
    return choose_best_target([_join(sides, found[k :: len(conditions)]) for k in range(len(conditions))])


def _look(sides: Sequence[ColumnGroup], condition: Condition, plan: Plan) -> dict[int, SmoothTest]:
    """What is seen of sides of one column without training, of those where that is nothing."""
    smooth = condition.smooth
    varying = [k for k, side in enumerate(sides) if side.find_varying().any()]
    if smooth is None or not varying:
        return {}
    tests = smooth.test([sides[k] for k in varying])
    columns, flags = [sides[k].columns[0] for k in varying], [sides[k].flags[0] for k in varying]
    budgets, left = choose_node_budgets(condition.y.n_rows, plan.groups), condition.left.group
    ladders = encode_columns(columns, flags, budgets), encode_columns(left.columns, left.flags, budgets)
    ranked = score_columns(*ladders, plan).evidence.pvalue
    return {
        k: replace(test, evidence=replace(test.evidence, pvalue=max(test.evidence.pvalue, float(pvalue))))
        for k, test, pvalue in zip(varying, tests, ranked, strict=True)
        if min(test.evidence.pvalue, pvalue) > SCREENED
    }


def _score_all(
    sides: Sequence[ColumnGroup],
    conditions: Sequence[Condition],
    looks: Sequence[dict[int, SmoothTest]],
    setting: Setting,
    n_jobs: int | None,
    progress: Callable[[int, int], None] | None,
) -> list[Estimate | SmoothTest | None]:
    """Estimates of every column with every target, one column after another."""
    pairs = [(k, place) for k in range(len(sides)) for place in range(len(conditions))]
    trained = [(k, place) for k, place in pairs if k not in looks[place]]
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_score)(sides[k], conditions[place], setting) for k, place in trained
    )
    found: list[Estimate | SmoothTest | None] = []
    said: list[tuple[str, Warned]] = []
    for k, place in pairs:
        look = looks[place].get(k)
        estimate, of_column = next(results) if look is None else (look, [])
        found.append(estimate)
        said += [(repr(sides[k].columns[0].name), one) for one in of_column]
        if progress is not None:
            progress(len(found), len(pairs))
    warn_once_per_kind(said, "column")
    return found


def _score(side: ColumnGroup, condition: Condition, setting: Setting) -> tuple[Estimate | None, list[Warned]]:
    """The estimate of a column, none if it cannot vary, and what it warns of; runs in a worker."""
    if not side.find_varying().any():
        return None, []
    return collect_warnings(estimate_conditional, side, condition.y, condition.z, setting, condition=condition)


def _join(sides: Sequence[ColumnGroup], found: Sequence[Estimate | SmoothTest | None]) -> ColumnScores:
    """Estimates of columns with one target as scores; zeros for those without one."""
    evidence = Evidence.none(len(found))
    mi = np.zeros(len(found))
    for j, estimate in enumerate(found):
        if estimate is not None:
            mi[j] = estimate.mi
            for name in ("held_out", "training", "se", "pvalue"):
                getattr(evidence, name)[j] = getattr(estimate.evidence, name)
    return ColumnScores(
        kind=np.array([side.columns[0].kind(side.flags[0]) for side in sides], object),
        mi=mi,
        evidence=evidence,
        coding_loss=np.zeros(len(found)),
        readings=np.array([estimate.critic if isinstance(estimate, Estimate) else "" for estimate in found], object),
    )
