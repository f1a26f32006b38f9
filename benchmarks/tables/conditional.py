"""Mutual information of two columns given 5 to 100 others: p-values, intervals and errors, beside causal-learn's tests.

- strong confounders and nothing else: P(p < .05), and how often the interval reaches 0;
- the same with a link beside them, of .112 nats, and colliders: how often p < .05, mean error, how often the interval
  holds the truth.

Proportions carry exact 95 % intervals; "no" is said only where an interval excludes the promise.
"""

import argparse
import itertools
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.common import environments, processes, report
from benchmarks.common.processes import AnswerCache
from benchmarks.tables.peers import ANSWERS

Rng = np.random.Generator
Array = np.ndarray

#: Other packages' tests: name -> what the runner calls it.
TESTS = {"Fisher's z": "fisherz", "KCI": "kci"}
ENVIRONMENT = "causal_learn"

#: What a link adds to Y of the noise of X, whose variance is 1.
LINK = 0.5

#: Noise of a collider, in standard deviations.
COLLIDER_NOISE = 0.5


def draw_linear(rng: Rng, n: int, d: int, link: float) -> tuple[Array, Array, Array]:
    """A confounder that is a sum of all columns."""
    z, own = rng.normal(size=(n, d)), rng.normal(size=n)
    confounder = z.sum(1) / np.sqrt(d)
    return 3 * confounder + own, -2 * confounder + link * own + rng.normal(size=n), z


def draw_curved(rng: Rng, n: int, d: int, link: float) -> tuple[Array, Array, Array]:
    """A confounder that is a sum of two columns, and acts by curves."""
    z, own = rng.normal(size=(n, d)), rng.normal(size=n)
    confounder = z[:, :2].sum(1) / np.sqrt(2)
    return np.sin(2 * confounder) + own, confounder**2 + link * own + rng.normal(size=n), z


def draw_collider(rng: Rng, n: int, d: int, link: float) -> tuple[Array, Array, Array]:
    """Independent columns, and their sum with noise among the others."""
    x, y, z = rng.normal(size=n), rng.normal(size=n), rng.normal(size=(n, d))
    z[:, 0] = x + y + COLLIDER_NOISE * z[:, 0]
    return x, y, z


def compute_collider_mi() -> float:
    """-1/2 log(1 - r^2) with the partial correlation r of both given their noisy sum."""
    r = 1 / (1 + COLLIDER_NOISE**2)
    return -0.5 * np.log1p(-(r**2))


@dataclass(frozen=True)
class Law:
    """A law of X, Y and Z; `truth` in nats."""

    name: str
    draw: Callable[[Rng, int, int, float], tuple[Array, Array, Array]]
    link: float
    truth: float


LAWS = [
    Law("linear confounder", draw_linear, 0.0, 0.0),
    Law("curved confounder", draw_curved, 0.0, 0.0),
    Law("linear confounder and a link", draw_linear, LINK, 0.5 * np.log1p(LINK**2)),
    Law("curved confounder and a link", draw_curved, LINK, 0.5 * np.log1p(LINK**2)),
    Law("collider", draw_collider, 0.0, compute_collider_mi()),
]


@dataclass(frozen=True)
class Answer:
    """What one method says of a draw; estimates and intervals are of ours only."""

    method: str
    law: Law
    n: int
    d: int
    pvalue: float
    seconds: float
    mi: float = np.nan
    low: float = np.nan
    high: float = np.nan

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.law.truth <= self.high


def ask_ours(law: Law, n: int, d: int, seed: int, tables: tuple[Array, Array, Array]) -> Answer:
    """Our answer of one draw."""
    from skmine import mutual_info

    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = mutual_info(*tables, random_state=seed)
    answer = Answer(
        "skmine", law, n, d, found.pvalue, time.process_time() - started, found.mi, *found.confidence_interval()
    )
    print(f"{law.name}, {n} rows, {d} columns, seed {seed}: {found.mi:.3f} of {law.truth:.3f}, p = {found.pvalue:.2g}",
          file=sys.stderr, flush=True)  # fmt: skip
    return answer


def ask_theirs(
    law: Law, n: int, d: int, seed: int, tables: tuple[Array, Array, Array], cache: AnswerCache
) -> Iterator[Answer]:
    """The other tests' answers of one draw."""
    version = environments.read_pins(ENVIRONMENT)["causal-learn"]
    for name, method in TESTS.items():
        key = (law.name, n, d, seed, name, version, processes.hash_arrays(*tables))
        found = cache.answers.get(key)
        if found is None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "rows.npz"
                np.savez(file, **dict(zip("XYZ", tables, strict=True)))
                python = environments.get_interpreter(ENVIRONMENT)
                (found,) = processes.ask_runner(python, f"run_{ENVIRONMENT}", [method, str(seed)], [str(file)])
            del found["file"]
            if not found.pop("ended", False):  # an answer, be it an error, and not the machine's fault
                cache.add(key, found)
        yield Answer(name, law, n, d, float(str(found.get("pvalue", np.nan))), float(str(found.get("cpu", np.nan))))


def add_tables(out: report.Report, answers: Sequence[Answer]) -> None:
    """One row per law, numbers of rows and columns, and method."""
    for title, some in (
        ("Confounders alone", [a for a in answers if not a.law.truth]),
        ("Links and colliders", [a for a in answers if a.law.truth]),
    ):
        rows = []
        for (law, n, d, method), group in report.group_by(lambda a: (a.law, a.n, a.d, a.method), some).items():
            below = report.format_proportion(sum(a.pvalue < 0.05 for a in group), len(group))
            ours = method == "skmine"
            error = f"{np.mean([a.mi for a in group]) - law.truth:+.3f}" if ours else ""
            holds = report.format_proportion(sum(a.holds for a in group), len(group)) if ours else ""
            rows.append([law.name, f"{n:,}", d, method, len(group), below, error, holds,
                         f"{np.mean([a.seconds for a in group]):.1f}"])  # fmt: skip
        head = ["law", "rows", "columns given", "method", "draws", "P(p < .05)", "mean error", "95 % interval holds",
                "CPU seconds per draw"]  # fmt: skip
        out.add_table(title, head, rows)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = report.make_parser(__doc__, "tables.conditional", "conditional")
    parser.add_argument("--draws", type=int, default=20, help="draws per law and numbers of rows and columns")
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 1_000])
    parser.add_argument("--columns", type=int, nargs="+", default=[5, 100])
    parser.add_argument("--no-peers", action="store_true", help="build no environment and run no other test")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    report.prepare()
    if not options.no_peers:
        environments.build(ENVIRONMENT)
    out, cache = report.Report("Given other columns", report.get_command()), AnswerCache(ANSWERS, False)
    answers: list[Answer] = []
    for n, d, law, seed in itertools.product(options.rows, options.columns, LAWS, range(options.draws)):
        tables = law.draw(np.random.default_rng([n, d, LAWS.index(law), seed]), n, d, law.link)
        answers.append(ask_ours(law, n, d, seed, tables))
        if not options.no_peers:
            answers += ask_theirs(law, n, d, seed, tables, cache)
    add_tables(out, answers)
    out.write(options.output)


if __name__ == "__main__":
    main()
