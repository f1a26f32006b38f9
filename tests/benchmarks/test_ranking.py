"""The benchmarks of the ranking run: tiny settings, whichever peers are installed."""

import numpy as np
import pytest

from benchmarks.common import report
from benchmarks.ranking import calibration, power, precision, speed
from skmine.synthetic import shapes
from tests.benchmarks.checks import check_report

#: Small settings, the report's title, and rows that its tables must have.
SCRIPTS = {
    precision: (
        ["--rows", "200", "--seeds", "2"],
        "Precision of the estimates",
        [
            "| **mean** |",
            "| 12 x 12, 0.5 agree |",
            "| 200 | skmine, held-out score |",
            *(f"| {s.name} |" for s in shapes()),
        ],
    ),
    calibration: (
        ["--rows", "200", "300", "--columns", "20", "--tables", "2", "--draws", "2"],
        "Calibration of p-values, discoveries and bounds",
        # 20 columns of each kind for two sizes, five targets and ten kinds of columns.
        ["| all | 2000 |", "| labels, rare ones | 200 |", "| rare class (5 %) | 400 |", "| 300 | 1000 |"],
    ),
    power: (
        ["--rows", "200", "--tables", "1", "--columns", "3", "--permutations", "2"],
        "Power to see a weak dependence",
        ["Behind the best MI peer: ", *(f"| {kind.name} |" for kind in power.KINDS)],
    ),
    speed: (
        ["--rows", "200", "--columns", "10", "--no-large"],
        "Speed and memory",
        ["| 200 | regression | 1 of 10 |", "| 200 | classification | 10 of 10 |"],
    ),
}


# So few rows leave rare labels without nodes of their own, which the scripts, run as commands, pass over.
@pytest.mark.filterwarnings("ignore::skmine.exceptions.PooledLevelsWarning")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__.split(".")[-1])
def test_script_writes_its_tables_and_a_picture(script, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "prepare", lambda: None)  # which would silence this process for good
    output = tmp_path / "out" / "table.md"
    arguments, title, rows = SCRIPTS[script]
    with np.errstate(all="ignore"):
        script.main([*arguments, "--output", str(output)])
    text = check_report(output, title)
    for row in rows:
        assert row in text
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_strengths_fall_with_the_rows_and_half_of_the_columns_are_null():
    for kind in power.KINDS:
        X, y = power.draw_table(kind, 300, 0, 4)
        assert X.shape == (300, 8)
        assert len(y) == 300
    linear = power.KINDS[0]
    X, y = power.draw_table(linear, 100_000, 0, 50)
    r = np.corrcoef(X.T, y)[-1, :-1]
    slope = linear.strength * (1_000 / 100_000) ** 0.5
    assert r[:50].mean() == pytest.approx(slope, abs=4 / np.sqrt(50 * 100_000))
    assert r[50:].mean() == pytest.approx(0, abs=4 / np.sqrt(50 * 100_000))


def test_pvalues_are_pooled_by_what_they_are_of():
    found = [
        calibration.NullColumns(n, "classes", column, np.full(2, n / 1_000)) for n in (100, 200) for column in "ab"
    ]
    assert {name: p.tolist() for name, p in calibration.pool_by_rows(found).items()} == {
        "100": [0.1] * 4,
        "200": [0.2] * 4,
    }
    assert {name: p.tolist() for name, p in calibration.pool_by_column(found).items()} == {
        "a": [0.1, 0.1, 0.2, 0.2],
        "b": [0.1, 0.1, 0.2, 0.2],
    }
