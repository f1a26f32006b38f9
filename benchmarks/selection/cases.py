"""What columns are chosen from: laws whose relevant columns are known, and tables that ship with scikit-learn.

Relevant columns are at random places. The seed decides a draw's numbers; test rows are drawn after the others.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from sklearn import datasets

Array = np.ndarray
Rng = np.random.Generator

#: Rows of laws that downstream models are scored on: a standard error of at most .007 of an accuracy.
N_TEST = 5_000

#: Proportion of a shipped table's rows that is put aside for the same. Arbitrary.
TEST_PROPORTION = 0.3


@dataclass(frozen=True)
class Law:
    """What a table is drawn from.

    Attributes
    ----------
    draw : callable(rng, n) -> X (n, d), y (n,)
    must : tuple of tuple of int
        Of each of these exactly one column belongs to the answer.
    may : frozenset of int
        Columns that may be in it as well: they act, but have hardly any information.
    classes, labels : bool
        Whether y, and the columns of X, are labels.
    mi : float
        I(X; y) in nats, where known.
    """

    name: str
    n: int
    draw: Callable[[Rng, int], tuple[Array, Array]]
    must: tuple[tuple[int, ...], ...] = ()
    may: frozenset[int] = frozenset()
    classes: bool = False
    labels: bool = False
    mi: float = math.nan

    def is_exact(self, columns: Iterable[int]) -> bool:
        """Whether the set is the answer."""
        chosen = set(columns)
        one_of_each = all(len(chosen & set(some)) == 1 for some in self.must)
        return one_of_each and chosen <= self.may | {j for some in self.must for j in some}

    def compute_recall(self, columns: Iterable[int]) -> float:
        """Proportion of what belongs to the answer that was chosen."""
        chosen = set(columns)
        return float(np.mean([bool(chosen & set(some)) for some in self.must])) if self.must else 1.0

    def compute_precision(self, columns: Iterable[int]) -> float:
        """Proportion of the chosen columns that belong to the answer; second copies do not."""
        chosen = set(columns)
        if not chosen:
            return float(not self.must)
        right = sum(bool(chosen & set(some)) for some in self.must) + len(chosen & self.may)
        return right / len(chosen)


@dataclass(frozen=True)
class ShippedTable:
    """A table that ships with scikit-learn."""

    name: str
    load: Callable[[], tuple[Array, Array]]
    classes: bool


@dataclass(frozen=True)
class Draw:
    """A table to choose from, and rows to score models of the chosen columns on.

    Attributes
    ----------
    places : list of int
        Where each of the law's columns is.
    """

    X: Array
    y: Array
    X_test: Array
    y_test: Array
    places: list[int] = field(default_factory=list)


def draw_law(law: Law, seed: int, n_test: int = N_TEST) -> Draw:
    rng = np.random.default_rng([seed, law.n])
    X, y = law.draw(rng, law.n)
    X_test, y_test = law.draw(rng, n_test)
    order = rng.permutation(X.shape[1])
    return Draw(X[:, order], y, X_test[:, order], y_test, np.argsort(order).tolist())


def list_shipped_tables() -> list[ShippedTable]:
    """All of them except linnerud, whose 20 rows leave nothing to score on."""
    loaders = {"iris": True, "wine": True, "breast_cancer": True, "digits": True, "diabetes": False}
    return [
        ShippedTable(
            name.replace("_", " "), lambda name=name: getattr(datasets, f"load_{name}")(return_X_y=True), classes
        )
        for name, classes in loaders.items()
    ]


def split_table(table: ShippedTable, seed: int) -> Draw:
    """Rows in random order; test rows put aside."""
    X, y = table.load()
    order = np.random.default_rng(seed).permutation(len(X))
    test, train = np.split(order, [round(TEST_PROPORTION * len(X))])
    return Draw(X[train], y[train], X[test], y[test], list(range(X.shape[1])))
