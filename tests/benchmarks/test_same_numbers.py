"""The comparison of two commits: what counts as a difference, and whose skmine is run."""

import inspect
import pickle
import subprocess

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.same_numbers import __main__ as same_numbers
from benchmarks.same_numbers.calls import CALLS, columns, command_line, displays, estimators, losses, tables
from benchmarks.same_numbers.compare import collect_numbers, compare_numbers
from benchmarks.same_numbers.run import run_in_process


def test_every_call_has_a_name_of_its_own():
    sources = map(inspect.getsource, (columns, command_line, displays, estimators, losses, tables))
    assert sum(source.count("@register\n") for source in sources) == len(CALLS)


def test_numbers_are_found_at_any_depth_and_texts_are_left_out():
    frame = pd.DataFrame({"mi": [1.0, 2.0], "kind": ["a", "b"], "kept": [True, False]})
    found = collect_numbers({"a": [frame, (3, "text")], "b": torch.tensor([4.0]), "c": [None, [1, [2, 3]]]})
    assert {place: values.tolist() for place, values in found.items()} == {
        ".a[0][mi]": [1.0, 2.0],
        ".a[0][kept]": [1.0, 0.0],
        ".a[1][0]": 3.0,
        ".b": [4.0],
        ".c[1][0]": 1.0,
        ".c[1][1][0]": 2.0,
        ".c[1][1][1]": 3.0,
    }


def test_a_difference_is_any_other_bit_shape_or_place():
    before = {"same": np.array([1.0, np.nan]), "bit": np.array([1.0]), "shape": np.ones(2), "gone": np.ones(1)}
    after = {**before, "bit": np.nextafter(before["bit"], 2), "shape": np.ones(3), "new": np.ones(1)}
    del after["gone"]
    arrays, count, lines = compare_numbers(before, after)
    assert arrays == 5
    assert count == 2 + 1 + 2  # of the places that both have
    assert lines == [
        "bit: largest difference 2.22e-16",
        "gone: only before",
        "new: only after",
        "shape: shape (2,) before, (3,) after",
    ]


def write_checkout(folder, scores):
    """Another checkout: a `skmine` with one function, and a `benchmarks` that must not be read."""
    for package in ("skmine", "benchmarks"):
        (folder / package).mkdir(parents=True)
    (folder / "benchmarks" / "__init__.py").write_text("raise ImportError('the benchmarks of the other checkout')\n")
    (folder / "skmine" / "__init__.py").write_text(f"def mutual_info_scores(*a, **k):\n    return {scores}\n")


def test_calls_are_ours_and_skmine_is_the_other_checkout_s(tmp_path):
    write_checkout(tmp_path / "other", [1.5, 2.5])
    file = tmp_path / "numbers.pkl"
    found = run_in_process(tmp_path / "other", file, ["scores_regression"])
    assert {place: float(value) for place, value in found["scores_regression"].items()} == {"[0]": 1.5, "[1]": 2.5}
    assert pickle.loads(file.read_bytes()).keys() == {"scores_regression"}


def test_no_other_skmine_is_compared(tmp_path, capfd):
    with pytest.raises(subprocess.CalledProcessError):
        run_in_process(tmp_path, tmp_path / "numbers.pkl", ["scores_regression"])
    assert f"not from {tmp_path}: nothing is compared." in capfd.readouterr().err
    assert not (tmp_path / "numbers.pkl").exists()


@pytest.mark.parametrize(
    ("scores", "code", "words"), [([1.5], 0, "1 numbers, equal"), ([2.5], 1, "1 numbers, 1 of 1 differ")]
)
def test_the_exit_code_tells_whether_numbers_differ(scores, code, words, tmp_path, monkeypatch, capsys):
    write_checkout(tmp_path / "here", scores)
    monkeypatch.setattr(same_numbers, "ROOT", tmp_path / "here")
    before = tmp_path / "before.pkl"
    before.write_bytes(pickle.dumps({"scores_regression": {"[0]": np.array(1.5)}}))
    assert same_numbers.main(["--before", str(before), "--only", "scores_regression"]) == code
    assert f"scores_regression: {words}" in capsys.readouterr().out
