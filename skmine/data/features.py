"""Columns become numbers that a network reads: normal scores, labels, missingness.

Design notes. Like codes (`encoding`), features depend on the order of an ordered column's values
alone: z = Phi^-1(mid-rank). MI is invariant under it, many laws become Gaussian, and outliers vanish.
Labels are a column of indicators each, rare ones pooled as codes pool them; what is missing has an
indicator, and z = 0. Ranks are unsupervised and use all rows of a fit; new rows are placed among
the values that the fit had.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skmine.data.coding import CategoryCoding, Coding, Column, fit_codings

Array = NDArray[np.float32]

#: Most labels of a column that get an indicator of their own.
MOST_LABELS = 64


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
    """Labels as standardised indicators, a column each."""

    coding: Coding
    shares: NDArray[np.float64]

    def transform(self, column: Column) -> Array:
        """(n, labels)."""
        seen = self.coding.encode(column)[:, None] == np.arange(self.coding.n_nodes)
        # Rare labels would be outliers were they scaled to variance 1.
        scale = np.sqrt(np.maximum(self.shares * (1 - self.shares), 0.02))
        return ((seen - self.shares) / scale).astype(np.float32)


#: Standard deviations that a standardised value may be from its mean.
FARTHEST = 1e4


@dataclass(frozen=True)
class Standardised:
    """Ordered values less their mean, by their standard deviation: for what shall be linear in them.

    Beyond `FARTHEST` standard deviations all values are one.
    """

    mean: float
    scale: float
    has_missing: bool

    def transform(self, column: Column) -> Array:
        """(n, 1), or (n, 2) with an indicator of what is missing."""
        far = FARTHEST * self.scale
        z = np.where(column.missing, 0.0, np.clip(column.values - self.mean, -far, far) / self.scale)
        out = [z, column.missing] if self.has_missing else [z]
        return np.stack(out, axis=1).astype(np.float32)


Feature = NormalScores | Standardised | Indicators


def fit_feature(column: Column, discrete: bool | None = None, *, linear: bool = False) -> Feature | None:
    """How a column becomes numbers; None where it is constant.

    Parameters
    ----------
    column : Column
    discrete : bool or None
        As in `encoding.fit_codings`.
    linear : bool, default=False
        Whether ordered values are standardised rather than ranked.

    Raises
    ------
    ValueError
        If `discrete` is False and the column has categories that are not numbers.
    """
    coding = fit_codings(column, [MOST_LABELS], discrete=discrete)[0]
    if coding.kind == "constant" or coding.n_nodes == 1:
        return None
    if isinstance(coding, CategoryCoding):
        counts = np.bincount(coding.encode(column), minlength=coding.n_nodes)
        return Indicators(coding, counts / counts.sum())
    present, has_missing = column.values[~column.missing], bool(column.missing.any())
    if linear:
        largest = float(np.abs(present).max())  # squares of huge numbers would overflow
        return Standardised(float(present.mean()), largest * float((present / largest).std()) or 1.0, has_missing)
    values, counts = np.unique(present, return_counts=True)
    return NormalScores(values, np.concatenate([[0], np.cumsum(counts)]), has_missing)


#: A normal score beyond all others, for what is missing.
MISSING = 9.0


@dataclass(frozen=True)
class Part:
    """One column of a table within its matrix of features: back from there, one number a row."""

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
        return np.where(mine[:, 1:] > 0, MISSING, mine[:, :1]).astype(np.float64)


@dataclass(frozen=True)
class Features:
    """How the columns of a table become one matrix."""

    columns: tuple[Feature | None, ...]

    def transform(self, columns: Sequence[Column]) -> Array:
        """Normal scores and indicators of all columns that vary, (n, p) float32."""
        n = len(columns[0].values)
        parts = [f.transform(c) for f, c in zip(self.columns, columns, strict=True) if f is not None]
        return np.concatenate([np.empty((n, 0), np.float32), *parts], axis=1)

    def parts(self) -> tuple["Part", ...]:
        """Where in the matrix each column is that varies."""
        out: list[Part] = []
        first = 0
        for feature in self.columns:
            if feature is None:
                continue
            labels = isinstance(feature, Indicators)
            width = feature.coding.n_nodes if isinstance(feature, Indicators) else 1 + feature.has_missing
            out.append(Part(first, first + width, labels))
            first += width
        return tuple(out)


def fit_features(columns: Sequence[Column], flags: Sequence[bool | None], *, linear: bool = False) -> Features:
    """Learn how columns become numbers, from all of their rows."""
    return Features(tuple(fit_feature(c, f, linear=linear) for c, f in zip(columns, flags, strict=True)))
