"""Rounds of elimination: candidates beside shadows, until a round drops no candidate.

Design notes. In a round, candidates and `N_SHADOWS` fresh shadows, copies whose rows are shuffled, train a masked
network; `elimination` drops candidates until the last shadow is dropped. What is left goes into the next round,
until one drops nothing, or for `MOST_ROUNDS`. With many rows each round holds out other rows: noise that one
round's rows favour is not favoured by the next one's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skmine.estimation.critics.masked import fit_masked
from skmine.selection.joint.elimination import Drop, Judges, eliminate
from skmine.selection.joint.problem import Problem, Split

#: Shadows of a round: noise survives the strongest of ten once in eleven times, and meets fresh ones then.
N_SHADOWS = 10

#: Parts of the rows that rounds hold out in turn: three quarters train a network. Arbitrary.
N_PARTS = 4

#: Most rounds, more than there are parts: arbitrary.
MOST_ROUNDS = 6


@dataclass(frozen=True)
class Round:
    """What a round found.

    Attributes
    ----------
    remaining : list of int
        Candidates that are left, ascending.
    drops : list of Drop
    judges : Judges
        The networks that decided, which know the candidates `known` and shadows, in this order.
    known : list of int
    eliminates : bool
        Whether it was a round that decides, not one that only follows the path down.
    """

    remaining: list[int]
    drops: list[Drop]
    judges: Judges
    known: list[int]
    eliminates: bool


@dataclass(frozen=True)
class Trail:
    """What a search went through so far: the drops in order, and all rounds."""

    drops: tuple[Drop, ...] = ()
    rounds: tuple[Round, ...] = ()

    def add(self, one: Round) -> "Trail":
        """With a round more."""
        return Trail((*self.drops, *one.drops), (*self.rounds, one))

    def forget(self, candidates: Sequence[int]) -> "Trail":
        """Without the drops of candidates that come back."""
        return Trail(tuple(drop for drop in self.drops if drop.candidate not in candidates), self.rounds)

    @property
    def n_rounds(self) -> int:
        """Rounds that decided something."""
        return sum(one.eliminates for one in self.rounds)


#: The splits that a round holds out, by its number.
ChooseSplits = Callable[[list[Split], int], list[Split]]


def run_round(
    problem: Problem,
    remaining: list[int],
    splits: list[Split],
    *,
    n_shadows: int = N_SHADOWS,
    least: int | None = None,
    while_better: bool = False,
    protected: frozenset[int] | None = None,
) -> Round:
    """Train one network per split on what remains, beside shadows, and eliminate.

    Parameters
    ----------
    problem : Problem
    remaining : list of int
    splits : list of (Rows, Rows)
    n_shadows : int
    least, while_better : as `elimination.eliminate` takes them
    protected : frozenset of int or None
        Candidates that are not dropped; None takes the problem's.
    """
    rng = np.random.default_rng(problem.draw_seed())
    n_real = len(remaining)
    picked = rng.choice(n_real, n_shadows, replace=n_real < n_shadows)
    real = problem.table.only(remaining)
    table = real.append(real.make_shadows(picked.tolist(), rng))
    seeds = [problem.draw_seed() for _ in splits]
    critics = problem.train(
        fit_masked,
        (
            (table, problem.nodes, fit, held_out, problem.recipe, seed, problem.device)
            for (fit, held_out), seed in zip(splits, seeds, strict=True)
        ),
    )
    pairs = [(critic, held_out) for critic, (_, held_out) in zip(critics, splits, strict=True)]
    judges = Judges(pairs, table, problem.nodes, problem.groups)
    kept = problem.protected if protected is None else protected
    left, drops = eliminate(
        judges,
        n_real=n_real,
        protected=[i for i, j in enumerate(remaining) if j in kept],
        least=least,
        while_better=while_better,
    )
    return Round(
        remaining=[remaining[i] for i in left],
        drops=[replace(drop, candidate=remaining[drop.candidate]) for drop in drops],
        judges=judges,
        known=remaining,
        eliminates=n_shadows > 0 or while_better,
    )


def run_rounds(
    problem: Problem, remaining: list[int], choose_splits: ChooseSplits, protected: frozenset[int], trail: Trail
) -> tuple[list[int], Trail]:
    """Run rounds until one drops nothing; return the candidates that survive all shadows, and the trail.

    Parameters
    ----------
    problem : Problem
    remaining : list of int
    choose_splits : callable(splits, number)
        Which splits a round holds out.
    protected : frozenset of int
        Candidates that shadows do not judge.
    trail : Trail
    """
    splits = problem.draw_splits(N_PARTS)
    for number in range(MOST_ROUNDS):
        if set(remaining) <= protected:
            break
        one = run_round(problem, remaining, choose_splits(splits, number), protected=protected)
        trail, before, remaining = trail.add(one), remaining, one.remaining
        if len(remaining) == len(before):
            break
    return remaining, trail
