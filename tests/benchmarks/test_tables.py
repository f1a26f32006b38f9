"""The benchmarks of tables: the scripts run without any peer, and what they count is right."""

import functools

import numpy as np
import pytest

import skmine
from benchmarks.common import environments, report
from benchmarks.tables import (
    accuracy,
    accuracy_large,
    accuracy_sensitivity,
    accuracy_settings,
    beyond,
    conditional,
    czyz,
    estimates,
    honesty,
    kinds,
    peers,
    profiles,
    tasks,
    variants,
)
from benchmarks.tables.estimates import Estimate
from skmine import synthetic
from tests.benchmarks.checks import check_report


@pytest.fixture(autouse=True)
def nothing_lasting(monkeypatch, tmp_path):
    """No environment, little training, and this process's warnings and threads as they were."""
    monkeypatch.setattr(skmine, "MutualInfoEstimator", functools.partial(skmine.MutualInfoEstimator, max_iter=20))
    monkeypatch.setattr(report, "prepare", lambda: None)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "environments")


def test_accuracy_without_peers(folder, tmp_path):
    output = tmp_path / "out" / "accuracy.md"
    accuracy.main(["--tasks", str(folder), "--rows", "200", "--no-peers", "--output", str(output)])
    text = check_report(output, "Accuracy of estimates of tables")
    assert text.count("| not built |") == sum(not peer.ours for peer in peers.PEERS)
    assert text.count("| left out (--no-peers) |") == sum(peer.ours for peer in peers.PEERS)
    assert "What failed" not in text
    assert text.count("| skmine | 2 |") == 1  # two tasks, in the summary
    assert text.count("| multinormal-dense-2-2-0.5 |") == 2  # with all estimates, and with our bounds
    assert "| normal 0.75 | 0.4133 |" in text
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_settings_are_compared_on_the_same_draws(folder, tmp_path):
    output = tmp_path / "settings.md"
    accuracy_settings.main(["--rows", "200", "--tasks", str(folder), "--output", str(output)])
    text = check_report(output, "Accuracy against time")
    for name, parameters in accuracy_settings.list_settings(200).items():
        cell = f"`{parameters}`" if parameters else ""
        assert f"\n| {name} | {cell} | 2 |" in text  # draws
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_sensitivity_is_about_tasks_whose_critics_are_trained(folder, tmp_path):
    output = tmp_path / "sensitivity.md"
    accuracy_sensitivity.main(["--rows", "200", "--tasks", str(folder), "--output", str(output)])
    text = check_report(output, "Sensitivity")
    for name, changed in accuracy_sensitivity.list_variants(200).items():
        (value,) = changed.values()
        assert f"| {name} | {value} | 1 |" in text  # the table's task, and not that of two columns
    assert "| default |  | 1 |" in text


def test_large_information_is_estimated_in_every_dimension(tmp_path):
    output = tmp_path / "large.md"
    few = ["--rows", "200", "--dimensions", "1", "2", "--nats", "2", "3", "--estimators", "skmine", "--no-peers"]
    accuracy_large.main([*few, "--output", str(output)])
    text = check_report(output, "Large mutual information, n = 200")
    assert "What failed" not in text
    for d in (1, 2):
        for nats in (2, 3):
            assert text.count(f"| normal, {d} x {d} columns, {nats} nats |") == 2
    assert "log n = 5.30 nats" in text
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_honesty(tmp_path):
    output = tmp_path / "honesty.md"
    sizes = ["--rows", "200", "--null-rows", "200", "--permuted-rows", "200", "--draws", "400", "--column-draws", "2",
             "--permuted-draws", "1"]  # fmt: skip
    honesty.main([*sizes, "--only", "discrete: column", "normal: table, c", "--n-jobs", "1", "--output", str(output)])
    text = check_report(output, "Honesty")
    assert "What failed" not in text
    assert text.count("| **all** | 4 |") == 2  # bounds and p-values
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_laws_are_named_for_every_family_and_shape():
    shapes = {(family, x, y): sampler for (family, shape), sampler in honesty.list_cases().items()
              for x, y in [shape.split(", ")]}  # fmt: skip
    assert len(shapes) == 5 * 3
    for (family, x, y), sampler in shapes.items():
        assert (sampler.mi == 0) == (family == "independent")
        X, Y = map(tasks.to_matrix, sampler.draw(np.random.default_rng(0), 10))
        assert (X.shape[1] > 1, Y.shape[1] > 1) == (x == "table", y == "table")


def test_unpaired_and_permuted_draws_share_nothing():
    case = ("mixed", honesty.COLUMN_PAIR)  # Y is a narrow band around X
    correlation = {}
    for pairing in honesty.PAIRINGS:
        task = honesty.make_task(case, pairing)
        assert (task.mi > 0) == (pairing == "paired")
        X, y = task.draw(2_000, 0)
        correlation[pairing] = np.corrcoef(X[:, 0], y)[0, 1]
    assert correlation["paired"] > 0.9
    # Of independent rows it has a standard deviation of 1 / sqrt(2,000) = .022.
    assert max(abs(correlation["unpaired"]), abs(correlation["permuted"])) < 4 * 0.022


def test_rates_count_what_holds():
    found = [Estimate("skmine", "normal: column, column", 9, 0, 1.0, lower=lower, low=lower, high=high)
             for lower, high in ((0.9, 1.1), (1.0, 1.2), (1.1, 1.3), (0.5, 0.6))]  # fmt: skip
    assert honesty.count_good_bounds(found) == 3
    assert honesty.count_good_intervals(found) == 2
    assert list(honesty.group_estimates(found)) == ["normal: column, column", "**normal**", "**all**"]


def test_summary_is_about_the_draws_that_have_an_estimate():
    found = [Estimate("skmine", "a", 9, 0, 1.0, 1.25, cpu=2), Estimate("skmine", "b", 9, 0, 1.0, 0.99, cpu=2),
             Estimate("other", "a", 9, 0, 1.0, 1.5, cpu=4),
             Estimate("other", "b", 9, 0, 1.0, failure="no | way")]  # fmt: skip
    out = report.Report("", "")
    estimates.add_summary_table(out, 9, found)
    estimates.add_failures_table(out, found)
    text = "\n".join(out.body)
    assert "| skmine | 2 | 0.1300 | 0.250 | 1 | 0.1300 | 2.00 | 0 |" in text
    assert "| other | 1 | 0.5000 | 0.500 | 0 | 0.2500 | 4.00 | 1 |" in text
    assert "| other | 9 | b | no / way |" in text


def test_an_estimate_is_written_with_its_error_and_seconds():
    good, failed = Estimate("a", "t", 9, 0, 1.0, 1.25, cpu=2), Estimate("a", "t", 9, 0, 1.0, failure="no")
    assert estimates.format_estimate([good, failed]) == "1.250 (+0.250; 2.0)"
    assert estimates.format_estimate([failed]) == "failed"
    assert estimates.format_estimate([]) == ""


def test_a_failed_fit_is_an_estimate_with_its_error():
    task = tasks.Task("odd", 1.0, lambda n, seed: (np.zeros((n, 1)), np.zeros(n + 1)))
    found = estimates.fit_ours("skmine", {}, task, 50, 0)
    assert found.failure.startswith("ValueError: ")
    assert np.isnan(found.mi)


def test_a_wrong_option_is_reported_by_name(folder):
    given = ["--tasks", str(folder)]
    for arguments, message in (
        ([*given, "--only", "spiral"], "--only spiral: no task has that in its name; there are"),
        ([*given, "--rows", "301", "--no-peers"], "--rows 301: task .* has 300 rows"),
        (["--tasks", str(folder / "none")], "--tasks .*: no such folder"),
        ([*given, "--estimators", "MIND"], "--estimators MIND: not known; choose from skmine"),
    ):
        with pytest.raises(SystemExit, match=message):
            accuracy.main(arguments)
    with pytest.raises(SystemExit, match="--only fish: no case"):
        honesty.main(["--only", "fish"])


def test_tasks_without_a_folder_are_the_samplers(monkeypatch, tmp_path):
    monkeypatch.setattr(tasks, "FOLDER", tmp_path / "none")
    found = tasks.list_tasks()
    assert [task.name for task in found] == [sampler.name for sampler in synthetic.tables()]
    first, again, other = (found[0].draw(20, seed)[0] for seed in (0, 0, 1))
    assert first.shape == (20, 1)
    assert (first == again).all()
    assert (first != other).any()


def test_defaults_are_multiplied_one_at_a_time():
    assert variants.multiply_default("hidden_layer_sizes", 0.5, 300) == {"hidden_layer_sizes": (64, 64)}
    assert variants.multiply_default("learning_rate_init", 2, 300) == {"learning_rate_init": 0.006}
    assert variants.multiply_default("max_iter", 0.5, 300) == {"max_iter": 10}  # of this module's 20
    for n, batch in ((300, 64), (3_000, 200), (10_000, 512)):
        assert variants.multiply_default("batch_size", 2, n) == {"batch_size": 2 * batch}


def test_large_tasks_have_the_mi_in_their_names():
    task = tasks.make_large_task(5, 10)
    assert task.name == "normal, 5 x 5 columns, 10 nats"
    assert task.mi == pytest.approx(10)
    # Each of the five pairs has -log(1 - r^2) / 2 = 2 nats.
    X, Y = task.draw(20_000, 0)
    expected = np.sqrt(1 - np.exp(-4))
    for i in range(5):
        assert np.corrcoef(X[:, i], Y[:, i])[0, 1] == pytest.approx(
            expected, abs=4 * (1 - expected**2) / np.sqrt(20_000)
        )


def test_given_other_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(skmine, "mutual_info", functools.partial(skmine.mutual_info, max_iter=20))
    output = tmp_path / "conditional.md"
    conditional.main(["--draws", "1", "--rows", "90", "--columns", "2", "--no-peers", "--output", str(output)])
    text = check_report(output, "Given other columns")
    for law in conditional.LAWS:
        assert f"| {law.name} | 90 | 2 | skmine | 1 |" in text


@pytest.mark.parametrize("law", conditional.LAWS, ids=lambda law: law.name)
def test_links_given_other_columns_have_their_truth(law):
    # Linear laws by their partial correlation, of 200,000 rows; curved ones are linear in what was drawn of m.
    x, y, z = law.draw(np.random.default_rng(0), 200_000, 3, law.link)
    if law.draw is conditional.draw_curved:
        m = z[:, :2].sum(1) / np.sqrt(2)
        x, y = x - np.sin(2 * m), y - m**2
    precision = np.linalg.inv(np.cov(np.column_stack([x, y, z]).T))
    r = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
    # A correlation's standard error is 1 / sqrt(n), that of its information r / (1 - r^2) times as much.
    assert -0.5 * np.log1p(-(r**2)) == pytest.approx(law.truth, abs=4 * 1.4 / np.sqrt(200_000))


def test_laws_beyond_the_public_ones(tmp_path):
    output = tmp_path / "beyond.md"
    only = ["--only", "encoded-150", "--seeds", "1", "--n-jobs", "1", "--no-peers"]
    beyond.main([*only, "--output", str(output)])
    text = check_report(output, "Estimates of tables beyond the public tasks")
    assert "| wide: encoded-150-2-0-correlated_gaussians-2-2-0.88, n = 512 | 1.500 |" in text
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_the_forty_laws_are_forty():
    found = czyz.list_laws()
    assert len(found) == len({law.name for law in found}) == 40
    for law in found:
        x, y = law.draw(20, 0)
        assert len(x) == len(y) == 20
        assert 0.15 < law.mi < 2  # as the paper's table says


def test_exact_profiles_are_those_of_the_rows():
    (parameters, speed), n = profiles.LAWS["four clusters, 4 + 4 columns"], 2_000
    law = kinds.make_clusters(*parameters)
    *swirled, exact = profiles.draw_rows(law, speed, [0], n)
    x, y = law.draw(np.random.default_rng([0]), n)
    # A swirl turns two columns of a row and keeps its length.
    for side, turned in zip((x, y), swirled, strict=True):
        assert np.linalg.norm(turned, axis=1) == pytest.approx(np.linalg.norm(side, axis=1))
        assert not np.allclose(turned, side)
    assert exact == pytest.approx(law.pointwise(x, y))


def test_profiles(tmp_path, monkeypatch):
    output = tmp_path / "profiles.md"
    monkeypatch.setattr(profiles, "FRESH_ROWS", 200)
    profiles.main(["--rows", "200", "--draws", "1", "--output", str(output)])
    assert "| five clusters, 3 + 3 columns | 200 | exact |" in check_report(output, "Pointwise profiles")
    assert output.with_suffix(".png").stat().st_size > 5_000
