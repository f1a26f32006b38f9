"""What a user holds of an information plane: a table of points, and what every row adds to them.

Design notes. All points have the same rows, folds and draws of noise, so that errors of differences between points are
paired: what two epochs have in common cancels.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.estimation.conditional import compute_paired_error
from skmine.estimation.critic import Estimate
from skmine.estimation.inference import compute_sum_variance
from skmine.estimation.plan import Plan
from skmine.functions.layers import Place
from skmine.functions.units import Unit, check_unit, convert, convert_frame

#: Columns of a plane's table.
AMOUNTS = ("i_xt_lower", "i_xt_upper", "i_xt_se", "i_ty", "i_ty_se")

#: Why there is no I(X; T).
WITHOUT_NOISE = (
    "I(X; T) is not reported: without noise it is infinite for continuous inputs, and an estimate of it shows the "
    "estimator; pass noise= if it is known."
)

#: Columns of a comparison.
CHANGES = ("i_xt", "i_xt_se", "i_ty", "i_ty_se")


@dataclass(frozen=True)
class Terms:
    """What the rows add to a point's numbers, in nats.

    Attributes
    ----------
    lower, upper : ndarray of shape (n,)
        Of the bounds of I(X; T); NaN without noise.
    target : Estimate
        Of I(T; Y), with the projections of its rows.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    target: Estimate

    def summarize(self, plan: Plan) -> list[float]:
        """The numbers of `AMOUNTS`."""
        error = _compute_error(self.lower, plan)
        return [float(self.lower.mean()), float(self.upper.mean()), error, self.target.mi, self.target.evidence.se]

    def subtract(self, other: "Terms", plan: Plan) -> list[float]:
        """The numbers of `CHANGES`: this point less another."""
        lower = self.lower - other.lower
        error = compute_paired_error(self.target.projection - other.target.projection, plan)
        return [float(lower.mean()), _compute_error(lower, plan), self.target.mi - other.target.mi, error]


def _compute_error(rows: NDArray[np.float64], plan: Plan) -> float:
    """Standard error of the mean of all rows, groups moving together."""
    return float(np.sqrt(compute_sum_variance(rows, plan.groups))) / len(rows)


@dataclass(frozen=True, repr=False, eq=False)
class InformationPlane:
    """What layers say of their input X and of a target Y, by epoch.

    Attributes
    ----------
    table : DataFrame
        One row for each epoch and layer (its index), in nats unless `unit` says otherwise, with the columns
        ``i_xt_lower`` and ``i_xt_upper``, bounds of I(X; T), ``i_xt_se``, the lower one's standard error, ``i_ty``,
        I(T; Y), and ``i_ty_se``. Without known noise the first three are NaN.
    n : int
        Rows.
    entropy : float
        H(Y) of the rows, which I(T; Y) cannot exceed; infinite for numbers.
    unit : {"nats", "bits"}
        Of all amounts.
    """

    table: pd.DataFrame
    n: int
    entropy: float
    unit: Unit
    _terms: dict[Place, Terms]
    _plan: Plan

    @classmethod
    def read(cls, terms: dict[Place, Terms], plan: Plan, entropy: float) -> "InformationPlane":
        """Sum up the rows of every point, in nats."""
        index = pd.MultiIndex.from_tuples(list(terms), names=["epoch", "layer"])
        rows = [one.summarize(plan) for one in terms.values()]
        table = pd.DataFrame(rows, index=index, columns=list(AMOUNTS))
        n = len(next(iter(terms.values())).lower)
        return cls(convert_frame(table, AMOUNTS, "nats"), n, entropy, "nats", terms, plan)

    @property
    def has_noise(self) -> bool:
        """Whether noise is known, so that there are bounds of I(X; T)."""
        return not bool(self.table["i_xt_lower"].isna().all())

    @property
    def most(self) -> float:
        """The most that lower bounds of I(X; T) can show: the log of the number of rows."""
        return convert(float(np.log(self.n)), self.unit)

    def compare_epochs(self, first: Hashable, second: Hashable) -> pd.DataFrame:
        """What changed from one epoch to another, layer by layer, with paired errors.

        Parameters
        ----------
        first, second : hashable
            Epochs, as they were given.

        Returns
        -------
        DataFrame
            One row for each layer: ``i_xt`` and ``i_ty``, the numbers of the second epoch less those of the first
            (of the lower bounds of I(X; T)), with ``i_xt_se`` and ``i_ty_se``, standard errors of the differences of
            the same rows, noise and folds.

        Raises
        ------
        ValueError
            If there is no such epoch.
        """
        return self._compare("epoch", first, second)

    def compare_layers(self, first: Hashable, second: Hashable) -> pd.DataFrame:
        """What one layer says more than another, epoch by epoch, with paired errors.

        Parameters
        ----------
        first, second : hashable
            Layers, as they were given.

        Returns
        -------
        DataFrame
            One row for each epoch, as `compare_epochs`: the numbers of the second layer less those of the first.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        return self._compare("layer", first, second)

    def _compare(self, level: str, first: Hashable, second: Hashable) -> pd.DataFrame:
        known = list(self.table.index.unique(level))
        for name in (first, second):
            if name not in known:
                raise ValueError(f"{name!r} is no {level}; there are {', '.join(map(repr, known[:8]))}.")
        (other,) = {"epoch", "layer"} - {level}
        rows = self.table.index.unique(other)

        def find(row: Hashable, name: Hashable) -> Terms:
            return self._terms[(name, row) if level == "epoch" else (row, name)]

        changes = [find(row, second).subtract(find(row, first), self._plan) for row in rows]
        return convert_frame(pd.DataFrame(changes, index=rows, columns=list(CHANGES)), CHANGES, self.unit)

    def convert(self, unit: Unit) -> "InformationPlane":
        """The same in another unit.

        Parameters
        ----------
        unit : {"nats", "bits"}

        Returns
        -------
        InformationPlane

        Raises
        ------
        ValueError
            If it is no unit.
        """
        table = convert_frame(self.table, AMOUNTS, check_unit(unit))
        return replace(self, table=table, entropy=convert(self.entropy, unit, of=self.unit), unit=unit)

    def __repr__(self) -> str:
        epochs, layers = (len(self.table.index.unique(level)) for level in ("epoch", "layer"))
        return f"<InformationPlane: {epochs} epochs of {layers} layers, {self.n} rows, {self.unit}>"

    def _repr_html_(self) -> str:
        """The table, for notebooks, and why a part of it is missing."""
        table: str = self.table.round(4).to_html()
        return table if self.has_noise else f"{table}<p>{WITHOUT_NOISE}</p>"
