"""A pool of drawn laws on disk, and batches of counts cut from it.

Drawing a law costs far more than counting its rows. So laws are drawn once, as 16-bit codes, and every batch takes
subsamples, swaps and flips of them. Most laws have `ROWS` rows; some have `ROWS_LONG`, so that the network also
learns large samples.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pretraining.margins import draw_codes, to_nodes

#: Rows of most laws. Arbitrary: 10,000 laws of 40,000 rows in two columns of 16 bits take 1.6 GB of disk.
ROWS = 40_000

#: Rows of the long laws: eight times as many; 1,000 of them take 1.3 GB.
ROWS_LONG = 320_000

#: One long law is drawn for this many others, and one count in as many is of a long law. Arbitrary.
LAWS_PER_LONG_LAW = 10

#: Fresh rows on which a step scores the network. Arbitrary, and enough: on 5,000 rows the score of an independent pair
#: has a standard deviation of .0005 nats, far below the differences between laws.
FRESH_ROWS = 10_000

#: Fewest training rows. Arbitrary: smaller samples are scored too, by a network that has not learned them, on rows
#: that it has not read.
FEWEST_ROWS = 40


@dataclass(frozen=True)
class Shard:
    """Laws of one length: codes (laws, 2, rows) uint16, and numbers of categories (laws, 2)."""

    codes: np.ndarray
    categories: np.ndarray

    @classmethod
    def open(cls, folder: Path, seed: int, n_laws: int, rows: int) -> "Shard":
        """Load the shard, after drawing it if it is not there. Law i depends on (seed, i) and rows alone."""
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


def cut_counts(
    rng: np.random.Generator, shard: Shard, law: int, n_train: int, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A law's counts on training rows and on fresh rows, both (G, H), from random consecutive rows.

    The sides are swapped, and each is reversed, half of the time.
    """
    first = rng.integers(0, shard.codes.shape[2] - n_train - FRESH_ROWS + 1)
    sides = rng.permutation(2)
    nodes = [
        to_nodes(
            shard.codes[law, side, first : first + n_train + FRESH_ROWS],
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


#: Node counts of square grids, and how often each is drawn. 32, 48, 96, 192 and 384 are those on which columns are
#: scored (768 is as well, and costs too much); 64 and 128 are between them. The proportions are arbitrary.
NODE_COUNTS = {32: 0.08, 48: 0.25, 64: 0.2, 96: 0.15, 128: 0.22, 192: 0.085, 384: 0.015}

#: Node counts of a side with few values, equally likely: the two smallest grids, the smallest one twice.
FEW_NODES = (16, 16, 32)


def draw_shape(rng: np.random.Generator) -> tuple[int, int]:
    """Numbers of nodes of both sides: two thirds square, else few on one side or both."""
    size = int(rng.choice(list(NODE_COUNTS), p=list(NODE_COUNTS.values())))
    few = int(rng.choice(FEW_NODES))
    u = rng.random()
    return (size, size) if u < 0.68 else (few, size) if u < 0.82 else (size, few) if u < 0.96 else (few, 16)


def draw_batch(
    rng: np.random.Generator, shards: list[Shard], size: int, shape: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Training counts and fresh counts of `size` laws, two tensors (B, G, H).

    `shards` holds the usual laws and then the long ones. The number of training rows is log-uniform over all that a
    law has.
    """
    drawn = []
    for _ in range(size):
        shard = shards[int(rng.random() < 1 / LAWS_PER_LONG_LAW)]
        longest = shard.codes.shape[2] - FRESH_ROWS
        n_train = int(np.exp(rng.uniform(np.log(FEWEST_ROWS), np.log(longest))))
        drawn.append(cut_counts(rng, shard, int(rng.integers(len(shard.codes))), n_train, shape))
    train, fresh = zip(*drawn, strict=True)
    return torch.from_numpy(np.stack(train)), torch.from_numpy(np.stack(fresh))
