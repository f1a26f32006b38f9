"""The weights' file and its record: what made them, and what they score."""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from pretraining import pool
from pretraining.laws import FAMILIES, draw_codes
from skmine.core.networks import save_weights
from skmine.core.scores import infonce_on_grid
from skmine.data.coding import ENCODING_VERSION

SHIPPED = Path(__file__).parent.parent / "skmine" / "core" / "weights" / "grid_critic.npz"

#: Laws, drawn with a seed of their own, on which every set of weights is scored.
REFERENCE_SEED, REFERENCE_LAWS, REFERENCE_ROWS = 0, 48, 2_000


def reference_scores(critic: nn.Module) -> dict[str, float]:
    """Mean held-out score in nats over the reference laws, by node count."""
    laws = [draw_codes(np.random.default_rng([REFERENCE_SEED, i]), pool.ROWS) for i in range(REFERENCE_LAWS)]
    shard = pool.Shard(np.stack([codes for codes, _ in laws]), np.stack([categories for _, categories in laws]))
    out = {}
    for size in pool.NODE_COUNTS:
        tables = [
            pool.cut_table(np.random.default_rng([REFERENCE_SEED, i]), shard, i, REFERENCE_ROWS, (size, size))
            for i in range(REFERENCE_LAWS)
        ]
        train, fresh = (torch.from_numpy(np.stack(part)) for part in zip(*tables, strict=True))
        with torch.inference_mode():
            out[str(size)] = float(infonce_on_grid(critic(train), fresh).mean())
    return out


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read(file: Path = SHIPPED) -> dict[str, Any]:
    """The record that lies beside a weights' file."""
    return dict(json.loads(file.with_suffix(".json").read_text()))


def of_cycle(seed: int, learning_rate: float, steps: int, options: argparse.Namespace) -> dict[str, Any]:
    """One cycle's part of the record: what it was trained on, and how."""
    return {
        "seed": seed,
        "steps": steps,
        "batch_size": options.batch_size,
        "learning_rate": learning_rate,
        "laws": {
            "count": options.laws,
            "rows": pool.ROWS,
            "long": max(options.laws // 10, 1),
            "rows_long": pool.ROWS_LONG,
        },
        "families": {family.__name__: weight for family, weight in FAMILIES},
        "training_rows": [pool.SMALLEST, pool.ROWS_LONG - pool.HELD_OUT],
        "node_counts": {str(k): v for k, v in pool.NODE_COUNTS.items()},
    }


def write(critic: nn.Module, output: Path, *, command: str, cycles: list[dict[str, Any]]) -> None:
    """Write the weights and, beside them, their record."""
    output.parent.mkdir(parents=True, exist_ok=True)
    save_weights(critic, output)
    record = {
        "command": command,
        "cycles": cycles,
        "seconds": sum(cycle["seconds"] for cycle in cycles),
        "encoding_version": ENCODING_VERSION,
        "parameters": sum(p.numel() for p in critic.parameters()),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
        "reference_scores": {k: round(v, 5) for k, v in reference_scores(critic).items()},
        "sha256": digest(output),
    }
    output.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")
