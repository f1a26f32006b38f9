"""From scores to statements: p-values, confidence bounds, false discoveries (numpy and scipy only).

Design notes. With a critic fixed, the sum of T over held-out rows has a known law under
permutations, so a p-value needs no refit. Cross-fitted folds are not independent under the null:
each critic was trained on the rows that score the others (their z-scores correlate by about .3,
and the plain sum puts 7 to 14 % of null p-values below .05). **One-way steps** avoid that: the critic
of a step is fitted on rows of earlier steps only, so the z-scores are a martingale. Their sum, weighted by the
root of the rows scored times those of the critic, is standard normal up to the skewness of the permutation
law, which Pearson's type III law carries into the tail. Where few rows decide, `sparse` has exact laws.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: A step whose critic moves the statistic by less than this (nats, root variance per row) says nothing: far below
#: a score that any sample could show, far above float32's rounding of a constant critic.
LEAST_SPREAD = 1e-6

#: Below this skewness Pearson's law is the normal one to three digits, and its gamma parameters would overflow.
LEAST_SKEWNESS = 1e-3

#: P-values below this are shown as a bound: that far out, the tail of the permutation law is an extrapolation.
LEAST_PVALUE_SHOWN = 1e-16

#: Smallest p-value of a statistic at or below its mean.
LEAST_AT_MEAN = 0.3

#: What a p-value counts as at least, so that its inverse is a number, and at most where several are combined.
LEAST_PVALUE = 1e-300
NO_VETO = 0.99

#: How many times as often as it says Cauchy's rule rejects where p-values depend on each other as here: 1.05 to 1.14 at
#: .05 by 200,000 draws, 1 at .001.
MOST_BY_DEPENDENCE = 1.1

FalseDiscovery = Literal["bh", "by"]


def combine_one_way(z: ArrayLike, skewness: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """One-sided p-values from the z-scores of one-way steps.

    Parameters
    ----------
    z, skewness : array-like of shape (k, ...)
        A step's standardised statistic and the skewness of its permutation law. NaN: the step's
        statistic cannot vary (a constant side, a critic that is constant); it is left out.
    weights : array-like of shape (k,)
        Weight of each step, fixed before it was seen: the root of its critic's rows times its own.

    Returns
    -------
    ndarray of shape (...)
        1 where every step is left out.
    """
    z, skewness = np.asarray(z, float), np.asarray(skewness, float)
    weights = np.broadcast_to(np.reshape(weights, (-1,) + (1,) * (z.ndim - 1)), z.shape)
    weights = np.where(np.isnan(z), 0.0, weights)
    size = np.sqrt((weights**2).sum(0))
    silent = size == 0
    size = np.where(silent, 1.0, size)
    total = (weights * np.nan_to_num(z)).sum(0) / size
    skew = (weights**3 * np.nan_to_num(skewness)).sum(0) / size**3
    pvalue = pearson3_sf(total, skew)
    # The mean of a skewed law may lie far above its median, but what is no more than expected is no evidence.
    pvalue = np.where(total <= 0, np.maximum(pvalue, LEAST_AT_MEAN), pvalue)
    return np.where(silent, 1.0, pvalue)


def compute_pvalues(
    statistic: ArrayLike,
    variance: ArrayLike,
    third_moment: ArrayLike,
    n_before: ArrayLike,
    n_tested: ArrayLike,
    n_groups: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """One-sided p-values from the sums of one-way steps and their permutation laws.

    Parameters
    ----------
    statistic, variance, third_moment : array-like of shape (k, ...)
        A step's sum of double-centred scores, and its law's moments.
    n_before, n_tested : array-like of shape (k,)
        Rows of each step's critic, and rows it was scored on.
    n_groups : array-like of shape (k,) or None
        Groups of the rows scored, where the moments go by groups: few of them need Student's law.

    Returns
    -------
    ndarray of shape (...)
    """
    statistic, variance = np.asarray(statistic, float), np.asarray(variance, float)

    def a_step(values: ArrayLike) -> NDArray[np.float64]:
        return np.reshape(np.asarray(values, float), (-1,) + (1,) * (statistic.ndim - 1))

    varies = variance > LEAST_SPREAD**2 * a_step(n_tested)
    scale = np.sqrt(np.where(varies, variance, 1))
    z = np.where(varies, statistic / scale, np.nan)
    if n_groups is not None:
        z = correct_for_few_groups(z, a_step(n_groups))
    weights = np.sqrt(np.asarray(n_before, float) * np.asarray(n_tested, float))
    return combine_one_way(z, np.asarray(third_moment, float) / scale**3, weights)


def correct_for_few_groups(z: ArrayLike, n_groups: ArrayLike) -> NDArray[np.float64]:
    """Normal scores of self-normalised sums, z = sum c_g / sqrt(sum c_g^2), over few groups.

    With the groups' sums independent and normal, z sqrt((G - 1) / (G - z^2)) has Student's law with
    G - 1 degrees of freedom; its tail is given back as that of a normal z. One group: NaN.
    """
    z, n_groups = np.broadcast_arrays(np.asarray(z, float), np.asarray(n_groups, float))
    freedom = np.maximum(n_groups - 1, 1)
    t = z * np.sqrt(freedom / np.maximum(n_groups - z**2, 1e-9))
    # From the smaller tail, which keeps its digits.
    score = -stats.norm.ppf(np.maximum(stats.t.sf(np.abs(t), freedom), 1e-300))
    return np.where(n_groups > 1, np.sign(z) * score, np.nan)


def combine_by_cauchy(pvalues: ArrayLike, weights: ArrayLike, *, paid: bool = True) -> NDArray[np.float64]:
    """One p-value of several, which may depend on each other (Liu and Xie 2020, equation 1).

    Each becomes a Cauchy variable, whose weighted mean is one as well; the dependence changes the tail little, and
    `MOST_BY_DEPENDENCE` pays for it. A p-value near 1 counts as .99, as it must not veto the others.

    Parameters
    ----------
    pvalues : array-like of shape (k, d)
    weights : array-like of shape (k,)
    paid : bool, default=True
        Whether to pay for the dependence: once, where what is combined is combined again.
    """
    p = np.clip(np.asarray(pvalues, float), LEAST_PVALUE, NO_VETO)
    # Far out the tangent is 1 / (pi p), without the rounding of 1/2 - p.
    values = np.where(p < 1e-8, 1 / (np.pi * p), np.tan((0.5 - p) * np.pi))
    share = np.asarray(weights, float)
    price = MOST_BY_DEPENDENCE if paid else 1.0
    return np.minimum(price * stats.cauchy.sf(share / share.sum() @ values), 1.0)


def compute_sum_variance(values: ArrayLike, groups: ArrayLike | None = None, *, around_mean: bool = True) -> float:
    """Variance of a sum of rows' values (n,); rows of a group (numbers, (n,)) move together."""
    of_rows: NDArray[np.float64] = np.asarray(values, float)
    if around_mean:
        of_rows = of_rows - of_rows.mean()
    sums = of_rows if groups is None else np.bincount(np.asarray(groups), of_rows)
    return float((sums**2).sum())


def pearson3_sf(z: ArrayLike, skewness: ArrayLike) -> NDArray[np.float64]:
    """Upper tail of the Pearson type III law with mean 0, variance 1 and a skewness."""
    z, skewness = np.broadcast_arrays(np.asarray(z, float), np.asarray(skewness, float))
    skewed = np.abs(skewness) > LEAST_SKEWNESS
    return np.where(skewed, stats.pearson3.sf(z, np.where(skewed, skewness, 1.0)), stats.norm.sf(z))


def compute_lower_bound(
    held_out: ArrayLike, se: ArrayLike, pvalue: ArrayLike, level: float = 0.95, *, n_chosen_from: int = 1
) -> NDArray[np.float64]:
    """One-sided lower confidence bound in nats: held-out score - z * se.

    Never above 0 where the p-value does not reject independence at 1 - level. Where the score is
    the best of several, each of their bounds has to hold (Bonferroni); the p-value pays already.
    """
    z = stats.norm.isf((1 - level) / n_chosen_from)
    bound = np.asarray(held_out, float) - z * np.asarray(se, float)
    return np.where(np.asarray(pvalue) < 1 - level, bound, np.minimum(bound, 0.0))


def compute_interval(
    mi: float,
    held_out: float,
    se: float,
    pvalue: float,
    level: float = 0.95,
    *,
    unseen: float = 0.0,
    promise: float = 0.0,
    reach: float = 0.0,
) -> tuple[float, float]:
    """Two-sided confidence interval in nats around an estimate that corrects a held-out score.

    The correction is uncertain by about half of itself. The lower end is never above 0 where the p-value does not
    reject independence at 1 - level; the upper end is never below 0, as no information is negative.

    Parameters
    ----------
    mi, held_out, se, pvalue : float
    level : float, default=0.95
    unseen : float, default=0.0
        Standard error of what neither sampling nor the correction accounts for.
    promise : float, default=0.0
        What more rows would bring by the trend: the upper end takes it in.
    reach : float, default=0.0
        What cannot be excluded: the upper end is no lower.
    """
    width = compute_width(level, se, (mi - held_out) / 2, unseen)
    low = mi - width
    return (low if pvalue < 1 - level else min(low, 0.0)), max(mi + width + promise, reach, 0.0)


def compute_width(level: float, *errors: float) -> float:
    """Half the width of a two-sided interval around a number with independent standard errors."""
    return float(stats.norm.isf((1 - level) / 2)) * float(np.sqrt(sum(error**2 for error in errors)))


def compute_normal_score(values: ArrayLike, freedom: ArrayLike) -> NDArray[np.float64]:
    """Chi-square values with these degrees of freedom as normal scores (Wilson and Hilferty 1931)."""
    freedom = np.asarray(freedom)
    wide = 2 / (9 * freedom)
    scores: NDArray[np.float64] = (np.cbrt(np.asarray(values) / freedom) - (1 - wide)) / np.sqrt(wide)
    return scores


def normal_sf(z: float) -> float:
    """Upper tail of the normal law."""
    return float(stats.norm.sf(z))


def check_level(level: float) -> float:
    """A confidence level, refused outside of (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}; pass 0.95 for 95 %.")
    return float(level)


def adjust_pvalues(pvalues: ArrayLike, method: FalseDiscovery = "bh") -> NDArray[np.float64]:
    """Adjusted p-values: Benjamini-Hochberg, or Benjamini-Yekutieli under any dependence."""
    return stats.false_discovery_control(np.asarray(pvalues, float), method=method)


def format_pvalue(p: float) -> str:
    """A p-value to read: as many digits as it has, and none below 1e-16, where the tail is a guess."""
    return f"<{LEAST_PVALUE_SHOWN:g}" if p < LEAST_PVALUE_SHOWN else f"{p:.1e}" if p < 1e-4 else f"{p:.4f}"
