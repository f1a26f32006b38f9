"""Whether labels have edges in a column that a pretrained critic smooths over: boosted trees of the same folds say so.

Design notes. The pretrained critic knows smooth laws, and rounds a threshold off: of 300 rows and the label x > .37 it
reads .60 of .66 nats, and its error does not show that. Trees cost a fraction of a second, and a trained critic starts
from them.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from skmine.core.scores import score_nodes
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.estimation.bases.learned import FEWEST_ROWS, LabelTrees
from skmine.estimation.nodes import code_target
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import Rows

#: Rows of a fold that trees are fitted on and tested on at most: time.
MOST_FITTED = 4_000
MOST_TESTED = 2_000

#: Nats by which trees must score higher, and paired standard errors: smooth laws of up to 8 classes stay below both.
LEAST_GAIN = 0.01
SURE = 2.0


def are_labels(group: ColumnGroup) -> bool:
    """Whether a group of one column is told apart as labels, not by an order."""
    return not code_target(group)[1].ordered


def shows_edges(x: ColumnGroup, labels: ColumnGroup, projection: NDArray[np.float64], plan: Plan) -> bool:
    """Whether trees of a column hold out more about labels than another critic did.

    Parameters
    ----------
    x, labels : ColumnGroup
        One column each.
    projection : ndarray of shape (n,)
        The other critic's Hajek projections of held-out rows, in nats.
    plan : Plan
    """
    if x.n_rows < FEWEST_ROWS:
        return False
    X, nodes = fit_features(x).transform(x.columns), code_target(labels)[1]
    gains = []
    with threadpool_limits(1, "openmp"):
        for fold in plan.folds:
            train, test = _take_some(fold.train, MOST_FITTED), _take_some(fold.test, MOST_TESTED)
            if len(np.unique(nodes.codes[train])) < 2:
                return False
            family = LabelTrees(nodes.log_margin(train).double().numpy())
            fitted, own = family.fit(X[train], nodes.codes[train]), torch.from_numpy(nodes.codes[test])
            scores = [score_nodes(torch.from_numpy(v).float(), own) for v in family.predict(fitted, X[test])]
            best = max(scores, key=lambda score: float(score.pointwise.mean()))
            gains.append(best.projection.double().numpy() - projection[test])
    gain = np.concatenate(gains)
    return bool(gain.mean() > max(LEAST_GAIN, SURE * gain.std() / math.sqrt(len(gain))))


def _take_some(rows: Rows, most: int) -> Rows:
    """At most so many of them, at random, always the same."""
    return rows if len(rows) <= most else np.random.default_rng(0).choice(rows, most, replace=False)
