"""Which columns are worth a network: those that say something alone, or in pairs.

Design notes. A masked network finds what matters among a few dozen columns; among hundreds, noise
hides information that only pairs of columns carry. Pairs come cheap: with standardised functions f of columns and
c of the target, sum_i f_a(x_i) f_b(x_i) c(y_i) / sqrt(n) is near standard normal where nothing interacts, and all pairs
are one matrix product. Where the products' own sum of squares is more than n, it takes the place of n: a few rare rows
that meet by chance weigh no more than their number. What three columns say only together, no screen sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.data.coding import fit_coding
from skmine.data.group import ColumnGroup
from skmine.estimation.critics.masked import Array, MaskedTable
from skmine.estimation.inference import compute_normal_score
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Rows
from skmine.estimation.smooth_tables import standardise

#: Most candidates that go on to the network: among a hundred it misses what only pairs say (XOR of 2 among 100 at
#: 2,000 rows: one time in two).
MOST_SCREENED = 64

#: P-value, times the number of pairs, below which a pair is striking: one table in a thousand has a false one.
STRIKING = 0.001

#: Scores of pairs that are in memory at once: some 30 MB, a few times over; two thousand candidates are one block.
SCORES_AT_ONCE = 2**22

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


@dataclass(frozen=True)
class PairScores:
    """How far what pairs of candidates say together is from chance, as normal scores.

    Attributes
    ----------
    best : ndarray of shape (d,)
        Of each candidate's best pair.
    pairs, scores : ndarray of shape (m, 2), ndarray of shape (m,)
        Candidates of the best pairs of all and their scores, the best first.
    """

    best: NDArray[np.float64]
    pairs: NDArray[np.int64]
    scores: NDArray[np.float64]


def score_pairs(table: MaskedTable, nodes: Nodes, rows: Rows, most: int = MOST_SCREENED**2) -> PairScores:
    """Score all pairs of candidates, some candidates against all later ones at a time.

    Parameters
    ----------
    table : MaskedTable
    nodes : Nodes
        The target.
    rows : ndarray of row index
    most : int
        Pairs that are named.
    """
    x: Array = standardise(table.matrix[rows].astype(np.float64)).astype(np.float32)
    d = len(table)
    functions = make_target_functions(nodes, rows).astype(np.float32)
    starts = np.searchsorted(table.candidate_of_feature, np.arange(d + 1))
    best, pairs, scores = np.full(d, -np.inf), np.empty((0, 2), np.int64), np.empty(0)
    first = 0
    while first < d - 1:
        limit = starts[first] + max(SCORES_AT_ONCE // (x.shape[1] - starts[first]), 1)
        last = max(int(np.searchsorted(starts, limit, "right")) - 1, first + 1)
        found = _score_block(x, functions, starts, first, last)  # (last - first, d - first)
        found[np.tril_indices(last - first, 0, d - first)] = -np.inf  # every pair once
        best[first:last] = np.maximum(best[first:last], found.max(1))
        best[first:] = np.maximum(best[first:], found.max(0))
        enough = np.partition(found, -most, axis=None)[-most] if found.size > most else -np.inf
        rivals = np.argwhere((found >= enough) & (found > -np.inf))
        pairs, scores = np.concatenate([pairs, rivals + first]), np.concatenate([scores, found[tuple(rivals.T)]])
        order = np.argsort(-scores, kind="stable")[:most]
        pairs, scores, first = pairs[order], scores[order], last
    return PairScores(best, pairs, scores)


def _score_block(x: Array, functions: Array, starts: NDArray[np.int64], first: int, last: int) -> NDArray[np.float64]:
    """Scores of candidates from `first` up to `last` with all from `first` on; `starts` are those of their features."""
    begin, end = starts[first], starts[last]
    total = np.zeros((last - first, len(starts) - 1 - first))
    ours, others = starts[first:last] - begin, starts[first:-1] - begin
    squared = np.square(x[:, begin:])
    for c in functions.T:
        weighted = x[:, begin:end] * c[:, None]
        squares: Array = np.maximum(np.square(weighted).T @ squared, len(x))
        scores = (np.square(weighted.T @ x[:, begin:]) / squares).astype(np.float64)
        total += np.add.reduceat(np.add.reduceat(scores, ours, 0), others, 1)
    n_features = np.diff(starts[first:]).astype(np.float64)
    freedom = np.outer(n_features[: last - first], n_features) * functions.shape[1]
    return compute_normal_score(total, freedom)  # a sum of squares is chi-square by chance


def find_striking(scores: PairScores) -> list[int]:
    """Candidates of pairs that chance would not make, among so many pairs; those of the best pair first."""
    d = len(scores.best)
    n_pairs = max(d * (d - 1) / 2, 1)  # one candidate makes no pair, and does not strike
    order = np.argsort(-scores.best, kind="stable")
    return order[stats.norm.sf(scores.best[order]) * n_pairs < STRIKING].tolist()


def screen(
    alone: NDArray[np.float64], scores: PairScores, kept: Sequence[int] = (), most: int = MOST_SCREENED
) -> list[int]:
    """Choose candidates that go on: the best alone and those of the best pairs, in turns, in ascending order.

    Parameters
    ----------
    alone : ndarray of shape (d,)
        Scores of candidates by themselves.
    scores : PairScores
    kept : sequence of int
        Candidates that go on in any case.
    most : int
    """
    chosen = dict.fromkeys(kept)
    of_pairs = dict.fromkeys(scores.pairs.ravel().tolist())
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
