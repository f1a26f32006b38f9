"""The benchmarks of rows in time: the scripts run, and series share nothing or what they say."""

import numpy as np
import pytest

from benchmarks.common import report
from benchmarks.time import calibration, transfer
from benchmarks.time.series import CASES, draw_autoregressive
from tests.benchmarks.checks import check_report


@pytest.fixture(autouse=True)
def nothing_lasting(monkeypatch):
    """This process's warnings and threads as they were."""
    monkeypatch.setattr(report, "prepare", lambda: None)


def test_series_remember_as_long_as_they_say():
    x = draw_autoregressive(np.random.default_rng(0), 0.9, 50_000)[:, 0]
    # The error of a correlation of series is about sqrt((1 - .81) / n) = .002.
    assert np.corrcoef(x[1:], x[:-1])[0, 1] == pytest.approx(0.9, abs=0.008)
    for case in CASES:
        x, y = case.draw(0, 2)
        assert x.shape == (case.n, 2)
        assert y.shape == (case.n,)
        assert not np.array_equal(y, case.draw(1)[1])


def test_calibration(tmp_path):
    output = tmp_path / "calibration.md"
    calibration.main(["--draws", "2", "--table-draws", "0", "--transfer-draws", "0", "--only", "memory .5",
                      "--output", str(output)])  # fmt: skip
    text = check_report(output, "P-values of series that share nothing")
    assert "| memory .5 | 1,000 | 2 |" in text
    assert "1.0000 (0.1581 to 1.0000)" in text  # warned both times


@pytest.mark.filterwarnings("ignore::skmine.exceptions.SkmineWarning")
def test_transfer(tmp_path):
    pytest.importorskip("infomeasure")
    output = tmp_path / "transfer.md"
    transfer.main(["--rows", "300", "--draws", "0", "--only", "one way", "--output", str(output)])
    assert "| one way | 300 | 0.1809 |" in check_report(output, "Transfer entropy")
