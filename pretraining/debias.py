"""Fit the weights by which an estimate corrects the held-out score for fitting and for coding.

``python -m pretraining.debias`` draws laws with known MI (X a random function of Y plus normal or uniform noise, normal
pairs, independent pairs; up to six nats) and samples of 100 to 30,000 rows, scores them with the shipped network and
prints the six numbers of `skmine.estimation.fitting_cost.DebiasWeights` that make the errors of the estimates smallest,
relative to `tolerance`, and the errors of those that are shipped. Half of the laws are fitted, the other half shows the
errors.
"""

import argparse
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize

from pretraining.laws import random_function
from skmine.data.conversion import make_column
from skmine.data.ladder import encode_columns
from skmine.estimation import fitting_cost
from skmine.estimation.budgets import choose_node_budgets
from skmine.estimation.column_scores import score_columns
from skmine.estimation.folds import make_folds
from skmine.estimation.plan import Plan
from skmine.synthetic import Sampler, independent_pair, noisy_function, normal_pair
from skmine.synthetic.noisy import NORMAL

Array = NDArray[np.float64]

#: Fewest rows of a sample, whose number is log-uniform. Arbitrary: smaller ones show little but noise.
FEWEST_ROWS = 100

#: Most rows of a sample. Arbitrary: larger ones need hardly any correction.
MOST_ROWS = 30_000

#: Noise with edges, and how often it takes the place of normal noise. Arbitrary.
UNIFORM = stats.uniform(-np.sqrt(3), 2 * np.sqrt(3))
UNIFORM_SHARE = 0.2

#: Weights from which the search starts. Arbitrary.
START = (0.1, 0.4, 1.0, 2.0, -1.0, 0.0)

#: Searches, each from where the last one stopped, because Nelder and Mead's simplex may collapse early.
SEARCHES = 3


def draw_sampler(rng: np.random.Generator) -> Sampler:
    """A law with known MI: a tenth are independent, some normal, most a random function plus noise."""
    kind = rng.random()
    if kind < 0.1:
        return independent_pair()
    if kind < 0.25:
        return normal_pair(float(np.tanh(rng.normal() * rng.uniform(0.05, 4))))
    f, g = random_function(rng), random_function(rng)
    size = f(rng.normal(size=4000)).std() + 1e-9
    noise = float(np.exp(rng.uniform(np.log(0.02), np.log(8))))
    spread = rng.uniform(0.2, 1.2) if rng.random() < 0.25 else 0.0

    def mean(v: Array) -> Array:
        return f(v) / size

    def scale(v: Array) -> Array:
        return noise * np.exp(spread * np.clip(g(v), -2, 2))

    law = UNIFORM if rng.random() < UNIFORM_SHARE else NORMAL
    return noisy_function("random", mean, scale, law)


def measure_law(seed: int, number: int) -> tuple[float, ...]:
    """`measure` a law that depends on the seed and its number only."""
    rng = np.random.default_rng([seed, number])
    return measure(rng, draw_sampler(rng))


def measure(rng: np.random.Generator, sampler: Sampler) -> tuple[float, ...]:
    """Of one sample: true MI, held-out and training score, coding loss and spread in nats, rows, rows per node."""
    n = int(np.exp(rng.uniform(np.log(FEWEST_ROWS), np.log(MOST_ROWS))))
    x, y = sampler.draw(rng, n)
    if rng.random() < 0.5:
        x, y = y, x
    budgets = choose_node_budgets(n)
    ladder, target = (encode_columns([make_column(v, "v")], [None], budgets) for v in (x, y))
    scores = score_columns(ladder, target, Plan(make_folds(3, n, random_state=int(rng.integers(2**31)))))
    evidence = scores.evidence
    spread, n_nodes = evidence.se[0] * np.sqrt(n), budgets[scores.readings[0].x_at]
    return sampler.mi, evidence.held_out[0], evidence.training[0], scores.coding_loss[0], spread, n, n / n_nodes


def tolerance(mi: Array, n: Array) -> Array:
    """Nats by which an estimate of I from n rows may be wrong: .01 + .05 I + .3 / sqrt(n). Arbitrary."""
    return 0.01 + 0.05 * mi + 0.3 / np.sqrt(n)


def relative_errors(weights: Array, data: Array) -> Array:
    """Errors of the estimates, relative to `tolerance`."""
    mi, held, training, lost, spread, n, rows_per_node = data.T
    chosen = fitting_cost.DebiasWeights(*weights)
    loss = fitting_cost.weigh_coding_loss(lost, spread, rows_per_node, chosen)
    estimates = fitting_cost.correct_bias(held, training, loss, chosen)
    return (estimates - mi) / tolerance(mi, n)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m pretraining.debias", description=__doc__)
    parser.add_argument("--laws", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes; the numbers do not depend on them")
    parser.add_argument("--data", type=Path, help="file (.npy) for what was measured of each law")
    options = parser.parse_args(arguments)
    parallel = Parallel(n_jobs=options.jobs)
    data = np.array(parallel(delayed(measure_law)(options.seed, i) for i in range(options.laws)))
    fit, judge = data[::2], data[1::2]

    def loss(weights: Array) -> float:
        return float(np.abs(relative_errors(weights, fit)).mean())

    if options.data:
        np.save(options.data, data)
    best = np.array(START)
    for _ in range(SEARCHES):
        best = minimize(loss, best, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6}).x
    print("weights:", ", ".join(f"{v:.3f}" for v in best))
    report: list[tuple[str, Callable[[Array], Array]]] = [
        ("fitted", lambda d: relative_errors(best, d)),
        ("shipped", lambda d: relative_errors(np.array(astuple(fitting_cost.GRID_WEIGHTS)), d)),
        ("midpoint", lambda d: relative_errors(np.array([0.5, 0.0, 1.0]), d)),
        ("held-out", lambda d: relative_errors(np.array([0.0, 0.0, 1.0]), d)),
    ]
    for name, of in report:
        null = judge[judge[:, 0] == 0]
        print(f"{name}: relative error {np.abs(of(judge)).mean():.3f}, mean at independence {of(null).mean():+.3f}")


if __name__ == "__main__":
    main()
