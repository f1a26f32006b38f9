"""Critics of a set of entries and of nothing else, which a masked network's word is checked by.

Design notes. Training is a matter of luck: two sets are compared on the same held-out rows, fold by fold,
until the difference is sure either way.
"""

import math
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from skmine.estimation.critics.masked import Entries
from skmine.estimation.fitting import Recipe, fit_critic
from skmine.estimation.scoring import Nodes, Rows, Tables
from skmine.selection.joint.elimination import mean_and_error

#: A gain (nats) below the first, or below the second times its standard error, is looked at again.
SMALL_GAIN, UNSURE = 0.05, 6.0
#: Standard errors that a gain must be above 0 for its entry to stay: one in a hundred by chance.
SURE = 2.33
#: Standard errors below which a gain on some folds is given up.
HOPELESS = 0.5
#: Share of an entry's variance that others leave, below which it is looked at again as well.
ECHO = 0.5


class Trains(Protocol):
    """What refits read of a search."""

    entries: Entries
    nodes: Nodes
    target: NDArray[np.float32]
    groups: NDArray[np.int64] | None
    recipe: Recipe
    device: torch.device

    def next_seed(self) -> np.random.SeedSequence: ...


def echoes(entries: Entries, rows: Rows) -> set[int]:
    """Entries that the others tell by a straight line."""
    X = entries.matrix[rows] - entries.matrix[rows].mean(0)
    out = set()
    for i in range(len(entries)):
        own, others = X[:, entries.owner == i], X[:, entries.owner != i]
        left = own - others @ np.linalg.lstsq(others, own)[0]
        if np.square(left).sum() < ECHO * np.square(own).sum():
            out.add(i)
    return out


def gain_to_stay(se: float) -> float:
    """The gain that an entry has to show, of a given standard error, to stay."""
    return min(SURE * se, max(SMALL_GAIN, se))


class Refit:
    """Critics of the entries that stand and of nothing else, a fold each, trained when they are asked for."""

    def __init__(self, search: Trains, standing: list[int], parts: list[tuple[Rows, Rows]]) -> None:
        self.search, self.standing, self.parts = search, standing, parts
        self.scores: list[NDArray[np.float64]] = []

    def fold(self, number: int) -> NDArray[np.float64]:
        """What the held-out rows of a fold say, (rows,)."""
        search = self.search
        while len(self.scores) <= number:
            fit, held_out = self.parts[len(self.scores)]
            if self.standing:
                entries = search.entries.only(self.standing)
                tables = Tables(entries.matrix, search.target, (entries.parts, ()), search.nodes)
                critic = fit_critic(tables, fit, search.recipe, search.next_seed(), search.device, search.groups)
                self.scores.append(critic.score(tables, held_out).pointwise.double().numpy())
            else:
                self.scores.append(np.zeros(len(held_out)))
        return self.scores[number]

    def gain_over(self, other: "Refit") -> tuple[float, float]:
        """Mean difference and its standard error, on as many folds as it takes to be sure either way.

        Training is a matter of luck, too: the error is no smaller than the spread of the folds says.
        """
        differences: list[NDArray[np.float64]] = []
        for number in range(len(self.parts)):
            differences.append(self.fold(number) - other.fold(number))
            rows = np.concatenate([held_out for _, held_out in self.parts[: number + 1]])
            gain, se = mean_and_error(np.concatenate(differences), self.search.groups, rows)
            if number:
                se = max(se, float(np.std([d.mean() for d in differences], ddof=1)) / math.sqrt(number + 1))
            if gain < HOPELESS * se or gain > max(UNSURE * se, SMALL_GAIN):
                break
        return gain, se

    def surely_better(self, other: "Refit") -> bool:
        """Whether losses that are small one by one have become one that is not."""
        gain, se = self.gain_over(other)
        return gain >= SURE * se

    def mean(self) -> tuple[float, float]:
        n = len(self.scores)
        rows = np.concatenate([held_out for _, held_out in self.parts[:n]])
        return mean_and_error(np.concatenate(self.scores), self.search.groups, rows)
