"""Pretrain the grid critic: ``python -m pretraining`` draws the laws, trains, writes the weights.

The run is seeded and resumable: laws, batches and shapes follow from the seed and the step's
number, and a run that was stopped goes on from its last checkpoint under ``--work``.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pretraining import pool, record
from skmine.core.bounds import infonce_on_grid
from skmine.core.critics import GridCritic
from skmine.core.training import Training

HERE = Path(__file__).parent


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pretraining", description=__doc__)
    parser.add_argument("--steps", type=int, default=24_000)
    parser.add_argument("--batch-size", type=int, default=16, help="laws a step")
    parser.add_argument("--learning-rate", type=float, default=2.5e-3)
    parser.add_argument("--laws", type=int, default=10_000, help="laws in the pool; a tenth more are long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=HERE / "build", help="pool and checkpoints")
    parser.add_argument("--output", type=Path, default=record.SHIPPED, help="the weights' file, .npz")
    parser.add_argument("--save-every", type=int, default=500, help="steps between checkpoints")
    return parser.parse_args(arguments)


def objective(shards: list[pool.Shard], seed: int, batch_size: int) -> Callable[[nn.Module, int], Tensor]:
    """Minus the held-out score, weak links weighted up so that they count as strong ones do."""

    def loss(critic: nn.Module, step: int) -> Tensor:
        rng = np.random.default_rng([seed, step])
        train, fresh = pool.draw_batch(rng, shards, batch_size, pool.draw_shape(rng))
        score = infonce_on_grid(critic(train), fresh)  # (B,)
        return -(score * (score.detach().clamp(min=0) + 0.03).rsqrt()).mean()

    return loss


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    torch.set_num_threads(1)
    shards = [
        pool.Shard.open(options.work, options.seed, options.laws, pool.ROWS),
        pool.Shard.open(options.work, options.seed, max(options.laws // 10, 1), pool.ROWS_LONG),
    ]
    torch.manual_seed(options.seed)
    run = Training(GridCritic(), n_steps=options.steps, learning_rate=options.learning_rate, weight_decay=1e-3)
    checkpoint = options.work / f"run-{options.seed}-{options.steps}x{options.batch_size}.pt"
    seconds = 0.0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        seconds = saved.pop("seconds")
        run.load_state_dict(saved)
    started, losses = time.perf_counter() - seconds, []
    for loss in run.steps(objective(shards, options.seed, options.batch_size)):
        losses.append(loss)
        if run.step % options.save_every == 0 or run.step == options.steps:
            seconds = time.perf_counter() - started
            torch.save({**run.state_dict(), "seconds": seconds}, checkpoint)
            mean = -sum(losses) / len(losses)
            losses.clear()
            print(f"step {run.step} of {options.steps}, {seconds:.0f} s, weighted score {mean:.4f}", flush=True)
    command = "python -m pretraining " + " ".join(sys.argv[1:] if arguments is None else arguments)
    record.write(run.average, options, command=command.strip(), seconds=seconds)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
