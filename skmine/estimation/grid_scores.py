"""Columns scored against a target on grids, coarse first.

Design notes. Every grid after the first is for fewer columns: those that may be dependent, then strong links and those
that the last grid surely loses much of. What a grid loses, and what its critics do, estimates add; where counts are
full they say by themselves what they hold (`plug_in`).
"""

from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray

from skmine.core.devices import one_thread, resolve_device
from skmine.data.counts import pad_side, split_into_chunks
from skmine.data.ladder import Ladder
from skmine.estimation import fitting_cost
from skmine.estimation.count_scores import NetworkReader, score_counts
from skmine.estimation.counting import Chunk, Counter
from skmine.estimation.evidence import Evidence, join
from skmine.estimation.plan import Plan
from skmine.estimation.plug_in import PlugIn, extrapolate

#: Columns whose coarse p-value is above this are called null and not refined: nine in ten of the columns that are
#: independent are spared the finer grids.
CLEARLY_NULL = 0.1

#: Columns with a held-out score above the first of these (nats) go on to a third grid, whose nodes resolve sharp edges,
#: those above the second to a fourth one, and so on. Arbitrary: such links are few, and cost four times as much there.
SHARP = (0.6, 1.2, 2.4)

#: Nats that a grid would lose of a smooth law for weaker links to go on as well; none go to the fifth. Arbitrary.
COSTLY = (0.003, 0.003, np.inf)

#: Chunks that a worker is sent at a time where progress is reported.
CHUNKS_PER_REPORT = 2


@dataclass(frozen=True)
class GridScores:
    """What grids say of d columns and a target.

    Attributes
    ----------
    evidence : Evidence
    mi : ndarray of shape (d,)
        Estimates, nats.
    counted : ndarray of shape (d,)
        What counts say by themselves (`plug_in`), nats; NaN where they are not full.
    lost : ndarray of shape (d,)
        What the finest grid that was used still loses of a smooth law, nats.
    used : ndarray of shape (d,)
        Its index.
    """

    evidence: Evidence
    mi: NDArray[np.float64]
    counted: NDArray[np.float64]
    lost: NDArray[np.float64]
    used: NDArray[np.int64]


def score_on_grids(ladder: Ladder, target: Ladder, todo: NDArray[np.int64], plan: Plan, counter: Counter) -> GridScores:
    """Score the columns `todo` on grids, as many as each is worth.

    Parameters
    ----------
    ladder : Ladder
        Of d columns.
    target : Ladder
        Of one column.
    todo : ndarray of column index
        The other columns share nothing.
    plan : Plan
    counter : Counter
    """
    d = len(ladder.kinds)
    evidence, lost, used = Evidence.none(d), np.zeros(d), np.zeros(d, np.int64)
    counted: list[PlugIn] = []
    full = np.full(d, np.nan)
    grids, goals = ladder.grids, target.grids
    for index, (grid, goal) in enumerate(zip(grids, goals, strict=True)):
        if index:
            more_nodes = (grid.n_nodes > grids[index - 1].n_nodes) | (goal.n_nodes > goals[index - 1].n_nodes)
            worth_it = evidence.pvalue <= CLEARLY_NULL
            if index > 1:  # strong links, and values that get a node each where that is cheap
                completed = np.array(grid.complete) & ~np.array(grids[index - 1].complete) & (index == 2)
                worth_it &= (evidence.held_out > SHARP[index - 2]) | (lost > COSTLY[index - 2]) | completed
            todo = todo[(worth_it & more_nodes)[todo]]
        if not len(todo):
            break
        stage = _report_on_grid(plan, index, len(grids), d - len(todo), d)
        counter.prepare(todo.tolist(), index, index)
        found, of_counts = _score_grid(ladder, target, index, todo, stage, counter)
        counted.append(PlugIn.none(d).put(todo, of_counts))
        complete = np.array(grid.complete)[todo] & goal.complete[0]
        if index:
            loss = fitting_cost.extrapolate_coding_loss(
                evidence.held_out[todo], found.held_out, grids[index - 1].budget, grid.budget
            )
            # Where every value has its node there is nothing left to lose.
            lost[todo] = np.where(complete, 0.0, loss)
            estimate = extrapolate([of_grid.at(todo) for of_grid in counted[-3:]], complete)
            full[todo] = np.where(of_counts.is_sure(found), estimate, np.nan)
        evidence = evidence.put(todo, found, with_pvalue=index == 0)
        used[todo] = index
    mi = _correct_grids(evidence, lost, used, ladder, counter)
    return GridScores(evidence, np.where(np.isnan(full), mi, full), full, lost, used)


def _correct_grids(
    evidence: Evidence, lost: NDArray[np.float64], used: NDArray[np.int64], ladder: Ladder, counter: Counter
) -> NDArray[np.float64]:
    """Estimates in nats of pairs that were scored on grids, from what the grids lose and their places."""
    n = counter.n_tested
    budgets = np.array([grid.budget for grid in ladder.grids])[used]
    loss = fitting_cost.weigh_coding_loss(lost, evidence.se * np.sqrt(n), n / budgets)
    return fitting_cost.correct_bias(evidence.held_out, evidence.training, loss)


def _report_on_grid(plan: Plan, index: int, n_grids: int, n_skipped: int, d: int) -> Plan:
    """The plan with a report in which each grid is one share of every column's work."""
    report = plan.progress
    if report is None:
        return plan
    return replace(plan, progress=lambda done, _: report((index * d + n_skipped + done) // n_grids, d))


def _score_grid(
    ladder: Ladder, target: Ladder, index: int, todo: NDArray[np.int64], plan: Plan, counter: Counter
) -> tuple[Evidence, PlugIn]:
    """Evidence of the columns `todo` on one grid, with p-values on the first, and what counts say by themselves."""
    other = pad_side(int(target.grids[index].n_nodes[0]))
    sides = [pad_side(int(n)) for n in ladder.grids[index].n_nodes[todo]]
    members = split_into_chunks(sides, other)
    # With a progress report chunks go out in waves; without, all at once.
    n_workers = effective_n_jobs(plan.n_jobs)
    wave = len(members) if plan.progress is None else CHUNKS_PER_REPORT * n_workers if n_workers > 1 else 1
    results: list[tuple[Evidence, PlugIn]] = []
    with one_thread(), Parallel(n_jobs=plan.n_jobs) as parallel:
        for first in range(0, len(members), wave):
            chunks = (
                counter.take(todo[places].tolist(), (index, index), (sides[places[0]], other), None)
                for places in members[first : first + wave]
            )
            results += parallel(delayed(_score_chunk)(chunk, plan.device, with_pvalue=index == 0) for chunk in chunks)
            if plan.progress is not None:
                plan.progress(sum(map(len, members[: first + wave])), len(todo))
    counted = PlugIn.none(len(todo))
    for places, (_, of_chunk) in zip(members, results, strict=True):
        counted = counted.put(np.asarray(places), of_chunk)
    return join([found for found, _ in results], members, len(todo)), counted


def _score_chunk(chunk: Chunk, device_name: str, *, with_pvalue: bool) -> tuple[Evidence, PlugIn]:
    """Count and score one chunk of columns; runs in a worker."""
    with one_thread():
        device = resolve_device(device_name)
        counts = chunk.count(device, with_steps=with_pvalue)
        complete = [chunk.target_order.complete and order.complete for order in chunk.orders]
        found = score_counts(counts, NetworkReader.load(complete, device), device)
        # Rows of a group are no independent ones, which the counts' own estimate takes them for.
        return found, PlugIn.none(len(complete)) if counts.cells is not None else PlugIn.of_counts(counts.tested)
