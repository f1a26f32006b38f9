"""First figures of the ranking, beside scikit-learn's in the same run: ``python -m benchmarks.ranking``.

- a null column's score: mean and standard deviation;
- shapes with known MI: mean estimate and mean absolute error;
- null p-values below .05 and .01, with exact binomial intervals;
- seconds for 100 columns, one thread each.

Prints Markdown tables. Options: --rows, --seeds, --only.
"""

import argparse
import time
import warnings

import numpy as np
import torch
from scipy.stats import binomtest
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from skmine import rank_columns
from skmine.synthetic import shapes


def estimate(x, y, seed):
    """Our estimate, our held-out score, our p-value and scikit-learn's estimate of columns x."""
    ranking = rank_columns(x, y, random_state=seed).sort_index(key=lambda names: names.str[1:].astype(int))
    theirs = mutual_info_regression(x, y, random_state=seed)
    return ranking["mi"].to_numpy(), ranking["score"].to_numpy(), ranking["pvalue"].to_numpy(), theirs


def shape_table(n, seeds):
    print(f"\n### Shapes with known MI, n = {n}, {seeds} seeds (nats; mean and mean absolute error)\n")
    print("| shape | truth | skmine | held-out | sklearn | error | error, sklearn | largest, skmine |")
    print("|---|---|---|---|---|---|---|---|")
    errors = []
    for sampler in shapes():
        found = []
        for seed in range(seeds):
            x, y = sampler.draw(np.random.default_rng([n, seed]), n)
            mi, held, _, theirs = estimate(x[:, None], y, seed)
            found.append((mi[0], held[0], theirs[0]))
        ours, held, theirs = np.array(found).T
        row = np.abs(ours - sampler.mi), np.abs(theirs - sampler.mi)
        errors.append([row[0].mean(), row[1].mean()])
        print(
            f"| {sampler.name} | {sampler.mi:.4f} | {ours.mean():.4f} | {held.mean():.4f} | {theirs.mean():.4f} "
            f"| {row[0].mean():.4f} | {row[1].mean():.4f} | {row[0].max():.4f} |"
        )
    mean = np.mean(errors, axis=0)
    print(f"| mean | | | | | {mean[0]:.4f} | {mean[1]:.4f} | |")


def null_table(n, seeds, d=100):
    ours, held, pvalues, theirs = [], [], [], []
    for seed in range(seeds):
        rng = np.random.default_rng([n, seed, 1])
        mi, score, p, sk = estimate(rng.normal(size=(n, d)), rng.normal(size=n), seed)
        ours.append(mi), held.append(score), pvalues.append(p), theirs.append(sk)
    ours, held, pvalues, theirs = map(np.concatenate, (ours, held, pvalues, theirs))
    print(f"\n### {len(held)} null columns, n = {n}\n")
    print("| | mean | standard deviation |\n|---|---|---|")
    for name, v in (("skmine, held-out score", held), ("skmine, mi", ours), ("sklearn", theirs)):
        print(f"| {name} | {v.mean():+.5f} | {v.std(ddof=1):.5f} |")
    print("\n| p-values below | share | 95 % interval |\n|---|---|---|")
    for a in (0.05, 0.01):
        test = binomtest(int((pvalues < a).sum()), pvalues.size)
        low, high = test.proportion_ci()
        print(f"| {a} | {test.statistic:.4f} | {low:.4f} to {high:.4f} |")


def speed_table(n, repeats, d=100):
    print(f"\n### Seconds for {d} columns, n = {n}, one thread each, median of {repeats}\n")
    print("| task | informative | skmine | sklearn | ratio |\n|---|---|---|---|---|")
    for classify in (False, True):
        for informative in (10, 100):
            rng = np.random.default_rng(n)
            y = rng.normal(size=n)
            X = rng.normal(size=(n, d))
            X[:, :informative] += y[:, None]
            target = (y > 0).astype(int) if classify else y
            times = []
            for _ in range(repeats):  # in turn, so that a drifting machine hits both
                row = []
                for function in (rank_columns, mutual_info_classif if classify else mutual_info_regression):
                    start = time.perf_counter()
                    function(X, target, random_state=0)
                    row.append(time.perf_counter() - start)
                times.append(row)
            ours, theirs = np.median(times, axis=0)
            task = "classification" if classify else "regression"
            print(f"| {task} | {informative} of {d} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1_000, 10_000])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", choices=["shapes", "null", "speed"], nargs="+", default=["shapes", "null", "speed"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    rank_columns(np.random.default_rng(0).normal(size=(200, 1)), np.arange(200.0))  # loads the weights
    for n in options.rows:
        if "shapes" in options.only:
            shape_table(n, options.seeds)
        if "null" in options.only:
            null_table(n, options.seeds)
        if "speed" in options.only:
            speed_table(n, repeats=3)


if __name__ == "__main__":
    main()
