"""Mutual information of counts themselves, where they are full enough to say it without a critic.

Design notes. From some hundred thousand rows on, what a critic loses by its blur is more than chance, and no sign of it
shows in its scores. Entropies of the counts are then nearly free of bias, by Grassberger's estimator, whose bias of a
cell with m expected rows falls like exp(-2 m).

Grassberger (2003), "Entropy estimates from insufficient samplings", arXiv physics/0307138, eq. 30.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from skmine.estimation.evidence import Evidence

Array = NDArray[np.float64]

#: Rows for each cell that is occupied. Of a million rows of 27 shapes at 27 rows estimates are .0005 too high, at 7
#: .003, of shapes that leave nearly no cell empty.
ROWS_PER_CELL = 25

#: Nats by which entropies are too low for each share of rows that are alone in their cells, which is the probability of
#: the cells that are empty by chance (Good 1953, "The population frequencies of species", Biometrika 40); and the share
#: of it that is doubt. Of a fifth under independence to four fifths of strong links, at 30 to 100 rows for each cell.
UNSEEN = 0.5
DOUBT = 0.02

#: Standard errors of the held-out score that the cells' noise may be at most, or its share of the score: of weaker
#: links critics lose less, of strong ones a few thousandths.
MOST_NOISE = 0.2
MOST_OF_SCORE = 0.001

#: What each doubling of nodes brings of what the one before it brought: of smooth laws, and at most. Half, as of edges,
#: reads fewer than a million rows of other laws too high.
OF_SMOOTH = 0.25
MOST_OF_GAIN = 0.4


@dataclass(frozen=True)
class PlugIn:
    """What counts of d pairs on one grid say by themselves; NaN where they are not full.

    Attributes
    ----------
    mi : ndarray of shape (d,)
        Nats.
    noise : ndarray of shape (d,)
        Standard error of what the cells add to that of the rows, nats; or the doubt about those cells that are still
        empty, if this is more.
    """

    mi: Array
    noise: Array

    @classmethod
    def none(cls, d: int) -> "PlugIn":
        """Of d pairs that are not full."""
        return cls(np.full(d, np.nan), np.full(d, np.nan))

    @classmethod
    def of_counts(cls, counts: Array) -> "PlugIn":
        """Of counts (d, G, H)."""
        out = cls.none(len(counts))
        for j, table in enumerate(counts):
            n, n_cells = table.sum(), np.count_nonzero(table)
            if n >= ROWS_PER_CELL * n_cells:
                joint = compute_entropy(table.ravel())
                alone = np.count_nonzero(table == 1) / n
                out.mi[j] = compute_entropy(table.sum(0)) + compute_entropy(table.sum(1)) - joint - UNSEEN * alone
                out.noise[j] = max(np.sqrt(n_cells / 2) / n, DOUBT * alone)
        return out

    def is_sure(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Where noise is little beside the held-out score and its error, (d,)."""
        most = np.maximum(MOST_NOISE * evidence.se, MOST_OF_SCORE * evidence.held_out)
        return np.asarray(self.noise <= most)

    def at(self, places: NDArray[np.int64]) -> "PlugIn":
        """Of some pairs."""
        return PlugIn(self.mi[places], self.noise[places])

    def put(self, places: NDArray[np.int64], other: "PlugIn") -> "PlugIn":
        """With what counts of some pairs say."""
        out = PlugIn(self.mi.copy(), self.noise.copy())
        out.mi[places], out.noise[places] = other.mi, other.noise
        return out


def extrapolate(found: Sequence[PlugIn], complete: NDArray[np.bool_]) -> Array:
    """Estimates of ever finer grids in nats, from grids of twice the nodes each, (d,); NaN where two are not full.

    What is left after the finest grid goes on like a geometric series: each doubling of smooth laws brings a quarter of
    the one before it, of laws with edges a half. Three grids show which.

    Parameters
    ----------
    found : sequence of PlugIn
        From coarse to fine, two or more.
    complete : ndarray of shape (d,)
        Pairs of which every value has a node, which lose nothing.
    """
    gain = np.maximum(found[-1].mi - found[-2].mi, 0.0)
    ratio = np.full(len(gain), OF_SMOOTH)
    if len(found) > 2:
        before = np.maximum(found[-2].mi - found[-3].mi, 1e-12)
        ratio = np.where(np.isnan(before), ratio, np.clip(gain / before, OF_SMOOTH, MOST_OF_GAIN))
    return found[-1].mi + np.where(complete & ~np.isnan(gain), 0.0, gain * ratio / (1 - ratio))


def compute_entropy(counts: Array) -> float:
    """Grassberger's estimate of the entropy in nats of counts (k,)."""
    present = counts[counts > 0]
    values, times = np.unique(present, return_counts=True)
    half = (digamma((values + 1) / 2) - digamma(values / 2)) / 2
    expected = digamma(values) + np.where(values % 2 == 0, half, -half)
    n = present.sum()
    return float(np.log(n) - (times * values * expected).sum() / n)
