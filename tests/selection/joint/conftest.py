"""Comparisons of sets of columns, and judges of them."""

import numpy as np
import pytest
import torch

from skmine.data.features import Span
from skmine.estimation.critics.masked import make_masked_table
from skmine.estimation.nodes import Nodes
from skmine.estimation.recipe import Recipe
from skmine.selection.joint.problem import Problem


def make_nodes(y, n_nodes=8):
    """Labels of an integer target, or so many equal parts of a number's order."""
    if np.issubdtype(y.dtype, np.integer) or y.dtype == bool:
        return Nodes(y.astype(np.int64), int(y.max()) + 1, False)
    edges = np.quantile(y, np.arange(1, n_nodes) / n_nodes)
    return Nodes(np.searchsorted(edges, y), n_nodes, True)


@pytest.fixture
def make_problem():
    """A problem of the columns of a matrix, each a candidate."""

    def make(X, y, **options):
        spans = [Span(j, j + 1, False) for j in range(X.shape[1])]
        table = make_masked_table(X.astype(np.float32), spans, range(X.shape[1]))
        settings = {"groups": None, "protected": frozenset(), "tolerance": 0.02} | options
        return Problem(
            table=table,
            nodes=make_nodes(np.asarray(y)),
            rows=np.arange(len(X)),
            recipe=Recipe(grows=False, max_iter=300),
            seeds=np.random.SeedSequence(0),
            device=torch.device("cpu"),
            n_folds=3,
            **settings,
        )

    return make
