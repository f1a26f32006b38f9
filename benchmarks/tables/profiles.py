"""The pointwise profile of swirled mixtures beside the exact one, on fresh rows.

- mean, spread and deciles of estimated and exact pointwise mutual information;
- how far single rows are off: correlation, root mean square of the differences.

A swirl can be undone, so it changes no pointwise value, and those of mixtures are known.
"""

import argparse
import time
import warnings
from dataclasses import dataclass

import numpy as np

from benchmarks.common import pictures, report
from benchmarks.tables.kinds import make_clusters
from benchmarks.tables.tasks import Array
from skmine import synthetic

#: Seed, clusters, columns a side, spread of their means, largest correlation, and speed of the swirl.
LAWS = {
    "three clusters, 2 + 2 columns": ((2, 3, 2, 1.5, 0.95), 0.15),
    "five clusters, 3 + 3 columns": ((3, 5, 3, 1.2, 0.95), 0.1),
    "four clusters, 4 + 4 columns": ((6, 4, 4, 1.0, 0.8), 0.05),
}

#: Fresh rows whose profile is worked out.
FRESH_ROWS = 5_000

DECILES = np.arange(0.1, 1.0, 0.2)


@dataclass(frozen=True)
class Profile:
    """Pointwise values of fresh rows, estimated and exact, of one draw of a law."""

    law: str
    n: int
    estimated: Array
    exact: Array
    cpu: float


def draw_rows(law: synthetic.NormalMixture, speed: float, seed: list[int], n: int) -> tuple[Array, Array, Array]:
    """X, Y, swirled, and the exact pointwise values, (n,)."""
    plain = synthetic.Sampler("clusters", law.draw, np.nan)  # of which only draws are asked
    swirled = synthetic.spiral(plain, speed)
    X, Y = swirled.draw(np.random.default_rng(seed), n)
    return X, Y, law.pointwise(*plain.draw(np.random.default_rng(seed), n))


def measure(name: str, n: int, seed: int) -> Profile:
    """Fit to n rows, and score fresh ones."""
    from skmine import MutualInfoEstimator

    parameters, speed = LAWS[name]
    law = make_clusters(*parameters)
    X, Y, _ = draw_rows(law, speed, [n, seed, 0], n)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = MutualInfoEstimator(random_state=seed).fit(X, Y)
    cpu = time.process_time() - started
    X, Y, exact = draw_rows(law, speed, [n, seed, 1], FRESH_ROWS)
    return Profile(name, n, fitted.pointwise(X, Y), exact, cpu)


def add_tables(out: report.Report, found: list[Profile]) -> None:
    """The profiles' shapes, and how far rows are off; means over the draws of a law."""
    groups = report.group_by(lambda p: (p.law, p.n), found)
    shapes, rows = [], []
    for (name, n), some in groups.items():
        for which in ("exact", "estimated"):
            values = [getattr(p, which) for p in some]
            deciles = np.mean([np.quantile(v, DECILES) for v in values], axis=0)
            shapes.append([name, f"{n:,}", which, f"{np.mean(values):.3f}", f"{np.mean([v.std() for v in values]):.3f}",
                           *(f"{q:.2f}" for q in deciles)])  # fmt: skip
        r = np.mean([np.corrcoef(p.estimated, p.exact)[0, 1] for p in some])
        off = np.sqrt(np.mean([np.square(p.estimated - p.exact).mean() for p in some]))
        rows.append([name, f"{n:,}", len(some), f"{r:.3f}", f"{off:.3f}", f"{np.mean([p.cpu for p in some]):.0f}"])
    out.add_table("The profiles: nats", ["law", "rows", "", "mean", "spread", *(f"{q:.0%}" for q in DECILES)], shapes)
    head = ["law", "rows", "draws", "correlation", "root mean square of the differences", "CPU seconds of a fit"]
    out.add_table("Row by row", head, rows)


def draw_picture(found: list[Profile]):
    """The distribution functions of the first draw of each law with most rows."""
    most = max(p.n for p in found)
    first = {p.law: p for p in reversed(found) if p.n == most}
    figure, axes = pictures.make_panels(1, len(first), (3.3 * len(first), 3), sharey=True)
    for ax, (name, profile) in zip(axes[0], reversed(first.items()), strict=True):
        share = np.linspace(0, 1, len(profile.exact))
        ax.plot(np.sort(profile.exact), share, color=pictures.GREY, linewidth=2.5, alpha=0.6, label="exact")
        ax.plot(np.sort(profile.estimated), share, color=pictures.COLOURS["skmine"], linewidth=1.2, label="skmine")
        ax.set_title(name, fontsize=9)
        ax.set_xlim(*np.quantile(profile.exact, [0.005, 0.995]))
        ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel("share of fresh rows below")
    figure.supxlabel(f"pointwise mutual information (nats), {most:,} rows to fit", fontsize=10)
    pictures.add_legend(figure, axes[0, 0], 2)
    return figure


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = report.make_parser(__doc__, "tables.profiles", "profiles")
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000, 10_000], help="to fit on")
    parser.add_argument("--draws", type=int, default=2, help="draws per law and number of rows")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    report.prepare()
    out = report.Report("Pointwise profiles", report.get_command())
    found = [measure(name, n, seed) for n in options.rows for name in LAWS for seed in range(options.draws)]
    add_tables(out, found)
    out.write(options.output, draw_picture(found))


if __name__ == "__main__":
    main()
