"""The classical reference: relevance less redundancy, one column at a time.

Design notes. Peng, Long and Ding (2005, IEEE TPAMI 27, eq. 6): at each step the column goes in whose
MI with the target exceeds its mean MI with the columns already in by most. All MI are held-out scores
of the pretrained grid network, so that noise does not pass for redundancy. It sees pairs beside the target
and nothing else: what columns say only in combination, it misses. Where redundancy exceeds relevance is no place to
stop: overlapping columns still add what they do not share. Held-out models of the first ones say where to.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.data.ladder import Ladder
from skmine.data.source import Source
from skmine.estimation.column_scores import score_columns
from skmine.estimation.critics.masked import make_masked_table
from skmine.estimation.folds import make_fold_without_pvalue
from skmine.estimation.inference import FalseDiscovery, adjust_pvalues
from skmine.estimation.plan import Plan
from skmine.selection.candidates import Candidates, Choice
from skmine.selection.joint.choice import Rung, choose_rung, read_tolerance
from skmine.selection.joint.problem import Comparison
from skmine.selection.joint.screen import code_targets
from skmine.selection.marginal import (
    MarginalScores,
    explain_number,
    explain_qvalues,
    find_best_columns,
    list_attributes,
    score_marginally,
    tabulate_columns,
)

#: Nodes on which columns are compared with each other: the coarsest grid sees redundancy that matters.
MRMR_NODES = 32

#: Candidates that are compared where a number of them is asked for: at least 200, and ten for each one wanted.
#: Arbitrary: the rest are less relevant than all of these.
FEWEST_COMPARED = 200
COMPARED_PER_WANTED = 10

#: Candidates that are ordered, at most, where no number is wanted. Arbitrary.
MOST_ORDERED = 64


def choose_by_mrmr(
    source: Source,
    y: Any,
    candidates: Candidates,
    *,
    alpha: float,
    fdr: FalseDiscovery,
    tolerance: float | str,
    **options: Any,
) -> Choice:
    """Choose candidates that say something by themselves that those before them do not.

    Redundancy is measured on the folds and the groups that relevance was measured with, on a coarser grid. Where no
    number is wanted, the first ones are kept that surely lack no more than is tolerated of what all say together.
    """
    found = score_marginally(source, y, extra_nodes=[MRMR_NODES], **options)
    scores, wanted = found.scores, candidates.wanted
    best, pvalue = find_best_columns(scores, candidates)
    by_relevance = np.argsort(-scores.evidence.held_out[best], kind="stable")
    qvalue = adjust_pvalues(pvalue, fdr)
    if wanted is None:
        compared = [int(j) for j in by_relevance if qvalue[j] <= alpha]
    else:
        compared = by_relevance[: max(COMPARED_PER_WANTED * wanted, FEWEST_COMPARED)].tolist()
    compared = list(dict.fromkeys([*candidates.protected, *compared]))
    columns = [int(best[j]) for j in compared]
    folds = [make_fold_without_pvalue(fold.train, fold.test) for fold in found.plan.folds]
    chosen = add_by_relevance(
        found.ladder.on_extra(0).only(columns),
        scores.evidence.held_out[columns],
        replace(found.plan, folds=folds),
        wanted=min(MOST_ORDERED, len(compared)) if wanted is None else wanted,
        protected=range(len(candidates.protected)),
    )
    ordered = [compared[i] for i, _ in chosen]
    kept = ordered
    if wanted is None and ordered:
        n_kept = _count_sufficient(source, found, candidates.of_column, ordered, read_tolerance(tolerance))
        kept = ordered[: max(n_kept, len(candidates.protected))]
    if wanted is None:
        reasons = _explain(explain_qvalues(qvalue, alpha), kept)
    else:
        reasons = explain_number(kept, len(candidates), f"the {wanted} of most relevance less redundancy")
    return Choice(
        kept=sorted(kept),
        order=list(dict.fromkeys([*kept, *by_relevance.tolist()])),
        reasons=reasons,
        columns=tabulate_columns(scores, found.flaws, qvalue[candidates.of_column]),
        attributes=list_attributes(scores),
    )


def _explain(of_qvalues: list[str], kept: Sequence[int]) -> list[str]:
    """Why candidates are kept or not where no number is wanted, given what their q-values say."""
    reasons = [
        f"{reason}, but others say what it says" if reason.startswith("q <=") else reason for reason in of_qvalues
    ]
    for j in kept:
        reasons[j] = f"{of_qvalues[j]}, and adds to those before it"
    return reasons


def _count_sufficient(
    source: Source, found: MarginalScores, of_column: NDArray[np.int64], order: list[int], tolerance: float
) -> int:
    """How many of the first ones have what all of them have, to models of the folds' training rows.

    Only their columns are read again.
    """
    members = np.flatnonzero(np.isin(of_column, order)).tolist()
    columns = ColumnGroup([source.column(j) for j in members], [found.flags[j] for j in members])
    varying = columns.find_varying()
    columns, of_column, plan = columns.only(varying), of_column[members][varying], found.plan
    features = fit_features(columns)
    comparison = Comparison(
        table=make_masked_table(features.transform(columns.columns), features.spans(), of_column.tolist()),
        nodes=code_targets(found.targets),
        groups=plan.groups,
        protected=frozenset(),
        tolerance=tolerance,
        n_jobs=plan.n_jobs,
    )
    splits = [(fold.train, fold.test) for fold in plan.folds]
    rungs = [Rung(order[:k], [order[:k]] * len(splits)) for k in range(len(order), -1, -1)]
    return len(order) - choose_rung(comparison, rungs, splits).place


def add_by_relevance(
    coded: Ladder,
    relevance: NDArray[np.float64],
    plan: Plan,
    *,
    wanted: int,
    protected: Sequence[int] = (),
) -> list[tuple[int, float]]:
    """Add columns one by one, each with its relevance less redundancy.

    Parameters
    ----------
    coded : Ladder
        Candidate columns on one grid.
    relevance : ndarray of shape (d,)
        Held-out MI of each with the target, nats.
    plan : Plan
    wanted : int
        How many.
    protected : sequence of int
        Columns that come first, in any case.

    Returns
    -------
    list of (column, relevance less redundancy)
    """
    d = len(relevance)
    redundancy = np.zeros(d)
    chosen: list[tuple[int, float]] = []
    left = np.ones(d, bool)
    queue = list(protected)
    while left.any() and (len(chosen) < wanted or queue):
        surplus = np.where(left, relevance - redundancy / max(len(chosen), 1), -np.inf)
        best = queue.pop(0) if queue else int(surplus.argmax())
        chosen.append((best, float(surplus[best])))
        left[best] = False
        others = np.flatnonzero(left)
        if len(others):
            with_best = score_columns(coded.only(others.tolist()), coded.only([best]), plan)
            redundancy[others] += np.maximum(with_best.evidence.held_out, 0.0)
    return chosen
