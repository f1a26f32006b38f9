"""What two tables share that no training is needed for: the bases that trained critics start from.

Design notes. A base is made of *derived columns*, one of each side a pair:

- **canonical pairs** (Hotelling 1936), those that Bartlett's sequential test calls significant: all
  of them over-fit from some 25 columns on. They are weighted sums of features, linear,
  radial or curved (`canonical`);
- **columns themselves**, each with the one of the other table that it goes with best;
- **the two radii**, where laws with heavy or common tails keep what they share.

A pair of derived columns is scored as jointly normal, which is exact where the copula is Gaussian,
or by the pretrained grid critic, which knows any shape. Which combination is used is a choice among
a dozen, made on validation rows by the score that is reported (`choices`): Donsker-Varadhan would be
fooled by a critic that is wild where few rows are.
"""

from skmine.estimation.bases.canonical import Direction, Directions, canonical_pairs
from skmine.estimation.bases.choices import choose_for_nodes, choose_for_pairs
from skmine.estimation.bases.sums import Base

__all__ = ["Base", "Direction", "Directions", "canonical_pairs", "choose_for_nodes", "choose_for_pairs"]
