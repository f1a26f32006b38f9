"""The shipped grid network."""

import pytest
import torch

from skmine.core.networks import load_grid_network


@pytest.fixture(scope="session")
def network():
    return load_grid_network(torch.device("cpu"))
