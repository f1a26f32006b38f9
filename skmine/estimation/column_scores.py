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
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.devices import one_thread, resolve_device
from skmine.data.counts import pad_side
from skmine.data.ladder import Ladder
from skmine.estimation.count_scores import CriticReader, NetworkReader
from skmine.estimation.counting import Counter, RowCounter
from skmine.estimation.evidence import Evidence
from skmine.estimation.grid_scores import CLEARLY_NULL, score_on_grids
from skmine.estimation.level_scores import (
    LevelPair,
    LevelScores,
    Reading,
    find_level_pairs,
    prepare_level_pairs,
    score_level_pair,
)
from skmine.estimation.plan import Plan

#: Standard errors by which levels have to score higher than a grid to be preferred, so that chance does not choose; and
#: by which they may score lower where a class is rare, and the grid known to lose what it says. Arbitrary.
MARGIN_OF_LEVELS = 0.5
MARGIN_OF_RARE = -1.0


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
    of_grids = score_on_grids(ladder, target, varying, plan, counter)
    evidence, mi, lost, used = of_grids.evidence, of_grids.mi, of_grids.lost, of_grids.used
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
            # Levels say no less than the nodes that they are merged into.
            mi[j] = np.fmax(scores.mi, of_grids.counted[j])
            lost[j], readings[j] = 0.0, scores.reading or readings[j]
    if plan.progress is not None:
        plan.progress(d, d)
    caps = np.minimum(ladder.entropies, target.entropies[0])
    return ColumnScores(
        kind=kinds, mi=np.minimum(mi, caps), evidence=evidence.cap(caps), coding_loss=lost, readings=readings
    )


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
    rest = score_on_grids(ladder, target, columns, replace(plan, progress=None), of_common)
    share = of_common.n_tested / counter.n_tested
    for i, j in zip(places, columns.tolist(), strict=True):
        of_rare, of_rest = out[i].evidence, rest.evidence.at(j)
        evidence = Evidence(
            held_out=of_rare.held_out + share * of_rest.held_out,
            training=of_rare.training + share * of_rest.training,
            se=float(np.hypot(of_rare.se, share * of_rest.se)),
            pvalue=of_rare.pvalue,
        )
        out[i] = LevelScores(evidence=evidence, mi=out[i].mi + share * rest.mi[j], reading=None)
    return out


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
        train = chunk.count(device, with_steps=False).train.to(device)
        return torch.cat([reader.finish(reader.read(counts), counts) for counts in train]).cpu()
