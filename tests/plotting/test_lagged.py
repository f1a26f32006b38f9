"""Information over lags as a picture."""

import numpy as np
import pandas as pd
import pytest

from skmine import lagged_mutual_info
from skmine.plotting import LaggedInformationDisplay


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"a": rng.normal(size=800), "b": rng.normal(size=800)})
    y = x["b"].shift(2, fill_value=0.0) + rng.normal(size=800)
    return lagged_mutual_info(x, y, [3, 2, 1, 0], random_state=0)


def test_it_draws_the_numbers_of_the_best_column(found):
    display = LaggedInformationDisplay.from_lags(found)
    assert display.column == "b"
    dots, _, (bars,) = display.bars_.lines
    assert dots.get_xdata().tolist() == [0, 1, 2, 3]
    assert dots.get_ydata() == pytest.approx(found.loc["b"].sort_index()["mi"].to_numpy())
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert (ends[:, 0] < dots.get_ydata()).all()
    assert (ends[:, 1] > dots.get_ydata()).all()
    kept = next(line for line in display.ax_.lines if line.get_label() == "kept")
    assert kept.get_xdata().tolist() == [2]
    assert display.ax_.get_title(loc="left") == "b: 1 of 4 lags kept at a false discovery rate of 0.05; 797 rows"
    assert "(nats)" in display.ax_.get_ylabel()


def test_it_draws_another_column_in_bits_on_given_axes(found):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    display = LaggedInformationDisplay.from_lags(found, column="a", unit="bits", ax=ax, capsize=0)
    assert display.ax_ is ax
    values = display.bars_.lines[0].get_ydata()
    assert values == pytest.approx(found.loc["a"].sort_index()["mi"].to_numpy() / np.log(2))
    assert "(bits)" in ax.get_ylabel()
    assert "kept" not in [line.get_label() for line in ax.lines]
    with pytest.raises(ValueError, match="column='c' is not among the columns, 'a', 'b'"):
        LaggedInformationDisplay.from_lags(found, column="c")
