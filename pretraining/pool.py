"""A pool of drawn laws on disk, and batches of count tables cut from it.

Drawing a law costs far more than counting its rows, so laws are drawn once, as 16-bit codes, and
every batch takes subsamples, swaps and flips of them. Most laws have ``ROWS`` rows; a tenth have
``ROWS_LONG``, so that the critic also knows large samples.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pretraining.laws import draw_codes, to_nodes

ROWS, ROWS_LONG = 40_000, 320_000
HELD_OUT = 10_000
SMALLEST = 40


@dataclass(frozen=True)
class Shard:
    """Laws of one length: codes (laws, 2, rows) uint16 and categories (laws, 2)."""

    codes: np.ndarray
    categories: np.ndarray

    @classmethod
    def open(cls, folder: Path, seed: int, n_laws: int, rows: int) -> "Shard":
        """Draw the shard unless it is there already. Law i depends on (seed, i) and rows alone."""
        stem = folder / f"laws-{seed}-{n_laws}x{rows}"
        done = stem.with_suffix(".categories.npy")
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            part = stem.with_suffix(".part.npy")
            codes = np.lib.format.open_memmap(part, "w+", np.uint16, (n_laws, 2, rows))
            categories = np.zeros((n_laws, 2), np.int64)
            for i in range(n_laws):
                codes[i], categories[i] = draw_codes(np.random.default_rng([seed, rows, i]), rows)
            codes.flush()
            os.replace(part, stem.with_suffix(".codes.npy"))
            np.save(done, categories)
        return cls(np.load(stem.with_suffix(".codes.npy"), mmap_mode="r"), np.load(done))


def cut_table(
    rng: np.random.Generator, shard: Shard, law: int, n_train: int, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A law's counts on training rows and on fresh rows, both (G, H): a window, a swap, a flip."""
    first = rng.integers(0, shard.codes.shape[2] - n_train - HELD_OUT + 1)
    sides = rng.permutation(2)
    nodes = [
        to_nodes(
            shard.codes[law, side, first : first + n_train + HELD_OUT],
            int(shard.categories[law, side]),
            size,
            flip=rng.random() < 0.5,
        )
        for side, size in zip(sides, shape, strict=True)
    ]
    cells, n_cells = nodes[0] * shape[1] + nodes[1], shape[0] * shape[1]
    train, fresh = (
        np.bincount(part, minlength=n_cells).reshape(shape).astype(np.float32)
        for part in (cells[:n_train], cells[n_train:])
    )
    return train, fresh


#: Node counts of the square tables and how often each is drawn.
NODE_COUNTS = {32: 0.08, 48: 0.25, 64: 0.2, 96: 0.15, 128: 0.24, 192: 0.08}
#: Node counts of a side with few values.
FEW = (16, 16, 32)


def draw_shape(rng: np.random.Generator) -> tuple[int, int]:
    """Two thirds square; else one or both sides of few nodes, as columns with few values have."""
    size = int(rng.choice(list(NODE_COUNTS), p=list(NODE_COUNTS.values())))
    few = int(rng.choice(FEW))
    u = rng.random()
    return (size, size) if u < 0.68 else (few, size) if u < 0.82 else (size, few) if u < 0.96 else (few, 16)


def draw_batch(
    rng: np.random.Generator, shards: list[Shard], size: int, shape: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Training and fresh counts of `size` laws, two tensors (B, G, H).

    `shards` holds the usual laws first and the long ones second; a tenth of the tables are long.
    The number of training rows is log-uniform over all that a law has.
    """
    tables = []
    for _ in range(size):
        shard = shards[int(rng.random() < 0.1)]
        longest = shard.codes.shape[2] - HELD_OUT
        n_train = int(np.exp(rng.uniform(np.log(SMALLEST), np.log(longest))))
        tables.append(cut_table(rng, shard, int(rng.integers(len(shard.codes))), n_train, shape))
    train, fresh = zip(*tables, strict=True)
    return torch.from_numpy(np.stack(train)), torch.from_numpy(np.stack(fresh))
