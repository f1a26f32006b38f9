"""Redundancy and synergy as a picture."""

import math

import numpy as np
import pandas as pd
import pytest

from skmine.functions.units import convert_frame
from skmine.plotting import InteractionDisplay

NATS = pd.DataFrame(
    {
        "first": ["a", "a", "b"],
        "second": ["b", "c", "c"],
        "mi_first": [0.1, 0.1, 0.4],
        "mi_second": [0.4, 0.3, 0.3],
        "mi_together": [0.8, 0.4, 0.4],
        "co_information": [-0.3, 0.0, 0.3],
        "se": 0.01,
        "pvalue": [0.0, 0.5, 0.0],
        "qvalue": [0.0, 0.5, 0.0],
        "redundancy_mmi": [0.1, 0.1, 0.3],
        "synergy_mmi": [0.4, 0.1, 0.0],
    }
)
NATS.attrs["unit"] = "nats"


def test_cells_are_co_information_and_the_diagonal_says_what_each_says_alone():
    display = InteractionDisplay.from_table(NATS)
    place = {name: j for j, name in enumerate(display.order_)}
    shown = np.ma.filled(display.image_.get_array().astype(float), np.nan)
    assert shown[place["a"], place["b"]] == shown[place["b"], place["a"]] == -0.3
    assert np.isnan(np.diag(shown)).all()
    assert display.image_.get_clim() == (-0.3, 0.3)
    texts = {(round(t.get_position()[0]), round(t.get_position()[1])): t.get_text() for t in display.ax_.texts}
    assert texts[place["b"], place["b"]] == ".40"
    assert texts[place["a"], place["b"]] == "-.30"
    assert texts[place["a"], place["c"]] == ".00"
    assert abs(place["b"] - place["c"]) == 1  # those that repeat each other are neighbours
    assert "grey: not told from chance" in display.ax_.get_title(loc="left")


def test_units_of_table_and_picture():
    display = InteractionDisplay.from_table(NATS, unit="bits")
    assert display.image_.get_clim()[1] == pytest.approx(0.3 / math.log(2))
    labels = [ax.get_ylabel() for ax in display.figure_.axes]
    assert "co-information (bits)" in labels
    bits = convert_frame(NATS, ["co_information"], "bits")
    assert InteractionDisplay.from_table(bits).image_.get_clim()[1] == pytest.approx(0.3 / math.log(2))


def test_a_frame_is_estimated_and_another_one_refused():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (200, 2))
    display = InteractionDisplay.from_data(X, X[:, 0] ^ X[:, 1], random_state=0, max_iter=50)
    assert display.order_ == ["x0", "x1"]
    with pytest.raises(ValueError, match="table has no column 'qvalue'; pass what information_table returns"):
        InteractionDisplay.from_table(NATS.drop(columns="qvalue"))
