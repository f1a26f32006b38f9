"""Running the calls with the skmine of a folder, in a process of its own.

The process starts in this checkout, so that the calls are this checkout's, and puts the folder in front of the
import path before anything imports skmine: the folder's own `benchmarks`, if there is one, is not read.
"""

import os
import pickle
import subprocess
import sys
import time
import warnings
from pathlib import Path

from benchmarks.same_numbers.calls import CALLS
from benchmarks.same_numbers.compare import Numbers, collect_numbers

#: This checkout.
ROOT = Path(__file__).parents[2]


def run_at_commit(commit: str, scratch: Path, file: Path, names: list[str]) -> dict[str, Numbers]:
    """The numbers of each call at a commit, which is checked out into a worktree in a scratch folder."""
    tree = scratch / "tree"
    subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, commit], cwd=ROOT, check=True)
    try:
        return run_in_process(tree, file, names)
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def run_in_process(folder: Path, file: Path, names: list[str]) -> dict[str, Numbers]:
    """The numbers of each call with the skmine of a folder; they stay in the file."""
    print(f"{folder}:", file=sys.stderr, flush=True)
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    options = ["--write", str(file), "--skmine", str(folder), "--only", *names]
    subprocess.run([sys.executable, "-m", "benchmarks.same_numbers", *options], cwd=ROOT, env=environment, check=True)
    return read_numbers(file)


def read_numbers(file: Path) -> dict[str, Numbers]:
    return dict(pickle.loads(file.read_bytes()))


def write_numbers(file: Path, folder: Path, names: list[str]) -> None:
    """Run the calls in this process, which has not imported skmine yet, with the skmine of a folder."""
    use_skmine_of(folder)
    file.write_bytes(pickle.dumps(run_calls(names)))


def use_skmine_of(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    import skmine

    imported = Path(skmine.__file__).resolve()
    if not imported.is_relative_to(folder.resolve()):
        raise SystemExit(f"skmine was imported from {imported.parent}, not from {folder}: nothing is compared.")


def run_calls(names: list[str]) -> dict[str, Numbers]:
    """The numbers of each call, with the skmine that this process imports."""
    import torch

    torch.set_num_threads(1)
    out = {}
    for name in names:
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out[name] = collect_numbers(CALLS[name]())
        print(f"  {name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    return out
