"""The search: from candidates to those that jointly carry all the information there is.

Design notes. Steps are functions that return what they found: rounds of elimination (`rounds`); then either the
strategy decides which survivors stay (`strategies`), or they are cut down to the number that is wanted; at last the
path down to nothing. Seeds are drawn in the order of the steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from skmine.selection.joint.confirm import Gains
from skmine.selection.joint.elimination import Drop
from skmine.selection.joint.problem import Problem
from skmine.selection.joint.rounds import N_PARTS, Round, Trail, run_round, run_rounds
from skmine.selection.joint.strategies import Strategy, choose_strategy


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
    """

    remaining: list[int]
    path: tuple[Drop, ...]
    gains: Gains
    n_rounds: int


def search(
    problem: Problem, candidates: Sequence[int], striking: Sequence[int] = (), wanted: int | None = None
) -> Found:
    """Search a problem.

    Parameters
    ----------
    problem : Problem
    candidates : sequence of int
        Candidates to start with.
    striking : sequence of int
        Candidates of pairs that chance would not make: where one of them has been dropped, they all get a
        second try.
    wanted : int or None
        How many have to remain; None leaves it to the tests.
    """
    strategy = choose_strategy(problem)
    protected = strategy.protect(problem)
    remaining, trail = run_rounds(problem, list(candidates), strategy.choose_splits, protected, Trail())
    if not set(striking) <= set(remaining):
        again = sorted({*remaining, *striking})
        remaining, trail = run_rounds(problem, again, strategy.choose_splits, protected, trail.forget(again))
    if wanted is None:
        return _finish(problem, strategy, remaining, trail)
    return _finish_with(problem, strategy, remaining, trail, wanted)


def _finish(problem: Problem, strategy: Strategy, remaining: list[int], trail: Trail) -> Found:
    """Leave it to the strategy which of the survivors stay."""
    settled, rounds = strategy.settle(problem, remaining)
    for one in rounds:
        trail = trail.add(one)
    trail = Trail((*trail.drops, *settled.drops), trail.rounds)
    measured = _measure_by_rounds(trail.rounds, settled.remaining, strategy)
    gains = {**settled.gains, **measured}
    trail = _follow_down(problem, strategy, settled.remaining, trail)
    return Found(remaining=settled.remaining, path=trail.drops, gains=gains, n_rounds=trail.n_rounds)


def _finish_with(problem: Problem, strategy: Strategy, remaining: list[int], trail: Trail, wanted: int) -> Found:
    """Cut the survivors down to a number, or take back those that were dropped last."""
    if len(remaining) > wanted:
        splits = strategy.choose_splits(problem.draw_splits(N_PARTS), 0)
        one = run_round(problem, remaining, splits, n_shadows=0, least=wanted)
        trail, remaining = trail.add(one), one.remaining
    missing = wanted - len(remaining)
    if missing > 0:
        back = [drop.candidate for drop in reversed(trail.drops)][:missing]
        trail, remaining = trail.forget(back), sorted([*remaining, *back])
    gains = strategy.measure_kept(problem, remaining)
    trail = _follow_down(problem, strategy, remaining, trail)
    gains = {**gains, **_measure_by_rounds(trail.rounds, remaining, strategy)}
    return Found(remaining=remaining, path=trail.drops, gains=gains, n_rounds=trail.n_rounds)


def _follow_down(problem: Problem, strategy: Strategy, remaining: list[int], trail: Trail) -> Trail:
    """The rest of the path, to nothing: what remains, cheapest first."""
    if not remaining:
        return trail
    splits = strategy.choose_splits(problem.draw_splits(N_PARTS), 0)
    return trail.add(run_round(problem, remaining, splits, n_shadows=0, least=0, protected=frozenset()))


def _measure_by_rounds(rounds: Sequence[Round], remaining: list[int], strategy: Strategy) -> Gains:
    """What each candidate adds to those that remain, by the last networks that knew it.

    Those that remain are measured given the others, if the strategy says so and the networks knew them all.
    """
    last: dict[int, Round] = {}
    for one in rounds:
        knows_all = strategy.measures_kept_by_rounds and set(remaining) <= set(one.known)
        last.update({j: one for j in one.known if j not in remaining or knows_all})
    gains: Gains = {}
    for j, one in last.items():
        place = {k: i for i, k in enumerate(one.known)}
        without = [place[k] for k in remaining if k in place and k != j]
        gains[j] = one.judges.measure_gain(without, place[j])
    return gains
