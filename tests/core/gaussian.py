"""The best critic of a normal pair, whose mutual information is known."""

import numpy as np
import torch


def gaussian_values(n, rho, seed=0):
    """Values of the best critic for all pairs of n rows of a normal pair, (n, n)."""
    rng = np.random.default_rng(seed)
    x, e = rng.normal(size=(2, n))
    y = rho * x + np.sqrt(1 - rho**2) * e
    a, b = x[:, None], y[None]
    ratio = -0.5 * np.log(1 - rho**2) - (rho**2 * (a**2 + b**2) - 2 * rho * a * b) / (2 * (1 - rho**2))
    return torch.from_numpy(ratio)
