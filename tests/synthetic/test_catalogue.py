"""What the lists of laws promise of every row."""

import subprocess
import sys

import numpy as np
import pytest

from skmine.synthetic import shapes, tables

LAWS = (*shapes(), *tables())


def test_names_are_unique():
    assert len({sampler.name for sampler in LAWS}) == len(LAWS)
    assert len(shapes()) >= 12
    assert len(tables()) >= 40


@pytest.mark.parametrize("sampler", LAWS, ids=lambda s: s.name)
def test_draws_are_finite_and_follow_the_seed(sampler):
    first, again = (sampler.draw(np.random.default_rng(0), 200) for _ in range(2))
    other = sampler.draw(np.random.default_rng(1), 200)
    for side, same, different in zip(first, again, other, strict=True):
        assert side.shape == different.shape
        np.testing.assert_array_equal(side, same)
        assert not np.array_equal(side, different, equal_nan=True)
        assert np.isfinite(side).all() or "missing" in sampler.name
    assert np.isfinite(sampler.mi)
    assert (sampler.mi == pytest.approx(0, abs=1e-12)) == sampler.name.startswith(("independent", "unpaired"))
    assert sampler.mi >= 0


def test_shapes_are_single_columns():
    for sampler in shapes():
        x, y = sampler.draw(np.random.default_rng(0), 10)
        assert x.shape == y.shape == (10,)


def test_tables_are_tables_of_1_to_50_columns():
    widths = [side.shape[1] for sampler in tables() for side in sampler.draw(np.random.default_rng(0), 10)]
    assert min(widths) == 1
    assert max(widths) == 50


def test_tables_have_the_information_that_the_benchmark_publishes():
    # Czyz et al. (NeurIPS 2023), by its names.
    published = {
        "1v1-normal-0.75": 0.41334,
        "normal_cdf-1v1-normal-0.75": 0.41334,
        "swissroll_x-normal_cdf-1v1-normal-0.75": 0.41334,
        "multinormal-dense-2-2-0.5": 0.29389,
        "multinormal-dense-3-3-0.5": 0.41334,
        "multinormal-dense-5-5-0.5": 0.59281,
        "multinormal-dense-50-50-0.5": 1.62427,
        "multinormal-sparse-25-25-2-2.0": 1.02165,
        "half_cube-multinormal-sparse-25-25-2-2.0": 1.02165,
        "normal_cdf-multinormal-sparse-5-5-2-2.0": 1.02165,
        "spiral-multinormal-sparse-5-5-2-2.0": 1.02165,
        "spiral-normal_cdf-multinormal-sparse-3-3-2-2.0": 1.02165,
        "student-identity-5-5-2": 0.44815,
        "asinh-student-identity-2-2-1": 0.43195,
    }
    found = {sampler.name: sampler.mi for sampler in tables()}
    for name, mi in published.items():
        assert found[name] == pytest.approx(mi, abs=1e-5)


def test_nothing_is_integrated_on_import():
    code = (
        "from scipy import integrate; integrate.trapezoid = None; "
        "from skmine.synthetic import shapes, tables; "
        "assert shapes.cache_info().currsize == tables.cache_info().currsize == 0"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
