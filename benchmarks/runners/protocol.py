"""What every runner does: read files, answer, print one line of JSON per file.

    python run_NAME.py METHOD SEED FILE.npz...

A line holds `file`, what was asked or `error`, `cpu` and `wall` in seconds, measured around the method
alone, and `peak`, the most memory (MiB) that the process has held so far. A runner needs Python,
NumPy and its packages.
"""

import contextlib
import json
import math
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

Data = Mapping[str, np.ndarray]
Estimate = Callable[[np.ndarray, np.ndarray, int], float]
Choose = Callable[[Data, int], Mapping[str, object]]


def serve(estimators: dict[str, Estimate]) -> None:
    """Estimates of X (n, dx) and Y (n, dy): the answer's `mi`."""

    def estimate(name: str, data: Data, seed: int) -> dict[str, object]:
        mi = float(estimators[name](data["X"], data["Y"], seed))
        return {"mi": mi} if math.isfinite(mi) else {"error": f"the estimate is {mi}"}

    _serve(estimate)


def serve_pvalues(tests: dict[str, Callable[[Data, int], float]]) -> None:
    """P-values of X (n,) and Y (n,) given Z (n, d): the answer's `pvalue`."""
    _serve(lambda name, data, seed: {"pvalue": tests[name](data, seed)})


def serve_choices(methods: dict[str, Choose]) -> None:
    """Columns of X (n, d) chosen for y (n,): the answer's `chosen`.

    A file also says whether y holds classes (`classes`), whether the columns of X hold labels (`labels`),
    and how many columns to choose where that is known (`wanted`; 0: it is not).
    """
    _serve(lambda name, data, seed: methods[name](data, seed))


def _serve(ask: Callable[[str, Data, int], Mapping[str, object]]) -> None:
    """Answers for the command line; an error of one file is its answer, and the next is read."""
    name, seed, *files = sys.argv[1:]
    for file in files:
        with np.load(file) as archive:
            data = dict(archive)
        answer: dict[str, object] = {"file": file}
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            with contextlib.redirect_stdout(sys.stderr):  # where packages may print
                answer |= ask(name, data, int(seed))
        except Exception as error:
            answer["error"] = f"{type(error).__name__}: {error}"
        answer |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        answer["peak"] = _read_peak()
        print(json.dumps(answer), flush=True)


def _read_peak() -> float:
    """MiB. Where there is no /proc, the system's own number, which may count what a parent held as well."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
