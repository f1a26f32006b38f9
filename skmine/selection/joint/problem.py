"""What a search is about, and what its networks are trained with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skmine.core.devices import one_thread
from skmine.estimation.critics.masked import MaskedTable
from skmine.estimation.folds import make_folds
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Recipe, Rows

#: Rows to fit on and rows held out.
Split = tuple[Rows, Rows]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What sets of candidates are compared by.

    Attributes
    ----------
    table : MaskedTable
        The candidates.
    nodes : Nodes
        The coded target.
    groups : ndarray of shape (n,) or None
        The group of every row.
    protected : frozenset of int
        Candidates that are never dropped.
    tolerance : float
        Share of the information that the chosen set may lack.
    n_jobs : int or None
        Workers, one network or model each. The numbers do not depend on it.
    """

    table: MaskedTable
    nodes: Nodes
    groups: NDArray[np.int64] | None
    protected: frozenset[int]
    tolerance: float
    n_jobs: int | None = None

    def train(self, function: Callable[..., Any], calls: Iterable[tuple[Any, ...]]) -> list[Any]:
        """What a function returns for each tuple of arguments; its calls share the workers."""
        return list(Parallel(n_jobs=self.n_jobs)(delayed(_run_on_one_thread)(function, call) for call in calls))


@dataclass(frozen=True, kw_only=True)
class Problem(Comparison):
    """What a search is about; no step of it changes anything here, except that seeds are drawn in turn.

    Attributes
    ----------
    rows : ndarray
        Index of the rows that may be looked at.
    recipe : Recipe
    seeds : SeedSequence
    device : torch.device
    n_folds : int
        Folds of columns that are scored by themselves.
    """

    rows: Rows
    recipe: Recipe
    seeds: np.random.SeedSequence
    device: torch.device
    n_folds: int

    def draw_seed(self) -> np.random.SeedSequence:
        """The next seed."""
        return self.seeds.spawn(1)[0]

    def draw_splits(self, n_parts: int) -> list[Split]:
        """Rows to fit on and rows held out, in turn; groups stay whole.

        Both are in random order: the first of them stand for all, in a table that is sorted, too.
        """
        groups = None if self.groups is None else self.groups[self.rows]
        state = np.random.RandomState(self.draw_seed().generate_state(4))
        folds = make_folds(n_parts, len(self.rows), groups=groups, random_state=state)
        return [(state.permutation(self.rows[fold.train]), state.permutation(self.rows[fold.test])) for fold in folds]


def _run_on_one_thread(function: Callable[..., Any], call: tuple[Any, ...]) -> Any:
    """Runs in a worker."""
    with one_thread():
        return function(*call)
