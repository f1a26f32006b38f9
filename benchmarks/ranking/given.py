"""A hundred columns ranked given three: what is found beyond these, what is kept wrongly, and seconds.

Ten columns say something beyond the given ones, each in another form; twenty are related to the target through the
given ones only, by lines, curves, products and labels; seventy are noise. Beside `rank_columns(..., given=...)`:
partial correlations (Fisher's z) with the same false discovery rate, and the ranking that knows nothing of the given
columns.

Proportions carry exact 95 % intervals.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.common import report
from skmine import rank_columns

Array = np.ndarray

#: False discovery rate.
ALPHA = 0.05

#: What each own column adds to the target: of the column, and of the first given one.
OWN: dict[str, Callable[[Array, Array], Array]] = {
    "line .3": lambda x, z: 0.3 * x,
    "line .2": lambda x, z: 0.2 * x,
    "line .1": lambda x, z: 0.1 * x,
    "size": lambda x, z: 0.3 * np.abs(x),
    "with z": lambda x, z: 0.3 * x * z,
    "tail": lambda x, z: 0.5 * (x > 1),
    "sign": lambda x, z: 0.4 * (x > 0),
    "wave": lambda x, z: 0.3 * np.sin(3 * x),
    "fast wave": lambda x, z: 0.6 * np.sin(8 * x),
    "square": lambda x, z: 0.2 * x**2,
}

#: How columns follow the given ones, (n, 3), without a say of their own.
THROUGH: dict[str, Callable[[Array, Array], Array]] = {
    "curve": lambda z, noise: np.sin(2 * z[:, 0]) + 0.7 * noise,
    "product": lambda z, noise: z[:, 1] * z[:, 2] + 0.7 * noise,
    "line": lambda z, noise: z[:, 1] + noise,
    "label": lambda z, noise: (z[:, 0] + noise > 0).astype(int),
}

N_THROUGH, N_NOISE = 20, 70

GIVEN = ["z0", "z1", "z2"]


@dataclass(frozen=True)
class Outcome:
    """Columns that a method keeps, its p-values of the ninety without a say, and seconds."""

    kept: set[str]
    pvalues: Array
    seconds: float


def draw(n: int, seed: int) -> tuple[pd.DataFrame, Array]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, len(GIVEN)))
    own = {name: rng.normal(size=n) for name in OWN}
    kinds = list(THROUGH.items())
    through = {
        f"{kinds[k % len(kinds)][0]} {k}": kinds[k % len(kinds)][1](z, rng.normal(size=n)) for k in range(N_THROUGH)
    }
    noise = {f"noise {k}": rng.normal(size=n) for k in range(N_NOISE)}
    y = np.sin(2 * z[:, 0]) + z[:, 1] * z[:, 2] + 0.7 * rng.normal(size=n)
    y += sum(OWN[name](x, z[:, 0]) for name, x in own.items())
    return pd.DataFrame({**own, **through, **noise, **dict(zip(GIVEN, z.T, strict=True))}), y


def rank(X: pd.DataFrame, y: Array, seed: int) -> pd.Series:
    """P-values given the three columns."""
    return rank_columns(X, y, given=GIVEN, alpha=ALPHA, random_state=seed)["pvalue"]


def rank_alone(X: pd.DataFrame, y: Array, seed: int) -> pd.Series:
    return rank_columns(X.drop(columns=GIVEN), y, alpha=ALPHA, random_state=seed)["pvalue"]


def correlate(X: pd.DataFrame, y: Array, seed: int) -> pd.Series:
    """P-values of partial correlations."""
    z = np.column_stack([np.ones(len(X)), X[GIVEN]])
    others = X.drop(columns=GIVEN)
    values = np.column_stack([others, y])
    left = values - z @ np.linalg.lstsq(z, values, rcond=None)[0]
    r = np.corrcoef(left.T)[-1, :-1]
    size = np.sqrt(len(X) - len(GIVEN) - 3) * np.abs(np.arctanh(r))
    return pd.Series(2 * stats.norm.sf(size), index=others.columns)


METHODS = {"skmine": rank, "partial correlations": correlate, "skmine, nothing given": rank_alone}


def ask(method: str, X: pd.DataFrame, y: Array, seed: int) -> Outcome:
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pvalues = METHODS[method](X, y, seed)
    seconds = time.process_time() - started
    kept = stats.false_discovery_control(pvalues) <= ALPHA
    silent = [name for name in pvalues.index if name not in OWN]
    return Outcome(set(pvalues.index[kept]), pvalues[silent].to_numpy(), seconds)


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "ranking.given", "ranking_given")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 4_000], help="rows of each table")
    parser.add_argument("--tables", type=int, default=5, help="of each number of rows")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("A hundred columns given three", report.get_command())
    rows, found_own = [], []
    for n in options.rows:
        tables = [draw(n, seed) for seed in range(options.tables)]
        for method in METHODS:
            outcomes = [ask(method, *table, seed) for seed, table in enumerate(tables)]
            wrong = [sum(name not in OWN and not name.startswith("noise") for name in o.kept) for o in outcomes]
            noise = [sum(name.startswith("noise") for name in o.kept) for o in outcomes]
            pvalues = np.concatenate([o.pvalues for o in outcomes])
            rows.append([f"{n:,}", method, f"{np.mean([len(o.kept & set(OWN)) for o in outcomes]):.1f}",
                         f"{np.mean(wrong):.1f}", f"{np.mean(noise):.1f}",
                         report.format_proportion(int((pvalues < ALPHA).sum()), len(pvalues)),
                         f"{np.mean([o.seconds for o in outcomes]):.1f}"])  # fmt: skip
            found_own.append([f"{n:,}", method, *[str(sum(name in o.kept for o in outcomes)) for name in OWN]])
    head = ["rows", "method", f"kept of the {len(OWN)}", f"kept of {N_THROUGH} through the given",
            f"of {N_NOISE} of noise", "p < .05 of both", "CPU seconds"]  # fmt: skip
    out.add_table(f"Means of {options.tables} tables", head, rows)
    out.add_table(f"In how many of {options.tables} each is found", ["rows", "method", *OWN], found_own)
    out.write(options.output)


if __name__ == "__main__":
    main()
