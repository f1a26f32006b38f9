"""Mutual information inside your own training loop: modules and gradients for torch.

Maximise `MutualInfoLoss` to make two representations share information, minimise it to make them share none.
`skmine.CoupledEncoder` is the same as a scikit-learn transformer.
"""

from skmine.nn.gradients import backward_clipped, reversed_gradient
from skmine.nn.loss import MutualInfoLoss

__all__ = ["MutualInfoLoss", "backward_clipped", "reversed_gradient"]
