"""What two sides share that can be found without training: the bases that trained critics start from.

Design notes. Most bases are made of pairs of *derived columns*, one from each side:

- **canonical pairs** (Hotelling 1936), those that Bartlett's sequential test calls significant: all
  of them over-fit from some 25 columns on. They are weighted sums of features: columns in either view
  (`views`), products that a screen found (`products`), radial or curved ones (`canonical`);
- **columns themselves**, each with the column of the other side that it shares most with;
- **the radii** in either view, which carry what distributions with heavy or dependent tails share.

A pair of derived columns is scored as jointly normal, which is exact where the copula is Gaussian, as a line with
noise (`residuals`), which is exact whatever the margins, or by the pretrained grid network, which handles any shape.
Others are laws of whole tables: Student's, and mixtures of normal laws (`densities`). Against labels and nodes there
are well-kept models (`learned`). One of some dozens is chosen on validation rows, by the score that is reported
(`choice`, `pair_choices`, `node_choices`): Donsker-Varadhan would prefer a critic that is too large where there are
few rows.
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
