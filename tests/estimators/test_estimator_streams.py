"""MutualInfoEstimator of tables that are read in batches: a sample, whose size is said, stands for them."""

import numpy as np
import pandas as pd
import pytest

from skmine import MutualInfoEstimator
from skmine.data import row_sample


def make_frame(n=3000):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "noise": rng.normal(size=n), "y": x + rng.normal(size=n), "label": x > 0})


def test_a_table_in_batches_is_estimated(tmp_path):
    pytest.importorskip("pyarrow")
    frame = make_frame()
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    estimator = MutualInfoEstimator(random_state=0).fit(tmp_path, "y")
    assert estimator.n_sampled_ == 3000
    assert estimator.feature_names_in_.tolist() == ["x", "noise", "label"]
    assert abs(estimator.mi_ - 0.5 * np.log(2)) <= 3 * estimator.mi_se_ + 0.01
    assert np.isfinite(estimator.pointwise(frame.drop(columns="y"), frame["y"])).all()
    estimator.fit(frame[["x"]], frame["y"])
    assert not hasattr(estimator, "n_sampled_")


def test_the_sample_does_not_depend_on_batches_and_its_size_is_said(monkeypatch):
    monkeypatch.setattr(row_sample, "ROWS_OF_SAMPLE", 500)
    monkeypatch.setattr(row_sample, "FEWEST_SAMPLED", 500)
    frame = make_frame()
    batches = [frame.iloc[:100], frame.iloc[100:2900], frame.iloc[2900:]]
    one, other = (MutualInfoEstimator(random_state=0).fit(table, ["y", "label"]) for table in (batches, [frame]))
    assert one.n_sampled_ == other.n_sampled_ == 500
    assert one.mi_ == other.mi_
    assert one.n_features_in_ == 2


def test_targets_of_batches_are_names():
    frame = make_frame(200)
    with pytest.raises(TypeError, match="y must be the name of one of its columns, got ndarray"):
        MutualInfoEstimator().fit([frame], frame["y"].to_numpy())
    with pytest.raises(ValueError, match="Target 'z': no column has this name"):
        MutualInfoEstimator().fit([frame], ["y", "z"])
    with pytest.raises(ValueError, match="groups need all rows at hand"):
        MutualInfoEstimator().fit([frame], "y", groups=np.zeros(200))
