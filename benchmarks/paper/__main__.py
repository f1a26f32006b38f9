"""The experiments of MINE's paper (Belghazi et al. 2018), on data that ships with packages, or samplers.

- gaussians: information of correlated Gaussians by MINE, MINE-f, skmine's default and KSG, compared with the truth;
- unlimited: the same by MINE and MINE-f with fresh rows at every step;
- equitability: y = f(x) + noise, three functions, one curve;
- modes, stacked, stacked_mnist: a GAN with and without the MI term, on 25 Gaussians and on stacks of three digits;
- inference: adversarially learned inference with and without it;
- bottleneck, bottleneck_mnist: digits behind a deterministic, a variational and a MINE bottleneck;
- control: a representation that keeps what an agent controls and sheds the rest.

Each writes `results/paper_NAME.md` and a picture; `--quick` takes at most ten minutes of one core for each. Those named
MNIST need `pip install 'skmine[bench]'`.
"""

import argparse
import shlex
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import report
from benchmarks.paper import bottleneck, control, equitability, gaussians, inference, modes, stacks
from benchmarks.paper.shared import Section, Setting

#: The experiments by name, in the order of the paper; `control` is where its idea went later.
EXPERIMENTS: dict[str, Callable[[Setting], Section]] = {
    "gaussians": gaussians.run,
    "unlimited": gaussians.run_unlimited,
    "equitability": equitability.run,
    "modes": modes.run,
    "stacked": stacks.run,
    "stacked_mnist": stacks.run_mnist,
    "inference": inference.run,
    "bottleneck": bottleneck.run,
    "bottleneck_mnist": bottleneck.run_mnist,
    "control": control.run,
}


def run_experiment(name: str, setting: Setting, folder: Path) -> None:
    """Run an experiment and write its tables and picture."""
    started = time.perf_counter()
    section = EXPERIMENTS[name](setting)
    command = shlex.join(["python", "-m", "benchmarks.paper", name, *["--quick"] * setting.quick])
    out = report.Report(section.title, command, started)
    out.say(section.question, *section.paragraphs)
    for table in section.tables:
        out.add_table(*table)
    out.write(folder / f"paper_{name}.md", section.figure)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.paper", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EXPERIMENTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer seeds and steps")
    parser.add_argument("--n-jobs", type=int, default=1, help="runs at a time, on one core each")
    parser.add_argument("--output", type=Path, default=report.RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    names = options.names or list(EXPERIMENTS)
    if unknown := [name for name in names if name not in EXPERIMENTS]:
        parser.error(f"there is no experiment {unknown[0]!r}; there are {', '.join(EXPERIMENTS)}")
    report.prepare()
    for name in names:
        run_experiment(name, Setting(options.quick, options.n_jobs), options.output)


if __name__ == "__main__":
    main()
