"""Every column by itself: a source and a target in, scores and a choice out.

Design notes. One function, `score_marginally`, stands behind the score function, the data frame and two methods
of the selector, so that they cannot disagree. It reads the source column by column; y may have several columns,
in which case a column's score is its best one and its p-value pays for the choice. A group of columns is as good
as its best column, and its p-value pays for that choice as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.column import Column
from skmine.data.flaws import warn_of_columns, warn_of_pooled
from skmine.data.group import ColumnGroup
from skmine.data.ladder import Ladder, encode_columns
from skmine.data.naming import resolve_discrete
from skmine.data.source import Source
from skmine.data.target import read_target
from skmine.estimation.arrangement import arrange_rows
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import ColumnScores, choose_best_target, score_columns
from skmine.estimation.folds import make_folds
from skmine.estimation.inference import FalseDiscovery, adjust_pvalues
from skmine.estimation.plan import Plan
from skmine.selection.candidates import Candidates, Choice
from skmine.selection.leaks import find_leaks, warn_of_leak

#: Fraction of the best score from which on a column may be the target itself, which scores as high as any can.
SUSPECT = 0.95

#: And its p-value, below which it is looked at: a column that is the target is no chance.
SUSPECT_PVALUE = 0.05


@dataclass(frozen=True)
class ScoredColumns:
    """Scores of columns.

    Attributes
    ----------
    names : list of str
    scores : ColumnScores
    flaws : list of str
        What `data.flaws.find_flaw` says of each column.
    """

    names: list[str]
    scores: ColumnScores
    flaws: list[str]


@dataclass(frozen=True)
class MarginalScores(ScoredColumns):
    """Scores of every column by itself, and what they were made with.

    Attributes
    ----------
    plan : Plan
    ladder : Ladder
        The coded columns.
    flags : sequence of bool or None
        Whether each column is discrete; None where it decides.
    targets : ColumnGroup
    """

    plan: Plan
    ladder: Ladder
    flags: Sequence[bool | None]
    targets: ColumnGroup


def score_marginally(
    source: Source,
    y: Any,
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
    extra_nodes: Sequence[int] = (),
) -> MarginalScores:
    """Score every column of a source with a target.

    Parameters are those of `rank_columns`; `extra_nodes` asks for the columns' codes on further grids.
    """
    flags, n = resolve_discrete(discrete_features, source.names), source.n_rows
    targets = read_target(y, n, discrete_target)
    rows = arrange_rows(cv, n, groups=groups, time=time, read_columns=lambda: source, targets=targets.columns)
    folds = make_folds(rows.cv, n, y=targets.columns[0].values, groups=rows.units, random_state=random_state)
    budgets = choose_node_budgets(n, rows.units)
    flaws: list[str] = []
    ladder = encode_columns(warn_of_columns(source, flaws), flags, budgets, extra_nodes)
    goals = [_encode_target(t, f, budgets) for t, f in zip(targets.columns, targets.flags, strict=True)]
    warn_of_pooled(
        [*source.names, *(target.name for target in targets.columns)],
        [*ladder.pooled, *(goal.pooled[0] for goal in goals)],
        [*flaws, *("" for _ in goals)],
    )
    plan, d = Plan(folds, rows.units, device, n_jobs), len(source.names)
    reporting = replace(plan, progress=progress)
    scores = choose_best_target(
        [score_columns(ladder, goal, reporting.report_after(k * d, len(goals) * d)) for k, goal in enumerate(goals)]
    )
    warn_of_leaks(source, flags, targets, scores)
    return MarginalScores(source.names, scores, flaws, plan, ladder, flags, targets)


def _encode_target(target: Column, flag: bool | None, budgets: Sequence[int]) -> Ladder:
    """The target's codes on every grid.

    Raises
    ------
    ValueError
        If its labels are almost all distinct.
    """
    goal = encode_columns([target], [flag], budgets)
    check_groups_of_target(target.name, goal)
    return goal


def check_groups_of_target(name: str, goal: Ladder) -> None:
    """Refuse a target whose labels all share a node.

    Raises
    ------
    ValueError
    """
    if goal.levels.n_nodes[0] == 1:
        raise ValueError(
            f"Target {name!r} has labels that are almost all distinct, like an identifier; pass a "
            f"target that groups rows, or discrete_target=False for numbers."
        )


def choose_marginally(
    source: Source, y: Any, candidates: Candidates, *, alpha: float, fdr: FalseDiscovery, **options: Any
) -> Choice:
    """Choose the best candidates by themselves, or those that pass at a false discovery rate."""
    found = score_marginally(source, y, **options)
    return choose_by_scores(found.scores, found.flaws, candidates, alpha, fdr)


def choose_by_scores(
    scores: ColumnScores, flaws: Sequence[str], candidates: Candidates, alpha: float, fdr: FalseDiscovery
) -> Choice:
    """Choose the best candidates by the scores of their columns, or those that pass at a false discovery rate."""
    best, pvalue = find_best_columns(scores, candidates)
    qvalue, wanted = adjust_pvalues(pvalue, fdr), candidates.wanted
    order = np.argsort(-scores.evidence.held_out[best], kind="stable").tolist()
    if wanted is None:
        kept = np.flatnonzero(qvalue <= alpha).tolist()
        reasons = explain_qvalues(qvalue, alpha)
    else:
        kept = list(dict.fromkeys([*candidates.protected, *order]))[:wanted]
        reasons = explain_number(kept, len(candidates), f"the {wanted} with the highest scores")
    return Choice(
        kept=sorted({*kept, *candidates.protected}),
        order=order,
        reasons=reasons,
        columns=tabulate_columns(scores, flaws, qvalue[candidates.of_column]),
        attributes=list_attributes(scores),
    )


def explain_qvalues(qvalue: NDArray[np.float64], alpha: float) -> list[str]:
    """Why candidates are kept or not that are tested at a false discovery rate."""
    return [f"q <= {alpha:g}" if q <= alpha else f"q > {alpha:g}" for q in qvalue]


def explain_number(kept: Sequence[int], n_candidates: int, which: str) -> list[str]:
    """Why candidates are kept or not of which a number is wanted."""
    reasons = [f"not among {which}"] * n_candidates
    for j in kept:
        reasons[j] = f"among {which}"
    return reasons


def tabulate_columns(scores: ColumnScores, flaws: Sequence[str], qvalue: NDArray[np.float64]) -> dict[str, Any]:
    """What is known of columns that were scored by themselves, as `Choice.columns`."""
    return {"kind": scores.kind.tolist(), "flag": list(flaws), "qvalue": qvalue}


def list_attributes(scores: ColumnScores) -> dict[str, Any]:
    """Attributes of a selector that scored columns by themselves."""
    return {
        "scores_": scores.evidence.held_out,
        "scores_se_": scores.evidence.se,
        "scores_lower_": scores.lower_bound(0.95),
        "mi_": scores.mi,
        "pvalues_": scores.evidence.pvalue,
        "n_iter_": 1,
    }


def find_best_columns(scores: ColumnScores, candidates: Candidates) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best column of each candidate, and the candidates' p-values."""
    order = np.argsort(-scores.evidence.held_out, kind="stable")
    _, first = np.unique(candidates.of_column[order], return_index=True)
    smallest = np.ones(len(candidates))
    np.minimum.at(smallest, candidates.of_column, scores.evidence.pvalue)
    return order[first], np.minimum(smallest * np.bincount(candidates.of_column), 1.0)


def warn_of_leaks(source: Source, flags: Sequence[bool | None], targets: ColumnGroup, scores: ColumnScores) -> None:
    """Warn of columns that are the target. Only those that score as high as any are read again."""
    held_out = scores.evidence.held_out
    suspects = (held_out >= SUSPECT * held_out.max()) & (held_out > 0) & (scores.evidence.pvalue < SUSPECT_PVALUE)
    for j in np.flatnonzero(suspects).tolist():
        for name in find_leaks(ColumnGroup([source.column(j)], [flags[j]]), targets):
            warn_of_leak(name)
