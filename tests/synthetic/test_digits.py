"""Images of digits: the truth by a second way, and what their labels say."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skmine.synthetic import digit_pairs


def find_nearest_labels(images):
    """Labels of the nearest of all images without noise."""
    known, labels = load_digits(return_X_y=True)
    return labels[((images[:, None, :] - known[None]) ** 2).sum(2).argmin(1)]


def test_images_say_their_labels_and_share_nothing_else():
    flip, n = 0.3, 2_000
    law = digit_pairs(flip, 1.0)
    x, y = law.draw(np.random.default_rng(0), n)
    assert x.shape == y.shape == (n, 64)
    first, second = (find_nearest_labels(side) for side in (x, y))
    same = flip / 10 + 1 - flip
    # The entropy of the second label, less that of whether and how it was drawn anew.
    rest = same * np.log(same) + (1 - same) * np.log((1 - same) / 9)
    assert law.mi == pytest.approx(np.log(10) + rest)
    # A share of n rows is within four of its standard errors.
    assert np.mean(first == second) == pytest.approx(same, abs=4 * np.sqrt(same * (1 - same) / n))


def test_labels_beside_images():
    x, y = digit_pairs(noise=1.0, labels=True).draw(np.random.default_rng(1), 500)
    assert (find_nearest_labels(x) == y).all()
    assert digit_pairs().mi == pytest.approx(np.log(10))
    assert digit_pairs(1.0).mi == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("name", "value"), [("flip", 1.5), ("noise", 3.0), ("noise", -1.0)])
def test_numbers_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=f"{name} must be from 0 to 1, got {value}"):
        digit_pairs(**{name: value})
