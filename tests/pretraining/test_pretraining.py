"""Laws, their pool, and a short run that learns."""

import argparse
import json

import numpy as np
import pytest
import torch

from pretraining import __main__ as command
from pretraining import laws, pool, record, share
from skmine.core.networks import GridNetwork, load_weights
from skmine.core.scores import infonce_on_grid
from skmine.data.coding import fit_codings
from skmine.data.source import as_column
from skmine.estimation import inference


@pytest.mark.parametrize("family", [f for f, _ in laws.FAMILIES], ids=lambda f: f.__name__)
def test_families_draw_finite_rows_and_follow_the_seed(family):
    for seed in range(20):
        x, y = family(np.random.default_rng(seed), 500)
        assert x.shape == y.shape == (500,)
    again = family(np.random.default_rng(3), 500)
    for a, b in zip(family(np.random.default_rng(3), 500), again, strict=True):
        assert np.array_equal(a, b)


def test_codes_are_of_every_kind():
    kinds = {"continuous": 0, "tied": 0, "categorical": 0, "missing": 0}
    for i in range(150):
        codes, categories = laws.draw_codes(np.random.default_rng([9, i]), 2000)
        for side in (0, 1):
            present = codes[side][codes[side] != laws.MISSING]
            kinds["missing"] += len(present) < 2000
            kinds["categorical"] += categories[side] > 0
            kinds["tied"] += not categories[side] and len(np.unique(present)) < len(present) / 2
            kinds["continuous"] += not categories[side] and len(np.unique(present)) > 0.95 * len(present)
            assert categories[side] == 0 or present.max() < categories[side]
    assert min(kinds.values()) > 5
    assert kinds["continuous"] > 150


def test_nodes_are_those_of_the_product():
    # The critic must be trained on tables as the product's encoding makes them.
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=3000), np.round(rng.normal(size=3000), 1), np.maximum(rng.normal(size=3000), 0.3)):
        column = as_column(x, "x")
        for g in (16, 48, 128):
            (coding,) = fit_codings(column, [g])
            assert np.array_equal(laws.to_nodes(laws._scaled_ranks(x), 0, g), coding.encode(column))
    x[::7] = np.nan
    codes = laws._scaled_ranks(np.nan_to_num(x))
    codes[::7] = laws.MISSING
    column = as_column(x, "x")
    (coding,) = fit_codings(column, [48])
    assert np.array_equal(laws.to_nodes(codes, 0, 48), coding.encode(column))


def test_laws_are_no_benchmark_in_disguise():
    # Parameters are continuous draws: no two laws of a family share their rows, and none is a
    # sampler of skmine.synthetic, whose pairs have exact parameters such as rho = .75, width .1.
    draws = [laws.narrow_additive(np.random.default_rng(s), 4000) for s in range(200)]
    widths = [np.abs(y - x).max() for x, y in draws]
    assert len({round(w, 9) for w in widths}) == 200
    source = (record.Path(laws.__file__)).read_text()
    assert "synthetic" not in source
    for sampler in ("additive_uniform", "noisy_function_mi", "normal_pair"):
        assert sampler not in source


def test_pool_is_drawn_once_and_follows_its_seed(tmp_path):
    one = pool.Shard.open(tmp_path / "a", 5, 3, 12_000)
    two = pool.Shard.open(tmp_path / "b", 5, 3, 12_000)
    again = pool.Shard.open(tmp_path / "a", 5, 3, 12_000)
    assert np.array_equal(one.codes, two.codes)
    assert np.array_equal(one.codes, again.codes)
    assert len(list((tmp_path / "a").iterdir())) == 2
    assert not np.array_equal(one.codes, pool.Shard.open(tmp_path / "c", 6, 3, 12_000).codes)
    train, fresh = pool.cut_table(np.random.default_rng(0), one, 1, 500, (48, 16))
    assert train.shape == fresh.shape == (48, 16)
    assert train.sum() == 500
    assert fresh.sum() == pool.HELD_OUT


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    """Two cycles of forty and twenty steps, forty laws each."""
    work = tmp_path_factory.mktemp("work")
    arguments = ["--steps", "40", "20", "--laws", "40", "--batch-size", "8", "--work", str(work), "--seed", "3"]
    arguments += ["--output", str(work / "grid_critic.npz"), "--save-every", "30"]
    command.main(arguments)
    return work, arguments


def test_a_short_run_learns(short_run):
    work, _ = short_run
    trained = GridNetwork()
    load_weights(trained, work / "grid_critic.npz")
    torch.manual_seed(3)
    found, start = record.reference_scores(trained), record.reference_scores(GridNetwork())
    # Held-out nats on laws that it has not seen: most of what the shipped weights read, from nearly nothing.
    assert found["48"] > start["48"] + 0.05
    assert found["48"] > 0.4 * record.read()["reference_scores"]["48"]


def test_the_record_says_how(short_run):
    work, arguments = short_run
    kept = record.read(work / "grid_critic.npz")
    assert kept["command"] == "python -m pretraining " + " ".join(arguments)
    assert kept["sha256"] == record.digest(work / "grid_critic.npz")
    assert [cycle["steps"] for cycle in kept["cycles"]] == [40, 20]
    assert [cycle["seed"] for cycle in kept["cycles"]] == [3, 4]  # laws of its own
    assert kept["cycles"][1]["learning_rate"] < kept["cycles"][0]["learning_rate"]
    assert kept["seconds"] == sum(cycle["seconds"] for cycle in kept["cycles"])
    assert json.loads((work / "grid_critic.json").read_text()) == kept


def test_a_stopped_run_goes_on_where_it_was(short_run, tmp_path, monkeypatch):
    work, arguments = short_run
    shards = [pool.Shard.open(work, 3, 40, pool.ROWS), pool.Shard.open(work, 3, 4, pool.ROWS_LONG)]
    loss = command.objective(shards, 3, 8)
    torch.manual_seed(0)
    critic = GridNetwork()
    # A step's batch follows from the seed and the step alone.
    assert loss(critic, 7).item() == pytest.approx(loss(critic, 7).item())
    assert loss(critic, 7).item() != pytest.approx(loss(critic, 8).item(), abs=1e-6)
    before = record.digest(work / "grid_critic.npz")
    command.main(arguments)  # everything is done already: the same weights are written again
    assert record.digest(work / "grid_critic.npz") == before


def test_the_loss_weighs_weak_links_up():
    counts = torch.ones(2, 16, 16)
    assert infonce_on_grid(torch.zeros(2, 16, 16), counts).abs().max() < 1e-6
    floors = command.weakest(torch.tensor([100.0, 300.0, 3_000.0, 300_000.0]))
    assert floors[0] == floors[1] > floors[2] > floors[3] > 0  # the more rows, the weaker the links that count
    assert isinstance(command.parse_arguments([]), argparse.Namespace)


def test_shipped_corrections_pay_on_laws_with_known_mi():
    # 80 fresh laws, 100 to 30,000 rows: errors relative to what such samples can tell, paired.
    data = np.array([share.measure_law(77, i) for i in range(80)])
    shipped = np.abs(share.errors(np.array(inference.SHARE), data))
    for other in ([0.0, 0.0, 1.0, 0.0], [0.5, 0.0, 1.0, 0.0]):  # the held-out score, the midpoint
        gain = np.abs(share.errors(np.array(other), data)) - shipped
        assert gain.mean() > 1.64 * gain.std(ddof=1) / np.sqrt(len(gain))
