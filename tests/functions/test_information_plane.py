"""Information planes: known information of layers, shared folds and noise, and what is refused."""

import numpy as np
import pytest
import torch

from skmine import information_plane, mutual_info
from skmine.nn import noisy_information


def draw_linear(n=1_000, seed=0):
    """Three normal inputs and a target of the first: y = x_0 + noise of the same variance."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    return x, x[:, 0] + rng.normal(size=n)


def find_xt(weights, sigma):
    """1/2 log det(1 + W' W / sigma^2) of x @ W with standard normal x."""
    return 0.5 * np.linalg.slogdet(np.eye(weights.shape[1]) + weights.T @ weights / sigma**2)[1]


def find_ty(slope, sigma):
    """Of slope * x_0 + sigma * noise and y, from their correlation."""
    return -0.5 * np.log(1 - slope**2 / ((slope**2 + sigma**2) * 2))


def test_a_linear_layer_with_known_noise_has_the_known_information():
    x, y = draw_linear()
    wide, narrow = np.array([[1.0, 0.5], [0.0, 1.0], [0.3, -0.7]]), np.array([[1.5], [0.0], [0.0]])
    noise = {"wide": 0.8, "narrow": 0.5}
    plane = information_plane([{"wide": x @ wide, "narrow": x @ narrow}], y, noise=noise, random_state=0)
    for name, weights in (("wide", wide), ("narrow", narrow)):
        row, truth = plane.table.loc[(0, name)], find_xt(weights, noise[name])
        assert row["i_xt_lower"] - 3 * row["i_xt_se"] < truth < row["i_xt_upper"] + 3 * row["i_xt_se"]
        assert 0 < row["i_xt_upper"] - row["i_xt_lower"] < 0.1
        # The variance of a row's log ratio, -z^2 / 2 + u^2 / 2 for each principal direction, with z the noise and u
        # what is seen, both standard: the squared correlation of input and output. That of 1,000 rows is known to 5 %.
        inner = np.linalg.inv(np.eye(weights.shape[1]) + weights.T @ weights / noise[name] ** 2)
        assert row["i_xt_se"] == pytest.approx(np.sqrt(np.trace(np.eye(len(inner)) - inner) / len(x)), rel=0.15)
    row = plane.table.loc[(0, "narrow")]
    assert row["i_ty"] == pytest.approx(find_ty(1.5, 0.5), abs=3 * row["i_ty_se"])
    assert plane.n == 1_000
    assert plane.entropy == np.inf
    assert plane.has_noise


def test_a_layer_that_copies_labels_holds_their_entropy():
    y = np.random.default_rng(0).permutation(np.arange(800) % 4)
    plane = information_plane({"end": {"one-hot": np.eye(4)[y], "unrelated": np.roll(np.eye(4)[y], 1, 0)}}, y)
    assert plane.entropy == pytest.approx(np.log(4))
    found = plane.table.loc["end"]
    # A critic that gives the right label a proportion of p of 800 rows lacks -log p: p of .98 is .02 nats.
    assert np.log(4) - 0.02 < found.loc["one-hot", "i_ty"] <= plane.entropy
    assert abs(found.loc["unrelated", "i_ty"]) < 3 * found.loc["unrelated", "i_ty_se"]
    assert not plane.has_noise
    assert found[["i_xt_lower", "i_xt_upper", "i_xt_se"]].isna().all(axis=None)
    assert "without noise it is infinite" in plane._repr_html_()


def make_epochs(x):
    return {epoch: {"a": slope * x[:, :1], "b": slope * x[:, :2]} for epoch, slope in enumerate((0.5, 1.0, 1.001))}


@pytest.fixture(scope="module")
def three_epochs():
    x, y = draw_linear(600)
    return make_epochs(x), y, information_plane(make_epochs(x), y, noise=0.5, random_state=0)


def test_the_order_of_epochs_and_layers_and_workers_change_no_bit():
    x, y = draw_linear(200)
    layers = {epoch: {"a": slope * x[:, :1], "b": slope * x[:, 1:2]} for epoch, slope in enumerate((0.5, 1.0, 2.0))}
    plane = information_plane(layers, y, noise=0.5, random_state=0)
    turned = {epoch: dict(reversed(layers[epoch].items())) for epoch in (2, 0, 1)}
    other = information_plane(turned, y, noise=0.5, n_jobs=2, random_state=0)
    assert other.table.index.tolist() == [(e, name) for e in (2, 0, 1) for name in ("b", "a")]
    assert other.table.loc[plane.table.index].equals(plane.table)
    assert other.compare_epochs(0, 1).loc[["a", "b"]].equals(plane.compare_epochs(0, 1))


def test_a_point_is_what_its_parts_say_alone(three_epochs):
    layers, y, plane = three_epochs
    alone = information_plane({1: layers[1]}, y, noise=0.5, random_state=0)
    assert alone.table.equals(plane.table.loc[[1]])
    without = information_plane({1: {"a": layers[1]["a"]}}, y, random_state=0).table.iloc[0]
    direct = mutual_info(layers[1]["a"], y, random_state=0)
    assert (without["i_ty"], without["i_ty_se"]) == (direct.mi, direct.se)


def test_errors_of_differences_are_paired(three_epochs):
    _, _, plane = three_epochs
    near, far = plane.compare_epochs(1, 2), plane.compare_epochs(0, 1)
    assert near.index.tolist() == ["a", "b"]
    for name, n_units in (("a", 1), ("b", 2)):
        for error in ("i_xt_se", "i_ty_se"):
            assert 0 < near.loc[name, error] < 0.1 * plane.table.loc[(1, name), error]
        change = far.loc[name]
        truth = n_units * 0.5 * np.log((1 + 4) / (1 + 1))
        # The lower bound lacks about half of a nat per unit and 1 / n of what tells rows apart: less than .02 here.
        assert change["i_xt"] == pytest.approx(truth, abs=3 * change["i_xt_se"] + 0.02)
        both = plane.table.loc[[(0, name), (1, name)], "i_xt_se"]
        assert change["i_xt_se"] < np.hypot(*both)
    change = far.loc["a"]
    assert change["i_ty"] == pytest.approx(find_ty(1, 0.5) - find_ty(0.5, 0.5), abs=3 * change["i_ty_se"])


def test_layers_are_compared_within_epochs(three_epochs):
    _, _, plane = three_epochs
    change = plane.compare_layers("a", "b")
    assert change.index.tolist() == [0, 1, 2]
    differences = plane.table["i_xt_lower"].xs("b", level="layer") - plane.table["i_xt_lower"].xs("a", level="layer")
    np.testing.assert_allclose(change["i_xt"], differences)
    # The second unit of b says nothing of y. A network of 400 rows loses up to .03 nats of what one column shows.
    for epoch in range(3):
        assert change.loc[epoch, "i_ty"] == pytest.approx(0, abs=3 * change.loc[epoch, "i_ty_se"] + 0.03)
    with pytest.raises(ValueError, match="'c' is no layer; there are 'a', 'b'"):
        plane.compare_layers("a", "c")
    with pytest.raises(ValueError, match="7 is no epoch; there are 0, 1, 2"):
        plane.compare_epochs(7, 0)


def test_bits_are_nats_in_other_numbers(three_epochs):
    layers, y, plane = three_epochs
    bits = information_plane({0: {"a": layers[0]["a"]}}, y, noise=0.5, unit="bits", random_state=0)
    np.testing.assert_allclose(bits.table, plane.table.loc[[(0, "a")]] / np.log(2))
    bits = plane.convert("bits")
    np.testing.assert_allclose(bits.compare_epochs(0, 1), plane.compare_epochs(0, 1) / np.log(2))
    assert bits.most == pytest.approx(np.log2(600))
    assert bits.table.attrs["unit"] == bits.unit == "bits"
    back = bits.convert("nats")
    np.testing.assert_allclose(back.table, plane.table)
    assert repr(back) == "<InformationPlane: 3 epochs of 2 layers, 600 rows, nats>"


def test_tensors_lists_and_images_are_read():
    rng = np.random.default_rng(0)
    h, y = rng.normal(size=(60, 2, 2)).astype(np.float32), rng.integers(0, 2, 60)
    arrays = information_plane({0: {0: h.reshape(60, 4), 1: h[:, 0, :1]}}, y, noise=1.0, random_state=0)
    tensor = torch.from_numpy(h).requires_grad_()
    lists = information_plane([[tensor, h[:, 0, 0]]], y, noise=[[1.0]], random_state=0)
    assert lists.table.equals(arrays.table)
    each = {0: np.ones((60, 4)), 1: torch.ones(1)}
    assert information_plane([[tensor, h[:, 0, 0]]], y, noise=each, random_state=0).table.equals(arrays.table)


def test_the_bounds_are_those_of_the_loss():
    mean = np.random.default_rng(0).normal(size=(400, 2))
    found = information_plane([[mean]], np.arange(400) % 2, noise=[0.5, 1.0], random_state=0).table.iloc[0]
    draws = [noisy_information(torch.from_numpy(mean), torch.tensor([0.5, 1.0]), n_draws=20).lower.item()]
    assert found["i_xt_lower"] == pytest.approx(np.mean(draws), abs=3 * found["i_xt_se"])


def test_errors_go_by_groups():
    rng = np.random.default_rng(0)
    h, other = rng.integers(0, 3, (2, 200))
    h, y = (np.repeat(labels, 4) for labels in (h, np.where(rng.random(200) < 0.7, h, other)))
    of_rows, of_groups = (
        information_plane([[h]], y, groups=groups, random_state=0).table["i_ty_se"].iloc[0]
        for groups in (None, np.repeat(np.arange(200), 4))
    )
    # What four equal rows add is the same: the error is that of 200 rows, twice that of 800. Critics differ by folds.
    assert 1.6 < of_groups / of_rows < 2.4


H, Y = np.zeros((30, 2)), np.arange(30) % 2


@pytest.mark.parametrize(
    ("layers", "options", "kind", "message"),
    [
        (H, {}, TypeError, "layers must be a mapping or list of epochs, each a mapping or list of layers, got ndarray"),
        ({}, {}, ValueError, "layers is empty"),
        ({3: {}}, {}, ValueError, r"layers\[3\] is empty"),
        ({3: H}, {}, TypeError, r"layers\[3\] must be a mapping or list of layers, each an array .* got ndarray"),
        ([{"a": "no"}], {}, TypeError, r"layers\[0\]\['a'\] must hold real numbers, got str"),
        ([{"a": 3.0}], {}, ValueError, r"layers\[0\]\['a'\] must have shape \(n_samples, n_units\), got \(\)"),
        ([{"a": H * np.nan}], {}, ValueError, r"layers\[0\]\['a'\] must be finite"),
        ([{"a": H}, {"b": H}], {}, ValueError, r"layers\[1\] must have the layers of the first epoch, 'a', got 'b'"),
        ([{"a": H, "b": H[1:]}], {}, ValueError, r"layers\[0\]\['b'\] has 29 rows and 2 units, expected 30 rows"),
        ([{"a": H}, {"a": H[:, 1:]}], {}, ValueError, r"layers\[1\]\['a'\] has 30 rows and 1 units.* 2 units, as in"),
        ([{"a": H[:1]}], {}, ValueError, "layers must have at least two rows"),
        ([{"a": H}], {"y": Y[1:]}, ValueError, "y has 29 rows, but layers have 30"),
        ([{"a": H}], {"noise": 0.0}, ValueError, "noise must be positive and finite, got 0; pass noise=None"),
        ([{"a": H}], {"noise": "loud"}, TypeError, "noise must hold real numbers, got str"),
        (
            [{"a": H}],
            {"noise": [1, 2, 3]},
            ValueError,
            r"noise must be one number or broadcast to .*\(30, 2\) of layer",
        ),
        ([{"a": H}], {"noise": {"b": 1.0}}, ValueError, "noise must have a standard deviation .* 'b' is no layer"),
        ([{"a": H, "b": H}], {"noise": {"a": 1.0}}, ValueError, "'b' is left out"),
        ([{"a": H}], {"noise": {"a": -1.0}}, ValueError, r"noise\['a'\] must be positive and finite, got -1"),
        ([{"a": H}], {"groups": Y[1:]}, ValueError, "groups"),
    ],
)
def test_what_is_no_plane_is_refused(layers, options, kind, message):
    with pytest.raises(kind, match=message):
        information_plane(layers, **{"y": Y, **options})
