"""Models that are fitted again for every set: trees, which know edges, and linear ones, which few rows suffice for."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from threadpoolctl import threadpool_limits

from skmine.core.scores import score_nodes
from skmine.estimation.recipe import Rows
from skmine.selection.joint.problem import Comparison, Split

Array = NDArray[np.float64]

#: The models.
NAMES = ("trees", "linear")

#: Most rows that a model is fitted to. Arbitrary: sets are compared that differ by a share of the information.
MOST_ROWS = 15_000

#: Rounds, and trees in all where there are several classes; how well they predict is looked at every few rounds.
ROUNDS = 80
MOST_TREES = 240
STRIDE = 10

#: The trees: small ones, as sets of few rows are compared.
TREES: dict[str, Any] = {"learning_rate": 0.15, "max_leaf_nodes": 12, "min_samples_leaf": 5, "early_stopping": False}

#: Penalties of linear models: inverse ones of classes, those of numbers.
INVERSE_PENALTIES = (0.003, 0.03, 0.3)
PENALTIES = np.logspace(-1, 4, 11)

#: Most steps of a logistic regression's solver.
MOST_STEPS = 100

#: Smallest probability of a class.
LEAST_PROBABILITY = 1e-3

#: Predicts values of rows and nodes from rows to fit on and rows held out: several candidates, the best one is taken.
Predict = Callable[[Comparison, NDArray[np.float32], Rows, Rows], list[Array]]


def score_by_models(
    problem: Comparison, known: Sequence[list[int]], splits: list[Split], names: Sequence[str]
) -> list[Array]:
    """What each held-out row says, in nats, by models of the other rows of its split.

    Parameters
    ----------
    problem : Problem
    known : sequence of list of int
        The candidates that are known, for each split.
    splits : list of (Rows, Rows)
    names : sequence of str

    Returns
    -------
    scores : list of ndarray of shape (rows,)
        One for each name.
    """
    calls = [(problem, name, some, *split) for name in names for some, split in zip(known, splits, strict=True)]
    found = problem.train(_score_split, calls)
    return [np.concatenate(found[k : k + len(splits)]) for k in range(0, len(found), len(splits))]


def _score_split(problem: Comparison, name: str, known: list[int], fit: Rows, held_out: Rows) -> Array:
    """Scores of the prediction that is best on these rows, as networks stop where they are best."""
    nodes = problem.nodes
    matrix = problem.table.only(known).matrix
    if not known or len(np.unique(nodes.codes[fit])) < 2:
        return np.zeros(len(held_out))
    fit = fit[:: -(-len(fit) // MOST_ROWS)]
    with threadpool_limits(1):
        predicted = MODELS[name, nodes.ordered](problem, matrix, fit, held_out)
    own = torch.from_numpy(nodes.codes[held_out])
    scores = [score_nodes(torch.from_numpy(values).float(), own).pointwise.double().numpy() for values in predicted]
    return max(scores, key=lambda values: float(values.mean()))


def _boost_labels(problem: Comparison, matrix: NDArray[np.float32], fit: Rows, held_out: Rows) -> list[Array]:
    codes = problem.nodes.codes
    n_classes = len(np.unique(codes[fit]))
    rounds = min(ROUNDS, max(MOST_TREES // (1 if n_classes == 2 else n_classes), STRIDE))
    model = HistGradientBoostingClassifier(max_iter=rounds, random_state=0, **TREES).fit(matrix[fit], codes[fit])
    stages = enumerate(model.staged_predict_proba(matrix[held_out]), 1)
    return [_compute_log_odds(problem, fit, model.classes_, p) for k, p in stages if k % STRIDE == 0]


def _boost_places(problem: Comparison, matrix: NDArray[np.float32], fit: Rows, held_out: Rows) -> list[Array]:
    z = _place_nodes(problem)
    model = HistGradientBoostingRegressor(max_iter=ROUNDS, random_state=0, **TREES)
    model.fit(matrix[fit], z[problem.nodes.codes[fit]])
    stages = enumerate(model.staged_predict(matrix[held_out]), 1)
    return [_compute_densities(problem, held_out, found) for k, found in stages if k % STRIDE == 0]


def _fit_logistic(problem: Comparison, matrix: NDArray[np.float32], fit: Rows, held_out: Rows) -> list[Array]:
    codes, x = problem.nodes.codes, _standardise(matrix, fit)
    out = []
    model = LogisticRegression(warm_start=True, max_iter=MOST_STEPS, tol=1e-3)
    for inverse in INVERSE_PENALTIES:
        model.set_params(C=inverse).fit(x[fit], codes[fit])
        out.append(_compute_log_odds(problem, fit, model.classes_, model.predict_proba(x[held_out])))
    return out


def _fit_ridge(problem: Comparison, matrix: NDArray[np.float32], fit: Rows, held_out: Rows) -> list[Array]:
    x = _standardise(matrix, fit)
    model = RidgeCV(PENALTIES).fit(x[fit], _place_nodes(problem)[problem.nodes.codes[fit]])
    return [_compute_densities(problem, held_out, model.predict(x[held_out]))]


MODELS: dict[tuple[str, bool], Predict] = {
    ("trees", False): _boost_labels,
    ("trees", True): _boost_places,
    ("linear", False): _fit_logistic,
    ("linear", True): _fit_ridge,
}


def _standardise(matrix: NDArray[np.float32], fit: Rows) -> Array:
    values = matrix.astype(np.float64)
    return (values - values[fit].mean(0)) / np.maximum(values[fit].std(0), 1e-6)


def _place_nodes(problem: Comparison) -> Array:
    """Normal scores of an order's nodes."""
    places = problem.nodes.places()
    assert places is not None
    return stats.norm.ppf(np.clip(places.double().numpy(), 1e-6, 1 - 1e-6))


def _compute_log_odds(problem: Comparison, fit: Rows, classes: NDArray[np.int64], probability: Array) -> Array:
    """Log of the probabilities of all labels over their shares, (rows, labels)."""
    share = np.bincount(problem.nodes.codes[fit], minlength=problem.nodes.n_nodes) / len(fit)
    values = np.full((len(probability), len(share)), LEAST_PROBABILITY)
    values[:, classes] = np.maximum(probability, LEAST_PROBABILITY)
    return np.log(values) - np.log(np.maximum(share, 1 / len(fit)))


def _compute_densities(problem: Comparison, held_out: Rows, predicted: Array) -> Array:
    """Log densities of all places of an order about what is predicted, (rows, nodes)."""
    z = _place_nodes(problem)
    variance = max(float(np.mean((predicted - z[problem.nodes.codes[held_out]]) ** 2)), 1e-4)
    return -np.square(z[None, :] - predicted[:, None]) / (2 * variance) - 0.5 * np.log(variance) + z**2 / 2
