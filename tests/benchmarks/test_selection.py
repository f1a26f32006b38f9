"""The benchmark of selection: what counts as found, and a run that writes its tables."""

import math

import numpy as np
import pytest

from benchmarks import selection, selection_cases
from benchmarks.processes import Kept
from benchmarks.selection_methods import METHODS, Chosen, choose

OF_COPIES = selection_cases.Law("copies", 100, None, ((0, 3), (1,)), frozenset({5}))


@pytest.mark.parametrize(
    ("chosen", "exact", "precision", "recall"),
    [
        ([0, 1], True, 1, 1),
        ([3, 1, 5], True, 1, 1),  # the other copy, and one that may be there
        ([0, 1, 3], False, 2 / 3, 1),  # a copy too many
        ([0], False, 1, 1 / 2),
        ([0, 1, 7, 8], False, 1 / 2, 1),
        ([], False, 0, 0),
    ],
    ids=str,
)
def test_what_counts_as_found(chosen, exact, precision, recall):
    assert OF_COPIES.exact(chosen) is exact
    assert OF_COPIES.precision(chosen) == pytest.approx(precision)
    assert OF_COPIES.recall(chosen) == pytest.approx(recall)


def test_where_there_is_nothing_nothing_is_right():
    nothing = selection_cases.nothing()
    assert nothing.exact([])
    assert not nothing.exact([3])
    assert (nothing.precision([]), nothing.recall([])) == (1, 1)


def test_relevant_columns_stand_where_a_draw_says():
    law = selection_cases.parity(2, 20, 400)
    drawn = selection_cases.from_law(law, 3, n_test=50)
    first, second = (drawn.X[:, place] > 0 for place in drawn.place[:2])
    assert np.array_equal(first ^ second, drawn.y.astype(bool))
    assert drawn.X_test.shape == (50, 20)
    again = selection_cases.from_law(law, 3, n_test=50)
    assert np.array_equal(again.X, drawn.X)


def test_equal_labels_have_their_formula():
    # P(equal) = 1/5, and given one label nothing: I = H(Y) = -.2 log .2 - .8 log .8.
    assert selection_cases.equal(5).mi == pytest.approx(-0.2 * math.log(0.2) - 0.8 * math.log(0.8))


def test_every_compared_law_is_there():
    assert set(selection_cases.COMPARED) <= {law.name for law in selection_cases.laws()}


def test_models_of_the_right_columns_score():
    law = selection_cases.parity(2, 4, 2_000)
    drawn = selection_cases.from_law(law, 0, n_test=500)
    right = selection.downstream(drawn, Chosen("any", tuple(drawn.place[:2])), True, False, 0)
    assert right["boosted"] > 0.95
    # A coin: 500 throws have a standard deviation of .022.
    assert abs(right["linear"] - 0.5) < 0.11
    nothing = selection.downstream(drawn, Chosen("any"), True, False, 0)
    assert abs(nothing["boosted"] - 0.5) < 0.11
    assert selection.downstream(drawn, Chosen("any", wrong="it failed"), True, False, 0) == {}


def test_ours_answers_in_a_process_of_its_own(tmp_path):
    drawn = selection_cases.from_law(selection_cases.nested(n=400), 0, n_test=1)
    kept = Kept(tmp_path / "kept.jsonl")
    found = choose(METHODS[1], "nested", drawn, 0, classes=False, labels=False, wanted=1, kept=kept)
    assert found.columns == (drawn.place[0],)
    assert found.wrong == ""
    assert found.cpu > 0
    assert found.peak > 50
    assert kept.answers == {}  # ours are asked anew


def test_a_run_writes_its_tables(tmp_path, capsys):
    output = tmp_path / "selection.md"
    options = ["--only", "iris", "--methods", "skmine mRMR", "--real-seeds", "1", "--output", str(output)]
    selection.main(options)
    capsys.readouterr()
    text = output.read_text()
    assert "| iris | skmine mRMR |" in text
    assert "| iris | all columns | 4.0 |" in text
    assert output.with_suffix(".png").stat().st_size > 1_000
    with pytest.raises(SystemExit, match="Nothing to run: methods are skmine joint"):
        selection.main(["--only", "no such case"])
