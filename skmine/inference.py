"""From scores to statements: p-values, confidence bounds, false discoveries (numpy and scipy only).

Design notes. With a critic fixed, the sum of T over held-out rows has a known law under
permutations, so a p-value needs no refit. Cross-fitted folds are not independent under the null:
each critic was trained on the rows that score the others (their z-scores correlate by about .3,
and the plain sum puts 7 to 14 % of null p-values below .05). **One-way folds** are: the critic of
a fold comes from the folds before it only, the z-scores are a martingale, and their sum, weighted
by the root of the rows behind each critic, is standard normal up to the permutation law's
skewness, which Pearson's type III law carries into the tail.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: Share of the gap between training and held-out score: at independence, added under strong
#: dependence, and gaps a score must hold to be halfway. Fitted by `python -m pretraining.share`.
SHARE = (0.124, 0.585, 1.175)

#: A fold whose critic moves the statistic by less than this (nats, root variance a row) says nothing.
SILENT = 1e-6

FalseDiscovery = Literal["bh", "by"]


def combine_one_way(z: ArrayLike, skewness: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """One-sided p-values from the z-scores of one-way folds.

    Parameters
    ----------
    z, skewness : array-like of shape (k, ...)
        A fold's standardised statistic and the skewness of its permutation law. NaN: the fold's
        statistic cannot vary (a constant side, a critic that is constant); it is left out.
    weights : array-like of shape (k,)
        Weight of each fold, fixed before the fold was seen: the root of its critic's rows.

    Returns
    -------
    ndarray of shape (...)
        1 where every fold is left out.
    """
    z, skewness = np.asarray(z, float), np.asarray(skewness, float)
    weights = np.broadcast_to(np.reshape(weights, (-1,) + (1,) * (z.ndim - 1)), z.shape)
    weights = np.where(np.isnan(z), 0.0, weights)
    size = np.sqrt((weights**2).sum(0))
    silent = size == 0
    size = np.where(silent, 1.0, size)
    total = (weights * np.nan_to_num(z)).sum(0) / size
    skew = (weights**3 * np.nan_to_num(skewness)).sum(0) / size**3
    return np.where(silent, 1.0, pearson3_sf(total, skew))


def pearson3_sf(z: ArrayLike, skewness: ArrayLike) -> NDArray[np.float64]:
    """Upper tail of the Pearson type III law with mean 0, variance 1 and a skewness."""
    z, skewness = np.broadcast_arrays(np.asarray(z, float), np.asarray(skewness, float))
    # Below this skewness the gamma law's parameters overflow and the normal law is exact enough.
    skewed = np.abs(skewness) > 1e-3
    return np.where(skewed, stats.pearson3.sf(z, np.where(skewed, skewness, 1.0)), stats.norm.sf(z))


def debiased(held_out: ArrayLike, training: ArrayLike, share: tuple[float, ...] = SHARE) -> NDArray[np.float64]:
    """The estimate in nats: a point between the held-out and the training score.

    A held-out score sits below MI and the score on the critic's own rows above it. Were the critic
    a fitted parametric one, by equal amounts, and their midpoint would be free of the bias to first
    order (the two halves of Akaike's optimism). The grid critic shrinks what it cannot tell from
    noise: with a shrinkage of d, held-out rows lose d^2 / 2 where training rows gain d - d^2 / 2,
    so the held-out score needs d / 2 of the gap only. As in a Wiener filter, d is near
    score / (score + gap): none under independence, one where the dependence is plain.
    """
    held_out = np.asarray(held_out, float)
    gap = np.maximum(np.asarray(training, float) - held_out, 0.0)
    at_null, under_dependence, halfway = share
    signal = np.maximum(held_out, 0.0)
    filtered = signal / np.maximum(signal + halfway * gap, 1e-12)
    return held_out + (at_null + under_dependence * filtered) * gap


def lower_bound(
    held_out: ArrayLike, se: ArrayLike, pvalue: ArrayLike, level: float = 0.95, *, n_chosen_from: int = 1
) -> NDArray[np.float64]:
    """One-sided lower confidence bound in nats: held-out score - z * se.

    Never above 0 where the p-value does not reject independence at 1 - level. Where the score is
    the best of several, each of their bounds has to hold (Bonferroni); the p-value pays already.
    """
    z = stats.norm.isf((1 - level) / n_chosen_from)
    bound = np.asarray(held_out, float) - z * np.asarray(se, float)
    return np.where(np.asarray(pvalue) < 1 - level, bound, np.minimum(bound, 0.0))


def false_discovery_qvalues(pvalues: ArrayLike, method: FalseDiscovery = "bh") -> NDArray[np.float64]:
    """Adjusted p-values: Benjamini-Hochberg, or Benjamini-Yekutieli under any dependence."""
    return stats.false_discovery_control(np.asarray(pvalues, float), method=method)


def plugin_entropy(counts: ArrayLike) -> float:
    """Entropy of observed shares in nats; MI with a discrete variable is at most this."""
    return float(stats.entropy(np.asarray(counts, float)))
