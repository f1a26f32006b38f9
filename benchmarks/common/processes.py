"""Methods in processes of their own: each reads files, and prints one line of JSON per file.

The scripts that such processes run are in `runners/`. Where a process ends early, the file at hand has failed, and
another process goes on with the next one.
"""

import hashlib
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.common import environments

#: Seconds without an answer after which a runner is ended: about twice the slowest answer so far (LassoNet, 940 s).
PATIENCE = 1_800

#: What a runner said of one file: what was asked or `error`, `cpu` and `wall` (seconds), `peak` (MiB).
Answer = dict[str, object]


def ask_runner(python: Path, runner: str, arguments: Sequence[str], files: list[str]) -> Iterator[Answer]:
    """What `runners/RUNNER.py ARGUMENTS... FILES...` answers for each file; `ended` marks the file that ended it."""
    script = str(environments.RUNNERS / f"{runner}.py")
    while files:
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen([str(python), script, *arguments, *files], stdout=subprocess.PIPE,
                                       stderr=errors, text=True, env=environments.get_variables())  # fmt: skip
            for answer in _read_answers(process):
                files.remove(str(answer["file"]))
                yield answer
            if files:
                errors.seek(0)
                last = (errors.read().strip().splitlines() or ["no message"])[-1]
                error = f"ended with status {process.returncode}: {last}"
                yield {"file": files.pop(0), "error": error, "ended": True}


def _read_answers(process: subprocess.Popen[str]) -> Iterator[Answer]:
    assert process.stdout is not None
    with process:
        while True:
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            line = process.stdout.readline()
            timer.cancel()
            if not line:
                return
            if line.startswith("{"):  # anything else is a package's own output
                yield json.loads(line)


class AnswerCache:
    """Answers by all that they depend on (case, seed, method, its version, the rows), one line of JSON each."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path.is_file() and not fresh else []
        self.answers: dict[tuple[object, ...], Answer] = {}
        for line in lines:
            record = json.loads(line)
            self.answers[tuple(record["key"])] = record["answer"]

    def add(self, key: tuple[object, ...], answer: Answer) -> None:
        self.answers[key] = answer
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(json.dumps({"key": key, "answer": answer}) + "\n")


def hash_arrays(*arrays: np.ndarray) -> str:
    """A short text that other rows do not share."""
    found = hashlib.sha1(usedforsecurity=False)
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:12]
