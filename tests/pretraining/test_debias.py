"""The shipped weights reduce the errors of estimates on laws with known mutual information."""

from dataclasses import astuple

import numpy as np

from pretraining import debias
from skmine.estimation.fitting_cost import GRID_WEIGHTS


def test_shipped_weights_reduce_errors_on_laws_with_known_mi():
    # 80 fresh laws, 100 to 30,000 rows: relative errors, paired.
    data = np.array([debias.measure_law(77, i) for i in range(80)])
    shipped = np.abs(debias.relative_errors(np.array(astuple(GRID_WEIGHTS)), data))
    for other in ([0.0, 0.0, 1.0], [0.5, 0.0, 1.0]):  # the held-out score, the midpoint
        gain = np.abs(debias.relative_errors(np.array(other), data)) - shipped
        assert gain.mean() > 1.64 * gain.std(ddof=1) / np.sqrt(len(gain))
