"""Margins of every kind, and nodes as the package makes them."""

import numpy as np

from pretraining import margins
from skmine.data.coding import fit_coding
from skmine.data.conversion import make_column


def test_codes_are_of_every_kind():
    kinds = {"continuous": 0, "tied": 0, "categorical": 0, "missing": 0}
    for i in range(150):
        codes, categories = margins.draw_codes(np.random.default_rng([9, i]), 2000)
        for side in (0, 1):
            present = codes[side][codes[side] != margins.MISSING]
            kinds["missing"] += len(present) < 2000
            kinds["categorical"] += categories[side] > 0
            kinds["tied"] += not categories[side] and len(np.unique(present)) < len(present) / 2
            kinds["continuous"] += not categories[side] and len(np.unique(present)) > 0.95 * len(present)
            assert categories[side] == 0 or present.max() < categories[side]
    assert min(kinds.values()) > 5
    assert kinds["continuous"] > 150


def test_nodes_are_those_of_the_package():
    # The network must be trained on counts as the package makes them.
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=3000), np.round(rng.normal(size=3000), 1), np.maximum(rng.normal(size=3000), 0.3)):
        column = make_column(x, "x")
        for g in (16, 48, 128):
            coding = fit_coding(column, g)
            assert np.array_equal(margins.to_nodes(margins.scale_ranks(x), 0, g), coding.encode(column))
    x[::7] = np.nan
    codes = margins.scale_ranks(np.nan_to_num(x))
    codes[::7] = margins.MISSING
    column = make_column(x, "x")
    coding = fit_coding(column, 48)
    assert np.array_equal(margins.to_nodes(codes, 0, 48), coding.encode(column))


def test_flipped_nodes_are_those_of_the_negative():
    x = np.random.default_rng(0).normal(size=500)
    codes = margins.scale_ranks(x)
    # Distinct values: half a rank apart at most, so that no node changes.
    flipped = margins.to_nodes(codes, 0, 16, flip=True)
    assert np.mean(flipped == margins.to_nodes(margins.scale_ranks(-x), 0, 16)) > 0.99
    assert np.array_equal(margins.to_nodes(codes % 5, 5, 16, flip=True), margins.to_nodes(codes % 5, 5, 16))
