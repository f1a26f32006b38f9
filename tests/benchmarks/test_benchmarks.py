"""The benchmark scripts run: tiny settings, whichever peers are installed."""

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks import ranking_calibration, ranking_power, ranking_precision, ranking_speed, report

TINY = {
    ranking_precision: ["--rows", "200", "--seeds", "2"],
    ranking_calibration: ["--rows", "200", "300", "--columns", "20", "--tables", "2", "--draws", "2"],
    ranking_power: ["--rows", "200", "--tables", "1", "--columns", "3", "--permutations", "2"],
    ranking_speed: ["--rows", "200", "--columns", "10", "--no-large"],
}


@pytest.mark.parametrize("script", TINY, ids=lambda script: script.__name__.split(".")[-1])
def test_script_writes_a_table_and_a_picture(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "start", lambda: None)  # which would quieten this process for good
    output = tmp_path / "out" / "table.md"
    with np.errstate(all="ignore"):
        script.main([*TINY[script], "--output", str(output)])
    text = output.read_text()
    assert text.startswith("# ")
    assert "skmine" in text
    assert "nan" not in text.lower()
    assert output.with_suffix(".png").stat().st_size > 5_000
    assert text.split("\n")[0] in capsys.readouterr().out


def test_rates_carry_exact_intervals_and_fail_only_outside():
    low, high = binomtest(7, 100).proportion_ci()
    assert report.share(7, 100) == f"0.0700 ({low:.4f} to {high:.4f})"
    assert report.holds(7, 100, 0.05) == "yes"  # .07, but the interval holds .05
    assert report.holds(15, 100, 0.05) == "no"
    assert report.mean([1.0, 2.0, 3.0], 2) == "2.00 ± 0.58"


def test_strengths_fall_with_the_rows_and_half_of_the_columns_are_null():
    for kind in ranking_power.KINDS:
        X, y = ranking_power.draw(kind, 300, 0, 4)
        assert X.shape == (300, 8)
        assert len(y) == 300
    linear = ranking_power.KINDS[0]
    X, y = ranking_power.draw(linear, 100_000, 0, 50)
    r = np.corrcoef(X.T, y)[-1, :-1]
    slope = linear[3] * (1_000 / 100_000) ** 0.5
    assert r[:50].mean() == pytest.approx(slope, abs=4 / np.sqrt(50 * 100_000))
    assert r[50:].mean() == pytest.approx(0, abs=4 / np.sqrt(50 * 100_000))
