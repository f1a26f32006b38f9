"""What a kind of critic is: what it accepts, how it is fitted, and what it says of new rows."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.group import ColumnGroup
from skmine.estimation.evidence import Evidence
from skmine.estimation.plan import Plan
from skmine.estimation.setting import Setting

#: Columns of training curves and their types.
CURVES = {"fold": int, "step": int, "objective": float, "validation": float}

#: P-value below which the data speak against independence plainly enough to explain an estimate around 0.
SURELY_DEPENDENT = 0.01


@dataclass(frozen=True)
class Estimate:
    """What is known of a pair of column groups, in nats.

    Attributes
    ----------
    critic : str
        The kind of critic.
    mi : float
        The estimate.
    evidence : Evidence
    projection : ndarray of shape (n,)
        Hajek projections, whose spread is the standard error; NaN for rows that were not tested.
    notes : tuple of str
        Caveats, one sentence each.
    unseen, promise, reach : float
        As `inference.compute_interval` takes them.
    """

    critic: str
    mi: float
    evidence: Evidence
    projection: NDArray[np.float64]
    notes: tuple[str, ...] = ()
    unseen: float = 0.0
    promise: float = 0.0
    reach: float = 0.0

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.projection)

    def note_disagreement(self) -> "Estimate":
        """The same with a sentence where the p-value sees what the estimate does not."""
        if self.evidence.pvalue >= SURELY_DEPENDENT or self.mi - 2 * self.evidence.se > 0:
            return self
        sentence = (
            f"The p-value of {self.evidence.pvalue:.1g} says that there is a relation, and the estimate of "
            f"{self.mi:.3f} nats that it is too weak to measure with {self.n} rows: both are right, "
            f"as a test needs fewer rows."
        )
        return replace(self, notes=(*self.notes, sentence))

    def cap(self, most: float) -> "Estimate":
        """The same with no more nats than a discrete side's entropy."""
        evidence = self.evidence.cap(most)
        evidence = replace(evidence, held_out=float(evidence.held_out), training=float(evidence.training))
        return replace(
            self, mi=min(self.mi, most), evidence=evidence, promise=min(self.promise, max(most - self.mi, 0.0))
        )


class Critic(ABC):
    """A kind of critic, fitted: the mean of its folds' critics.

    A kind is a class with a `name`, listed in `critics.CRITICS`.
    """

    #: What users call it.
    name: ClassVar[str]
    #: What it needs, as errors say it.
    needs: ClassVar[str]

    @classmethod
    @abstractmethod
    def accepts(cls, x: ColumnGroup, y: ColumnGroup) -> bool:
        """Whether it can score these groups: their numbers of columns, and their kinds if that matters."""

    @classmethod
    @abstractmethod
    def fit(cls, x: ColumnGroup, y: ColumnGroup, setting: Setting) -> "Fit":
        """Cross-fit critics of two groups whose columns all vary."""

    @abstractmethod
    def pointwise(self, x: ColumnGroup, y: ColumnGroup) -> NDArray[np.float64]:
        """Pointwise MI of every row in nats, (n,); normalised over the rows given."""

    @abstractmethod
    def forget_rows(self) -> "Critic":
        """The same for new rows, by quantiles of the fit's values and its frequent labels."""

    @classmethod
    def measure_pooled(cls, x: ColumnGroup, y: ColumnGroup) -> list[float]:
        """Fraction of the rows whose label shares a number with others, of each column of both groups."""
        return [*x.measure_pooled(), *y.measure_pooled()]

    @classmethod
    def find_successor(cls, found: Estimate, x: ColumnGroup, y: ColumnGroup, plan: Plan) -> str | None:
        """The kind to go on to, where two groups share more than this kind can hold."""
        return None


@dataclass(frozen=True)
class Fit:
    """An estimate, the critic behind it, and how that was trained.

    Attributes
    ----------
    estimate : Estimate
    critic : Critic
    history : DataFrame
        Training curves; empty for a critic that is not trained.
    n_iter : list of int
        The step chosen for each fold.
    is_cut : bool
        Whether training ended while validation scores still rose.
    """

    estimate: Estimate
    critic: Critic
    n_iter: list[int]
    history: pd.DataFrame = field(default_factory=lambda: make_curves([]))
    is_cut: bool = False


def make_curves(curves: list[list[dict[str, float]]]) -> pd.DataFrame:
    """Training curves of the folds as one frame."""
    rows = [{"fold": fold, **point} for fold, curve in enumerate(curves) for point in curve]
    return pd.DataFrame(rows, columns=list(CURVES)).astype(CURVES)
