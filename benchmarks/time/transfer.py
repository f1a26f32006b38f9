"""Transfer entropy of series with a known one, beside infomeasure's on the same series, and what either finds.

- linear normal series: the truth, and what the true law says of these rows; the estimate, its 95 % interval and whether
  that holds the truth; and infomeasure's estimate by nearest neighbours (Kraskov, Stoegbauer and Grassberger, with its
  defaults);
- weak links, straight and curved, and series that share nothing: P(p < .05), infomeasure's by its permutation test.

Proportions carry exact 95 % intervals.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import report
from benchmarks.time.series import draw_autoregressive
from skmine import transfer_entropy
from skmine.estimation import inference
from skmine.synthetic import SeriesSampler, linear_series

Array = NDArray[np.float64]

#: Permutations of infomeasure's test: its p-values are multiples of a hundredth.
PERMUTATIONS = 100

LEVEL = 0.05

#: Rows that a law's coefficients are read from.
ROWS_OF_LAW = 400_000

LAWS = [
    linear_series("nothing", [[[0.5, 0.0], [0.0, 0.5]]]),
    linear_series("weak", [[[0.5, 0.0], [0.2, 0.3]]]),
    linear_series("one way", [[[0.5, 0.0], [0.6, 0.3]]]),
    linear_series("both ways", [[[0.4, 0.4], [0.4, 0.4]]]),
    linear_series("strong", [[[0.7, 0.0], [1.2, 0.5]]]),
    linear_series("slow", [[[0.9, 0.0], [0.3, 0.8]]]),
]


def draw_curved(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """A target that follows the square of the source one row before."""
    x = draw_autoregressive(rng, 0.5, n + 1)[:, 0]
    return x[1:], 0.2 * x[:-1] ** 2 + draw_autoregressive(rng, 0.3, n)[:, 0]


def draw_apart(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Two series of a memory of .9 that share nothing."""
    x = draw_autoregressive(rng, 0.9, n, 2)
    return x[:, 0], x[:, 1]


#: Links whose p-values are looked at.
LINKS: dict[str, Callable[[np.random.Generator, int], tuple[Array, Array]]] = {
    "weak, straight": LAWS[1].draw,
    "weak, curved": draw_curved,
    "none, memory .9": draw_apart,
}


def score_by_law(law: SeriesSampler, x: Array, y: Array) -> float:
    """What a law says of these rows, nats: the mean logarithm of its density of y given both pasts over that given y's.

    Its coefficients are those of many rows. No estimate of these rows can be expected to be nearer to the truth.
    """
    errors, variances = [], []
    series = np.column_stack(law.draw(np.random.default_rng(0), ROWS_OF_LAW))
    past, now = series[:-1], series[1:, 1]
    for columns in ([0, 1], [1]):
        weights = np.linalg.lstsq(past[:, columns], now)[0]
        variances.append(float(np.var(now - past[:, columns] @ weights)))
        errors.append(y[1:] - np.column_stack([x, y])[:-1, columns] @ weights)
    (both, alone), (of_both, of_alone) = errors, variances
    return float(np.mean(np.log(of_alone / of_both) + alone**2 / of_alone - both**2 / of_both) / 2)


def ask_infomeasure(x: Array, y: Array) -> Any:
    """infomeasure's estimator of transfer entropy by one row before."""
    import infomeasure

    return infomeasure.estimator(x, y, measure="te", approach="ksg")


def add_estimates(out: report.Report, laws: list[SeriesSampler], sizes: list[int]) -> None:
    rows = []
    for law in laws:
        for n in sizes:
            x, y = law.draw(np.random.default_rng([n, len(law.name)]), n)
            started = time.perf_counter()
            found = transfer_entropy(x, y, random_state=0).iloc[0]
            seconds = time.perf_counter() - started
            low, high = inference.compute_interval(*found[["mi", "score", "se", "pvalue"]])
            holds = "yes" if low <= law.transfer_entropy <= high else "no"
            other = float(ask_infomeasure(x, y).result())
            nats = [law.transfer_entropy, score_by_law(law, x, y), found["mi"], found["se"]]
            rows.append([law.name, f"{n:,}", *(f"{value:.4f}" for value in nats), f"{low:.4f} to {high:.4f}", holds,
                         f"{found['pvalue']:.1e}", f"{other:.4f}", f"{other - law.transfer_entropy:+.4f}",
                         f"{seconds:.0f}"])  # fmt: skip
            print(rows[-1], flush=True)
    head = ["law", "rows", "truth (nats)", "of these rows", "skmine", "s.e.", "95 % interval", "holds the truth", "p",
            "infomeasure", "its error", "seconds of skmine"]  # fmt: skip
    out.add_table("Linear normal series", head, rows)


def add_power(out: report.Report, n: int, draws: int) -> None:
    rows = []
    for name, draw in LINKS.items() if draws else ():
        ours, theirs = 0, 0
        for seed in range(draws):
            x, y = draw(np.random.default_rng([seed, n, 7]), n)
            ours += bool(transfer_entropy(x, y, random_state=seed)["pvalue"].iloc[0] < LEVEL)
            theirs += bool(ask_infomeasure(x, y).statistical_test(n_tests=PERMUTATIONS).p_value < LEVEL)
        rows.append([name, f"{n:,}", draws, report.format_proportion(ours, draws),
                     report.format_proportion(theirs, draws)])  # fmt: skip
        print(rows[-1], flush=True)
    if rows:
        out.add_table("p < .05", ["link", "rows", "draws", "skmine", "infomeasure"], rows)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = report.make_parser(__doc__, "time.transfer", "time_transfer")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 3_000, 10_000], help="of linear series")
    parser.add_argument("--draws", type=int, default=50, help="of every link")
    parser.add_argument("--link-rows", type=int, default=1_000, help="of these")
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="laws whose names contain one of these")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    report.prepare()
    out = report.Report("Transfer entropy", report.get_command())
    laws = [law for law in LAWS if not options.only or any(part in law.name for part in options.only)]
    add_estimates(out, laws, options.rows)
    add_power(out, options.link_rows, options.draws)
    out.write(options.output)


if __name__ == "__main__":
    main()
