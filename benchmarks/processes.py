"""A method in a process of its own: it reads files, and says a line of JSON about each.

What such a process runs lies in `runners/`; where it ends early, the file at hand has failed and
another process goes on.
"""

import hashlib
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks import environments

#: A runner that has not answered for so many seconds is ended.
PATIENCE = 1_800

#: What a runner said of one file: what was asked or `error`, `cpu` and `wall` (seconds), `peak` (MiB).
Answer = dict[str, object]


def answers(python: Path, runner: str, arguments: Sequence[str], files: list[str]) -> Iterator[Answer]:
    """What `runners/RUNNER.py ARGUMENTS... FILES...` says of each file; `ended` marks what killed it."""
    script = str(environments.RUNNERS / f"{runner}.py")
    while files:
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen([str(python), script, *arguments, *files], stdout=subprocess.PIPE,
                                       stderr=said, text=True, env=environments.variables())  # fmt: skip
            for answer in _read(process):
                files.remove(str(answer["file"]))
                yield answer
            if files:
                said.seek(0)
                last = (said.read().strip().splitlines() or ["no message"])[-1]
                error = f"ended with status {process.returncode}: {last}"
                yield {"file": files.pop(0), "error": error, "ended": True}


def _read(process: subprocess.Popen[str]) -> Iterator[Answer]:
    assert process.stdout is not None
    with process:
        while True:
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            line = process.stdout.readline()
            timer.cancel()
            if not line:
                return
            if line.startswith("{"):  # and not what a package had to say
                yield json.loads(line)


class Kept:
    """Answers by whatever they hang on: case, seed, method, its version, the rows themselves; a line of JSON each."""

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


def digest(*arrays: np.ndarray) -> str:
    found = hashlib.sha1(usedforsecurity=False)
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:12]
