"""MINE's paper (Belghazi et al. 2018) anew: its experiments on data that ships with packages, or samplers.

- gaussians: information of correlated Gaussians by MINE, MINE-f, skmine's default and KSG, beside the truth;
- unlimited: the same by MINE and MINE-f with fresh rows at every step;
- equitability: y = f(x) + noise, three functions, one curve;
- modes, stacked: a GAN with and without the MI term, on 25 Gaussians and on stacks of three digits;
- inference: adversarially learned inference with and without it;
- bottleneck: digits behind a deterministic, a variational and a MINE bottleneck;
- control: what an agent controls is kept, what it does not is shed.

Each writes `results/paper_NAME.md` and a picture; `--quick` takes at most ten minutes of one core for each.
"""

import argparse
import shlex
from pathlib import Path

from benchmarks import report
from benchmarks.paper_experiments import EXPERIMENTS
from benchmarks.paper_experiments.shared import Setting


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.paper", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EXPERIMENTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer seeds and steps")
    parser.add_argument("--n-jobs", type=int, default=1, help="runs at a time, a core each")
    parser.add_argument("--output", type=Path, default=report.RESULTS, help="folder of the results")
    options = parser.parse_args()
    names = options.names or list(EXPERIMENTS)
    if unknown := [name for name in names if name not in EXPERIMENTS]:
        parser.error(f"there is no experiment {unknown[0]!r}; there are {', '.join(EXPERIMENTS)}")
    report.start()
    for name in names:
        section = EXPERIMENTS[name](Setting(options.quick, options.n_jobs))
        command = shlex.join(["python", "-m", "benchmarks.paper", name, *["--quick"] * options.quick])
        written = report.Report(section.title, command)
        written.say(section.question, *section.paragraphs)
        for table in section.tables:
            written.table(*table)
        written.write(options.output / f"paper_{name}.md", section.figure)


if __name__ == "__main__":
    main()
