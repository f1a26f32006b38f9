"""The estimators that the experiments compare: MINE as published, Kraskov's, and ours.

All methods read the same rows. MINE and MINE-f are trained as the paper trains them (layers over (x, y), one
shuffled partner per row) and report their bound on the rows they were trained on, as the paper's figures do;
skmine's default reports a number from rows that its critics did not see.
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial import cKDTree
from scipy.special import digamma
from torch import Tensor

from benchmarks.common.pictures import COLOURS as METHOD_COLOURS
from benchmarks.paper.shared import descend
from skmine import mutual_info
from skmine.nn import MutualInfoLoss

Array = np.ndarray
Pairs = Callable[[], tuple[Tensor, Tensor]]

#: Of the methods, in every picture: MINE-f, which no other benchmark runs, has SMILE's.
COLOURS = {
    "MINE": METHOD_COLOURS["MINE"],
    "MINE-f": METHOD_COLOURS["SMILE-joint"],
    "skmine": METHOD_COLOURS["skmine"],
    "KSG": METHOD_COLOURS["KSG"],
}

#: Bounds of MutualInfoLoss that the paper calls by these names.
BOUNDS = {"MINE": "mine", "MINE-f": "nwj"}

#: Values of a trained bound that are averaged: each has its own shuffled partners.
N_VALUES = 10

#: Rows per step of MINE on given rows. Arbitrary.
BATCH = 512


def estimate_ksg(x: Array, y: Array, k: int = 3) -> float:
    """Kraskov, Stoegbauer and Grassberger (2004), eq. 8, in the maximum norm."""
    rng = np.random.default_rng(0)
    x, y = (v / v.std(0) + 1e-10 * rng.normal(size=v.shape) for v in (x, y))
    radius = cKDTree(np.hstack([x, y])).query(np.hstack([x, y]), k + 1, p=np.inf)[0][:, -1]
    counts = [
        cKDTree(v).query_ball_point(v, np.nextafter(radius, 0), p=np.inf, return_length=True) for v in (x, y)
    ]  # with themselves
    return float(digamma(k) + digamma(len(x)) - np.mean(digamma(counts[0]) + digamma(counts[1])))


def train_mine(dims: tuple[int, int], bound: str, n_steps: int, draw_batch: Pairs, draw_final: Pairs) -> float:
    """A bound trained on batches, and its value on final pairs."""
    mi = MutualInfoLoss(*dims, bound, "concat", activation="relu", n_negatives=1)
    optimizer = torch.optim.Adam(mi.parameters(), 1e-3)
    for _ in range(n_steps):
        descend(optimizer, -mi(*draw_batch()))
    mi.eval()
    with torch.no_grad():
        return float(np.mean([mi(*draw_final()).item() for _ in range(N_VALUES)]))


def make_mine(bound: str, n_steps: int) -> Callable[[Array, Array, int], float]:
    """MINE as published: its value on the rows that it was trained on, at the end of training."""

    def estimate(x: Array, y: Array, seed: int) -> float:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            first, second = (torch.from_numpy(v.astype(np.float32)) for v in (x, y))

            def draw_batch() -> tuple[Tensor, Tensor]:
                rows = torch.randint(len(x), (BATCH,))
                return first[rows], second[rows]

            return train_mine((x.shape[1], y.shape[1]), bound, n_steps, draw_batch, lambda: (first, second))

    return estimate


def estimate_ours(x: Array, y: Array, seed: int) -> float:
    return mutual_info(x, y, random_state=seed).mi


def list_methods(n_steps: int) -> dict[str, Callable[[Array, Array, int], float]]:
    return {
        **{name: make_mine(bound, n_steps) for name, bound in BOUNDS.items()},
        "skmine": estimate_ours,
        "KSG": lambda x, y, seed: estimate_ksg(x, y),
    }
