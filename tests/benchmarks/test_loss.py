"""The benchmarks of the loss: the scripts run, and what they judge is what they say."""

import math

import numpy as np
import pytest
import torch

from benchmarks.common import report
from benchmarks.loss import parting, partners
from tests.benchmarks.checks import check_report


@pytest.fixture(autouse=True)
def nothing_lasting(monkeypatch):
    """This process's warnings and threads as they were."""
    monkeypatch.setattr(report, "prepare", lambda: None)


def test_parting_tells_what_is_left_and_what_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(parting, "WEIGHTS", (0.0, 5.0))
    monkeypatch.setattr(parting.GuardedLoss, "check", lambda self, *rows, **options: 0.5)
    output = tmp_path / "parting.md"
    parting.main(["--seeds", "2", "--steps", "3", "3", "--output", str(output)])
    text = check_report(output, "Minimising that is sure")
    assert text.count("guarded |") == len(parting.WAYS)
    assert text.count(" of 2 |") == len(parting.WAYS) + 2
    assert text.count("0.500 ± 0.000") == 2
    assert output.with_suffix(".png").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("found", "good"), [((0.6, 0.6, 0, 0.9), True), ((0.6, 0.7, 0, 0.9), False), ((0.6, 0.6, 0, 0.7), False)]
)
def test_parted_is_what_no_probe_sees_and_what_names_digits(found, good):
    assert parting.Parted(*found).good is good


def test_partners_tells_values_with_groups_and_without(tmp_path, monkeypatch):
    monkeypatch.setattr(partners, "BOUNDS", ("infonce",))
    found = {True: partners.TRUTH + 0.1, False: 1.5}
    monkeypatch.setattr(partners, "measure", lambda bound, seed, n_steps, *, grouped: found[grouped])
    output = tmp_path / "partners.md"
    partners.main(["--seeds", "2", "--output", str(output)])
    text = check_report(output, "Critics of few groups")
    assert "| infonce | 2.408 ± 0.000 | 2.408 to 2.408 | 2 of 2 | 1.500 ± 0.000 |" in text


def test_rows_of_an_image_share_what_they_should():
    """The correlation of one row per image: X has variance 1.01."""
    x, y = (rows.numpy()[:, 0] for rows in partners.draw_rows(4000, 1, torch.Generator().manual_seed(0)))
    found = -0.5 * math.log(1 - np.corrcoef(x, y)[0, 1] ** 2)
    assert found == pytest.approx(partners.TRUTH, abs=3 / math.sqrt(4000))
