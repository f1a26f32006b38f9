"""What critics are trained on: lower bounds of I(X; Y), one formula, one pure function.

Each function takes a critic's values T of joint pairs and of marginal pairs, in nats, and returns a bound, or
another divergence with the same best critic. All of them work in log space: values of +-1e4 stay finite.
They are bounds of the pairs' law. On the pairs of a batch, "dv" and "mine" take the log of a sample mean, which
is too low on average, so that their values are too high, even with a fixed critic: with the true log ratio and
batches of 128, 10.8 of 9.96 nats and 206 of 39.2. "nwj" and "infonce" are lower bounds on average for a critic
that these rows did not train; for one that they did, none is. What is reported of a fit is in `core.scores`.

`Objective` gives the bounds a name, a value and a gradient. Value and gradient do not always come from one
formula: MINE's gradient is corrected by a moving average, and SMILE's gradient is that of Jensen-Shannon.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.scores import log_normalisers

#: Log weights of marginal pairs, whose weights sum to 1; None gives all pairs the same weight.
LogWeight = Tensor | None


def weighted_mean(values: Tensor, weight: Tensor | None) -> Tensor:
    """Mean over joint pairs; with weights, which sum to 1, the weighted mean."""
    return values.mean() if weight is None else (values * weight).sum()


def log_mean_exp(values: Tensor, log_weight: LogWeight = None) -> Tensor:
    """Log of the mean of exp over all values; with weights, which sum to 1, of the weighted mean."""
    if log_weight is None:
        return torch.logsumexp(values.flatten(), 0) - math.log(values.numel())
    return torch.logsumexp((values + log_weight).flatten(), 0)


def donsker_varadhan(
    joint: Tensor, marginal: Tensor, log_weight: LogWeight = None, weight: Tensor | None = None
) -> Tensor:
    """E_joint T - log E_marginal exp T (Donsker and Varadhan 1983; Belghazi et al. 2018, eq. 5)."""
    return weighted_mean(joint, weight) - log_mean_exp(marginal, log_weight)


#: Largest log E exp(T - 1) for which `nwj` uses the exponential itself. e^30 is 1e13, far above every density
#: ratio that a sample can show; its square, which Adam keeps of a gradient, is 1e26, far below float32's 3e38.
LARGEST_LOG_MEAN = 30.0


def nwj(
    joint: Tensor,
    marginal: Tensor,
    log_weight: LogWeight = None,
    weight: Tensor | None = None,
    largest_log_mean: float = LARGEST_LOG_MEAN,
) -> Tensor:
    """E_joint T - E_marginal exp(T - 1) (Nguyen et al. 2010), called MINE-f by Belghazi et al. (2018).

    Where log E exp(T - 1) is above `largest_log_mean`, the exponential is replaced by its tangent, which keeps
    value and gradient finite and their signs right.
    """
    log_mean = log_mean_exp(marginal, log_weight) - 1
    low = log_mean.clamp(max=largest_log_mean)
    return weighted_mean(joint, weight) - low.exp() * (1 + (log_mean - low))


def jensen_shannon(
    joint: Tensor, marginal: Tensor, log_weight: LogWeight = None, weight: Tensor | None = None
) -> Tensor:
    """-E_joint softplus(-T) - E_marginal softplus(T) (Hjelm et al. 2019): another divergence, the same best T."""
    softened = F.softplus(marginal)
    mean = softened.mean() if log_weight is None else (softened * log_weight.exp()).sum()
    return -weighted_mean(F.softplus(-joint), weight) - mean


#: SMILE's largest |T| of marginal pairs: the larger of the two finite values that Song and Ermon (2020) report.
SMILE_CLIP = 5.0


def smile(joint: Tensor, marginal: Tensor, log_weight: LogWeight = None, weight: Tensor | None = None) -> Tensor:
    """Donsker-Varadhan with T clipped to +-5 in the marginal term (Song and Ermon 2020, eq. 17)."""
    return donsker_varadhan(joint, marginal.clamp(-SMILE_CLIP, SMILE_CLIP), log_weight, weight)


def mine(
    joint: Tensor,
    marginal: Tensor,
    log_average: Tensor,
    log_weight: LogWeight = None,
    weight: Tensor | None = None,
) -> Tensor:
    """MINE's objective with the bias-corrected gradient (Belghazi et al. 2018, eq. 12).

    Its value is Donsker-Varadhan's. Its gradient divides the gradient of E exp T by a moving average of
    E exp T, given as a log, instead of by the mean of this batch.
    """
    log_mean = log_mean_exp(marginal, log_weight)
    corrected = torch.exp(log_mean - log_average)
    return weighted_mean(joint, weight) - (log_mean.detach() + corrected - corrected.detach())


def update_log_average(log_average: Tensor, log_mean: Tensor, ema_weight: float) -> Tensor:
    """MINE's moving average of E exp T after one more batch, all in logs; NaN is an average that has not begun.

    In logs, because exp T of a batch may overflow float32. The batch is part of the average, so the ratio of
    the two is at most 1 / ema_weight.
    """
    before = torch.where(log_average.isnan(), log_mean, log_average)
    return torch.logaddexp(before + math.log1p(-ema_weight), log_mean + math.log(ema_weight))


def infonce(values: Tensor) -> Tensor:
    """InfoNCE of batches (..., m, m) of rows against each other, both directions (van den Oord et al. 2018)."""
    return pointwise_infonce(values).mean()


def pointwise_infonce(values: Tensor) -> Tensor:
    """What each row adds to the mean that `infonce` is, (..., m)."""
    normaliser = 0.5 * (torch.logsumexp(values, -1) + torch.logsumexp(values, -2))
    return values.diagonal(dim1=-2, dim2=-1) - normaliser + math.log(values.shape[-1])


def off_diagonal(values: Tensor) -> Tensor:
    """All of (..., m, m) but the diagonals, row by row: (..., m - 1, m)."""
    m = values.shape[-1]
    # Without its first element, in rows of m + 1, the diagonal is the last column.
    return values.flatten(-2)[..., 1:].unflatten(-1, (m - 1, m + 1))[..., :-1]


#: Bounds that are a function of one batch alone, by name.
STATELESS_BOUNDS: dict[str, Callable[..., Tensor]] = {
    "dv": donsker_varadhan,
    "nwj": nwj,
    "js": jensen_shannon,
    "smile": smile,
}

#: Names of all bounds, in the order in which errors list them.
OBJECTIVES = ("dv", "mine", "nwj", "js", "infonce", "smile")

#: Names of the upper bounds, for what is minimised; their T is log p(y | x), and `core.pair_objective` has them.
UPPER_BOUNDS = ("club", "loo")


class Objective(nn.Module):
    """A bound by its name, to be maximised over batches.

    Its value is the bound's. Its gradient is the gradient of the value, with two exceptions: "mine" divides by a
    moving average, which it keeps, and "smile" has the gradient of Jensen-Shannon, as its authors train it (Song
    and Ermon 2020, section 5); its own gradient would let T grow without end where it is clipped.

    Parameters
    ----------
    name : one of `OBJECTIVES`
    ema_weight : float
        Weight of a new batch in MINE's moving average of E exp T; the past keeps the rest.
    """

    def __init__(self, name: str, ema_weight: float = 0.01) -> None:
        super().__init__()
        self.name, self.ema_weight = name, ema_weight
        self.log_average: Tensor
        self.register_buffer("log_average", torch.tensor(math.nan))

    def evaluate_batches(self, values: Tensor) -> Tensor:
        """The objective of batches (b, m, m) of rows against each other: joint pairs are on the diagonal."""
        if self.name == "infonce":
            return infonce(values)
        return self._evaluate_pairs(values.diagonal(dim1=-2, dim2=-1), off_diagonal(values), None)

    def evaluate_nodes(self, values: Tensor, own: Tensor, log_margin: Tensor) -> Tensor:
        """The objective of rows (n, G) against all nodes of one column, weighted by the column's margin (G,).

        One direction of InfoNCE is the cross-entropy of the nodes, up to the margin's own. That direction alone
        would leave a function of the row undetermined, and the other direction, which is reported too, would
        suffer from it; so both are trained.
        """
        joint = values.gather(1, own[:, None])[:, 0]
        if self.name == "infonce":
            given_row, given_node = log_normalisers(values, log_margin)
            return (joint - 0.5 * (given_row + given_node[own])).mean()
        return self._evaluate_pairs(joint, values, log_margin - math.log(len(values)))

    def _evaluate_pairs(
        self, joint: Tensor, marginal: Tensor, log_weight: LogWeight, weight: Tensor | None = None
    ) -> Tensor:
        if self.name == "mine":
            return self._evaluate_corrected(joint, marginal, log_weight, weight)
        value = STATELESS_BOUNDS[self.name](joint, marginal, log_weight, weight)
        if self.name == "smile":
            trained = jensen_shannon(joint, marginal, log_weight, weight)
            return value.detach() + trained - trained.detach()
        return value

    def _evaluate_corrected(
        self, joint: Tensor, marginal: Tensor, log_weight: LogWeight, weight: Tensor | None = None
    ) -> Tensor:
        """Donsker-Varadhan with MINE's gradient, which the moving average corrects."""
        log_mean = self._join_log_mean(log_mean_exp(marginal, log_weight).detach())
        average = update_log_average(self.log_average.to(log_mean), log_mean, self.ema_weight)
        if self.training:  # evaluation reads the average and does not change it
            self.log_average.copy_(torch.where(average.isfinite(), average, self.log_average.to(average)))
        return mine(joint, marginal, average, log_weight, weight)

    def _join_log_mean(self, log_mean: Tensor) -> Tensor:
        """Log E exp T of all batches of a step, which may be on several processes."""
        return log_mean
