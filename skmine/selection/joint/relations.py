"""Which candidates are surely related to the target, by themselves or given all others.

Design notes. Shadows compare candidates with noise of one table, and among many weak candidates that is harsh: what is
surely related is not theirs to drop. A p-value by itself is that of product moments, of squares, too, as a network of
many candidates may miss what a line does; given all others, that of a linear regression. Where several are related,
weaker ones are likely to be: how likely, the p-values of all say together, so that the more rows there are, the
clearer noise stands apart.

Efron, Tibshirani, Storey and Tusher (2001), "Empirical Bayes analysis of a microarray experiment", J. Am. Stat. Assoc.
96.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.estimation.critics.masked import MaskedTable
from skmine.estimation.inference import LEAST_PVALUE, combine_by_cauchy
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Rows
from skmine.estimation.smooth_tables import standardise
from skmine.selection.joint.linear import FEATURES_AT_ONCE, compute_partial_pvalues
from skmine.selection.joint.screen import make_target_functions

#: The group of every row.
Groups = NDArray[np.int64] | None

#: P-value, times the number of candidates, below which a candidate is related to a target: one table in a hundred
#: has a false one.
RELATED = 0.01

#: The same of one that needs no other evidence.
SURELY_RELATED = 0.001

#: False share of a group of weaker ones; and of all, where `GROUP` or more are related: others are likely to be then,
#: and what says nothing costs less than what is missing.
FALSE_OF_REST = 0.05
FALSE_OF_GROUP = 0.25
GROUP = 3

#: Probability of saying nothing above which no group speaks for a candidate.
MOST_NULL = 0.6

#: Steps of expectation and maximisation of `compute_null_probabilities`, the smallest mean z-score of what is
#: related, and the smallest share of its square that their variance is: a related one may be hardly seen.
STEPS = 200
LEAST_MEAN = 2.0
LEAST_SPREAD = 0.05

#: Smallest standard deviation of the square of a standardised feature, less its linear part, that is told from none.
LEAST_BEND = 1e-3


def find_related(pvalues: NDArray[np.float64]) -> list[int]:
    """Candidates that are related to a target, and with them a group of weaker ones."""
    related = pvalues * len(pvalues) < RELATED
    while not related.all():
        rest = np.flatnonzero(~related)
        found = rest[stats.false_discovery_control(pvalues[rest]) < FALSE_OF_REST]
        if not len(found):
            break
        related[found] = True
    if related.sum() >= GROUP:
        few_false = stats.false_discovery_control(pvalues) < FALSE_OF_GROUP
        related |= few_false & (compute_null_probabilities(pvalues) < MOST_NULL)
    return np.flatnonzero(related).tolist()


def compute_null_probabilities(pvalues: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that each candidate says nothing, (d,): its local false discovery rate (Efron et al. 2001).

    Two-sided z-scores are those of noise, or of a normal law whose mean and variance all of them say together.
    """
    z = stats.norm.isf(np.maximum(pvalues, LEAST_PVALUE) / 2)
    by_chance = 2 * stats.norm.pdf(z)
    share, mean = 0.5, max(float(np.mean(z[z > LEAST_MEAN])) if (z > LEAST_MEAN).any() else 0.0, LEAST_MEAN)
    variance = 1 + LEAST_SPREAD * mean**2
    for _ in range(STEPS):
        scale = np.sqrt(variance)
        related = (1 - share) * (stats.norm.pdf(z, mean, scale) + stats.norm.pdf(z, -mean, scale))
        null = share * by_chance / np.maximum(related + share * by_chance, 1e-300)
        share, weight = (null.sum() + 1) / (len(z) + 1), np.maximum((1 - null).sum(), 1e-9)
        signed = z * np.tanh(mean * z / variance)  # expected, as the sign is lost
        mean = max(float((1 - null) @ signed / weight), LEAST_MEAN)
        variance = float((1 - null) @ (z**2 - 2 * mean * signed + mean**2) / weight)
        variance = max(variance, 1 + LEAST_SPREAD * mean**2)
    return np.asarray(null)


def find_surely_related(table: MaskedTable, nodes: Nodes, rows: Rows, groups: Groups = None) -> list[int]:
    """Candidates of which one table in a thousand has a false one, the surest first."""
    pvalues = compute_pvalues_alone(table, nodes, rows, groups)
    order = np.argsort(pvalues, kind="stable")
    return order[pvalues[order] * len(table) < SURELY_RELATED].tolist()


def compute_pvalues(table: MaskedTable, nodes: Nodes, rows: Rows, groups: Groups) -> NDArray[np.float64]:
    """P-values of each candidate by itself and given all others, combined by Cauchy's rule, (d,)."""
    alone = compute_pvalues_alone(table, nodes, rows, groups)
    partial = compute_partial_pvalues(table, nodes, rows) if groups is None else None
    return alone if partial is None else combine_by_cauchy([alone, partial], [1, 1])


def compute_pvalues_alone(table: MaskedTable, nodes: Nodes, rows: Rows, groups: Groups) -> NDArray[np.float64]:
    """P-values of each candidate by itself, (d,): by lines and by parabolas of its features, by Cauchy's rule."""
    functions = make_target_functions(nodes, rows)
    totals, terms = np.zeros((2, len(table))), np.zeros((2, len(table)))
    for first in range(0, len(table.candidate_of_feature), FEATURES_AT_ONCE):
        some = slice(first, first + FEATURES_AT_ONCE)
        line = standardise(table.matrix[rows, some].astype(np.float64))
        for k, x in enumerate((line, _bend(line))):
            squares = _sum_squares(x, functions, rows, groups)
            np.add.at(totals[k], table.candidate_of_feature[some], squares)
            np.add.at(terms[k], table.candidate_of_feature[some], functions.shape[1] * x.any(0))
    by_line, by_bend = stats.chi2.sf(totals, np.maximum(terms, 1))
    return combine_by_cauchy([by_line, np.where(terms[1], by_bend, by_line)], [1, 1])


def _bend(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What squares of standardised features say beside these, standardised; 0 where there are two values."""
    bend = np.square(x) - (x**3).mean(0) * x
    return standardise(np.where(bend.std(0) > LEAST_BEND, bend, 0.0))


def _sum_squares(
    x: NDArray[np.float64], functions: NDArray[np.float64], rows: Rows, groups: Groups
) -> NDArray[np.float64]:
    """Squared z-scores of columns with each of some functions, summed over these, (p,): together chi-square by chance.

    Few rows weigh no more than their number, as in `score_pairs`. Rows of a group are one observation: their sum.
    """
    if groups is None:
        sums_of_squares = np.square(x).T @ np.square(functions)
        squares = np.square(x.T @ functions) / np.maximum(sums_of_squares, len(rows))
    else:
        squares = np.stack([_square_by_groups(x * one[:, None], groups[rows]) for one in functions.T], axis=1)
    return np.asarray(squares.sum(1))


def _square_by_groups(products: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Squared z-scores of sums over whole groups, (p,), by Student's law of so many groups."""
    _, place = np.unique(groups, return_inverse=True)
    sums = np.stack([np.bincount(place, column) for column in products.T], axis=1)
    t = sums.sum(0) / np.sqrt(np.maximum(np.square(sums).sum(0), 1e-12))
    p = np.maximum(stats.t.sf(np.abs(t), max(len(sums) - 1, 1)), 1e-300)
    return np.square(stats.norm.isf(p))
