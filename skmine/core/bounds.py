"""What critics are trained on: lower bounds of I(X; Y), one formula, one pure function.

Bounds, or another divergence with the same best critic, from scores of joint pairs and of pairs drawn
from the margins, in nats and in log space: scores of +-1e4 stay finite. None of them is a bound on
finite rows once a critic was fitted to them; what is reported of a fit is in `core.scores`.

`Objective` gives them a name, a value and a gradient, which are not always one formula's: MINE's
gradient is corrected by a moving average, and SMILE's is Jensen-Shannon's.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skmine.core.scores import normalisers_of_rows

#: Weights of marginal pairs: logs that sum, as weights, to 1; None weighs all alike.
LogWeight = Tensor | None


def mean_of(values: Tensor, weight: Tensor | None) -> Tensor:
    """Mean of joint pairs, or the mean by weights that sum to 1."""
    return values.mean() if weight is None else (values * weight).sum()


def log_mean_exp(values: Tensor, log_weight: LogWeight = None) -> Tensor:
    """Log of the mean of exp over all values, or of the mean weighted by weights that sum to 1."""
    if log_weight is None:
        return torch.logsumexp(values.flatten(), 0) - math.log(values.numel())
    return torch.logsumexp((values + log_weight).flatten(), 0)


def donsker_varadhan(
    joint: Tensor, marginal: Tensor, log_weight: LogWeight = None, weight: Tensor | None = None
) -> Tensor:
    """E_joint T - log E_marginal exp T (Donsker and Varadhan 1983; Belghazi et al. 2018, eq. 5)."""
    return mean_of(joint, weight) - log_mean_exp(marginal, log_weight)


#: Log of the largest E exp T that `nwj` follows; beyond, its tangent stands for it.
LARGEST_LOG_MEAN = 30.0


def nwj(joint: Tensor, marginal: Tensor, log_weight: LogWeight = None, weight: Tensor | None = None) -> Tensor:
    """E_joint T - E_marginal exp(T - 1) (Nguyen et al. 2010), called MINE-f by Belghazi et al. (2018).

    Where log E exp(T - 1) is above `LARGEST_LOG_MEAN` the exponential goes on as its tangent, which
    keeps value and gradient finite and of the right sign.
    """
    log_mean = log_mean_exp(marginal, log_weight) - 1
    low = log_mean.clamp(max=LARGEST_LOG_MEAN)
    return mean_of(joint, weight) - low.exp() * (1 + (log_mean - low))


def jensen_shannon(
    joint: Tensor, marginal: Tensor, log_weight: LogWeight = None, weight: Tensor | None = None
) -> Tensor:
    """-E_joint softplus(-T) - E_marginal softplus(T) (Hjelm et al. 2019): another divergence, the same best T."""
    softened = F.softplus(marginal)
    mean = softened.mean() if log_weight is None else (softened * log_weight.exp()).sum()
    return -mean_of(F.softplus(-joint), weight) - mean


#: SMILE's largest |T| among the marginal pairs (Song and Ermon 2020).
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

    Its value is Donsker-Varadhan's; its gradient divides that of E exp T by a moving average of
    E exp T, given as a log, in place of this batch's own.
    """
    log_mean = log_mean_exp(marginal, log_weight)
    corrected = torch.exp(log_mean - log_average)
    return mean_of(joint, weight) - (log_mean.detach() + corrected - corrected.detach())


def moved(log_average: Tensor, log_mean: Tensor, rate: float) -> Tensor:
    """MINE's moving average of E exp T after one more batch, in logs; a NaN is one that has not begun.

    Logs, since exp T of a batch may be beyond float32. The batch is part of the average, so the ratio
    of the two is at most 1 / rate.
    """
    before = torch.where(log_average.isnan(), log_mean, log_average)
    return torch.logaddexp(before + math.log1p(-rate), log_mean + math.log(rate))


def infonce(scores: Tensor) -> Tensor:
    """InfoNCE of blocks (..., m, m) of rows against each other, both directions (van den Oord et al. 2018)."""
    return pointwise_infonce(scores).mean()


def pointwise_infonce(scores: Tensor) -> Tensor:
    """Each row's own part of `infonce`, (..., m)."""
    normaliser = 0.5 * (torch.logsumexp(scores, -1) + torch.logsumexp(scores, -2))
    return scores.diagonal(dim1=-2, dim2=-1) - normaliser + math.log(scores.shape[-1])


def infonce_of_partners(joint: Tensor, marginal: Tensor, allowed: Tensor, weight: Tensor | None = None) -> Tensor:
    """InfoNCE of rows (n,) against partners (n, k) of which only some are theirs; one direction.

    At most log(1 + k) for a row with k partners (van den Oord et al. 2018).
    """
    n_partners = 1 + allowed.sum(1)
    all_of_them = torch.cat([joint[:, None], marginal.masked_fill(~allowed, -math.inf)], 1)
    return mean_of(joint - torch.logsumexp(all_of_them, 1) + n_partners.to(joint.dtype).log(), weight)


def off_diagonal(scores: Tensor) -> Tensor:
    """All but the diagonals of (..., m, m), row by row: (..., m - 1, m)."""
    m = scores.shape[-1]
    # One more than a row apart, the diagonal is the last column of what follows its first element.
    return scores.flatten(-2)[..., 1:].unflatten(-1, (m - 1, m + 1))[..., :-1]


PLAIN: dict[str, Callable[..., Tensor]] = {
    "dv": donsker_varadhan,
    "nwj": nwj,
    "js": jensen_shannon,
    "smile": smile,
}
OBJECTIVES = ("dv", "mine", "nwj", "js", "infonce", "smile")


class Objective(nn.Module):
    """A bound by its name, as something to maximise over batches.

    Its value is the bound's. Its gradient is the value's, save for two: "mine" divides by a moving
    average, which it keeps, and "smile", whose own gradient would let T grow for ever where it is
    clipped, has Jensen-Shannon's, as its authors train it (Song and Ermon 2020, section 5).

    Parameters
    ----------
    name : one of `OBJECTIVES`
    rate : float
        Weight of a new batch in MINE's moving average of E exp T.
    """

    def __init__(self, name: str, rate: float = 0.01) -> None:
        super().__init__()
        self.name, self.rate = name, rate
        self.log_average: Tensor
        self.register_buffer("log_average", torch.tensor(math.nan))

    def evaluate_batches(self, scores: Tensor) -> Tensor:
        """Of blocks (b, m, m) of rows against each other: joint pairs on the diagonal, others off it."""
        if self.name == "infonce":
            return infonce(scores)
        return self._of_pairs(scores.diagonal(dim1=-2, dim2=-1), off_diagonal(scores), None)

    def evaluate_nodes(self, scores: Tensor, own: Tensor, log_margin: Tensor) -> Tensor:
        """Of rows (n, G) against all nodes of one column, weighted by the column's margin (G,).

        InfoNCE's one direction is the cross-entropy of the nodes, up to the margin's own; it alone
        would leave a function of the row free, which the other one, as reported, would pay for.
        """
        joint = scores.gather(1, own[:, None])[:, 0]
        if self.name == "infonce":
            given_row, given_node = normalisers_of_rows(scores, log_margin)
            return (joint - 0.5 * (given_row + given_node[own])).mean()
        return self._of_pairs(joint, scores, log_margin - math.log(len(scores)))

    def evaluate_partners(self, joint: Tensor, marginal: Tensor, allowed: Tensor) -> Tensor:
        """Of rows (n,) and partners (n, k), of which only some are allowed; each row's weigh 1 / n together.

        A row without an allowed partner is left out: a class that stands in joint pairs alone would be told by
        its label.
        """
        n_partners = allowed.sum(1)
        paired = n_partners > 0
        weight = paired.to(joint.dtype) / paired.sum()
        if self.name == "infonce":
            return infonce_of_partners(joint, marginal, allowed, weight)
        log_weight = weight.log() - n_partners.clamp(min=1).to(joint.dtype).log()
        return self._of_pairs(
            joint, marginal, log_weight[:, None].expand_as(marginal).masked_fill(~allowed, -math.inf), weight
        )

    def _of_pairs(self, joint: Tensor, marginal: Tensor, log_weight: LogWeight, weight: Tensor | None = None) -> Tensor:
        if self.name == "mine":
            now = log_mean_exp(marginal, log_weight).detach()
            average = moved(self.log_average.to(now), now, self.rate)
            if self.training:  # evaluation looks, and leaves it
                self.log_average.copy_(torch.where(average.isfinite(), average, self.log_average.to(average)))
            return mine(joint, marginal, average, log_weight, weight)
        value = PLAIN[self.name](joint, marginal, log_weight, weight)
        if self.name == "smile":
            trained = jensen_shannon(joint, marginal, log_weight, weight)
            return value.detach() + trained - trained.detach()
        return value
