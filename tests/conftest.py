"""One torch thread a worker: two cores are shared by the workers of pytest-xdist."""

import os

# scikit-learn's array API checks run only where scipy was told so before its first import.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
