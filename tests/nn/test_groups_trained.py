"""Critics trained on few groups, with many rows each, are right for new groups."""

import math

import numpy as np
import pytest
import torch

from skmine.nn import MutualInfoLoss
from tests.nn.given import seeded

#: X = Y + .1 N, Y normal.
TRUTH = 0.5 * math.log(101)


def draw(n_images, n_rows):
    y = torch.randn(n_images, 1).repeat_interleave(n_rows, 0)
    return y + 0.1 * torch.randn(n_images * n_rows, 1), y


@pytest.mark.slow
@pytest.mark.parametrize("bound", ["dv", "mine", "nwj", "infonce", "smile"])
def test_trained_on_eight_images_evaluated_on_512(bound):
    torch.manual_seed(0)
    loss = MutualInfoLoss(1, 1, bound, hidden_layer_sizes=(64, 64), generator=seeded())
    optimizer = torch.optim.Adam(loss.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1500)
    groups = torch.arange(8).repeat_interleave(16)
    for _ in range(1500):
        # Not clipped: a batch in which two images are close has a large gradient, and is as rare.
        loss.train_critic(optimizer, *draw(8, 16), groups=groups, largest_gradient=math.inf)
        schedule.step()
    with torch.no_grad():
        found = np.mean([float(loss.eval()(*draw(512, 1))) for _ in range(20)])
    assert found == pytest.approx(TRUTH, abs=0.15)
