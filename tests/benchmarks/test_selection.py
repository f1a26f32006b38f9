"""The benchmarks of selection: what counts as found, and runs that write their tables."""

import dataclasses
import functools
import math

import numpy as np
import pytest

from benchmarks.common.processes import AnswerCache
from benchmarks.selection import cases, comparison, laws, outcomes, real, real_tables, recovery, weak
from benchmarks.selection.methods import METHODS, Choice, ask_about_law, choose, hash_source
from tests.benchmarks.checks import check_report

OF_COPIES = cases.Law("copies", 100, None, ((0, 3), (1,)), frozenset({5}))


@pytest.mark.parametrize(
    ("columns", "exact", "precision", "recall"),
    [
        ([0, 1], True, 1, 1),
        ([3, 1, 5], True, 1, 1),  # the other copy, and one that may be there
        ([0, 1, 3], False, 2 / 3, 1),  # one copy too many
        ([0], False, 1, 1 / 2),
        ([0, 1, 7, 8], False, 1 / 2, 1),
        ([], False, 0, 0),
    ],
    ids=str,
)
def test_what_counts_as_found(columns, exact, precision, recall):
    assert OF_COPIES.is_exact(columns) is exact
    assert OF_COPIES.compute_precision(columns) == pytest.approx(precision)
    assert OF_COPIES.compute_recall(columns) == pytest.approx(recall)


@pytest.fixture(autouse=True)
def answers_of_their_own(tmp_path, monkeypatch):
    """No test reads or writes answers that a benchmark keeps."""
    for script in (comparison, real, recovery, weak):
        monkeypatch.setattr(script, "ANSWERS", tmp_path / "answers.jsonl")


def test_in_noise_no_column_is_the_answer():
    noise = laws.make_noise()
    assert noise.is_exact([])
    assert not noise.is_exact([3])
    assert (noise.compute_precision([]), noise.compute_recall([])) == (1, 1)
    assert noise.compute_precision([3]) == 0


def test_relevant_columns_are_where_a_draw_says():
    law = laws.make_parity(2, 20, 400)
    draw = cases.draw_law(law, 3, n_test=50)
    first, second = (draw.X[:, place] > 0 for place in draw.places[:2])
    assert np.array_equal(first ^ second, draw.y.astype(bool))
    assert draw.X_test.shape == (50, 20)
    again = cases.draw_law(law, 3, n_test=50)
    assert np.array_equal(again.X, draw.X)


def test_equal_labels_have_their_formula():
    # P(equal) = 1/5, and given one label nothing: I = H(Y) = -.2 log .2 - .8 log .8.
    assert laws.make_equal_labels(5).mi == pytest.approx(-0.2 * math.log(0.2) - 0.8 * math.log(0.8))


def test_laws_have_names_of_their_own_and_relevant_columns_that_exist():
    found = laws.list_laws() + laws.list_weak_laws()
    assert len({law.name for law in found}) == len(found)
    assert set(laws.COMPARED) <= {law.name for law in found}
    for law in found:
        X, y = law.draw(np.random.default_rng(0), 50)
        assert len(X) == len(y) == 50
        acting = {j for some in law.must for j in some} | law.may
        assert acting <= set(range(X.shape[1]))


def test_models_of_the_right_columns_score():
    law = laws.make_parity(2, 4, 2_000)
    draw = cases.draw_law(law, 0, n_test=500)
    question = ask_about_law(law, draw, 0)
    right = outcomes.score_models(question, Choice("any", tuple(draw.places[:2])))
    assert right["boosted"] > 0.95
    # A coin: 500 throws have a standard deviation of .022.
    assert abs(right["linear"] - 0.5) < 0.11
    nothing = outcomes.score_models(question, Choice("any"))
    assert abs(nothing["boosted"] - 0.5) < 0.11
    assert outcomes.score_models(question, Choice("any", failure="it failed")) == {}


def test_ours_answers_in_a_process_of_its_own(tmp_path):
    law = laws.make_nested(n=400)
    draw = cases.draw_law(law, 0, n_test=1)
    cache = AnswerCache(tmp_path / "answers.jsonl")
    found = choose(METHODS[1], ask_about_law(law, draw, 0), cache)
    assert found.failure == ""
    assert found.columns == (draw.places[0],)
    assert found.cpu > 0
    assert found.peak > 50
    (key,) = cache.answers
    assert hash_source() in key[3]  # the same code gives the same answer
    again = AnswerCache(cache.path)
    assert repr(choose(METHODS[1], ask_about_law(law, draw, 0), again)) == repr(found)


def test_a_score_is_kept_for_the_same_columns_and_rows(tmp_path):
    law = laws.make_parity(2, 4, 200)
    question = ask_about_law(law, cases.draw_law(law, 0, n_test=50), 0)
    cache = AnswerCache(tmp_path / "answers.jsonl")
    found = outcomes.score_models(question, Choice("any", (0, 1)), known=cache)
    assert outcomes.score_models(question, Choice("other", (0, 1)), known=AnswerCache(cache.path)) == found
    assert len(cache.answers) == 1
    outcomes.score_models(question, Choice("any", (0, 2)), known=cache)
    outcomes.score_models(ask_about_law(law, cases.draw_law(law, 1, n_test=50), 0), Choice("any", (0, 1)), known=cache)
    assert len(cache.answers) == 3


def test_a_comparison_writes_its_tables(tmp_path):
    output = tmp_path / "selection.md"
    options = ["--only", "iris", "--methods", "skmine mRMR", "--table-seeds", "1", "--output", str(output)]
    comparison.main(options)
    text = check_report(output, "Columns chosen jointly")
    assert "| iris | skmine mRMR |" in text
    assert "| iris | all columns | 4.0 |" in text
    assert output.with_suffix(".png").stat().st_size > 1_000
    with pytest.raises(SystemExit, match="Nothing to run: methods are skmine joint"):
        comparison.main(["--only", "no such case"])


def test_recovery_counts_exact_sets_and_bounds(tmp_path, monkeypatch):
    """Two laws, chosen from by a method that always finds the right columns of the first law, and one of noise."""

    def find(method, question, cache):
        right = question.draw.places[: question.wanted] or question.draw.places[:1]
        return Choice(method.name, tuple(right), cpu=1.0, peak=100.0, mi=0.7, se=0.01 if question.wanted else 0.0)

    monkeypatch.setattr(recovery, "choose", find)
    monkeypatch.setattr(recovery, "list_laws", lambda: [laws.make_parity(2, 5, 300), laws.make_noise(4, 300)])
    output = tmp_path / "recovery.md"
    recovery.main(["--seeds", "3", "--noise-seeds", "2", "--output", str(output)])
    text = check_report(output, "Recovery of known columns")
    # log 2 = .693: the bound .7 - 1.645 * .01 is below it.
    assert "| XOR of 2 among 5 | 300 | 3 of 3 | 1.00 | 1.00 | 0.700 ± 0.000 | 0.693 | 3 of 3 | 1 | 100 |" in text
    assert "| noise of 4 | 300 | 0 of 2 | 0.00 | 1.00 | 0.700 ± 0.000 | 0.000 | 0 of 2 | 1 | 100 |" in text
    with pytest.raises(SystemExit, match="--only fish: no law has that in its name; there are XOR of 2 among 5; noise"):
        recovery.main(["--only", "fish"])


def test_a_rare_xor_has_its_formula():
    # Shares .005 and .055, on average .03: H(.03) - H(.005) / 2 - H(.055) / 2.
    entropies = [-p * math.log(p) - (1 - p) * math.log(1 - p) for p in (0.03, 0.005, 0.055)]
    assert laws.make_rare_xor().mi == pytest.approx(entropies[0] - sum(entropies[1:]) / 2)


def test_weak_columns_are_compared_with_all_that_act(tmp_path, monkeypatch):
    """A method that keeps two of the three columns that act, and one that does not."""

    def find(method, question, cache):
        return Choice(method.name, (*question.draw.places[:2], question.draw.places[3]), cpu=2.0)

    monkeypatch.setattr(weak, "choose", find)
    monkeypatch.setattr(weak, "list_weak_laws", lambda: [laws.make_additive(3, 5, 400, True)])
    output = tmp_path / "weak.md"
    weak.main(["--seeds", "2", "--output", str(output)])
    text = check_report(output, "Many weak columns")
    assert "| 3 weak of 5, a class, 400 rows | 3 | 2.0 ± 0.0 (2) | 1.0 (1) |" in text
    assert "| 2 |\n" in text
    with pytest.raises(SystemExit, match="--only fish: no law has that in its name; there are 3 weak of 5"):
        weak.main(["--only", "fish"])


TOY = real_tables.RealTable("toy", "package", "item", "target")


@pytest.fixture
def toy_folder(tmp_path):
    """A table of two numbers, one of them with missing values, and a label, as arrays."""
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=(200, 2)), rng.integers(0, 3, 200)]
    y = (X[:, 0] > 0).astype(int)
    X[::7, 1] = np.nan
    np.savez(tmp_path / "toy.npz", X=X, y=y, labels=[False, False, True])
    return tmp_path


def test_added_columns_come_last_and_classes_keep_their_shares(toy_folder):
    draw, labels = real_tables.split_real_table(TOY, 0, toy_folder)
    assert draw.X.shape == (140, 3)
    assert draw.X_test.shape == (60, 3)
    assert abs(draw.y.mean() - draw.y_test.mean()) < 1 / 60
    for kind in real_tables.ADDED:
        added, flags = real_tables.split_real_table(dataclasses.replace(TOY, added=kind), 0, toy_folder)
        assert added.X.shape == (140, 3 + real_tables.N_ADDED)
        assert np.array_equal(added.X[:, :3], draw.X, equal_nan=True)
        assert flags[:3].tolist() == labels.tolist() == [False, False, True]
        assert flags[3:].any() == (kind == "permuted")


def test_sets_of_splits_are_compared_by_jaccard():
    some = [
        outcomes.Outcome("toy", seed, Choice("any", columns)) for seed, columns in enumerate([(0, 1), (1, 2), (1,)])
    ]
    # |{1}| / |{0, 1, 2}|, and twice one of two.
    assert real.measure_stability(some) == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
    assert math.isnan(real.measure_stability(some[:1]))


def test_real_tables_are_compared(toy_folder, tmp_path, monkeypatch):
    """A table with columns added, chosen from by methods that take the first columns."""
    monkeypatch.setattr(real, "choose", lambda method, question, cache: Choice(method.name, (0, 1, 26), cpu=1.0))
    monkeypatch.setattr(real, "write_tables", lambda: None)
    monkeypatch.setattr(real, "split_real_table", functools.partial(real_tables.split_real_table, folder=toy_folder))
    permuted = dataclasses.replace(TOY, added="permuted")
    monkeypatch.setattr(real, "list_real_tables", lambda: [TOY, permuted])
    output = tmp_path / "real.md"
    real.main(["--only", "permuted", "--seeds", "2", "--methods", "skmine joint", "--output", str(output)])
    text = check_report(output, "Columns of real tables")
    assert "| toy, permuted | skmine joint | 3.0 | 1.0 |" in text
    assert "| all columns | 1 |" in text  # tables that are paired
    with pytest.raises(SystemExit, match="tables are toy; toy, permuted"):
        real.main(["--only", "fish"])
