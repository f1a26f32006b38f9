"""Rounds of elimination: candidates beside shadows.

Design notes. In a round, candidates and `N_SHADOWS` fresh shadows, copies whose rows are shuffled (the best of them
where candidates are the best of many), train masked networks, cross-fitted, so that every row of the search decides;
`elimination` drops candidates until the last shadow is dropped. Where that is many, what is left trains again: networks
of few candidates know more of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skmine.estimation.critics.masked import MaskedTable, fit_masked
from skmine.selection.joint.elimination import Judges, Step, drop_shadows
from skmine.selection.joint.linear import LinearJudge
from skmine.selection.joint.problem import Problem, Split
from skmine.selection.joint.relations import compute_pvalues_alone
from skmine.selection.joint.screen import MOST_SCREENED

#: Shadows of a round: noise survives the strongest of ten once in eleven times, and meets fresh ones then.
N_SHADOWS = 10

#: Most rounds: the second drops nine in ten of the noise that the first one missed.
MOST_ROUNDS = 2

#: Share of its candidates that a round drops at least for another to follow. Arbitrary.
WORTH_ANOTHER = 0.2


@dataclass(frozen=True)
class Round:
    """What a round found.

    Attributes
    ----------
    remaining : list of int
        Candidates that are left, ascending.
    steps : list of Step
        What was dropped on the way there.
    judges : Judges
        What decided.
    known : list of int
        The candidates that it began with.
    """

    remaining: list[int]
    steps: list[Step]
    judges: Judges
    known: list[int]


def train_judges(problem: Problem, candidates: Sequence[int], splits: list[Split], table: MaskedTable) -> Judges:
    """A network and a linear judge per split, of a table of these candidates and of rows that they did not see."""
    seeds = [problem.draw_seed() for _ in splits]
    critics = problem.train(
        fit_masked,
        (
            (table, problem.nodes, fit, held_out, problem.recipe, seed, problem.device)
            for (fit, held_out), seed in zip(splits, seeds, strict=True)
        ),
    )
    linear = [LinearJudge.fit(table, problem.nodes, fit, held_out) for fit, held_out in splits]
    parts = [held_out for _, held_out in splits]
    return Judges(list(candidates), critics, linear, parts, table, problem.nodes, problem.groups)


def run_round(problem: Problem, known: list[int], splits: list[Split], protected: frozenset[int]) -> Round:
    """Train networks on some candidates, beside shadows, and eliminate.

    Parameters
    ----------
    problem : Problem
    known : list of int
    splits : list of (Rows, Rows)
        Held out in turn.
    protected : frozenset of int
        Candidates that shadows do not judge.
    """
    rng = np.random.default_rng(problem.draw_seed())
    table = problem.table.only(known)
    made = _make_best_shadows(problem, rng) if len(problem.table) > MOST_SCREENED else _make_shadows(table, rng)
    shadows = list(range(len(problem.table), len(problem.table) + N_SHADOWS))
    judges = train_judges(problem, [*known, *shadows], splits, table.append(made))
    remaining, steps = drop_shadows(judges, known, shadows, protected)
    return Round(remaining, steps, judges, known)


def _make_shadows(table: MaskedTable, rng: np.random.Generator) -> MaskedTable:
    """Copies of some candidates, the rows of each in a random order."""
    picked = rng.choice(len(table), N_SHADOWS, replace=len(table) < N_SHADOWS)
    return table.make_shadows(picked.tolist(), rng)


def _make_best_shadows(problem: Problem, rng: np.random.Generator) -> MaskedTable:
    """Of all candidates, with rows in one random order, those that are most related to the target by chance.

    Where candidates are the best of many, shadows have to be, too: the best of noise says more than any noise.
    """
    shuffled = replace(problem.table, matrix=problem.table.matrix[rng.permutation(len(problem.table.matrix))])
    pvalues = compute_pvalues_alone(shuffled, problem.nodes, problem.rows, problem.groups)
    return shuffled.only(np.argsort(pvalues, kind="stable")[:N_SHADOWS].tolist())


def run_rounds(problem: Problem, known: list[int], splits: list[Split], protected: frozenset[int]) -> list[Round]:
    """Run rounds until one drops little.

    Parameters
    ----------
    problem : Problem
    known : list of int
    splits : list of (Rows, Rows)
    protected : frozenset of int
        Candidates that shadows do not judge.
    """
    rounds: list[Round] = []
    while len(rounds) < MOST_ROUNDS and not set(known) <= protected:
        rounds.append(run_round(problem, known, splits, protected))
        before, known = known, rounds[-1].remaining
        if not known or len(before) - len(known) < WORTH_ANOTHER * len(before):
            break
    return rounds
