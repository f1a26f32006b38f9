"""The laws that recovery is counted on: how the target depends on known columns among others."""

import math
from collections.abc import Callable

import numpy as np
from sklearn import datasets

from benchmarks.selection.cases import Array, Law, Rng
from skmine.synthetic import binary_entropy

#: Laws that other methods run on as well: one of each kind, because an answer of theirs takes up to 16 minutes.
COMPARED = [
    "XOR of 2 among 20", "parity of 3 among 10", "equal labels of 10 among 30", "Friedman 1 among 40",
    "Friedman 2 among 40", "Friedman 3 among 40", "copies among 20", "near-copies among 20", "confounded among 20",
    "nested among 20", "ten among 40, 100,000 rows",
]  # fmt: skip


def list_laws() -> list[Law]:
    """All laws, in the order of the tables."""
    return [
        make_parity(2, 20, 5_000), make_parity(2, 50, 3_000), make_parity(2, 100, 4_000), make_parity(2, 200, 6_000),
        make_parity(3, 10, 12_000), make_equal_labels(5), make_equal_labels(10), make_friedman(1), make_friedman(2),
        make_friedman(3), make_seven(), make_copies(), make_near_copies(), make_confounded(), make_nested(),
        make_weak(), make_rare_xor(), make_body_mass(), make_noise(), make_many_rows(), make_wide(1_000, 5_000),
    ]  # fmt: skip


def list_weak_laws() -> list[Law]:
    """Laws of which no set is exact: of many weak columns, and of mixtures of few."""
    return [
        *(make_additive(12, 24, n, classes) for classes in (True, False) for n in (600, 1_350, 3_000, 10_000)),
        make_mixtures(), make_additive(8, 1_000, 5_000, False), make_additive(8, 5_000, 5_000, False),
    ]  # fmt: skip


def draw_noise(rng: Rng, n: int, scale: float) -> Array:
    return scale * rng.normal(size=n)


def make_normal_law(name: str, n: int, d: int, compute_target: Callable[[Array, Rng], Array], acting: int) -> Law:
    """The first columns of d normal ones act; `compute_target(X, rng)` gives the target."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, compute_target(X, rng)

    return Law(name, n, draw, tuple((j,) for j in range(acting)))


def make_parity(k: int, d: int, n: int) -> Law:
    """Whether an even number of k normal columns is positive: fewer than k have no information."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, (X[:, :k] > 0).sum(1) % 2

    name = "XOR of 2" if k == 2 else f"parity of {k}"
    return Law(f"{name} among {d}", n, draw, tuple((j,) for j in range(k)), classes=True, mi=math.log(2))


def make_equal_labels(m: int, d: int = 30, n: int = 10_000) -> Law:
    """Whether two labels of m are the same."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.integers(m, size=(n, d))
        return X.astype(float), (X[:, 0] == X[:, 1]).astype(int)

    mi = (m - 1) / m * math.log(m / (m - 1)) + math.log(m) / m
    return Law(f"equal labels of {m} among {d}", n, draw, ((0,), (1,)), classes=True, labels=True, mi=mi)


def make_friedman(number: int, d: int = 40, n: int = 5_000) -> Law:
    """Friedman's (1991): five columns, or four of which the fourth has next to no information, among noise."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        if number == 1:
            return datasets.make_friedman1(n, d, noise=1.0, random_state=int(rng.integers(2**31)))
        make, noise = ((datasets.make_friedman2, 125.0), (datasets.make_friedman3, 0.1))[number - 2]
        X, y = make(n, noise=noise, random_state=int(rng.integers(2**31)))
        return np.hstack([X, rng.uniform(size=(n, d - 4))]), y

    must = {1: (0, 1, 2, 3, 4), 2: (1, 2), 3: (0, 1, 2)}[number]
    may = frozenset(range(4)) - set(must) if number > 1 else frozenset()
    return Law(f"Friedman {number} among {d}", n, draw, tuple((j,) for j in must), may)


def make_seven(d: int = 100, n: int = 10_000) -> Law:
    """A product, a switch and bends."""

    def compute_target(X: Array, rng: Rng) -> Array:
        a, b, c, e, f, g, h = X.T[:7]
        switch = np.where(c > 0, e, -e)
        return a * b + switch + np.abs(f) + np.sin(2 * g) + np.maximum(h, 0) + draw_noise(rng, len(X), 0.5)

    return make_normal_law(f"seven among {d}", n, d, compute_target, 7)


def make_copies(d: int = 20, n: int = 5_000) -> Law:
    """Three columns act; of the first there is a copy and a monotone one, of the second a noisier one."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        y = X[:, 0] + X[:, 1] ** 2 + X[:, 2] + draw_noise(rng, n, 0.5)
        X[:, 3], X[:, 4], X[:, 5] = X[:, 0], np.exp(X[:, 0]), X[:, 1] + draw_noise(rng, n, 0.1)
        return X, y

    return Law(f"copies among {d}", n, draw, ((0, 3, 4), (1,), (2,)))


def make_near_copies(d: int = 20, n: int = 5_000) -> Law:
    """Two equally noisy readings of what acts, and a third that is noisier."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        y = np.sin(1.5 * X[:, 0]) + X[:, 1] + draw_noise(rng, n, 0.3)
        X[:, 2] = X[:, 0] + draw_noise(rng, n, 0.02)
        X[:, 3] = X[:, 0] + draw_noise(rng, n, 0.3)
        return X, y

    return Law(f"near-copies among {d}", n, draw, ((0, 2), (1,)))


def make_confounded(d: int = 20, n: int = 5_000) -> Law:
    """Two columns act; three others depend on the first, and on y only through it."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        X[:, 2:5] = X[:, :1] + 0.7 * X[:, 2:5]
        return X, 1.5 * X[:, 0] + X[:, 0] * X[:, 1] + draw_noise(rng, n, 0.7)

    return Law(f"confounded among {d}", n, draw, ((0,), (1,)))


def make_nested(d: int = 20, n: int = 5_000) -> Law:
    """One column carries by itself what two others carry jointly."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        X[:, 0] = X[:, 1] + X[:, 2]
        return X, np.tanh(X[:, 0]) + draw_noise(rng, n, 0.3)

    return Law(f"nested among {d}", n, draw, ((0,),))


def make_noise(d: int = 20, n: int = 2_000) -> Law:
    """No column acts."""
    return Law(f"noise of {d}", n, lambda rng, n: (rng.normal(size=(n, d)), rng.normal(size=n)), mi=0.0)


def make_weak(d: int = 20, n: int = 10_000, mi: float = 0.01) -> Law:
    """One column of little information."""
    correlation = math.sqrt(1 - math.exp(-2 * mi))

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, correlation * X[:, 0] + draw_noise(rng, n, math.sqrt(1 - correlation**2))

    return Law(f"{mi} nats among {d}", n, draw, ((0,),), mi=mi)


def make_rare_xor(d: int = 30, n: int = 8_000, shares: tuple[float, float] = (0.005, 0.055)) -> Law:
    """Few rows are positive, and more of them where the signs of two columns agree."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        return X, (rng.uniform(size=n) < np.where(X[:, 0] * X[:, 1] > 0, *shares[::-1])).astype(int)

    mi = float(binary_entropy(sum(shares) / 2) - sum(map(binary_entropy, shares)) / 2)
    return Law(f"rare XOR of 2 among {d}", n, draw, ((0,), (1,)), classes=True, mi=mi)


def make_body_mass(d: int = 21, n: int = 1_500) -> Law:
    """Three classes of weight over squared height; four other columns follow one of these."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        X[:, 2:6] = 0.7 * X[:, [0, 0, 1, 1]] + 0.7 * X[:, 2:6]
        X[:, 0], X[:, 1] = 75 + 13 * X[:, 0], 1.7 + 0.09 * X[:, 1]
        return X, np.digitize(X[:, 0] / X[:, 1] ** 2, [23.0, 28.0])

    return Law(f"body mass among {d}", n, draw, ((0,), (1,)), classes=True)


def make_additive(k: int, d: int, n: int, classes: bool) -> Law:
    """Equally weak columns whose sum acts, on a class or on a number."""

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, d))
        total = X[:, :k].sum(1) / math.sqrt(k)
        if classes:
            return X, (rng.uniform(size=n) < 1 / (1 + np.exp(1.3 - 1.3 * total))).astype(int)
        return X, 0.9 * total + draw_noise(rng, n, 1.0)

    name = f"{k} weak of {d:,}, {'a class' if classes else 'a number'}, {n:,} rows"
    return Law(name, n, draw, may=frozenset(range(k)), classes=classes)


def make_mixtures(d: int = 100, n: int = 2_000, k: int = 5, mixed: int = 15) -> Law:
    """Four clusters of k columns, two of each class, and mixtures of these (as Guyon 2003 made Madelon)."""
    fixed = np.random.default_rng(0)
    centres = 1.0 - 2 * (fixed.permutation(2**k)[:4, None] >> np.arange(k) & 1)
    spreads, mixing = fixed.uniform(-1, 1, (4, k, k)), fixed.uniform(-1, 1, (k, mixed))

    def draw(rng: Rng, n: int) -> tuple[Array, Array]:
        cluster = rng.integers(4, size=n)
        X = rng.normal(size=(n, d))
        X[:, :k] = np.einsum("ij,ijk->ik", X[:, :k], spreads[cluster]) + centres[cluster]
        X[:, k : k + mixed] = X[:, :k] @ mixing
        return X, cluster % 2

    return Law(f"mixtures among {d}", n, draw, may=frozenset(range(k + mixed)), classes=True)


def make_many_rows(d: int = 40, n: int = 100_000) -> Law:
    """Ten columns in products, a switch and bends: most have no information alone."""

    def compute_target(X: Array, rng: Rng) -> Array:
        x = X.T
        y = x[0] * x[1] + x[2] * x[3] + np.where(x[4] > 0, x[5], -x[5]) + np.sin(2 * x[6]) * x[7]
        return y + np.abs(x[8]) + 0.5 * x[9] + draw_noise(rng, len(X), 0.5)

    return make_normal_law(f"ten among {d}, {n:,} rows", n, d, compute_target, 10)


def make_wide(d: int, n: int) -> Law:
    """Two columns alone and two jointly, among very many."""

    def compute_target(X: Array, rng: Rng) -> Array:
        return X[:, 0] + np.abs(X[:, 1]) + 1.5 * np.sign(X[:, 2] * X[:, 3]) + draw_noise(rng, len(X), 0.5)

    return make_normal_law(f"four among {d:,}", n, d, compute_target, 4)
