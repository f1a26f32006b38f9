"""Tables whose relevant columns are known, and the tables that ship with scikit-learn.

Relevant columns stand at random places. A draw's numbers are its seed's, and test rows are another's.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from sklearn import datasets

Array = np.ndarray

#: Rows that downstream models are scored on, of laws that more can be drawn from.
N_TEST = 5_000
#: Share of a real table's rows that is put aside for the same.
TEST_SHARE = 0.3


@dataclass(frozen=True)
class Law:
    """What a table is drawn from.

    Attributes
    ----------
    draw : callable(rng, n) -> X (n, d), y (n,)
    must : tuple of tuple of int
        Of each of these exactly one column belongs to the answer.
    may : frozenset of int
        Columns that may be in it besides: they act, but say hardly anything.
    classes, labels : bool
        Whether y, and the columns of X, are labels.
    mi : float
        I(X; y) in nats, where known.
    """

    name: str
    n: int
    draw: Callable[[np.random.Generator, int], tuple[Array, Array]]
    must: tuple[tuple[int, ...], ...] = ()
    may: frozenset[int] = frozenset()
    classes: bool = False
    labels: bool = False
    mi: float = math.nan

    def exact(self, chosen: Iterable[int]) -> bool:
        """Whether the set is the answer."""
        left = set(chosen)
        one_of_each = all(len(left & set(some)) == 1 for some in self.must)
        return one_of_each and left <= self.may | {j for some in self.must for j in some}

    def recall(self, chosen: Iterable[int]) -> float:
        left = set(chosen)
        return float(np.mean([bool(left & set(some)) for some in self.must])) if self.must else 1.0

    def precision(self, chosen: Iterable[int]) -> float:
        """Share of the chosen columns that belong there; second copies do not."""
        left = set(chosen)
        if not left:
            return float(not self.must)
        right = sum(bool(left & set(some)) for some in self.must) + len(left & self.may)
        return right / len(left)


@dataclass(frozen=True)
class Drawn:
    """A table to choose from, and rows to score models of the chosen columns on."""

    X: Array
    y: Array
    X_test: Array
    y_test: Array
    place: list[int] = field(default_factory=list)  # of each of the law's columns


def from_law(law: Law, seed: int, n_test: int = N_TEST) -> Drawn:
    rng = np.random.default_rng([seed, law.n])
    X, y = law.draw(rng, law.n)
    X_test, y_test = law.draw(rng, n_test)
    order = rng.permutation(X.shape[1])
    return Drawn(X[:, order], y, X_test[:, order], y_test, np.argsort(order).tolist())


def parity(k: int, d: int, n: int) -> Law:
    """Whether an even number of k normal columns is positive: no fewer than k say anything."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, (X[:, :k] > 0).sum(1) % 2

    name = "XOR of 2" if k == 2 else f"parity of {k}"
    return Law(f"{name} among {d}", n, draw, tuple((j,) for j in range(k)), classes=True, mi=math.log(2))


def equal(m: int, d: int = 30, n: int = 10_000) -> Law:
    """Whether two labels of m are the same."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.integers(m, size=(n, d))
        return X.astype(float), (X[:, 0] == X[:, 1]).astype(int)

    mi = (m - 1) / m * math.log(m / (m - 1)) + math.log(m) / m
    return Law(f"equal labels of {m} among {d}", n, draw, ((0,), (1,)), classes=True, labels=True, mi=mi)


def friedman(number: int, d: int = 40, n: int = 5_000) -> Law:
    """Friedman's (1991): five columns, or four of which the fourth says next to nothing, among noise."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        if number == 1:
            return datasets.make_friedman1(n, d, noise=1.0, random_state=int(rng.integers(2**31)))
        make, noise = ((datasets.make_friedman2, 125.0), (datasets.make_friedman3, 0.1))[number - 2]
        X, y = make(n, noise=noise, random_state=int(rng.integers(2**31)))
        return np.hstack([X, rng.uniform(size=(n, d - 4))]), y

    must = {1: (0, 1, 2, 3, 4), 2: (1, 2), 3: (0, 1, 2)}[number]
    may = frozenset(range(4)) - set(must) if number > 1 else frozenset()
    return Law(f"Friedman {number} among {d}", n, draw, tuple((j,) for j in must), may)


def seven(d: int = 100, n: int = 10_000) -> Law:
    """A product, a switch and bends."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        a, b, c, e, f, g, h = X.T[:7]
        return X, a * b + np.where(c > 0, e, -e) + np.abs(f) + np.sin(2 * g) + np.maximum(h, 0) + noise(rng, n, 0.5)

    return Law(f"seven among {d}", n, draw, tuple((j,) for j in range(7)))


def copies(d: int = 20, n: int = 5_000) -> Law:
    """Three columns act; of the first there is a copy and a monotone one, of the second a noisier one."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        y = X[:, 0] + X[:, 1] ** 2 + X[:, 2] + noise(rng, n, 0.5)
        X[:, 3], X[:, 4], X[:, 5] = X[:, 0], np.exp(X[:, 0]), X[:, 1] + noise(rng, n, 0.1)
        return X, y

    return Law(f"copies among {d}", n, draw, ((0, 3, 4), (1,), (2,)))


def near_copies(d: int = 20, n: int = 5_000) -> Law:
    """Two equally noisy readings of what acts, and a third that is noisier."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        y = np.sin(1.5 * X[:, 0]) + X[:, 1] + noise(rng, n, 0.3)
        X[:, 2] = X[:, 0] + noise(rng, n, 0.02)
        X[:, 3] = X[:, 0] + noise(rng, n, 0.3)
        return X, y

    return Law(f"near-copies among {d}", n, draw, ((0, 2), (1,)))


def confounded(d: int = 20, n: int = 5_000) -> Law:
    """Two columns act; three others follow them, and follow y only so."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        X[:, 2:5] = X[:, :1] + 0.7 * X[:, 2:5]
        return X, 1.5 * X[:, 0] + X[:, 0] * X[:, 1] + noise(rng, n, 0.7)

    return Law(f"confounded among {d}", n, draw, ((0,), (1,)))


def nested(d: int = 20, n: int = 5_000) -> Law:
    """A column says by itself what two others say together."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        X[:, 0] = X[:, 1] + X[:, 2]
        return X, np.tanh(X[:, 0]) + noise(rng, n, 0.3)

    return Law(f"nested among {d}", n, draw, ((0,),))


def nothing(d: int = 20, n: int = 2_000) -> Law:
    return Law(f"noise of {d}", n, lambda rng, n: (rng.normal(size=(n, d)), rng.normal(size=n)), mi=0.0)


def weak(d: int = 20, n: int = 10_000, mi: float = 0.01) -> Law:
    """One column of little information."""
    correlation = math.sqrt(1 - math.exp(-2 * mi))

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, correlation * X[:, 0] + noise(rng, n, math.sqrt(1 - correlation**2))

    return Law(f"{mi} nats among {d}", n, draw, ((0,),), mi=mi)


def many_rows(d: int = 40, n: int = 100_000) -> Law:
    """Ten columns in products, a switch and bends: most say nothing alone."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        x = X.T
        y = x[0] * x[1] + x[2] * x[3] + np.where(x[4] > 0, x[5], -x[5]) + np.sin(2 * x[6]) * x[7]
        return X, y + np.abs(x[8]) + 0.5 * x[9] + noise(rng, n, 0.5)

    return Law(f"ten among {d}, {n:,} rows", n, draw, tuple((j,) for j in range(10)))


def wide(d: int, n: int) -> Law:
    """Two alone, two together, among very many."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, X[:, 0] + np.abs(X[:, 1]) + 1.5 * np.sign(X[:, 2] * X[:, 3]) + noise(rng, n, 0.5)

    return Law(f"four among {d:,}", n, draw, tuple((j,) for j in range(4)))


def noise(rng: np.random.Generator, n: int, size: float) -> Array:
    return size * rng.normal(size=n)


def laws() -> list[Law]:
    """What recovery is counted on."""
    return [
        parity(2, 20, 5_000), parity(2, 50, 3_000), parity(2, 100, 4_000), parity(2, 200, 6_000),
        parity(3, 10, 12_000), equal(5), equal(10), friedman(1), friedman(2), friedman(3), seven(), copies(),
        near_copies(), confounded(), nested(), weak(), nothing(), many_rows(), wide(1_000, 5_000),
    ]  # fmt: skip


#: Those that are run beside other methods, which take their time.
COMPARED = [
    "XOR of 2 among 20", "parity of 3 among 10", "equal labels of 10 among 30", "Friedman 1 among 40",
    "Friedman 2 among 40", "Friedman 3 among 40", "copies among 20", "near-copies among 20", "confounded among 20",
    "nested among 20", "ten among 40, 100,000 rows",
]  # fmt: skip


@dataclass(frozen=True)
class Real:
    """A table that ships with scikit-learn."""

    name: str
    load: Callable[[], tuple[Array, Array]]
    classes: bool


def real() -> list[Real]:
    """All of them save linnerud, whose 20 rows leave nothing to score on."""
    loaders = {"iris": True, "wine": True, "breast_cancer": True, "digits": True, "diabetes": False}
    return [
        Real(name.replace("_", " "), lambda name=name: getattr(datasets, f"load_{name}")(return_X_y=True), classes)
        for name, classes in loaders.items()
    ]


def from_real(table: Real, seed: int) -> Drawn:
    """Rows at random; test rows put aside."""
    X, y = table.load()
    order = np.random.default_rng(seed).permutation(len(X))
    test, train = np.split(order, [round(TEST_SHARE * len(X))])
    return Drawn(X[train], y[train], X[test], y[test], list(range(X.shape[1])))
