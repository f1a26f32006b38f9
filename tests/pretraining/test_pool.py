"""The pool of laws, and the counts that are cut from it."""

import numpy as np
import pytest

from pretraining import pool


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pool")


@pytest.fixture(scope="module")
def shard(folder):
    return pool.Shard.open(folder / "a", 5, 3, 12_000)


def test_a_pool_is_drawn_once_and_follows_its_seed(folder, shard, monkeypatch):
    assert np.array_equal(shard.codes, pool.Shard.open(folder / "b", 5, 3, 12_000).codes)
    assert not np.array_equal(shard.codes, pool.Shard.open(folder / "c", 6, 3, 12_000).codes)
    assert len(list((folder / "a").iterdir())) == 2
    monkeypatch.setattr(pool, "draw_codes", None)  # a second time it is loaded
    assert np.array_equal(shard.codes, pool.Shard.open(folder / "a", 5, 3, 12_000).codes)


def test_counts_are_those_of_training_rows_and_of_fresh_ones(shard):
    train, fresh = pool.cut_counts(np.random.default_rng(0), shard, 1, 500, (48, 16))
    assert train.shape == fresh.shape == (48, 16)
    assert train.sum() == 500
    assert fresh.sum() == pool.FRESH_ROWS


def test_shapes_are_square_or_have_few_nodes_on_a_side():
    drawn = [pool.draw_shape(np.random.default_rng(seed)) for seed in range(2_000)]
    square = np.mean([g == h and g > 16 for g, h in drawn])
    assert abs(square - 0.68) < 4 * np.sqrt(0.68 * 0.32 / 2_000) + 0.02  # 32 by 32 may be a shape with few nodes
    assert all(g == h or min(g, h) in pool.FEW_NODES for g, h in drawn)
    assert {g for g, _ in drawn} == {*pool.NODE_COUNTS, *pool.FEW_NODES}


def test_batches_have_log_uniform_numbers_of_rows(shard, monkeypatch):
    monkeypatch.setattr(pool, "FRESH_ROWS", 2_000)
    train, fresh = pool.draw_batch(np.random.default_rng(0), [shard, shard], 200, (16, 16))
    assert train.shape == fresh.shape == (200, 16, 16)
    rows = train.sum((1, 2)).numpy()
    assert rows.min() >= pool.FEWEST_ROWS
    assert rows.max() <= 10_000
    # The mean log of a log-uniform number is the middle, with standard deviation range / 12^.5.
    low, high = np.log(pool.FEWEST_ROWS), np.log(10_000)
    assert np.log(rows).mean() == pytest.approx((low + high) / 2, abs=4 * (high - low) / np.sqrt(12 * 200))
