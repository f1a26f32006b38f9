"""Bounds of a batch in which any pairs are joint and any are marginal ones, whole or in chunks of rows.

Design notes. What a bound says of all pairs is a function of a few sums over them, and sums add up over chunks of
rows. So a chunk leaves numbers, not values: its pairs are evaluated again in the backward pass
(`torch.utils.checkpoint`), and no pass holds more pairs than those of one chunk. Bounds that compare each partner with
its own rows need sums over whole columns first, which costs them one more pass over the chunks.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from skmine.core.bounds import SMILE_CLIP, Objective, donsker_varadhan, nwj
from skmine.core.processes import ProcessGroup, find_group, log_mean_over_processes

#: Bounds for which each partner is compared with the rows that it is a marginal partner of.
COLUMN_BOUNDS = ("infonce", "loo")

#: `nwj`'s largest log E exp(T - 1) where gradients go on in float16, which overflows at 65,504 = e^11: what is left,
#: a factor of 1,200, is for the weights and the inputs behind.
LARGEST_HALF_LOG_MEAN = 4.0


@dataclass(frozen=True)
class Pairs:
    """Which of the pairs of n rows and m partners are joint, and which are marginal.

    Attributes
    ----------
    joint, marginal : bool Tensor of shape (n, m)
        No pair is both.
    """

    joint: Tensor
    marginal: Tensor

    def __getitem__(self, rows: slice) -> "Pairs":
        return Pairs(self.joint[rows], self.marginal[rows])

    def find_paired(self) -> Tensor:
        """Rows (n,) that have a joint and a marginal pair."""
        return self.joint.any(1) & self.marginal.any(1)

    def keep_paired(self) -> "Pairs":
        """Without the pairs of rows that lack either kind.

        A class that occurs in joint pairs only would be recognised by its label.
        """
        paired = self.find_paired()[:, None]
        return Pairs(self.joint & paired, self.marginal & paired)


@dataclass(frozen=True)
class _Weights:
    """Weights of a row's joint pairs and of its marginal pairs, (n, 1), and how many rows each partner meets, (m,).

    Each row with pairs counts the same, and so do its pairs of a kind: either kind's weights sum to 1.
    """

    joint: Tensor
    marginal: Tensor
    n_rows: Tensor

    @classmethod
    def of(cls, pairs: Pairs, dtype: torch.dtype) -> "_Weights":
        n_joint, n_marginal = pairs.joint.sum(1, keepdim=True), pairs.marginal.sum(1, keepdim=True)
        share = (n_joint > 0).to(dtype)
        share = share / share.sum()  # NaN where no row has a pair
        return cls(share / n_joint.clamp(min=1), share / n_marginal.clamp(min=1), pairs.marginal.sum(0).to(dtype))

    def __getitem__(self, rows: slice) -> "_Weights":
        return _Weights(self.joint[rows], self.marginal[rows], self.n_rows)


def _log_sum(values: Tensor, allowed: Tensor, axis: int) -> Tensor:
    """Log of the sum of exp of those that are allowed, along an axis; -inf of none."""
    return torch.logsumexp(values.masked_fill(~allowed, -math.inf), axis)


@dataclass(frozen=True)
class PairBatch:
    """Pairs whose values are evaluated row by row.

    Attributes
    ----------
    evaluate_rows : callable(slice) -> Tensor of shape (c, m)
        Values T of some rows and their partners.
    pairs : Pairs
    dtype : torch.dtype
        Of the values.
    chunk : int or None
        Rows whose pairs are in memory together; None takes all.
    both_ways : bool
        Whether a column holds the values of one partner, so that it can be compared with its rows.
    grouped : bool
        Whether partners come from groups, which may be few: "dv" then has MINE's gradient. Its own divides by what a
        few groups happen to show, and lets T grow without end: -2.5 of 2.31 nats after 1,500 batches of 8 images.
    """

    evaluate_rows: Callable[[slice], Tensor]
    pairs: Pairs
    dtype: torch.dtype
    chunk: int | None = None
    both_ways: bool = True
    grouped: bool = False


class PairObjective(Objective):
    """A bound by its name, of batches with any joint and marginal pairs, on one or several processes.

    Parameters
    ----------
    name : one of `bounds.OBJECTIVES` or `bounds.UPPER_BOUNDS`
    ema_weight : float
        As in `Objective`.
    process_group : {"default"}, ProcessGroup or None
        The processes over whose batches MINE's moving average is taken.
    """

    def __init__(self, name: str, ema_weight: float = 0.01, process_group: ProcessGroup = "default") -> None:
        super().__init__(name, ema_weight)
        self.process_group = process_group

    def evaluate(self, batch: PairBatch, *, half: bool = False) -> Tensor:
        """The objective of a batch; NaN where no row has both a joint and a marginal pair.

        Parameters
        ----------
        batch : PairBatch
        half : bool
            Whether gradients go on in float16.
        """
        return self._finish(self._add_up(batch), half, batch.grouped)

    def evaluate_upper(self, batch: PairBatch) -> tuple[Tensor, Tensor]:
        """An upper bound of a batch, and the mean of T over its joint pairs, which T = log p(y | x) is trained by."""
        parts = self._add_up(batch)
        return parts[:, 2].sum(), parts[:, 0].sum()

    def _add_up(self, batch: PairBatch) -> Tensor:
        """The sums of `_sum` of each chunk, (c, 3)."""
        pairs, chunk = batch.pairs.keep_paired(), batch.chunk
        weights = _Weights.of(pairs, batch.dtype)
        run: Callable[..., Tensor]
        read: Callable[[slice], Tensor]
        if chunk is None or chunk >= len(pairs.joint):
            slices, values = [slice(None)], batch.evaluate_rows(slice(None))
            read, run = (lambda rows: values), (lambda function, rows: function(rows))
        else:
            slices = [slice(k, k + chunk) for k in range(0, len(pairs.joint), chunk)]
            read, run = batch.evaluate_rows, partial(checkpoint, use_reentrant=False)
        columns = None
        if batch.both_ways and self.name in COLUMN_BOUNDS:
            sums = [run(lambda rows: _log_sum(read(rows), pairs[rows].marginal, 0), rows) for rows in slices]
            columns = torch.logsumexp(torch.stack(sums), 0)
        parts = [run(lambda rows: self._sum(read(rows), pairs[rows], weights[rows], columns), rows) for rows in slices]
        return torch.stack(parts)

    def _sum(self, values: Tensor, pairs: Pairs, weights: _Weights, columns: Tensor | None) -> Tensor:
        """Of some rows: E_joint T, log E_marginal exp T, and what the bound is a plain sum of."""
        name, zero = self.name, values.new_zeros(())

        def mean(of_pairs: Tensor, chosen: Tensor, weight: Tensor) -> Tensor:
            return torch.where(chosen, of_pairs * weight, 0).sum()

        joint = mean(values, pairs.joint, weights.joint)
        log_mean = plain = zero
        if name in ("dv", "mine", "nwj", "smile"):
            inner = values.clamp(-SMILE_CLIP, SMILE_CLIP) if name == "smile" else values
            log_mean = _log_sum(inner + weights.marginal.log(), pairs.marginal, 1).logsumexp(0)
        if name in ("js", "smile"):  # smile is trained by js
            below = mean(F.softplus(-values), pairs.joint, weights.joint)
            plain = -below - mean(F.softplus(values), pairs.marginal, weights.marginal)
        if name == "infonce":
            n_marginal = pairs.marginal.sum(1, keepdim=True).to(values.dtype)
            given = torch.logaddexp(values, _log_sum(values, pairs.marginal, 1)[:, None]) - n_marginal.add(1).log()
            if columns is not None:
                other = torch.logaddexp(values, columns) - weights.n_rows.add(1).log()
                given = 0.5 * (given + other)
            plain = mean(values - given, pairs.joint, weights.joint)
        if name == "club":
            plain = joint - mean(values, pairs.marginal, weights.marginal)
        if name == "loo" and columns is not None:
            met = pairs.joint & (weights.n_rows > 0)
            plain = mean(values - (columns - weights.n_rows.log()).where(weights.n_rows > 0, zero), met, weights.joint)
        return torch.stack([joint, log_mean, plain])

    def _finish(self, parts: Tensor, half: bool, grouped: bool) -> Tensor:
        """The bound, from the sums of all chunks (c, 3)."""
        joint, log_mean, plain = parts.unbind(1)
        no_weight, ones = torch.zeros_like(log_mean), torch.ones_like(joint)  # weights are in the sums already
        if self.name == "smile":
            value = donsker_varadhan(joint, log_mean, no_weight, ones)
            return value.detach() + plain.sum() - plain.sum().detach()
        if self.name == "nwj" and half:
            return nwj(joint, log_mean, no_weight, ones, largest_log_mean=LARGEST_HALF_LOG_MEAN)
        if self.name == "dv" and grouped:
            return self._evaluate_corrected(joint, log_mean, no_weight, ones)
        if self.name in ("dv", "mine", "nwj"):
            return self._evaluate_pairs(joint, log_mean, no_weight, ones)
        return plain.sum()

    def _join_log_mean(self, log_mean: Tensor) -> Tensor:
        group = find_group(self.process_group) if self.training else None
        return log_mean_over_processes(log_mean, group)
