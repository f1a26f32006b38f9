"""Every column beyond those that are known: a source, a target and given columns in, scores out.

Design notes. Each column is one estimate of I(X_j; Y | given) by `estimation.conditional`, all with the same folds and
seed, so that the number of a column is that of `mutual_info`, whoever its neighbours are. What the given columns say of
the target is the same for all columns, and is estimated once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from skmine.data.flaws import warn_of_columns
from skmine.data.group import ColumnGroup, read_group, warn_of_pooled_groups
from skmine.data.naming import find_columns, resolve_discrete
from skmine.data.readers import read_frame
from skmine.data.source import Source
from skmine.data.target import read_target
from skmine.estimation.collected_warnings import Warned, collect_warnings, warn_once_per_kind
from skmine.estimation.column_scores import ColumnScores, choose_best_target
from skmine.estimation.conditional import Condition, estimate_conditional
from skmine.estimation.critic import Estimate
from skmine.estimation.evidence import Evidence
from skmine.estimation.setting import Setting, make_setting
from skmine.selection.leaks import find_leaks, warn_of_leak
from skmine.selection.marginal import ScoredColumns


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
    scores = score_sides(sides, given.group, targets, setting, n_jobs=n_jobs, progress=progress)
    return ScoredColumns([source.names[j] for j in given.others], scores, flaws)


def score_sides(
    sides: Sequence[ColumnGroup],
    given: ColumnGroup,
    targets: ColumnGroup,
    setting: Setting,
    *,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
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

    Returns
    -------
    ColumnScores
        One number for each side; its kind is that of its first column.
    """
    given.warn_of_identifiers()
    warn_of_pooled_groups([*sides, given, targets])
    goals = [ColumnGroup([column], [flag]) for column, flag in zip(targets.columns, targets.flags, strict=True)]
    conditions = [Condition.prepare(goal, given, setting) for goal in goals]
    found = _score_all(sides, conditions, setting, n_jobs, progress)
    return choose_best_target([_join(sides, found[k :: len(conditions)]) for k in range(len(conditions))])


def _score_all(
    sides: Sequence[ColumnGroup],
    conditions: Sequence[Condition],
    setting: Setting,
    n_jobs: int | None,
    progress: Callable[[int, int], None] | None,
) -> list[Estimate | None]:
    """Estimates of every column with every target, one column after another."""
    calls = [(side, condition) for side in sides for condition in conditions]
    found: list[Estimate | None] = []
    said: list[tuple[str, Warned]] = []
    results = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(_score)(*call, setting) for call in calls)
    for (side, _), (estimate, of_column) in zip(calls, results, strict=True):
        found.append(estimate)
        said += [(repr(side.columns[0].name), one) for one in of_column]
        if progress is not None:
            progress(len(found), len(calls))
    warn_once_per_kind(said, "column")
    return found


def _score(side: ColumnGroup, condition: Condition, setting: Setting) -> tuple[Estimate | None, list[Warned]]:
    """The estimate of a column, none if it cannot vary, and what it warns of; runs in a worker."""
    if not side.find_varying().any():
        return None, []
    return collect_warnings(estimate_conditional, side, condition.y, condition.z, setting, condition=condition)


def _join(sides: Sequence[ColumnGroup], found: Sequence[Estimate | None]) -> ColumnScores:
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
        readings=np.array(["" if estimate is None else estimate.critic for estimate in found], object),
    )
