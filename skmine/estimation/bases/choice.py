"""Choosing one base among many on validation rows: the simplest that is about as good as the best."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor

from skmine.estimation.bases.sums import Base

#: Standard errors of the difference from the best base within which a simpler one is taken: with none, the best of
#: dozens is often so by luck where there are few rows.
SIMPLER_WITHIN = 0.5

#: Validation rows that choices are made on, all pairs of them at once: time.
ROWS_OF_CHOICE = 600


def is_better(gain: Tensor) -> bool:
    """Whether paired gains of rows (v,) are more than validation rows can hardly tell from none."""
    return float(gain.mean()) > SIMPLER_WITHIN * float(gain.std()) / math.sqrt(len(gain))


class Choice:
    """Bases in the order in which they are added, the simpler ones first, and their validation scores.

    Parameters
    ----------
    score : callable(base) -> Tensor of shape (v,)
        The score of each validation row.
    bases : sequence of Base
        The first ones.
    """

    def __init__(self, score: Callable[[Base], Tensor], bases: Sequence[Base] = ()) -> None:
        self._score = score
        self._bases: list[Base] = []
        self._scores: list[Tensor] = []
        self.add(*bases)

    def add(self, *bases: Base) -> float:
        """Score more bases; the last one's score."""
        for base in bases:
            self._bases.append(base)
            self._scores.append(self._score(base))
        return float(self._scores[-1].mean()) if self._scores else -math.inf

    def take(self) -> Base:
        """The first base that the best one is not surely better than."""
        best = max(self._scores, key=lambda scores: float(scores.mean()))
        for base, scores in zip(self._bases, self._scores, strict=True):
            if not is_better(best - scores):
                return base
        return self._bases[-1]
