"""Counts -> grid critics -> held-out and training scores, many pairs of columns at once.

Design notes. For a grid of nodes the network computes the critic from the training counts in one forward
pass, so three things come cheap:

- the *held-out* score of a fold under the critic of its training rows: a lower bound on MI;
- the *training* score of that critic on its own rows. It sits above MI as the held-out score sits
  below it, so the gap between them shows what fitting cost (`fitting_cost.correct_bias`);
- z-scores of *one-way* critics, from the rows of earlier steps only, for the p-value.

**Screen, then refine.** All columns are scored on a coarse grid, which also gives every p-value;
those that it does not call clearly null are scored again on a fine one, and those that turn out
strongly dependent on finer ones still, whose nodes resolve sharp edges. Each column thus has one p-value,
from the coarse grid. Two grids also show what the finer one still loses
(`fitting_cost.extrapolate_coding_loss`), which the estimate adds; held-out scores stay as they are.

**Levels.** Many levels and rare classes are no smooth law: pairs with them are scored once more (`level_scores`), and
what scores higher stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.devices import one_thread, resolve_device
from skmine.data.counts import pad_side, split_into_chunks
from skmine.data.ladder import Ladder
from skmine.estimation import fitting_cost
from skmine.estimation.count_scores import CriticReader, NetworkReader, score_counts
from skmine.estimation.counting import Chunk, Counter, RowCounter
from skmine.estimation.evidence import Evidence, join
from skmine.estimation.level_scores import (
    LevelPair,
    LevelScores,
    Reading,
    find_level_pairs,
    prepare_level_pairs,
    score_level_pair,
)
from skmine.estimation.plan import Plan

#: Columns whose coarse p-value is above this are called null and not refined: nine in ten of the columns that are
#: independent are spared the finer grids.
CLEARLY_NULL = 0.1

#: Columns with a held-out score above the first of these (nats) go on to a third grid, whose nodes resolve sharp edges,
#: those above the second to a fourth one, and so on. Arbitrary: such links are few, and cost four times as much there.
SHARP = (0.6, 1.2, 2.4)

#: Nats that a grid would lose of a smooth law for weaker links to go on as well; none go to the fifth. Arbitrary.
COSTLY = (0.003, 0.003, np.inf)

#: Standard errors by which levels have to score higher than a grid to be preferred, so that chance does not choose; and
#: by which they may score lower where a class is rare, and the grid known to lose what it says. Arbitrary.
MARGIN_OF_LEVELS = 0.5
MARGIN_OF_RARE = -1.0

#: Chunks that a worker is sent at a time where progress is reported.
CHUNKS_PER_REPORT = 2


@dataclass(frozen=True)
class ColumnScores:
    """What is known of d columns and a target; arrays of shape (d,), nats.

    Attributes
    ----------
    kind : what each column was taken for
    mi : estimates, from the evidence (`fitting_cost.correct_bias`) or from the counts of levels
    evidence : Evidence
        Its p-values pay for the choice of a target.
    coding_loss : what the finest grid that was used still loses
    readings : how the critics were read from counts
    n_chosen_from : targets that each column chose its best one from
    """

    kind: NDArray[np.object_]
    mi: NDArray[np.float64]
    evidence: Evidence
    coding_loss: NDArray[np.float64]
    readings: NDArray[np.object_]
    n_chosen_from: int = 1

    def lower_bound(self, level: float = 0.95) -> NDArray[np.float64]:
        """One-sided lower confidence bounds, each column by itself."""
        return self.evidence.lower_bound(level, n_chosen_from=self.n_chosen_from)


def choose_best_target(results: Sequence[ColumnScores]) -> ColumnScores:
    """Each column's scores with the target that it has its best held-out score with.

    The p-value is the smallest over the targets, times their number.
    """
    best = np.argmax([r.evidence.held_out for r in results], axis=0)[None]

    def take(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.take_along_axis(np.array(values), best, axis=0)[0]

    return ColumnScores(
        kind=results[0].kind,
        mi=take([r.mi for r in results]),
        evidence=Evidence(
            held_out=take([r.evidence.held_out for r in results]),
            training=take([r.evidence.training for r in results]),
            se=take([r.evidence.se for r in results]),
            pvalue=np.minimum(np.min([r.evidence.pvalue for r in results], axis=0) * len(results), 1.0),
        ),
        coding_loss=take([r.coding_loss for r in results]),
        readings=take([r.readings for r in results]),
        n_chosen_from=len(results),
    )


def score_columns(ladder: Ladder, target: Ladder, plan: Plan, counter: Counter | None = None) -> ColumnScores:
    """Score every column against one target: on grids, coarse first, and by levels where there are many.

    Parameters
    ----------
    ladder : Ladder
    target : Ladder
        Of one column.
    plan : Plan
    counter : Counter or None
        Who counts the pairs; None means the rows that the ladders hold.
    """
    if counter is None:
        counter = RowCounter.of_plan(ladder, target, plan)
    kinds = np.array(ladder.kinds, dtype=object)
    d = len(kinds)
    varying = np.flatnonzero((kinds != "constant") & (target.kinds[0] != "constant"))
    evidence, lost, used = _score_on_grids(ladder, target, varying, plan, counter)
    mi = _correct_grids(evidence, lost, used, ladder, counter)
    readings = np.empty(d, dtype=object)
    readings[:] = [Reading(int(index), int(index)) for index in used]
    pairs = find_level_pairs(ladder, target, varying.tolist(), evidence.pvalue <= CLEARLY_NULL, counter)
    found = _score_level_pairs(pairs, ladder, target, plan, counter)
    for pair, scores in zip(pairs, _add_common_classes(pairs, found, ladder, target, plan, counter), strict=True):
        j, of_levels = pair.column, scores.evidence
        evidence.pvalue[j] = pair.combine_pvalues(evidence.pvalue[j], of_levels.pvalue)
        needed = evidence.held_out[j] + MARGIN_OF_RARE * evidence.se[j]
        if not pair.rare:
            needed = max(evidence.held_out[j], 0.0) + MARGIN_OF_LEVELS * of_levels.se
        if of_levels.held_out > needed:
            evidence = evidence.put(np.array([j]), of_levels, with_pvalue=False)
            mi[j], lost[j], readings[j] = scores.mi, 0.0, scores.reading or readings[j]
    if plan.progress is not None:
        plan.progress(d, d)
    caps = np.minimum(ladder.entropies, target.entropies[0])
    return ColumnScores(
        kind=kinds, mi=np.minimum(mi, caps), evidence=evidence.cap(caps), coding_loss=lost, readings=readings
    )


def _score_on_grids(
    ladder: Ladder, target: Ladder, todo: NDArray[np.int64], plan: Plan, counter: Counter
) -> tuple[Evidence, NDArray[np.float64], NDArray[np.int64]]:
    """Evidence of the columns, what their finest grid loses, and its index."""
    d = len(ladder.kinds)
    evidence, lost, used = Evidence.none(d), np.zeros(d), np.zeros(d, np.int64)
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
        found = _score_grid(ladder, target, index, todo, stage, counter)
        if index:
            loss = fitting_cost.extrapolate_coding_loss(
                evidence.held_out[todo], found.held_out, grids[index - 1].budget, grid.budget
            )
            # Where every value has its node there is nothing left to lose.
            lost[todo] = np.where(np.array(grid.complete)[todo] & goal.complete[0], 0.0, loss)
        evidence = evidence.put(todo, found, with_pvalue=index == 0)
        used[todo] = index
    return evidence, lost, used


def _correct_grids(
    evidence: Evidence, lost: NDArray[np.float64], used: NDArray[np.int64], ladder: Ladder, counter: Counter
) -> NDArray[np.float64]:
    """Estimates in nats of pairs that were scored on grids, from what the grids lose and their places."""
    n = counter.n_tested
    budgets = np.array([grid.budget for grid in ladder.grids])[used]
    loss = fitting_cost.weigh_coding_loss(lost, evidence.se * np.sqrt(n), n / budgets)
    return fitting_cost.correct_bias(evidence.held_out, evidence.training, loss)


def _score_level_pairs(
    pairs: Sequence[LevelPair], ladder: Ladder, target: Ladder, plan: Plan, counter: Counter
) -> list[LevelScores]:
    """Score pairs by their levels, one to a worker at a time."""
    if not pairs:
        return []
    sent_plan = replace(plan, progress=None)  # which may not be picklable
    works = prepare_level_pairs(pairs, ladder, target, counter, alone=plan.groups is None)
    found: list[LevelScores] = Parallel(n_jobs=plan.n_jobs)(
        delayed(score_level_pair)(work, sent_plan) for work in works
    )
    return found


def _add_common_classes(
    pairs: Sequence[LevelPair],
    found: Sequence[LevelScores],
    ladder: Ladder,
    target: Ladder,
    plan: Plan,
    counter: Counter,
) -> list[LevelScores]:
    """What levels say of rare classes, and the grids of the others: their parts of MI add up (its chain rule).

    The critic of such a pair remains the grid's: it is asked for single rows only.
    """
    places = [i for i, pair in enumerate(pairs) if pair.leaves_common_classes]
    out = list(found)
    if not places:
        return out
    merged = np.asarray(pairs[places[0]].merged)  # the same for all: it is the target's
    columns = np.array([pairs[i].column for i in places])
    of_common = counter.on_classes(merged == merged.max())
    rest, lost, used = _score_on_grids(ladder, target, columns, replace(plan, progress=None), of_common)
    mi = _correct_grids(rest, lost, used, ladder, of_common)
    share = of_common.n_tested / counter.n_tested
    for i, j in zip(places, columns.tolist(), strict=True):
        of_rare, of_rest = out[i].evidence, rest.at(j)
        evidence = Evidence(
            held_out=of_rare.held_out + share * of_rest.held_out,
            training=of_rare.training + share * of_rest.training,
            se=float(np.hypot(of_rare.se, share * of_rest.se)),
            pvalue=of_rare.pvalue,
        )
        out[i] = LevelScores(evidence=evidence, mi=out[i].mi + share * mi[j], reading=None)
    return out


def _report_on_grid(plan: Plan, index: int, n_grids: int, n_skipped: int, d: int) -> Plan:
    """The plan with a report in which each grid is one share of every column's work."""
    report = plan.progress
    if report is None:
        return plan
    return replace(plan, progress=lambda done, _: report((index * d + n_skipped + done) // n_grids, d))


def _score_grid(
    ladder: Ladder, target: Ladder, index: int, todo: NDArray[np.int64], plan: Plan, counter: Counter
) -> Evidence:
    """Evidence of the columns `todo` on one grid, with p-values on the first."""
    other = pad_side(int(target.grids[index].n_nodes[0]))
    sides = [pad_side(int(n)) for n in ladder.grids[index].n_nodes[todo]]
    members = split_into_chunks(sides, other)
    # With a progress report chunks go out in waves; without, all at once.
    n_workers = effective_n_jobs(plan.n_jobs)
    wave = len(members) if plan.progress is None else CHUNKS_PER_REPORT * n_workers if n_workers > 1 else 1
    results: list[Evidence] = []
    with one_thread(), Parallel(n_jobs=plan.n_jobs) as parallel:
        for first in range(0, len(members), wave):
            chunks = (
                counter.take(todo[places].tolist(), (index, index), (sides[places[0]], other), None)
                for places in members[first : first + wave]
            )
            results += parallel(delayed(_score_chunk)(chunk, plan.device, with_pvalue=index == 0) for chunk in chunks)
            if plan.progress is not None:
                plan.progress(sum(map(len, members[: first + wave])), len(todo))
    return join(results, members, len(todo))


def read_fold_critics(ladder: Ladder, target: Ladder, reading: Reading, plan: Plan) -> Tensor:
    """The critics T of one coded column and a target that score the folds, (K, G, H)."""
    grid, goal = ladder.at(reading.x_at), target.at(reading.y_at)
    shape, device = (grid.codings[0].n_nodes, goal.codings[0].n_nodes), resolve_device(plan.device)
    reader: CriticReader = reading
    if reading.critic == "network":
        shape = pad_side(shape[0]), pad_side(shape[1])
        reader = NetworkReader.load([grid.complete[0] and goal.complete[0]], device)
    chunk = RowCounter.of_plan(ladder, target, plan).take([0], (reading.x_at, reading.y_at), shape)
    with one_thread(), torch.inference_mode():
        train = chunk.count(with_steps=False).train.to(device)
        return torch.cat([reader.finish(reader.read(counts), counts) for counts in train]).cpu()


def _score_chunk(chunk: Chunk, device_name: str, *, with_pvalue: bool) -> Evidence:
    """Count and score one chunk of columns; runs in a worker."""
    with one_thread():
        counts, device = chunk.count(with_steps=with_pvalue), resolve_device(device_name)
        complete = [chunk.target_order.complete and order.complete for order in chunk.orders]
        return score_counts(counts, NetworkReader.load(complete, device), device)
