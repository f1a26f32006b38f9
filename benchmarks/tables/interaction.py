"""Co-information of laws whose redundancy or synergy is known: how far estimates are from the truth.

Four laws: normal variables (z between x and y), a noisy XOR, a copy (z repeats x) and a collider (x and y independent,
z their noisy sum). Estimates are judged by two of their own standard errors, which are those of sampling alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.common import pictures, report
from skmine import co_information

Array = np.ndarray

#: Probability that the outcome of XOR and of copy is flipped.
FLIP = 0.1

#: Standard errors within which an estimate is to be, in 18 of 20 draws.
WITHIN = 2


@dataclass(frozen=True)
class Law:
    """A law of three columns; `draw(rng, n)` gives x, y and z, `truth` their co-information in nats."""

    name: str
    truth: float
    draw: Callable[[np.random.Generator, int], tuple[Array, Array, Array]]


def draw_normal(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    x = rng.normal(size=n)
    z = x + rng.normal(size=n)
    return x, x + z + rng.normal(size=n), z


def draw_xor(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    x, z = rng.integers(0, 2, (2, n))
    return x, x ^ z ^ (rng.random(n) < FLIP), z


def draw_copy(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    x = rng.integers(0, 2, n)
    return x, x ^ (rng.random(n) < FLIP), x


def draw_collider(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    x, y = rng.normal(size=(2, n))
    return x, y, x + y + rng.normal(size=n)


#: Nats that a bit and its flipped copy share.
CHANNEL = math.log(2) + FLIP * math.log(FLIP) + (1 - FLIP) * math.log(1 - FLIP)

LAWS = (
    Law("normal", 0.5 * math.log(3) - 0.5 * math.log(1.5), draw_normal),
    Law("XOR", -CHANNEL, draw_xor),
    Law("copy", CHANNEL, draw_copy),
    Law("collider", 0.5 * math.log(0.75), draw_collider),
)


def measure(law: Law, n: int, seed: int) -> tuple[float, float, bool]:
    """Error in nats, the standard error, and whether the 95 % interval holds the truth."""
    found = co_information(*law.draw(np.random.default_rng(seed), n), random_state=seed)
    low, high = found.confidence_interval()
    return found.co_information - law.truth, found.se, low <= law.truth <= high


def draw_picture(found: dict[str, Array]):
    """Errors in standard errors, a point per draw."""
    figure, axes = pictures.make_panels(1, 1, (6, 4))
    ax = axes[0, 0]
    for k, values in enumerate(found.values()):
        ax.plot(k + np.linspace(-0.2, 0.2, len(values)), values[:, 0] / values[:, 1], "o", markersize=4)
    ax.axhspan(-WITHIN, WITHIN, color="grey", alpha=0.15)
    ax.set(xticks=range(len(found)), xticklabels=list(found), ylabel="error in standard errors")
    ax.grid(alpha=0.3)
    return figure


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "tables.interaction", "interaction")
    parser.add_argument("--rows", type=int, default=1_000, help="rows of each draw")
    parser.add_argument("--draws", type=int, default=20, help="of each law")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("Co-information", report.get_command())
    found = {law.name: np.array([measure(law, options.rows, s) for s in range(options.draws)]) for law in LAWS}
    lines = []
    for law in LAWS:
        error, se, holds = found[law.name].T
        close = int((np.abs(error) <= WITHIN * se).sum())
        cells = [law.name, f"{law.truth:+.4f}", report.format_mean(error), f"{se.mean():.4f}"]
        lines.append([*cells, f"{close} of {len(error)}", f"{int(holds.sum())} of {len(error)}"])
    head = ["law", "truth", "mean error", "standard error", f"within {WITHIN} of them", "95 % interval holds"]
    out.add_table(f"Nats, {options.rows:,} rows", head, lines)
    out.write(options.output, draw_picture(found))


if __name__ == "__main__":
    main()
