"""Counts add up, and are all that scoring needs."""

import functools
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from skmine.data.counts import count_pairs
from skmine.estimation.count_scores import NetworkReader, score_counts
from skmine.estimation.counting import Counts, RowChunk, StepCounts, count_pairs_on_device
from skmine.estimation.evidence import Evidence, join
from skmine.estimation.folds import make_folds

CPU = torch.device("cpu")
NETWORK = NetworkReader.load([], CPU)


def make_chunk(n=600, seed=0, groups=None):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 20, n)
    near = np.clip(target + rng.integers(-3, 4, n), 0, 30)
    codes = [near.astype(np.uint8), rng.integers(0, 31, n).astype(np.uint8)]
    return RowChunk(codes, target.astype(np.uint8), (32, 32), make_folds(3, n, random_state=0), groups)


def count_batch(chunk, first, last):
    """Counts by a producer that sees some rows and nothing else."""

    def take(rows):
        return rows[(rows >= first) & (rows < last)]

    def count(parts):
        return torch.from_numpy(count_pairs(chunk.codes, chunk.target, [take(rows) for rows in parts], chunk.shape))

    steps = []
    for i, fold in enumerate(chunk.folds):
        for step in fold.steps:
            if len(step.before):
                known = len(step.before) == len(fold.train)
                before = None if known else count([step.before])[0]
                steps.append(StepCounts(i, before, count([step.test])[0], len(step.before), len(step.test)))
    train, test = (count([getattr(fold, name) for fold in chunk.folds]) for name in ("train", "test"))
    return Counts(train, test, [len(fold.test) for fold in chunk.folds], steps)


def add_counts(one, other):
    steps = [
        replace(a, test=a.test + b.test, before=None if a.before is None else a.before + b.before)
        for a, b in zip(one.steps, other.steps, strict=True)
    ]
    return replace(one, train=one.train + other.train, test=one.test + other.test, steps=steps)


def assert_equal(one, other):
    for field in fields(Evidence):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


@pytest.mark.parametrize("size", [7, 250, 600])
def test_counts_of_batches_give_the_same_bits(size):
    chunk = make_chunk()
    whole = score_counts(chunk.count(CPU, with_steps=True), NETWORK, CPU)
    batches = [count_batch(chunk, first, first + size) for first in range(0, 600, size)]
    assert_equal(score_counts(functools.reduce(add_counts, batches), NETWORK, CPU), whole)
    assert whole.held_out[0] > 0.5 > abs(whole.held_out[1])
    assert whole.pvalue[0] < 1e-10


def test_groups_of_one_row_each_have_the_errors_of_rows():
    rows = score_counts(make_chunk().count(CPU, with_steps=False), NETWORK, CPU)
    groups = score_counts(make_chunk(groups=np.arange(600)).count(CPU, with_steps=False), NETWORK, CPU)
    assert np.array_equal(rows.held_out, groups.held_out)
    np.testing.assert_allclose(groups.se, rows.se, rtol=1e-5)  # sums in another order
    assert groups.pvalue.tolist() == [1, 1]  # no steps were counted


def test_evidence_of_parts_is_put_together():
    parts = [Evidence(np.array([v]), np.array([v + 1]), np.array([v + 2]), np.array([v + 3])) for v in (1.0, 2.0)]
    joined = join(parts, [np.array([2]), np.array([0])], 3)
    assert joined.held_out.tolist() == [2, 0, 1]
    assert joined.pvalue.tolist() == [5, 1, 4]  # nothing was said of the second
    kept = joined.put(np.array([1]), Evidence(*(np.array([9.0]) for _ in range(4))), with_pvalue=False)
    assert (kept.held_out.tolist(), kept.pvalue.tolist()) == ([2, 9, 1], [5, 1, 4])
    assert kept.cap(np.array([1.5, 1.5, 1.5])).held_out.tolist() == [1.5, 1.5, 1]
    assert kept.at(1) == Evidence(9.0, 9.0, 9.0, 1.0)


DEVICES = [
    pytest.param(torch.device("cpu"), id="cpu"),
    pytest.param(
        torch.device("cuda"),
        id="cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    ),
]


@pytest.mark.parametrize("device", DEVICES)
def test_accelerators_count_what_processors_count(device):
    chunk = make_chunk()
    parts = [np.arange(100), np.arange(0, 600, 7), np.empty(0, np.int64)]
    expected = count_pairs(chunk.codes, chunk.target, parts, chunk.shape)
    found = count_pairs_on_device(chunk.codes, chunk.target, parts, chunk.shape, device)
    assert found.dtype == torch.float32
    assert found.device.type == device.type
    assert np.array_equal(found.cpu().numpy(), expected)


@pytest.mark.parametrize("device", DEVICES)
def test_scores_are_those_of_counts_made_on_the_device(device, monkeypatch):
    """The way of an accelerator, on every machine: its counts give the bits that NumPy's give."""
    whole = score_counts(make_chunk().count(CPU, with_steps=True), NETWORK, CPU)

    def count(chunk, parts, _):
        return count_pairs_on_device(chunk.codes, chunk.target, parts, chunk.shape, device)

    monkeypatch.setattr(RowChunk, "_count", count)
    found = score_counts(make_chunk().count(device, with_steps=True), NETWORK, CPU)
    for name in ("held_out", "training", "se", "pvalue"):
        assert np.array_equal(getattr(found, name), getattr(whole, name)), name
