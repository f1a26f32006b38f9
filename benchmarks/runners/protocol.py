"""What every runner does: read tables, estimate, print one line of JSON a table.

    python run_NAME.py ESTIMATOR SEED FILE.npz...

A file holds X (n, dx) and Y (n, dy). A line holds `file`, `mi` or `error`, and `cpu` and `wall` in
seconds, measured around the estimate alone. A runner needs Python, NumPy and its one package.
"""

import contextlib
import json
import math
import sys
import time
from collections.abc import Callable

import numpy as np

Estimate = Callable[[np.ndarray, np.ndarray, int], float]


def serve(estimators: dict[str, Estimate]) -> None:
    """Answers for the command line; an error of one table is its answer, and the next is read."""
    name, seed, *files = sys.argv[1:]
    for file in files:
        with np.load(file) as data:
            X, Y = data["X"], data["Y"]
        answer: dict[str, object] = {"file": file}
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            with contextlib.redirect_stdout(sys.stderr):  # where packages may talk
                mi = float(estimators[name](X, Y, int(seed)))
            answer |= {"mi": mi} if math.isfinite(mi) else {"error": f"the estimate is {mi}"}
        except Exception as error:
            answer["error"] = f"{type(error).__name__}: {error}"
        answer |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(json.dumps(answer), flush=True)
