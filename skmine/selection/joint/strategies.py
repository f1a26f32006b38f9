"""How a search goes on with many rows, and with few.

Design notes. With fewer than `FEW_ROWS` rows, new networks differ more by chance than by what they know, and
redundant columns help to average noise. There every round holds out all parts in turn; shadows judge only
candidates that are not clearly related to the target; and instead of a confirmation by new networks, masked
networks of what remains drop candidates as long as the held-out score rises.
"""

from abc import ABC, abstractmethod

from skmine.selection.joint.confirm import Confirmation, Gains, confirm, measure_gains
from skmine.selection.joint.problem import Problem, Split
from skmine.selection.joint.rounds import N_PARTS, Round, run_round
from skmine.selection.joint.screen import find_related

#: Rows of a search below which there are few. At fewer than a thousand, real tables of some hundred rows lost .075 of
#: their score when networks were trained again to compare sets.
FEW_ROWS = 1000


class Strategy(ABC):
    """What a search does at the points where the number of rows matters."""

    #: Whether the networks of rounds also measure what the kept candidates add.
    measures_kept_by_rounds: bool

    @abstractmethod
    def choose_splits(self, splits: list[Split], number: int) -> list[Split]:
        """The splits that a round holds out, by its number."""

    @abstractmethod
    def protect(self, problem: Problem) -> frozenset[int]:
        """Candidates that shadows do not judge."""

    @abstractmethod
    def settle(self, problem: Problem, remaining: list[int]) -> tuple[Confirmation, list[Round]]:
        """Which of the candidates that survived all shadows stay; and rounds that decided it."""

    @abstractmethod
    def measure_kept(self, problem: Problem, remaining: list[int]) -> Gains:
        """What each of a given number of candidates adds, where rounds do not measure it."""


class ManyRows(Strategy):
    """Each round holds out one part; a confirmation by new networks decides."""

    measures_kept_by_rounds = False

    def choose_splits(self, splits: list[Split], number: int) -> list[Split]:
        """One part, in turn."""
        return [splits[number % N_PARTS]]

    def protect(self, problem: Problem) -> frozenset[int]:
        """Those that are never dropped."""
        return problem.protected

    def settle(self, problem: Problem, remaining: list[int]) -> tuple[Confirmation, list[Round]]:
        """Confirm each of them."""
        return confirm(problem, remaining), []

    def measure_kept(self, problem: Problem, remaining: list[int]) -> Gains:
        """By networks that sometimes lack one."""
        return measure_gains(problem, remaining, problem.draw_splits(problem.n_folds))


class FewRows(Strategy):
    """Each round holds out every part; dropping goes on as long as the held-out score rises."""

    measures_kept_by_rounds = True

    def choose_splits(self, splits: list[Split], number: int) -> list[Split]:
        """All parts."""
        return splits

    def protect(self, problem: Problem) -> frozenset[int]:
        """Those that are related to the target, too."""
        return problem.protected | set(find_related(problem.table, problem.nodes, problem.rows))

    def settle(self, problem: Problem, remaining: list[int]) -> tuple[Confirmation, list[Round]]:
        """Drop as long as the held-out score rises."""
        if not remaining:
            return Confirmation(remaining), []
        splits = problem.draw_splits(N_PARTS)
        one = run_round(problem, remaining, splits, n_shadows=0, least=0, while_better=True)
        return Confirmation(one.remaining), [one]

    def measure_kept(self, problem: Problem, remaining: list[int]) -> Gains:
        """Rounds measure it."""
        return {}


def choose_strategy(problem: Problem) -> Strategy:
    """The strategy for the rows of a problem."""
    return FewRows() if len(problem.rows) < FEW_ROWS else ManyRows()
