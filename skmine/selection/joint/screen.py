"""Which columns are worth a network: those that say something alone, or in pairs.

Design notes. A masked network finds what matters among a few dozen columns; among hundreds the noise
drowns what only pairs of columns say. Pairs come cheap: with standardised functions f of columns and
c of the target, sum_i f_a(x_i) f_b(x_i) c(y_i) / sqrt(n) is near standard normal where nothing
interacts, and all pairs are one matrix product. What three columns say only together, no screen sees.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.estimation.critics.masked import Array, Entries
from skmine.estimation.scoring import Nodes, Rows

#: Most entries that go on to the network.
MOST = 64
#: Standard deviations by which a pair must be above the largest of all pairs by chance.
BEYOND_CHANCE = 2.0
#: Labels of a target that pairs are weighed with.
MOST_OF_TARGET = 4


def target_functions(nodes: Nodes, rows: Rows) -> NDArray[np.float64]:
    """Standardised functions of a coded target, (len(rows), k): labels, or an order's first polynomials."""
    codes = nodes.codes[rows]
    counts = np.bincount(codes, minlength=nodes.n_nodes)
    if nodes.ordered:
        place = np.cumsum(counts / len(rows)) - counts / (2 * len(rows))
        z = stats.norm.ppf(place)[codes]
        functions = [z, z**2]
    else:
        largest = np.argsort(-counts, kind="stable")[:MOST_OF_TARGET]
        largest = largest[: max(int((counts > 0).sum()) - 1, 1)]  # the last label is what the others are not
        functions = [codes == label for label in largest]
    return _standardised(np.stack(functions, axis=1).astype(np.float64))


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    values = values - values.mean(0)
    return values / np.maximum(values.std(0), 1e-12)


#: p-value below which a column is related to a target, times the number of columns.
RELATED = 0.01


def related(entries: Entries, nodes: Nodes, rows: Rows) -> list[int]:
    """Entries that surely say something alone, by a straight line to the target's functions.

    n times the squared correlations of standardised columns are together chi-square by chance.
    """
    x = _standardised(entries.matrix[rows].astype(np.float64))
    functions = target_functions(nodes, rows)
    d = len(entries)
    total = np.bincount(entries.owner, np.square(x.T @ functions).sum(1), minlength=d) / len(rows)
    freedom = np.bincount(entries.owner, minlength=d) * functions.shape[1]
    return np.flatnonzero(stats.chi2.sf(total, np.maximum(freedom, 1)) * d < RELATED).tolist()


def pair_scores(entries: Entries, nodes: Nodes, rows: Rows) -> NDArray[np.float64]:
    """How far what pairs of entries say together is from chance, as normal scores, (d, d); 0 on the diagonal.

    Parameters
    ----------
    entries : Entries
    nodes : Nodes
        The target.
    rows : ndarray of row numbers
    """
    x: Array = _standardised(entries.matrix[rows].astype(np.float64)).astype(np.float32)
    d = len(entries)
    of_entry = np.bincount(entries.owner, minlength=d).astype(np.float64)
    starts = np.searchsorted(entries.owner, np.arange(d))
    functions = target_functions(nodes, rows).astype(np.float32)
    total = np.zeros((d, d))
    for c in functions.T:
        moments = (x * c[:, None]).T @ x
        total += np.add.reduceat(np.add.reduceat(moments.astype(np.float64) ** 2, starts, 0), starts, 1) / len(rows)
    freedom = np.outer(of_entry, of_entry) * functions.shape[1]
    # A sum of squares, chi-square by chance, as a normal score (Wilson and Hilferty 1931).
    wide = 2 / (9 * freedom)
    out: NDArray[np.float64] = (np.cbrt(total / freedom) - (1 - wide)) / np.sqrt(wide)
    np.fill_diagonal(out, 0.0)
    return out


def striking(pairs: NDArray[np.float64]) -> list[int]:
    """Entries of pairs that chance would not make, among so many pairs."""
    d = len(pairs)
    by_chance = np.sqrt(2 * np.log(max(d * (d - 1) / 2, 2)))
    return np.flatnonzero((pairs > by_chance + BEYOND_CHANCE).any(1)).tolist()


def screened(
    alone: NDArray[np.float64], pairs: NDArray[np.float64], kept: Sequence[int] = (), most: int = MOST
) -> list[int]:
    """Entries that go on: the best alone and those of the best pairs, in turns, in ascending order.

    Parameters
    ----------
    alone : ndarray of shape (d,)
        Scores of entries by themselves.
    pairs : ndarray of shape (d, d)
        As `pair_scores` gives them.
    kept : sequence of int
        Entries that go on in any case.
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
