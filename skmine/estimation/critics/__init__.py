"""The kinds of critics. To add one, write its file and list its class here.

`critic="auto"` takes the first kind that accepts both groups. "pair" accepts any two, so a kind that stands behind
it is only taken by name.
"""

from skmine.estimation.critic import Critic
from skmine.estimation.critics.grid import GridCritic
from skmine.estimation.critics.pair import PairCritic
from skmine.estimation.critics.partition import PartitionCritic

#: By name, those first that "auto" prefers.
CRITICS: dict[str, type[Critic]] = {kind.name: kind for kind in (GridCritic, PartitionCritic, PairCritic)}

__all__ = ["CRITICS", "GridCritic", "PairCritic", "PartitionCritic"]
