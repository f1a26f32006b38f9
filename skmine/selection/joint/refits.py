"""Critics of a set of candidates and of nothing else, which check what a masked network says.

Design notes. Training depends on chance: two sets are compared on the same held-out rows, fold by fold,
until the difference is sure either way, or no fold is left.
"""

import math

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.bases.views import as_both_views
from skmine.estimation.critics.masked import MaskedTable
from skmine.estimation.critics.partition import PartitionSides
from skmine.estimation.recipe import Rows
from skmine.estimation.trained import score_in_chunks
from skmine.selection.joint.elimination import compute_mean_and_error
from skmine.selection.joint.problem import Problem, Split

#: A gain (nats) below this is looked at again: of two copies, a masked network gives each .02 +- .006.
SMALL_GAIN = 0.05

#: Standard errors below which a gain is looked at again, and above which one on some folds is sure.
UNSURE = 6.0

#: Standard errors that a gain must be above 0 for its candidate to stay: one in a hundred by chance.
SURE = 2.33

#: Standard errors below which a gain on some folds is given up.
HOPELESS = 0.5

#: Fraction of a candidate's variance that the others leave, below which it is an echo: they are a linear function
#: of each other up to noise. Copies help a network to learn and seem to add much.
ECHO = 0.5


def find_echoes(table: MaskedTable, rows: Rows) -> set[int]:
    """Candidates that are nearly a linear function of the others."""
    X = table.matrix[rows] - table.matrix[rows].mean(0)
    out = set()
    for i in range(len(table)):
        own, others = X[:, table.candidate_of_feature == i], X[:, table.candidate_of_feature != i]
        left = own - others @ np.linalg.lstsq(others, own)[0]
        if np.square(left).sum() < ECHO * np.square(own).sum():
            out.add(i)
    return out


def find_least_gain(se: float) -> float:
    """The gain that a candidate has to show, of a given standard error, to stay.

    Where so few rows could not be sure of a large gain either, one standard error is enough.
    """
    return min(SURE * se, max(SMALL_GAIN, se))


class Refit:
    """Critics of the candidates that remain and of nothing else, one per fold, trained when they are asked for."""

    def __init__(self, problem: Problem, remaining: list[int], splits: list[Split]) -> None:
        self.problem, self.remaining, self.splits = problem, remaining, splits
        self.scores: list[NDArray[np.float64]] = []
        if remaining:
            table = problem.table.only(remaining)
            self._sides = PartitionSides(
                as_both_views(table.matrix), as_both_views(problem.target), (table.spans, ()), problem.nodes
            )

    def compare(self, other: "Refit") -> tuple[float, float]:
        """Mean gain over the other and its standard error, on as many folds as it takes to be sure either way.

        Training depends on chance, too: the error is no smaller than the spread of the folds says.
        """
        differences: list[NDArray[np.float64]] = []
        gain = se = 0.0
        for number in range(len(self.splits)):
            _train_folds((self, other), number)
            differences.append(self.scores[number] - other.scores[number])
            rows = np.concatenate([held_out for _, held_out in self.splits[: number + 1]])
            gain, se = compute_mean_and_error(np.concatenate(differences), self.problem.groups, rows)
            if number:
                se = max(se, float(np.std([d.mean() for d in differences], ddof=1)) / math.sqrt(number + 1))
            if gain < HOPELESS * se or gain > max(UNSURE * se, SMALL_GAIN):
                break
        return gain, se

    def is_surely_better(self, other: "Refit") -> bool:
        """Whether losses that are small one by one have become one that is not."""
        gain, se = self.compare(other)
        return gain >= SURE * se

    def measure(self) -> tuple[float, float]:
        """Mean score on the folds so far, and its standard error."""
        rows = np.concatenate([held_out for _, held_out in self.splits[: len(self.scores)]])
        return compute_mean_and_error(np.concatenate(self.scores), self.problem.groups, rows)

    def score_fold(self, number: int, seed: np.random.SeedSequence) -> NDArray[np.float64]:
        """Train on a fold; what its held-out rows say, (rows,)."""
        problem, (fit, held_out) = self.problem, self.splits[number]
        critic = self._sides.fit(fit, problem.recipe, seed, problem.device, problem.groups)
        return score_in_chunks([critic], self._sides, held_out).pointwise.double().numpy()


def _train_folds(refits: tuple[Refit, ...], number: int) -> None:
    """Have the scores of the folds up to a number, of refits that lack them."""
    problem = refits[0].problem
    calls = []
    for refit in refits:
        for fold in range(len(refit.scores), number + 1):
            if refit.remaining:
                calls.append((refit, fold, problem.draw_seed()))
            else:  # nothing known, nothing said
                refit.scores.append(np.zeros(len(refit.splits[fold][1])))
    found = problem.train(Refit.score_fold, calls)
    for (refit, _, _), scores in zip(calls, found, strict=True):
        refit.scores.append(scores)
