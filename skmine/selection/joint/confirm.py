"""Confirmation: does each candidate add to the others, by networks that are trained again?

Design notes. Cross-fitted masked networks measure what each candidate adds to the others. A masked network cannot
tell copies apart (each seems to add a little). So wherever a gain is small or uncertain, networks are trained
again, with the candidate and without it, and compared on the same held-out rows, smallest gains first. A candidate
is dropped unless its loss is significant; with few rows, a gain of one standard error is enough to keep it
(`refits.find_least_gain`). It also stays if several small losses have added up to a significant one. Copies help a
network to learn and seem to add much, so candidates that are nearly a linear function of the others are compared
in this way, too.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.critics.masked import MaskedTable, fit_masked, mask_at_most_one
from skmine.estimation.recipe import split_validation
from skmine.selection.joint.elimination import Drop, Judges, compute_mean_and_error
from skmine.selection.joint.problem import Problem, Split
from skmine.selection.joint.refits import SMALL_GAIN, UNSURE, Refit, find_echoes, find_least_gain

#: Gain in nats and standard error, by candidate.
Gains = dict[int, tuple[float, float]]


@dataclass(frozen=True)
class Confirmation:
    """What a confirmation found.

    Attributes
    ----------
    remaining : list of int
    drops : tuple of Drop
    gains : dict
        Of those that remain given the others, and of those that were dropped then.
    """

    remaining: list[int]
    drops: tuple[Drop, ...] = ()
    gains: Gains = field(default_factory=dict)


def confirm(problem: Problem, remaining: list[int]) -> Confirmation:
    """Drop candidates without which networks that are trained again do no worse."""
    splits = problem.draw_splits(problem.n_folds)
    gains = measure_gains(problem, remaining, splits)
    echoes = {remaining[i] for i in find_echoes(problem.table.only(remaining), problem.rows)}
    doubtful = [
        j
        for j, (gain, se) in sorted(gains.items(), key=lambda item: item[1][0])
        if (gain < SMALL_GAIN or gain < UNSURE * se or j in echoes) and j not in problem.protected
    ]
    best = whole = Refit(problem, remaining, splits)
    n_before, drops, dropped_gains = len(remaining), [], {}
    for j in doubtful:
        without = Refit(problem, [k for k in remaining if k != j], splits)
        gains[j] = whole.compare(without)
        if gains[j][0] < find_least_gain(gains[j][1]) and not best.is_surely_better(without):
            drops.append(Drop(j, len(remaining), 0, *whole.measure()))
            dropped_gains[j] = gains[j]
            whole, remaining = without, without.remaining
            best = whole if gains[j][0] < 0 and best.compare(whole)[0] < 0 else best
    if len(remaining) < n_before:
        again = measure_gains(problem, remaining, splits)
        gains = {**again, **{j: gains[j] for j in doubtful if j in remaining}}
    return Confirmation(remaining, tuple(drops), {**dropped_gains, **gains})


def measure_gains(problem: Problem, remaining: list[int], splits: list[Split]) -> Gains:
    """What each candidate adds to the others, by networks that sometimes lack one."""
    if not remaining:
        return {}
    table = problem.table.only(remaining)
    seeds = [(problem.draw_seed(), problem.draw_seed()) for _ in splits]
    found = problem.train(
        _score_without, ((problem, table, split, pair) for split, pair in zip(splits, seeds, strict=True))
    )
    scores, rows = np.concatenate(found, axis=1), np.concatenate([held_out for _, held_out in splits])
    return {j: compute_mean_and_error(scores[0] - scores[1 + i], problem.groups, rows) for i, j in enumerate(remaining)}


def _score_without(
    problem: Problem, table: MaskedTable, split: Split, seeds: tuple[np.random.SeedSequence, np.random.SeedSequence]
) -> NDArray[np.float64]:
    """What the held-out rows say with all candidates, and without each of them: (1 + candidates, rows)."""
    every = list(range(len(table)))
    fit, held_out = split
    fit, validation = split_validation(fit, problem.groups, np.random.default_rng(seeds[0]))
    critic = fit_masked(
        table,
        problem.nodes,
        fit,
        validation,
        problem.recipe,
        seeds[1],
        problem.device,
        masks=mask_at_most_one(len(every)),
    )
    judge = Judges([(critic, held_out)], table, problem.nodes, problem.groups)
    return np.stack([judge.score(known) for known in [every, *([k for k in every if k != i] for i in every)]])
