"""What fitting a critic costs: from held-out scores to estimates, and what intervals take in beside.

Design notes. Two signs show the cost of fitting: the gap between the scores of rows that a critic saw and of rows that
it did not see, and how held-out scores grow with the rows that critics are trained on. What no critic found shows in
neither: there the lower bound holds, and the estimate is too low.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class DebiasWeights:
    """What `correct_bias` adds to a held-out score.

    Attributes
    ----------
    at_null : float
        Share of the gap between training and held-out score that is added at independence.
    under_dependence : float
        The share that is added on top of it under strong dependence.
    halfway : float
        The score, in units of the gap, at which half of the second share is added.
    coding : float
        Logarithm of the factor of the coding loss where all rows say the same.
    coding_by_spread : float
        What is added to it for each nat of standard deviation of what rows say.
    coding_by_rows : float
        What is added to it where there are e times as many as `ROWS_PER_NODE` rows for each node.
    """

    at_null: float
    under_dependence: float
    halfway: float
    coding: float = -np.inf
    coding_by_spread: float = 0.0
    coding_by_rows: float = 0.0


#: Of the grid critic. On the laws of `python -m pretraining.debias` their errors are within 3 % of those of the numbers
#: that it prints, whose larger shares make up for fast waves, which no grid resolves, and read other laws too high.
GRID_WEIGHTS = DebiasWeights(
    at_null=0.162, under_dependence=0.283, halfway=0.127, coding=2.5, coding_by_spread=-1.0, coding_by_rows=-0.345
)

#: Of critics that are trained: half of the gap where the dependence is plain (Akaike's two halves), none at
#: independence, where validation has already stopped training. Half of the way at a tenth of the gap: arbitrary.
TRAINED_WEIGHTS = DebiasWeights(at_null=0.0, under_dependence=0.5, halfway=0.1)

#: Nats of standard deviation of what rows say that count at most: of normal noise they are one.
MOST_SPREAD = 1.5

#: Rows for each node of a grid at which the factor of the coding loss depends on the spread alone, and the fewest that
#: count: below, the finer grid gains from noise as well. Found on 27 shapes beside the laws that weights are fitted on,
#: of up to 10,000 rows: the most that count are those that shapes of 100,000 have, as the trend ends somewhere.
ROWS_PER_NODE = 10.0
FEWEST_PER_NODE = 6.0
MOST_PER_NODE = 300.0

#: Standard errors at which a trend is believed by half; found, as the next four, on 60 tasks beside the public ones.
NOISE_OF_TREND = 2.0

#: A trend is believed up to so many times the correction by the gap, and so many nats beside.
MOST_OF_TREND = 1.1
MOST_BESIDE_GAP = 0.03

#: Held-out score in nats at which half of the nats beside are believed: none at independence, where a smaller critic
#: that fitted noise would seem to promise something.
TREND_HALFWAY = 0.01

#: The same nats where models predict out of their folds: their training scores are as honest, and no gap shows.
MOST_BESIDE_NO_GAP = 0.06

#: The same of what an interval's upper end takes in.
MOST_PROMISE = 3.0
MOST_PROMISE_BESIDE = 0.1

#: How much of what the second half of the partners brought infinitely many more would: as much where the loss is
#: proportional to one over the partners, twice that where tails are heavy.
PARTNERS_PROMISE = 2.0

#: The same of what an estimate takes in: between the two laws.
PARTNERS_MISSED = 1.5

#: Nats that estimates of the best critics were off beyond their standard errors, and the estimate at which half of it
#: is reckoned with.
UNSEEN = 0.01
UNSEEN_HALFWAY = 0.1


def correct_bias(
    held_out: ArrayLike, training: ArrayLike, coding_loss: ArrayLike = 0.0, weights: DebiasWeights = GRID_WEIGHTS
) -> NDArray[np.float64]:
    """The estimate in nats: the held-out score, plus what fitting and coding cost it.

    *Fitting.* A held-out score sits below MI and the score on the critic's own rows above it. Were
    the critic a fitted parametric one, by equal amounts, and their midpoint would be free of the
    bias to first order (the two halves of Akaike's optimism). The grid critic shrinks what it cannot
    tell from noise: with a shrinkage of d, held-out rows lose d^2 / 2 where training rows gain
    d - d^2 / 2, so the held-out score needs d / 2 of the gap only. As in a Wiener filter, d is near
    score / (score + gap): none under independence, one where the dependence is plain.

    Parameters
    ----------
    held_out, training : array-like of shape (d,)
    coding_loss : array-like of shape (d,), default=0
        What coding costs, as `weigh_coding_loss` returns it; 0 for one grid, or for discrete columns.
    weights : DebiasWeights, default=GRID_WEIGHTS
    """
    held_out = np.asarray(held_out, float)
    gap = np.maximum(np.asarray(training, float) - held_out, 0.0)
    signal = np.maximum(held_out, 0.0)
    filtered = signal / np.maximum(signal + weights.halfway * gap, 1e-12)
    share = weights.at_null + weights.under_dependence * filtered
    return held_out + share * gap + np.asarray(coding_loss)


@dataclass(frozen=True)
class Trend:
    """How held-out scores grow with the rows that critics are trained on.

    Attributes
    ----------
    gain : float
        Nats that infinitely many rows would add, were the cost of fitting proportional to one over the rows. Half of
        the rows then cost twice as much, so it is what the second half brought.
    se : float
        Its standard error, from the paired differences of the rows scored.
    of_partners : float
        Nats that as many partners again brought each row scored: a row whose sides are rarer together than one in as
        many rows as there are cannot show it.
    of_models : float
        Share of the critics that start from models which predict rows of the fit out of their folds.
    """

    gain: float = 0.0
    se: float = 0.0
    of_partners: float = 0.0
    of_models: float = 0.0

    @property
    def believed(self) -> float:
        """The gain, shrunk where it is not surely positive."""
        gain = max(self.gain, 0.0)
        return gain**3 / max(gain**2 + (NOISE_OF_TREND * self.se) ** 2, 1e-300)

    @property
    def highest(self) -> float:
        """A gain that may well be: twice that of models, for what trees lose at edges falls more slowly.

        Where it falls like rows to the power -.6, what is left is 1.9 times what the second half brought.
        """
        return max(self.gain + self.se, 0.0) * (1 + self.of_models)


def correct_trained(held_out: float, training: float, trend: Trend) -> float:
    """The estimate of trained critics in nats: the held-out score, and what fitting cost it by the gap or by the trend.

    Half of the gap to the training score is right where the critic is a fitted parametric one. Where a critic learns
    edges or clusters, more rows promise more than that; the trend is believed up to a tenth more and a little, and
    where training scores are of models that predict out of their folds, up to somewhat more. Where
    tails are heavy, a critic without a fault still loses by the partners, which are finitely many.
    """
    by_gap = float(correct_bias(held_out, training, weights=TRAINED_WEIGHTS)) - held_out
    signal = max(held_out, 0.0)
    beside = MOST_BESIDE_GAP + trend.of_models * (MOST_BESIDE_NO_GAP - MOST_BESIDE_GAP)
    beside *= signal / (signal + TREND_HALFWAY)
    by_trend = min(trend.believed, MOST_OF_TREND * by_gap + beside)
    return held_out + max(by_gap, by_trend, PARTNERS_MISSED * trend.of_partners)


def compute_promise(mi: float, held_out: float, trend: Trend) -> float:
    """Nats beyond an estimate that the trend promises; they belong into the upper end of its interval."""
    correction = mi - held_out
    of_rows = max(min(trend.highest, MOST_PROMISE * correction + MOST_PROMISE_BESIDE) - correction, 0.0)
    return of_rows + PARTNERS_PROMISE * max(trend.of_partners, 0.0)


def compute_hidden(mi: float, inflation: float) -> float:
    """Nats that noise hides which is not the columns' own: as of normal columns whose variances it inflates."""
    squared = -np.expm1(-2 * max(mi, 0.0))
    without = min(squared * inflation, 1 - (1 - squared) / inflation)
    return float(np.log1p(-squared) - np.log1p(-without)) / 2


def compute_unseen(mi: float) -> float:
    """Standard error in nats of what neither gap nor trend shows; none at independence."""
    signal = max(mi, 0.0)
    return UNSEEN * signal / (signal + UNSEEN_HALFWAY)


def extrapolate_coding_loss(coarse: ArrayLike, fine: ArrayLike, n_coarse: int, n_fine: int) -> NDArray[np.float64]:
    """What the finer of two grids still loses, in nats, if the loss is proportional to 1 / G^2, as of smooth laws.

    With I - s = c / G^2 on both, I - s_fine = (s_fine - s_coarse) / ((G_fine / G_coarse)^2 - 1): Richardson's
    extrapolation. A finer grid that scores lower has reached the noise: no loss is left.
    """
    gain = np.maximum(np.asarray(fine, float) - np.asarray(coarse, float), 0.0)
    return gain / ((n_fine / n_coarse) ** 2 - 1)


def weigh_coding_loss(
    loss: ArrayLike, spread: ArrayLike, rows_per_node: ArrayLike, weights: DebiasWeights = GRID_WEIGHTS
) -> NDArray[np.float64]:
    """What coding costs in nats, from what it would cost a smooth law that is read without a blur.

    The network blurs, the more the fewer rows each node has. At edges the loss falls with 1 / G only, and three times
    as much is left. What rows say tells the two apart: behind edges, such as those of uniform noise, nearly all say the
    same, while under normal noise it varies by a nat.

    Parameters
    ----------
    loss : array-like of shape (d,)
        As `extrapolate_coding_loss` returns it.
    spread : array-like of shape (d,)
        Standard deviation of what single rows say, in nats.
    rows_per_node : array-like of shape (d,)
    weights : DebiasWeights, default=GRID_WEIGHTS
    """
    of_spread = weights.coding_by_spread * np.minimum(np.asarray(spread, float), MOST_SPREAD)
    rows = np.clip(np.asarray(rows_per_node, float), FEWEST_PER_NODE, MOST_PER_NODE)
    of_rows = weights.coding_by_rows * np.log(rows / ROWS_PER_NODE)
    return np.asarray(np.exp(weights.coding + of_spread + of_rows) * np.asarray(loss))
