"""Ridge regression of the target's functions, which says in closed form what each candidate costs.

Design notes. With the second moments of the rows to fit on and of those held out, the held-out error of any subset
takes no row. A few hundred rows fit it where a network still knows nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skmine.estimation.critics.masked import MaskedTable
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Rows

Array = NDArray[np.float64]

#: Penalties, as multiples of the columns' variance, among which generalised cross-validation chooses.
PENALTIES = np.logspace(-4, 2, 19)

#: Share of a function's variance that is left at the least, so that what is determined has a finite information.
LEAST_LEFT = 1e-3

#: Rows for each feature of a regression that p-values are read from. Arbitrary.
ROWS_PER_FEATURE = 5

#: Features whose rows are worked on at once, so that wide tables are not copied over and over. Arbitrary.
FEATURES_AT_ONCE = 64

#: Ridge, as a share of a feature's variance, that lets copies of columns be inverted.
SMALLEST_RIDGE = 1e-6

#: Smallest variance of a combination of the target's functions that is told from 0.
LEAST_VARIANCE = 1e-9


def describe_nodes(nodes: Nodes, rows: Rows) -> Array:
    """Functions of the nodes, (n_nodes, k), centred and uncorrelated: of labels all, of an order two polynomials."""
    share = np.bincount(nodes.codes[rows], minlength=nodes.n_nodes) / len(rows)
    if nodes.ordered:
        z = stats.norm.ppf(np.clip(np.cumsum(share) - share / 2, 1e-6, 1 - 1e-6))
        functions = np.stack([z, z**2], axis=1)
    else:
        functions = np.eye(nodes.n_nodes)
    functions = functions - share @ functions
    variances, directions = np.linalg.eigh(functions.T @ (share[:, None] * functions))
    real = variances > LEAST_VARIANCE
    return functions @ (directions[:, real] / np.sqrt(variances[real]))


@dataclass(frozen=True)
class LinearJudge:
    """Second moments of features and of functions of the target, and a penalty.

    Attributes
    ----------
    candidate_of_feature : ndarray of shape (p,)
    penalty : float
    fitted : tuple of ndarray
        Of the rows to fit on: (p, p) of the features, (p, k) with the functions.
    held_out : tuple of ndarray
        The same of the rows held out, and (k, k) of the functions.
    """

    candidate_of_feature: NDArray[np.int64]
    penalty: float
    fitted: tuple[Array, Array]
    held_out: tuple[Array, Array, Array]

    @classmethod
    def fit(cls, table: MaskedTable, nodes: Nodes, fit: Rows, held_out: Rows) -> "LinearJudge":
        """Gather moments of both, and choose the penalty."""
        x = table.matrix[fit].astype(np.float64)
        centre, scale = x.mean(0), np.maximum(x.std(0), 1e-6)
        functions = describe_nodes(nodes, fit)
        x, own = (x - centre) / scale, functions[nodes.codes[fit]]
        inner, outer = x.T @ x / len(fit), x.T @ own / len(fit)
        x, own = (table.matrix[held_out] - centre) / scale, functions[nodes.codes[held_out]]
        return cls(
            table.candidate_of_feature,
            _choose_penalty(inner, outer, len(fit)),
            (inner, outer),
            (x.T @ x / len(held_out), x.T @ own / len(held_out), own.T @ own / len(held_out)),
        )

    def score_without(self, known: list[int], candidates: list[int]) -> tuple[float, Array]:
        """Held-out nats of what is known, and without each of some candidates, as if all were normal.

        Returns
        -------
        score : float
        without : ndarray of shape (candidates,)
        """
        features = np.flatnonzero(np.isin(self.candidate_of_feature, known))
        inner, outer = self.fitted[0][np.ix_(features, features)], self.fitted[1][features]
        precision = np.linalg.inv(inner + self.penalty * np.eye(len(features)))
        slopes = precision @ outer
        held_inner, held_outer = self.held_out[0][np.ix_(features, features)], self.held_out[1][features]
        along, across = held_inner @ slopes, held_inner @ precision
        without = np.empty(len(candidates))
        for k, j in enumerate(candidates):
            block = self.candidate_of_feature[features] == j
            # What is left of a regression without a block: the slopes of the rest take its part over.
            shift = np.linalg.solve(precision[np.ix_(block, block)], slopes[block])
            rest = slopes - precision[:, block] @ shift
            without[k] = self._measure(rest, along - across[:, block] @ shift, held_outer)
        return self._measure(slopes, along, held_outer), without

    def _measure(self, slopes: Array, along: Array, outer: Array) -> float:
        """Minus half the logarithm of the share of the functions' variance that slopes leave on held-out rows."""
        total = self.held_out[2]
        cross = slopes.T @ outer
        left = total - cross - cross.T + slopes.T @ along
        smallest = LEAST_LEFT * np.eye(len(total))
        return 0.5 * float(np.linalg.slogdet(total + smallest)[1] - np.linalg.slogdet(left + smallest)[1])


def _choose_penalty(inner: Array, outer: Array, n: int) -> float:
    """By generalised cross-validation (Golub, Heath and Wahba 1979)."""
    variances, directions = np.linalg.eigh(inner)
    variances = np.maximum(variances, 0.0)
    along = np.square(directions.T @ outer).sum(1)
    errors = []
    for penalty in PENALTIES:
        shrunk = variances + penalty
        left = outer.shape[1] - float(np.sum(along * (2 / shrunk - variances / shrunk**2)))
        errors.append(left / max(1 - float(np.sum(variances / shrunk)) / n, 1e-3) ** 2)
    return float(PENALTIES[int(np.argmin(errors))])


def compute_partial_pvalues(table: MaskedTable, nodes: Nodes, rows: Rows) -> Array | None:
    """P-values of each candidate given all others, in a linear regression of the target's functions, (d,).

    None where there are fewer than `ROWS_PER_FEATURE` rows per feature.
    """
    x = table.matrix[rows].astype(np.float64)
    n, p = x.shape
    if n < ROWS_PER_FEATURE * p:
        return None
    x -= x.mean(0)
    own = describe_nodes(nodes, rows)[nodes.codes[rows]]
    inner = x.T @ x
    inner[np.diag_indices_from(inner)] += SMALLEST_RIDGE * n * np.maximum(x.var(0), SMALLEST_RIDGE)
    precision = np.linalg.inv(inner)
    slopes = precision @ (x.T @ own)
    left = own - x @ slopes
    within = np.linalg.pinv(left.T @ left / (n - p - 1))
    trust = np.ones(p)
    for first in range(0, p, FEATURES_AT_ONCE):
        some = slice(first, first + FEATURES_AT_ONCE)
        alone = x @ (precision[:, some] / np.diag(precision)[some])
        trust[some] = _measure_support(alone, slopes[some], left)
    out = np.empty(len(table))
    for j in range(len(table)):
        block = table.candidate_of_feature == j
        between = slopes[block].T @ np.linalg.solve(precision[np.ix_(block, block)], slopes[block])
        statistic = np.sum(between * within) * trust[block].min(initial=1.0)
        out[j] = stats.chi2.sf(statistic, max(block.sum() * own.shape[1], 1))
    return out


def _measure_support(alone: Array, slopes: Array, left: Array) -> Array:
    """Variance of each slope if all rows had the same, over what they have, where that is more, (p,): 1 or less.

    Few rows, such as those that a rare label and a rare class share, then weigh no more than their number. `alone` is
    what is left of the features given all others, (n, p); residuals are those without the feature.
    """
    out = np.ones(len(slopes))
    for k, slope in enumerate(slopes.T):
        squares = np.square(left[:, [k]] + alone * slope)
        same = np.square(alone).sum(0) * squares.mean(0)
        own = (np.square(alone) * squares).sum(0)
        out = np.minimum(out, same / np.maximum(np.maximum(own, same), 1e-300))
    return out
