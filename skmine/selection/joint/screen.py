"""Which columns are worth a network: those that say something alone, or in pairs.

Design notes. A masked network finds what matters among a few dozen columns; among hundreds, noise
hides information that only pairs of columns carry. Pairs come cheap: with standardised functions f of columns and
c of the target, sum_i f_a(x_i) f_b(x_i) c(y_i) / sqrt(n) is near standard normal where nothing interacts, and all pairs
are one matrix product. Where the products' own sum of squares is more than n, it takes the place of n: a few rare rows
that meet by chance weigh no more than their number. What three columns say only together, no screen sees.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.data.coding import fit_coding
from skmine.data.group import ColumnGroup
from skmine.estimation.critics.masked import Array, MaskedTable
from skmine.estimation.inference import compute_normal_score
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Rows

#: Most candidates that go on to the network: among a hundred it misses what only pairs say (XOR of 2 among 100 at
#: 2,000 rows: one time in two).
MOST_SCREENED = 64

#: P-value, times the number of pairs, below which a pair is striking: one table in a thousand has a false one.
STRIKING = 0.001

#: Labels of a target that pairs are weighed with: the largest ones, as each costs a product of matrices.
MOST_LABELS_OF_TARGET = 4

#: Nodes of an ordered target that a search tells apart: it compares sets, and needs no sharp edges. Arbitrary.
TARGET_NODES = 32

#: Nodes of several targets together: twice as many, as each has few. Arbitrary.
NODES_OF_ALL_TARGETS = 64


def make_target_functions(nodes: Nodes, rows: Rows) -> NDArray[np.float64]:
    """Standardised functions of a coded target, (len(rows), k): labels, or an order's first polynomials."""
    codes = nodes.codes[rows]
    counts = np.bincount(codes, minlength=nodes.n_nodes)
    if nodes.ordered:
        place = np.cumsum(counts / len(rows)) - counts / (2 * len(rows))
        z = stats.norm.ppf(place)[codes]
        functions = [z, z**2]
    else:
        largest = np.argsort(-counts, kind="stable")[:MOST_LABELS_OF_TARGET]
        largest = largest[: max(int((counts > 0).sum()) - 1, 1)]  # the last label is what the others are not
        functions = [codes == label for label in largest]
    return standardise(np.stack(functions, axis=1).astype(np.float64))


def standardise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns of mean 0 and mean square 1, constant ones 0."""
    values = values - values.mean(0)
    return values / np.maximum(values.std(0), 1e-12)


def score_pairs(table: MaskedTable, nodes: Nodes, rows: Rows) -> NDArray[np.float64]:
    """How far what pairs of candidates say together is from chance, as normal scores, (d, d); 0 on the diagonal.

    Parameters
    ----------
    table : MaskedTable
    nodes : Nodes
        The target.
    rows : ndarray of row index
    """
    x: Array = standardise(table.matrix[rows].astype(np.float64)).astype(np.float32)
    d = len(table)
    n_features = np.bincount(table.candidate_of_feature, minlength=d).astype(np.float64)
    starts = np.searchsorted(table.candidate_of_feature, np.arange(d))
    functions = make_target_functions(nodes, rows).astype(np.float32)
    total = np.zeros((d, d))
    for c in functions.T:
        weighted = x * c[:, None]
        squares: Array = np.maximum(np.square(weighted).T @ np.square(x), len(rows))
        scores = (np.square(weighted.T @ x) / squares).astype(np.float64)
        total += np.add.reduceat(np.add.reduceat(scores, starts, 0), starts, 1)
    freedom = np.outer(n_features, n_features) * functions.shape[1]
    total = np.maximum(total, total.T)  # which differ by rounding
    out = compute_normal_score(total, freedom)  # a sum of squares is chi-square by chance
    np.fill_diagonal(out, 0.0)
    return out


def find_striking(pairs: NDArray[np.float64]) -> list[int]:
    """Candidates of pairs that chance would not make, among so many pairs; those of the best pair first."""
    n_pairs = max(len(pairs) * (len(pairs) - 1) / 2, 1)  # one candidate makes no pair, and does not strike
    best = pairs.max(1)
    order = np.argsort(-best, kind="stable")
    return order[stats.norm.sf(best[order]) * n_pairs < STRIKING].tolist()


def screen(
    alone: NDArray[np.float64], pairs: NDArray[np.float64], kept: Sequence[int] = (), most: int = MOST_SCREENED
) -> list[int]:
    """Choose candidates that go on: the best alone and those of the best pairs, in turns, in ascending order.

    Parameters
    ----------
    alone : ndarray of shape (d,)
        Scores of candidates by themselves.
    pairs : ndarray of shape (d, d)
        As `score_pairs` gives them.
    kept : sequence of int
        Candidates that go on in any case.
    most : int
    """
    chosen = dict.fromkeys(kept)
    upper = np.triu_indices(len(alone), 1)
    best_pairs = np.argsort(-pairs[upper], kind="stable")[: most * most]
    of_pairs = dict.fromkeys(int(j) for p in best_pairs for j in (upper[0][p], upper[1][p]))
    queues = [iter(np.argsort(-alone, kind="stable").tolist()), iter(of_pairs)]
    while len(chosen) < min(most, len(alone)):
        for queue in queues:
            found = next((j for j in queue if j not in chosen), None)
            if found is not None and len(chosen) < most:
                chosen[found] = None
    return sorted(chosen)


def code_targets(y: ColumnGroup) -> Nodes:
    """The target's nodes; several targets are told apart together, each more coarsely."""
    budget = TARGET_NODES if len(y) == 1 else max(int(NODES_OF_ALL_TARGETS ** (1 / len(y))), 2)
    sides = [
        Nodes.read(fit_coding(column, budget, discrete=flag), column, flag)
        for column, flag in zip(y.columns, y.flags, strict=True)
    ]
    if len(sides) == 1:
        return sides[0]
    _, codes = np.unique(np.stack([side.codes for side in sides], axis=1), axis=0, return_inverse=True)
    return Nodes(codes.reshape(-1), int(codes.max()) + 1, False)
