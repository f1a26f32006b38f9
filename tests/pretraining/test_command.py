"""A short run of the command: it learns, it is recorded, and it continues where it was stopped."""

import json

import numpy as np
import pytest
import torch

from pretraining import __main__ as command
from pretraining import pool, record
from skmine.core.networks import GridNetwork, finish_critic, load_weights
from skmine.core.scores import infonce_on_grid

COMMIT = "0123456789" * 4


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    """Two cycles of forty and twenty steps, forty laws each."""
    work = tmp_path_factory.mktemp("work")
    arguments = ["--steps", "40", "20", "--laws", "40", "--batch-size", "8", "--work", str(work), "--seed", "3"]
    arguments += ["--output", str(work / "grid_critic.npz"), "--save-every", "30"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "read_commit", lambda: COMMIT)
        command.main(arguments)
    return work, arguments


def test_a_short_run_learns(short_run):
    work, _ = short_run
    trained = GridNetwork()
    load_weights(trained, work / "grid_critic.npz")
    torch.manual_seed(3)
    found, start = record.score_reference_laws(trained), record.score_reference_laws(GridNetwork())
    # Held-out nats on laws that it has not seen: a large part of what the shipped weights read, from nearly nothing.
    assert found["48"] > start["48"] + 0.05
    assert found["48"] > 0.4 * record.read_record()["reference_scores"]["48"]


def test_the_record_says_how(short_run):
    work, arguments = short_run
    kept = record.read_record(work / "grid_critic.npz")
    assert kept["command"] == "python -m pretraining " + " ".join(arguments)
    assert kept["sha256"] == record.hash_file(work / "grid_critic.npz")
    assert [cycle["steps"] for cycle in kept["cycles"]] == [40, 20]
    assert [cycle["seed"] for cycle in kept["cycles"]] == [3, 4]  # laws of its own
    assert [cycle["commit"] for cycle in kept["cycles"]] == [COMMIT] * 2
    assert [cycle["settings"]["steps"] for cycle in kept["cycles"]] == [[40, 20]] * 2
    assert kept["cycles"][1]["learning_rate"] < kept["cycles"][0]["learning_rate"]
    assert kept["seconds"] == sum(cycle["seconds"] for cycle in kept["cycles"])
    assert json.loads((work / "grid_critic.json").read_text()) == kept


def test_a_finished_run_writes_the_same_weights_again(short_run):
    work, arguments = short_run
    before = record.hash_file(work / "grid_critic.npz")
    command.main(arguments)
    assert record.hash_file(work / "grid_critic.npz") == before


def test_a_stopped_run_continues_to_the_same_weights(short_run, tmp_path, monkeypatch):
    work, arguments = short_run
    elsewhere = [str(tmp_path / a.name) if (a := command.Path(v)).parent == work else v for v in arguments]
    elsewhere[elsewhere.index(str(work))] = str(tmp_path)
    for file in work.glob("laws-*"):
        (tmp_path / file.name).symlink_to(file)
    save, saves = torch.save, []

    def save_then_stop(state, file):
        save(state, file)
        saves.append(state["step"])
        if len(saves) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.torch, "save", save_then_stop)
    with pytest.raises(KeyboardInterrupt):
        command.main(elsewhere)
    command.main(elsewhere)
    assert saves == [30, 40, 20]
    assert record.hash_file(tmp_path / "grid_critic.npz") == record.hash_file(work / "grid_critic.npz")


def test_a_batch_depends_on_the_seed_and_the_step_alone(short_run):
    work, _ = short_run
    shards = [pool.Shard.open(work, 3, 40, pool.ROWS), pool.Shard.open(work, 3, 4, pool.ROWS_LONG)]
    loss = command.objective(shards, 3, 8)
    torch.manual_seed(0)
    network = GridNetwork()
    assert loss(network, 7).item() == loss(network, 7).item()
    assert loss(network, 7).item() != pytest.approx(loss(network, 8).item(), abs=1e-6)


def test_weak_links_have_a_larger_weight_in_the_loss(monkeypatch):
    """The loss is minus the mean of s / (s + floor)^1/2, with the weight held constant in the gradient."""
    rng = np.random.default_rng(0)
    strong, weak = np.eye(16) * 30 + 1, np.eye(16) * 0.5 + 1
    counts = torch.tensor(np.array([strong, weak]) / np.array([strong, weak]).sum((1, 2), keepdims=True) * 1_000)
    monkeypatch.setattr(command.pool, "draw_batch", lambda *_: (counts, counts))
    values = torch.tensor(np.log(counts.numpy()) + 0.01 * rng.normal(size=(2, 16, 16)), requires_grad=True)
    score = infonce_on_grid(finish_critic(values, counts), counts)
    floor = 0.03 * (300 / 1_000) ** (2 / 3)
    weight = (score.detach() + floor) ** -0.5
    loss = command.objective([], 0, 2)(lambda _: values, 0)
    assert loss.item() == pytest.approx(-(score * weight).mean().item())
    assert weight[1] > 2 * weight[0]
    (found,) = torch.autograd.grad(loss, values)
    (of_scores,) = torch.autograd.grad(score.sum(), values)
    torch.testing.assert_close(found, -weight[:, None, None] * of_scores / 2)


def test_the_floor_of_weights_falls_with_the_rows():
    floors = command.weight_floor(torch.tensor([100.0, 300.0, 3_000.0, 300_000.0]))
    assert floors.tolist() == pytest.approx([0.03, 0.03, 0.03 / 10 ** (2 / 3), 0.03 / 100])


def test_gradients_are_finite_where_nodes_are_empty_and_counts_full(monkeypatch):
    counts = torch.zeros(1, 32, 32)
    counts[:, :12, 3:20] = 40.0  # more than enough rows per degree of freedom, and nodes without any
    monkeypatch.setattr(command.pool, "draw_batch", lambda *_: (counts, counts))
    network = GridNetwork()
    command.objective([], 0, 1)(network, 0).backward()
    assert all(p.grad.isfinite().all() for p in network.parameters() if p.grad is not None)
