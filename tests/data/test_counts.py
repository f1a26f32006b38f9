"""Codes become counts."""

import numpy as np
import pytest

from skmine.data.counts import SIDE_MULTIPLE, compute_entropy, count_pairs, pad_side, size_chunk, split_into_chunks


@pytest.mark.parametrize(("n_nodes", "side"), [(1, 16), (16, 16), (17, 32), (128, 128), (129, 144)])
def test_sides_are_padded(n_nodes, side):
    assert pad_side(n_nodes) == side
    assert side % SIDE_MULTIPLE == 0


def test_counts_are_crosstabs_of_the_parts():
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 10, 200).astype(np.uint8) for _ in range(3)]
    target = rng.integers(0, 7, 200).astype(np.uint8)
    parts = [np.arange(0, 200, 2), np.arange(1, 90), np.array([5])]
    counts = count_pairs(codes, target, parts, (16, 16))
    assert counts.shape == (3, 3, 16, 16)
    for k, rows in enumerate(parts):
        for j, column in enumerate(codes):
            expected = np.zeros((16, 16))
            for i in rows:
                expected[column[i], target[i]] += 1
            assert np.array_equal(counts[k, j], expected)


def test_large_nodes_do_not_overflow_their_type():
    codes, target = [np.array([191, 0], np.uint8)], np.array([191, 3], np.uint8)
    counts = count_pairs(codes, target, [np.arange(2)], (192, 192))
    assert counts[0, 0, 191, 191] == 1
    assert counts.sum() == 2


def test_blocks_hold_every_column_once_and_one_shape_each():
    sides = [16, 48, 16, 128, 48, 16] * 40
    found = split_into_chunks(sides, 48)
    assert sorted(np.concatenate(found).tolist()) == list(range(240))
    for block in found:
        assert len({sides[j] for j in block}) == 1
        assert len(block) <= size_chunk(sides[block[0]], 48)


def test_block_size_depends_on_shape_only():
    assert size_chunk(128, 128) == 8
    assert size_chunk(16, 16) == 64
    assert size_chunk(192, 192) == 4


def test_entropy_of_counts():
    assert compute_entropy([5, 5]) == pytest.approx(np.log(2))
    assert compute_entropy([7, 0]) == 0
