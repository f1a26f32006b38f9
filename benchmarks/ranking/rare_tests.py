"""Links of rare rows, and other tests that see them: what the power of ours is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from skmine import mutual_info_scores
from skmine.data.coding import fit_coding
from skmine.data.conversion import make_column
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.merging import MergedSide, NodeOrder, Statistic
from skmine.estimation.sparse import TIE, count_groups

Rng = np.random.Generator
Array = np.ndarray

#: True columns that share a rare class.
COLUMNS_PER_CLASS = 50

#: Permutations of a test that needs them: one p-value of .05 is off by .007 at most.
PERMUTATIONS = 1_000


def put_rare(rng: Rng, usual: Array, rare: Array) -> Array:
    """The usual values, with rare ones instead in rows at random."""
    out = usual.copy()
    out[rng.choice(len(usual), len(rare), replace=False)] = rare
    return out


def draw_flag(rng: Rng, y: Array, m: int, share: float) -> Array:
    """A flag of m rows, each of them in the rare class with a probability."""
    of_class = min(int(rng.binomial(m, share)), int(y.sum()))
    out = np.zeros(len(y))
    for value, size in ((1, of_class), (0, m - of_class)):
        out[rng.choice(np.flatnonzero(y == value), size, replace=False)] = 1
    return out


def draw_number(rng: Rng, y: Array, mean: float, sd: float) -> Array:
    """Standard normal, and normal with a law of its own in the rare class."""
    x = rng.normal(size=len(y))
    return np.where(y == 1, mean + sd * x, x)


def draw_labels(rng: Rng, y: Array, n_labels: int, effect: float) -> Array:
    """Labels the second of which has 9 rows to 10 of the first, and so on; in the rare class log odds are normal."""
    usual = 0.9 ** np.arange(n_labels)
    rare = usual * np.exp(effect * rng.normal(size=n_labels))
    out = rng.choice(n_labels, len(y), p=usual / usual.sum())
    out[y == 1] = rng.choice(n_labels, int(y.sum()), p=rare / rare.sum())
    return out


def compute_by_fisher(x: Array, y: Array, rng: Rng) -> float:
    """Fisher's exact test of two flags."""
    return float(stats.fisher_exact([[np.sum((x == a) & (y == b)) for b in (0, 1)] for a in (0, 1)])[1])


def compute_by_mann_whitney(x: Array, y: Array, rng: Rng) -> float:
    """Mann and Whitney's test, two-sided, by its normal law."""
    return float(stats.mannwhitneyu(x[y == 1], x[y == 0], method="asymptotic").pvalue)


def permute_class(nodes: Array, y: Array, rng: Rng) -> Array:
    """Rows of the class in each node, as it is and put on rows at random: (1 + PERMUTATIONS, nodes)."""
    n_nodes, k = int(nodes.max()) + 1, int(y.sum())
    drawn = [nodes[y == 1], *(nodes[rng.choice(len(y), k, replace=False)] for _ in range(PERMUTATIONS))]
    return np.stack([np.bincount(of_class, minlength=n_nodes) for of_class in drawn])


def compare_with_permuted(statistics: Array) -> float:
    """P-value of the first of some statistics, the others being those of permutations."""
    return float(np.mean(statistics >= statistics[0] - TIE))


def compute_by_own_statistic(x: Array, y: Array, rng: Rng) -> float:
    """The statistic of our sparse p-values, its law by permuting the rows."""
    column = make_column(x, "x")
    nodes = fit_coding(column, choose_node_budgets(len(x))[0]).encode(column)
    margins = [np.bincount(nodes).astype(float), np.bincount(y).astype(float)]
    n_groups = count_groups(y.sum())
    orders = NodeOrder(ordered=True), NodeOrder()
    sides = [MergedSide.merge(margin, order, n_groups) for margin, order in zip(margins, orders, strict=True)]
    of_class = permute_class(sides[0].fine[nodes], y, rng).astype(float)
    of_all = np.bincount(sides[0].fine[nodes])
    tables = np.stack([of_all - of_class, of_class], axis=2)  # (1 + PERMUTATIONS, nodes, 2)
    return compare_with_permuted(Statistic.of_margins(tables[0], *sides).evaluate(tables))


def compute_by_chi_squared(x: Array, y: Array, rng: Rng) -> float:
    """Pearson's chi-square of labels and a class, its law by permuting the rows."""
    _, nodes = np.unique(x, return_inverse=True)
    expected = np.bincount(nodes) * y.mean()
    # The other class's cells are the rest of the same margins: they multiply the sum by a constant.
    return compare_with_permuted(((permute_class(nodes, y, rng) - expected) ** 2 / expected).sum(1))


@dataclass(frozen=True)
class Case:
    """A true link of a rare class of k in n rows, and the test that sees it.

    Attributes
    ----------
    draw : callable(rng, y) -> (n,)
    test : callable(x, y, rng) -> float
        The other test's p-value.
    labels : bool
        Whether the column's values are labels.
    """

    name: str
    k: int
    n: int
    draw: Callable[[Rng, Array], Array]
    other: str
    test: Callable[[Array, Array, Rng], float]
    labels: bool = False

    @property
    def title(self) -> str:
        return f"{self.name}; {self.k} of {self.n:,}"


def _make_flags(m: int, share: float, k: int, n: int) -> Case:
    name = f"flag of {m:,} rows, {share:.1%} of them in the class"
    return Case(name, k, n, partial(draw_flag, m=m, share=share), "Fisher", compute_by_fisher)


def _make_numbers(mean: float, sd: float, k: int, n: int, *, permute: bool) -> Case:
    other = (
        ("same statistic, permuted", compute_by_own_statistic) if permute else ("Mann-Whitney", compute_by_mann_whitney)
    )
    return Case(f"number, N({mean:g}, {sd:g}) in the class", k, n, partial(draw_number, mean=mean, sd=sd), *other)


def _make_labels(n_labels: int, effect: float, k: int, n: int) -> Case:
    draw = partial(draw_labels, n_labels=n_labels, effect=effect)
    return Case(
        f"{n_labels} labels, log odds of sd {effect:g}",
        k,
        n,
        draw,
        "chi-square, permuted",
        compute_by_chi_squared,
        labels=True,
    )


#: Strengths are such that the tests are neither blind nor perfect.
CASES = [
    _make_flags(1_000, 0.017, 50, 5_000),
    _make_flags(20, 0.05, 40, 20_000),
    _make_flags(200, 0.03, 300, 20_000),
    _make_flags(50, 0.03, 200, 100_000),
    _make_numbers(0.7, 1, 10, 5_000, permute=False),
    _make_numbers(0.35, 1, 40, 20_000, permute=False),
    _make_numbers(0.13, 1, 300, 20_000, permute=False),
    _make_numbers(0.155, 1, 200, 100_000, permute=False),
    _make_numbers(0.35, 1, 40, 20_000, permute=True),
    _make_numbers(0, 1.8, 20, 5_000, permute=True),
    _make_numbers(0, 1.5, 40, 20_000, permute=True),
    _make_labels(6, 0.8, 20, 5_000),
    _make_labels(12, 0.6, 50, 20_000),
    _make_labels(30, 0.5, 200, 100_000),
]


def compare(case: Case, columns: int) -> tuple[Array, Array]:
    """Whether p < .05, by skmine and by the other test, (columns,) each."""
    ours, others = [], []
    for table in range(-(-columns // COLUMNS_PER_CLASS)):
        rng = np.random.default_rng([case.k, case.n, CASES.index(case), table])
        y = put_rare(rng, np.zeros(case.n, int), np.ones(case.k, int))
        drawn = [case.draw(rng, y) for _ in range(min(columns, COLUMNS_PER_CLASS))]
        X = pd.DataFrame({str(i): x.astype(str) if case.labels else x for i, x in enumerate(drawn)})
        ours.append(mutual_info_scores(X, y, discrete_target=True, random_state=table)[1])
        others.append(np.array([case.test(x, y, rng) for x in drawn]))
    return np.concatenate(ours) < 0.05, np.concatenate(others) < 0.05
