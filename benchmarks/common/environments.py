"""One environment per package that ours cannot hold: built by venv and pip from the pins in `runners/`.

`runners/NAME.txt` pins what is in it; `runners/run_NAME.py` is what it runs (the prefix, because a script called
`ennemi.py` would import itself). Environments live in the git-ignored `build/`, and are built again when their pins
change.

    python -m benchmarks.common.environments            # builds what is missing
"""

import os
import subprocess
import sys
from pathlib import Path

#: The scripts that run in environments, and what these are built from.
RUNNERS = Path(__file__).parents[1] / "runners"

#: What the benchmarks keep between runs: environments, and the answers of other packages.
BUILD = Path(__file__).parents[2] / "build"

#: Where the environments are built.
ENVIRONMENTS = BUILD / "environments"

#: One thread for everything that a runner may start: seconds are compared per thread.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


class BuildError(RuntimeError):
    """An environment that could not be built, with pip's own words."""


def list_names() -> list[str]:
    return sorted(path.stem for path in RUNNERS.glob("*.txt"))


def read_pins(name: str) -> dict[str, str]:
    """Versions by package."""
    lines = (RUNNERS / f"{name}.txt").read_text().split()
    return dict(line.split("==") for line in lines)


def get_interpreter(name: str) -> Path:
    return ENVIRONMENTS / name / ("Scripts" if os.name == "nt" else "bin") / "python"


def is_built(name: str) -> bool:
    """Whether it is there, with the pins of today."""
    built = ENVIRONMENTS / name / "pins.txt"
    return built.is_file() and built.read_text() == (RUNNERS / f"{name}.txt").read_text()


def build(name: str) -> None:
    """Build the environment, unless it is there."""
    if is_built(name):
        return
    folder = ENVIRONMENTS / name
    print(f"building the environment {name}", flush=True)
    _run(name, [sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(get_interpreter(name)), "-m", "pip", "--disable-pip-version-check"]
    # The pins are complete, and some packages ask for more than their estimators need.
    _run(name, [*pip, "install", "--quiet", "--no-deps", "--requirement", str(RUNNERS / f"{name}.txt")])
    # Written last: an environment that has this file is complete.
    (folder / "pins.txt").write_text((RUNNERS / f"{name}.txt").read_text())


def _run(name: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr.strip()[-300:]]
        raise BuildError(f"environment {name}: {said[-1]}")


def get_variables() -> dict[str, str]:
    """The environment variables of a runner's process: ours, one thread, and none of our packages."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return inherited | ONE_THREAD


def main() -> None:
    for name in list_names():
        build(name)
        print(f"{name}: built")


if __name__ == "__main__":
    main()
