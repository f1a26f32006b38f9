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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skmine.data.coding import CategoryCoding, Coding, fit_coding
from skmine.data.column import Column
from skmine.data.group import MOST_LABELS, ColumnGroup

Array = NDArray[np.float32]

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
        Distinct values of the fit, in order.
    below : ndarray of shape (v + 1,)
        Rows of the fit below each of them, and all rows.
    has_missing : bool
    """

    values: NDArray[np.float64]
    below: NDArray[np.int64]
    has_missing: bool

    def transform_scaled(self, column: Column) -> Array:
        """The values less their median, in quartile ranges; shape as `transform`."""
        centre, scale = self._find_scale()
        return _scale_values(column, centre, scale, self.has_missing)

    def _find_scale(self) -> tuple[float, float]:
        """Median, and what a normal column's standard deviation is by its quartiles.

        By all values if half of them are equal.
        """
        places = np.array([0.25, 0.5, 0.75]) * self.below[-1]
        low, centre, high = self.values[np.searchsorted(self.below[1:], places).clip(max=len(self.values) - 1)]
        if high > low:
            return float(centre), float(high - low) / QUARTILE_RANGE
        largest = float(np.abs(self.values - centre).max()) or 1.0
        weight = np.diff(self.below) / max(self.below[-1], 1)
        return float(centre), largest * math.sqrt(float(weight @ ((self.values - centre) / largest) ** 2)) or 1.0

    def transform(self, column: Column) -> Array:
        """(n, 1), or (n, 2) with an indicator of what is missing."""
        left = np.searchsorted(self.values, column.values, side="left")
        right = np.searchsorted(self.values, column.values, side="right")
        n = max(int(self.below[-1]), 1)
        rank = (self.below[left] + self.below[right]) / (2 * n)
        z = special.ndtri(np.clip(rank, 0.5 / n, 1 - 0.5 / n))
        z[column.missing] = 0.0
        out = [z, column.missing] if self.has_missing else [z]
        return np.stack(out, axis=1).astype(np.float32)


@dataclass(frozen=True)
class Indicators:
    """Labels as standardised indicators, one per label."""

    coding: Coding
    shares: NDArray[np.float64]

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

    def transform(self, column: Column) -> Array:
        """(n, 1), or (n, 2) with an indicator of what is missing."""
        return _scale_values(column, self.mean, self.scale, self.has_missing)


def _scale_values(column: Column, centre: float, scale: float, has_missing: bool) -> Array:
    """Values less a centre in units of a scale, 0 where missing, and an indicator of that."""
    far = FARTHEST * scale
    z = np.where(column.missing, 0.0, np.clip(column.values - centre, -far, far) / scale)
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
    return NormalScores(values, np.concatenate([[0], np.cumsum(counts)]), has_missing)


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
