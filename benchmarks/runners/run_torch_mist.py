"""torch-mist's SMILE with a joint critic; `estimate_mi` scores it on the rows that trained it.

Batches of 64 and a fifth of the rows for validation are chosen in its favour, by its errors on the public
tasks at n = 10,000: a dozen settings were tried on four of them, five on all. Its defaults (128 and a
tenth) stop early and have a mean error of .085, these settings of .058; with twice the learning rate as well,
.057.
"""

import random

import numpy as np
import torch
from protocol import serve
from torch_mist import estimate_mi

torch.set_num_threads(1)


def estimate_smile(X: np.ndarray, Y: np.ndarray, seed: int) -> float:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
    mi, _ = estimate_mi(
        data=(X, Y), estimator="smile", critic_type="joint", hidden_dims=[128, 128], patience=5, batch_size=64,
        valid_percentage=0.2, verbose=False,
    )  # fmt: skip
    return mi


serve({"SMILE": estimate_smile})
