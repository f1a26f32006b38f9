"""The search: from candidates to those that jointly carry all the information there is.

Design notes. The same steps with few rows and with many, all on held-out scores that are cross-fitted, so that every
row of the search decides. Rounds (`rounds`) drop what shadows beat, unless it is related to the target. From
what survives, the cheapest candidates are dropped down to nothing. Of the sets on this path the smallest is taken that
surely lacks little of what the best one says (`choice`), so many small losses count as what they are together. At last
copies and followers of other candidates fall, and what nothing speaks for, by critics that are trained again
(`refits`). Where it is asked for, searches of halves of the rows vote on what is kept.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from skmine.exceptions import InformationLossWarning, warn
from skmine.selection.joint.choice import Chosen, Rung, choose_rung
from skmine.selection.joint.elimination import Gains, Judges, Step, follow_down
from skmine.selection.joint.problem import Problem, Split
from skmine.selection.joint.progress import PATH, ROUNDS, Progress, make_report
from skmine.selection.joint.refits import drop_doubtful, drop_echoes
from skmine.selection.joint.relations import compute_pvalues, find_related
from skmine.selection.joint.rounds import Round, run_rounds, train_judges

#: Parts of the rows that are held out in turn, and the rows from which on so few will do. Arbitrary.
PARTS = {2: 6_000, 3: 3_000, 4: 0}

#: Share of searches beyond which a candidate stands in most of them.
MAJORITY = 0.5


@dataclass(frozen=True)
class Drop:
    """A candidate that was dropped, and what was left before.

    Attributes
    ----------
    candidate : int
    n_left, n_shadows : int
        Candidates and shadows before it was dropped.
    mi, se : float
        Held-out nats of all that was left then, by networks, and their standard error.
    loss, loss_se : float
        Nats that this lacks of the best set, by networks and models together, and their standard error; NaN where that
        was not measured.
    """

    candidate: int
    n_left: int
    n_shadows: int
    mi: float
    se: float
    loss: float
    loss_se: float


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes
    ----------
    remaining : list of int
        Candidates that are left, ascending.
    path : tuple of Drop
        What was dropped, in order, and at last the remaining ones, cheapest first.
    gains : dict
        Held-out gain and its standard error of each candidate that was measured: of those that remain given
        the others, of those that were dropped on top of what remains.
    n_rounds : int
    striking : list of int
        Candidates of pairs that chance would not make, those of the best pair first.
    votes : dict
        Share of the searches of halves of the rows that keep each candidate; empty where there were none.
    """

    remaining: list[int]
    path: tuple[Drop, ...]
    gains: Gains
    n_rounds: int
    striking: list[int]
    votes: dict[int, float] = field(default_factory=dict)


def search(
    problem: Problem,
    candidates: Sequence[int],
    striking: Sequence[int] = (),
    wanted: int | None = None,
    n_resamples: int | None = None,
    progress: Progress = None,
) -> Found:
    """Search a problem.

    Parameters
    ----------
    problem : Problem
    candidates : sequence of int
        Candidates to start with.
    striking : sequence of int
        Candidates of pairs that chance would not make: no shadow judges them.
    wanted : int or None
        How many have to remain; None leaves it to the scores.
    n_resamples : int or None
        Searches of halves of the rows that vote; None leaves it to this one.
    progress : callable(done, total) or None
        Called with the share of the time that is over, by the steps that are done.
    """
    report = make_report(progress)
    related = find_related(compute_pvalues(problem.table, problem.nodes, problem.rows, problem.groups))
    protected = problem.protected | {*striking, *related}
    splits = problem.draw_splits(choose_parts(len(problem.rows)))
    rounds = run_rounds(problem, list(candidates), splits, protected)
    report(ROUNDS)
    survivors = rounds[-1].remaining if rounds else list(candidates)
    if wanted is not None:
        survivors = _bring_back(rounds, survivors, wanted)
    judges = _find_judges(rounds, survivors)
    if judges is None:
        judges = train_judges(problem, survivors, splits, problem.table.only(survivors))
    down = follow_down(judges, survivors, wanted)
    before = [step for one in rounds for step in one.steps]
    steps = [*before, *down]
    rungs = [Rung(step.left, step.lefts, step.score()) for step in steps]
    report(PATH)
    place = next((k for k, step in enumerate(steps) if len(step.left) == wanted), None)
    chosen = choose_rung(problem, rungs, splits, len(before), place)
    if wanted is not None:
        _warn_of_loss(problem, chosen)
    every = [(survivors, judges), *((one.known, one.judges) for one in reversed(rounds))]
    votes = _vote(problem, candidates, striking, n_resamples) if n_resamples else {}
    if votes:
        kept = choose_by_votes(problem, splits, votes, wanted)
        if wanted is None:
            kept = _drop_echoes_of_voted(problem, kept, votes, every, splits)
    elif wanted is None:
        kept = drop_doubtful(problem, chosen, steps[chosen.place].judges, splits, protected)
    else:
        order = [j for step in reversed(down) for j in reversed(step.dropped)]
        kept = sorted(order, key=lambda j: j not in problem.protected)[:wanted]
    gains: Gains = {}
    for known, knowing in every:
        gains |= knowing.measure_gains([j for j in known if j not in gains], kept)  # by the last that know it
    path = [
        drop
        for k, (step, rung) in enumerate(zip(steps, rungs, strict=True))
        for drop in _list_drops(problem, step, rung, chosen, k)
    ]
    last = {drop.candidate: drop for drop in path}  # what was brought back was dropped twice
    path = [drop for drop in path if last[drop.candidate] is drop]
    return Found(sorted(kept), tuple(path), gains, len(rounds), list(striking), votes)


def _vote(problem: Problem, candidates: Sequence[int], striking: Sequence[int], n_resamples: int) -> dict[int, float]:
    """Share of searches of halves of the rows that keep each candidate (Meinshausen and Buhlmann 2010)."""
    halves = [problem.draw_splits(2)[0][0] for _ in range(n_resamples)]
    calls = [
        (replace(problem, rows=half, seeds=problem.draw_seed(), n_jobs=None), candidates, striking) for half in halves
    ]
    kept = [found.remaining for found in problem.train(search, calls)]
    return {j: sum(j in some for some in kept) / n_resamples for j in candidates}


def _drop_echoes_of_voted(
    problem: Problem,
    kept: list[int],
    votes: dict[int, float],
    every: Sequence[tuple[list[int], Judges]],
    splits: list[Split],
) -> list[int]:
    """Drop what others of those kept echo, but none that most searches keep."""
    kept_by_most = replace(problem, protected=problem.protected | {j for j in kept if votes[j] > MAJORITY})
    knowing = next(knowing for known, knowing in every if set(kept) <= set(known))
    return drop_echoes(kept_by_most, knowing, splits, kept, [[kept] * len(splits)])


def choose_by_votes(problem: Problem, splits: list[Split], votes: dict[int, float], wanted: int | None) -> list[int]:
    """The candidates with most votes: as many as are wanted, or all that most searches keep.

    Where these surely say less than more of them do, the smallest set is taken that surely lacks little.
    """
    order = sorted(votes, key=lambda j: (j not in problem.protected, -votes[j]))
    if wanted is not None:
        return order[:wanted]
    fewest = sum(votes[j] > MAJORITY or j in problem.protected for j in order)
    most = sum(votes[j] > 0 or j in problem.protected for j in order)
    sets = [order[:k] for k in range(most, fewest - 1, -1)]
    rungs = [Rung(some, [some] * len(splits)) for some in sets]
    return sets[choose_rung(problem, rungs, splits, top=len(rungs) - 1).place]


def _warn_of_loss(problem: Problem, chosen: Chosen) -> None:
    """Say what a number of columns that was asked for gives up."""
    loss, se = chosen.measure_loss(problem, chosen.place)
    best = chosen.worths[chosen.best]
    information = float(best.scores.mean())
    n_kept = len(chosen.worths[chosen.place].rung.left)
    if n_kept < len(best.rung.left) and loss - se > problem.tolerance * information:
        warn(
            f"n_features_to_select={n_kept} gives up {loss:.3f} (+- {se:.3f}) of {information:.3f} nats, which "
            f"{len(best.rung.left)} columns have; ask for more columns, or for 'auto'.",
            InformationLossWarning,
        )


def choose_parts(n_rows: int) -> int:
    """Parts of the rows that are held out in turn: fewer where each trains well without the others."""
    return next(parts for parts, rows in PARTS.items() if n_rows >= rows)


def _bring_back(rounds: list[Round], survivors: list[int], wanted: int) -> list[int]:
    """Survivors and those that were dropped last, as many as are wanted."""
    gone = [j for one in rounds for step in one.steps for j in step.dropped if j not in survivors]
    back = list(dict.fromkeys(reversed(gone)))[: max(wanted - len(survivors), 0)]
    return sorted([*survivors, *back])


def _find_judges(rounds: list[Round], survivors: list[int]) -> Judges | None:
    """Those of the last round, where they know the survivors and little else."""
    if not rounds or not set(survivors) <= set(rounds[-1].known):
        return None
    few = 0 < 2 * len(survivors) < len(rounds[-1].known)
    return None if few else rounds[-1].judges


def _list_drops(problem: Problem, step: Step, rung: Rung, chosen: Chosen, place: int) -> list[Drop]:
    """What a step drops, and what the set before it lacks of the best one, if that was measured."""
    assert rung.by_networks is not None
    mi, se = step.judges.measure(rung.by_networks)
    loss, error = chosen.measure_loss(problem, place) if place in chosen.worths else (math.nan, math.nan)
    return [
        Drop(j, len(step.left) - k, step.n_shadows, mi, se, loss if k == 0 else math.nan, error if k == 0 else math.nan)
        for k, j in enumerate(step.dropped)
    ]
