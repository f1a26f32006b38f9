"""Information of a layer whose noise is known: bounds from exact densities, without a critic.

Design notes. Where log p(t | x) is known, the best critic is, too: nothing is trained. What is not known is p(t), a
mean of p(t | x) over all x, for which the rows of a batch stand. With the row that t came from among them the log of
this mean is too large on average, without it too small: these are the two bounds (Poole et al. 2019). p(t | label),
the mean over the rows of a class, is bounded the same way.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from skmine.core.known_noise import bound_noisy_rows, bound_rows
from skmine.nn.checks import check_int


@dataclass(frozen=True)
class InformationBounds:
    """What a batch says of mutual information, in nats.

    Parameters
    ----------
    lower, upper : scalar Tensor
        On average over batches the first is at most, and the second at least, the mutual information. On one batch
        they vary as any mean over its rows does.

    See Also
    --------
    noisy_information, known_conditional_bounds : Return it.

    Examples
    --------
    >>> import torch
    >>> from skmine.nn import noisy_information
    >>> bounds = noisy_information(torch.tensor([[0.0], [100.0]]), sigma=1.0)
    >>> print(f"{bounds.lower:.4f}")  # which of two rows: log 2
    0.6931
    """

    lower: Tensor
    upper: Tensor


def known_conditional_bounds(log_density: Tensor, labels: Tensor | None = None) -> InformationBounds:
    """Bounds of I(T; X), or of I(T; label), in nats, from the exact densities p(t | x) of a batch.

    InfoNCE with the true conditional below, leave-one-out above (Poole et al. 2019):

        lower = mean over i of log p(t_i | x_i) - log(mean over all j of p(t_i | x_j)),
        upper = mean over i of log p(t_i | x_i) - log(mean over j other than i of p(t_i | x_j)).

    Parameters
    ----------
    log_density : Tensor of shape (n, n)
        Log p(t_i | x_j) in row i and column j, where t_i was drawn given x_i, and the rows x are drawn independently.
        -inf is a density of 0. What depends on t_i alone cancels.
    labels : int Tensor of shape (n,) or None, default=None
        The class of each row. With labels the bounds are those of I(T; label): log p(t_i | x_i) gives way to the log
        of the mean of p(t_i | x_j) over the rows of its class, without i in the lower bound, with i in the upper one.

    Returns
    -------
    InformationBounds

    Raises
    ------
    ValueError
        If the densities are not square, of fewer than two rows, NaN or inf, or 0 for a row's own; if labels are not as
        many, or a class has one row only.
    TypeError
        If the densities are not a tensor of floats.

    See Also
    --------
    noisy_information : The same for a layer with normal noise.

    Notes
    -----
    The lower bound of I(T; X) is at most log n: if it is near it, use more rows. It is the exact information that T has
    about which of these n rows it came from. The upper bound has no limit, and is far off where noise is small beside
    the distances of rows: 6.0 and 6.6 of 6.24 nats for five normal numbers with noise of .3 and 5,000 rows, 8.5 and 63
    of 24.9 for twenty. A lower bound of I(T; label) may be negative, an upper one more than a label can hold; both
    then say nothing. All have gradients.

    References
    ----------
    Poole et al. (2019), On Variational Bounds of Mutual Information, ICML.

    Examples
    --------
    Four messages through a channel that delivers one of two in half of the cases each: log 2 nats.

    >>> import torch
    >>> from skmine.nn import known_conditional_bounds
    >>> x = torch.arange(4).repeat(500)
    >>> t = (x + torch.arange(2000) // 4 % 2) % 4
    >>> density = 0.5 * ((t[:, None] == x) | (t[:, None] == (x + 1) % 4))
    >>> bounds = known_conditional_bounds(density.log())
    >>> print(f"{bounds.lower:.3f} to {bounds.upper:.3f}")
    0.693 to 0.694
    """
    if not isinstance(log_density, Tensor) or not log_density.is_floating_point():
        raise TypeError(f"log_density must be a tensor of floats, got {_name_kind(log_density)}; pass log p(t | x).")
    if log_density.ndim != 2 or log_density.shape[0] != log_density.shape[1]:
        raise ValueError(
            f"log_density must have shape (n, n), row i being t_i and column j x_j, got {tuple(log_density.shape)}."
        )
    _check_rows("log_density", len(log_density))
    if not bool((log_density < math.inf).all()) or not bool(log_density.diagonal().isfinite().all()):
        raise ValueError(
            "log_density must be below infinity, and finite on its diagonal, where each t_i meets its own x_i; check "
            "for NaN and for rows and columns in another order."
        )
    labels = _check_labels(labels, len(log_density))
    lower, upper = bound_rows(log_density, torch.arange(len(log_density), device=log_density.device), labels).mean(1)
    return InformationBounds(lower, upper)


def noisy_information(
    mean: Tensor,
    sigma: float | Tensor,
    labels: Tensor | None = None,
    *,
    n_draws: int = 1,
    generator: torch.Generator | None = None,
) -> InformationBounds:
    """Bounds of I(T; X), or of I(T; label), in nats, of a layer with normal noise: T = h(X) + sigma N(0, 1).

    One point of an information plane: no critic is trained, and both sides are known to the precision of the rows.

    Parameters
    ----------
    mean : Tensor of shape (n, ...)
        The layer's outputs h(x) without noise, for n rows x that are drawn independently.
    sigma : float or Tensor
        Standard deviation of the noise, which is independent for each number: one for all, or of a shape that
        broadcasts to that of `mean`, such as those that an encoder returns for each row.
    labels : int Tensor of shape (n,) or None, default=None
        The class of each row; the bounds are then those of I(T; label).
    n_draws : int, default=1
        How often noise is drawn for each row.
    generator : torch.Generator or None, default=None
        Draws the noise, on the device of `mean`; None uses torch's global generator.

    Returns
    -------
    InformationBounds

    Raises
    ------
    ValueError
        If there are fewer than two rows, a value is not finite, `sigma` is not positive or does not broadcast,
        labels are not as many as rows, or a class has one row only.
    TypeError
        If `mean` is not a tensor of floats.

    See Also
    --------
    known_conditional_bounds : The formulas, what they cannot say, and other laws of T.
    skmine.information_plane : All layers and epochs, and what they say of a target.
    MutualInfoLoss : Where the noise is not known.

    Notes
    -----
    Without noise a layer of continuous inputs has infinite information, and what a plane of it shows is its estimator
    (Goldfeld et al. 2019). Noise in earlier layers is not that of this one: p(t | x) is then no longer normal.
    All pairs of rows are compared, in chunks and in double precision; the gradient reaches `mean` and `sigma`.

    References
    ----------
    Goldfeld et al. (2019), Estimating Information Flow in Deep Neural Networks, ICML.
    Poole et al. (2019), On Variational Bounds of Mutual Information, ICML.

    Examples
    --------
    One normal number with noise of standard deviation .5: 1/2 log(1 + 1 / .25) = .805 nats.

    >>> import torch
    >>> from skmine.nn import noisy_information
    >>> draw = torch.Generator().manual_seed(0)
    >>> h = torch.randn(2000, 1, generator=draw)
    >>> bounds = noisy_information(h, sigma=0.5, n_draws=4, generator=draw)
    >>> bool(abs(bounds.lower - 0.805) < 0.05), bool(abs(bounds.upper - 0.805) < 0.05)
    (True, True)
    """
    mean, sigma = _check_layer(mean, sigma)
    labels = _check_labels(labels, len(mean))
    check_int("n_draws", n_draws, 1)
    sums = mean.new_zeros(2)
    for _ in range(n_draws):
        noise = torch.randn(mean.shape, dtype=mean.dtype, device=mean.device, generator=generator)
        sums = sums + bound_noisy_rows(mean, sigma, noise, labels).sum(1)
    lower, upper = sums / (len(mean) * n_draws)
    return InformationBounds(lower, upper)


def _name_kind(value: Any) -> str:
    return f"a tensor of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__


def _check_rows(name: str, n: int) -> None:
    if n < 2:
        raise ValueError(f"{name} must have at least two rows, which are compared with each other, got {n}.")


def _check_layer(mean: Tensor, sigma: float | Tensor) -> tuple[Tensor, Tensor]:
    """The outputs of a layer and their noise, both (n, d) in double precision, centred."""
    if not isinstance(mean, Tensor) or not mean.is_floating_point():
        raise TypeError(f"mean must be a tensor of floats, got {_name_kind(mean)}; pass a layer's outputs.")
    if mean.ndim < 2:
        raise ValueError(
            f"mean must have shape (n, ...), a row for each x, got {tuple(mean.shape)}; use mean[:, None]."
        )
    _check_rows("mean", len(mean))
    if not bool(mean.isfinite().all()):
        raise ValueError("mean must be finite, got NaN or infinity; check the network and the data behind it.")
    spread = torch.as_tensor(sigma, dtype=torch.float64, device=mean.device)
    try:
        spread = spread.expand_as(mean)
    except RuntimeError:
        raise ValueError(
            f"sigma must be one number or broadcast to mean's shape {tuple(mean.shape)}, got {tuple(spread.shape)}."
        ) from None
    if not bool(((spread > 0) & (spread < math.inf)).all()):
        raise ValueError(
            f"sigma must be positive and finite, got {float(spread.min()):g} to {float(spread.max()):g}; without "
            "noise the information is infinite."
        )
    rows = mean.double().flatten(1)
    return rows - rows.mean(0).detach(), spread.flatten(1)


def _check_labels(labels: Tensor | None, n: int) -> Tensor | None:
    """Labels as numbers from 0, each of which at least two rows have."""
    if labels is None:
        return None
    if not isinstance(labels, Tensor) or labels.shape != (n,):
        shape = tuple(labels.shape) if isinstance(labels, Tensor) else type(labels).__name__
        raise ValueError(f"labels must be a tensor of shape ({n},), one for each row, got {shape}.")
    found, counts = labels.unique(return_counts=True)
    if bool((counts < 2).any()):
        raise ValueError(
            f"labels must have at least two rows of each class, got one of {found[counts < 2][0].item()}; leave it out."
        )
    return labels
