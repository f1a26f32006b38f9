"""Mutual information inside a training loop of your own: modules and gradients for torch.

`MutualInfoLoss` is maximised to couple two representations and minimised to part them;
`coupling.CoupledEncoder` is the same as a scikit-learn transformer.
"""

from skmine.nn.gradients import backward_clipped, reversed_gradient
from skmine.nn.loss import MutualInfoLoss

__all__ = ["MutualInfoLoss", "backward_clipped", "reversed_gradient"]
