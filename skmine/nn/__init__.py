"""Mutual information inside your own training loop: modules and gradients for torch.

Maximise `MutualInfoLoss` to make two representations share information, minimise it to make them share none.
`skmine.CoupledEncoder` is the same as a scikit-learn transformer. `noisy_information` bounds what a layer with known
noise says of its input, without a critic.
"""

from skmine.core.processes import gather_rows
from skmine.nn.combined import ConditionalLoss, ViewsLoss
from skmine.nn.gradients import backward_clipped, backward_in_chunks, reversed_gradient
from skmine.nn.guarded import GuardedLoss
from skmine.nn.known import InformationBounds, known_conditional_bounds, noisy_information
from skmine.nn.loss import MutualInfoLoss

__all__ = [
    "ConditionalLoss",
    "GuardedLoss",
    "InformationBounds",
    "MutualInfoLoss",
    "ViewsLoss",
    "backward_clipped",
    "backward_in_chunks",
    "gather_rows",
    "known_conditional_bounds",
    "noisy_information",
    "reversed_gradient",
]
