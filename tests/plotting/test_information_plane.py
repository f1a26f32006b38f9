"""An information plane as a picture."""

import numpy as np
import pytest

from skmine import information_plane
from skmine.plotting import InformationPlaneDisplay
from tests.plotting.test_looks import find_overlaps

EPOCHS = (1, 10, 100)


@pytest.fixture(scope="module")
def plane():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = x[:, 0] + rng.normal(size=300) > 0
    slopes = dict(zip(EPOCHS, (1, 4, 2), strict=True))
    layers = {epoch: {"near": slope * x[:, :1], "far": slope * x[:, 1:]} for epoch, slope in slopes.items()}
    return information_plane(layers, y, noise=0.5, random_state=0)


def test_it_draws_the_numbers_of_every_layer(plane):
    display = InformationPlaneDisplay.from_plane(plane)
    assert set(display.points_) == {"near", "far"}
    for layer, points in display.points_.items():
        rows = plane.table.xs(layer, level="layer")
        np.testing.assert_allclose(points.get_offsets(), rows[["i_xt_lower", "i_ty"]])
        assert points.get_array().tolist() == list(EPOCHS)
    ax = display.ax_
    assert ax.get_ylabel() == "I(T; Y) (nats)"
    assert ax.get_title(loc="left") == "3 epochs of 2 layers; 300 rows"
    assert ax.get_ylim()[1] > plane.entropy
    assert [text.get_text() for text in ax.texts] == ["log 300", "H(Y)"]
    assert find_overlaps(display.figure_) == []


def test_it_draws_in_bits_on_given_axes_with_keywords(plane):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    display = InformationPlaneDisplay.from_plane(plane, unit="bits", ax=ax, s=9, cmap="magma", norm="log")
    assert display.ax_ is ax
    expected = plane.table.xs("near", level="layer")[["i_xt_lower", "i_ty"]] / np.log(2)
    np.testing.assert_allclose(display.points_["near"].get_offsets(), expected)
    assert display.points_["near"].get_sizes() == [9]
    assert display.points_["near"].get_cmap().name == "magma"
    assert display.points_["near"].norm(10) == pytest.approx(0.5)  # of 1 to 100
    assert ax.get_xlabel() == "I(X; T), lower bound (bits)"


def test_epochs_may_have_names_and_there_may_be_one():
    h = np.random.default_rng(0).normal(size=(100, 1))
    named = information_plane({"start": [h], "end": [2 * h]}, h[:, 0] > 0, noise=1.0, random_state=0)
    figure = InformationPlaneDisplay.from_plane(named).figure_
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == ["start", "end"]
    single = information_plane([[h]], h[:, 0] > 0, noise=1.0, random_state=0)
    assert len(InformationPlaneDisplay.from_plane(single).figure_.axes) == 1


def test_without_noise_there_is_no_plane():
    h = np.arange(40.0)[:, None]
    with pytest.raises(ValueError, match=r"no plane to draw. I\(X; T\) is not reported: without noise it is infinite"):
        InformationPlaneDisplay.from_plane(information_plane([[h]], h[:, 0] % 2, random_state=0))
