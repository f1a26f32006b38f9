"""P-values where few cells carry everything: exact and permutation tests of a table of counts.

Design notes. The law of the held-out score is a sum over many rows, and three moments describe it well. Where
one side has few rows outside its most frequent node, or both sides have so few that they hardly meet, a handful
of rows decides, and three moments do not. There all rows are tested at once, with both margins given, which is
exact whatever the counts: two indicators by Fisher's exact test, other tables by random tables of the same
margins. Nodes are merged first, so that each group expects a few of the rare rows: an order by ranks, labels by
frequency; what is missing stays apart. Nothing is trained on, so no row is lost to the search for a link.

Fisher (1934), "Statistical methods for research workers", section 21.02. Freeman and Halton (1951), Biometrika
38, for tables of any size. Knijnenburg et al. (2009), Bioinformatics 25, i161, for the tail beyond the draws.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from skmine.data.coding import Coding, OrderedCoding
from skmine.estimation.inference import compute_normal_score

#: Rows in which the minorities of both sides are expected to meet, below which a pair is sparse. Arbitrary, and well
#: above one, where three moments fail.
FEWEST_MEETINGS = 10

#: Fraction of the rows, and number of rows, of a minority that is rare whatever it meets: a step of the usual law
#: would hold at most fifty of them. Arbitrary otherwise.
RARE_FRACTION = 0.02
RARE_ROWS = 300

#: Rare rows that a group of nodes expects, as in Cochran's rule for chi-square.
ROWS_PER_GROUP = 5

#: Random tables of the first look, and of the second where the first finds less than `WORTH_MORE`.
DRAWS = 400
MORE_DRAWS = 20_000
WORTH_MORE = 0.1

#: Draws that exceed the statistic, below which the tail is fitted; and the draws that it is fitted to: 2 % of them.
#: Arbitrary.
FEWEST_BEYOND = 20
TAIL = 400

#: Distinct values among the tail's draws that a continuous law needs; of fewer, the smallest p-value is that of
#: the draws.
FEWEST_DISTINCT = 100

#: Difference of log probabilities, or of statistics, that counts as a tie.
TIE = 1e-7

#: Keeps divisions and quantiles finite.
TINY = 1e-300


@dataclass(frozen=True)
class NodeOrder:
    """What may be merged among the nodes of a column.

    Attributes
    ----------
    ordered : bool
        Whether the nodes are an order's, or labels.
    has_missing : bool
        Whether the last node in use is that of missing values.
    complete : bool
        Whether every value has a node of its own.
    """

    ordered: bool = False
    has_missing: bool = False
    complete: bool = False

    @classmethod
    def read(cls, coding: Coding, *, complete: bool) -> "NodeOrder":
        """What a coding says of its nodes; missing values have the last one, if they have one of their own."""
        return cls(isinstance(coding, OrderedCoding), coding.missing == coding.n_nodes - 1, complete)


def is_sparse(counts: NDArray[np.float64]) -> bool:
    """Whether so few rows decide that a table of counts (G, H) needs an exact law."""
    n = counts.sum()
    minorities = [n - counts.sum(axis).max() for axis in (0, 1)]
    rare = min(minorities)
    return bool(minorities[0] * minorities[1] < FEWEST_MEETINGS * n or rare < min(RARE_FRACTION * n, RARE_ROWS))


def compute_sparse_pvalue(counts: NDArray[np.float64], columns: tuple[NodeOrder, NodeOrder]) -> float:
    """P-value of independence of a table of counts (G, H), both margins given.

    Parameters
    ----------
    counts : ndarray of shape (G, H)
    columns : (NodeOrder, NodeOrder)
        What may be merged on either side.

    Returns
    -------
    float
        Fisher's exact two-sided p-value for two indicators: the probability of all tables that are no likelier
        than the one seen. Of other tables, that of a statistic (`Statistic`) at least as large.
    """
    table = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
    if min(table.shape) < 2:
        return 1.0
    rare = min(table.sum() - table.sum(axis).max() for axis in (0, 1))
    n_groups = max(int(rare // ROWS_PER_GROUP), 2)
    table, row_scores = _merge(table, columns[0], n_groups)
    table, column_scores = _merge(table, columns[1], n_groups)
    if min(table.shape) < 2:
        return 1.0
    if table.shape == (2, 2):
        return compute_fisher_pvalue(table)
    statistic = Statistic.of_margins(table.sum(1), table.sum(0), row_scores, column_scores)
    return _compute_permutation_pvalue(table, statistic)


@dataclass(frozen=True)
class Statistic:
    """The larger of two normal scores: of the likelihood ratio, and of the rank correlation where there is an order.

    The likelihood ratio sees any link, a correlation sees a trend with fewer rows. Neither score has to be right:
    both only have to be comparable, as random tables give the law of the larger one.
    """

    freedom: int
    constant: float
    row_scores: NDArray[np.float64]
    column_scores: NDArray[np.float64]

    @classmethod
    def of_margins(
        cls,
        rows: NDArray[np.float64],
        columns: NDArray[np.float64],
        row_scores: NDArray[np.float64],
        column_scores: NDArray[np.float64],
    ) -> "Statistic":
        """The statistic of tables with these margins; scores of zero where a side has no order."""
        n = rows.sum()
        constant = special.xlogy(n, n) - special.xlogy(rows, rows).sum() - special.xlogy(columns, columns).sum()
        size = np.sqrt((rows * row_scores**2).sum() * (columns * column_scores**2).sum() / max(n - 1, 1))
        return cls((len(rows) - 1) * (len(columns) - 1), constant, row_scores / max(size, TINY), column_scores)

    def evaluate(self, entropy_term: NDArray[np.float64], correlation: NDArray[np.float64]) -> NDArray[np.float64]:
        """The statistic from sum N log N and sum N u v of tables."""
        of_ratio = compute_normal_score(2 * np.maximum(entropy_term + self.constant, 0.0), self.freedom)
        # Two-sided: the normal score of twice the tail.
        of_trend = -special.ndtri(np.minimum(2 * special.ndtr(-np.abs(correlation)), 1 - 1e-16))
        return np.maximum(of_ratio, np.where(correlation == 0, -np.inf, of_trend))


def compute_fisher_pvalue(table: NDArray[np.float64]) -> float:
    """Fisher's exact two-sided p-value of a 2 x 2 table: all tables that are no likelier than the one seen."""
    total, first, second = (int(v) for v in (table.sum(), table[0].sum(), table[:, 0].sum()))
    law = stats.hypergeom(total, first, second)
    support = np.arange(max(0, first + second - total), min(first, second) + 1)
    log_probability = law.logpmf(support)
    seen = law.logpmf(int(table[0, 0]))
    return float(min(np.exp(special.logsumexp(log_probability[log_probability <= seen + TIE])), 1.0))


def _merge(
    table: NDArray[np.float64], column: NodeOrder, n_groups: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A table whose rows are merged into `n_groups` at most, turned, and the groups' centred mid-ranks.

    Missing values stay apart. Labels have no ranks, two of them excepted: their scores are 0.
    """
    has_missing = column.has_missing and len(table) > 2
    free = len(table) - has_missing
    if free > n_groups:
        margin = table[:free].sum(1)
        if column.ordered:
            middle = (np.cumsum(margin) - margin / 2) / margin.sum()
            group = np.minimum((middle * n_groups).astype(int), n_groups - 1)
        else:
            group = np.minimum(np.argsort(np.argsort(-margin, kind="stable")), n_groups - 1)
        merged = np.zeros((n_groups, table.shape[1]))
        np.add.at(merged, group, table[:free])
        merged = merged[merged.sum(1) > 0]
        free = len(merged)
        table = np.concatenate([merged, table[len(table) - has_missing :]])
    scores = np.zeros(len(table))
    if column.ordered or len(table) == 2:
        margin = table[:free].sum(1)
        middle = np.cumsum(margin) - margin / 2
        scores[:free] = middle - (margin * middle).sum() / margin.sum()
    return table.T, scores


def _compute_permutation_pvalue(table: NDArray[np.float64], statistic: Statistic) -> float:
    """P-value of a statistic among random tables of the same margins, its tail fitted."""
    rows, columns = table.sum(1).astype(np.int64), table.sum(0).astype(np.int64)
    correlation = statistic.row_scores @ table @ statistic.column_scores
    seen = float(statistic.evaluate(special.xlogy(table, table).sum(), np.array(correlation)))
    # The draws follow from the margins alone: the same pair gives the same bits, whoever works on it.
    rng = np.random.default_rng([*rows.tolist(), *columns.tolist()])
    drawn = _draw_statistics(rows, columns, statistic, DRAWS, rng)
    if np.mean(drawn >= seen - TIE) <= WORTH_MORE:
        drawn = _draw_statistics(rows, columns, statistic, MORE_DRAWS, rng)
    return _locate(seen, drawn)


def _draw_statistics(
    rows: NDArray[np.int64], columns: NDArray[np.int64], statistic: Statistic, n_draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The statistic of random tables with given margins: all rows but the most frequent are drawn one by one."""
    left = np.broadcast_to(columns, (n_draws, len(columns))).copy()
    entropy_term, correlation = np.zeros(n_draws), np.zeros(n_draws)
    order = np.argsort(rows, kind="stable")
    for place in order:
        drawn = left if place == order[-1] else _draw_hypergeometric(left, int(rows[place]), rng)
        entropy_term += special.xlogy(drawn, drawn).sum(1)
        correlation += statistic.row_scores[place] * (drawn @ statistic.column_scores)
        left = left - drawn
    return statistic.evaluate(entropy_term, correlation)


def _draw_hypergeometric(left: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """N rows drawn without replacement from the columns that are left, (n_draws, columns) at once."""
    out = np.zeros_like(left)
    others, wanted = left.sum(1), np.full(len(left), n)
    for j in range(left.shape[1] - 1):
        others = others - left[:, j]
        out[:, j] = rng.hypergeometric(left[:, j], others, wanted)
        wanted = wanted - out[:, j]
    out[:, -1] = wanted
    return out


def _locate(seen: float, drawn: NDArray[np.float64]) -> float:
    """P-value of a statistic among draws; beyond most of them, by a generalised Pareto tail."""
    n_beyond = int((drawn >= seen - TIE).sum())
    by_draws = (1 + n_beyond) / (1 + len(drawn))
    if n_beyond >= FEWEST_BEYOND or len(drawn) <= TAIL:
        return by_draws
    ordered = np.sort(drawn)
    below, tail = ordered[-TAIL - 1], ordered[-TAIL:]
    if len(np.unique(np.round(tail, 9))) < FEWEST_DISTINCT:
        return by_draws
    start = (tail[0] + below) / 2
    excess = tail - start
    # Moments of the generalised Pareto law (Hosking and Wallis 1987); a bounded tail is taken as exponential.
    mean, variance = float(excess.mean()), float(excess.var())
    shape = max(0.5 * (1 - mean**2 / variance), 0.0)
    scale = mean * (1 - shape)
    tail_pvalue = TAIL / len(drawn) * float(stats.genpareto.sf(seen - start, shape, scale=scale))
    return float(min(max(tail_pvalue, np.finfo(float).tiny), by_draws))
