"""Nats and bits: one conversion, wherever people look."""

import numpy as np
import pandas as pd
import pytest

from skmine import mutual_info, mutual_info_matrix, rank_columns
from skmine.functions.units import convert, convert_frame, read_unit


@pytest.fixture(scope="module")
def labels():
    """y is one of four labels, equally likely, and x is y: two bits."""
    y = np.arange(800) % 4
    return pd.DataFrame({"same": y.astype(str), "half": (y > 1).astype(str)}), y


def test_a_bit_is_log_2_nats():
    assert convert(np.log(2), "bits") == 1.0
    assert convert(1.0, "nats", of="bits") == pytest.approx(np.log(2))
    assert convert(0.3, "nats") == 0.3
    frame = convert_frame(pd.DataFrame({"mi": [np.log(2)], "pvalue": [0.5]}), ["mi", "se"], "bits")
    assert (frame["mi"].item(), frame["pvalue"].item(), read_unit(frame)) == (1.0, 0.5, "bits")
    assert convert_frame(frame, ["mi"], "nats")["mi"].item() == pytest.approx(np.log(2))


def test_one_of_two_halves_is_one_bit(labels):
    X, y = labels
    # Both are functions of y, of four labels and of two: what fitting costs is within .02.
    found = mutual_info(X["half"], y, unit="bits", random_state=0)
    assert found.mi == pytest.approx(1, abs=0.02)
    ranking = rank_columns(X[["half"]], y, unit="bits", random_state=0)
    assert ranking.loc["half", "mi"] == pytest.approx(1, abs=0.02)
    matrix = mutual_info_matrix(X, unit="bits", random_state=0)
    assert matrix.loc["half", "same"] == pytest.approx(1, abs=0.02)
    assert matrix.loc["same", "same"] == pytest.approx(2)  # entropy of four labels


def test_everything_of_an_answer_is_converted(labels):
    _, y = labels
    rng = np.random.default_rng(0)
    x = y + rng.normal(size=len(y))
    nats = mutual_info(x, y, random_state=0)
    bits = mutual_info(x, y, unit="bits", random_state=0)
    assert (nats.unit, bits.unit) == ("nats", "bits")
    assert (bits.pvalue, bits.n) == (nats.pvalue, nats.n)
    for name in ("mi", "se", "held_out", "training"):
        assert getattr(bits, name) == pytest.approx(getattr(nats, name) / np.log(2))
    assert bits.lower_bound() == pytest.approx(nats.lower_bound() / np.log(2))
    assert bits.confidence_interval() == pytest.approx(np.array(nats.confidence_interval()) / np.log(2))
    assert bits.convert("nats").mi == pytest.approx(nats.mi)
    ranked, in_bits = (rank_columns(x[:, None], y, unit=unit, random_state=0) for unit in ("nats", "bits"))
    amounts = ["mi", "score", "se", "lower"]
    np.testing.assert_allclose(in_bits[amounts], ranked[amounts] / np.log(2))
    assert (ranked.attrs["unit"], in_bits.attrs["unit"], in_bits.attrs["alpha"]) == ("nats", "bits", 0.05)
    assert in_bits["qvalue"].tolist() == ranked["qvalue"].tolist()


def test_a_matrix_says_its_unit_and_its_noise():
    X = np.random.default_rng(0).normal(size=(300, 4))
    X[:, 3] += 3 * X[:, 0]
    nats, bits, scaled = (
        mutual_info_matrix(X, with_errors=True, random_state=0, **options)
        for options in ({}, {"unit": "bits"}, {"normalize": True, "unit": "bits"})
    )
    assert nats[0].attrs["unit"] == "nats"
    assert bits[0].attrs["unit"] == "bits"
    assert scaled[0].attrs == {"normalized": True, "noise": 0.0}  # no unit: numbers from 0 to 1
    np.testing.assert_allclose(bits[0], nats[0] / np.log(2))
    np.testing.assert_allclose(bits[1], nats[1] / np.log(2))
    np.testing.assert_array_equal(bits[2], nats[2])
    noise = nats[0].to_numpy()[[1, 2, 2, 3, 3], [0, 0, 1, 1, 2]]  # the columns beside x0 and x3 are independent
    assert nats[0].attrs["noise"] == max(noise.max(), 0.0)
    assert bits[0].attrs["noise"] == pytest.approx(nats[0].attrs["noise"] / np.log(2))


def test_a_unit_is_nats_or_bits(labels):
    X, y = labels
    for call in (lambda: rank_columns(X, y, unit="hartleys"), lambda: mutual_info(X, y, unit="hartleys")):
        with pytest.raises(ValueError, match=r"'unit' parameter of .* must be a str among"):
            call()
    with pytest.raises(ValueError, match="unit must be 'nats' or 'bits', got 'hartleys'"):
        mutual_info(X["half"], y, random_state=0).convert("hartleys")


def test_an_answer_reads_as_a_sentence(labels):
    X, y = labels
    found = mutual_info(X["half"], y, unit="bits", random_state=0)
    low, high = found.confidence_interval()
    assert str(found) == (
        f"{found.mi:.4f} bits (s.e. {found.se:.4f}, 95 % interval {low:.4f} to {high:.4f}, p <1e-16), 800 rows, "
        f"critic 'grid'"
    )
    assert str(found) in repr(found)
