"""Pretrain the grid network: ``python -m pretraining`` draws the laws, trains, writes the weights.

The learning rate rises and falls once per cycle. Each cycle has laws of its own and starts from the averaged weights of
the one before, at a lower peak. The run is seeded and can be resumed: laws, batches and shapes depend on the seed, the
cycle and the step's number only, and a run that was stopped continues from its last checkpoint under ``--work``.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pretraining import pool, record
from skmine.core.networks import GridNetwork, finish_critic
from skmine.core.scores import infonce_on_grid
from skmine.core.training import Training

HERE = Path(__file__).parent

#: Peak learning rate of the cycles after the first one, relative to the first one's. Arbitrary.
LATER_PEAKS = 0.6

#: Weight decay of the network. Arbitrary.
WEIGHT_DECAY = 1e-3

#: Scores below a floor gain no further weight in the loss: `nats` up to this many training `rows`, and of n rows
#: (rows / n)^power times that. .03 nats were chosen on prototypes, and the first cycle was trained with them for all n.
#: The power is arbitrary: larger samples show weaker links.
WEAKEST = {"nats": 0.03, "rows": 300.0, "power": 2 / 3}


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pretraining", description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=[24_000, 12_000], help="steps of each cycle")
    parser.add_argument("--batch-size", type=int, default=16, help="laws per step")
    parser.add_argument("--learning-rate", type=float, default=2.5e-3, help="peak of the first cycle")
    parser.add_argument("--laws", type=int, default=10_000, help="laws of a cycle; a tenth more are long")
    parser.add_argument("--seed", type=int, default=1, help="of the first cycle; the next ones count on")
    parser.add_argument("--work", type=Path, default=HERE / "build", help="pool and checkpoints")
    parser.add_argument("--output", type=Path, default=record.SHIPPED, help="the weights' file, .npz")
    parser.add_argument("--save-every", type=int, default=500, help="steps between checkpoints")
    return parser.parse_args(arguments)


def objective(shards: list[pool.Shard], seed: int, batch_size: int) -> Callable[[nn.Module, int], Tensor]:
    """Minus the mean held-out score of finished critics; weak links weigh more, so that they count as strong ones."""

    def loss(network: nn.Module, step: int) -> Tensor:
        rng = np.random.default_rng([seed, step])
        train, fresh = pool.draw_batch(rng, shards, batch_size, pool.draw_shape(rng))
        score = infonce_on_grid(finish_critic(network(train), train), fresh)  # (B,)
        return -(score * (score.detach().clamp(min=0) + weight_floor(train.sum((1, 2)))).rsqrt()).mean()

    return loss


def weight_floor(n_rows: Tensor) -> Tensor:
    """Scores (nats) below which weights do not grow any more: links that a sample of n rows hardly shows."""
    return WEAKEST["nats"] * (WEAKEST["rows"] / n_rows).clamp(max=1) ** WEAKEST["power"]


def run_cycle(network: nn.Module, number: int, options: argparse.Namespace) -> tuple[nn.Module, dict[str, Any]]:
    """Train a network for one cycle; return the averaged network and the cycle's part of the record."""
    seed, steps = options.seed + number, options.steps[number]
    done = "+".join(map(str, options.steps[: number + 1]))
    checkpoint = options.work / f"run-{options.seed}-{done}x{options.batch_size}.pt"
    peak = options.learning_rate * (LATER_PEAKS if number else 1)
    run = Training(network, n_steps=steps, learning_rate=peak, weight_decay=WEIGHT_DECAY)
    seconds, history = 0.0, {**record.describe_cycle(seed, peak, steps, options), "weakest": WEAKEST}
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        seconds, history = saved.pop("seconds"), saved.pop("history")
        run.load_state_dict(saved)
    if run.step < steps:
        history = record.note_resumption(history)
        n_long = max(options.laws // pool.LAWS_PER_LONG_LAW, 1)
        shards = [
            pool.Shard.open(options.work, seed, options.laws, pool.ROWS),
            pool.Shard.open(options.work, seed, n_long, pool.ROWS_LONG),
        ]
        started, losses = time.perf_counter() - seconds, []
        for loss in run.steps(objective(shards, seed, options.batch_size)):
            losses.append(loss)
            if run.step % options.save_every == 0 or run.step == steps:
                seconds = time.perf_counter() - started
                torch.save({**run.state_dict(), "seconds": seconds, "history": history}, checkpoint)
                mean = -sum(losses) / len(losses)
                losses.clear()
                print(f"cycle {done}: step {run.step}, {seconds:.0f} s, weighted score {mean:.4f}", flush=True)
    return run.average, {**history, "seconds": round(seconds)}


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    network: nn.Module = GridNetwork()
    cycles = []
    for number in range(len(options.steps)):
        network.requires_grad_(True)
        network, cycle = run_cycle(network, number, options)
        cycles.append(cycle)
    command = "python -m pretraining " + " ".join(sys.argv[1:] if arguments is None else arguments)
    record.write_weights(network, options.output, command=command.strip(), cycles=cycles)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
