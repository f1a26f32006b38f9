"""What well-kept models predict of a coded column: boosted trees for edges, logistic regression for many columns.

Design notes. A model is fitted on four fifths of a critic's rows at a time and predicts the last fifth, so that a
network above it, and the training score, read predictions as honest as those of new rows. New rows get the mean of
the five models. How many rounds trees are boosted, and how far logistic regression shrinks, is chosen by the same
predictions.
"""

import itertools
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from skmine.estimation.bases.canonical import Columns, Direction
from skmine.estimation.bases.products import screen_products
from skmine.estimation.bases.views import Array, measure_rank_radius, take_view

#: What models read, (n, p), and what they predict, (n, k).
Features = NDArray[Any]
Predictions = NDArray[np.float64]

#: Rows below which models are not tried: arbitrary.
FEWEST_ROWS = 200

#: Models of a critic's rows: each is fitted on all but one part of them.
FOLDS = 5

#: Trees in all, and rounds; a round has a tree for each class of more than two.
MOST_TREES = 450
MOST_ROUNDS = 150
FEWEST_ROUNDS = 30

#: The trees. Small ones, each node of which looks at half of the features, held out .621 nats on average over six laws
#: with edges, and trees of 15 leaves that look at all features .618, in 1.3 and 1.8 seconds.
TREES: dict[str, Any] = {
    "learning_rate": 0.2,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 3,
    "max_features": 0.5,
    "early_stopping": False,
}

#: Larger trees that look at all columns, and at nothing but columns: they find boards of many fields, where small ones
#: held out .41 of .495 nats, these .455.
LARGE_TREES: dict[str, Any] = {
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 5,
    "early_stopping": False,
}

#: Rounds of large trees: each holds five times as much.
MOST_ROUNDS_OF_LARGE_TREES = 75

#: Columns up to which large trees are tried: time.
MOST_COLUMNS_OF_LARGE_TREES = 16

#: Rounds between two settings of boosted trees.
STRIDE = 10

#: Columns of which all pairs are combined, so that edges may be oblique or round: arbitrary.
MOST_PAIRED = 5

#: Canonical variates that trees read.
MOST_VARIATES = 4

#: Inverse strengths of a logistic regression's penalty.
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)

#: Smallest probability of a class.
LEAST_PROBABILITY = 1e-4


@dataclass(frozen=True)
class TreeFeatures:
    """What trees read: columns, variates, and sums, differences, products and radii of pairs of columns."""

    paired: tuple[int, ...]
    directions: tuple[Direction, ...]

    def __call__(self, z: Array) -> NDArray[np.float32]:
        columns = take_view(z, "ranks")
        parts: list[NDArray[Any]] = [columns, measure_rank_radius(z)]
        parts += [d(z)[:, :MOST_VARIATES] for d in self.directions]
        for i, j in itertools.combinations(self.paired, 2):
            a, b = columns[:, i], columns[:, j]
            parts += [np.stack([a + b, a - b, a * b, a * a + b * b], axis=1)]
        return np.concatenate(parts, axis=1, dtype=np.float32)


class Family(ABC):
    """A kind of model with several settings, of which one is chosen by what it predicts of rows it did not see."""

    @abstractmethod
    def fit(self, features: Features, target: Any) -> Any:
        """Fit models of all settings."""

    @abstractmethod
    def predict(self, fitted: Any, features: Features) -> Iterator[Predictions]:
        """Predictions (n, k) of each setting."""

    @abstractmethod
    def measure_loss(self, predictions: Predictions, target: Any) -> float:
        """How bad predictions are."""


@dataclass(frozen=True)
class Labels(Family):
    """What families of labels share: predictions are log odds, log p(g | x) - log p(g), (n, n_nodes).

    Attributes
    ----------
    log_share : ndarray of shape (n_nodes,)
        Log shares of the labels.
    """

    log_share: NDArray[np.float64]

    def measure_loss(self, predictions: Predictions, target: Any) -> float:
        """Mean log loss."""
        return -float((predictions + self.log_share)[np.arange(len(target)), target].mean())

    def read_odds(self, classes: NDArray[np.int64], probability: NDArray[np.float64]) -> Predictions:
        """Log odds of all labels from probabilities of those that a model saw."""
        out = np.full((len(probability), len(self.log_share)), LEAST_PROBABILITY)
        out[:, classes] = np.maximum(probability, LEAST_PROBABILITY)
        return np.asarray(np.log(out / out.sum(1, keepdims=True)) - self.log_share)


class Logistic(Labels):
    """Logistic regressions with penalties of several strengths."""

    def fit(self, features: Features, target: Any) -> Any:
        """One model for each strength."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a solution that is nearly the best one will do
            return [LogisticRegression(C=strength, max_iter=100).fit(features, target) for strength in STRENGTHS]

    def predict(self, fitted: Any, features: Features) -> Iterator[Predictions]:
        """By each strength."""
        for model in fitted:
            yield self.read_odds(model.classes_, model.predict_proba(features))


@dataclass(frozen=True)
class LabelTrees(Labels):
    """Boosted trees of some kind, after several numbers of rounds."""

    kind: dict[str, Any] = field(default_factory=lambda: TREES)
    most_rounds: int = MOST_ROUNDS

    def fit(self, features: Features, target: Any) -> Any:
        """One model, whose rounds are the settings."""
        n_classes = len(np.unique(target))
        of_classes = MOST_TREES // (1 if n_classes == 2 else n_classes)
        rounds = max(min(of_classes, MOST_ROUNDS) * self.most_rounds // MOST_ROUNDS, FEWEST_ROUNDS)
        return HistGradientBoostingClassifier(max_iter=rounds, random_state=0, **self.kind).fit(features, target)

    def predict(self, fitted: Any, features: Features) -> Iterator[Predictions]:
        """After every `STRIDE` rounds."""
        for probability in itertools.islice(fitted.staged_predict_proba(features), STRIDE - 1, None, STRIDE):
            yield self.read_odds(fitted.classes_, probability)


class NumberTrees(Family):
    """Boosted trees of a number, after several numbers of rounds."""

    def fit(self, features: Features, target: Any) -> Any:
        """One model, whose rounds are the settings."""
        return HistGradientBoostingRegressor(max_iter=MOST_ROUNDS, random_state=0, **TREES).fit(features, target)

    def predict(self, fitted: Any, features: Features) -> Iterator[Predictions]:
        """After every `STRIDE` rounds."""
        for values in itertools.islice(fitted.staged_predict(features), STRIDE - 1, None, STRIDE):
            yield np.asarray(values, float)[:, None]

    def measure_loss(self, predictions: Predictions, target: Any) -> float:
        """Mean squared error."""
        return float(np.mean((predictions[:, 0] - target) ** 2))


@dataclass(frozen=True)
class Learned:
    """Models of a coded column, and what they predict of the rows that they were fitted on.

    Attributes
    ----------
    family : Family
    read : TreeFeatures or Columns
        From a side's matrix to features.
    models : tuple
        Fitted on all folds but one.
    setting : int
        The place of the setting that was chosen.
    rows : ndarray of row index, ascending
        Rows of the fit; none once these are not needed any more.
    of_rows : ndarray of shape (len(rows), k)
        What the model that did not see it predicts of each of these rows.
    """

    family: Family
    read: TreeFeatures | Columns
    models: tuple[Any, ...]
    setting: int
    rows: NDArray[np.int64]
    of_rows: Predictions

    def predict(self, z: Array, rows: NDArray[np.int64] | None = None) -> Predictions:
        """Predictions (n, k); `rows` says which rows of the fit they are, if they are."""
        place, own = np.zeros(len(z), np.int64), np.zeros(len(z), bool)
        if rows is not None and len(self.rows):
            place = np.searchsorted(self.rows, rows).clip(max=len(self.rows) - 1)
            own = self.rows[place] == rows
            if own.all():
                return self.of_rows[place]
        features = self.read(z)
        with threadpool_limits(1, "openmp"):
            each = [next(itertools.islice(self.family.predict(m, features), self.setting, None)) for m in self.models]
        out = np.asarray(np.mean(each, axis=0))
        out[own] = self.of_rows[place[own]]
        return out

    def forget_rows(self) -> "Learned":
        """The same for new rows only."""
        return replace(self, rows=self.rows[:0], of_rows=self.of_rows[:0])


def learn(family: Family, read: TreeFeatures | Columns, z: Array, target: Any, rows: NDArray[np.int64]) -> Learned:
    """Fit models of a family by folds, and choose the setting that predicts best.

    Parameters
    ----------
    family : Family
    read : callable(z) -> features
    z : ndarray of shape (n, 2p)
        Both views of the rows of the table.
    target : ndarray of shape (n,)
        Codes of labels, or numbers.
    rows : ndarray of shape (n,)
        Row index of each.
    """
    features, models, own = read(z), [], []
    folds = list(KFold(FOLDS).split(features))
    with threadpool_limits(1, "openmp"):
        for train, test in folds:
            models.append(family.fit(features[train], target[train]))
            own.append(np.stack(list(family.predict(models[-1], features[test]))))
    tested = np.concatenate([test for _, test in folds])
    of_settings = np.concatenate(own, axis=1)[:, np.argsort(tested)]
    setting = int(np.argmin([family.measure_loss(predictions, target) for predictions in of_settings]))
    order = np.argsort(rows)
    return Learned(family, read, tuple(models), setting, rows[order], of_settings[setting][order])


def choose_reading(
    family: Family, reads: Sequence[TreeFeatures | Columns], z: Array, target: Any
) -> TreeFeatures | Columns:
    """What models of a family predict better from, by one fold: edges best from columns alone, products not."""
    train, test = next(KFold(FOLDS).split(z))

    def measure(read: TreeFeatures | Columns) -> float:
        features = read(z)
        fitted = family.fit(features[train], target[train])
        return min(family.measure_loss(found, target[test]) for found in family.predict(fitted, features[test]))

    with threadpool_limits(1, "openmp"):
        return min(reads, key=measure)


def choose_tree_features(z: Array, targets: Array, directions: Sequence[Direction]) -> TreeFeatures:
    """Pair the columns that go with the target by themselves or in products, as many as may be.

    Parameters
    ----------
    z : ndarray of shape (n, 2p)
    targets : ndarray of shape (n, q)
        Normal scores or indicators of the target.
    directions : sequence of Direction
        Canonical directions of the table.
    """
    columns = take_view(z, "ranks")
    p = columns.shape[1]
    if p <= MOST_PAIRED:
        return TreeFeatures(tuple(range(p)), tuple(directions))
    in_products = screen_products(columns, targets)[:2].ravel().tolist()
    n = len(columns)
    alone = np.abs((columns - columns.mean(0)).T @ (targets - targets.mean(0)) / n).max(1) / columns.std(0).clip(1e-6)
    ranked = [*in_products, *np.argsort(-alone, kind="stable").tolist()]
    return TreeFeatures(tuple(list(dict.fromkeys(ranked))[:MOST_PAIRED]), tuple(directions))
