"""Sets compared by critics of their candidates and of nothing else, which check what a masked network says.

Design notes. Of much noise some survives, and a masked network cannot tell copies apart: each seems to add a little.
What nothing else speaks for is therefore dropped unless it adds more than a standard error, and what others echo
where that surely costs little. Candidates go in turn, cheapest first, and critics that are trained again say how far:
all at once where nothing is lost, else as far as bisection finds; what must stay stays, and the rest is tried on.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from skmine.estimation.critics.masked import MaskedTable, fit_masked, mask_nothing
from skmine.estimation.recipe import Rows
from skmine.selection.joint.choice import Array, Chosen, mix
from skmine.selection.joint.elimination import Judges, compute_mean_and_error
from skmine.selection.joint.models import NAMES, score_by_models
from skmine.selection.joint.problem import Problem, Split

#: Names the doubtful candidates among those that are left.
FindDoubtful = Callable[[list[int]], set[int]]

#: Fraction of a candidate's variance that the others leave, below which it is an echo: they are a linear function
#: of each other up to noise. Copies help a network to learn and seem to add much.
ECHO = 0.7

#: Standard errors of what a candidate adds to the others, to networks that know it, beyond which it is no noise: of
#: a thousand candidates of noise the best one adds hardly more than three.
CLEARLY = 4.0

#: Sets of which critics are trained again, at most; and where these are networks, too. Arbitrary.
MOST_REFITS = 8
WITH_NETWORKS = 4


def find_echoes(table: MaskedTable, rows: Rows) -> set[int]:
    """Candidates that are nearly a linear function of the others."""
    X = table.matrix[rows].astype(np.float64)
    X -= X.mean(0)
    inner = X.T @ X / len(X)
    inner[np.diag_indices_from(inner)] += 1e-6
    precision, own = np.linalg.inv(inner), np.diag(inner)
    out = set()
    for i in range(len(table)):
        block = table.candidate_of_feature == i
        left = np.linalg.inv(precision[np.ix_(block, block)])
        if np.trace(left) < ECHO * own[block].sum():
            out.add(i)
    return out


def find_missed(judges: Judges, left: list[int]) -> set[int]:
    """Candidates without which networks that know all of these clearly say less."""
    gains = judges.measure_gains(left, left)
    return {j for j, (gain, se) in gains.items() if gain > CLEARLY * se}


def drop_doubtful(
    problem: Problem, chosen: Chosen, judges: Judges, splits: list[Split], related: Collection[int]
) -> list[int]:
    """Drop doubtful candidates without which critics that are trained again do no worse.

    Parameters
    ----------
    problem : Problem
    chosen : Chosen
        Losses are measured from the set that is left, or from the best one, where models alone say that it is better.
    judges : Judges
        Of the set that is left; they say what is cheap.
    splits : list of (Rows, Rows)
    related : collection of int
        Candidates that are no doubt related to the target, alone or in pairs.
    """
    worth = chosen.worths[chosen.place]
    left, lefts, needs_networks = worth.rung.left, worth.rung.lefts, worth.needs_networks
    spoken_for = set(related)
    if not set(left) <= spoken_for:
        spoken_for |= find_missed(judges, left)
    if not set(left) <= spoken_for:
        refits = Refits(problem, splits, True, [lefts], WITH_NETWORKS, errors=-1.0)
        left, lefts = _drop_in_turn(problem, judges, refits, left, lefts, lambda now: set(now) - spoken_for)
    wholes = [lefts] if needs_networks else [lefts, chosen.worths[chosen.best].rung.lefts]
    return drop_echoes(problem, judges, splits, left, wholes, needs_networks)


def drop_echoes(
    problem: Problem,
    judges: Judges,
    splits: list[Split],
    left: list[int],
    wholes: list[list[list[int]]],
    needs_networks: bool = True,
) -> list[int]:
    """Drop what others echo, where critics that are trained again surely lose little.

    `wholes` are the sets that losses are measured from, as in `Refits`; the first are those that are `left` for each
    split.
    """
    refits = Refits(problem, splits, needs_networks, wholes, WITH_NETWORKS if needs_networks else MOST_REFITS)
    return _drop_in_turn(problem, judges, refits, left, wholes[0], partial(_name_echoes, problem))[0]


def _drop_in_turn(
    problem: Problem,
    judges: Judges,
    refits: "Refits",
    left: list[int],
    lefts: list[list[int]],
    find_doubtful: FindDoubtful,
) -> tuple[list[int], list[list[int]]]:
    """What remains of the candidates, and of those of each split."""
    needed = set(problem.protected)
    while refits.n_left:
        order = _order_doubtful(judges, left, needed, find_doubtful)
        orders = [
            _order_doubtful(judges.leave_out(part), some, needed, find_doubtful) for part, some in enumerate(lefts)
        ]
        if not order:
            break
        n_lost = _count_dispensable(refits, lefts, orders, len(order))
        left = [j for j in left if j not in order[:n_lost]]
        lefts = _drop_first(lefts, orders, n_lost)
        if n_lost == len(order):
            break
        needed.add(order[n_lost])
    return left, lefts


def _name_echoes(problem: Problem, now: list[int]) -> set[int]:
    """Echoes among those that are left."""
    return {now[i] for i in find_echoes(problem.table.only(now), problem.rows)} if len(now) > 1 else set()


def _order_doubtful(judges: Judges, left: list[int], needed: set[int], find_doubtful: FindDoubtful) -> list[int]:
    """Doubtful ones that may be dropped in turn: each is one of those left then, and the cheapest."""
    out: list[int] = []
    while True:
        now = [j for j in left if j not in out]
        free = sorted(find_doubtful(now) - needed)
        if not free:
            return out
        out.append(judges.find_cheapest(now, free)[0])


def _drop_first(lefts: list[list[int]], orders: list[list[int]], n: int) -> list[list[int]]:
    """What is left in each part without the first ones of its order."""
    return [[j for j in left if j not in order[:n]] for left, order in zip(lefts, orders, strict=True)]


def _count_dispensable(refits: "Refits", lefts: list[list[int]], orders: list[list[int]], most: int) -> int:
    """How many of an order go before something is lost, by bisection."""
    good, bad = 0, most + 1
    k = most
    while bad - good > 1 and refits.n_left:
        if refits.lose(_drop_first(lefts, orders, k)):
            bad = k
        else:
            good = k
        k = (good + bad) // 2
    return good


@dataclass
class Refits:
    """Critics of sets and of nothing else, trained when they are asked for, on the same splits.

    Attributes
    ----------
    with_networks : bool
        Whether networks are trained, too, and not models alone.
    wholes : list of list of list of int
        Sets that losses are measured from, one for each split; of these the better ones.
    n_left : int
        Sets that may still be asked for.
    errors : float
        Standard errors that are added to a loss before it is compared with what is tolerated.
    """

    problem: Problem
    splits: list[Split]
    with_networks: bool
    wholes: list[list[list[int]]]
    n_left: int
    errors: float = 1.0

    def lose(self, smaller: list[list[int]]) -> bool:
        """Whether smaller sets lack more of the whole ones' information than is tolerated.

        Training depends on chance, too: the error is no smaller than the spread of the splits says.
        """
        self.n_left -= 1
        gains = [one - other for one, other in zip(self._whole, self._fit(smaller), strict=True)]
        rows = np.concatenate([held_out for _, held_out in self.splits])
        gain, se = compute_mean_and_error(np.concatenate(gains), self.problem.groups, rows)
        se = max(se, float(np.std([one.mean() for one in gains], ddof=1)) / math.sqrt(len(gains)))
        tolerated = self.problem.tolerance * float(np.concatenate(self._whole).mean())
        return gain + self.errors * se > tolerated

    @cached_property
    def _whole(self) -> list[Array]:
        scores = [self._fit(whole) for whole in self.wholes]
        return max(scores, key=lambda one: float(np.concatenate(one).mean()))

    def _fit(self, known: list[list[int]]) -> list[Array]:
        """What the held-out rows of each split say."""
        by_models = score_by_models(self.problem, known, self.splits, NAMES)
        ends = np.cumsum([len(held_out) for _, held_out in self.splits])[:-1]
        scores = [np.split(one, ends) for one in by_models]
        if self.with_networks:
            calls = [
                (self.problem, some, split, self.problem.draw_seed())
                for some, split in zip(known, self.splits, strict=True)
            ]
            scores.append(self.problem.train(_score_by_network, calls))
        return [mix(of_split) for of_split in zip(*scores, strict=True)]


def _score_by_network(problem: Problem, known: list[int], split: Split, seed: np.random.SeedSequence) -> Array:
    """Train on a split; what its held-out rows say, (rows,)."""
    table, (fit, held_out) = problem.table.only(known), split
    if not known:  # nothing known, nothing said
        return np.zeros(len(held_out))
    network = fit_masked(
        table, problem.nodes, fit, held_out, problem.recipe, seed, problem.device, masks=mask_nothing(len(table))
    )
    return network.score(table, problem.nodes, held_out, range(len(table))).pointwise.double().numpy()
