"""The weights' file and its record: which code and which options made them, and how they score."""

import argparse
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from pretraining import pool
from pretraining.laws import FAMILIES
from pretraining.margins import draw_codes
from skmine.core.networks import finish_critic, save_weights
from skmine.core.scores import infonce_on_grid
from skmine.data.coding import ENCODING_VERSION

ROOT = Path(__file__).parent.parent

#: The weights that the package ships.
SHIPPED = ROOT / "skmine" / "core" / "weights" / "grid_critic.npz"

#: What a run depends on: a commit of anything else leaves its numbers alone.
CODE = ("pretraining", "skmine")

#: Options of the command that decide where files go, not what is in them.
OPTIONS_OF_FILES = ("work", "output", "save_every")

#: Seed of the laws on which every set of weights is scored; training's seeds begin at 1.
REFERENCE_SEED = 0

#: Laws that are scored, of all families. Arbitrary: the scores compare sets of weights on the same laws.
REFERENCE_LAWS = 48

#: Training rows of each of them. Arbitrary, in the middle (on a log scale) of what training draws.
REFERENCE_ROWS = 2_000


def score_reference_laws(network: nn.Module) -> dict[str, float]:
    """Mean held-out score in nats over the reference laws, by number of nodes."""
    laws = [draw_codes(np.random.default_rng([REFERENCE_SEED, i]), pool.ROWS) for i in range(REFERENCE_LAWS)]
    shard = pool.Shard(np.stack([codes for codes, _ in laws]), np.stack([categories for _, categories in laws]))
    out = {}
    for size in pool.NODE_COUNTS:
        counts = [
            pool.cut_counts(np.random.default_rng([REFERENCE_SEED, i]), shard, i, REFERENCE_ROWS, (size, size))
            for i in range(REFERENCE_LAWS)
        ]
        train, fresh = (torch.from_numpy(np.stack(part)) for part in zip(*counts, strict=True))
        with torch.inference_mode():
            out[str(size)] = float(infonce_on_grid(finish_critic(network(train), train), fresh).mean())
    return out


def hash_file(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_record(file: Path = SHIPPED) -> dict[str, Any]:
    """The record that lies beside a weights' file."""
    return dict(json.loads(file.with_suffix(".json").read_text()))


def read_commit(folder: Path = ROOT) -> str | None:
    """The commit that is checked out in a folder, with "+changes" if its code differs; None outside a repository."""

    def ask(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        if Path(ask("rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            return None  # the folder lies in a repository of something else
        commit = ask("rev-parse", "HEAD")
        return commit + ("+changes" if ask("status", "--porcelain", "--", *CODE) else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def describe_cycle(seed: int, learning_rate: float, steps: int, options: argparse.Namespace) -> dict[str, Any]:
    """One cycle's part of the record: the commit and the options of the command, and what both amount to."""
    return {
        "commit": read_commit(),
        "settings": {name: value for name, value in vars(options).items() if name not in OPTIONS_OF_FILES},
        "seed": seed,
        "steps": steps,
        "batch_size": options.batch_size,
        "learning_rate": learning_rate,
        "laws": {
            "count": options.laws,
            "rows": pool.ROWS,
            "long": max(options.laws // pool.LAWS_PER_LONG_LAW, 1),
            "rows_long": pool.ROWS_LONG,
        },
        "families": {family.__name__: weight for family, weight in FAMILIES},
        "training_rows": [pool.FEWEST_ROWS, pool.ROWS_LONG - pool.FRESH_ROWS],
        "node_counts": {str(k): v for k, v in pool.NODE_COUNTS.items()},
    }


def note_resumption(cycle: dict[str, Any]) -> dict[str, Any]:
    """The part of a cycle that is resumed; a commit other than its last one is added to ``resumed_at``."""
    resumed, now = cycle.get("resumed_at", []), read_commit()
    return cycle if now == [cycle["commit"], *resumed][-1] else {**cycle, "resumed_at": [*resumed, now]}


def write_weights(network: nn.Module, output: Path, *, command: str, cycles: list[dict[str, Any]]) -> None:
    """Write the weights and, beside them, their record."""
    output.parent.mkdir(parents=True, exist_ok=True)
    save_weights(network, output)
    record = {
        "command": command,
        "cycles": cycles,
        "seconds": sum(cycle["seconds"] for cycle in cycles),
        "encoding_version": ENCODING_VERSION,
        "parameters": sum(p.numel() for p in network.parameters()),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
        "reference_scores": {k: round(v, 5) for k, v in score_reference_laws(network).items()},
        "sha256": hash_file(output),
    }
    output.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")
