"""The paper's experiments: known answers of what they are judged by, and runs of a few steps."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch

from benchmarks import paper
from benchmarks.paper_experiments import EXPERIMENTS, bottleneck, control, estimation, inference, modes
from benchmarks.paper_experiments.shared import Falling, Setting, interval, over


def test_ksg_knows_a_pair_of_normals():
    x, y, truth = estimation.gaussian(1, 0.8, 3000, seed=0)
    # Its error of 3,000 rows is about .02.
    assert estimation.ksg(x, y) == pytest.approx(truth, abs=0.06)
    assert truth == pytest.approx(-0.5 * math.log(0.36))


def test_the_truth_of_a_line_with_little_noise():
    """h(Y) is then that of the uniform law, log 2, but for the rims."""
    sigma = 0.02
    expected = math.log(2) - 0.5 * math.log(2 * math.pi * math.e * sigma**2)
    assert estimation.truth_of(estimation.FUNCTIONS["identity"], sigma) == pytest.approx(expected, abs=0.02)


def test_modes_are_counted_by_good_samples():
    exact = modes.CENTRES.repeat(40, 1)
    assert modes.covered(exact) == (25, 1.0)
    assert modes.covered(exact + torch.tensor([4 * modes.SPREAD, 0.0])) == (0, 0.0)
    one = modes.CENTRES[:1].repeat(1000, 1)
    assert modes.covered(one) == (1, 1.0)


def test_divergence_from_the_standard_normal():
    """KL(N(m, s) || N(0, 1)) = (m^2 + s^2 - 1) / 2 - log s a number."""
    mean, sigma = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 2.0]])
    assert float(bottleneck.divergence(mean, sigma)) == pytest.approx(0.5 + 1.5 - math.log(2))


def test_intervals_of_paired_differences():
    assert interval([1.0, 1.0, 1.0]) == "+1.0000 (+1.0000 to +1.0000)"
    assert interval([0.0, 2.0]).startswith("+1.0000 (-11.7")  # 1 - 12.706 * 1


def test_rates_stay_up_and_fall():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    falling, rates = Falling(10, optimizer), []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        falling.step()
    assert rates[:6] == [1.0] * 6
    assert rates[-1] < 0.3
    assert all(a >= b for a, b in itertools.pairwise(rates))


def test_a_step_of_the_agent_is_its_action():
    steps = control.walk(np.eye(5, control.N_OBSERVED), 500, np.random.default_rng(0))
    for action, direction in enumerate([[1, 0], [-1, 0], [0, 1], [0, -1]]):
        mean = steps.moved[steps.action == action].mean(0)
        np.testing.assert_allclose(mean, direction, atol=4 * 0.3 / math.sqrt(80))


def double(x):
    return 2 * x + torch.get_num_threads()


def test_runs_take_one_thread_each():
    assert over([(1,), (2,)], double, Setting(True)) == [3, 5]


def test_runs_of_a_few_steps(monkeypatch):
    """Every experiment but `control`, which takes its sizes from a setting, by the functions that it is made of."""
    assert {r["method"] for r in (modes.on_gaussians(m, 0, 3) for m in modes.METHODS)} == set(modes.METHODS)
    assert 0 < modes.stacked("GAN + MINE", 0, 2)["modes"] <= 1000
    assert inference.trained("ALI + MINE", 0, 3)["error"] > 0
    found = estimation.on_gaussian(2, 0.5, 0, 200, 3)
    assert set(found) == {"dim", "rho", "truth", *estimation.COLOURS}
    assert math.isfinite(estimation.on_fresh_rows(2, 0.5, "mine", 0, 3)["value"])
    x, y = (torch.from_numpy(v[:200]) for v in modes.digits())
    for method in bottleneck.METHODS:
        assert 0 <= bottleneck.error(bottleneck.trained(method, 0.1, x, y, 3), x, y) <= 1


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    state = torch.get_rng_state()
    first, again = (modes.on_gaussians("GAN + MINE", 1, 3)["samples"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert torch.equal(torch.get_rng_state(), state)


def test_results_are_written(monkeypatch, tmp_path, capsys):
    small = {"seeds": 1}

    def run(setting):
        section = estimation.Section("A title", "A question?", ["A paragraph."])
        section.tables.append(("Numbers", ["seeds", "quick"], [[small["seeds"], setting.quick]]))
        return section

    monkeypatch.setitem(EXPERIMENTS, "modes", run)
    monkeypatch.setattr("sys.argv", ["paper.py", "modes", "--quick", "--output", str(tmp_path)])
    paper.main()
    text = (tmp_path / "paper_modes.md").read_text()
    for words in ("# A title", "`python -m benchmarks.paper modes --quick`", "A question?", "| 1 | True |"):
        assert words in text
    monkeypatch.setattr("sys.argv", ["paper.py", "mode"])
    with pytest.raises(SystemExit, match="2"):
        paper.main()
    assert "no experiment 'mode'" in capsys.readouterr().err


def test_quick_is_less():
    assert Setting(True).choose(1, 2) == 1
    assert dataclasses.replace(Setting(True), quick=False).choose(1, 2) == 2
