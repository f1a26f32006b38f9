"""diffusion-mi's MINDE, scored on the rows that trained it, as its own documentation does.

Its defaults (a rate of 5e-5 and no limit of steps) are far from trained after minutes, so the rate of its authors'
experiments is taken, 1e-3, and a number of steps that is the same for all numbers of rows.
"""

import logging
import sys
import types

import lightning
import numpy as np
import pytorch_lightning
import torch
from protocol import serve

# It imports torchvision for images, of which there are none here; those that ask whether it is there have asked.
for module in ("torchvision", "torchvision.transforms"):
    sys.modules[module] = types.ModuleType(module)
sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]

from dmi import estimators  # noqa: E402  (needs the modules above)

torch.set_num_threads(1)
for package in (lightning, pytorch_lightning):
    logging.getLogger(package.__name__).setLevel(logging.ERROR)

STEPS = 4_000
BATCH = 128


def estimate_minde(X: np.ndarray, Y: np.ndarray, seed: int) -> float:
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    epochs = max(STEPS // max(len(X) // BATCH, 1), 1)
    estimator = estimators.MINDEEstimator(learning_rate=1e-3, batch_size=BATCH, max_epochs=epochs, device="cpu")
    estimator.fit(X, Y)
    return float(estimator.estimate(X, Y))


serve({"MINDE": estimate_minde})
