"""Columns become numbers that a network reads: normal scores, labels, missingness.

Design notes. Like codes (`coding`), features depend only on the order of an ordered column's values
(unless a linear model is wanted): z = Phi^-1(mid-rank). MI is invariant under it, many laws become
Gaussian, and outliers vanish. But sums and products of columns are lost among ranks: `transform_both` puts the
same columns on their own scale beside their normal scores, robustly centred and scaled.
Each label has an indicator, rare ones are pooled as codes pool them; missing values have an
indicator, and z = 0. Ranks are unsupervised and use all rows of a fit; new rows are placed among
the values that the fit had.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skmine.data.coding import CategoryCoding, Coding, fit_coding, place_edges
from skmine.data.column import Column
from skmine.data.group import MOST_LABELS, ColumnGroup

Array = NDArray[np.float32]

#: Values of a column that are kept for new rows, beside those that many rows share. So many quantiles place the others
#: within 2e-4 ranks: of 8,000 rows, networks say the same of each within 2e-4 nats, and trees of all but those that
#: stand next to an edge (1e-3 on average).
MOST_VALUES = 4096

#: Standard deviations that a standardised value may be from its mean: float32 still tells 1e4 from 1e4 + .001.
FARTHEST = 1e4

#: Quartile range of the standard normal law.
QUARTILE_RANGE = 2 * float(special.ndtri(0.75))

#: Smallest variance by which an indicator is scaled, that of a label of 2 % of the rows: rarer labels would be
#: outliers of more than seven standard deviations.
SMALLEST_VARIANCE = 0.02

#: A normal score beyond all others, for missing values: the largest of 1e18 rows is below it.
MISSING_SCORE = 9.0


@dataclass(frozen=True)
class NormalScores:
    """Ordered values as normal scores.

    Attributes
    ----------
    values : ndarray of shape (v,)
        Distinct values of the fit, or quantiles among them, in order.
    below, up_to : ndarray of shape (v,)
        Rows of the fit below each of them, and up to it.
    centre, scale : float
        Median, and a normal column's standard deviation by the quartiles.
    has_missing : bool
    """

    values: NDArray[np.float64]
    below: NDArray[np.int64]
    up_to: NDArray[np.int64]
    centre: float
    scale: float
    has_missing: bool

    @classmethod
    def fit(cls, values: NDArray[Any], counts: NDArray[np.int64], has_missing: bool) -> "NormalScores":
        """Learn scores from distinct values in order, and how many rows hold each."""
        up_to = np.cumsum(counts)
        return cls(values, up_to - counts, up_to, *_find_scale(values, counts, up_to), has_missing)

    def forget_values(self) -> "NormalScores":
        """The same with `MOST_VALUES` quantiles, and the values that as many rows share as lie between two of these."""
        if len(self.values) <= MOST_VALUES:
            return self
        n = self.up_to[-1]
        quantiles = np.searchsorted(self.up_to, place_edges(MOST_VALUES) * n)
        shared = np.flatnonzero((self.up_to - self.below) * MOST_VALUES > n)
        kept = np.unique(np.concatenate([[0], quantiles, shared, [len(self.values) - 1]]))
        return replace(self, values=self.values[kept], below=self.below[kept], up_to=self.up_to[kept])

    def transform_scaled(self, column: Column) -> Array:
        """The values less their median, in quartile ranges; shape as `transform`."""
        return _scale_values(column, self.centre, self.scale, self.has_missing)

    def transform(self, column: Column) -> Array:
        """(n, 1), or (n, 2) with an indicator of what is missing."""
        n = max(int(self.up_to[-1]), 1)
        z = special.ndtri(np.clip(self._count_below(column.values) / n, 0.5 / n, 1 - 0.5 / n))
        z[column.missing] = 0.0
        out = [z, column.missing] if self.has_missing else [z]
        return np.stack(out, axis=1).astype(np.float32)

    def _count_below(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Rows of the fit below each value, and half of those that hold it; in between, along a straight line."""
        left, right = (np.searchsorted(self.values, values, side=side) for side in ("left", "right"))
        last = len(self.values) - 1
        found = (self.below[left.clip(max=last)] + self.up_to[(right - 1).clip(min=0)]) / 2
        found[right == 0], found[left > last] = 0, self.up_to[-1]
        gap = self.below[1:] > self.up_to[:-1]  # rows between two values that were forgotten
        inside = np.flatnonzero((left == right) & (left > 0) & (left <= last))
        inside = inside[gap[left[inside] - 1]]
        if len(inside):
            after = left[inside]
            start, stop = self.up_to[after - 1], self.below[after]
            found[inside] = start + (stop - start) * _divide_gap(
                self.values[after - 1], values[inside], self.values[after]
            )
        return found


def _divide_gap(low: NDArray[Any], values: NDArray[Any], high: NDArray[Any]) -> NDArray[np.float64]:
    """How far values are on their way from low to high, from 0 to 1."""
    if values.dtype.kind != "f":  # integers, or objects, whose differences may need more bits than a float has
        low, values, high = (side.astype(object) for side in (low, values, high))
        return ((values - low) / (high - low)).astype(np.float64)
    low, values, high = low / 2, values / 2, high / 2  # the largest floats differ by more than a float holds
    return np.asarray((values - low) / np.maximum(high - low, np.finfo(np.float64).tiny))


def _as_floats(values: NDArray[Any]) -> NDArray[np.float64]:
    """Values as floats; integers beyond all floats as the largest whose differences are floats, too."""
    try:
        return values.astype(np.float64)
    except OverflowError:
        most = int(np.finfo(np.float64).max) // 4
        return np.array([float(min(max(value, -most), most)) for value in values])


def _find_scale(values: NDArray[Any], counts: NDArray[np.int64], up_to: NDArray[np.int64]) -> tuple[float, float]:
    """Median of a column, and what a normal column's standard deviation is by its quartiles.

    By all values if half of them are equal.
    """
    values = _as_floats(values)
    places = np.array([0.25, 0.5, 0.75]) * up_to[-1]
    low, centre, high = values[np.searchsorted(up_to, places).clip(max=len(values) - 1)]
    if high > low:
        return float(centre), float(high - low) / QUARTILE_RANGE
    largest = float(np.abs(values - centre).max()) or 1.0
    weight = counts / max(up_to[-1], 1)
    return float(centre), largest * math.sqrt(float(weight @ ((values - centre) / largest) ** 2)) or 1.0


@dataclass(frozen=True)
class Indicators:
    """Labels as standardised indicators, one per label."""

    coding: Coding
    shares: NDArray[np.float64]

    def forget_values(self) -> "Indicators":
        """The same without labels that share an indicator."""
        return replace(self, coding=self.coding.forget_values())

    def transform(self, column: Column) -> Array:
        """(n, labels)."""
        seen = self.coding.encode(column)[:, None] == np.arange(self.coding.n_nodes)
        scale = np.sqrt(np.maximum(self.shares * (1 - self.shares), SMALLEST_VARIANCE))
        return ((seen - self.shares) / scale).astype(np.float32)


@dataclass(frozen=True)
class Standardised:
    """Ordered values less their mean, divided by their standard deviation, for models linear in the values.

    Values beyond `FARTHEST` standard deviations are clipped.
    """

    mean: float
    scale: float
    has_missing: bool

    def forget_values(self) -> "Standardised":
        """The same: no value is kept."""
        return self

    def transform(self, column: Column) -> Array:
        """(n, 1), or (n, 2) with an indicator of what is missing."""
        return _scale_values(column, self.mean, self.scale, self.has_missing)


def _scale_values(column: Column, centre: float, scale: float, has_missing: bool) -> Array:
    """Values less a centre in units of a scale, 0 where missing, and an indicator of that."""
    far = FARTHEST * scale
    z = np.where(column.missing, 0.0, np.clip(_as_floats(column.values) - centre, -far, far) / scale)
    out = [z, column.missing] if has_missing else [z]
    return np.stack(out, axis=1).astype(np.float32)


Feature = NormalScores | Standardised | Indicators


def fit_feature(column: Column, discrete: bool | None = None, *, linear: bool = False) -> Feature | None:
    """Learn how a column becomes numbers; None where it says nothing.

    Parameters
    ----------
    column : Column
    discrete : bool or None
        As in `coding.fit_coding`.
    linear : bool, default=False
        Whether ordered values are standardised rather than ranked.

    Raises
    ------
    ValueError
        If `discrete` is False and the column has categories.
    """
    coding = fit_coding(column, MOST_LABELS, discrete=discrete)
    if column.is_constant or coding.n_nodes == 1:
        return None
    if isinstance(coding, CategoryCoding):
        counts = np.bincount(coding.encode(column), minlength=coding.n_nodes)
        return Indicators(coding, counts / counts.sum())
    has_missing = bool(column.missing.any())
    if linear:
        present = column.values[~column.missing]
        largest = float(np.abs(present).max())  # squares of huge numbers would overflow
        return Standardised(float(present.mean()), largest * float((present / largest).std()) or 1.0, has_missing)
    values, counts = column.distinct
    return NormalScores.fit(values, counts, has_missing)


@dataclass(frozen=True)
class Span:
    """Where in a matrix of features a column stands, and the way back to one number per row."""

    first: int
    last: int
    labels: bool

    def __call__(self, z: Array) -> NDArray[np.float64]:
        """(n, 1): the normal score, or the number of the label."""
        mine = z[:, self.first : self.last]
        if self.labels:
            return mine.argmax(1)[:, None].astype(np.float64)
        if mine.shape[1] == 1:
            return mine.astype(np.float64)
        return np.where(mine[:, 1:] > 0, MISSING_SCORE, mine[:, :1]).astype(np.float64)


@dataclass(frozen=True)
class Features:
    """How the columns of a group become one matrix."""

    of_columns: tuple[Feature | None, ...]

    def forget_values(self) -> "Features":
        """The same for new rows, by quantiles and frequent labels of the fit's values."""
        return Features(tuple(f and f.forget_values() for f in self.of_columns))

    def transform(self, columns: Sequence[Column]) -> Array:
        """Normal scores and indicators of all columns that vary, (n, p) float32."""
        n = len(columns[0].values)
        matrices = [f.transform(c) for f, c in zip(self.of_columns, columns, strict=True) if f is not None]
        return np.concatenate([np.empty((n, 0), np.float32), *matrices], axis=1)

    def transform_both(self, columns: Sequence[Column]) -> Array:
        """What `transform` gives, and beside it the same columns on their own scale, (n, 2p) float32."""
        scaled = [
            f.transform_scaled(c) if isinstance(f, NormalScores) else f.transform(c)
            for f, c in zip(self.of_columns, columns, strict=True)
            if f is not None
        ]
        return np.concatenate([self.transform(columns), *scaled], axis=1)

    def spans(self) -> tuple[Span, ...]:
        """Where in the matrix each column that varies stands."""
        out: list[Span] = []
        first = 0
        for feature in self.of_columns:
            if feature is None:
                continue
            labels = isinstance(feature, Indicators)
            width = feature.coding.n_nodes if isinstance(feature, Indicators) else 1 + feature.has_missing
            out.append(Span(first, first + width, labels))
            first += width
        return tuple(out)


def fit_features(group: ColumnGroup, *, linear: bool = False) -> Features:
    """Learn how the columns of a group become numbers, from all of their rows."""
    return Features(tuple(fit_feature(c, f, linear=linear) for c, f in zip(group.columns, group.flags, strict=True)))
