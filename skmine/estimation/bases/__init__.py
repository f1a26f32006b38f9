"""What two sides share that can be found without training: the bases that trained critics start from.

Design notes. A base is made of pairs of *derived columns*, one from each side:

- **canonical pairs** (Hotelling 1936), those that Bartlett's sequential test calls significant: all
  of them over-fit from some 25 columns on. They are weighted sums of features, linear,
  radial or curved (`canonical`);
- **columns themselves**, each with the column of the other side that it shares most with;
- **the two radii**, which carry what distributions with heavy or dependent tails share.

A pair of derived columns is scored as jointly normal, which is exact where the copula is Gaussian,
or by the pretrained grid network, which handles any shape. One of about a dozen combinations is chosen
on validation rows, by the score that is reported (`choices`): Donsker-Varadhan would prefer a critic that
is too large where there are few rows.
"""

from skmine.estimation.bases.canonical import Direction, Directions, find_canonical_pairs
from skmine.estimation.bases.node_choices import CodedSide, choose_for_nodes
from skmine.estimation.bases.pair_choices import choose_for_pairs, choose_linear
from skmine.estimation.bases.sums import Base

__all__ = [
    "Base",
    "CodedSide",
    "Direction",
    "Directions",
    "choose_for_nodes",
    "choose_for_pairs",
    "choose_linear",
    "find_canonical_pairs",
]
