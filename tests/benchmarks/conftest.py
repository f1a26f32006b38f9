"""What tests of several benchmarks need."""

import numpy as np
import pytest

from benchmarks.tables import tasks
from skmine import synthetic


@pytest.fixture
def folder(tmp_path):
    """Two tasks of few rows: one column each, and tables."""
    for sampler in (synthetic.normal_pair(0.75), synthetic.normal_dense(2, 0.5)):
        X, Y = map(tasks.to_matrix, sampler.draw(np.random.default_rng(0), 300))
        np.savez(tmp_path / f"{sampler.name}.npz", X=X, Y=Y, mi=sampler.mi)
    return tmp_path
