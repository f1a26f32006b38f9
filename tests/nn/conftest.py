"""Batches that a test draws are the same in every run."""

import sys

import pytest
import torch


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def forget_compiled():
    """What one test compiled is not counted against another: a compiler gives up after eight versions of a function."""
    yield
    if "torch._dynamo" in sys.modules:
        sys.modules["torch._dynamo"].reset()
