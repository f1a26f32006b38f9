"""Rows' terms of the bounds of information where log p(t | x) is known: pure functions of tensors.

Formulas and what they mean are in `nn.known`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

#: Log densities that are in memory together: 64 MB in double precision.
LARGEST_CHUNK = 2**23


def bound_rows(values: Tensor, rows: Tensor, labels: Tensor | None = None) -> Tensor:
    """Terms of the lower and of the upper bound, (2, c), of some rows t, from log p(t | x) for all x, (c, n)."""
    n = values.shape[1]
    own = rows[:, None] == torch.arange(n, device=values.device)

    def log_mean(of: Tensor) -> Tensor:
        """Log of the mean over those x that are chosen, (c,)."""
        return values.masked_fill(~of, -math.inf).logsumexp(1) - of.sum(1).to(values.dtype).log()

    everything = torch.ones_like(own)
    if labels is None:
        low = high = log_mean(own)
    else:
        same = labels[rows][:, None] == labels
        low, high = log_mean(same & ~own), log_mean(same)
    return torch.stack([low - log_mean(everything), high - log_mean(~own)])


def bound_noisy_rows(mean: Tensor, sigma: Tensor, noise: Tensor, labels: Tensor | None = None) -> Tensor:
    """Terms of both bounds, (2, n), for t = mean + sigma * noise, all (n, d), where the noise is standard normal.

    Every t is compared with all rows, in chunks, which the backward pass computes again.
    """
    n = len(mean)
    precision = sigma.reciprocal().square()
    constant = 0.5 * (mean.square() * precision).sum(1) + sigma.log().sum(1)  # of each row as an x
    t = mean + sigma * noise
    exact = -0.5 * noise.square().sum(1) - sigma.log().sum(1)

    def bound_chunk(rows: Tensor, t: Tensor, exact: Tensor) -> Tensor:
        values = t @ (mean * precision).T - 0.5 * t.square() @ precision.T - constant
        # A row's own value, the nearest one, without the rounding errors of large squares.
        return bound_rows(values.scatter(1, rows[:, None], exact[:, None]), rows, labels)

    chunks = torch.arange(n, device=mean.device).split(max(1, LARGEST_CHUNK // n))
    return torch.cat([_run_again(bound_chunk, rows, t[rows], exact[rows]) for rows in chunks], 1)


def _run_again(function: Callable[..., Tensor], *arguments: Tensor) -> Tensor:
    """What a function returns, which the backward pass computes again: no graph holds more than one chunk of pairs."""
    return checkpoint(function, *arguments, use_reentrant=False, preserve_rng_state=False)
